# Quantile regression by formula: the numbers of quantreg::rq(), and what makes a solution one.

quantile_data <- function(n, seed = 4) {
  d <- grid_data(n, seed)
  d$y <- 1 + 2 * d$x + as.integer(d$g) / 3 + (2 + d$z) * rnorm(n)
  d
}

# The sum of the losses of residuals.
check_loss <- function(residuals, tau, weights = 1) sum(weights * residuals * (tau - (residuals < 0)))

test_that("coefficients and standard errors are those of rq()", {
  skip_if_not_installed("quantreg")
  data("engel", package = "quantreg", envir = environment())
  d <- quantile_data(10000)
  for (tau in c(0.05, 0.25, 0.5, 0.9)) {
    rs <- m_estimate(foodexp ~ income, engel, loss = quantile(tau))
    rq <- quantreg::rq(foodexp ~ income, tau, engel)
    expect_equal(coef(rs), coef(rq), tolerance = 1e-10)
    expect_equal(residuals(rs), residuals(rq), tolerance = 1e-8, ignore_attr = TRUE)
    errors <- summary(rq, se = "ker", covariance = TRUE)
    expect_equal(vcov(rs), errors$cov, tolerance = TOLERANCE, ignore_attr = TRUE)
    rs <- m_estimate(y ~ x + z + g, d, loss = quantile(tau), weights = w)
    rq <- quantreg::rq(y ~ x + z + g, tau, d, weights = w)
    expect_equal(coef(rs), coef(rq), tolerance = 1e-10)
    expect_equal(vcov(rs), summary(rq, se = "ker", covariance = TRUE)$cov, tolerance = TOLERANCE, ignore_attr = TRUE)
  }
})

test_that("with ties the sum of losses is that of rq()", {
  skip_if_not_installed("quantreg")
  d <- quantile_data(1000)
  d$y <- round(d$y)
  for (tau in c(0.1, 0.5, 0.75)) {
    for (formula in list(y ~ g, y ~ x + g, y ~ 1, y ~ g * o)) {
      rs <- m_estimate(formula, d, loss = quantile(tau))
      # it warns that the solution is not the only one
      rq <- suppressWarnings(quantreg::rq(formula, tau, d))
      expect_true(rs$converged)
      expect_equal(rs$value, check_loss(residuals(rq), tau), tolerance = 1e-12)
      expect_equal(rs$value, check_loss(residuals(rs), tau), tolerance = 1e-12)
    }
  }
})

test_that("without covariates it is a quantile", {
  y <- sin(1:101)
  for (tau in c(0.07, 0.5, 0.83)) {
    expect_equal(coef(m_estimate(y ~ 1, loss = quantile(tau)))[[1L]], quantile(y, tau, type = 1)[[1L]])
  }
})

test_that("offsets, rows, aliased columns and predictions work", {
  d <- quantile_data(500)
  plain <- m_estimate(I(y - off) ~ x + g, d, subset = z > -0.5, loss = quantile_loss(0.3))
  offset <- m_estimate(y ~ x + x_twice + g + offset(off), d, subset = z > -0.5, loss = quantile(0.3))
  expect_equal(coef(offset)[names(coef(plain))], coef(plain), tolerance = 1e-10)
  expect_true(is.na(coef(offset)[["x_twice"]]))
  expect_equal(sum(residuals(plain) == 0), 4L)
  expect_equal(predict(plain, d[1:3, ]), drop(model.matrix(~ x + g, d[1:3, ]) %*% coef(plain)), tolerance = ROUNDING)
  # rows through which the fit goes have no sign
  expect_lt(max(abs(colSums(estimating_functions(plain)))), 4)
  expect_output(print(summary(plain)), "quantile\\(tau = 0.3\\)")
})

test_that("the model covariance has one density for all rows", {
  d <- quantile_data(500)
  fit <- m_estimate(y ~ x + g, d, loss = quantile(0.6))
  x <- model.matrix(fit$terms, fit$model)
  # bread / n is the inverse of X' f X, whose entry for the intercept is the sum of the densities
  density <- solve(fit$bread)[1L, 1L]
  expect_equal(vcov(fit, "model"), 0.6 * 0.4 / density^2 * solve(crossprod(x)), tolerance = 1e-8)
})

test_that("errors that do not depend on covariates give about the same covariance of all types", {
  set.seed(8)
  d <- data.frame(x = runif(20000))
  d$y <- d$x + rnorm(20000)
  fit <- m_estimate(y ~ x, d, loss = quantile(0.5))
  # the variance of a sample median, pi / 2 times that of the mean
  theory <- pi / 2 * vcov(lm(y ~ x, d))
  for (type in c("sandwich", "HC1", "HAC", "model")) {
    expect_equal(vcov(fit, type), theory, tolerance = 0.1) # a kernel of this width adds some 5 percent
  }
})

test_that("quantile() means the loss in `loss` alone", {
  # a variable of the user's by that name does no harm
  quantile <- 3
  level <- 0.25
  fit <- m_estimate(dist ~ speed, cars, loss = quantile(level))
  expect_equal(fit$loss, quantile_loss(0.25))
  expect_equal(stats::quantile(1:3, 0.5)[[1L]], 2)
  wrap <- function(l) m_estimate(dist ~ speed, cars, loss = l)
  expect_equal(coef(wrap(quantile_loss(0.25))), coef(fit))
})

test_that("a solution that goes through every row is one, without spread", {
  d <- data.frame(x = 1:4, y = c(1, 2, 3, 4), w = c(1, 1, 1, 0))
  for (fit in list(
    m_estimate(y ~ x, d, loss = quantile(0.5)), m_estimate(replace(y, 4, 99) ~ x, d, loss = quantile(0.9), weights = w)
  )) {
    expect_equal(unname(coef(fit)), c(0, 1))
    expect_true(fit$converged)
    expect_identical(fit$value, 0)
    expect_true(all(vcov(fit) == 0) && all(vcov(fit, "model") == 0))
  }
})

test_that("what has no answer is an error that says so", {
  kind <- function(expr) sub("glmrs_error_", "", class(expect_error(expr, class = "glmrs_error"))[1L])
  expect_equal(kind(quantile_loss(1)), "argument")
  expect_equal(kind(quantile_loss(NA)), "argument")
  expect_equal(kind(m_estimate(dist ~ speed, cars, loss = quantile(c(0.1, 0.5)))), "argument")
  expect_equal(kind(m_estimate(dist ~ speed, cars, loss = quantile(0.5), scale = "MAD")), "argument")
  expect_equal(kind(m_estimate(dist ~ speed, cars, loss = quantile(0.5), wt.method = "case")), "argument")
  expect_equal(kind(m_estimate(dist ~ speed, cars[c(1, 3), ], loss = quantile(0.5))), "argument")
  expect_equal(kind(weights(m_estimate(dist ~ speed, cars, loss = quantile(0.5)), "robustness")), "inference")
})
