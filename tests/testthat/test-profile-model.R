# Intervals by the profile likelihood of models that are no glm.

# How far twice the log-likelihood of `fit` falls where `restricted` holds a coefficient.
fall <- function(fit, restricted) 2 * as.numeric(logLik(fit) - logLik(restricted))

precise <- glm_rs_control(epsilon = 1e-12, maxit = 200)

test_that("limits of ordered categories are those of MASS::polr()", {
  skip_if_not_installed("MASS")
  formula <- Sat ~ Infl + Type + Cont
  fit <- glm_rs(formula, cumulative(), MASS::housing, weights = Freq)
  polr <- MASS::polr(formula, MASS::housing, Freq, Hess = TRUE)
  limits <- confint(fit, names(coef(fit)), type = "profile")
  expect_equal(limits, suppressMessages(confint(polr)), tolerance = 1e-5) # MASS interpolates between points
})

test_that("the likelihood has fallen by the quantile at each limit", {
  set.seed(4)
  n <- 300
  d <- data.frame(x = rnorm(n), z = rnorm(n))
  d$y <- ifelse(runif(n) < plogis(-1 + d$z), 0, rnbinom(n, size = 2, mu = exp(1 + 0.3 * d$x)))
  d$category <- cut(d$x + rlogis(n), c(-Inf, -1, 1, Inf), labels = c("a", "b", "c"))
  quantile <- qchisq(0.9, 1)
  families <- list(
    zero_inflated("negative_binomial"), zero_inflated("poisson"), hurdle("negative_binomial"), negative_binomial(type = "nb1")
  )
  for (family in families) {
    parts <- grepl("zero|hurdle", family$family)
    full <- if (parts) y ~ x + z | z else y ~ x + z
    held <- if (parts) y ~ z + offset(at * x) | z else y ~ z + offset(at * x)
    fit <- glm_rs(full, family, d, control = precise)
    for (at in confint(fit, if (parts) "count_x" else "x", level = 0.9, type = "profile")) {
      environment(held) <- environment()
      expect_equal(fall(fit, glm_rs(held, family, d, control = precise)), quantile, tolerance = STOPPING)
    }
  }
  positive <- d[d$y > 0, ]
  fit <- glm_rs(y ~ x + z, zero_truncated("negative_binomial"), positive, control = precise)
  for (at in confint(fit, "z", level = 0.9, type = "profile")) {
    restricted <- glm_rs(y ~ x + offset(at * z), zero_truncated("negative_binomial"), positive, control = precise)
    expect_equal(fall(fit, restricted), quantile, tolerance = STOPPING)
  }
  fit <- glm_rs(category ~ x + z, cumulative("probit"), d, control = precise)
  for (at in confint(fit, "z", level = 0.9, type = "profile")) {
    restricted <- glm_rs(category ~ x + offset(at * z), cumulative("probit"), d, control = precise)
    expect_equal(fall(fit, restricted), quantile, tolerance = STOPPING)
  }
})

test_that("limits of multinomial models of two categories are those of the logistic model", {
  d <- transform(mtcars, am = factor(am))
  logistic <- glm_rs(am ~ wt, binomial(), d, control = precise)
  fit <- glm_rs(am ~ wt, multinomial(), d, control = precise)
  limits <- suppressMessages(confint(logistic))
  expect_equal(unname(confint(fit, type = "profile")), unname(limits), tolerance = 1e-3) # of a spline through points
  expect_identical(confint(fit, 2, type = "profile"), confint(fit, type = "profile")[2, , drop = FALSE])
})

test_that("limits of choices are where the likelihood has fallen by the quantile", {
  set.seed(5)
  cases <- 200
  d <- data.frame(id = rep(seq_len(cases), each = 3), mode = rep(c("bus", "car", "train"), cases), price = rnorm(3 * cases), time = rnorm(3 * cases))
  utility <- matrix(-0.7 * d$price + 0.4 * d$time - log(-log(runif(3 * cases))), 3)
  d$chosen <- as.vector(utility == rep(apply(utility, 2, max), each = 3))
  fit <- glm_rs(chosen ~ price + time, multinomial(id = ~id, alternatives = ~mode), d, control = precise)
  for (at in confint(fit, "price", type = "profile")) {
    held <- glm_rs(chosen ~ time + offset(at * price), multinomial(id = ~id, alternatives = ~mode), d, control = precise)
    expect_equal(fall(fit, held), qchisq(0.95, 1), tolerance = STOPPING)
  }
})

test_that("limits do not depend on where a covariate begins, and those of aliased and separated coefficients are NA", {
  set.seed(6)
  d <- data.frame(year = 0:59, g = rep(c("a", "b"), 30))
  d$y <- rpois(60, 2 + (d$year > 30)) * rbinom(60, 1, 0.7)
  near <- confint(glm_rs(y ~ year | 1, zero_inflated(), d, control = precise), "count_year", type = "profile")
  far <- confint(glm_rs(y ~ I(year + 20000) | 1, zero_inflated(), d, control = precise), 2, type = "profile")
  expect_equal(unname(far), unname(near), tolerance = STOPPING)
  aliased <- confint(glm_rs(y ~ year + I(2 * year) | 1, zero_inflated(), d), type = "profile")
  expect_identical(which(is.na(aliased[, 1])), c(`count_I(2 * year)` = 3L))
  separated <- data.frame(x = 1:20, y = factor(rep(c("low", "middle", "high"), c(5, 7, 8)), c("low", "middle", "high")))
  fit <- suppressWarnings(glm_rs(y ~ x, cumulative(), separated))
  expect_warning(limits <- confint(fit, "x", type = "profile"), class = "glmrs_warning_profile")
  expect_true(anyNA(limits))
})

test_that("what a profile cannot take is refused", {
  fit <- glm_rs(Sat ~ Infl, multinomial(), MASS::housing, weights = Freq)
  expect_error(confint(fit, type = "profile", vcov = "HC1"), class = "glmrs_error_argument")
  expect_error(confint(fit, type = "profile", cluster = ~Type), class = "glmrs_error_argument")
  expect_error(confint(fit, type = "score"), "must be one of \"Wald\", \"profile\"", class = "glmrs_error_argument")
  expect_error(profile(fit), "type = \"profile\"", class = "glmrs_error_method")
  # a function of the user's own may have an argument of that name
  own <- function(fit, type) vcov(fit, type)
  expect_equal(confint(fit, vcov = own, type = "HC1"), confint(fit, vcov = "HC1"))
})
