# Intervals about predictions: predict.lm(), lmtest, integrals, published factors, and coverage.

test_that("Gaussian intervals are those of predict.lm()", {
  d <- vcov_data()
  d$x[5] <- NA
  for (weights in list(NULL, d$w)) {
    # of R 4.2, prediction intervals with weights and places for missing rows have too many rows
    action <- if (is.null(weights)) na.exclude else na.omit
    rs <- glm_rs(t ~ x + f, gaussian, d, weights = weights, na.action = action)
    lm <- lm(t ~ x + f, d, weights = weights, na.action = action)
    for (interval in c("confidence", "prediction")) {
      expect_equal(
        predict(rs, interval = interval, level = 0.9), suppressWarnings(predict(lm, interval = interval, level = 0.9)),
        tolerance = TOLERANCE
      )
      given <- if (interval == "prediction") d$w[3:7]
      want <- predict(lm, d[3:7, ], interval = interval, se.fit = TRUE, weights = if (length(given)) given else 1)
      got <- predict(rs, d[3:7, ], "response", TRUE, interval = interval, weights = given)
      expect_equal(got, want[c("fit", "se.fit", "residual.scale")], tolerance = TOLERANCE)
    }
  }
  expect_warning(predict(rs, d[1:2, ], interval = "prediction"), "weighted", class = "glmrs_warning_weights")
  expect_identical(predict(rs, interval = "none"), predict(rs))
  excluded <- glm_rs(t ~ x + f, gaussian, d, weights = w, na.action = na.exclude)
  expect_equal(predict(excluded, interval = "prediction")[-5L, ], predict(rs, interval = "prediction"), tolerance = ROUNDING)
})

test_that("confidence intervals are of the linear predictor, or of the means there", {
  d <- vcov_data()
  for (kind in c("poisson", "quasi", "binary", "gamma", "custom")) {
    fit <- vcov_pair(kind)$rs
    df <- if (kind %in% c("quasi", "gamma", "custom")) fit$df.residual else Inf
    link <- predict(fit, d[1:9, ], se.fit = TRUE, vcov = "HC1")
    half <- qt(0.975, df) * link$se.fit
    got <- predict(fit, d[1:9, ], interval = "confidence", vcov = "HC1")
    expect_equal(got, cbind(fit = link$fit, lwr = link$fit - half, upr = link$fit + half), tolerance = ROUNDING)
    response <- predict(fit, d[1:9, ], "response", TRUE, interval = "confidence", vcov = "HC1")
    expect_equal(response$fit, fit$family$linkinv(got), tolerance = ROUNDING, info = kind)
    expect_equal(response$se.fit, predict(fit, d[1:9, ], "response", TRUE, vcov = "HC1")$se.fit)
  }
  # a link that falls, and one whose limit is beyond what it is for
  reciprocal <- predict(glm_rs(t ~ x, Gamma, d), d[1:9, ], "response", interval = "confidence")
  expect_true(all(reciprocal[, "lwr"] < reciprocal[, "fit"] & reciprocal[, "fit"] < reciprocal[, "upr"]))
  wild <- glm_rs(c(0.5, 8, 30) ~ 1, Gamma)
  expect_equal(predict(wild, data.frame(a = 1), "response", interval = "confidence")[, "upr"], Inf, ignore_attr = TRUE)
  straight <- glm_rs(c(0, 1, 0) ~ 1, poisson("identity"), start = 0.3)
  expect_equal(predict(straight, data.frame(a = 1), "response", interval = "confidence")[, "lwr"], 0, ignore_attr = TRUE)
})

test_that("prediction limits are quantiles of the averaged distribution", {
  d <- vcov_data()[1:40, ]
  check <- function(fit, density_sum, weights = NULL, whole = TRUE) {
    link <- predict(fit, d[1:3, ], se.fit = TRUE)
    got <- predict(fit, d[1:3, ], "response", interval = "prediction", level = 0.8, weights = weights)
    for (i in 1:3) {
      # its distribution function by adaptive quadrature
      cdf <- function(q) {
        integrate(function(u) dnorm(u) * density_sum(q, fit$family$linkinv(link$fit[i] + link$se.fit[i] * u), i), -8, 8, rel.tol = 1e-9)$value
      }
      if (!whole) {
        expect_equal(c(cdf(got[i, "lwr"]), cdf(got[i, "upr"])), c(0.1, 0.9), tolerance = TOLERANCE)
        next
      }
      size <- if (is.null(weights)) 1 else weights[i]
      for (limit in c("lwr", "upr")) {
        p <- c(lwr = 0.1, upr = 0.9)[[limit]]
        expect_gte(cdf(got[i, limit]), p)
        if (got[i, limit] > 0) expect_lt(cdf(got[i, limit] - 1 / size), p)
      }
    }
  }
  check(glm_rs(y ~ x + f, poisson, d), function(q, mu, i) ppois(q, mu))
  check(glm_rs(y ~ x + f, negative_binomial(3), d), function(q, mu, i) pnbinom(q, 3, mu = mu))
  shares <- glm_rs(cbind(hits, size - hits) ~ x, binomial, d)
  check(shares, function(q, mu, i) pbinom(round(q * c(10, 20, 5)[i]), c(10, 20, 5)[i], mu), c(10, 20, 5))
  gamma <- glm_rs(t ~ x, Gamma("log"), d)
  shape <- 1 / summary(gamma)$dispersion
  check(gamma, function(q, mu, i) pgamma(q, shape, scale = mu / shape), whole = FALSE)
  gaussian <- glm_rs(t ~ x, gaussian("log"), d, start = c(0, 0))
  sd <- sqrt(summary(gaussian)$dispersion)
  check(gaussian, function(q, mu, i) pt((q - mu) / sd, gaussian$df.residual), whole = FALSE)
  skip_if_not_installed("statmod")
  inverse <- glm_rs(t ~ x, inverse.gaussian("log"), d)
  dispersion <- summary(inverse)$dispersion
  check(inverse, function(q, mu, i) statmod::pinvgauss(q, mu, dispersion = dispersion), whole = FALSE)
})

test_that("limits of many rows are those of each row alone", {
  skip_on_cran() # it takes seconds
  d <- vcov_data()
  fits <- list(
    glm_rs(y ~ x + f, poisson, d), glm_rs(y ~ x + f, negative_binomial(3), d), glm_rs(t ~ x, Gamma("log"), d),
    glm_rs(cbind(hits, size - hits) ~ x, binomial, d), glm_rs(t ~ x, inverse.gaussian("log"), d),
    glm_rs(t ~ x, gaussian("log"), d, start = c(0, 0))
  )
  # a number of rows that is taken in two parts, and one that says nothing
  rows <- rep_len(seq_len(20), 5000)
  many <- d[rows, ]
  many$x[4] <- NA
  for (fit in fits) {
    for (kind in c("prediction", "tolerance")) {
      weights <- if (fit$family$family == "binomial") rep_len(5:24, 20)
      got <- predict(fit, many, "response", interval = kind, weights = weights[rows])
      each <- t(vapply(1:20, function(i) {
        predict(fit, d[i, ], "response", interval = kind, weights = weights[i])[1L, ]
      }, numeric(3L)))
      expected <- unname(each[rows, ])
      expected[4, ] <- NA
      # roots are found within 1e-10 of where they are looked for
      expect_equal(unname(got), expected, tolerance = 1e-8, info = paste(fit$family$family, kind))
    }
  }
})

test_that("limits of counts too large for whole numbers are found", {
  fit <- glm_rs(c(1e17, 1.1e17, 0.9e17) ~ 1, poisson)
  got <- predict(fit, data.frame(a = 1), "response", interval = "prediction", level = 0.9)
  # the mean and a new count are of variances mu / 3 and mu
  above <- (got[, "upr"] - got[, "fit"]) / sqrt(got[, "fit"] * 4 / 3)
  expect_equal(above, qnorm(0.95), tolerance = 1e-5, ignore_attr = TRUE) # a difference of numbers of 1e17
})

test_that("tolerance intervals have the factors of the tables", {
  # factors of two-sided normal tolerance intervals for 95 % with confidence 0.95 (Odeh and Owen, 1980, Tables for normal
  # tolerance limits): n = 10: 3.379, 30: 2.549, 100: 2.233; Howe's are some thousandths off
  for (case in list(c(10, 3.379), c(30, 2.549), c(100, 2.233))) {
    y <- qnorm(ppoints(case[1L]))
    got <- predict(glm_rs(y ~ 1), data.frame(a = 1), interval = "tolerance", level = 0.95, content = 0.95)
    expect_equal(got[[3L]], mean(y) + case[2L] * sd(y), tolerance = 2e-3) # Howe's factors
    expect_equal(got[[2L]], mean(y) - case[2L] * sd(y), tolerance = 2e-3) # as well
  }
  d <- vcov_data()
  fit <- glm_rs(y ~ x, poisson, d)
  mean <- predict(fit, d[1:5, ], "response", interval = "confidence", level = 0.9, vcov = "HC3")
  got <- predict(fit, d[1:5, ], "response", interval = "tolerance", level = 0.9, content = 0.8, vcov = "HC3")
  expect_equal(unname(got[, -1L]), unname(cbind(qpois(0.1, mean[, "lwr"]), qpois(0.9, mean[, "upr"]))))
})

test_that("what has no interval is refused", {
  d <- vcov_data()
  refused <- function(fit, message, ..., class = "argument") {
    expect_error(predict(fit, d[1:2, ], ...), message, class = paste0("glmrs_error_", class))
  }
  fit <- glm_rs(y ~ x, poisson, d)
  refused(vcov_pair("quasi")$rs, "no distribution", "response", interval = "prediction")
  refused(vcov_pair("custom")$rs, "no distribution", "response", interval = "tolerance")
  refused(fit, 'type = "response"', interval = "prediction")
  refused(fit, "terms", "terms", interval = "confidence")
  refused(fit, "`interval`", interval = "credible")
  refused(fit, "`level`", interval = "confidence", level = 95)
  refused(fit, "`content`", "response", interval = "tolerance", content = 1)
  refused(fit, "nothing about", "response", interval = "prediction", weights = 2)
  shares <- glm_rs(cbind(hits, size - hits) ~ x, binomial, d)
  refused(shares, "whole numbers", "response", interval = "prediction", weights = 2.5, class = "weights")
  refused(glm_rs(t ~ x, gaussian, d), "positive", interval = "prediction", weights = 0, class = "weights")
})

test_that("prediction intervals of counts cover", {
  skip_on_cran() # it takes seconds
  set.seed(5)
  n <- 40
  inside <- replicate(300, {
    x <- runif(n + 10, -1, 1)
    y <- rpois(n + 10, exp(2 + x))
    fit <- glm_rs(y ~ x, poisson, data.frame(x, y)[1:n, ])
    limits <- predict(fit, data.frame(x = x[-(1:n)]), "response", interval = "prediction", level = 0.9)
    mean(y[-(1:n)] >= limits[, "lwr"] & y[-(1:n)] <= limits[, "upr"])
  })
  # at least 0.9, since counts are whole numbers; the standard error of the mean is about 0.006
  expect_gt(mean(inside), 0.9 - 3 * 0.006)
  expect_lt(mean(inside), 0.97)
})

test_that("tolerance intervals of an estimated dispersion have the confidence that they say", {
  skip_on_cran() # it takes seconds
  set.seed(4)
  mu <- exp(1.3)
  holds <- replicate(400, {
    x <- runif(15)
    fit <- glm_rs(y ~ x, Gamma("log"), data.frame(x, y = rgamma(15, 3, 3 / exp(1 + x))))
    limits <- predict(fit, data.frame(x = 0.3), "response", interval = "tolerance")
    diff(pgamma(limits[, c("lwr", "upr")], 3, 3 / mu)) >= 0.9
  })
  # three standard errors of 400 draws below 0.95
  expect_gt(mean(holds), 0.95 - 3 * sqrt(0.95 * 0.05 / 400))
})
