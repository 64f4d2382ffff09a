# The distribution that a fit of two parts says: frequencies, zeros and quantile residuals.

d <- zero_data_set()
fits <- list(
  inflated = glm_rs(y ~ x + f | z, zero_inflated(negative_binomial()), d, offset = log(e)),
  poisson = glm_rs(y ~ x | z, zero_inflated(link = "probit"), d),
  hurdle = glm_rs(y ~ x | z, hurdle(negative_binomial()), d),
  counts = glm_rs(y ~ x | z, hurdle(poisson(), poisson()), d)
)

test_that("frequencies and zeros are sums of the predicted probabilities", {
  for (fit in fits) {
    p <- predict(fit, type = "prob", at = 0:12)
    table <- rootogram(fit, max = 12)
    expect_equal(table$expected, unname(colSums(p)), tolerance = 1e-12)
    expect_equal(table$observed, as.vector(table(factor(d$y, 0:12))))
    zeros <- zero_check(fit)
    expect_equal(c(zeros$observed, zeros$expected), c(sum(d$y == 0), sum(p[, 1L])), tolerance = 1e-12)
    expect_output(print(zeros), "expected")
  }
  twice <- glm_rs(y ~ x | z, hurdle(), d, weights = rep(2, nrow(d)))
  expect_equal(rootogram(twice, 5)$observed, 2 * as.vector(table(factor(d$y, 0:5))))
})

test_that("quantile residuals are within the jumps of the summed probabilities", {
  for (fit in fits) {
    below <- t(apply(predict(fit, type = "prob", at = 0:max(d$y)), 1L, cumsum))
    rows <- seq_along(d$y)
    upper <- below[cbind(rows, d$y + 1)]
    lower <- ifelse(d$y > 0, below[cbind(rows, pmax(d$y, 1))], 0)
    place <- pnorm(as.vector(quantile_residuals(fit, seed = 3)))
    # sums of up to some dozens of probabilities
    expect_true(all(place >= lower - 1e-12 & place <= upper + 1e-12))
  }
  right <- quantile_residuals(fits$inflated, seed = 1)
  expect_gt(stats::ks.test(as.vector(right), "pnorm")$p.value, 0.01)
  gaps <- d
  gaps$x[3] <- NA
  fit <- glm_rs(y ~ x | z, hurdle(), gaps, na.action = na.exclude, weights = ifelse(seq_along(y) == 5, 0, 1))
  residuals <- quantile_residuals(fit, seed = 1)
  expect_identical(which(is.na(unname(unclass(residuals)))), c(3L, 5L))
  expect_named(residuals, names(residuals(fit)))
})

test_that("covariances that need leverages are refused", {
  refused <- function(...) expect_error(vcov(fits$hurdle, ...), class = "glmrs_error_covariance")
  refused("HC3")
  refused("cluster", cluster = d$g, ssc = ssc("CR2"))
  expect_error(rootogram(fits$hurdle, most = 3), "most", class = "glmrs_error_argument")
})

test_that("likelihood ratios are of nested fits of the same counts", {
  refused <- function(..., why) expect_error(anova(...), why, class = "glmrs_error_argument")
  other <- glm_rs(rev(y) ~ x | z, hurdle(), d)
  refused(update(other, . ~ 1 | .), fits$hurdle, why = "same response")
  refused(fits$poisson, fits$hurdle, why = "different kinds")
  refused(fits$counts, fits$hurdle, why = "different kinds")
  refused(glm_rs(y ~ 1 | z, hurdle(), d, weights = w), fits$hurdle, why = "weights")
  small <- glm_rs(y ~ x | z, hurdle(), d)
  table <- anova(fits$hurdle, small)
  expect_equal(table$Chisq[2L], 2 * (fits$hurdle$loglik - small$loglik))
  expect_output(print(table), "boundary")
  expect_identical(anova(small, small)[["Pr(>Chisq)"]], c(NA_real_, NA_real_))
})

test_that("what is of one linear predictor is refused with advice", {
  refused <- function(expr) expect_error(expr, "likelihoods|two", class = "glmrs_error_argument")
  refused(score_test(fits$hurdle, ~e))
  refused(dispersion_test(fits$hurdle))
  expect_error(predict(fits$hurdle, interval = "prediction"), "interval", class = "glmrs_error_argument")
  expect_error(plot(fits$hurdle), "rootogram", class = "glmrs_error_method")
  expect_error(glm_rs_fit(cbind(1, d$x), d$y, family = hurdle()), "one linear predictor", class = "glmrs_error_family")
  weighted <- glm_rs(y ~ x | z, hurdle(), d, weights = w)
  expect_warning(simulate(weighted, seed = 1), "prior weights", class = "glmrs_warning_weights")
  for (package in names(glmrs:::refused)) {
    skip_if_not_installed(package)
    generic <- getExportedValue(package, glmrs:::refused[[package]])
    expect_error(generic(fits$hurdle), "linear predictor", class = "glmrs_error_method")
  }
})
