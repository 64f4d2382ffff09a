# The jackknife: what the coefficients would be without each row or cluster, by one step or by a fit.

jackknife_covariance <- function(fit, call, cluster = NULL, center = c("mean", "estimate"), refit = FALSE) {
  center <- check_choice(center, c("mean", "estimate"), "center", call)
  refit <- check_flag(refit, "refit", call)
  rows <- score_rows(fit, call)
  codes <- clusters_of(rows, cluster %||% seq_along(rows$values[[1L]]), call)
  if (length(codes) > 1L) abort("cluster", "the jackknife deletes clusters in one way", call)
  count <- length(unique(codes[[1L]][rows$values[[1L]] > 0]))
  check_several_clusters(stats::setNames(count, names(codes)), call)
  matrix <- if (refit) {
    without_each <- fits_without(rows$fit, codes[[1L]], call)
    centre <- if (center == "mean") colMeans(without_each) else fit$coefficients[colnames(without_each)]
    crossprod(sweep(without_each, 2L, centre))
  } else {
    found <- adjusted_meat(rows, codes[[1L]], "CR3", FALSE, call)
    sandwich_of(fit, found$meat - if (center == "mean") tcrossprod(found$sum) / count else 0)
  }
  what <- if (is.null(cluster)) "rows" else sprintf("clusters of %s", names(codes))
  list(
    matrix = (count - 1) / count * matrix, robust = TRUE,
    label = sprintf("jackknife, %d %s%s", count, what, if (refit) ", each fitted without" else ""),
    clusters = if (!is.null(cluster)) stats::setNames(count, names(codes))
  )
}

# The coefficients that are not aliased of the fits without each cluster: G x r. `codes`: the cluster of each row.
fits_without <- function(fit, codes, call) {
  if (!is.null(fit$bias)) refuse_bias(fit, "others would have their bias: there is no jackknife of fits", call)
  counts <- fit$prior.weights > 0
  units <- match(codes, unique(codes[counts])) * counts
  draws <- c(max(units), 0)
  control <- bootstrap_control(fit, NULL, call)
  found <- fit_replicates(fit, list("without", "without", as.integer(units)), draws, control, call)
  failed <- which(found$why != "")[1L]
  if (!is.na(failed)) {
    row <- names(fit$linear.predictors)[match(failed, units)] %||% match(failed, units)
    abort("covariance", sprintf("there is no fit without the cluster of row %s: %s", row, found$why[failed]), call,
      i = "refit = FALSE takes one step from the estimate"
    )
  }
  all <- matrix(found$replicates, draws[1L], dimnames = list(NULL, names(fit$coefficients)))
  all[, !is.na(fit$coefficients), drop = FALSE]
}
