fit_of <- function(family, d = zero_data_set(), ...) glm_rs(y ~ x + f | z, family = family, data = d, ...)
nb <- negative_binomial

test_that("package sandwich makes the same covariances", {
  skip_if_not_installed("sandwich")
  d <- zero_data_set()
  for (family in list(zero_inflated(), zero_inflated(nb()), hurdle(nb(), nb(1)))) {
    fit <- fit_of(family, d)
    same <- function(ours, theirs) expect_equal(ours, theirs, tolerance = ROUNDING, ignore_attr = TRUE)
    expect_equal(colSums(sandwich::estfun(fit)) * sqrt(diag(vcov(fit))), 0 * coef(fit), tolerance = STOPPING)
    same(vcov(fit, "sandwich"), sandwich::sandwich(fit))
    same(vcov(fit, ~g), sandwich::vcovCL(fit, d$g))
    same(vcov(fit, cluster = ~ g + h), sandwich::vcovCL(fit, d[c("g", "h")]))
    same(vcov(fit, "cluster", cluster = d$g, ssc = ssc(cadjust = FALSE)), sandwich::vcovCL(fit, d$g, cadjust = FALSE))
    same(vcov(fit, "HAC", lag = 4), sandwich::NeweyWest(fit, lag = 4, prewhite = FALSE))
  }
  skip_if_not_installed("pscl")
  fit <- fit_of(zero_inflated(), d)
  theirs <- pscl::zeroinfl(y ~ x + f | z, data = d, reltol = 1e-15)
  expect_equal(sandwich::estfun(fit), sandwich::estfun(theirs), tolerance = OTHER_SEARCH, ignore_attr = TRUE)
  expect_equal(vcov(fit, "HC0"), sandwich::sandwich(theirs), tolerance = DIFFERENCES, ignore_attr = TRUE)
  expect_equal(vcov(fit, ~g), sandwich::vcovCL(theirs, d$g), tolerance = DIFFERENCES, ignore_attr = TRUE)
  expect_equal(vcov(fit, ~ g + h), sandwich::vcovCL(theirs, d[c("g", "h")]), tolerance = DIFFERENCES, ignore_attr = TRUE)
  expect_equal(vcov(fit, "OPG"), sandwich::vcovOPG(theirs), tolerance = OTHER_SEARCH, ignore_attr = TRUE)
  expect_equal(vcov(fit, "HC1"), vcov(fit, "HC0") * 600 / (600 - 6), ignore_attr = TRUE)
})

test_that("summaries, intervals and tables have the covariance that was asked for", {
  fit <- fit_of(hurdle(nb()))
  errors <- sqrt(diag(vcov(fit, ~g)))
  said <- summary(fit, vcov = ~g)
  expect_equal(said$coefficients$zero[, 2L], errors[5:6], ignore_attr = TRUE)
  expect_equal(said$coefficients$count[1:4, 2L], errors[1:4], ignore_attr = TRUE)
  expect_output(print(said), "clustered by g")
  expect_equal(summary(fit, cluster = ~g)$coefficients, said$coefficients)
  limits <- confint(fit, level = 0.9, vcov = ~g)
  expect_equal(limits[, 2L], coef(fit) + qnorm(0.95) * errors)
  expect_equal(confint(fit, "zero_z"), confint.default(fit, "zero_z"), ignore_attr = TRUE)
  expect_error(confint(fit, "zero_u"), class = "glmrs_error_argument")
  own <- diag(6) / 100
  expect_equal(summary(fit, vcov = own)$coefficients$count[1:4, 2L], rep(0.1, 4), ignore_attr = TRUE)
  expect_equal(vcov(fit, function(fit) own), own, ignore_attr = TRUE)
  expect_equal(vcov(fit, part = "zero"), vcov(fit)[5:6, 5:6], ignore_attr = TRUE)
  expect_equal(exp(said$coefficients$count["Log(theta)", 1L]), fit$theta[["count"]])
  skip_if_not_installed("generics")
  tidy <- generics::tidy(fit, conf.int = TRUE, vcov = ~g)
  expect_equal(tidy$std.error, unname(errors))
  expect_equal(tidy$part, rep(c("count", "zero"), c(4, 2)))
  expect_equal(generics::glance(fit)$AIC, AIC(fit))
})

test_that("likelihood ratios compare nested fits", {
  fit <- fit_of(zero_inflated())
  small <- glm_rs(y ~ x | 1, family = zero_inflated(), data = zero_data_set())
  table <- anova(small, fit)
  expect_equal(table$Chisq[2L], 2 * (fit$loglik - small$loglik))
  expect_equal(table$Df[2L], 3)
  skip_if_not_installed("lmtest")
  theirs <- lmtest::lrtest(small, fit)
  expect_equal(table[["Pr(>Chisq)"]], theirs[["Pr(>Chisq)"]])
  expect_equal(lmtest::coeftest(fit)[, 2L], sqrt(diag(vcov(fit))))
})

test_that("predictions add up, and their errors are those of the delta method", {
  skip_on_cran() # it takes seconds
  d <- zero_data_set()
  new <- d[c(1, 7, 30), ]
  families <- list(
    zero_inflated(nb(), "probit"), zero_inflated(), hurdle(), hurdle(nb()), hurdle(nb(1), nb(1)), hurdle(poisson(), poisson())
  )
  for (family in families) {
    fit <- fit_of(family, d)
    shares <- predict(fit, new, "prob", at = 0:3000)
    expect_equal(rowSums(shares), rep(1, 3), tolerance = 1e-10, ignore_attr = TRUE)
    expect_equal(drop(shares %*% 0:3000), predict(fit, new), tolerance = 1e-8, ignore_attr = TRUE)
    for (type in c("response", "count", "zero")) {
      at <- c(coef(fit), vapply(fit$theta, log, 0))
      moved <- function(p) {
        fit$coefficients <- list(count = p[1:4], zero = p[5:6])
        names(fit$coefficients$count) <- names(coef(fit, "count"))
        if (length(fit$theta)) fit$theta[] <- exp(p[-(1:6)])
        unname(predict(fit, new, type))
      }
      slopes <- slopes_of(moved, unname(at))
      errors <- sqrt(diag(slopes %*% fit$cov.scaled %*% t(slopes)))
      expect_equal(unname(predict(fit, new, type, se.fit = TRUE)$se.fit), errors, tolerance = TOLERANCE)
    }
  }
  some <- predict(fit, replace(new, "x", list(c(NA, 1, 2))), se.fit = TRUE)
  expect_equal(is.na(some$fit), is.na(some$se.fit))
  expect_equal(which(is.na(some$fit)), c("1" = 1L))
  expect_error(predict(fit, new, "prob", se.fit = TRUE), class = "glmrs_error_argument")
  expect_error(predict(fit, new[c("x", "z")]), class = "glmrs_error_newdata")
  expect_error(predict(fit, transform(new, f = "d")), "had these levels", class = "glmrs_error_newdata")
})

test_that("simulated responses have the fit's distribution", {
  skip_on_cran() # it takes seconds
  for (family in list(zero_inflated(nb()), hurdle(), hurdle(nb(), poisson()))) {
    fit <- fit_of(family)
    drawn <- as.matrix(simulate(fit, 400, seed = 3))
    expect_identical(drawn, as.matrix(simulate(fit, 400, seed = 3)))
    # 240,000 counts: five standard errors
    within <- function(drawn, mean) expect_lt(abs(mean(drawn) - mean) / (sd(colMeans(drawn)) / 20), 5)
    within(drawn, mean(fitted(fit)))
    for (y in 0:2) within(drawn == y, mean(predict(fit, type = "prob", at = y)))
  }
})

test_that("missing values: rows left out, or put back", {
  d <- zero_data_set(200)
  d$z[3] <- NA
  d$f[9] <- NA
  omitted <- fit_of(hurdle(), d)
  expect_equal(nobs(omitted), 198)
  padded <- fit_of(hurdle(), d, na.action = na.exclude)
  expect_equal(coef(omitted), coef(padded))
  for (f in list(fitted, residuals, predict)) expect_equal(which(is.na(f(padded))), c("3" = 3L, "9" = 9L))
  expect_equal(vcov(omitted, ~g), vcov(padded, ~g))
  expect_error(fit_of(hurdle(), d, na.action = na.pass), "row 9|row 3", class = "glmrs_error_non_finite")
})

test_that("a fit without rows makes them again, or says that they have changed", {
  d <- zero_data_set(300)
  whole <- glm_rs(y ~ x + f | z, family = zero_inflated(nb()), data = d)
  small <- glm_rs(y ~ x + f | z, family = zero_inflated(nb()), data = d, model = FALSE, y = FALSE)
  expect_lt(object.size(small), object.size(whole) / 2)
  for (f in list(fitted, residuals, predict, function(x) vcov(x, ~g), function(x) predict(x, type = "prob"))) {
    expect_equal(f(small), f(whole))
  }
  part <- glm_rs(y ~ x + f | z, family = zero_inflated(nb()), data = d[d$h > 5, ])
  expect_equal(coef(update(whole, subset = h > 5)), coef(part))
  d$x[1] <- 9
  expect_error(residuals(small), "have changed", class = "glmrs_error_rows")
  expect_equal(vcov(small), vcov(whole))
})

test_that("update() changes each part", {
  d <- zero_data_set(300)
  fit <- glm_rs(y ~ x | z, family = hurdle(), data = d)
  says <- function(...) deparse1(update(fit, ...)$formula)
  expect_equal(says(. ~ . + f | .), "y ~ x + f | z")
  expect_equal(says(. ~ . | . - z), "y ~ x | 1")
  expect_equal(says(. ~ . + f), "y ~ x + f | z + f")
  expect_equal(says(I(2 * y) ~ f), "I(2 * y) ~ f")
  weighted <- update(fit, weights = w)
  expect_equal(coef(weighted), coef(glm_rs(y ~ x | z, family = hurdle(), data = d, weights = w)))
  expect_equal(coef(update(weighted, weights = NULL)), coef(fit))
})

test_that("what is defined by one linear predictor is refused", {
  fit <- fit_of(hurdle())
  for (f in list(drop1, add1, deviance, hatvalues, influence, cooks.distance)) {
    expect_error(f(fit), class = "glmrs_error_method")
  }
  expect_error(vcov(fit, "HC3"), "leverages", class = "glmrs_error_covariance")
  expect_error(anova(fit), class = "glmrs_error_argument")
  expect_error(step(fit, trace = 0), class = "glmrs_error_method")
})

test_that("prints name both parts", {
  expect_output(print(fit_of(hurdle(nb(), poisson()))), "truncated Negative Binomial.*Theta.*Zero hurdle.*poisson with log link")
  expect_output(print(summary(fit_of(zero_inflated(poisson(), "probit")))), "Zero-inflation model.*probit")
  expect_output(print(zero_inflated()), "zero-inflated poisson")
  # the meaning of stars is told once, below all tables, if any of them has stars
  said <- summary(fit_of(hurdle()))
  legends <- function(...) sum(startsWith(capture.output(print(said, ...)), "Signif. codes:"))
  for (starred in c("count", "zero")) {
    for (part in c("count", "zero")) said$coefficients[[part]][, 4] <- if (part == starred) 0.04 else 0.5
    expect_identical(legends(), 1L)
    expect_identical(legends(signif.legend = FALSE), 0L)
    expect_identical(legends(signif.stars = FALSE), 0L)
  }
  said$coefficients$zero[, 4] <- 0.5
  expect_identical(legends(), 0L)
})

test_that("new data of no rows have no predictions", {
  d <- zero_data_set(200)
  for (fit in list(
    glm_rs(y ~ x + f | z, zero_inflated(), d), glm_rs(y ~ x | f, zero_inflated(link = "probit"), d),
    glm_rs(y ~ x + f | z, hurdle(negative_binomial()), d), glm_rs(y ~ x | 1, hurdle(zero = poisson()), d)
  )) {
    for (type in c("response", "count", "zero")) {
      # the first rows of some, none of them
      some <- lapply(predict(fit, d[1:2, ], type, se.fit = TRUE), `[`, 0L)
      expect_identical(predict(fit, d[0, ], type, se.fit = TRUE), some)
      expect_identical(predict(fit, d[0, ], type), some$fit)
    }
    expect_identical(predict(fit, d[0, ], "prob", at = 0:3), predict(fit, d[1:2, ], "prob", at = 0:3)[0L, ])
  }
})

test_that("arguments that methods do not have are no longer passed over", {
  for (fit in list(fit_of(zero_inflated()), fit_of(hurdle()))) expect_arguments_refused(fit)
})

test_that("predictions of new rows from parts with aliased columns warn, as those of other fits", {
  d <- zero_data_set(200)
  d$twice <- 2 * d$x
  fit <- suppressWarnings(glm_rs(y ~ x | x + twice, hurdle(), d))
  expect_true(anyNA(coef(fit, "zero")))
  expect_warning(predict(fit, d[1:3, ]), "rank-deficient", class = "glmrs_warning_rank_deficient")
  expect_silent(predict(fit))
})
