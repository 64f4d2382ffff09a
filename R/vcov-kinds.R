# The kinds of covariances. A kind is a function of the fit, the user's call and the kind's own options, that gives
# list(matrix, label, robust, clusters, ssc, df, df_of, dispersion): see covariance_of().

model_covariance <- function(fit, call, dispersion = NULL) {
  found <- list(label = "of the model", dispersion = dispersion)
  found$matrix <- (dispersion %||% estimate_dispersion(fit)) * unscaled_covariance(fit)
  found
}

# A kind without options.
hc_kind <- function(type, label = sprintf("heteroscedasticity-consistent (%s)", type)) {
  force(label)
  function(fit, call) {
    rows <- score_rows(fit, call)
    scale <- if (type == "HC1") ratio_to_df(fit, rows$n, call) else 1
    list(matrix = scale * sandwich_of(fit, hc_meat(rows, type, call)), label = label, robust = TRUE)
  }
}

opg_covariance <- function(fit, call) {
  rows <- score_rows(fit, call)
  meat <- hc_meat(rows, "HC0", call)
  # in units of its diagonal, that covariates of other units are not taken for a singular matrix
  size <- sqrt(diag(meat))
  no_inverse <- function(e) abort("covariance", "the products of the scores have no inverse: there is no OPG covariance", call)
  if (!all(size > 0)) no_inverse()
  inverse <- tryCatch(chol2inv(chol(meat / outer(size, size))), error = no_inverse)
  matrix <- score_dispersion(rows)^2 * inverse / outer(size, size)
  dimnames(matrix) <- dimnames(meat)
  list(matrix = matrix, label = "OPG, the outer product of gradients")
}

cluster_covariance <- function(fit, call, cluster = NULL, ssc = NULL) {
  ssc <- check_ssc(ssc, call)
  rows <- score_rows(fit, call)
  codes <- clusters_of(rows, cluster, call)
  adjusted <- ssc$type %in% c("CR2", "CR3")
  if (length(codes) > 1L && ssc$type == "CR1p") {
    ways <- paste(names(codes), collapse = " and ")
    abort("cluster", sprintf("\"%s\" is for clusters in one way, not by %s", ssc$type, ways), call)
  }
  found <- if (adjusted && length(codes) > 1L) {
    adjusted_meat_of_ways(rows, codes, ssc$type, call)
  } else if (adjusted) {
    adjusted_meat(rows, codes[[1L]], ssc$type, is.null(ssc$df), call)
  } else {
    cluster_meat(rows, codes, ssc$cadjust, call)
  }
  counts <- stats::setNames(found$counts[seq_along(codes)], names(codes))
  check_several_clusters(counts, call)
  scale <- switch(ssc$type,
    HC1 = , CR1S = ratio_to_df(fit, rows$n - 1, call),
    CR1p = counts[[1L]] / clusters_left(counts, fit$rank, call),
    1
  )
  label <- paste(sprintf("%s (%d clusters)", names(counts), counts), collapse = " and ")
  df_of <- function(combinations) adjusted_meat(rows, codes[[1L]], ssc$type, combinations, call)$df
  list(
    matrix = scale * sandwich_of(fit, found$meat), label = paste("clustered by", label), robust = TRUE,
    clusters = counts, ssc = ssc, df = chosen_df(ssc$df, fit, counts) %||% found$df, df_of = if (!is.null(found$df)) df_of
  )
}

check_several_clusters <- function(counts, call) {
  if (all(counts > 1)) return(invisible())
  name <- names(counts)[counts < 2][1L]
  abort("cluster", sprintf("all rows are in one cluster of `%s`: there is no variation between clusters", name), call)
}

clusters_left <- function(count, rank, call) {
  if (count > rank) return(count - rank)
  abort("cluster", sprintf("\"CR1p\" needs more clusters (%d) than coefficients (%d)", count, rank), call)
}

hac_covariance <- function(fit, call, lag = NULL, kernel = "Bartlett", bandwidth = NULL, order_by = NULL, panel = NULL,
                           ssc = NULL) {
  ssc <- check_ssc_in_time(ssc, call)
  kernel <- check_choice(kernel, names(hac_kernels), "kernel", call)
  rows <- score_rows(fit, call, observations = TRUE)
  in_order <- if (is.null(panel)) {
    list(order = order_of_rows(rows$fit, order_by, call), times = length(rows$values[[1L]]))
  } else {
    panel_order(rows$fit, panel, order_by, call)
  }
  series <- if (is.null(panel)) score_series(rows, in_order$order, call = call)
  bandwidth <- hac_bandwidth(rows, kernel, lag, bandwidth, in_order$times, series, call)
  weights <- kernel_weights(kernel, bandwidth, in_order$times)
  scale <- if (ssc$type == "HC1") ratio_to_df(fit, rows$n, call) else 1
  where <- if (is.null(panel)) "" else " within units"
  label <- sprintf("HAC%s, %s kernel, bandwidth %s", where, kernel, format(bandwidth, digits = 4L))
  matrix <- scale * sandwich_of(fit, lagged_meat(rows, in_order$order, in_order$clock, weights, call))
  list(matrix = matrix, label = label, robust = TRUE, ssc = ssc, df = chosen_df(ssc$df, fit))
}

bootstrap_covariance <- function(fit, call, times = 999, boot_type = NULL, cluster = NULL, distribution = "rademacher",
                                 seed = NULL, threads = NULL) {
  if (is.null(boot_type)) boot_type <- if (is.null(cluster)) "pairs" else "cluster"
  whole <- fit$whole
  boot_type <- check_choice(boot_type, if (is.null(whole)) glm_bootstraps else model_bootstraps, "boot_type", call)
  drawn <- if (is.null(whole)) {
    bootstrap_glm(fit, times, boot_type, cluster, distribution, seed, threads, call)
  } else {
    bootstrap_model(whole, times, boot_type, cluster, distribution, seed, threads, call)
  }
  kept <- nrow(kept_replicates(drawn))
  if (kept < times) {
    message <- sprintf("%d of %d replicates failed and are left out", times - kept, times)
    warn("bootstrap", message, call, x = names(drawn$failures)[1L])
  }
  clusters <- if (!is.null(drawn$clusters)) stats::setNames(drawn$clusters, name_of_cluster(cluster))
  of <- if (!is.null(clusters)) sprintf(" of %d clusters by %s", clusters, names(clusters))
  label <- sprintf("bootstrap (%s, %d replicates%s)", boot_type, kept, paste(of, collapse = ""))
  list(matrix = stats::vcov(drawn), label = label, robust = TRUE, clusters = clusters)
}

# What one clustering is called, as row_values() names it.
name_of_cluster <- function(cluster) {
  if (inherits(cluster, "formula")) return(attr(stats::terms(cluster), "term.labels"))
  if (is.data.frame(cluster)) names(cluster) else "cluster"
}

driscoll_kraay_covariance <- function(fit, call, time = NULL, lag = NULL, kernel = "Bartlett", bandwidth = NULL,
                                      ssc = NULL) {
  if (is.null(time)) {
    abort("argument", "`time` is missing: it says which rows are of the same time", call, i = "time = ~ year, say")
  }
  ssc <- check_ssc_in_time(ssc, call)
  kernel <- check_choice(kernel, names(hac_kernels), "kernel", call)
  rows <- score_rows(fit, call)
  times <- time_codes(one_variable(row_values(rows$fit, time, "time", call), "time", call), rows$values[[1L]] > 0)
  count <- max(times)
  if (count < 2L) abort("time", "all rows are of one time: there is no variation between times", call)
  bandwidth <- hac_bandwidth(rows, kernel, lag, bandwidth, count, score_series(rows, times = times, call = call), call)
  meat <- lagged_sums_meat(rows, times, kernel_weights(kernel, bandwidth, count), call)
  scale <- if (ssc$type == "HC1") ratio_to_df(fit, rows$n, call) else 1
  label <- sprintf("Driscoll-Kraay, %d times, %s kernel, bandwidth %s", count, kernel, format(bandwidth, digits = 4L))
  list(matrix = scale * sandwich_of(fit, meat), label = label, robust = TRUE, ssc = ssc, df = chosen_df(ssc$df, fit))
}

covariance_kinds <- list(
  model = model_covariance, HC0 = hc_kind("HC0"), HC1 = hc_kind("HC1"), HC2 = hc_kind("HC2"), HC3 = hc_kind("HC3"),
  HC4 = hc_kind("HC4"), HC4m = hc_kind("HC4m"), HC5 = hc_kind("HC5"), sandwich = hc_kind("HC0", "sandwich (HC0)"),
  qmle = hc_kind("HC0", "quasi-maximum likelihood (HC0)"), OPG = opg_covariance, cluster = cluster_covariance,
  jackknife = jackknife_covariance, HAC = hac_covariance, DK = driscoll_kraay_covariance, bootstrap = bootstrap_covariance
)

# A matrix of the user's, for all coefficients or for those that are not aliased.
given_covariance <- function(fit, matrix, options, call) {
  check_options(options, NULL, "matrix", call)
  list(matrix = as_kept_covariance(fit, matrix, call), label = "of the matrix that was given")
}

computed_covariance <- function(fit, compute, options, call) {
  matrix <- do.call(compute, c(list(fit), options), quote = TRUE)
  list(matrix = as_kept_covariance(fit, matrix, call), label = "of the function that was given")
}

as_kept_covariance <- function(fit, matrix, call) {
  aliased <- is.na(fit$coefficients)
  names <- names(fit$coefficients)
  sizes <- unique(c(length(aliased), sum(!aliased)))
  if (!is.matrix(matrix) || !is.numeric(matrix) || nrow(matrix) != ncol(matrix) || !nrow(matrix) %in% sizes) {
    expected <- paste(sprintf("%d x %d", sizes, sizes), collapse = " or ")
    abort("argument", sprintf("a covariance must be a numeric matrix of %s, one row for each coefficient", expected), call)
  }
  # products of nearly singular matrices are symmetric to some digits only
  if (!isTRUE(all.equal(unname(matrix), t(unname(matrix)), tolerance = 1e-5))) {
    abort("argument", "a covariance must be a symmetric matrix", call)
  }
  matrix[] <- (matrix + t(matrix)) / 2
  whole <- nrow(matrix) == length(aliased)
  expected <- if (whole) names else names[!aliased]
  if (!is.null(rownames(matrix)) && !identical(rownames(matrix), expected)) {
    wrong <- which(rownames(matrix) != expected)[1L]
    abort("argument", sprintf(
      "row %d of the covariance is called `%s`, but the coefficient `%s`", wrong, rownames(matrix)[wrong], expected[wrong]
    ), call)
  }
  if (whole) matrix <- matrix[!aliased, !aliased, drop = FALSE]
  dimnames(matrix) <- list(names[!aliased], names[!aliased])
  matrix
}
