# Intervals of the values that a robust score test does not reject.

# `robust` is the covariance at the estimate: it tells how far to go.
robust_score_limits <- function(fit, parm, tails, vcov, options, robust, call) {
  if (is.matrix(vcov) || is.function(vcov) || identical(vcov, "bootstrap")) {
    abort("argument", "the covariance of the scores has a kind, and is found again at each value: give its name, or clusters", call)
  }
  fit <- with_rows(fit)
  df <- rep_len(df_of_coefficients(fit, robust), fit$rank)
  quantiles <- stats::qt(tails[2L], with_aliased(df, fit$coefficients))
  ratio <- with_aliased(errors_of(robust$matrix) / sqrt(estimate_dispersion(fit) * unscaled_variances(fit)), fit$coefficients)
  at_value <- score_roots(fit, vcov, options, call)
  limits <- matrix(NA_real_, length(parm), 2L)
  for (i in which(!is.na(fit$coefficients[parm]))) {
    column <- parm[i]
    # some steps beyond where the limit would be if the statistic were that of Wald
    reach <- 1.5 * quantiles[column] * max(1, ratio[column])
    path <- profile.glm_rs(fit, column, 2 * stats::pnorm(-reach), maxsteps = 20, del = reach / 8, test = "Rao")[[1L]]
    path[[1L]] <- apply(path$par.vals, 1L, at_value, column)
    limits[i, ] <- profile_limits(path, column, c(-1, 1) * quantiles[column])
  }
  limits
}

# A function of coefficients, of which one is held, that gives the signed root of its score statistic: one step of Newton's
# from there over its standard error, see score_test().
score_roots <- function(fit, vcov, options, call) {
  data <- refit_data(fit)
  family <- fit$family
  aliased <- is.na(fit$coefficients)
  function(coefficients, column) {
    coefficients[aliased] <- 0
    eta <- rust_linear_predictor(data$design$spec, as.double(coefficients), data$offset, call)
    slope <- family$mu.eta(eta)
    fit$linear.predictors <- with_names(eta, names(fit$linear.predictors))
    fit$fitted.values <- family$linkinv(eta)
    fit$weights <- fit$prior.weights * slope^2 / family$variance(fit$fitted.values)
    fit$residuals <- (data$response$y - fit$fitted.values) / slope
    response <- as_response(fit$residuals, NULL, plain_double(fit$weights), "gaussian", call)
    step <- fit_design(
      data$design, response, NULL, stats::gaussian(), default_control, NULL, NULL, NULL, "offset", TRUE, NULL, call
    )
    fit[c("cov.blocks", "cov.unscaled")] <- NULL
    parts <- c("coefficients", "cov.unscaled", "cov.blocks")
    fit <- with_parts(fit, step[intersect(parts, names(step))])
    error <- errors_of(said_before(covariance_of(fit, vcov, options, call))$matrix)
    -fit$coefficients[[column]] / with_aliased(error, fit$coefficients)[column]
  }
}
