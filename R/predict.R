# Predictions, from the blueprint that the fit keeps.

#' @export
predict.glm_rs <- function(object, newdata = NULL, type = c("link", "response", "terms"), se.fit = FALSE,
                           dispersion = NULL, terms = NULL, na.action = stats::na.pass, vcov = NULL, ...) {
  call <- sys.call()
  type <- match.arg(type)
  # one fit for all that is asked of the rows
  if (is_without_rows(object) && (is.null(newdata) || type == "terms")) {
    object <- with_rows(object)
    return(predict(object, newdata, type, se.fit, dispersion, terms, na.action, vcov, ...))
  }
  robust <- if (!identical(vcov, "model")) asked_covariance(object, vcov, list(...), call)
  if (!is.null(robust)) {
    if (!se.fit) abort("argument", "`vcov` is for standard errors: give `se.fit = TRUE`, too", call)
    # it takes the place of the model's
    object$cov.blocks <- NULL
    object$cov.unscaled <- robust$matrix
  }
  # without terms there is nothing to centre; a covariance in blocks is not that of one term
  by_hand <- !length(attr(object$terms, "term.labels")) || se.fit && !is.null(object$cov.blocks)
  if (type == "terms" && by_hand) return(NextMethod())
  # from R 4.3 on predict.lm() looks which of the new rows can be estimated
  if (anyNA(object$coefficients) && !is.null(newdata) && is.null(robust) && getRversion() >= "4.3.0") return(NextMethod())
  pad <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else x
  if (se.fit && (is.null(dispersion) || dispersion == 0)) dispersion <- estimate_dispersion(object)
  unit <- if (is.null(robust)) dispersion else 1
  frame <- if (type == "terms" && !is.null(newdata)) new_frame(object, newdata, na.action, call)
  forged <- if (type != "terms" && !is.null(newdata)) forge(object, newdata, na.action, call)
  if (!is.null(newdata)) warn_rank_deficient(object, call)
  if (type == "terms") {
    by_term <- predict_terms(object, frame, se.fit, unit, terms)
    if (!se.fit) return(pad(by_term$fit))
    return(list(fit = pad(by_term$fit), se.fit = pad(by_term$errors), residual.scale = as.vector(sqrt(dispersion))))
  }
  rows <- if (is.null(newdata)) fitted_rows(object, se.fit) else new_rows(object, forged, se.fit)
  fit <- if (type == "response") object$family$linkinv(rows$eta) else rows$eta
  if (!se.fit) return(pad(fit))
  errors <- sqrt(rows$variance) * sqrt(unit)
  # as predict.lm() does
  if (object$rank == 1L) errors <- unname(errors)
  if (type == "response") errors <- errors * abs(object$family$mu.eta(rows$eta))
  list(fit = pad(fit), se.fit = pad(errors), residual.scale = as.vector(sqrt(dispersion)))
}

# list(eta, variance) of the rows of the fit; the variance is in units of the dispersion.
fitted_rows <- function(object, se.fit) {
  list(
    eta = object$linear.predictors,
    variance = if (se.fit) {
      design <- design_from_fit(object)
      with_names(unit_variance(object, design), names(object$linear.predictors))
    }
  )
}

warn_rank_deficient <- function(object, call) {
  if (!anyNA(object$coefficients)) return(invisible())
  warn("rank_deficient", "prediction from a rank-deficient fit may be misleading", call)
}

# The same for new data; rows with missing values get NA.
new_rows <- function(object, forged, se.fit) {
  coefficients <- ifelse(is.na(object$coefficients), 0, object$coefficients)
  spread <- function(values) {
    full <- rep(NA_real_, length(forged$complete))
    full[forged$complete] <- values
    if (length(full)) with_names(full, forged$rows) else full
  }
  eta <- rust_linear_predictor(forged$design$spec, as.double(coefficients), forged$offset, object$call)
  list(eta = spread(eta), variance = if (se.fit) spread(unit_variance(object, forged$design)))
}

# The design of a fit, again.
design_from_fit <- function(object) {
  if (!length(object$coefficients)) return(design_from_matrix(matrix(0, length(object$linear.predictors), 0L)))
  design_from_frame(fitted_frame(object), object$contrasts, object$call)
}

# x'(X'WX)^-1 x of every row x; aliased columns take no part.
unit_variance <- function(object, design) {
  if (!is.null(object$cov.blocks)) return(rust_block_quadratic_form(design$spec, object$cov.blocks, object$call))
  aliased <- is.na(object$coefficients)
  v <- matrix(0, length(aliased), length(aliased))
  v[!aliased, !aliased] <- unscaled_covariance(object)
  rust_quadratic_form(design$spec, v, call = object$call)
}
