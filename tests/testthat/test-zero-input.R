test_that("responses without answer are refused, by row", {
  d <- zero_data_set(200)
  fit <- function(formula, ...) glm_rs(formula, family = zero_inflated(), data = d, ...)
  expect_error(fit(replace(y, 7, -2) ~ x), "-2 \\(row 7\\)", class = "glmrs_error_response")
  expect_error(fit(replace(y, 7, 1.5) ~ x), "1.5 \\(row 7\\)", class = "glmrs_error_response")
  expect_error(fit(factor(y) ~ x), "factor", class = "glmrs_error_response")
  expect_error(fit(cbind(y, y) ~ x), "matrix", class = "glmrs_error_response")
  expect_error(fit(I(0 * y) ~ x), "every count is zero", class = "glmrs_error_response")
  expect_error(fit(I(1 + y) ~ x), "no count is zero", class = "glmrs_error_response")
  # none that counts
  expect_error(glm_rs(y ~ x, family = hurdle(), data = d, weights = as.double(y > 0)), "no count is zero", class = "glmrs_error_response")
  expect_error(fit(y ~ replace(x, 5, Inf)), "row 5", class = "glmrs_error_non_finite")
  expect_error(glm_rs(y ~ x, family = hurdle(), data = d, weights = -w), class = "glmrs_error_weights")
})

test_that("counts with rounding errors are counts, and rows without weight may have anything", {
  d <- zero_data_set(200)
  d$w <- replace(rep(1, 200), c(7, 9), 0)
  for (family in list(zero_inflated(negative_binomial()), hurdle(negative_binomial()), hurdle(zero = poisson()))) {
    fit <- function(formula) suppressWarnings(glm_rs(formula, family = family, data = d, weights = w))
    whole <- fit(y ~ x)
    for (off in 1 + c(-1, 1) * 1e-15) {
      other <- fit(I(y * off) ~ x)
      expect_identical(coef(other), coef(whole))
      expect_identical(vcov(other), vcov(whole))
      expect_equal(rootogram(other), rootogram(whole))
      expect_equal(vcov(other, "HC0"), vcov(whole, "HC0"))
      expect_identical(unname(other$y), d$y * off)
    }
    for (bad in c(-2, 1.5, 1e6)) expect_equal(coef(fit(replace(y, c(7, 9), bad) ~ x)), coef(whole))
    expect_equal(coef(fit(I(y + 0.1 * 3 - 0.3) ~ x)), coef(whole))
  }
})

test_that("formulas without answer are refused", {
  d <- zero_data_set(100)
  fit <- function(formula) glm_rs(formula, family = hurdle(), data = d)
  expect_error(fit(~ x | z), "no response", class = "glmrs_error_formula")
  expect_error(fit(y ~ x | 0), "zero part has no columns", class = "glmrs_error_formula")
  expect_error(fit(y ~ 0 | x), "count part has no columns", class = "glmrs_error_formula")
  for (formula in c(y ~ x | z | f, y ~ x + (x | z), y ~ (x | z))) {
    expect_error(fit(formula), "one `\\|`", class = "glmrs_error_formula")
  }
})

test_that("families of one linear predictor have one part", {
  d <- zero_data_set(100)
  for (family in list(poisson(), gaussian(), negative_binomial(), tweedie(), quasipoisson())) {
    expect_error(glm_rs(y ~ x | z, family, d), "zero_inflated\\(\\)", class = "glmrs_error_formula")
  }
  expect_named(coef(glm_rs(y ~ I(x > 0 | z > 0), poisson, d)), c("(Intercept)", "I(x > 0 | z > 0)TRUE"))
})

test_that("families and arguments without answer are refused", {
  d <- zero_data_set(100)
  expect_error(zero_inflated(gaussian()), class = "glmrs_error_family")
  expect_error(zero_inflated(poisson("sqrt")), class = "glmrs_error_family")
  expect_error(zero_inflated(NULL), "`count`", class = "glmrs_error_family")
  expect_error(hurdle(zero = gaussian()), "binomial\\(\\), poisson", class = "glmrs_error_family")
  expect_error(glm_rs(y ~ x, "zero_inflate", d), "zero_inflated", class = "glmrs_error_family")
  expect_error(zero_inflated(link = "inverse"), class = "glmrs_error_argument")
  expect_error(hurdle(zero = quasibinomial()), class = "glmrs_error_family")
  expect_error(hurdle(zero = binomial("identity")), class = "glmrs_error_argument")
  fit <- function(...) glm_rs(y ~ x | z, family = hurdle(), data = d, ...)
  expect_error(fit(mustart = d$y), class = "glmrs_error_argument")
  expect_error(fit(method = "lbfgs"), class = "glmrs_error_argument")
  expect_error(fit(start = 1:3), class = "glmrs_error_argument")
  expect_error(fit(start = list(count = 1:2, zero = c(1, NA))), "start\\$zero", class = "glmrs_error_argument")
  expect_error(fit(start = list(count = 1:2, zeros = 1:2)), class = "glmrs_error_argument")
  expect_identical(fit(control = glm_rs_control(epsilon = 1e-9))$control$maxit, 100L)
  expect_identical(fit(control = list(1e-9, 30))$control$maxit, 30L)
  for (start in list(list(count = c(0, 0)), list(zero = c(0, 0)), list(theta = 2))) {
    expect_equal(coef(fit(start = start)), coef(fit()), tolerance = STOPPING)
  }
  expect_error(fit(exposure = d$x), class = "glmrs_error_exposure")
})

test_that("borders are said", {
  d <- zero_data_set(400)
  set.seed(2)
  # less spread than Poisson counts have
  d$p <- rbinom(400, 8, plogis(-0.6 + 0.2 * d$x))
  expect_warning(fit <- glm_rs(p ~ x | 1, family = zero_inflated(), data = d), "no zeros beyond", class = "glmrs_warning_boundary")
  plain <- glm_rs(p ~ x, family = poisson(), data = d)
  expect_equal(coef(fit, "count"), coef(plain), tolerance = STOPPING)
  expect_equal(fit$loglik, as.numeric(logLik(plain)), tolerance = 1e-9)
  # the way there is not walked step by step, and not to the cap
  expect_true(fit$converged)
  expect_lte(fit$iter, 16)
  for (seed in 1:8) {
    set.seed(seed)
    d$nb <- rnbinom(400, size = 2, mu = exp(1 + 0.5 * d$x))
    fit <- suppressWarnings(glm_rs(nb ~ x | 1, zero_inflated(negative_binomial()), d), classes = "glmrs_warning_boundary")
    expect_true(fit$converged)
  }
  expect_warning(
    glm_rs(p ~ x | 1, family = hurdle(negative_binomial()), data = d), "theta of the count part", class = "glmrs_warning_boundary"
  )
  expect_warning(
    glm_rs(as.double(y > 0) ~ x, family = hurdle(), data = d), "no count is above 1", class = "glmrs_warning_boundary"
  )
  d$s <- ifelse(d$f == "c", pmax(d$y, 1), d$y)
  for (family in list(hurdle(), zero_inflated())) {
    expect_warning(fit <- glm_rs(s ~ x | f, family = family, data = d), class = "glmrs_warning_separation")
    expect_gt(abs(coef(fit)[["zero_fc"]]), 10)
  }
  expect_warning(glm_rs(y ~ x | z, family = hurdle(), data = d, maxit = 2), class = "glmrs_warning_not_converged")
  # a long tail of the zero part is no separation
  d$z <- 20 * d$z
  d$y[plogis(3 - d$z) < runif(400)] <- 0
  expect_silent(glm_rs(y ~ x | z, family = zero_inflated(), data = d))
})

test_that("counts of 1e9 and more are fitted", {
  d <- zero_data_set(300)
  d$y <- 1e9 * d$y
  fit <- expect_silent(glm_rs(y ~ x | z, hurdle(negative_binomial()), d))
  sums <- colSums(model_scores(fit, model_mold(fit)))
  expect_lt(max(abs(sums * sqrt(diag(fit$cov.scaled)))), 1e-4) # standard errors: rounding of counts of 1e9
})

test_that("contrasts that are no list with names are told as by a model of one part", {
  d <- zero_data_set(100)
  inflated <- function(contrasts) glm_rs(y ~ x | f, family = zero_inflated(), data = d, contrasts = contrasts)
  plain <- suppressWarnings(inflated(NULL))
  for (bad in list(contr.sum, new.env(), quote(a), c(f = "contr.sum"), "contr.sum", getClass("numeric"))) {
    # once for each part
    suppressWarnings(expect_warning(fit <- inflated(bad), "non-list contrasts argument ignored"))
    expect_equal(coef(fit), coef(plain))
  }
  expect_error(inflated(list("contr.sum")), "must be named", class = "glmrs_error_data")
})
