# Distribution functions against integrals and sums of the density, and against those of package stats.

test_that("densities are those of other families at their powers", {
  y <- c(0.2, 1, 3.7)
  expect_equal(dtweedie(y, 1.3, 0.6, 0), dnorm(y, 1.3, sqrt(0.6)), tolerance = 1e-13)
  expect_equal(dtweedie(c(0, 0.6, 1.2, 1), 1.3, 0.6, 1), c(dpois(0:2, 1.3 / 0.6), 0), tolerance = 1e-13)
  expect_equal(dtweedie(y, 1.3, 0.6, 2), dgamma(y, 1 / 0.6, scale = 1.3 * 0.6), tolerance = 1e-12)
  expect_equal(dtweedie(c(-1, 0), 1.3, 0.6, 2.5), c(0, 0))
})

test_that("distribution functions are integrals of densities", {
  for (p in c(1.2, 1.6, 2, 3)) {
    zero <- if (p < 2) dtweedie(0, 1.3, 0.6, p) else 0
    for (q in c(0.3, 1.5, 4)) {
      area <- integrate(function(y) dtweedie(y, 1.3, 0.6, p), 0, q, rel.tol = 1e-10, subdivisions = 1000L)$value
      expect_equal(ptweedie(q, 1.3, 0.6, p), zero + area, tolerance = 1e-8)
      expect_equal(ptweedie(q, 1.3, 0.6, p, lower.tail = FALSE), 1 - zero - area, tolerance = TOLERANCE)
      expect_equal(ptweedie(q, 1.3, 0.6, p, log.p = TRUE), log(zero + area), tolerance = 1e-8)
    }
  }
  expect_equal(ptweedie(c(-1, 0), 1.3, 0.6, 1.5), c(0, dtweedie(0, 1.3, 0.6, 1.5)))
  expect_equal(ptweedie(c(-0.1, 0, 0.6, 1), 1.3, 0.6, 1), ppois(c(-1, 0, 1, 1), 1.3 / 0.6))
})

test_that("draws have the distribution", {
  set.seed(4)
  for (p in c(1.3, 2, 3)) {
    y <- rtweedie(2000, 1.3, 0.6, p)
    u <- ptweedie(y[y > 0], 1.3, 0.6, p)
    least <- if (p < 2) dtweedie(0, 1.3, 0.6, p) else 0
    expect_gt(ks.test((u - least) / (1 - least), "punif")$p.value, 1e-4)
  }
  expect_length(rtweedie(5, 1:2, 1, 1.5), 5)
})

test_that("arguments that have no distribution are refused", {
  expect_error(dtweedie(1, 1, 1, 0.5), class = "glmrs_error_argument")
  expect_error(dtweedie(1, c(1, -1), 1, 1.5), "`mu` must be positive, but value 2 is -1", class = "glmrs_error_argument")
  expect_error(dtweedie("a", 1, 1, 1.5), class = "glmrs_error_argument")
  expect_error(ptweedie(1, 1, 1, 2.5), class = "glmrs_error_argument")
  expect_error(rtweedie(1, 1, 1, 4), class = "glmrs_error_argument")
  for (n in list(Inf, -1, NaN, "a")) expect_error(rtweedie(n, 1, 1, 1.5), "`n` must be a number", class = "glmrs_error_argument")
  expect_identical(dtweedie(NA, 1, 1, 1.5), NA_real_)
})

test_that("values and parameters that are missing or without bound", {
  for (p in c(0, 1, 1.5, 2, 2.5, 3, 4)) {
    expect_identical(dtweedie(c(Inf, -Inf, NA, NaN), 1, 1, p), c(0, 0, NA, NaN), info = p)
    expect_identical(dtweedie(c(Inf, 1, 0), NA, 1, p), rep(NA_real_, 3), info = p)
    expect_identical(dtweedie(c(Inf, 1, 0), 1, NA, p, log = TRUE), rep(NA_real_, 3), info = p)
    # far out nothing is left
    expect_identical(dtweedie(c(1e10, 1e200, 1e300), 1, 1, p), c(0, 0, 0), info = p)
    expect_length(dtweedie(numeric(0), 1, 1, p), 0)
  }
  # as mu goes to Inf the inverse Gaussian distribution becomes that of 1 / chi-squared
  expect_equal(dtweedie(c(0.5, 2), 1e100, 1, 3), dchisq(1 / c(0.5, 2), 1) / c(0.5, 2)^2)
  for (p in c(0, 1, 1.5, 2, 3)) {
    expect_identical(ptweedie(c(Inf, -Inf, NA, NaN), 1, 1, p), c(1, 0, NA, NaN), info = p)
    expect_identical(ptweedie(c(Inf, -Inf), 1, 1, p, lower.tail = FALSE), c(0, 1), info = p)
    expect_identical(ptweedie(c(Inf, 1), c(1, NA), c(NA, 1), p), c(NA_real_, NA_real_), info = p)
    expect_equal(ptweedie(c(1e200, 1e300), 1, 1, p), c(1, 1), info = p)
    expect_length(ptweedie(numeric(0), 1, 1, p), 0)
    drawn <- suppressWarnings(rtweedie(3, c(1, NA, 1), c(1, 1, NA), p))
    expect_identical(is.na(drawn), c(FALSE, TRUE, TRUE), info = p)
  }
  expect_identical(ptweedie(c(1, 1), c(NA, Inf), 1, 1.5), c(NA_real_, NA_real_))
})
