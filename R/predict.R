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
  if (!is.null(robust) && !se.fit) abort("argument", "`vcov` is for standard errors: give `se.fit = TRUE`, too", call)
  # without terms there is nothing to centre; a covariance in blocks is not that of one term
  by_hand <- !length(attr(object$terms, "term.labels")) || se.fit && is.null(robust) && !is.null(object$cov.blocks)
  if (type == "terms" && by_hand) return(NextMethod())
  # from R 4.3 on predict.lm() looks which of the new rows can be estimated
  rank_deficient <- anyNA(object$coefficients) && !is.null(newdata)
  if (rank_deficient && is.null(robust) && getRversion() >= "4.3.0") return(NextMethod())
  pad <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else x
  if (se.fit && (is.null(dispersion) || dispersion == 0)) dispersion <- estimate_dispersion(object)
  frame <- if (type == "terms" && !is.null(newdata)) new_frame(object, newdata, na.action, call)
  forged <- if (type != "terms" && !is.null(newdata)) forge(object, newdata, na.action, call)
  if (rank_deficient) {
    warn("rank_deficient", "prediction from a rank-deficient fit may be misleading", call)
  }
  if (type == "terms") {
    by_term <- predict_terms(object, frame, se.fit, robust$matrix %||% dispersion, terms)
    if (!se.fit) return(pad(by_term$fit))
    return(list(fit = pad(by_term$fit), se.fit = pad(by_term$errors), residual.scale = as.vector(sqrt(dispersion))))
  }
  variance_of <- if (se.fit) function(design) row_variance(object, design, robust$matrix, dispersion)
  rows <- if (is.null(newdata)) fitted_rows(object, variance_of) else new_rows(object, forged, variance_of)
  fit <- if (type == "response") object$family$linkinv(rows$eta) else rows$eta
  if (!se.fit) return(pad(fit))
  errors <- sqrt(rows$variance)
  # as predict.lm() does
  if (object$rank == 1L) errors <- unname(errors)
  if (type == "response") errors <- errors * abs(object$family$mu.eta(rows$eta))
  list(fit = pad(fit), se.fit = pad(errors), residual.scale = as.vector(sqrt(dispersion)))
}

# list(eta, variance) of the rows of the fit, without variances if there is no `variance_of` a design.
fitted_rows <- function(object, variance_of) {
  list(
    eta = object$linear.predictors,
    variance = if (!is.null(variance_of)) {
      with_names(variance_of(design_from_fit(object)), names(object$linear.predictors))
    }
  )
}

# The same for new data; rows with missing values get NA.
new_rows <- function(object, forged, variance_of) {
  coefficients <- ifelse(is.na(object$coefficients), 0, object$coefficients)
  spread <- function(values) {
    full <- rep(NA_real_, length(forged$complete))
    full[forged$complete] <- values
    if (length(full)) with_names(full, forged$rows) else full
  }
  eta <- rust_linear_predictor(forged$design$spec, as.double(coefficients), forged$offset, object$call)
  list(eta = spread(eta), variance = if (!is.null(variance_of)) spread(variance_of(forged$design)))
}

# The design of a fit, again.
design_from_fit <- function(object) {
  if (!length(object$coefficients)) return(design_from_matrix(matrix(0, length(object$linear.predictors), 0L)))
  design_from_frame(fitted_frame(object), object$contrasts, object$call)
}

# x'Vx of every row x, V a covariance or, for NULL, that of the model; aliased columns take no part.
row_variance <- function(object, design, covariance, dispersion) {
  if (!is.null(covariance)) return(quadratic_form(object, design, covariance))
  blocks <- object$cov.blocks
  if (!is.null(blocks)) return(dispersion * rust_block_quadratic_form(design$spec, blocks, object$call))
  dispersion * quadratic_form(object, design, unscaled_covariance(object))
}

quadratic_form <- function(object, design, covariance) {
  aliased <- is.na(object$coefficients)
  v <- matrix(0, length(aliased), length(aliased))
  v[!aliased, !aliased] <- covariance
  rust_quadratic_form(design$spec, v, call = object$call)
}
