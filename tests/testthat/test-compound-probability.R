# Tails against the sum of all their terms.

all_terms <- function(q, mu, phi, p, lower) {
  rate <- mu^(2 - p) / (phi * (2 - p))
  k <- 0:ceiling(1.5 * rate * max(1, q / mu)^(2 - p) + 2000)
  shares <- pgamma(q, k * (2 - p) / (p - 1), scale = phi * (p - 1) * mu^(p - 1), lower.tail = lower, log.p = TRUE)
  terms <- dpois(k, rate, log = TRUE) + shares
  max(terms) + log(sum(exp(terms - max(terms))))
}

test_that("tails are sums of their terms, near and far", {
  for (p in c(1.02, 1.1, 1.5, 1.95)) {
    # rates between 1e-2 and 1e4: sums of every term, and of every few
    for (phi in c(1e-3, 0.01, 1, 100)) {
      q <- c(0.2, 0.95, 1.02, 3, 100)
      for (lower in c(TRUE, FALSE)) {
        right <- vapply(q, function(q) all_terms(q, 1, phi, p, lower), 0)
        # a probability near 1 is right to an error of rounding of the sum
        expect_equal(exp(ptweedie(q, 1, phi, p, lower, TRUE)), exp(right), tolerance = 1e-11)
        far <- right < -1e-3
        # logarithms of terms have errors of 1e-16 of the rate
        expect_equal(ptweedie(q, 1, phi, p, lower, TRUE)[far], right[far], tolerance = 1e-11)
      }
    }
  }
  # which a sum of terms about the rate alone gave as -670, -313 and -Inf
  far <- mapply(ptweedie, c(100, 100, 300), 1, 1, c(1.02, 1.1, 1.3), FALSE, TRUE)
  expect_equal(round(far, 2), c(-352.66, -304.81, -748.98))
})

test_that("limits, and no values", {
  expect_identical(ptweedie(numeric(0), 1, 1, 1.5), numeric(0))
  expect_identical(ptweedie(numeric(0), 1, 1, 1.5, log.p = TRUE), numeric(0))
  expect_lte(ptweedie(20, 1, 0.5, 1.1), 1)
  expect_equal(ptweedie(c(-1, 0, Inf, NA), 1, 1, 1.5, FALSE, TRUE), c(0, log(1 - exp(-2)), -Inf, NA), tolerance = 1e-14)
  expect_identical(ptweedie(c(-1, 0, Inf), 1, 1, 1.5, log.p = TRUE), c(-Inf, -2, 0))
  # other powers have logarithms of tails that are no numbers, too
  expect_equal(ptweedie(1000, 1, 1, 2, FALSE, TRUE), -1000)
  expect_true(is.finite(ptweedie(1000, 1, 1, 0, FALSE, TRUE)) && is.finite(ptweedie(1000, 1, 1, 1, FALSE, TRUE)))
})

test_that("the time does not grow with the rate", {
  set.seed(1)
  q <- rexp(1000)
  # a rate of 2e7: all of its terms would take an hour
  expect_lt(system.time(p <- ptweedie(q, 1, 1e-7, 1.5))[["elapsed"]], 20)
  expect_true(all(p[q < 0.9] < 1e-10) && all(p[q > 1.1] == 1))
})

test_that("logarithms of inverse Gaussian tails are those of package statmod, where probabilities are no numbers, too", {
  # pinvgauss(q, mu, dispersion = phi, lower.tail = , log.p = TRUE) of statmod 1.5.0
  q <- c(2000, 1e4, 3, 1e3)
  upper <- c(-1010.6288921764228, -1249516.158886679, -7.6839379475264202, -124513.15501554743)
  expect_equal(mapply(ptweedie, q, c(1, 2, 2, 2), c(1, 0.001, 1e6, 0.001), 3, FALSE, TRUE), upper, tolerance = 1e-11) # 3/a^2 of it
  expect_equal(ptweedie(1e-4, 1, 1, 3, log.p = TRUE), -5003.8311115036495, tolerance = 1e-12)
  expect_equal(ptweedie(100, 1, 1, 3, log.p = TRUE) / -4.0437035667634268e-25, 1, tolerance = 1e-11) # of two terms 50 times as large
  expect_identical(ptweedie(c(-1, 0, Inf), 1, 1, 3, log.p = TRUE), c(-Inf, -Inf, 0))
  expect_identical(ptweedie(c(-1, 0, Inf), 1, 1, 3, FALSE, TRUE), c(0, 0, -Inf))
  # no number without a logarithm
  expect_true(all(is.finite(ptweedie(10^(1:6), 1e-3, 1, 3, FALSE, TRUE))))
})
