# Constructors: plain lists with the names of stats::glm().

# What glm.fit() returns, from the numbers of the core or of fit_custom(). `link` is list(link, lambda) where the core
# knows the family: what the linear predictors tell of the rows is then made when somebody asks for it.
new_fit_parts <- function(fit, design, response, family, link, null_model) {
  names <- response$names
  n <- NROW(response$y)
  eta <- with_names(fit$linear_predictors, names)
  if (is.null(link)) {
    given <- fit$y
    prior_weights <- fit$prior_weights
    fitted <- with_names(fit$fitted_values, names)
    residuals <- with_names(fit$residuals, names)
  } else {
    given <- response$given %||% response$y
    prior_weights <- response$weights
    fitted <- rust_means(eta, link, names)
    residuals <- rust_working_residuals(eta, given, link, names)
  }
  n_ok <- if (is.null(prior_weights)) n else n - sum(prior_weights == 0)
  coefficients <- fit$coefficients
  kept <- design$names
  if (fit$rank < length(coefficients)) {
    coefficients[fit$aliased] <- NA
    kept <- kept[!fit$aliased]
  }
  names(coefficients) <- design$names
  # L-BFGS and the trust region leave it out where the design is too wide for a matrix of its columns
  cov_unscaled <- if (nrow(fit$cov_unscaled) == fit$rank) {
    if (is.null(kept)) fit$cov_unscaled else `dimnames<-`(fit$cov_unscaled, list(kept, kept))
  }
  covariance <- if (is.null(fit$cov_blocks)) list(cov.unscaled = cov_unscaled) else list(cov.blocks = fit$cov_blocks)
  c(list(
    coefficients = coefficients,
    residuals = residuals,
    fitted.values = fitted,
    rank = fit$rank,
    family = family,
    linear.predictors = eta,
    deviance = fit$deviance,
    aic = fit$aic + 2 * fit$rank,
    null.deviance = fit$null_deviance,
    iter = fit$iter,
    weights = with_names(fit$weights, names),
    prior.weights = if (is.null(prior_weights)) rust_ones(n, names) else with_names(prior_weights, names),
    df.residual = n_ok - fit$rank,
    df.null = n_ok - as.integer(null_model != "offset"),
    y = with_names(given, names),
    converged = fit$status == "converged",
    boundary = fit$boundary
  ), covariance)
}

# `x` with `names`. What has them already is not touched: R would copy it. NULL stays NULL.
with_names <- function(x, names) {
  if (!is.null(x) && !identical(names(x), names)) names(x) <- names
  x
}

# The object of class "glm_rs", of parts without names of rows.
new_glm_rs <- function(parts, call, formula, mold, data, control, contrasts, keep_model, x, keep_y) {
  if (keep_model) parts$model <- mold$frame
  parts$na.action <- attr(mold$frame, "na.action")
  parts$x <- x
  if (!keep_y) parts$y <- NULL
  context <- list(
    call = call, formula = formula, terms = mold$terms, data = data, offset = mold$offset,
    control = control[c("epsilon", "maxit", "trace")], method = "glm.fit", contrasts = contrasts,
    xlevels = covariate_levels(mold$terms, mold$frame)
  )
  with_rows_named(`class<-`(c(parts, context), c(own_classes(parts), "glm", "lm")), mold$names)
}

# The classes of a fit beyond those of stats::glm().
own_classes <- function(parts) {
  c(
    if (!is.null(parts$bias)) "glm_rs_bias", if (!is.null(parts$theta)) "glm_rs_negbin",
    if (inherits(parts$family, "glmrs_tweedie")) "glm_rs_tweedie", "glm_rs"
  )
}

# What .getXlevels() says: the levels of the covariates that are factors or words; NULL without covariates.
covariate_levels <- function(terms, frame) {
  places <- seq_len(length(attr(terms, "variables")) - 1L)
  places <- places[places != attr(terms, "response")]
  if (!length(places)) return(NULL)
  if (has_numbers_only(terms)) return(no_levels)
  variables <- unclass(frame)[places]
  variables <- variables[!vapply(variables, is.numeric, NA)]
  levels <- lapply(variables, function(x) if (is.character(x)) levels(factor(x)) else if (is.factor(x)) levels(x))
  levels[!vapply(levels, is.null, NA)]
}

no_levels <- `names<-`(list(), character())
