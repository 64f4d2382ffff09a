# Where searches for less bias begin and end.

test_that("many rows, whose search begins with some of them, have the same root", {
  set.seed(4)
  n <- 60000
  d <- data.frame(x = rnorm(n), z = runif(n))
  d$y <- rbinom(n, 1, plogis(-2 + d$x))
  for (bias in c("mean", "median", "jeffreys")) {
    fit <- glm_rs(y ~ x + z, binomial, d, bias = bias)
    # a start of the user's is a start for all rows
    other <- glm_rs(y ~ x + z, binomial, d, bias = bias, start = c(0, 0, 0), epsilon = 1e-12)
    errors <- sqrt(diag(vcov(other)))
    expect_lt(max(abs(coef(fit) - coef(other)) / errors), 1e-8)
    expect_equal(vcov(fit), vcov(other), tolerance = STOPPING)
    # the null model is that of the intercept, searched on one row that stands for all
    alone <- glm_rs(y ~ 1, binomial, d, bias = bias, start = 0, epsilon = 1e-12)
    expect_equal(fit$null.deviance, deviance(alone), tolerance = 1e-12)
  }
})

test_that("a search that ends early ends at the root, with the information there", {
  skip_on_cran() # it takes seconds
  for (seed in 1:6) {
    set.seed(seed)
    n <- c(300, 1000, 5000)[seed %% 3 + 1]
    d <- data.frame(a = rnorm(n), b = rnorm(n), c = rnorm(n))
    d$hit <- rbinom(n, 1, plogis(0.3 + 0.3 * d$a + 0.3 * d$b))
    d$count <- rpois(n, exp(0.3 + 0.3 * d$a))
    d$amount <- rgamma(n, 2, 2 / exp(0.3 + 0.3 * d$a))
    for (bias in c("mean", "median", "jeffreys")) {
      expect_at_root <- function(response, family) {
        fit <- function(epsilon) {
          glm_rs(reformulate(c("a", "b", "c"), response), family, d, bias = bias, control = list(epsilon = epsilon))
        }
        usual <- fit(1e-8)
        root <- fit(1e-13)
        expect_lte(usual$iter, root$iter)
        errors <- (coef(usual) - coef(root)) / sqrt(diag(vcov(root)))
        expect_lt(max(abs(errors)), 1e-6) # epsilon: 30 times as much is left, as far as the first step tells
        expect_equal(vcov(usual), vcov(root), tolerance = 1e-7) # of the errors, and the root of n
        expect_equal(usual$weights, root$weights, tolerance = 1e-7) # the same
        expect_equal(logLik(usual), logLik(root), tolerance = 1e-9) # of their square; of themselves without the penalty
      }
      expect_at_root("hit", binomial)
      expect_at_root("hit", binomial("cloglog"))
      expect_at_root("count", poisson)
      expect_at_root("amount", Gamma("log"))
    }
  }
})

test_that("searches for less bias take up to 100 iterations, those by jeffreys() among them", {
  d <- data.frame(x = 1:12, k = rep(0:1, 6))
  for (bias in list("firth", "mean", jeffreys(0.1))) expect_equal(glm_rs(k ~ x, binomial, d, bias = bias)$control$maxit, 100)
  expect_equal(glm_rs(k ~ x, binomial, d, bias = "none")$control$maxit, 25)
})
