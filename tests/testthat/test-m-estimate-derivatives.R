# Derivatives that are given by hand, right and wrong, and moments that cannot be weighted.

d <- mtcars
z <- cbind(1, d$disp, d$qsec)
iv <- function(t, d) z[, 1:2] * (d$mpg - t[1] - t[2] * d$hp)
slopes <- -crossprod(z, cbind(1, d$hp))
start <- c(a = 0, b = 0)

test_that("a right jacobian gives what differences give, with fewer calls", {
  plain <- m_estimate(psi = iv, data = d, start = start)
  given <- m_estimate(psi = iv, jacobian = function(t, d) slopes[1:2, ], data = d, start = start)
  expect_equal(coef(given), coef(plain))
  expect_equal(vcov(given), vcov(plain), tolerance = 1e-8)
  moments <- function(t, d) z * (d$mpg - t[1] - t[2] * d$hp)
  gmm <- m_estimate(psi = moments, jacobian = function(t, d) slopes, data = d, start = start)
  expect_equal(vcov(gmm), vcov(m_estimate(psi = moments, data = d, start = start)), tolerance = 1e-8)
})

test_that("a wrong jacobian is an error with the numbers, for linear equations too", {
  for (wrong in list(2 * slopes[1:2, ], -slopes[1:2, ], t(slopes[1:2, ]), slopes[2:1, ], slopes[1:2, ] + c(0, 0, 0, 1e5))) {
    e <- expect_error(
      m_estimate(psi = iv, jacobian = function(t, d) wrong, data = d, start = start), class = "glmrs_error_jacobian"
    )
    expect_match(conditionMessage(e), "`jacobian` does not give the derivatives of the sums of `psi`", fixed = TRUE)
    expect_equal(e$derivatives, wrong, ignore_attr = TRUE)
  }
})

test_that("the derivatives of the expected value of a step are not held against it", {
  x <- faithful$eruptions
  at_median <- density(x, n = 1, from = median(x), to = median(x))$y
  step <- function(t, x) cbind(mean = x - t[1], median = 0.5 - (x <= t[2]))
  slope <- function(t, x) diag(-length(x) * c(1, at_median))
  fit <- suppressWarnings(m_estimate(psi = step, jacobian = slope, data = x, start = c(mean(x), median(x))))
  expect_equal(vcov(fit)[2, 2], 1 / (4 * at_median^2 * length(x)), tolerance = TOLERANCE)
})

test_that("a wrong hessian is an error, a right one gives the covariance", {
  x <- cars$dist
  f <- function(t, x) list(value = sum((x - t)^2), gradient = -2 * sum(x - t))
  score <- function(t, x) cbind(2 * (x - t))
  for (method in c("lbfgs", "newton", "trust-region")) {
    fit <- m_estimate(f, score, hessian = function(t, x) 2 * length(x), data = x, start = c(m = 1), method = method)
    expect_equal(vcov(fit)[1, 1], mean((x - mean(x))^2) / length(x))
    expect_error(
      m_estimate(f, score, hessian = function(t, x) 4 * length(x), data = x, start = c(m = 1), method = method),
      "derivatives of the gradient", class = "glmrs_error_hessian"
    )
  }
})

test_that("a hessian beside values alone is held against differences, in any unit", {
  set.seed(6)
  x <- runif(150)
  y <- rpois(150, exp(0.4 + x))
  for (unit in 10^c(-6, -3, 0, 3, 6)) {
    design <- cbind(1, unit * x)
    f <- function(b) sum(exp(design %*% b) - y * (design %*% b))
    hessian <- function(b) crossprod(design, drop(exp(design %*% b)) * design)
    plain <- m_estimate(f, start = c(a = 0, b = 0))
    fit <- m_estimate(f, hessian = hessian, start = c(a = 0, b = 0))
    expect_equal(vcov(fit), vcov(plain), tolerance = 1e-6) # second differences of values
    for (wrong in list(function(b) 2 * hessian(b), function(b) hessian(b) * (1 + diag(2)), function(b) diag(diag(hessian(b))))) {
      expect_error(m_estimate(f, hessian = wrong, start = c(a = 0, b = 0)), "of the gradient", class = "glmrs_error_hessian")
    }
  }
  income <- rlnorm(200, 10.5, 0.6)
  squares <- function(t) sum((income - t)^2)
  expect_equal(vcov(m_estimate(squares, hessian = function(t) 400, start = 0))[[1L]], 1 / 400)
  expect_error(m_estimate(squares, hessian = function(t) 800, start = 0), class = "glmrs_error_hessian")
  # values with corners have differences that tell nothing
  absolute <- function(t) sum(abs(income - t))
  expect_silent(suppressWarnings(m_estimate(absolute, hessian = function(t) 1e-3, start = c(m = median(income)))))
})

test_that("derivatives that are not finite are named with their place", {
  nowhere <- function(t, d) matrix(c(1, 1, NaN, NaN), 2L)
  e <- expect_error(m_estimate(psi = iv, jacobian = nowhere, data = d, start = start), class = "glmrs_error_no_derivative")
  expect_match(conditionMessage(e), "by `b` is not finite at theta = c(a = 0, b = 0)", fixed = TRUE)
  # a gradient that has no value beside the start
  slope <- function(t, d) if (all(t == start)) c(-2, 4) else c(NaN, NaN)
  expect_error(
    m_estimate(function(t, d) sum((t - c(1, -2))^2), gradient = slope, start = start, method = "trust-region"),
    "by `[ab]` is not finite at theta = c\\(a = 0, b = 0\\)", class = "glmrs_error_no_derivative"
  )
  # a function with a value at one point only
  at_start <- function(t, d) if (t[2] == 0) iv(t, d) else iv(t, d) * NA
  expect_error(m_estimate(psi = at_start, data = d, start = start), "by `b`", class = "glmrs_error_no_derivative")
})

test_that("moments that say the same cannot be weighted; unweighted they can", {
  twice <- function(t, d) cbind(iv(t, d), 2 * iv(t, d)[, 2L])
  for (weighting in c("two-step", "iterated", "continuous")) {
    expect_error(
      m_estimate(psi = twice, data = d, start = start, weighting = weighting), "some of them say the same",
      class = "glmrs_error_singular"
    )
  }
  fit <- m_estimate(psi = twice, data = d, start = start, weighting = "identity")
  expect_equal(coef(fit), coef(m_estimate(psi = iv, data = d, start = start)))
  expect_identical(fit$overidentification[["p.value"]], NA_real_)
  # fewer clusters than moments
  three <- function(t, d) z * (d$mpg - t[1] - t[2] * d$hp)
  expect_error(
    m_estimate(psi = three, data = d, start = start, moments = "cluster", cluster = d$am), class = "glmrs_error_singular"
  )
})

test_that("Hansen's test has its distribution whatever the weights", {
  set.seed(4)
  statistic <- function(weighting) {
    e <- data.frame(x = rnorm(400), v = rnorm(400), w = rexp(400))
    e$y <- e$x + rnorm(400)
    moments <- function(t, e) cbind(1, e$x, e$x + 10 * e$v, e$w) * (e$y - t[1] - t[2] * e$x)
    m_estimate(psi = moments, data = e, start = start, weighting = weighting)$overidentification[["statistic"]]
  }
  for (weighting in c("identity", "two-step")) {
    # chi-squared with 2 degrees of freedom: mean 2, standard deviation 2
    expect_lt(abs(mean(replicate(300, statistic(weighting))) - 2), 4 * 2 / sqrt(300))
  }
})

test_that("the units of moments change neither the way nor the end, whatever weighs them", {
  solve_in <- function(unit, weighting) {
    moments <- function(t, d) unit * z * (d$mpg - exp(t[1] - t[2] * d$hp))
    m_estimate(psi = moments, data = d, start = c(a = 3.2, b = 0.001), weighting = weighting)
  }
  for (weighting in c("identity", "two-step", "iterated", "continuous")) {
    plain <- solve_in(1, weighting)
    for (unit in c(1e-10, 1e10)) {
      fit <- solve_in(unit, weighting)
      expect_true(fit$converged)
      expect_equal(coef(fit), coef(plain), tolerance = 1e-8)
      expect_identical(fit$iterations, plain$iterations)
    }
  }
})

test_that("moments that fit exactly converge", {
  e <- data.frame(y = c(1, 3, 2, 5, 4, 6, 5, 8), x = 1:8, a = c(0, 1, 0, 1, 1, 0, 1, 0))
  moments <- function(t, e) cbind(1, e$x, e$a) * (e$y - t[1] - t[2] * e$x)
  fit <- m_estimate(psi = moments, data = e, start = start, weighting = "continuous")
  expect_true(fit$converged)
  expect_lt(fit$overidentification[["statistic"]], 1e-12)
})

test_that("the covariance of moments weighted for dependent rows is that of dependent rows", {
  moments <- function(t, d) z * (d$mpg - t[1] - t[2] * d$hp)
  fit <- m_estimate(psi = moments, data = d, start = start, moments = "cluster", cluster = d$carb)
  expect_equal(vcov(fit), vcov(fit, "cluster"))
  expect_identical(summary(fit)$vcov_type, "cluster")
  # where they are weighted by their own covariance: (G'S^-1 G)^-1, but for the rounds of weighting
  iterated <- update(fit, weighting = "iterated")
  s <- crossprod(rowsum(moments(coef(iterated), d), d$carb)) * 6 / 5
  expect_equal(vcov(iterated), solve(t(slopes) %*% solve(s, slopes)), tolerance = STOPPING, ignore_attr = TRUE)
  fit <- m_estimate(psi = moments, data = d, start = start, moments = "HAC", lag = 2)
  expect_equal(vcov(fit), vcov(fit, "HAC", lag = 2))
})
