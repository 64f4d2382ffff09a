# What a glm object carries but few read: made when asked for, from the model frame, instead of stored.

made_on_demand <- c("qr", "R", "effects", "cov.unscaled")

#' @export
`$.glm_rs` <- function(x, name) {
  if (name %in% made_on_demand && is.null(.subset2(x, name))) return(made_now(x, name))
  .subset2(x, name, exact = FALSE)
}

#' @export
`[[.glm_rs` <- function(x, i, exact = TRUE) {
  if (is.character(i) && length(i) == 1L && i %in% made_on_demand && is.null(.subset2(x, i))) {
    return(made_now(x, i))
  }
  .subset2(x, i, exact = exact)
}

made_now <- function(fit, name) {
  if (name == "cov.unscaled") block_covariance(fit$cov.blocks, fit$coefficients) else decomposition(fit)[[name]]
}

# list(qr, R, effects) as glm.fit() computes them, by LINPACK on the weighted model matrix.
decomposition <- function(fit) {
  if (!length(fit$coefficients)) return(NULL)
  good <- fit$weights > 0
  root <- sqrt(fit$weights[good])
  x <- stats::model.matrix(fit)[good, , drop = FALSE]
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
