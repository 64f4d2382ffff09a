# How resampled rows reach a regression by formula: as resampled_problem() does it for functions.

resampled_regression <- function(fit, needs_weights, call) {
  frame <- fit$model
  if (is.null(frame)) abort("bootstrap", "the fit has no model frame: there are no rows to resample", call)
  quantiles <- fit$loss$name == "quantile"
  if (needs_weights && !quantiles && !is.null(fit$weights) && fit$settings$wt.method == "inv.var") {
    abort("bootstrap", "weights for variances cannot be weighted again: use type = \"pairs\"", call)
  }
  # warm: and the same solution of a loss that has several
  if (!quantiles) fit$settings$start <- ifelse(is.na(fit$coefficients), 0, fit$coefficients)
  mold <- function(frame, weights = frame_weights(frame, call)) {
    list(
      design = design_from_frame(frame, fit$contrasts, call), y = frame_response(frame), weights = weights,
      offset = frame_offset(frame, call)
    )
  }
  problem <- function(mold, wt.method = fit$settings$wt.method) {
    fit$settings$wt.method <- wt.method
    list(refit = function() regress_again(fit, mold, call))
  }
  list(
    n = nrow(frame),
    with_rows = function(rows) problem(mold(frame[rows, , drop = FALSE])),
    with_weights = function(w) problem(mold(frame, w * (fit$weights %||% 1)), "case")
  )
}
