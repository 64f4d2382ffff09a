# Intervals by robust score tests: their limits are where the test has the level.

d <- vcov_data()
# Statistics of the robust score test that the coefficient of x is `value`
statistic_at <- function(call, value, ...) {
  d$shift <- value * d$x + (if (is.null(call$offset)) 0 else d$off)
  call$offset <- quote(shift)
  call$formula <- update(eval(call$formula), . ~ . - x)
  score_test(eval(call, list(d = d)), ~x, ...)$statistic[[1L]]
}

test_that("limits are where the statistic reaches its quantile", {
  calls <- list(
    quote(glm_rs(formula = y ~ x + f, family = poisson, data = d, offset = off, control = PRECISE)),
    quote(glm_rs(formula = I(hits > 1) ~ x + z, family = binomial, data = d, control = PRECISE)),
    quote(glm_rs(formula = t ~ x + f, family = Gamma("log"), data = d, weights = w, control = PRECISE)),
    quote(glm_rs(formula = t ~ x, family = gaussian, data = d, control = PRECISE))
  )
  for (call in calls) {
    fit <- eval(call)
    for (options in list(list(vcov = "HC0"), list(vcov = ~firm), list(vcov = "cluster", cluster = ~firm, ssc = ssc("CR0", df = 12)))) {
      limits <- suppressMessages(do.call(confint, c(list(fit, "x", level = 0.9, type = "score"), options)))
      df <- if (!is.null(options$ssc)) 12 else if (is.na(glmrs:::known_dispersion(fit$family))) {
        if (inherits(options$vcov, "formula")) 16 else fit$df.residual
      } else {
        Inf
      }
      got <- vapply(limits, function(value) do.call(statistic_at, c(list(call, value), options), quote = TRUE), 0)
      label <- deparse1(call$family)
      expect_equal(got, rep(qt(0.95, df)^2, 2), tolerance = 1e-5, label = label) # limits are found to 1e-6
      expect_true(limits[1] < coef(fit)[["x"]] && coef(fit)[["x"]] < limits[2])
    }
  }
})

test_that("with the covariance of the model they are Rao's", {
  fit <- glm_rs(y ~ x + x_twice + f, poisson, d)
  plain <- suppressMessages(confint(fit, type = "score"))
  by_model <- suppressMessages(confint(fit, type = "score", vcov = "model"))
  expect_equal(by_model, plain, tolerance = 1e-4) # the plain ones are of a spline
  expect_true(all(is.na(plain["x_twice", ])))
  wide <- suppressMessages(confint(fit, type = "score", cluster = ~firm))
  expect_identical(rownames(wide), names(coef(fit)))
})

test_that("limits far from the estimate are found, and those that there are not are told", {
  set.seed(5)
  few <- data.frame(x = rnorm(60), g = sample(6, 60, TRUE))
  few$y <- rpois(60, exp(0.4 * few$x))
  fit <- glm_rs(y ~ x, poisson, few)
  limits <- suppressMessages(confint(fit, "x", type = "score", vcov = ~g))
  for (limit in limits) {
    held <- glm_rs(y ~ 1, poisson, few, offset = limit * x, control = PRECISE)
    statistic <- score_test(held, ~x, vcov = ~g)$statistic[[1L]]
    expect_equal(statistic, qchisq(0.95, 1), tolerance = 1e-6) # limits are found to 1e-6 of themselves
  }
  expect_gt(limits[2L], 3)
  # the statistic of two clusters is 2 at most
  expect_warning(limits <- suppressMessages(confint(fit, "x", type = "score", cluster = few$g > 3)), "`x`", class = "glmrs_warning_profile")
  expect_equal(c(limits), c(NA_real_, NA))
})

test_that("where means overflow a limit is none, and one before that is found", {
  set.seed(8)
  few <- data.frame(x = rnorm(12), g = rep(1:6, 2), y = rpois(12, 2))
  fit <- glm_rs(y ~ x, poisson, few, control = PRECISE)
  # on its way the statistic of six clusters is 3.83 at most, less than the quantile; far out there are no means
  expect_warning(none <- suppressMessages(confint(fit, "x", type = "score", vcov = ~g)), "`x`", class = "glmrs_warning_profile")
  expect_identical(c(none), c(NA_real_, NA))
  # and less above the estimate than below it
  one <- suppressWarnings(suppressMessages(confint(fit, "x", 0.92, type = "score", vcov = ~g)))
  held <- glm_rs(y ~ 1, poisson, few, offset = one[1L] * x, control = PRECISE)
  expect_equal(score_test(held, ~x, vcov = ~g)$statistic[[1L]], qchisq(0.92, 1), tolerance = 1e-6) # as above
  expect_identical(one[[2L]], NA_real_)
})

test_that("where contributions are all 0 there is no statistic, and no warning but ours", {
  none <- data.frame(f = gl(3, 1, 20), g = rep(1:5, 4), y = replace(numeric(20), c(12, 15), 2:1))
  fit <- suppressWarnings(glm_rs(y ~ f, negative_binomial(2), none))
  got <- caught(suppressMessages(confint(fit, type = "score", vcov = ~g)))
  expect_true(all(is.na(got$value)))
  expect_true(all(vapply(got$warnings, inherits, NA, "glmrs_warning")))
})

test_that("what has no score is refused", {
  fit <- glm_rs(y ~ x, poisson, d)
  for (v in list(vcov(fit), vcov, "bootstrap")) {
    expect_error(suppressMessages(confint(fit, type = "score", vcov = v, times = if (identical(v, "bootstrap")) 9)), class = "glmrs_error_argument")
  }
  expect_error(confint(fit, type = "profile", vcov = "HC0"), "a likelihood does not use one", class = "glmrs_error_argument")
})

test_that("scores have no covariance of other fits", {
  fit <- glm_rs(y ~ x, poisson, vcov_data())
  refused <- function(...) expect_error(confint(fit, "x", type = "score", ...), "rows have at the tested values", class = "glmrs_error_argument")
  refused(vcov = "bootstrap")
  refused(vcov = "jackknife", refit = TRUE)
  refused(vcov = diag(2))
})
