# Constructors: plain lists with the names of stats::glm().

# What glm.fit() returns, from the numbers of the core or of fit_custom().
new_fit_parts <- function(fit, design, response, family, null_model) {
  names <- response$names
  n <- length(response$y)
  weights <- fit$prior_weights %||% response$weights %||% rep.int(1, n)
  n_ok <- if (is.null(response$weights)) n else n - sum(weights == 0)
  coefficients <- fit$coefficients
  coefficients[fit$aliased] <- NA
  names(coefficients) <- design$names
  kept <- design$names[!fit$aliased]
  # L-BFGS and the trust region leave it out where the design is too wide for a matrix of its columns
  cov_unscaled <- if (nrow(fit$cov_unscaled) == length(kept)) `dimnames<-`(fit$cov_unscaled, list(kept, kept))
  covariance <- if (is.null(fit$cov_blocks)) list(cov.unscaled = cov_unscaled) else list(cov.blocks = fit$cov_blocks)
  c(list(
    coefficients = coefficients,
    residuals = with_names(fit$residuals, names),
    fitted.values = with_names(fit$fitted_values, names),
    rank = fit$rank,
    family = family,
    linear.predictors = with_names(fit$linear_predictors, names),
    deviance = fit$deviance,
    aic = fit$aic + 2 * fit$rank,
    null.deviance = fit$null_deviance,
    iter = fit$iter,
    weights = with_names(fit$weights, names),
    prior.weights = with_names(weights, names),
    df.residual = n_ok - fit$rank,
    df.null = n_ok - as.integer(null_model != "offset"),
    y = with_names(fit$y %||% response$y, names),
    converged = fit$status == "converged",
    boundary = fit$boundary
  ), covariance)
}

with_names <- function(x, names) {
  names(x) <- names
  x
}

# The object of class "glm_rs".
new_glm_rs <- function(parts, call, formula, mold, data, control, contrasts, keep_model, keep_y) {
  if (keep_model) parts$model <- mold$frame
  parts$na.action <- attr(mold$frame, "na.action")
  if (!keep_y) parts$y <- NULL
  context <- list(
    call = call, formula = formula, terms = mold$terms, data = data, offset = mold$offset,
    control = control[c("epsilon", "maxit", "trace")], method = "glm.fit", contrasts = contrasts,
    xlevels = stats::.getXlevels(mold$terms, mold$frame)
  )
  structure(c(parts, context), class = c("glm_rs", "glm", "lm"))
}
