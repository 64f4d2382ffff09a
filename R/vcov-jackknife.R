# The jackknife: what the coefficients would be without each row or cluster, by one step or by a fit.

jackknife_covariance <- function(fit, call, cluster = NULL, center = "mean", refit = NULL) {
  center <- check_center(center, call)
  refit <- check_refit(refit, is.null(fit$whole), call)
  rows <- score_rows(fit, call)
  codes <- clusters_of(rows, cluster %||% seq_along(rows$values[[1L]]), call)
  if (length(codes) > 1L) abort("cluster", "the jackknife deletes clusters in one way", call)
  count <- length(unique(codes[[1L]][rows$values[[1L]] > 0]))
  if (is.null(cluster)) check_several_rows(count, call)
  check_several_clusters(stats::setNames(count, names(codes)), call)
  matrix <- if (refit) {
    what <- if (is.null(cluster)) "row" else "the cluster of row"
    jackknife_of(fits_without(rows$fit, codes[[1L]], what, call), fit$coefficients[kept_names(fit)], center)
  } else {
    if (is.null(cluster)) check_leverages(leverages(rows$fit), rows$fit, "jackknife", call)
    found <- adjusted_meat(rows, codes[[1L]], "CR3", FALSE, call)
    (count - 1) / count * sandwich_of(fit, found$meat - if (center == "mean") tcrossprod(found$sum) / count else 0)
  }
  what <- if (is.null(cluster)) "rows" else sprintf("clusters of %s", names(codes))
  list(
    matrix = matrix, robust = TRUE,
    label = sprintf("jackknife, %d %s%s", count, what, if (refit) ", each fitted without" else ""),
    clusters = if (!is.null(cluster)) stats::setNames(count, names(codes))
  )
}

check_center <- function(center, call) check_choice(center %||% "mean", c("mean", "estimate"), "center", call)

# Is a fit made without each unit? By default where there is no other way.
check_refit <- function(refit, has_leverages, call) {
  refit <- check_flag(refit %||% !has_leverages, "refit", call)
  if (!refit && !has_leverages) {
    abort("covariance", "one step without a row needs leverages, which this fit does not have", call, i = "leave `refit` out")
  }
  refit
}

# Of fits without each of G units, G x r, about their mean or the estimate of all rows.
jackknife_of <- function(without_each, estimate, center) {
  count <- nrow(without_each)
  centre <- if (center == "mean") colMeans(without_each) else estimate
  (count - 1) / count * crossprod(sweep(without_each, 2L, centre))
}

# The coefficients that are not aliased of the fits without each cluster: G x r. `codes`: the cluster of each row; `what` is left
# out.
fits_without <- function(fit, codes, what, call) {
  if (!is.null(fit$bias)) refuse_bias(fit, "others would have their bias: there is no jackknife of fits", call)
  whole <- fit$whole %||% fit
  units <- as.integer(units_with_weight(codes, (fit$prior.weights %||% fit$weights) > 0))
  draws <- c(max(units), 0)
  control <- bootstrap_control(whole, NULL, call)
  found <- if (is.null(fit$whole)) {
    fit_replicates(fit, list("weights", "without", units), draws, control, call)
  } else {
    replicates_of(whole, list(list("without", units), draws, control), call)
  }
  failed <- which(found$why != "")[1L]
  if (!is.na(failed)) {
    row <- names(fit$linear.predictors)[match(failed, units)] %||% match(failed, units)
    why <- sub("the drawn data", "the rest", found$why[failed], fixed = TRUE)
    abort("covariance", sprintf("there is no fit without %s %s: %s", what, row, why), call)
  }
  all <- matrix(found$replicates, draws[1L], dimnames = list(NULL, names(fit$coefficients)))
  all[, !is.na(fit$coefficients), drop = FALSE]
}
