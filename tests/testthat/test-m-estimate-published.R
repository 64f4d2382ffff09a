# M-estimates against numbers in print.

test_that("Tobit of the Affairs data (Greene, 2003, Econometric Analysis, table 22.3)", {
  skip_if_not_installed("AER")
  data("Affairs", package = "AER", envir = environment())
  x <- with(Affairs, cbind(1, age, yearsmarried, religiousness, occupation, rating))
  nll <- function(t, y) {
    eta <- drop(x %*% t[1:6])
    -sum(ifelse(y > 0, dnorm(y, eta, exp(t[7]), log = TRUE), pnorm(-eta / exp(t[7]), log.p = TRUE)))
  }
  start <- c(a = 0, age = 0, years = 0, religion = 0, job = 0, rating = 0, log_sigma = 1)
  fit <- m_estimate(nll, data = Affairs$affairs, start = start)
  expect_equal(unname(coef(fit)[1:6]), c(8.174, -0.179, 0.554, -1.686, 0.326, -2.285), tolerance = 3e-3) # three digits in print
  expect_equal(unname(sqrt(diag(vcov(fit, "model")))[1:6]), c(2.74, 0.079, 0.134, 0.404, 0.254, 0.408), tolerance = 8e-3) # the same
  expect_equal(exp(coef(fit)[[7]]), 8.247, tolerance = 1e-4) # four digits in print
})

test_that("food expenditure at the median (Koenker and Bassett, 1982; Koenker and Hallock, 2001)", {
  skip_if_not_installed("quantreg")
  data("engel", package = "quantreg", envir = environment())
  fit <- m_estimate(foodexp ~ income, engel, loss = quantile(0.5))
  expect_equal(unname(coef(fit)), c(81.48225, 0.56018), tolerance = 1e-6) # seven digits in print
})

test_that("Huber's estimates for the stack loss data (Venables and Ripley, 2002, Modern Applied Statistics with S, 6.5)", {
  fit <- m_estimate(stack.loss ~ ., stackloss, loss = huber())
  expect_equal(unname(coef(fit)), c(-41.0265, 0.8294, 0.9261, -0.1278), tolerance = 1e-4) # four decimals in print
})
