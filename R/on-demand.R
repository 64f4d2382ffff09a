# What a glm object carries but few read: made when asked for, from the model frame, instead of stored.

made_on_demand <- c("qr", "R", "effects", "cov.unscaled")

#' @export
`$.glm_rs` <- function(x, name) {
  part <- .subset2(x, name, exact = FALSE)
  if (!is.null(part)) return(named_rows(part, x, name))
  # by the beginning of its name, too, as for what is stored
  name <- on_demand(x)[pmatch(name, on_demand(x))]
  if (is.na(name)) NULL else made_now(x, name)
}

#' @export
`[[.glm_rs` <- function(x, i, exact = TRUE) {
  if (is.character(i) && length(i) == 1L && i %in% on_demand(x) && is.null(.subset2(x, i))) return(made_now(x, i))
  part <- .subset2(x, i, exact = exact)
  if (length(i) == 1L) named_rows(part, x, i) else part
}

on_demand <- function(x) c(made_on_demand, .subset2(x, "rows")$without)

made_now <- function(fit, name) {
  if (name == "cov.unscaled") return(block_covariance(fit$cov.blocks, fit$coefficients))
  fit <- with_rows(fit)
  if (name %in% made_on_demand) decomposition(fit)[[name]] else fit[[name]]
}

# list(effects, R, qr) of a fit with rows.
decomposition <- function(fit) {
  if (!length(fit$coefficients)) return(list(effects = NULL, R = NULL, qr = NULL))
  x <- stats::model.matrix(fit$terms, fitted_frame(fit), fit$contrasts)
  decompose(x, fit, fit$offset, rank_tolerance(as_control(fit$control, fit$call)$epsilon))
}

# The same as glm.fit() computes it, by LINPACK on the rows of the model matrix that have a weight.
decompose <- function(x, fit, offset, tolerance) {
  good <- fit$weights > 0
  root <- sqrt(fit$weights[good])
  offset <- if (is.null(offset)) 0 else offset[good]
  z <- fit$linear.predictors[good] - offset + fit$residuals[good]
  qr <- qr(x[good, , drop = FALSE] * root, tol = tolerance)
  names <- colnames(qr$qr)
  effects <- qr.qty(qr, z * root)
  names(effects) <- rust_effect_names(length(effects), names, qr$rank)
  list(effects = effects, R = square_root(qr$qr, names), qr = structure(c(unclass(qr), tol = tolerance), class = "qr"))
}

# The upper triangle of a decomposition, with rows of the identity where there are fewer rows than columns.
square_root <- function(qr, names) {
  p <- ncol(qr)
  r <- diag(p)
  rows <- seq_len(min(nrow(qr), p))
  r[rows, ] <- qr[rows, ]
  r[row(r) > col(r)] <- 0
  dimnames(r) <- list(names, names)
  r
}

# list(effects, R, qr) whose numbers are made when somebody looks at one: shapes and names are known before.
late_decomposition <- function(x, fit, offset, tolerance) {
  p <- ncol(x)
  if (!p) return(list(effects = NULL, R = NULL, qr = NULL))
  weights <- fit$weights
  # without a vector of answers, or of weights, where all are 1
  n <- if (min(weights) > 0) length(weights) else sum(weights > 0)
  # an interrupt in the middle of a look at a number would harm R
  delayedAssign("made", suspendInterrupts(decompose(x, fit, offset, tolerance)))
  rank <- fit$rank
  pivot <- seq_len(p)
  if (rank < p) pivot <- order(is.na(fit$coefficients))
  names <- dimnames(x)[[2L]][pivot]
  effects <- `names<-`(rust_late(n, function() made$effects), rust_effect_names(n, names, rank))
  r <- `dim<-`(rust_late(p^2, function() made$R), c(p, p))
  dimnames(r) <- list(names, names)
  qr <- `dim<-`(rust_late(n * p, function() made$qr$qr), c(n, p))
  if (!is.null(dimnames(x))) {
    rows <- dimnames(x)[[1L]]
    dimnames(qr) <- list(if (n == nrow(x)) rows else rows[weights > 0], names)
  }
  qraux <- rust_late(p, function() made$qr$qraux)
  decomposition <- list(qr = qr, rank = rank, qraux = qraux, pivot = pivot, tol = tolerance)
  list(effects = effects, R = r, qr = `class<-`(decomposition, "qr"))
}

# As rank_tolerance() in the core.
rank_tolerance <- function(epsilon) max(100 * .Machine$double.eps, min(1e-7, epsilon / 1000))

# The model frame of a fit that has its rows. One that is made again must be that of the fit.
fitted_frame <- function(fit) {
  kept <- .subset2(fit, "model")
  if (!is.null(kept)) return(kept)
  frame <- stats::model.frame(fit)
  if (!is_frame_of(frame, fit)) {
    message <- "this fit keeps no model frame (`model = FALSE`), and it cannot be made again"
    abort(
      "rows", message, fit$call,
      x = "the data have changed since the fit", i = "fit with `model = TRUE` to keep it"
    )
  }
  frame
}

# Does a model frame tell the linear predictors, the response and the weights of the fit?
is_frame_of <- function(frame, fit) {
  call <- fit$call
  design <- design_from_frame(frame, fit$contrasts, call)
  coefficients <- as.double(ifelse(is.na(fit$coefficients), 0, fit$coefficients))
  if (nrow(frame) != length(fit$linear.predictors) || length(design$names) != length(coefficients)) return(FALSE)
  offset <- frame_offset(frame, call)
  response <- said_before(response_for(frame_response(frame), NULL, frame_weights(frame, call), fit$family, call))
  if (!is_native(fit$family)) {
    # a family of the user's own may make something else of them
    given <- list(
      start = NULL, etastart = NULL, mustart = NULL, offset = offset, control = fit$control,
      intercept = attr(attr(frame, "terms"), "intercept") > 0L
    )
    response <- said_before(initialize_family(fit$family, response, design, given, call))
    offset <- response$offset
  }
  eta <- rust_linear_predictor(design, coefficients, offset, call)
  kept <- .subset2(fit, "y")
  near <- function(x, y) isTRUE(all.equal(as.vector(x), as.vector(y), tolerance = 1e-6)) # made in another order of summation
  near(eta, fit$linear.predictors) && (is.null(kept) || near(response$y, as.double(kept))) &&
    near(response$weights %||% rep(1, nrow(frame)), fit$prior.weights)
}
