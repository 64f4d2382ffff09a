# How often functions are called, and what comes of it.

set.seed(6)
n <- 500
x <- cbind(1, rnorm(n), runif(n))
y <- rbinom(n, 1, plogis(drop(x %*% c(0.2, 0.7, -0.5))))
start <- c(a = 0, b = 0, c = 0)
p <- length(start)

# `f` that keeps where it was called.
watched <- function(f) {
  places <- list()
  list(f = function(theta, d) {
    places[[length(places) + 1L]] <<- theta
    f(theta, d)
  }, places = function() places)
}
value <- function(b, d) sum(log1p(exp(drop(x %*% b))) - y * drop(x %*% b))
gradient <- function(b, d) drop(crossprod(x, plogis(drop(x %*% b)) - y))
score <- function(b, d) x * (y - plogis(drop(x %*% b)))
both <- function(b, d) list(value = value(b), gradient = gradient(b))

test_that("no point is asked about twice, and each has the parameters' names", {
  for (method in c("lbfgs", "bfgs", "newton", "cg", "trust-region")) {
    pair <- watched(both)
    rows <- watched(score)
    fit <- m_estimate(pair$f, rows$f, start = start, data = 0, method = method)
    expect_identical(fit$calls, length(pair$places()) + length(rows$places()))
    for (places in list(pair$places(), rows$places())) {
      expect_identical(anyDuplicated(places), 0L, label = method)
      expect_true(all(vapply(places, function(at) identical(names(at), names(start)), NA)))
    }
  }
})

test_that("second derivatives by differences call for gradients alone, and are those of theory", {
  values <- watched(value)
  gradients <- watched(gradient)
  fit <- m_estimate(values$f, score, gradient = gradients$f, start = start, data = 0)
  expect_gte(length(gradients$places()), length(values$places()) + p)
  mu <- plogis(drop(x %*% coef(fit)))
  expect_equal(fit$bread, solve(crossprod(x * mu * (1 - mu), x)) * n, tolerance = TOLERANCE, ignore_attr = TRUE)
})

test_that("a step costs one call for each parameter, the last derivatives two", {
  # linear equations: one step to the root
  line <- watched(function(b, d) x * drop(y - x %*% b))
  fit <- m_estimate(psi = line$f, start = start, data = 0)
  expect_equal(coef(fit), qr.solve(x, y), ignore_attr = TRUE)
  expect_identical(fit$iterations, 1L)
  # start and its differences, once more in the right units at most, the root, its differences, and the root again
  expect_lte(fit$calls, 1L + 2L * p + 1L + 2L * p + 1L)
})

test_that("rounds of weighting that do not settle are no convergence", {
  z <- cbind(1, mtcars$disp, mtcars$qsec, mtcars$drat)
  psi <- function(t, d) z * (d$mpg - t[1] - t[2] * d$hp)
  solve_by <- function(...) m_estimate(psi = psi, data = mtcars, start = c(a = 0, b = 0), weighting = "iterated", ...)
  expect_true(solve_by()$converged)
  expect_warning(fit <- solve_by(max_iterations = 2), "weights of the moments", class = "glmrs_warning_not_converged")
  expect_false(fit$converged)
  expect_identical(fit$status, "max_rounds")
})

test_that("a fit by formula is updated, another only as far as its arguments", {
  fit <- m_estimate(mpg ~ wt, mtcars, loss = huber())
  expect_equal(coef(update(fit, . ~ . + hp)), coef(m_estimate(mpg ~ wt + hp, mtcars, loss = huber())))
  expect_equal(coef(update(fit, log(.) ~ ., loss = bisquare())), coef(m_estimate(log(mpg) ~ wt, mtcars, loss = bisquare())))
  expect_identical(update(fit, . ~ hp, evaluate = FALSE)$objective, mpg ~ hp, ignore_formula_env = TRUE)
  mean_fit <- m_estimate(psi = function(t, d) cbind(d - t), data = 1:5, start = c(m = 0))
  expect_equal(coef(update(mean_fit, data = 1:9)), c(m = 5))
  expect_error(update(mean_fit, . ~ x), "by formula", class = "glmrs_error_argument")
})

test_that("arguments that a fit has no use for are told, not passed over", {
  psi <- function(t, d) (d$dist - t[1] - t[2] * d$speed) * cbind(1, d$speed)
  solve_by <- function(...) m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0), ...)
  refused <- function(expr, message, kind = "argument") expect_error(expr, message, class = paste0("glmrs_error_", kind))
  refused(solve_by(moments = "cluster"), "`cluster` is missing", "cluster")
  refused(solve_by(moments = "cluster", cluster = 1:3), "50 rows", "cluster")
  for (lag in list(-1, 50, 2.5, "x", NA, c(1, 2))) {
    refused(solve_by(moments = "HAC", lag = lag), "`lag` must be a whole number from 0 to 49")
  }
  refused(solve_by(lag = 2), '`lag` is for moments = "HAC"')
  refused(solve_by(score = "nonsense"), "`score` is for `objective`")
  refused(solve_by(gradient = 3), "`gradient` is for `objective`")
  refused(solve_by(hessian = psi), "`hessian` is for `objective`")
  refused(solve_by(method = "bfgs"), "`method` is for `objective`")
  squares <- function(t, d) sum((d$dist - t[1] - t[2] * d$speed)^2)
  minimise_by <- function(...) m_estimate(squares, data = cars, start = c(a = 0, b = 0), ...)
  refused(minimise_by(cluster = "nonsense"), "one cluster", "cluster")
  refused(minimise_by(cluster = list(1)), "one value for each", "cluster")
  refused(minimise_by(cluster = c(1, NA)), "missing for row 2", "cluster")
  refused(minimise_by(max_iterations = 1e10), "a whole number of at most 2147483647")
  refused(minimise_by(max_iterations = 0), "a whole number >= 1")
  refused(minimise_by(jacobian = psi), "`jacobian` is for `psi`")
  refused(minimise_by(lag = 2), "`lag` is for `psi`")
  refused(minimise_by(moments = "HAC"), "`moments` is for `psi`")
  refused(minimise_by(weighting = "identity"), "`weighting` is for `psi`")
  equations <- stack_psi(m = psi_mean(~dist))
  refused(m_estimate(psi = equations, data = cars, moments = "HAC", lag = -1), "`lag` must be a whole number")
  # what nobody gives is no argument
  expect_equal(coef(solve_by(score = NULL, lag = NULL, moments = "HAC")), coef(lm(dist ~ speed, cars)), ignore_attr = TRUE)
})
