# The units of data and parameters change neither the estimates nor whether they are found.

METHODS <- c("lbfgs", "bfgs", "cg", "newton", "trust-region")
log_likelihood <- function(b, d) {
  eta <- b[1] + b[2] * d$x
  sum(exp(eta) - d$y * eta)
}
exactly <- list(epsilon = 1e-15, maxit = 50)
errors <- function(fit) sqrt(diag(vcov(fit)))

test_that("a likelihood of values alone is glm()'s in any unit of its covariate, with its standard errors", {
  set.seed(1)
  x <- runif(200)
  y <- rpois(200, exp(0.5 + x))
  glm <- glm(y ~ x, poisson, control = exactly)
  for (unit in 10^(-6:6)) {
    for (method in METHODS) {
      fit <- m_estimate(log_likelihood, data = list(x = unit * x, y = y), start = c(0, 0), method = method)
      expect_true(fit$converged)
      expect_equal(unname(coef(fit)) * c(1, unit), unname(coef(glm)), tolerance = 1e-8)
      expect_equal(unname(errors(fit)) * c(1, unit), unname(errors(glm)), tolerance = 1e-6) # second differences
    }
  }
})

test_that("calendar years need not be centred", {
  set.seed(2)
  x <- sample(1990:2020, 200, TRUE)
  y <- rpois(200, exp(0.05 * (x - 2005)))
  centred <- glm(y ~ I(x - 2005), poisson, control = exactly)
  shift <- rbind(c(1, -2005), c(0, 1))
  for (method in METHODS) {
    fit <- m_estimate(log_likelihood, data = list(x = x, y = y), start = c(0, 0), method = method)
    expect_true(fit$converged)
    expect_equal(unname(coef(fit)), c(shift %*% coef(centred)), tolerance = 1e-8)
    # second differences of a matrix whose condition number is about 1e5
    want <- sqrt(diag(shift %*% vcov(centred) %*% t(shift)))
    expect_equal(unname(errors(fit)), want, tolerance = 1e-4) # 1e5 times what differences have
  }
})

test_that("two years are two years", {
  d <- data.frame(x = rep(2023:2024, 30), y = rep(c(1, 2, 4, 3, 2, 5), 10))
  fit <- m_estimate(function(b, d) sum((d$y - b[1] - b[2] * d$x)^2), data = d, start = c(0, 0))
  lm <- lm(y ~ I(x - 2023), d)
  expect_equal(coef(fit)[[2L]], coef(lm)[[2L]], tolerance = 1e-6) # condition number 2e7
  want <- sqrt(solve(2 * crossprod(model.matrix(lm)))[2, 2])
  expect_equal(errors(fit)[[2L]], want, tolerance = 1e-2) # second differences, condition number 2e7
})

test_that("a gradient without a score may be in any unit", {
  set.seed(1)
  x <- runif(200)
  y <- rpois(200, exp(0.5 + x))
  glm <- glm(y ~ x, poisson, control = exactly)
  slope <- function(b, d) drop(crossprod(cbind(1, d$x), exp(b[1] + b[2] * d$x) - d$y))
  for (unit in 10^c(-6, 0, 6)) {
    for (method in METHODS) {
      fit <- m_estimate(log_likelihood, gradient = slope, data = list(x = unit * x, y = y), start = c(0, 0), method = method)
      expect_true(fit$converged)
      expect_equal(unname(coef(fit)) * c(1, unit), unname(coef(glm)), tolerance = 1e-8)
    }
  }
})

test_that("large data determine what small data do", {
  for (seed in 1:50) {
    set.seed(seed)
    income <- rlnorm(200, 10.5, 0.6)
    fit <- m_estimate(function(t, d) sum((d - t)^2), data = income, start = c(mean = 0))
    expect_true(fit$converged)
    expect_equal(coef(fit)[["mean"]], mean(income), tolerance = 1e-10)
  }
  normal <- function(t, d) sum(0.5 * ((d - t[1]) / exp(t[2]))^2 + t[2])
  for (seed in 1:5) {
    set.seed(seed)
    x <- rnorm(200, 3e5, 1e5)
    for (method in METHODS) {
      fit <- m_estimate(normal, data = x, start = c(mean = 1e5, log_sd = 10), method = method)
      expect_equal(unname(coef(fit)), c(mean(x), log(mean((x - mean(x))^2)) / 2), tolerance = 1e-8)
    }
  }
  expect_equal(coef(m_estimate(psi = function(t, d) cbind(d - t), data = c(1, 2, 3) * 1e11, start = 0))[[1]], 2e11)
})

test_that("mean and variance as roots are those of the data in any unit", {
  moments <- function(theta, x) cbind(x - theta[1], (x - theta[1])^2 - theta[2])
  x <- cars$dist
  center <- mean(x)
  m <- vapply(2:4, function(k) mean((x - center)^k), 0)
  covariance <- matrix(c(m[1], m[2], m[2], m[3] - m[1]^2), 2) / length(x)
  solve_in <- function(unit, start) m_estimate(psi = moments, data = unit * x, start = c(mean = start[1], variance = start[2]))
  for (unit in 10^(-6:6)) {
    units <- c(unit, unit^2)
    fit <- solve_in(unit, units)
    expect_equal(unname(coef(fit)) / units, c(center, m[1]), tolerance = 1e-8)
    expect_equal(unname(vcov(fit)) / outer(units, units), covariance, tolerance = STOPPING)
  }
  # from where nothing is known of the unit
  for (unit in 10^(0:6)) expect_equal(unname(coef(solve_in(unit, c(1, 1)))) / c(unit, unit^2), c(center, m[1]), tolerance = 1e-8)
})

test_that("regressions as roots are lm()'s in any unit of the covariate", {
  psi <- function(t, d) (d$dist - t[1] - t[2] * d$speed) * cbind(1, d$speed)
  lm <- lm(dist ~ speed, cars)
  for (unit in 10^(-6:6)) {
    fit <- m_estimate(psi = psi, data = transform(cars, speed = unit * speed), start = c(a = 0, b = 0))
    expect_equal(unname(coef(fit)) * c(1, unit), unname(coef(lm)), tolerance = 1e-8)
  }
})

test_that("a least value of zero is found, and is convergence", {
  rosenbrock <- function(t) 100 * (t[2] - t[1]^2)^2 + (1 - t[1])^2
  for (method in METHODS) {
    fit <- m_estimate(rosenbrock, start = c(-1.2, 1), method = method)
    expect_true(fit$converged)
    expect_equal(unname(coef(fit)), c(1, 1), tolerance = 1e-8)
  }
})

test_that("a start that is far away costs no digits", {
  x <- cars$dist
  for (start in c(1e3, 1e6, 1e9)) {
    for (method in METHODS) {
      fit <- m_estimate(function(t, d) sum((d - t)^2), data = x, start = c(mean = start), method = method)
      expect_equal(coef(fit)[["mean"]], mean(x), tolerance = 1e-8) # a tenth of the fit's own tolerance, in standard errors
    }
  }
})

test_that("what nothing depends on is not determined, by values or by equations", {
  values <- function(t, d) sum((d - t[1])^2)
  expect_error(m_estimate(values, data = cars$dist, start = c(a = 0, b = 0)), "`b`", class = "glmrs_error_singular")
  # differences of values leave rounding errors in the place of what is zero
  for (unit in 10^c(-6, 0, 6)) {
    line <- function(t, d) sum((d$dist - t[1] - t[2] * unit * d$speed - 2 * t[3] * unit * d$speed)^2)
    expect_error(m_estimate(line, data = cars, start = c(a = 0, b = 0, c = 0)), "`c`", class = "glmrs_error_singular")
    both <- function(t, d) sum((unit * d - t[1] - t[2])^2)
    for (method in METHODS) {
      expect_error(m_estimate(both, data = cars$dist, start = c(a = 0, b = 0), method = method), "`b`", class = "glmrs_error_singular")
    }
  }
  step <- function(t, x) cbind(x - t[1], 0.5 - (x <= t[2]))
  expect_error(m_estimate(psi = step, data = faithful$eruptions, start = c(3, 3.2)), "theta2", class = "glmrs_error_singular")
})

test_that("a mean and a spread are found from far away, by values alone", {
  likelihood <- function(t, x) suppressWarnings(-sum(dnorm(x, t[1], t[2], log = TRUE)))
  for (seed in c(1, 5)) {
    set.seed(seed)
    x <- rnorm(200, 1000, 3)
    spread <- sqrt(mean((x - mean(x))^2))
    for (first in c(0.4125894, 1, 2)) {
      for (method in METHODS) {
        fit <- m_estimate(likelihood, data = x, start = c(0, first), method = method, max_iterations = 500)
        expect_true(fit$converged)
        expect_equal(unname(coef(fit)), c(mean(x), spread), tolerance = 1e-7)
        expect_equal(unname(errors(fit)), spread / sqrt(c(200, 400)), tolerance = 1e-5) # second differences
      }
    }
  }
})
