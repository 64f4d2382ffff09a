# With the data and the family in the call, so that they are found wherever it is evaluated again.
fit_counts <- function(family, d = nb1_data(), ...) {
  if (is_truncated(family)) d <- d[is.na(d$y) | d$y > 0, ]
  eval(bquote(glm_rs(y ~ x + f, .(family), .(d), ..(as.list(substitute(list(...)))[-1L])), splice = TRUE))
}

test_that("package sandwich makes the same covariances", {
  skip_if_not_installed("sandwich")
  for (family in c(count_families(), list(zero_truncated(), negative_binomial(2, type = "nb1")))) {
    fit <- fit_counts(family)
    d <- model.frame(fit)
    g <- rep_len(1:30, nrow(d))
    same <- function(ours, theirs) expect_equal(ours, theirs, tolerance = 1e-10, ignore_attr = TRUE)
    same(vcov(fit, "sandwich"), sandwich::sandwich(fit))
    same(vcov(fit, cluster = g), sandwich::vcovCL(fit, g))
    same(vcov(fit, "HAC", lag = 3), sandwich::NeweyWest(fit, lag = 3, prewhite = FALSE))
    expect_error(vcov(fit, "HC3"), "leverages", class = "glmrs_error_covariance")
  }
})

test_that("summaries, intervals and tables have the covariance that was asked for", {
  fit <- fit_counts(negative_binomial(type = "nb1"))
  g <- rep_len(1:30, 500)
  errors <- sqrt(diag(vcov(fit, cluster = g)))
  said <- summary(fit, cluster = g)
  expect_equal(said$coefficients[, 2L], errors)
  expect_output(print(said), "clustered.*Theta.*standard error")
  expect_equal(confint(fit, 2, vcov = "HC0")[1L, ], coef(fit)[[2L]] + c(-1, 1) * qnorm(0.975) * sqrt(vcov(fit, "HC0")[2L, 2L]), ignore_attr = TRUE)
  expect_equal(confint(fit), confint.default(fit))
  expect_error(confint(fit, "z"), class = "glmrs_error_argument")
  all <- vcov(fit, theta = TRUE)
  expect_equal(all["theta", "theta"], fit$SE.theta^2)
  expect_equal(all[-5L, -5L], vcov(fit))
  limits <- confint(fit, c("x", "theta"), level = 0.9)
  expect_equal(dimnames(limits), list(c("x", "theta"), c("5 %", "95 %")))
  expect_error(confint(fit, "theta", vcov = "HC0"), "`vcov` is for coefficients", class = "glmrs_error_argument")
  expect_error(confint(fit, c("x", "theta"), cluster = g), "`cluster` is for coefficients", class = "glmrs_error_argument")
  for (limit in limits["theta", ]) {
    held <- update(fit, family = negative_binomial(limit, type = "nb1"))
    expect_equal(2 * (fit$loglik - held$loglik), qchisq(0.9, 1), tolerance = STOPPING)
  }
  skip_if_not_installed("generics")
  tidy <- generics::tidy(fit, conf.int = TRUE, vcov = "HC1")
  expect_equal(tidy$std.error, unname(sqrt(diag(vcov(fit, "HC1")))))
  expect_equal(generics::glance(fit)$AIC, AIC(fit))
  skip_if_not_installed("lmtest")
  expect_equal(lmtest::coeftest(fit)[, 2L], sqrt(diag(vcov(fit))))
})

test_that("truncated counts that a logarithmic distribution fits have no lower limit of theta", {
  set.seed(1)
  d <- data.frame(y = rnbinom(60, size = 0.5, mu = 2))
  fit <- glm_rs(y ~ 1, zero_truncated(negative_binomial()), d[d$y > 0, , drop = FALSE])
  held <- function(theta) update(fit, family = zero_truncated(negative_binomial(theta)))$loglik
  expect_warning(small <- held(1e-8), "logarithmic", class = "glmrs_warning")
  expect_lt(2 * (fit$loglik - small), qchisq(0.95, 1))
  limits <- confint(fit, "theta")
  expect_identical(limits[[1L]], 0)
  expect_equal(2 * (fit$loglik - held(limits[[2L]])), qchisq(0.95, 1), tolerance = STOPPING)
})

test_that("nested fits are compared", {
  for (family in count_families()) {
    fit <- fit_counts(family)
    small <- update(fit, . ~ . - f)
    table <- anova(small, fit)
    expect_equal(table$Chisq[2L], 2 * (fit$loglik - small$loglik))
    expect_equal(drop1(fit, test = "Chisq")["f", "LRT"], table$Chisq[2L])
    expect_equal(add1(small, ~ . + f, test = "Chisq")["f", "LRT"], table$Chisq[2L])
    expect_equal(AIC(fit), -2 * fit$loglik + 2 * 5)
    expect_identical(class(formula(step(fit, trace = 0))), "formula")
    expect_named(coef(step(fit, . ~ ., trace = 0)), names(coef(fit))) # all covariates matter
  }
  d <- subset(nb1_data(), y > 0)
  poisson <- glm_rs(y ~ x, zero_truncated(), d)
  nb <- glm_rs(y ~ x, zero_truncated(negative_binomial()), d)
  expect_equal(attr(anova(poisson, nb), "heading")[3L], "An infinite theta is at its boundary: where one fit has none, the p-value is too large\n")
  expect_s3_class(vuong_test(nb, update(nb, family = zero_truncated(negative_binomial(type = "nb1")))), "glmrs_vuong")
})

test_that("predictions add up, and their errors are those of the delta method", {
  d <- nb1_data()
  new <- d[c(1, 7, 30), ]
  for (family in c(count_families(), list(zero_truncated()))) {
    fit <- fit_counts(family, offset = log(e))
    at <- seq(0, 4000)
    shares <- predict(fit, new, "prob", at = at)
    expect_equal(rowSums(shares), rep(1, 3), tolerance = 1e-10, ignore_attr = TRUE)
    expect_equal(drop(shares %*% at), predict(fit, new), tolerance = 1e-8, ignore_attr = TRUE)
    spread <- drop(shares %*% at^2) - predict(fit, new)^2
    law <- count_law(fit, forge_counts(fit, new, na.pass, NULL))
    expect_equal(count_variances(fit, law), unname(spread), tolerance = TOLERANCE)
    for (type in c("response", "count", "link")) {
      moved <- function(p) {
        fit$coefficients[] <- p[1:4]
        if (length(p) > 4L) fit$theta <- exp(p[5L])
        unname(predict(fit, new, type))
      }
      slopes <- slopes_of(moved, unname(model_parameters(fit)))
      errors <- sqrt(diag(slopes %*% fit$cov.scaled %*% t(slopes)))
      expect_equal(unname(predict(fit, new, type, se.fit = TRUE)$se.fit), errors, tolerance = TOLERANCE)
    }
    expect_equal(predict(fit, type = "link"), fit$linear.predictors)
  }
  some <- predict(fit, replace(new, "x", list(c(NA, 1, 2))), se.fit = TRUE)
  expect_equal(which(is.na(some$fit)), c("1" = 1L))
  expect_error(predict(fit, new, "prob", se.fit = TRUE), class = "glmrs_error_argument")
  expect_error(predict(fit, new["x"]), class = "glmrs_error_newdata")
})

test_that("simulated responses have the fit's distribution", {
  for (family in c(count_families(), list(zero_truncated()))) {
    fit <- fit_counts(family)
    drawn <- as.matrix(simulate(fit, 400, seed = 3))
    expect_identical(drawn, as.matrix(simulate(fit, 400, seed = 3)))
    # five standard errors
    within <- function(drawn, mean) expect_lt(abs(mean(drawn) - mean) / (sd(colMeans(drawn)) / 20), 5)
    within(drawn, mean(fitted(fit)))
    for (y in 1:2) within(drawn == y, mean(predict(fit, type = "prob", at = y)))
    root <- rootogram(fit, max = 20)
    expect_equal(root$expected[3L], sum(predict(fit, type = "prob", at = 2)))
    expect_equal(sum(root$observed), nobs(fit) - sum(fit$y > 20))
    residuals <- as.double(quantile_residuals(update(fit, sim_1 ~ ., data = cbind(model.frame(fit), simulate(fit, 1, seed = 1))), seed = 2))
    expect_gt(shapiro.test(residuals)$p.value, 0.001)
  }
  expect_equal(zero_check(fit_counts(negative_binomial(type = "nb1")))$expected, sum(predict(fit_counts(negative_binomial(type = "nb1")), type = "prob", at = 0)))
})

test_that("rows that are left out, kept back or not kept", {
  d <- nb1_data(200)
  d$x[3] <- NA
  d$y[9] <- NA
  nb1 <- negative_binomial(type = "nb1")
  omitted <- fit_counts(nb1, d)
  padded <- fit_counts(nb1, d, na.action = na.exclude)
  expect_equal(coef(omitted), coef(padded))
  for (f in list(fitted, residuals, predict, quantile_residuals)) expect_equal(which(is.na(f(padded))), c("3" = 3L, "9" = 9L))
  whole <- glm_rs(y ~ x + f, nb1, d)
  small <- glm_rs(y ~ x + f, nb1, d, model = FALSE, y = FALSE)
  expect_lt(object.size(small), object.size(whole) / 2)
  for (f in list(fitted, residuals, predict, function(x) vcov(x, ~g))) expect_equal(f(small), f(whole))
  d$x[1] <- 9
  expect_error(residuals(small), "have changed", class = "glmrs_error_rows")
})

test_that("new data of no rows have no predictions", {
  d <- nb1_data(200)
  for (family in c(count_families(), list(zero_truncated()))) {
    fit <- glm_rs(y ~ x + f, family, if (is_truncated(family)) subset(d, y > 0) else d)
    for (type in c("response", "count", "link")) {
      expect_identical(predict(fit, d[0, ], type, se.fit = TRUE), lapply(predict(fit, d[1:2, ], type, se.fit = TRUE), `[`, 0L))
    }
    expect_identical(predict(fit, d[0, ], "prob", at = 1:3), predict(fit, d[1:2, ], "prob", at = 1:3)[0L, ])
  }
})

test_that("counts far below the mean have quantile residuals", {
  set.seed(1)
  d <- data.frame(y = c(1, rpois(100, 900)))
  fit <- glm_rs(y ~ 1, zero_truncated(), d)
  residuals <- quantile_residuals(fit, seed = 1)
  # nothing is known of truncation so far from zero
  plain <- quantile_residuals(glm_rs(y ~ 1, poisson(), d), seed = 1)
  expect_equal(residuals[[1L]], plain[[1L]], tolerance = 1e-4) # beside a count of 1 one of 0 has 1/900 of the probability
  expect_equal(residuals[-1L], plain[-1L], tolerance = TOLERANCE)
})

test_that("arguments that methods do not have are no longer passed over", {
  for (fit in list(fit_counts(zero_truncated()), fit_counts(negative_binomial(type = "nb1")))) expect_arguments_refused(fit)
})
