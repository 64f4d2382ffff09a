# Residuals are those of a glm, for which a fit without its response needs one.

#' @export
residuals.glm_rs <- function(object, ...) {
  # one fit for all of what the method of class "glm" asks
  object <- with_rows(object)
  if (is.null(object$y)) object$y <- recovered_response(object)
  stats::residuals.glm(object, ...)
}

# The response of a fit with its rows, and its numbers.
fitted_response <- function(fit) fit$y %||% recovered_response(fit)

response_of <- function(fit) as.double(fitted_response(fit))

# mean + working residual · slope, but for rounding errors. Beyond 0 and 1 a share has no deviance.
recovered_response <- function(object) {
  family <- object$family
  y <- object$fitted.values + object$residuals * family$mu.eta(object$linear.predictors)
  if (family$family %in% c("binomial", "quasibinomial") || identical(family$varfun, "mu(1-mu)")) {
    noise <- 10 * .Machine$double.eps
    y[y < noise] <- 0
    y[y > 1 - noise] <- 1
  }
  y
}
