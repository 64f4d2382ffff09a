# Covariances of models of likelihoods that are no glm: all kinds that need no more than the rows' scores of all parameters.

# As covariance_of() gives it, of all parameters that are not aliased. A matrix or a function may be about those of vcov() alone.
likelihood_covariance <- function(fit, type, options, call) {
  if (is.null(type)) type <- if (is.null(options$cluster)) "model" else "cluster"
  refuse_leverages(type, options, "models that are not generalized linear", call)
  if (is.function(type)) {
    type <- do.call(type, c(list(fit), options), quote = TRUE)
    options <- NULL
  } else if (!is.matrix(type)) {
    return(covariance_of(scored_fit(fit, model_parameters(fit)), type, options, call))
  }
  if (is.matrix(type)) type <- with_log_theta(fit, type)
  about <- if (is.matrix(type)) parameters_of_matrix(fit, type) else shown_parameters(fit)
  warn_of_negative(given_covariance(scored_fit(fit, about), type, options, call), call)
}

# Those that vcov() is of by default: without logarithms of theta.
shown_parameters <- function(fit) {
  all <- model_parameters(fit)
  all[!endsWith(names(all), LOG_THETA)]
}

# What a matrix of the user's is about, by its names; without them by its size.
parameters_of_matrix <- function(fit, matrix) {
  all <- model_parameters(fit)
  shown <- shown_parameters(fit)
  fits <- function(estimates) {
    sizes <- list(names(estimates), names(estimates)[!is.na(estimates)])
    if (is.null(rownames(matrix))) nrow(matrix) %in% lengths(sizes) else any(vapply(sizes, identical, NA, rownames(matrix)))
  }
  if (!fits(shown) && fits(all)) all else shown
}

# vcov(theta = TRUE) is about theta itself.
with_log_theta <- function(fit, matrix) {
  all <- model_parameters(fit)
  if (!LOG_THETA %in% names(all)) return(matrix)
  names(all)[names(all) == LOG_THETA] <- "theta"
  of_theta <- list(names(all), names(all)[!is.na(all)])
  if (!any(vapply(of_theta, identical, NA, rownames(matrix)))) return(matrix)
  scale <- ifelse(seq_len(nrow(matrix)) == nrow(matrix), 1 / fit$theta, 1)
  names <- c(rownames(matrix)[-nrow(matrix)], LOG_THETA)
  `dimnames<-`(matrix * outer(scale, scale), list(names, names))
}

# `what` has none.
refuse_leverages <- function(type, options, what, call) {
  asked <- c(if (is_string(type)) type, if (inherits(options$ssc, "glmrs_ssc")) options$ssc$type)
  by_leverage <- intersect(asked, c("HC2", "HC3", "HC4", "HC4m", "HC5", "CR2", "CR3"))
  if (!length(by_leverage)) return(invisible())
  message <- sprintf('"%s" needs leverages, which %s do not have', by_leverage[1L], what)
  abort("covariance", message, call, i = 'use "HC1", or "cluster" with ssc("CR1")')
}

# The parts of a fit of one linear predictor that kinds of covariances look at. A family of dispersion 1.
scored_fit <- function(fit, estimates) {
  kept <- names(estimates)[!is.na(estimates)]
  terms <- fit$terms$full %||% fit$terms
  data <- fit$data %||% eval(fit$call$data, environment(terms)) %||% environment(terms)
  parts <- list(
    coefficients = estimates, cov.unscaled = fit$cov.scaled[kept, kept, drop = FALSE], rank = length(kept),
    df.residual = fit$df.residual, family = stats::poisson(), control = fit$control, call = fit$call, terms = terms,
    data = data, na.action = fit$na.action, whole = fit
  )
  structure(parts, class = "glmrs_scored_fit")
}

# The score rows as a design of their own, of weights and residuals of 1.
#' @exportS3Method
score_rows.glmrs_scored_fit <- function(fit, call, observations = FALSE) {
  mold <- model_mold(fit$whole)
  weights <- counted_rows(fit$whole, mold)
  scores <- model_scores(fit$whole, mold)
  fit$linear.predictors <- stats::setNames(0 * weights, mold$names)
  fit$places <- if (observations) places_of_observations(fit$whole, mold)
  if (!is.null(fit$places)) {
    weights <- weights[fit$places]
    scores <- scores[fit$places, , drop = FALSE]
  }
  fit$weights <- weights
  design <- design_from_matrix(scores)
  list(fit = fit, design = design, values = list(weights, rep(1, length(weights))), n = sum(weights))
}

# Standard errors of all parameters, by name; NA for aliased ones. Those that the covariance lacks are the model's.
likelihood_errors <- function(fit, covariance) {
  estimates <- model_parameters(fit)
  errors <- stats::setNames(rep(NA_real_, length(estimates)), names(estimates))
  model <- errors_of(fit$cov.scaled)
  errors[names(model)] <- model
  found <- errors_of(covariance$matrix)
  errors[names(found)] <- found
  errors
}

# The rows' scores of the coefficients alone: what the other parameters explain of them is swept out, V11^-1 (V s)_1 for the
# covariance V.
effective_scores <- function(fit, scores, estimates) {
  kept <- rownames(fit$cov.scaled)
  coefficients <- intersect(names(estimates), kept)
  influences <- scores[, kept, drop = FALSE] %*% fit$cov.scaled[, coefficients, drop = FALSE]
  effective <- influences %*% solve(fit$cov.scaled[coefficients, coefficients])
  `dimnames<-`(effective, list(rownames(scores), coefficients))
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs_model <- function(x, ...) model_scores(x, model_mold(x))[, rownames(x$cov.scaled), drop = FALSE]

#' @exportS3Method sandwich::bread
bread.glm_rs_model <- function(x, ...) x$cov.scaled * length(model_mold(x)$names)
