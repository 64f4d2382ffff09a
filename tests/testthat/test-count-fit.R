test_that("fits are at the maximum of the likelihood, whatever the family", {
  d <- nb1_data()
  for (theta in list(NULL, 2)) {
    for (family in c(count_families(theta), list(zero_truncated()))) {
      here <- if (is_truncated(family)) subset(d, y > 0) else d
      fit <- glm_rs(y ~ x + f, family, here)
      expect_maximum(fit, count_rows_of(fit))
      weighted <- glm_rs(y ~ x + f, family, here, weights = w, exposure = e)
      expect_maximum(weighted, count_rows_of(weighted, log(here$e)), here$w)
      expect_equal(nobs(weighted), sum(here$w > 0))
    }
  }
})

test_that("counts with rounding errors are counts", {
  d <- nb1_data()
  for (family in count_families()) {
    here <- if (is_truncated(family)) subset(d, y > 0) else d
    whole <- glm_rs(y ~ x, family, here)
    for (off in 1 + c(-1, 1) * 1e-15) {
      other <- glm_rs(I(y * off) ~ x, family, here)
      expect_identical(coef(other), coef(whole))
      expect_identical(other$theta, whole$theta)
      expect_equal(vcov(other, "HC0"), vcov(whole, "HC0"))
      expect_equal(quantile_residuals(other, seed = 1), quantile_residuals(whole, seed = 1))
    }
  }
})

test_that("fits are those of glmmTMB", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("glmmTMB")
  d <- nb1_data()
  names <- c(nb1 = "nbinom1", truncated_nb1 = "truncated_nbinom1", truncated_nb2 = "truncated_nbinom2")
  for (name in names(names)) {
    here <- if (name == "nb1") d else subset(d, y > 0)
    ours <- glm_rs(y ~ x + f + offset(log(e)), count_families()[[name]], here)
    theirs <- glmmTMB::glmmTMB(y ~ x + f + offset(log(e)), here, family = getExportedValue("glmmTMB", names[[name]]))
    expect_equal(ours$loglik, as.double(logLik(theirs)), tolerance = 1e-8)
    expect_equal(coef(ours), glmmTMB::fixef(theirs)$cond, tolerance = 1e-4) # their likelihood is flat to eight digits
    shape <- if (name == "truncated_nb2") ours$theta else 1 / ours$theta
    expect_equal(shape, glmmTMB::sigma(theirs), tolerance = 1e-4) # of the same search
    expect_equal(vcov(ours), vcov(theirs)$cond, tolerance = 1e-4, ignore_attr = TRUE) # of the same search
  }
})

test_that("zero-truncated models are the count parts of hurdle models", {
  d <- nb1_data()
  for (count in list(poisson(), negative_binomial(), negative_binomial(1.3))) {
    both <- glm_rs(y ~ x + f, hurdle(count), d, offset = log(e))
    alone <- glm_rs(y ~ x + f, zero_truncated(count), d, subset = y > 0, offset = log(e))
    expect_equal(coef(alone), coef(both, "count"), tolerance = STOPPING)
    expect_equal(vcov(alone), vcov(both, part = "count"), tolerance = STOPPING, ignore_attr = TRUE)
    expect_equal(alone$theta, both$theta[["count"]], tolerance = STOPPING)
    expect_equal(predict(alone, d[1:9, ], "count"), predict(both, d[1:9, ], "count"), tolerance = STOPPING)
  }
  skip_if_not_installed("pscl")
  theirs <- pscl::hurdle(y ~ x + f, data = d, dist = "negbin", control = pscl::hurdle.control(reltol = 1e-15))
  ours <- glm_rs(y ~ x + f, zero_truncated(negative_binomial()), d, subset = y > 0)
  expect_equal(coef(ours), coef(theirs, "count"), tolerance = 1e-5) # a search by differences
})

test_that("counts that vary no more than Poisson counts have an infinite theta", {
  d <- nb1_data()
  set.seed(2)
  d$y <- 1 + rbinom(500, 6, plogis(-0.6 + 0.2 * d$x))
  for (family in count_families()) {
    expect_warning(fit <- glm_rs(y ~ x, family, d), "theta is infinite", class = "glmrs_warning_boundary")
    expect_identical(fit[c("theta", "SE.theta", "theta.status")], list(theta = Inf, SE.theta = NA_real_, theta.status = "poisson"))
    plain <- if (is_truncated(family)) glm_rs(y ~ x, zero_truncated(), d) else glm_rs(y ~ x, poisson(), d)
    expect_equal(coef(fit), coef(plain), tolerance = STOPPING)
    expect_equal(logLik(fit)[1L], logLik(plain)[1L], tolerance = ROUNDING)
    expect_equal(attr(logLik(fit), "df"), attr(logLik(plain), "df") + 1)
    expect_equal(vcov(fit), vcov(plain), tolerance = 1e-4) # poisson()'s has the weights before its last step
    limits <- confint(fit, "theta")
    expect_identical(limits[2L], Inf)
    held <- update(fit, family = if (is_truncated(family)) zero_truncated(negative_binomial(limits[1L], type = family$spec$variance)) else negative_binomial(limits[1L], type = "nb1"))
    expect_equal(2 * (fit$loglik - held$loglik), qchisq(0.95, 1), tolerance = STOPPING)
    expect_error(vcov(fit, theta = TRUE), class = "glmrs_error_argument")
  }
  # variances of NB1 and NB2 that are the same: a constant mean
  d <- nb1_data()
  nb1 <- glm_rs(y ~ 1, negative_binomial(type = "nb1"), d)
  nb2 <- glm_rs(y ~ 1, negative_binomial(), d)
  expect_equal(nb1$loglik, logLik(nb2)[1L], tolerance = 1e-10)
  expect_equal(coef(nb1), coef(nb2), tolerance = STOPPING)
  expect_equal(nb1$theta * exp(coef(nb1)[[1L]]), nb2$theta, tolerance = STOPPING)
})

test_that("aliased columns, none, many, and large counts", {
  d <- nb1_data()
  d$twice <- 2 * d$x
  for (family in count_families()) {
    here <- if (is_truncated(family)) subset(d, y > 0) else d
    fit <- glm_rs(y ~ x + twice + f, family, here)
    expect_true(is.na(coef(fit)[["twice"]]))
    expect_maximum(fit, count_rows_of(fit))
    expect_equal(coef(fit)[-3L], coef(glm_rs(y ~ x + f, family, here)), tolerance = TOLERANCE)
    expect_equal(is.na(diag(vcov(fit))), is.na(coef(fit)))
    expect_error(glm_rs(y ~ x + twice, family, here, singular.ok = FALSE), "`twice`", class = "glmrs_error_singular")
    none <- glm_rs(y ~ 0 + offset(log(e)), family, here)
    expect_length(coef(none), 0L)
    expect_equal(dim(vcov(none)), c(0L, 0L))
    # counts of up to 1e10: as many digits as their logarithms have
    large <- transform(here, y = 1e9 * y + 5e8)
    fit <- glm_rs(y ~ x + f, family, large)
    rows <- count_rows_again(c(coef(fit), log(fit$theta)), model.matrix(fit), large$y, 0, family)
    expect_equal(fit$loglik, sum(rows), tolerance = 1e-11)
    sums <- colSums(model_scores(fit, model_mold(fit)))
    expect_lt(max(abs(sums * sqrt(diag(fit$cov.scaled)))), 1e-4) # standard errors: rounding of counts of 1e10
  }
  zeros <- glm_rs(y ~ x, zero_truncated(), d, weights = as.double(y > 0))
  expect_equal(coef(zeros), coef(glm_rs(y ~ x, zero_truncated(), d, subset = y > 0)), tolerance = TOLERANCE)
})

test_that("input without answer is refused", {
  d <- nb1_data(100)
  fit <- function(formula, family = zero_truncated(), ...) glm_rs(formula, family, subset(d, y > 0), ...)
  nb1 <- negative_binomial(type = "nb1")
  expect_error(glm_rs(y ~ x, zero_truncated(), d), "no zeros", class = "glmrs_error_response")
  expect_error(fit(y + 0.5 ~ x), "whole", class = "glmrs_error_response")
  expect_error(fit(-y ~ x, nb1), "negative", class = "glmrs_error_response")
  expect_error(fit(factor(y) ~ x), "factor", class = "glmrs_error_response")
  expect_error(fit(I(0 * y) ~ x, nb1), "every count is zero", class = "glmrs_error_response")
  expect_error(fit(~x), "no response", class = "glmrs_error_formula")
  expect_error(fit(y ~ x | f), "zero_inflated", class = "glmrs_error_formula")
  expect_error(fit(y ~ replace(x, 5, Inf)), class = "glmrs_error_non_finite")
  expect_error(fit(y ~ x, start = 1), "start", class = "glmrs_error_argument")
  aliased <- fit(y ~ x + I(2 * x))
  expect_equal(coef(fit(y ~ x + I(2 * x), start = coef(aliased))), coef(aliased), tolerance = STOPPING)
  expect_error(fit(y ~ x, mustart = y), class = "glmrs_error_argument")
  expect_error(fit(y ~ x, bias = "mean"), class = "glmrs_error_argument")
  expect_error(glm_rs_fit(cbind(1, d$x), d$y, family = nb1), class = "glmrs_error_family")
  expect_error(negative_binomial(type = "nb1", link = "sqrt"), class = "glmrs_error_argument")
  expect_error(negative_binomial(-1, type = "nb1"), class = "glmrs_error_argument")
  expect_error(negative_binomial(type = "nb3"), class = "glmrs_error_argument")
  expect_error(zero_truncated(gaussian()), class = "glmrs_error_family")
  expect_error(zero_truncated(zero_truncated()), class = "glmrs_error_family")
  expect_error(zero_truncated(poisson("sqrt")), class = "glmrs_error_family")
  expect_error(hurdle(nb1), class = "glmrs_error_family")
  expect_error(glm_rs(y ~ x, "zero_truncate", d), "zero_truncated", class = "glmrs_error_family")
  expect_warning(fit(pmin(y, 1) ~ x), "no count is above 1", class = "glmrs_warning_boundary")
  expect_warning(fit(y ~ x, maxit = 1), class = "glmrs_warning_not_converged")
  # as many ones as a logarithmic series has
  ones <- data.frame(y = rep(1:6, c(720, 180, 70, 35, 15, 10)))
  expect_warning(glm_rs(y ~ 1, zero_truncated(negative_binomial()), ones), "logarithmic series", class = "glmrs_warning_boundary")
})
