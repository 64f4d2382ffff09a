# Score tests: R's own tables and explicit matrices.

pairs <- nested_pairs(nested_data())

test_that("plain score tests are those of anova() and add1()", {
  for (kind in names(pairs)) {
    rs <- pairs[[kind]][[1L]]
    glm <- pairs[[kind]][[2L]]
    want <- anova(glm[[1L]], glm[[2L]], test = "Rao")
    dispersion <- summary(glm[[2L]])$dispersion
    got <- score_test(rs[[1L]], rs[[2L]], dispersion = dispersion)
    expect_equal(row_of(got), c(want$Df[2L], want$Rao[2L] / dispersion, want$`Pr(>Chi)`[2L]), tolerance = TOLERANCE, info = kind)
    # one column, the dispersion of the smaller fit
    if (kind %in% c("gamma", "quasi")) {
      want <- add1(glm[[1L]], ~ . + z, test = "Rao")
      expect_equal(score_test(rs[[1L]], ~z)$statistic[[1L]], want$`scaled Rao sc.`[2L], tolerance = TOLERANCE, info = kind)
    }
  }
})

# The same from model matrices: x0 and the added z, w the working weights and e the working residuals of the smaller fit.
score_by_hand <- function(fit, larger, groups = NULL) {
  x0 <- model.matrix(fit)
  w <- fit$weights
  added <- setdiff(names(which(!is.na(coef(larger)))), colnames(x0))
  z <- qr.resid(qr(sqrt(w) * x0), sqrt(w) * model.matrix(larger)[, added, drop = FALSE]) / sqrt(w)
  s <- z * w * residuals(fit, "working")
  if (!is.null(groups)) s <- rowsum(s, groups) * sqrt(length(unique(groups)) / (length(unique(groups)) - 1))
  sum(solve(crossprod(s), colSums(z * w * residuals(fit, "working"))) * colSums(z * w * residuals(fit, "working")))
}

test_that("robust score tests are those of explicit matrices", {
  d <- nested_data()
  for (kind in names(pairs)) {
    rs <- pairs[[kind]][[1L]]
    glm <- pairs[[kind]][[2L]]
    # model frames of glm() fits are asked for their variables
    expect_equal(score_test(rs[[1L]], rs[[2L]], "HC0")$statistic[[1L]], score_by_hand(glm[[1L]], glm[[2L]]), tolerance = TOLERANCE, info = kind)
    by_firm <- score_test(rs[[1L]], rs[[2L]], ~firm)
    expect_equal(by_firm$statistic[[1L]], score_by_hand(glm[[1L]], glm[[2L]], d$firm), tolerance = TOLERANCE, info = kind)
    expect_equal(by_firm$parameter, c(df = glm[[2L]]$rank - glm[[1L]]$rank))
  }
})

test_that("in a linear model it is n R-squared, or n less a sum of squares", {
  d <- nested_data()
  fit <- glm_rs(t ~ x + f, gaussian, d)
  e <- residuals(lm(t ~ x + f, d))
  r2 <- summary(lm(e ~ x + f + z + z2, d))$r.squared
  # Pearson's dispersion divides by n - p where n R-squared divides by n
  expect_equal(score_test(fit, ~ z + z2)$statistic[[1L]], fit$df.residual * r2, tolerance = 1e-9)
  # Wooldridge (2010), section 4.2.3: the residual of ones on the products
  u <- e * residuals(lm(cbind(z, z2) ~ x + f, d))
  ones <- lm(rep(1, nrow(d)) ~ 0 + u)
  expect_equal(score_test(fit, ~ z + z2, "HC0")$statistic[[1L]], nrow(d) - sum(residuals(ones)^2), tolerance = 1e-9)
})

test_that("missing values, weights of zero and fits without rows", {
  d <- nested_data()
  d$z[c(2, 9)] <- NA
  fit <- glm_rs(y ~ x, poisson, d, control = PRECISE)
  complete <- d[-c(2, 9), ]
  expect_warning(got <- score_test(fit, ~z, ~firm), "158 of 160 rows", class = "glmrs_warning_rows")
  want <- score_test(glm_rs(y ~ x, poisson, complete, control = PRECISE), ~z, ~firm)
  expect_equal(got$statistic, want$statistic, tolerance = TOLERANCE)
  d <- nested_data()
  d$w[1:20] <- 0
  zeros <- glm_rs(y ~ x, poisson, d, weights = w, control = PRECISE)
  without <- glm_rs(y ~ x, poisson, d[-(1:20), ], weights = w, control = PRECISE)
  for (vcov in list(NULL, "HC0", "HC3", "HC1", ~firm)) {
    expect_equal(score_test(zeros, ~ z + f, vcov)$statistic, score_test(without, ~ z + f, vcov)$statistic, tolerance = TOLERANCE)
  }
  small <- glm_rs(y ~ x, poisson, d, model = FALSE, y = FALSE)
  expect_equal(score_test(small, ~z, "HC0"), score_test(glm_rs(y ~ x, poisson, d), ~z, "HC0"), tolerance = ROUNDING)
})

test_that("what a score test cannot do is refused", {
  d <- nested_data()
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(score_test(fit, ~x_twice), "add no column", class = "glmrs_error_nested")
  expect_error(score_test(fit, ~nowhere), "nowhere", class = "glmrs_error_data")
  expect_error(score_test(fit, y ~ z), "one-sided|formula of the terms", class = "glmrs_error_argument")
  expect_error(score_test(fit, ~z, diag(2)), "not a matrix", class = "glmrs_error_argument")
  # other fits are at estimates of their own
  expect_error(score_test(fit, ~z, "bootstrap"), "not \"bootstrap\" of fits", class = "glmrs_error_argument")
  expect_error(score_test(fit, ~z, "jackknife", refit = TRUE), "not \"jackknife\" of fits", class = "glmrs_error_argument")
  expect_error(score_test(fit, glm_rs(y ~ x + z, poisson, d)), "lacks terms.*`f`", class = "glmrs_error_nested")
  expect_error(score_test(fit, glm_rs(y ~ x + f + z + offset(off), poisson, d)), "offsets", class = "glmrs_error_nested")
  expect_error(score_test(glm_rs(y ~ x:f, poisson, d), ~x), "change the coding", class = "glmrs_error_nested")
  expect_output(print(score_test(fit, ~z, "HC0")), "against: y ~ x + f\ncovariance: heteroscedasticity-consistent (HC0)", fixed = TRUE)
})
