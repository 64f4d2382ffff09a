# Stacked equations against the covariances that theory gives for each stack, and against glm().

set.seed(4)
n <- 300
d <- data.frame(x = rnorm(n), z = runif(n), g = factor(sample(letters[1:3], n, TRUE)), w = runif(n, 0.5, 2))
d$a <- rbinom(n, 1, plogis(0.4 * d$x - 0.2))
d$y <- 1 + d$a + 0.5 * d$x + rnorm(n)
d$count <- rpois(n, exp(0.3 + 0.4 * d$x - 0.3 * (d$g == "b")))
d$positive <- exp(0.2 * d$x) * rgamma(n, 4, 4)

# Minus the derivative of the score, from the family's functions by central differences.
observed_information <- function(glm) {
  x <- model.matrix(glm)
  offset <- if (is.null(glm$offset)) 0 else glm$offset
  score <- function(b) {
    eta <- drop(x %*% b) + offset
    mu <- glm$family$linkinv(eta)
    colSums(glm$prior.weights * (glm$y - mu) * glm$family$mu.eta(eta) / glm$family$variance(mu) * x)
  }
  -sapply(seq_len(ncol(x)), function(j) {
    h <- 1e-5 * (seq_len(ncol(x)) == j)
    (score(coef(glm) + h) - score(coef(glm) - h)) / 2e-5
  })
}

test_that("a model alone has glm()'s coefficients and sandwich, for every family", {
  models <- list(
    list(y ~ x * g, gaussian()), list(a ~ x + g, binomial()), list(a ~ x, binomial("probit")),
    list(a ~ x, quasibinomial("cloglog")), list(count ~ x + g + offset(log(w)), poisson()),
    list(count ~ x, quasipoisson("sqrt")), list(positive ~ x + z, Gamma("log")), list(positive ~ 1, Gamma()),
    list(positive ~ z, inverse.gaussian("log")), list(positive ~ x, quasi("log", "mu^2"))
  )
  for (m in models) {
    glm <- glm(m[[1]], m[[2]], d, control = list(epsilon = 1e-15, maxit = 500))
    fit <- m_estimate(psi = stack_psi(m = psi_glm(m[[1]], m[[2]])), data = d)
    # where the link is not canonical glm() creeps up to the root: a deviance flat to 1e-15 is a coefficient good to 1e-7
    expect_equal(unname(coef(fit)), unname(coef(glm)), tolerance = 1e-6) # glm()'s search
    expect_lt(max(abs(colSums(fit$functions$psi(coef(fit), d))) / sqrt(n * diag(fit$meat))), 1e-9)
    expect_identical(names(coef(fit)), paste0("m.", names(coef(glm))))
    rows <- glm$weights * residuals(glm, "working") * model.matrix(glm)
    bread <- solve(observed_information(glm))
    expect_equal(unname(vcov(fit)), unname(bread %*% crossprod(rows) %*% t(bread)), tolerance = 1e-5) # the same search
  }
})

test_that("weights and offsets are those of glm(), successes may be counts", {
  d$n <- d$count + rpois(n, 2) + 1L
  glm <- glm(cbind(count, n - count) ~ x, binomial, d, weights = w, offset = z, control = list(epsilon = 1e-13)) |> suppressWarnings()
  fit <- m_estimate(psi = stack_psi(m = psi_glm(cbind(count, n - count) ~ x, binomial(), weights = ~ w, offset = ~ z)), data = d)
  expect_equal(unname(coef(fit)), unname(coef(glm)), tolerance = 1e-8)
  skip_if_not_installed("sandwich")
  expect_equal(unname(vcov(fit)), unname(sandwich::sandwich(glm)), tolerance = STOPPING)
})

test_that("inverse-probability weighted means have the covariance that knows of the propensity score", {
  fit <- m_estimate(psi = stack_psi(
    ps = psi_glm(a ~ x, binomial()), mu1 = psi_mean(~ y, weights = ~ a / ps),
    mu0 = psi_mean(~ y, weights = ~ (1 - a) / (1 - ps))
  ), data = d)
  ps <- glm(a ~ x, binomial, d, control = list(epsilon = 1e-13))
  p <- fitted(ps)
  x <- model.matrix(ps)
  w1 <- d$a / p
  w0 <- (1 - d$a) / (1 - p)
  mu <- c(weighted.mean(d$y, w1), weighted.mean(d$y, w0))
  expect_equal(unname(coef(fit)), unname(c(coef(ps), mu)), tolerance = 1e-9)
  # derivatives by hand: of a/p the derivative is -a (1 - p)/p x, of (1 - a)/(1 - p) it is (1 - a) p/(1 - p) x
  A <- matrix(0, 4, 4)
  A[1:2, 1:2] <- crossprod(x * (p * (1 - p)), x)
  A[3, ] <- c(colSums(x * (d$y - mu[1]) * d$a * (1 - p) / p), sum(w1), 0)
  A[4, ] <- c(-colSums(x * (d$y - mu[2]) * (1 - d$a) * p / (1 - p)), 0, sum(w0))
  psi <- cbind(x * (d$a - p), w1 * (d$y - mu[1]), w0 * (d$y - mu[2]))
  expect_equal(unname(vcov(fit)), solve(A) %*% crossprod(psi) %*% t(solve(A)), tolerance = STOPPING, ignore_attr = TRUE)
  skip_if_not_installed("sandwich")
  expect_equal(sandwich::sandwich(fit), vcov(fit), ignore_attr = TRUE)
})

test_that("functions see all parameters and the means of models before them", {
  seen <- NULL
  f <- function(theta, data, means) {
    seen <<- list(names(theta), names(means), length(means$ps))
    cbind(means$ps - theta[["mu"]])
  }
  fit <- m_estimate(psi = stack_psi(ps = psi_glm(a ~ x, binomial()), own = psi_function(f, c(mu = 0))), data = d)
  expect_identical(seen, list(c("ps.(Intercept)", "ps.x", "mu"), "ps", 300L))
  # the fitted probabilities of a model with an intercept have the mean of the response
  expect_equal(coef(fit)[["mu"]], mean(d$a))
  shorter <- m_estimate(psi = stack_psi(m = psi_function(function(theta, data) cbind(data$y - theta), c(mu = 0))), data = d)
  expect_equal(coef(shorter), c(mu = mean(d$y)))
})

test_that("rows of a model are kept while only others' parameters move", {
  block <- psi_glm(a ~ x, binomial(), data = d)
  prepared <- block$prepare("ps", NULL, NULL, NULL)
  first <- prepared$evaluate(prepared$start, NULL, NULL)
  expect_identical(first, prepared$evaluate(prepared$start, NULL, NULL))
  expect_false(identical(first, prepared$evaluate(prepared$start + 1, NULL, NULL)))
})

test_that("mean, variance, quantile and location are what they are called", {
  fit <- m_estimate(psi = stack_psi(
    v = psi_variance(~ y), median = psi_quantile(~ y, smoothed = 0.1), h = psi_huber(~ y, k = 1.5), m = psi_mean(d$y)
  ), data = d)
  expect_equal(unname(coef(fit)[c("v.mean", "v.variance", "m")]), c(mean(d$y), mean((d$y - mean(d$y))^2), mean(d$y)))
  expect_equal(mean(pnorm((coef(fit)[["median"]] - d$y) / 0.1)), 0.5)
  # the smoothed median is no further from the median than the smoothing is wide
  expect_lt(abs(coef(fit)[["median"]] - median(d$y)), 0.1)
  skip_if_not_installed("MASS")
  expect_equal(coef(fit)[["h"]], MASS::huber(d$y, k = 1.5, tol = 1e-12)$mu, tolerance = 1e-8)
})

test_that("starting values may be replaced by name", {
  e <- stack_psi(m = psi_mean(~ y), v = psi_variance(~ x))
  expect_equal(coef(m_estimate(psi = e, data = d, start = c(m = 50))), coef(m_estimate(psi = e, data = d)))
  expect_error(m_estimate(psi = e, data = d, start = c(q = 50)), "`q` is none", class = "glmrs_error_argument")
  expect_error(m_estimate(psi = e, data = d, start = 50), "no names", class = "glmrs_error_argument")
})

test_that("what cannot be stacked is named", {
  expect_error(stack_psi(), "at least one block", class = "glmrs_error_argument")
  expect_error(stack_psi(psi_mean(~ y)), "block 1 has no name", class = "glmrs_error_argument")
  expect_error(stack_psi(m = psi_mean(~ y), m = psi_mean(~ x)), "two blocks", class = "glmrs_error_argument")
  expect_error(stack_psi(m = function(theta) theta), "psi_function", class = "glmrs_error_argument")
  expect_error(psi_glm(~ x), "response", class = "glmrs_error_formula")
  mine <- poisson()
  mine$variance <- function(mu) mu^1.5
  expect_error(psi_glm(y ~ x, mine), "psi_function", class = "glmrs_error_family")
  expect_error(psi_glm(y ~ x, weights = "w"), "`weights`", class = "glmrs_error_argument")
  expect_error(psi_quantile(~ y, tau = 1), "`tau`", class = "glmrs_error_argument")
  expect_error(psi_huber(~ y, k = -1), "`k`", class = "glmrs_error_argument")
  expect_error(psi_function(1, c(a = 1)), "`f`", class = "glmrs_error_argument")
  expect_error(psi_function(mean, 1), "names", class = "glmrs_error_argument")
  solve <- function(...) m_estimate(psi = stack_psi(...), data = d)
  expect_error(solve(m = psi_mean(~ unknown)), "unknown", class = "glmrs_error_data")
  expect_error(solve(x = psi_glm(a ~ x, binomial())), "name of a variable", class = "glmrs_error_argument")
  expect_error(solve(m = psi_mean(~ g)), "must be numbers", class = "glmrs_error_data")
  expect_error(solve(m = psi_mean(~ y, weights = c(NA, d$w[-1]))), "row 1", class = "glmrs_error_non_finite")
  expect_error(solve(m = psi_glm(y ~ x, weights = -d$w)), "negative weights", class = "glmrs_error_weights")
  expect_error(solve(m = psi_glm(y ~ x + I(2 * x))), "I\\(2 \\* x\\)", class = "glmrs_error_singular")
  expect_error(solve(m = psi_mean(~ y), k = psi_mean(1:3)), "block `k` has 3 rows, block `m` has 300", class = "glmrs_error_data")
  expect_error(solve(m = psi_mean(~ y), k = psi_function(function(t) t, c(m = 1))), "two parameters", class = "glmrs_error_argument")
  expect_error(solve(m = psi_function(function(t) "a", c(b = 1))), "`block m` returned", class = "glmrs_error_callback")
  d$x[7] <- NA
  e <- expect_error(m_estimate(psi = stack_psi(m = psi_glm(y ~ x)), data = d), class = "glmrs_error_non_finite")
  expect_identical(conditionMessage(e), "`x` of block `m` is missing in row 7: leave the row out of the data")
})

test_that("weights of a mean are one for each row, and not all 0", {
  solve <- function(weights) m_estimate(psi = stack_psi(m = psi_mean(~ y, weights = weights), k = psi_mean(~ x)), data = d)
  for (weights in list(c(1, 5), d$w[-1], ~ c(w, 1))) {
    expect_error(solve(weights), "`weights` of block `m` must have one value for each of the 300 rows", class = "glmrs_error_argument")
  }
  for (weights in list(0, 0 * d$w, ~ 0 * w, rep(c(1, -1), 150))) {
    expect_error(solve(weights), "`weights` of block `m` add up to 0", class = "glmrs_error_weights")
  }
  nothing <- stack_psi(m = psi_glm(y ~ x, weights = ~ 0 * w))
  expect_error(m_estimate(psi = nothing, data = d), "weights of block `m` are all 0", class = "glmrs_error_weights")
  # those that depend on another block, too
  solve <- function(weights) {
    m_estimate(psi = stack_psi(ps = psi_glm(a ~ x, binomial()), m = psi_mean(~ y, weights = weights)), data = d)
  }
  expect_error(solve(~ ps[1:2]), "`weights` of block `m` must have one value", class = "glmrs_error_argument")
  expect_error(solve(~ 0 * ps), "`weights` of block `m` add up to 0", class = "glmrs_error_weights")
})

test_that("a separated block is named, without advice that a stack cannot take", {
  cars$z <- as.numeric(cars$speed > 15)
  equations <- stack_psi(a = psi_glm(z ~ speed, binomial()), b = psi_mean(~ a))
  warnings <- list()
  withCallingHandlers(
    try(m_estimate(psi = equations, data = cars), silent = TRUE),
    warning = function(w) {
      warnings <<- c(warnings, list(w))
      invokeRestart("muffleWarning")
    }
  )
  separated <- Filter(function(w) inherits(w, "glmrs_warning_separation"), warnings)
  expect_length(separated, 1L)
  said <- conditionMessage(separated[[1L]])
  expect_match(said, "block `a`: the data are separated", fixed = TRUE)
  expect_match(said, "a.speed (Inf)", fixed = TRUE)
  expect_no_match(said, "bias")
})

test_that("a mediated effect has the standard error of its influence functions", {
  set.seed(5)
  d <- data.frame(x = rnorm(400))
  d$m <- 0.5 * d$x + rnorm(400) * (1 + abs(d$x)) / 2
  d$y <- 0.3 * d$x + 0.7 * d$m + rnorm(400)
  indirect <- function(theta) matrix(theta[["a.x"]] * theta[["b.m"]] - theta[["effect"]], 400)
  equations <- stack_psi(
    a = psi_glm(m ~ x), b = psi_glm(y ~ x + m), effect = psi_function(indirect, start = c(effect = 0))
  )
  fit <- m_estimate(psi = equations, data = d)
  first <- lm(m ~ x, d)
  second <- lm(y ~ x + m, d)
  influence_of <- function(lm, name) (model.matrix(lm) * residuals(lm)) %*% solve(crossprod(model.matrix(lm)))[, name]
  a <- coef(first)[["x"]]
  b <- coef(second)[["m"]]
  by_hand <- b * influence_of(first, "x") + a * influence_of(second, "m")
  expect_equal(coef(fit)[["effect"]], a * b, tolerance = 1e-10)
  expect_equal(vcov(fit)["effect", "effect"], sum(by_hand^2), tolerance = STOPPING)
})
