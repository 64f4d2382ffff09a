# Fits without rows, as model = FALSE and y = FALSE ask for: what has a value for each row is not kept. Asked for, it is
# made again by the same fit from the same data; a fingerprint of the model frame tells whether they are the same.

# Model frame and response are not among them: methods see by their absence that the user wants none.
row_parts <- c("residuals", "fitted.values", "linear.predictors", "weights", "prior.weights", "data", "offset")

# `fit` without its rows. Its element `rows`: how many there are, which parts are gone, Pearson's dispersion, which needs them, and
# the fingerprint of their frame.
without_rows <- function(fit, frame) {
  dispersion <- said_before(estimate_dispersion(fit))
  gone <- intersect(row_parts, names(fit))
  # an environment in the place of data, and no offset, take no memory
  gone <- gone[lengths(unclass(fit)[gone]) > 0L & !(gone == "data" & is.environment(.subset2(fit, "data")))]
  kept <- unclass(fit)[setdiff(names(fit), gone)]
  kept$rows <- list(n = nrow(frame), without = gone, dispersion = dispersion, fingerprint = fingerprint(frame))
  `class<-`(kept, class(fit))
}

is_without_rows <- function(fit) !is.null(.subset2(fit, "rows"))

# Anything of the model frame that changes a fit changes its fingerprint.
fingerprint <- function(frame) {
  memory <- function(x) if (is.numeric(x) || is.logical(x) || is.factor(x)) x else serialized(x)[-header]
  parts <- c(lapply(unclass(frame), memory), list(memory(lapply(unclass(frame), levels))))
  rust_fingerprint(unname(parts))
}

serialized <- function(x) serialize(x, NULL, version = 2L)

# The format and which R has written it: another R, of the same data, writes something else there.
header <- seq_len(14L)

# `fit` with its rows. A fit that has them comes back as it is.
with_rows <- function(fit) {
  if (!is_without_rows(fit)) return(fit)
  call <- findable_call(fit$call, environment(fit$terms))
  # what the call names may be a function that calls ours
  call[[1L]] <- quote(glmrs::glm_rs)
  call[c("formula", "family", "contrasts")] <- .subset(fit, c("formula", "family", "contrasts"))
  # theta is found again, too
  if (!is.null(fit$theta)) call$family <- negative_binomial(link = fit$family$link)
  call[c("model", "y")] <- TRUE
  again <- tryCatch(
    said_before(eval(call, environment(fit$terms))),
    error = function(e) abort_without_rows(fit, conditionMessage(e), parent = e)
  )
  if (!identical(fingerprint(again$model), .subset2(fit, "rows")$fingerprint)) {
    abort_without_rows(fit, "the data, or what else the call needs, have changed since the fit")
  }
  # controls and starting values may be other ones now
  if (!isTRUE(all.equal(again$coefficients, fit$coefficients, tolerance = 1e-6))) {
    abort_without_rows(fit, "the arguments of the call have changed since the fit: it has other coefficients now")
  }
  # what is known of a parameter that the family had to find is not found again
  own <- setdiff(names(fit), "rows")
  again[own] <- .subset(fit, own)
  again
}

# A summary is of use without its residuals, too.
with_rows_if_possible <- function(fit) {
  if (!is_without_rows(fit)) return(fit)
  tryCatch(with_rows(fit), glmrs_error_rows = function(e) {
    warn("rows", "the summary has no deviance residuals", fit$call, x = conditionMessage(e$parent %||% e))
    fit
  })
}

abort_without_rows <- function(fit, why, ...) {
  message <- "this fit keeps no rows (`model = FALSE, y = FALSE`), and they cannot be made again"
  abort("rows", message, fit$call, ..., x = why, i = "fit with `y = TRUE` to keep them")
}

#' @export
nobs.glm_rs <- function(object, ...) {
  if (is_without_rows(object)) as.integer(object$df.residual + object$rank) else NextMethod()
}

#' @export
logLik.glm_rs <- function(object, ...) {
  if (!is_without_rows(object)) return(NextMethod())
  # of the residuals it asks how many there are
  object$residuals <- numeric(.subset2(object, "rows")$n)
  stats::logLik(`class<-`(object, c("glm", "lm")), ...)
}
