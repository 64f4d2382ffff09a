# Stacks that the core solves alone, against the same stacks solved by way of R's functions.

set.seed(21)
n <- 240
d <- data.frame(x = rnorm(n), z = runif(n), g = factor(sample(letters[1:3], n, TRUE)), w = runif(n, 0.5, 2), id = rep(1:40, 6))
d$a <- rbinom(n, 1, plogis(0.4 * d$x - 0.2))
d$y <- 1 + d$a + 0.5 * d$x + rt(n, 4)
d$count <- rpois(n, exp(0.3 + 0.4 * d$x))
d$positive <- exp(0.2 * d$x) * rgamma(n, 4, 4)

stacks <- list(
  stack_psi(
    m = psi_glm(a ~ x + g, binomial(), weights = ~ w), mean = psi_mean(~ y, weights = ~ 2 * w), v = psi_variance(~ z),
    q = psi_quantile(~ y, 0.3), h = psi_huber(~ y)
  ),
  stack_psi(m = psi_glm(a ~ x, binomial("probit"), offset = ~ z / 9), mean = psi_mean(~ y, weights = 2)),
  stack_psi(p = psi_glm(a ~ z, quasibinomial("cloglog")), b = psi_glm(count ~ x * g + offset(log(w)), quasipoisson())),
  stack_psi(p = psi_glm(count ~ x, poisson("sqrt")), b = psi_glm(positive ~ x + z, Gamma()), h = psi_huber(d$y, scale = 0.8)),
  stack_psi(p = psi_glm(positive ~ z, inverse.gaussian("log")), b = psi_glm(positive ~ x, quasi("log", "mu^2"))),
  stack_psi(p = psi_glm(y ~ x + g), b = psi_glm(count ~ x, tweedie(1.4)), m = psi_mean(~ x))
)

test_that("the solution and its covariance are those of the rows in R", {
  for (equations in stacks) {
    fit <- m_estimate(psi = equations, data = d)
    expect_identical(fit$calls, 0L)
    by_rows <- search_again(fit, fit$functions, d, NULL)
    expect_gt(by_rows$calls, 0L)
    expect_equal(coef(fit), by_rows$coefficients, tolerance = 1e-10)
    expect_equal(fit$meat, by_rows$meat, tolerance = 1e-10)
    expect_equal(fit$bread, by_rows$bread, tolerance = 1e-7) # R's rows are differentiated by central differences
    expect_lt(max(abs(colSums(estimating_functions(fit))) / sqrt(n * diag(fit$meat))), 1e-9)
    # from elsewhere, too
    moved <- m_estimate(psi = equations, data = d, start = coef(fit) + 0.02)
    expect_equal(coef(moved), coef(fit), tolerance = 1e-10)
  }
})

test_that("replicates are those of the rows in R, of every type", {
  for (equations in stacks[c(1, 4)]) {
    fit <- m_estimate(psi = equations, data = d, cluster = d$id)
    by_rows <- fit
    by_rows$settings["core"] <- list(NULL)
    for (type in c("pairs", "cluster", "bayesian")) {
      drawn <- function(fit) bootstrap(fit, 6, type, seed = 9)$replicates
      # both searches stop within 1e-6 standard errors and go one step on, R's by differences
      expect_equal(drawn(fit), drawn(by_rows), tolerance = 1e-8)
    }
  }
})

test_that("what looks at another block's means is solved by way of R", {
  weighted <- m_estimate(psi = stack_psi(ps = psi_glm(a ~ x, binomial()), m = psi_mean(~ y, weights = ~ a / ps)), data = d)
  hidden <- m_estimate(psi = stack_psi(ps = psi_glm(a ~ x, binomial()), m = psi_mean(~ y, weights = ~ a / get("ps"))), data = d)
  expect_gt(weighted$calls, 0L)
  expect_equal(vcov(hidden), vcov(weighted))
  # another block's name in the formula's environment is none of its means
  local({
    later <- 2
    fit <- m_estimate(psi = stack_psi(m = psi_mean(~ y * later), later = psi_glm(a ~ x, binomial())), data = d)
    expect_identical(fit$calls, 0L)
  })
})

test_that("variance, quantile and location of another block's means move with them", {
  by_name <- function(block) m_estimate(psi = stack_psi(ps = psi_glm(a ~ x, binomial()), b = block), data = d)
  by_hand <- function(f, start) by_name(psi_function(f, start))
  expect_same <- function(a, b) expect_equal(unname(vcov(a)), unname(vcov(b)), tolerance = 1e-7) # by differences
  moments <- function(theta, data, means) cbind(means$ps - theta[["m"]], (means$ps - theta[["m"]])^2 - theta[["v"]])
  expect_same(by_name(psi_variance(~ ps)), by_hand(moments, c(m = 0.5, v = 0.01)))
  smooth <- function(theta, data, means) cbind(0.5 - pnorm((theta[["q"]] - means$ps) / 0.05))
  expect_same(by_name(psi_quantile(~ ps, smoothed = 0.05)), by_hand(smooth, c(q = 0.5)))
  bounded <- function(theta, data, means) cbind(pmax(-1, pmin(1, (means$ps - theta[["h"]]) / 0.2)))
  expect_same(by_name(psi_huber(~ ps, k = 1, scale = 0.2)), by_hand(bounded, c(h = 0.5)))
})

test_that("threads change nothing, and replicates without a solution are counted", {
  big <- d[rep(seq_len(n), 80), ]
  big$y <- big$y + rnorm(nrow(big))
  solve <- function(threads) {
    withr::local_options(glmrs.threads = threads)
    fit <- m_estimate(psi = stacks[[1]], data = big)
    list(coef(fit), vcov(fit), bootstrap(fit, 8, seed = 1)$replicates)
  }
  expect_identical(solve(1), solve(2))
  d$rare <- as.double(d$id == 1)
  fit <- m_estimate(psi = stack_psi(m = psi_glm(y ~ x + rare), h = psi_huber(~ y)), data = d)
  b <- bootstrap(fit, 30, "cluster", cluster = d$id, seed = 4)
  without <- !vapply(1:30, function(r) 1 %in% rust_draw_rows(40, 4, r), NA)
  expect_identical(is.na(b$replicates[, 1]), without)
  expect_identical(sum(b$failures), sum(without))
})

test_that("a start outside the range is refused", {
  equations <- stack_psi(m = psi_glm(positive ~ 1, Gamma()))
  expect_error(m_estimate(psi = equations, data = d, start = c("m.(Intercept)" = -1)), "no finite value", class = "glmrs_error_start")
})
