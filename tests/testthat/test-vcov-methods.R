# summary(), confint() and predict() with a covariance that is asked for.

test_that("a summary has the standard errors that were asked for", {
  for (kind in c("poisson", "gaussian", "aliased", "quasi")) {
    fit <- vcov_pair(kind)$rs
    usual <- summary(fit)
    v <- vcov(fit, "HC3", complete = FALSE)
    robust <- summary(fit, vcov = "HC3")
    expect_equal(robust$coefficients[, 2], sqrt(diag(v)), tolerance = ROUNDING)
    expect_equal(robust$coefficients[, 1], usual$coefficients[, 1])
    expect_equal(robust$cov.scaled, v)
    expect_equal(vcov(robust), vcov(fit, "HC3"))
    expect_equal(robust$cov.unscaled, usual$cov.unscaled)
    statistic <- robust$coefficients[, 1] / sqrt(diag(v))
    # t where the dispersion is estimated
    df <- if (kind %in% c("gaussian", "quasi")) fit$df.residual else Inf
    expect_equal(robust$coefficients[, 4], 2 * pt(-abs(statistic), df), tolerance = ROUNDING)
    expect_equal(colnames(robust$coefficients), colnames(usual$coefficients))
  }
  expect_identical(summary(fit, vcov = "model"), summary(fit))
  expect_equal(summary(fit, vcov = "HC0", correlation = TRUE)$correlation, cov2cor(vcov(fit, "HC0")), tolerance = ROUNDING)
})

test_that("a summary's table is that of package lmtest", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  for (kind in c("poisson", "binary", "gaussian", "excluded")) {
    pair <- vcov_pair(kind)
    df <- if (kind == "gaussian") pair$glm$df.residual else Inf
    test <- function(v) unclass(lmtest::coeftest(pair$glm, vcov. = v, df = df))[, ]
    expect_equal(coef(summary(pair$rs, vcov = "HC1")), test(sandwich::vcovHC(pair$glm, "HC1")), tolerance = TOLERANCE)
    by_firm <- lmtest::coeftest(pair$glm, vcov. = sandwich::vcovCL(pair$glm, ~firm), df = min(df, 16))
    if (kind != "gaussian") by_firm <- test(sandwich::vcovCL(pair$glm, ~firm))
    expect_equal(coef(summary(pair$rs, vcov = ~firm)), unclass(by_firm)[, ], tolerance = TOLERANCE)
    interval <- lmtest::coefci(pair$glm, vcov. = sandwich::vcovHC(pair$glm, "HC3"), df = df, level = 0.9)
    expect_equal(confint(pair$rs, level = 0.9, vcov = "HC3"), interval, tolerance = TOLERANCE, ignore_attr = "dimnames")
  }
})

test_that("a summary says what its standard errors are", {
  fit <- glm_rs(y ~ x, poisson, vcov_data())
  printed <- function(...) capture.output(print(summary(fit, ...)))
  expect_true("Standard errors: clustered by firm (17 clusters) and year (6 clusters)" %in% printed(vcov = ~ firm + year))
  by_firm <- printed(cluster = ~firm, ssc = ssc(FALSE, "HC1"))
  expect_true(all(c(
    "Standard errors: clustered by firm (17 clusters)", "Small samples: type HC1", "The dispersion is not used in them."
  ) %in% by_firm))
  expect_true("Standard errors: heteroscedasticity-consistent (HC3)" %in% printed(vcov = "HC3"))
  expect_true("Standard errors: HAC, Bartlett kernel, bandwidth 3" %in% printed(vcov = "HAC", lag = 2))
  expect_true("Small samples: type HC0" %in% printed(vcov = "HAC", lag = 2))
  expect_true("Standard errors: of the matrix that was given" %in% printed(vcov = diag(2)))
  expect_false(any(grepl("Standard errors|not used", printed())))
  expect_equal(summary(fit, vcov = ~firm)$standard.errors$clusters, c(firm = 17))
})

test_that("matrices and functions stand for kinds", {
  fit <- vcov_pair("aliased")$rs
  v <- vcov(fit, "HC3")
  expect_equal(vcov(fit, v), v)
  expect_equal(vcov(fit, unname(vcov(fit, "HC3", complete = FALSE))), v)
  expect_equal(vcov(fit, function(fit) vcov(fit, "HC3")), v)
  expect_equal(vcov(fit, function(fit, by) by * vcov(fit, "HC3"), by = 2), 2 * v)
  expect_equal(coef(summary(fit, vcov = v)), coef(summary(fit, vcov = "HC3")))
  skip_if_not_installed("sandwich")
  errors <- coef(summary(fit, vcov = sandwich::vcovHC, type = "HC2"))[, 2]
  expect_equal(errors, sqrt(diag(vcov(fit, "HC2", complete = FALSE))), tolerance = TOLERANCE)
})

test_that("intervals are about the estimates", {
  for (kind in c("poisson", "gaussian", "aliased")) {
    fit <- vcov_pair(kind)$rs
    limits <- confint(fit, vcov = ~firm)
    expect_equal(rownames(limits), names(coef(fit)))
    quantile <- if (kind == "gaussian") qt(0.975, 17 - 1) else qnorm(0.975)
    errors <- sqrt(diag(vcov(fit, ~firm)))
    expect_equal(limits[, 2], coef(fit) + quantile * errors, tolerance = ROUNDING)
    expect_equal(limits[, 1], coef(fit) - quantile * errors, tolerance = ROUNDING)
    expect_identical(confint(fit, "x", vcov = ~firm), limits["x", , drop = FALSE])
    expect_message(confint(fit, "x"), "profiling")
  }
})

test_that("predictions have the standard errors of their covariance", {
  d <- vcov_data()
  fit <- glm_rs(y ~ x + x_twice + f, poisson, d)
  v <- vcov(fit, ~firm)
  kept <- !is.na(coef(fit))
  x <- model.matrix(fit)[, kept]
  errors <- sqrt(rowSums(x %*% v[kept, kept] * x))
  at_fit <- predict(fit, se.fit = TRUE, vcov = ~firm)
  expect_equal(at_fit$se.fit, errors, tolerance = 1e-10)
  suppressWarnings(new <- predict(fit, d[5:9, ], type = "response", se.fit = TRUE, vcov = "cluster", cluster = ~firm))
  expect_equal(new$se.fit, errors[5:9] * fitted(fit)[5:9], tolerance = 1e-10)
  expect_equal(predict(fit, se.fit = TRUE, vcov = "model"), predict(fit, se.fit = TRUE))
  terms <- predict(fit, type = "terms", se.fit = TRUE, vcov = v)
  centred <- x[, "x"] - mean(x[, "x"])
  expect_equal(terms$se.fit[, "x"], abs(centred) * sqrt(v["x", "x"]), tolerance = 1e-10)
  gaussian <- glm_rs(t ~ x, gaussian, d, weights = w)
  design <- cbind(1, d$x)
  want <- sqrt(rowSums(design %*% vcov(gaussian, "HC3") * design))
  got <- predict(gaussian, se.fit = TRUE, vcov = "HC3")
  expect_equal(unname(got$se.fit), want, tolerance = 1e-10)
  expect_equal(got$residual.scale, predict(gaussian, se.fit = TRUE)$residual.scale)
  expect_error(predict(fit, vcov = "HC3"), "se.fit = TRUE", class = "glmrs_error_argument")
})

test_that("rows that a fit does not keep are made again", {
  d <- vcov_data()
  fit <- glm_rs(y ~ x, poisson, d)
  small <- glm_rs(y ~ x, poisson, d, model = FALSE, y = FALSE)
  expect_equal(coef(summary(small, vcov = "HC3")), coef(summary(fit, vcov = "HC3")), tolerance = ROUNDING)
  expect_equal(confint(small, vcov = ~firm), confint(fit, vcov = ~firm), tolerance = ROUNDING)
})

test_that("a row that is fitted exactly has a standard error of 0, whatever the rounding", {
  set.seed(3)
  d <- data.frame(x = rnorm(30), g = factor(c(1:10, rep(1:5, 4))), y = rnorm(30))
  fit <- glm_rs(y ~ x + g, data = d)
  for (kind in c("HC0", "HC1")) {
    expect_no_warning(found <- predict(fit, se.fit = TRUE, vcov = kind))
    expect_true(all(found$se.fit[6:10] < 1e-6))
  }
  exact <- glm_rs(y ~ x, data = data.frame(x = 1:8, y = 2 * (1:8)))
  expect_error(vcov(exact, "OPG"), "no inverse", class = "glmrs_error_covariance")
})

test_that("a covariance that a function gives is symmetric but for rounding errors", {
  set.seed(1)
  d <- data.frame(x = rnorm(50))
  d$z <- d$x + 1e-5 * rnorm(50)
  d$y <- rnorm(50)
  fit <- glm_rs(y ~ x + z, data = d)
  skip_if_not_installed("sandwich")
  found <- vcov(fit, sandwich::sandwich)
  expect_identical(found, t(found))
  expect_error(vcov(fit, rbind(c(1, 0, 0), c(0.1, 1, 0), c(0, 0, 1))), "symmetric", class = "glmrs_error_argument")
})

test_that("types for clusters are not kinds", {
  fit <- glm_rs(y ~ x, poisson, vcov_data())
  expect_error(vcov(fit, "cr2", cluster = ~firm), 'ssc("CR2")', fixed = TRUE, class = "glmrs_error_argument")
  expect_error(vcov(fit, ~firm, ssc = "CR2"), 'ssc("CR2")', fixed = TRUE, class = "glmrs_error_argument")
})
