# Separation: published examples, linear programs in the head, and what fits say about it.

test_that("the published examples of package detectseparation are found", {
  skip_if_not_installed("brglm2")
  d <- new.env()
  data(list = c("endometrial", "lizards"), package = "brglm2", envir = d)
  expect_warning(
    fit <- glm_rs(HG ~ NV + PI + EH, binomial, d$endometrial), "NV \\(Inf\\)", class = "glmrs_warning_separation"
  )
  found <- detect_separation(fit)
  expect_equal(found$outcome, "quasi-complete")
  expect_equal(found$coefficients, c("(Intercept)" = 0, NV = Inf, PI = 0, EH = 0))
  expect_equal(found$rows, sum(d$endometrial$NV))
  expect_output(print(found), "quasi-complete \\(13 of 79 rows\\)\ninfinite estimates: NV \\(Inf\\)")
  for (link in c("probit", "cauchit", "cloglog")) {
    other <- suppressWarnings(glm_rs(HG ~ NV + PI + EH, binomial(link), d$endometrial))
    expect_equal(detect_separation(other), found)
  }
  fit <- glm_rs(cbind(grahami, opalinus) ~ height + diameter + light + time, binomial, d$lizards)
  expect_equal(detect_separation(fit)$outcome, "none")
})

test_that("levels without events, aliased columns, weights and counts", {
  d <- data.frame(f = factor(rep(letters[1:4], each = 10)), x = rep(1:10, 4))
  set.seed(1)
  d$y <- rbinom(40, 1, 0.5)
  d$y[d$f == "b"] <- 0
  d$y[d$f == "d"] <- 1
  d$twice <- 2 * d$x
  fit <- suppressWarnings(glm_rs(y ~ x + twice + f, binomial, d))
  found <- detect_separation(fit)
  expect_equal(found$coefficients, c("(Intercept)" = 0, x = 0, twice = NA, fb = -Inf, fc = 0, fd = Inf))
  expect_equal(c(found$rows, found$n), c(20, 40))
  # the base: all differences from it are infinite
  based <- suppressWarnings(update(fit, contrasts = list(f = contr.treatment(4, 2))))
  expect_equal(unname(detect_separation(based)$coefficients[c(1, 4:6)]), c(-Inf, Inf, Inf, Inf))
  # what two levels without events differ by may be anything
  d$none <- d$y * (d$f %in% c("c", "d"))
  undetermined <- suppressWarnings(glm_rs(none ~ f, binomial, d))
  found <- detect_separation(undetermined)
  expect_identical(found$coefficients, c("(Intercept)" = -Inf, fb = NaN, fc = Inf, fd = Inf))
  expect_output(print(found), "fb \\(Inf of either sign\\)")
  d$w <- as.numeric(d$f %in% c("a", "c"))
  expect_equal(detect_separation(suppressWarnings(glm_rs(y ~ x + f, binomial, d, weights = w)))$outcome, "none")
  counts <- suppressWarnings(glm_rs(y * x ~ f, poisson, d))
  expect_equal(detect_separation(counts)$coefficients, c("(Intercept)" = 0, fb = -Inf, fc = 0, fd = 0))
  expect_error(detect_separation(glm_rs(x ~ f, Gamma, d)), "Gamma", class = "glmrs_error_argument")
  expect_error(detect_separation(1), class = "glmrs_error_argument")
})

test_that("a combination that is in no single column is found, and one row undoes it", {
  set.seed(2)
  n <- 500
  d <- data.frame(a = rnorm(n), b = rnorm(n), c = rnorm(n))
  d$y <- as.numeric(d$a - 2 * d$b > 0.3)
  fit <- suppressWarnings(glm_rs(y ~ a + b + c, binomial, d))
  found <- detect_separation(fit)
  expect_equal(found$outcome, "complete")
  expect_equal(found$coefficients[["a"]], Inf)
  expect_equal(found$coefficients[["b"]], -Inf)
  score <- d$a - 2 * d$b
  d$y[which.max(score)] <- 0
  expect_equal(detect_separation(suppressWarnings(glm_rs(y ~ a + b + c, binomial, d)))$outcome, "none")
})

test_that("fits warn in R's words where R has some, and of separation where it has none", {
  d <- data.frame(x = 1:6, y = rep(0:1, each = 3))
  caught_warning <- tryCatch(glm_rs(y ~ x, binomial, d), glmrs_warning_separation = identity)
  expect_match(conditionMessage(caught_warning), "fitted probabilities numerically 0 or 1 occurred\n.*complete separation")
  expect_equal(caught_warning$separation$outcome, "complete")
  # large effects are no separation
  set.seed(1)
  x <- c(seq(-60, 60, length.out = 200), 0.1, -0.1)
  expect_warning(
    glm_rs(c(as.numeric(x[1:200] > 0), 0, 1) ~ x, binomial), "numerically 0 or 1 occurred$", class = "glmrs_warning_separation"
  )
  big <- data.frame(f = factor(rep(1:20, each = 1000)), x = rnorm(20000))
  big$y <- rbinom(20000, 1, 0.02)
  big$y[big$f == 7] <- 0
  expect_warning(glm_rs(y ~ f + x, binomial, big), "f7 \\(-Inf\\)", class = "glmrs_warning_separation")
  big$y[6001] <- 1
  expect_silent(glm_rs(y ~ f + x, binomial, big))
})

test_that("amounts with zeros are separated as counts are", {
  d <- data.frame(g = gl(3, 4), y = c(0, 0, 0, 0, 1.5, 0, 2, 3, 0, 1, 4, 2.5))
  expect_identical(detect_separation(suppressWarnings(glm_rs(y ~ 0 + g, tweedie(1.5), d)))$coefficients, c(g1 = -Inf, g2 = 0, g3 = 0))
})

test_that("residuals prove that data overlap, and only where they do", {
  set.seed(6)
  n <- 3000
  d <- data.frame(x = rnorm(n), z = rnorm(n), w = rep(c(1, 2, 0), n / 3))
  d$y <- rbinom(n, 1, plogis(d$x))
  # reduced bias is no maximum of the likelihood, one step is far from it: both are proof enough, or the search is asked
  for (fit in list(
    glm_rs(y ~ x + z, binomial, d, weights = w), glm_rs(y ~ x + z, binomial("cloglog"), d, bias = "mean"),
    suppressWarnings(glm_rs(y ~ x + z, binomial, d, maxit = 1))
  )) {
    expect_equal(detect_separation(fit)$outcome, "none")
  }
  # weight where no event is: rows without weight are no evidence
  d$y[d$x > 0 & d$w > 0] <- 0
  d$y[d$x <= 0 & d$w > 0] <- 1
  for (bias in c("none", "firth")) {
    fit <- suppressWarnings(glm_rs(y ~ x + z, binomial, d, weights = w, bias = bias))
    expect_equal(detect_separation(fit)$outcome, "complete")
  }
})

test_that("counts of models that are no glm are separated as those of one are", {
  set.seed(3)
  d <- data.frame(g = gl(3, 40), x = rnorm(120))
  d$y <- MASS::rnegbin(120, 3, 1)
  d$y[d$g == 3] <- 0
  of_glm <- tryCatch(glm_rs(y ~ g + x, negative_binomial(), d), glmrs_warning_separation = identity)
  families <- list(negative_binomial(type = "nb1"), negative_binomial(1, type = "nb1"), zero_inflated())
  for (family in families) {
    formula <- if (inherits(family, "glmrs_zero")) y ~ g + x | 1 else y ~ g + x
    said <- tryCatch(glm_rs(formula, family, d), glmrs_warning_separation = identity)
    if (inherits(family, "glmrs_zero")) names(of_glm$separation$coefficients) <- paste0("count_", c("(Intercept)", "g2", "g3", "x"))
    expect_equal(said$separation, of_glm$separation)
    expect_match(conditionMessage(said), "g3 (-Inf)", fixed = TRUE)
  }
  fit <- suppressWarnings(glm_rs(y ~ g + x, families[[1L]], d))
  expect_equal(fit$separation$coefficients[["g3"]], -Inf)
  expect_output(print(summary(fit)), "separated")
  # no row is so by chance, as one of weight 0 is not
  d$y[120] <- 1
  expect_silent(glm_rs(y ~ g + x, families[[1L]], d))
  expect_warning(glm_rs(y ~ g + x, families[[1L]], transform(d, w = as.numeric(y != 1 | g != 3)), w), class = "glmrs_warning_separation")
})

test_that("truncated counts are separated where all are 1, behind a hurdle, too", {
  d <- data.frame(y = c(rep(1, 20), 1:20), g = gl(2, 20))
  d$g <- relevel(d$g, "2")
  for (family in list(zero_truncated(), zero_truncated(negative_binomial(2)))) {
    said <- tryCatch(glm_rs(y ~ g, family, d), glmrs_warning_separation = identity)
    expect_equal(said$separation[c("outcome", "coefficients", "rows", "n")], list(
      outcome = "quasi-complete", coefficients = c("(Intercept)" = 0, g1 = -Inf), rows = 20L, n = 40L
    ), ignore_attr = TRUE)
  }
  # the zeros tell nothing of the counts behind a hurdle
  with_zeros <- rbind(d, data.frame(y = 0, g = rep(c("1", "2"), 30)))
  said <- tryCatch(glm_rs(y ~ g | 1, hurdle(), with_zeros), glmrs_warning_separation = identity)
  expect_equal(said$separation$coefficients, c("count_(Intercept)" = 0, count_g1 = -Inf))
  expect_equal(said$separation$n, 40L)
  d$y[1] <- 2
  expect_silent(glm_rs(y ~ g, zero_truncated(), d))
})

test_that("truncated counts that go to a logarithmic series are not said to be all 1", {
  set.seed(2)
  y <- 1 + rgeom(200, 0.6) * rbinom(200, 1, 0.5)
  d <- data.frame(y, f = factor(rep(c("a", "b", "c", "d"), 50)))
  d$y[d$f == "a"] <- 1
  d$y[sample(200, 60)] <- 0
  d$y[d$f != "a" & d$y > 0][1:3] <- c(9, 12, 8)
  expect_warning(
    expect_warning(fit <- glm_rs(y ~ f | 1, hurdle(negative_binomial()), d), "separation", class = "glmrs_warning_separation"),
    "logarithmic series", class = "glmrs_warning_boundary"
  )
  expect_equal(fit$separation$coefficients[["count_fb"]], Inf)
})

test_that("what a warning advises is not refused", {
  advised <- function(...) {
    hint <- NULL
    withCallingHandlers(glm_rs(...), glmrs_warning = function(w) {
      hint <<- c(hint, regmatches(conditionMessage(w), regexpr("[^\n]*bias = .*", conditionMessage(w))))
      invokeRestart("muffleWarning")
    })
    hint
  }
  rare <- data.frame(y = c(0, 0, 0, 0, 0, 0, 1, 0, 0, 1), f = gl(2, 5))
  expect_match(advised(y ~ f, binomial("log"), rare, start = c(-4, 2), maxit = 100), 'bias = "jeffreys"')
  expect_true(all(is.finite(coef(glm_rs(y ~ f, binomial("log"), rare, bias = "jeffreys")))))
  expect_match(advised(y ~ f, binomial, rare), 'bias = "firth"')
  counts <- data.frame(y = c(0, 0, 0, 3, 9, 1), f = gl(2, 3))
  expect_match(advised(y ~ f, poisson, counts), 'bias = "firth"')
  expect_match(advised(y ~ f, negative_binomial(2), counts), 'bias = "jeffreys"')
  expect_match(advised(y ~ f, negative_binomial(), counts), 'with `theta` given, bias = "jeffreys"')
  few <- data.frame(y = c(0, 0, 0, 2, 2, 2), f = gl(2, 3))
  expect_match(advised(y ~ f, negative_binomial(), few), 'with family = poisson\\(\\), bias = "firth"')
  expect_length(advised(y ~ f, quasipoisson, counts), 0L)
})
