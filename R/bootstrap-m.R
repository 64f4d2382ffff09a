# The bootstrap of M-estimators: their functions get other rows or weights.

bootstrap_m <- function(fit, times, type, cluster, seed, threads, call) {
  times <- check_times(times, length(fit$coefficients), call)
  if (!is.null(threads)) threads <- check_count(threads, "threads", call)
  type <- check_choice(type, m_bootstraps, "type", call)
  seed <- bootstrap_seed(seed, call)
  if (type == "pairs" && !is.null(cluster)) {
    abort("cluster", '`cluster` is not used by type = "pairs", only by "cluster", "bayesian" and "score"', call)
  }
  cluster <- clusters_or_own(fit, cluster, call)
  if (type == "cluster" && is.null(cluster)) abort_no_cluster(call)
  if (type == "pairs") cluster <- NULL
  # the step of a score needs no rows of the data
  if (type != "score" && is.null(cluster)) check_several_rows(count_units(fit, NULL, call), call)
  found <- m_replicates(fit, times, type, cluster, seed, threads, call)
  failed <- vapply(found, is.character, NA)
  why <- character(times)
  why[failed] <- unlist(found[failed])
  kept <- !is.na(fit$coefficients)
  estimate <- fit$coefficients[kept]
  replicates <- matrix(NA_real_, times, length(estimate), dimnames = list(NULL, names(estimate)))
  if (!all(failed)) replicates[!failed, ] <- do.call(rbind, found[!failed])[, kept]
  drawn <- new_bootstrap(
    replicates, why, estimate, type, seed, call, caveats = caveats_of(fit),
    clusters = if (!is.null(cluster)) max(cluster_codes(cluster, NROW(cluster), call)),
    acceleration = if (type != "score" && !is.null(fit$meat)) influence_acceleration(fit, cluster, call)
  )
  check_spread(apply(kept_replicates(drawn), 2L, stats::sd), sqrt(diag(stats::vcov(fit)))[kept], call)
  drawn
}

# The cluster of each row, by default that of the fit.
clusters_or_own <- function(fit, cluster, call) {
  # without a score nothing but the data says how many rows there are
  given <- is.null(cluster) || is.na(function_rows(fit)) && !inherits(cluster, "formula")
  if (given) cluster %||% fit$cluster else cluster_of_rows(fit, cluster, call)
}

# For each replicate its coefficients, or a message that says why there are none. The `type` "without" draws nothing: replicate
# r is the fit without unit r.
m_replicates <- function(fit, times, type, cluster, seed, threads, call) {
  if (type != "score") {
    if (fit$kind == "regression") return(resampled_regressions(fit, times, type, cluster, seed, threads, call))
    if (!is.null(fit$settings$core)) return(resampled_stack(fit, times, type, cluster, seed, threads, call))
  }
  replicate <- if (type == "score") {
    score_replicate(fit, cluster, seed, call)
  } else {
    refit_replicate(fit, type, cluster, seed, call)
  }
  count <- new_counter("Replicates", times, environment())
  lapply(seq_len(times), function(r) {
    found <- tryCatch(replicate(r), error = function(e) conditionMessage(e))
    count()
    found
  })
}

# The estimate of replicate r, by another fit from the estimate.
refit_replicate <- function(fit, type, cluster, seed, call) {
  # as many moments as parameters have no weights
  if (!is.null(fit$weighting) && fit$moments != "iid") {
    message <- sprintf("moments weighted for \"%s\" rows cannot be resampled", fit$moments)
    abort("bootstrap", message, call, i = "bootstrap(type = \"score\") takes one step from the estimate")
  }
  resample <- resampled_problem(fit, type == "bayesian", call)
  n <- resample$n
  groups <- if (!is.null(cluster)) cluster_codes(cluster, n, call)
  members <- if (!is.null(groups)) split(seq_len(n), groups)
  function(r) {
    count <- if (is.null(groups)) n else length(members)
    if (type == "bayesian") {
      weights <- rust_draw_weights(count, seed, r)
      problem <- resample$with_weights(weights[groups %||% seq_len(n)])
    } else {
      rows <- if (type == "without") seq_len(count)[-r] else rust_draw_rows(count, seed, r)
      if (!is.null(groups)) rows <- unlist(members[rows], use.names = FALSE)
      problem <- resample$with_rows(rows)
    }
    again <- search_again(fit, problem$functions, problem$data, call)
    if (!again$converged) abort("not_converged", status_in_words(again$status), call)
    again$coefficients
  }
}

# The estimate of replicate r, by one step with the bread of the fit.
score_replicate <- function(fit, cluster, seed, call) {
  if (is.null(fit$meat)) abort("inference", "without `score` there are no rows to weigh: use type = \"pairs\"", call)
  psi <- estimating_functions(fit)
  n <- nrow(psi)
  if (is.null(cluster)) check_several_rows(n, call)
  if (!is.null(cluster)) psi <- rowsum(psi, cluster_codes(cluster, n, call), reorder = FALSE)
  steps <- psi %*% t(fit$bread) / n
  kept <- !is.na(fit$coefficients)
  function(r) {
    step <- (rust_draw_weights(nrow(steps), seed, r) - 1) %*% steps
    replace(fit$coefficients, kept, fit$coefficients[kept] + drop(step))
  }
}

# For BCa intervals, by the influence of rows or clusters.
influence_acceleration <- function(fit, cluster, call) {
  influence <- estimating_functions(fit) %*% t(fit$bread)
  if (!is.null(cluster)) influence <- rowsum(influence, cluster_codes(cluster, nrow(influence), call), reorder = FALSE)
  acceleration_of(influence)
}

# That nothing varies is no result: the functions did not see what was drawn. `spread`: the standard errors that were found.
check_spread <- function(spread, errors, call) {
  # a search that begins at its end moves by rounding errors, a part of its tolerance
  if (all(spread <= 1e-4 * errors)) {
    abort("bootstrap", paste(
      "no replicate differs from the estimate: the functions do not look at what is resampled. They should use the",
      "argument `data` only, or its element `indices` where it has an element `n`, or have an argument `weights`"
    ), call)
  }
}
