# Leverages, and what a fit would be without a row: by sweeps over the rows, without a QR decomposition.
#
# rstandard(), rstudent(), cooks.distance() and plot() are those of a glm, which ask influence().

#' @export
influence.glm_rs <- function(model, do.coef = TRUE, ...) {
  do.coef <- check_flag(do.coef, "do.coef", model$call)
  model <- with_rows(model)
  counts <- model$prior.weights != 0
  fitted <- model
  fitted$na.action <- NULL # places for missing rows come last
  residuals <- without_noise(counted(residuals(fitted, "deviance"), counts))
  found <- lapply(delete_rows(model, counts, residuals, do.coef), counted, counts)
  sigma <- sqrt(model$deviance / model$df.residual)
  if (model$rank == 0L) found$sigma[] <- sigma
  residuals <- naresid(model$na.action, residuals)
  rows <- names(residuals)
  c(
    list(hat = with_names(padded(found$hat, model, 0), rows)),
    if (do.coef) list(coefficients = `dimnames<-`(padded(found$coefficients, model, 0), list(rows, kept_names(model)))),
    list(
      sigma = with_names(padded(found$sigma, model, sigma), rows), dev.res = residuals,
      pear.res = naresid(model$na.action, counted(residuals(fitted, "pearson"), counts))
    )
  )
}

#' @export
hatvalues.glm_rs <- function(model, infl, ...) {
  if (!missing(infl)) return(infl$hat)
  model <- with_rows(model)
  counts <- model$prior.weights != 0
  hat <- counted(delete_rows(model, counts)$hat, counts)
  # without degrees of freedom left residuals have no names, nor has what stats names after them
  rows <- if (model$df.residual > 0) naresid(model$na.action, counted(model$weights, counts))
  with_names(padded(hat, model, 0), names(rows))
}

#' @export
dfbeta.glm_rs <- function(model, infl = influence(model), ...) infl$coefficients

#' @export
dfbetas.glm_rs <- function(model, infl = influence(model), ...) {
  dfbeta(model, infl) / outer(infl$sigma, sqrt(unscaled_variances(model)))
}

# list(hat, sigma, coefficients) of all rows of the fit, `residuals` being those of the rows that count; leverages alone
# without.
delete_rows <- function(model, counts, residuals = NULL, do.coef = FALSE) {
  if (length(residuals) && !all(counts)) residuals <- replace(numeric(length(counts)), counts, residuals)
  found <- rust_influence(
    design_from_fit(model), looked_at(model$weights), if (length(residuals)) plain_double(residuals),
    is.na(model$coefficients), known_inverse(model), do.coef, factor_control(model, model$call), model$call
  )
  if (do.coef) dim(found$coefficients) <- c(length(counts), length(kept_names(model)))
  found
}

# lm.influence() leaves rows without weight out, and then makes places for those with missing values.
counted <- function(x, counts) {
  if (all(counts)) x else if (is.matrix(x)) x[counts, , drop = FALSE] else x[counts]
}

padded <- function(x, model, missing) {
  if (is.null(model$na.action)) return(x)
  x <- naresid(model$na.action, x)
  x[is.na(x)] <- missing
  x
}

# Residuals that are rounding errors beside the others are zero to lm.influence().
without_noise <- function(residuals) {
  size <- abs(residuals)
  # the median of many takes as long as their leverages
  if (isTRUE(min(size) > 100 * .Machine$double.eps * max(size))) return(residuals)
  residuals[size < 100 * .Machine$double.eps * stats::median(size)] <- 0
  residuals
}

kept_names <- function(model) names(model$coefficients)[!is.na(model$coefficients)]
