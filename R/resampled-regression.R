# Regressions by formula, fitted again by the core to draws of their rows.

# For each replicate its coefficients, or a message that says why there are none.
resampled_regressions <- function(fit, times, type, cluster, seed, threads, call) {
  frame <- fit$model
  if (is.null(frame)) abort("bootstrap", "the fit has no model frame: there are no rows to resample", call)
  settings <- fit$settings
  if (type == "bayesian" && fit$loss$name != "quantile" && !is.null(fit$weights) && settings$wt.method == "inv.var") {
    abort("bootstrap", "weights for variances cannot be weighted again: use type = \"pairs\"", call)
  }
  # warm: and the same solution of a loss that has several
  settings$start <- ifelse(is.na(fit$coefficients), 0, fit$coefficients)
  data <- list(plain_double(frame_response(frame)), frame_weights(frame, call), frame_offset(frame, call))
  groups <- if (!is.null(cluster)) cluster_codes(cluster, nrow(frame), call)
  if (any(data[[2L]] == 0)) groups <- units_with_weight(groups, data[[2L]] > 0)
  draws <- list(type, seed, times, groups, new_progress("Replicates", environment()), which(!is.na(fit$coefficients)))
  found <- rust_resample_regression(
    regression_design(fit), data, core_loss(fit$loss), core_settings(fit$loss, settings), draws, threads, call
  )
  replicates_or_reasons(found, names(fit$coefficients))
}

# `found`: list(coefficients, failures) of the core's, a column and a text for each replicate.
replicates_or_reasons <- function(found, names) {
  failed <- nzchar(found$failures)
  lapply(seq_along(failed), function(r) {
    if (failed[r]) found$failures[r] else stats::setNames(found$coefficients[, r], names)
  })
}
