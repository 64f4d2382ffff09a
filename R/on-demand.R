# What a glm object carries but few read: made when asked for, from the model frame, instead of stored.

made_on_demand <- c("qr", "R", "effects", "cov.unscaled")

#' @export
`$.glm_rs` <- function(x, name) {
  part <- .subset2(x, name, exact = FALSE)
  if (!is.null(part)) return(part)
  # by the beginning of its name, too, as for what is stored
  name <- on_demand(x)[pmatch(name, on_demand(x))]
  if (is.na(name)) NULL else made_now(x, name)
}

#' @export
`[[.glm_rs` <- function(x, i, exact = TRUE) {
  if (is.character(i) && length(i) == 1L && i %in% on_demand(x) && is.null(.subset2(x, i))) return(made_now(x, i))
  .subset2(x, i, exact = exact)
}

on_demand <- function(x) c(made_on_demand, .subset2(x, "rows")$without)

made_now <- function(fit, name) {
  if (name == "cov.unscaled") return(block_covariance(fit$cov.blocks, fit$coefficients))
  fit <- with_rows(fit)
  if (name %in% made_on_demand) decomposition(fit)[[name]] else .subset2(fit, name)
}

# list(qr, R, effects) as glm.fit() computes them, by LINPACK on the weighted model matrix.
decomposition <- function(fit) {
  if (!length(fit$coefficients)) return(NULL)
  good <- fit$weights > 0
  root <- sqrt(fit$weights[good])
  x <- stats::model.matrix(fit$terms, fitted_frame(fit), fit$contrasts)[good, , drop = FALSE]
  offset <- if (is.null(fit$offset)) 0 else fit$offset[good]
  z <- fit$linear.predictors[good] - offset + fit$residuals[good]
  tolerance <- max(100 * .Machine$double.eps, min(1e-7, fit$control$epsilon / 1000)) # as rank_tolerance() in the core
  qr <- qr(x * root, tol = tolerance)
  effects <- qr.qty(qr, z * root)
  names(effects) <- c(colnames(qr$qr)[seq_len(qr$rank)], rep.int("", length(effects) - qr$rank))
  r <- qr.R(qr)
  dimnames(r) <- list(colnames(r), colnames(r))
  list(qr = structure(c(unclass(qr), tol = tolerance), class = "qr"), R = r, effects = effects)
}

# The model frame of a fit that has its rows. One that is made again must be that of the fit.
fitted_frame <- function(fit) {
  kept <- .subset2(fit, "model")
  if (!is.null(kept)) return(kept)
  frame <- stats::model.frame(fit)
  design <- design_from_frame(frame, fit$contrasts, fit$call)
  coefficients <- ifelse(is.na(fit$coefficients), 0, fit$coefficients)
  same <- nrow(frame) == length(fit$linear.predictors) && length(design$names) == length(coefficients) &&
    isTRUE(all.equal(
      rust_linear_predictor(design$spec, coefficients, fit$offset, fit$call), as.vector(fit$linear.predictors),
      tolerance = 1e-6 # made in another order of summation
    ))
  if (!same) {
    message <- "this fit keeps no model frame (`model = FALSE`), and it cannot be made again"
    abort(
      "rows", message, fit$call,
      x = "the data have changed since the fit", i = "fit with `model = TRUE` to keep it"
    )
  }
  frame
}
