# Estimators that users would write, against published numbers and other packages.

test_that("mean and variance (Stefanski and Boos, 2002, example 1): the covariance by central moments", {
  y <- faithful$eruptions
  fit <- m_estimate(psi = function(t, y) cbind(y - t[1], (y - t[1])^2 - t[2]), data = y, start = c(mean = 1, variance = 1))
  center <- mean(y)
  m <- sapply(2:4, function(k) mean((y - center)^k))
  expect_equal(coef(fit), c(mean = center, variance = m[1]))
  # (sigma^2, mu_3; mu_3, mu_4 - sigma^4)/n
  expect_equal(vcov(fit), matrix(c(m[1], m[2], m[2], m[3] - m[1]^2), 2) / length(y), ignore_attr = TRUE, tolerance = 1e-8)
})

test_that("ratio of means (example 2) and a delta method (example 3)", {
  d <- faithful
  ratio <- function(t, d) cbind(d$waiting - t[1], d$eruptions - t[2], t[1] - t[3] * t[2])
  fit <- m_estimate(psi = ratio, data = d, start = c(w = 60, e = 3, ratio = 15))
  r <- mean(d$waiting) / mean(d$eruptions)
  expect_equal(coef(fit)[["ratio"]], r)
  # of the influence (waiting - r eruptions)/mean(eruptions)
  expect_equal(vcov(fit)[3, 3], mean((d$waiting - r * d$eruptions)^2) / mean(d$eruptions)^2 / nrow(d), tolerance = 1e-8)
  y <- d$eruptions
  delta <- function(t, y) cbind(y - t[1], (y - t[1])^2 - t[2], sqrt(t[2]) - t[3], log(t[2]) - t[4])
  fit <- m_estimate(psi = delta, data = y, start = c(3, 1, 1, 0))
  v <- vcov(fit)
  s2 <- coef(fit)[[2]]
  expect_equal(v[3, 3], v[2, 2] / (4 * s2), tolerance = 1e-8)
  expect_equal(v[4, 4], v[2, 2] / s2^2, tolerance = 1e-8)
})

test_that("logistic regression by every method has glm()'s coefficients and both its covariances", {
  x <- cbind(1, mtcars$wt)
  nll <- function(b, d) {
    eta <- drop(x %*% b)
    list(value = sum(log1p(exp(eta)) - d * eta), gradient = crossprod(x, plogis(eta) - d))
  }
  score <- function(b, d) x * (d - plogis(drop(x %*% b)))
  glm <- glm(am ~ wt, binomial, mtcars, control = list(epsilon = 1e-14))
  for (method in c("lbfgs", "bfgs", "cg", "newton", "trust-region")) {
    fit <- m_estimate(nll, score, data = mtcars$am, start = c(0, 0), method = method)
    expect_true(fit$converged)
    expect_lt(fit$iterations, 40)
    expect_equal(unname(coef(fit)), unname(coef(glm)), tolerance = 1e-8)
    expect_equal(vcov(fit, "model"), vcov(glm), tolerance = 1e-6, ignore_attr = TRUE) # derivatives by differences
    skip_if_not_installed("sandwich")
    expect_equal(vcov(fit), sandwich::sandwich(glm), tolerance = 1e-6, ignore_attr = TRUE) # derivatives by differences
  }
})

test_that("sums and means of the same rows have the same solution, found as exactly", {
  x <- qexp(ppoints(1e4))
  s <- function(t, x) cbind(1 / t - x / t^2)
  log_or_void <- function(t) if (t > 0) log(t) else NaN
  sums <- function(t, x) list(value = sum(log_or_void(t) + x / t), gradient = sum(s(t, x)))
  means <- function(t, x) list(value = mean(log_or_void(t) + x / t), gradient = mean(s(t, x)))
  for (method in c("lbfgs", "newton")) {
    a <- m_estimate(sums, s, data = x, start = c(t = 1.02), method = method)
    b <- m_estimate(means, s, data = x, start = c(t = 1.02), method = method)
    expect_equal(coef(a)[["t"]], mean(x), tolerance = 1e-10)
    expect_equal(coef(b)[["t"]], mean(x), tolerance = 1e-10)
    expect_equal(vcov(a), vcov(b), tolerance = 1e-6) # derivatives by differences
  }
})

test_that("instrumental variables are ivreg()'s, with its sandwich", {
  skip_if_not_installed("AER")
  skip_if_not_installed("sandwich")
  iv <- AER::ivreg(mpg ~ hp | disp, data = mtcars)
  just <- function(t, d) (d$mpg - t[1] - t[2] * d$hp) * cbind(1, d$disp)
  fit <- m_estimate(psi = just, data = mtcars, start = c(a = 0, b = 0))
  expect_equal(unname(coef(fit)), unname(coef(iv)), tolerance = 1e-8)
  expect_equal(vcov(fit), sandwich::sandwich(iv), tolerance = STOPPING, ignore_attr = TRUE)
  # with more instruments than regressors: two stages stacked
  iv <- AER::ivreg(mpg ~ hp | disp + qsec, data = mtcars)
  second <- function(theta, data, means) cbind(1, means$first) * (data$mpg - theta[["a"]] - theta[["b"]] * data$hp)
  stack <- stack_psi(first = psi_glm(hp ~ disp + qsec), second = psi_function(second, c(a = 0, b = 0)))
  fit <- m_estimate(psi = stack, data = mtcars)
  expect_equal(unname(coef(fit)[c("a", "b")]), unname(coef(iv)), tolerance = 1e-8)
})

test_that("locations of Huber are those of MASS", {
  skip_if_not_installed("MASS")
  y <- MASS::chem
  fit <- m_estimate(psi = stack_psi(mu = psi_huber(~ y)), data = data.frame(y = y))
  expect_equal(coef(fit)[["mu"]], MASS::huber(y, tol = 1e-12)$mu, tolerance = 1e-8)
  # location and scale together: proposal 2, with MASS's n - 1
  k <- 1.5
  beta <- 2 * pnorm(k) - 1 + 2 * k^2 * pnorm(-k) - 2 * k * dnorm(k)
  n <- length(y)
  proposal2 <- function(t, y) {
    z <- pmax(-k, pmin(k, (y - t[1]) / t[2]))
    cbind(z, z^2 - beta * (n - 1) / n)
  }
  fit <- m_estimate(psi = proposal2, data = y, start = c(mu = median(y), s = mad(y)))
  theirs <- MASS::hubers(y, tol = 1e-12)
  expect_equal(unname(coef(fit)), c(theirs$mu, theirs$s), tolerance = STOPPING)
})

test_that("Weibull and Tobit likelihoods are survreg()'s", {
  skip_if_not_installed("survival")
  d <- survival::ovarian
  x <- cbind(1, d$age)
  weibull <- function(t, d) {
    z <- (log(d$futime) - x %*% t[1:2]) / exp(t[3])
    # density of log time: exp(z - exp(z))/sigma; survival: exp(-exp(z))
    -sum(d$fustat * (z - t[3]) - exp(z))
  }
  theirs <- survival::survreg(survival::Surv(futime, fustat) ~ age, d, control = list(rel.tolerance = 1e-13))
  for (method in c("bfgs", "trust-region")) {
    fit <- m_estimate(weibull, data = d, start = c(a = 7, age = 0, log_scale = 0), method = method)
    expect_equal(unname(coef(fit)), unname(c(coef(theirs), log(theirs$scale))), tolerance = STOPPING)
    expect_equal(vcov(fit), vcov(theirs), tolerance = DIFFERENCES, ignore_attr = TRUE)
    # survreg()'s likelihood is of times, not of their logarithms
    expect_equal(-fit$value - sum(d$fustat * log(d$futime)), theirs$loglik[2], tolerance = 1e-9)
  }
  tobin <- survival::tobin
  X <- cbind(1, tobin$age, tobin$quant)
  tobit <- function(t, d) {
    eta <- drop(X %*% t[1:3])
    s <- exp(t[4])
    -sum(ifelse(d$durable > 0, dnorm(d$durable, eta, s, log = TRUE), pnorm(-eta / s, log.p = TRUE)))
  }
  theirs <- survival::survreg(survival::Surv(durable, durable > 0, type = "left") ~ age + quant, tobin, dist = "gaussian", control = list(rel.tolerance = 1e-13))
  fit <- m_estimate(tobit, data = tobin, start = c(a = 10, age = 0, quant = 0, log_scale = 1), method = "bfgs")
  expect_equal(unname(coef(fit)), unname(c(coef(theirs), log(theirs$scale))), tolerance = OTHER_SEARCH)
  expect_equal(fit$value, -theirs$loglik[2], tolerance = 1e-9)
})

test_that("two-step moments are those of the formulas", {
  d <- mtcars
  x <- cbind(1, d$hp)
  z <- cbind(1, d$disp, d$qsec, d$drat)
  y <- d$mpg
  psi <- function(t, d) z * drop(y - x %*% t)
  fit <- m_estimate(psi = psi, data = d, start = c(a = 0, b = 0))
  zx <- crossprod(z, x)
  zy <- crossprod(z, y)
  solve_with <- function(w) solve(t(zx) %*% w %*% zx, t(zx) %*% w %*% zy)
  first <- solve_with(diag(4))
  # the moments' covariance is not centred
  u <- psi(first)
  expected <- solve_with(solve(crossprod(u)))
  expect_equal(unname(coef(fit)), c(expected), tolerance = 1e-8)
  u <- psi(expected)
  sums <- colSums(u)
  expect_equal(fit$overidentification[["statistic"]], sum(sums * solve(crossprod(u), sums)), tolerance = 1e-8)
  expect_equal(fit$overidentification[["df"]], 2)
  identity <- m_estimate(psi = psi, data = d, start = c(a = 0, b = 0), weighting = "identity")
  expect_equal(unname(coef(identity)), c(first), tolerance = STOPPING)
  # the sandwich of weighted moments: (G'WG)^-1 G'W S W G (G'WG)^-1
  u <- psi(first)
  a <- solve(crossprod(zx)) %*% t(zx)
  expect_equal(vcov(identity), a %*% crossprod(u) %*% t(a), tolerance = STOPPING, ignore_attr = TRUE)
})

test_that("iterated and continuously updated moments are where their definitions say", {
  d <- mtcars
  z <- cbind(1, d$disp, d$qsec, d$drat)
  psi <- function(t, d) z * (d$mpg - t[1] - t[2] * d$hp)
  solve_by <- function(weighting) m_estimate(psi = psi, data = d, start = c(a = 0, b = 0), weighting = weighting)
  iterated <- coef(solve_by("iterated"))
  # a fixed point: weighted by the covariance at the estimate, the estimate itself
  x <- cbind(1, d$hp)
  w <- solve(crossprod(psi(iterated, d)))
  zx <- crossprod(z, x)
  expect_equal(c(solve(t(zx) %*% w %*% zx, t(zx) %*% w %*% crossprod(z, d$mpg))), unname(iterated), tolerance = STOPPING)
  continuous <- coef(solve_by("continuous"))
  value <- function(t) {
    u <- psi(t, d)
    sum(colSums(u) * solve(crossprod(u), colSums(u)))
  }
  for (j in 1:2) {
    for (step in c(-1e-3, 1e-3)) expect_gt(value(continuous * (1 + step * (1:2 == j))), value(continuous))
  }
  expect_lt(value(continuous), value(iterated))
})

test_that("cluster and HAC covariances are those of sandwich", {
  skip_if_not_installed("sandwich")
  d <- longley
  lm <- lm(Employed ~ GNP, d)
  psi <- function(t, d) (d$Employed - t[1] - t[2] * d$GNP) * cbind(1, d$GNP)
  fit <- m_estimate(psi = psi, data = d, start = c(a = 0, b = 0))
  same <- function(a, b) expect_equal(a, b, tolerance = STOPPING, ignore_attr = TRUE)
  same(vcov(fit), sandwich::sandwich(lm))
  same(vcov(fit, "HC1"), sandwich::vcovHC(lm, type = "HC1"))
  for (lag in c(0, 1, 4)) {
    same(vcov(fit, "HAC", lag = lag), sandwich::NeweyWest(lm, lag = lag, prewhite = FALSE, adjust = FALSE))
  }
  id <- rep(1:4, each = 4)
  same(vcov(fit, "cluster", cluster = id), sandwich::vcovCL(lm, cluster = id, type = "HC0", cadjust = TRUE))
  # and by sandwich's own functions on the fit
  same(sandwich::sandwich(fit), vcov(fit))
  same(sandwich::vcovCL(fit, cluster = id, type = "HC0"), vcov(fit, "cluster", cluster = id))
  same(sandwich::vcovHAC(fit), sandwich::vcovHAC(lm))
  # least squares by formula: what needs a model matrix, too
  ols <- m_estimate(Employed ~ GNP, d, loss = huber(Inf))
  same(sandwich::vcovHC(ols, type = "HC0"), sandwich::vcovHC(lm, type = "HC0"))
  expect_error(model.matrix(fit), "by formula", class = "glmrs_error_inference")
  expect_error(residuals(fit), "by formula", class = "glmrs_error_inference")
  without_score <- m_estimate(function(m, d) sum((d - m)^2), data = 1:9, start = c(m = 0))
  expect_error(sandwich::bread(without_score), "without `score`", class = "glmrs_error_inference")
})

test_that("one cluster, or a cluster that is not one value a row, is an error where it is given", {
  fit_with <- function(cluster) m_estimate(psi = function(m, x) x - m, data = cars$dist, start = c(m = 0), cluster = cluster)
  expect_error(fit_with(1:3), "each of the 50 rows", class = "glmrs_error_cluster")
  expect_error(fit_with(rep(1, 50)), "one cluster", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit_with(NULL), type = "cluster", cluster = rep("a", 50)), "one cluster", class = "glmrs_error_cluster")
})

test_that("tables for broom hold what summary() and confint() say", {
  skip_if_not_installed("generics")
  fit <- m_estimate(psi = function(t, d) (d$dist - t[1] - t[2] * d$speed) * cbind(1, d$speed), data = cars, start = c(a = 0, b = 0))
  tidy <- generics::tidy(fit, conf.int = TRUE, conf.level = 0.9, type = "HC1")
  expect_identical(tidy$term, c("a", "b"))
  expect_equal(tidy$std.error, unname(sqrt(diag(vcov(fit, "HC1")))))
  expect_equal(tidy$conf.low, unname(confint(fit, level = 0.9, type = "HC1")[, 1]))
  expect_identical(names(generics::glance(fit)), c("value", "nobs", "converged", "iterations", "calls", "statistic", "df", "p.value"))
  expect_identical(generics::glance(fit)$nobs, 50L)
})

test_that("`calls` counts the calls of the functions, whatever asks for them", {
  count <- 0
  counted <- function(f) function(t, d) {
    count <<- count + 1
    f(t, d)
  }
  value <- counted(function(t, d) sum((d - t)^2))
  gradient <- counted(function(t, d) -2 * sum(d - t))
  score <- counted(function(t, d) cbind(2 * (d - t)))
  expect_equal(m_estimate(value, data = 1:9, start = c(m = 0))$calls, count)
  count <- 0
  expect_equal(m_estimate(value, score, gradient = gradient, data = 1:9, start = c(m = 0))$calls, count)
  count <- 0
  moments <- counted(function(t, d) cbind(d - t, (d - t)^3))
  expect_equal(m_estimate(psi = moments, data = c(1, 2, 4, 9), start = c(m = 3))$calls, count)
})
