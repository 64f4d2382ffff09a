# Covariances of M-estimators: their own kinds, and those that sums of estimating functions have in common with scores.

# As covariance_of() gives it, with the `type`.
m_covariance <- function(fit, type, options, call) {
  # confint() and summary() take `type`, too
  if (is.null(type)) {
    type <- options$type
    options$type <- NULL
  }
  if (is.null(type)) type <- if (!is.null(options$cluster)) "cluster" else default_m_type(fit)
  if (inherits(type, "formula")) {
    options$cluster <- type
    type <- "cluster"
  }
  if (is.matrix(type) || is.function(type)) return(c(covariance_of(fit, type, options, call), list(type = "given")))
  known <- c("sandwich", "HC0", "qmle", "HC1", "cluster", "HAC", "DK", "OPG", "model", "jackknife", "bootstrap")
  type <- check_choice(type, known, "type", call, hint_of_bootstrap(type))
  found <- switch(type,
    model = own_covariance(fit, m_model_covariance, "model", options, call),
    sandwich = , HC0 = , qmle = , HC1 = own_covariance(fit, m_sandwich, type, options, call),
    jackknife = m_jackknife_covariance(fit, options, call),
    bootstrap = m_bootstrap_covariance(fit, options, call),
    {
      if (type == "cluster") options$cluster <- options$cluster %||% fit$cluster
      if (type == "HAC" && is.null(options$bandwidth)) options$lag <- options$lag %||% fit$lag
      if (type == "OPG" && fit$kind != "objective") {
        abort("inference", "\"OPG\" is for the score of a likelihood: estimating equations have none", call)
      }
      refuse_leverages(type, options, "M-estimators", call)
      covariance_of(scored_m_estimate(fit, call), type, options, call)
    }
  )
  c(found, list(type = type))
}

# What moments are weighted for is what their rows are taken for.
default_m_type <- function(fit) {
  if (is.null(fit$meat)) return("model")
  switch(fit$moments %||% "iid", iid = "sandwich", fit$moments)
}

own_covariance <- function(fit, covariance, type, options, call) {
  check_options(options, NULL, type, call)
  list(matrix = covariance(fit, type, call), label = type)
}

m_model_covariance <- function(fit, type, call) {
  if (!is.null(fit$cov.model)) return(fit$cov.model)
  if (!is.null(fit$hessian)) {
    tolerance <- rank_tolerance_of(fit$gradient_from, fit$functions)
    return(solve_named(fit$hessian, names(fit$coefficients), call, tolerance))
  }
  abort("inference", "estimating equations have no second derivatives of an objective: use \"sandwich\"", call)
}

m_sandwich <- function(fit, type, call) {
  if (is.null(fit$meat)) abort_no_score(call)
  scale <- if (type == "HC1") fit$nobs / (fit$nobs - nrow(fit$meat)) else 1
  fit$bread %*% (scale * fit$meat) %*% t(fit$bread) / function_rows(fit)
}

abort_no_score <- function(call) {
  abort("inference", "without `score` there is no sandwich: fit with it, or use type = \"model\"", call)
}

# The rows of the estimating functions, by which bread and meat are means: those without weight are among them.
function_rows <- function(fit) if (fit$kind == "regression") length(fit$residuals) else fit$nobs

m_bootstrap_covariance <- function(fit, options, call) {
  check_options(options, c("times", "boot_type", "cluster", "seed", "threads"), "bootstrap", call)
  type <- options$boot_type %||% if (!is.null(options$cluster %||% fit$cluster)) "cluster" else "pairs"
  type <- check_choice(type, m_bootstraps, "boot_type", call)
  drawn <- bootstrap_m(fit, options$times %||% 999, type, options$cluster, options$seed, options$threads, call)
  list(matrix = stats::vcov(drawn), label = sprintf("bootstrap (%s, %d replicates)", type, nrow(kept_replicates(drawn))))
}

# Fits without each row or cluster. Those of a quantile jump from one row to another: their variance is not that of the estimate
# (Efron, 1982, The Jackknife, the Bootstrap and Other Resampling Plans, section 3.4).
m_jackknife_covariance <- function(fit, options, call) {
  if (identical(fit$loss$name, "quantile")) {
    abort("covariance", "the jackknife of a quantile is wrong in samples of any size", call, i = 'use "bootstrap"')
  }
  check_options(options, c("cluster", "center", "refit", "threads"), "jackknife", call)
  center <- check_center(options$center, call)
  check_refit(options$refit, FALSE, call)
  threads <- if (!is.null(options$threads)) check_count(options$threads, "threads", call)
  cluster <- clusters_or_own(fit, options$cluster, call)
  count <- count_units(fit, cluster, call)
  if (is.null(cluster)) check_several_rows(count, call)
  found <- m_replicates(fit, count, "without", cluster, 0, threads, call)
  failed <- which(vapply(found, is.character, NA))[1L]
  what <- if (is.null(cluster)) "row" else "cluster"
  if (!is.na(failed)) abort("covariance", sprintf("there is no fit without %s %d: %s", what, failed, found[[failed]]), call)
  kept <- !is.na(fit$coefficients)
  matrix <- jackknife_of(do.call(rbind, found)[, kept, drop = FALSE], fit$coefficients[kept], center)
  check_spread(sqrt(diag(matrix)), sqrt(diag(stats::vcov(fit)))[kept], call)
  list(matrix = matrix, label = sprintf("jackknife, %d %ss, each fitted without", count, what), robust = TRUE)
}

# How many rows (those without weight do not count) or clusters of them can be left out.
count_units <- function(fit, cluster, call) {
  n <- if (fit$kind == "regression") length(fit$residuals) else fit$settings$core$rows %||% resampled_problem(fit, FALSE, call)$n
  counted <- if (fit$kind == "regression") rep_len(fit$weights %||% 1, n) > 0 else rep(TRUE, n)
  if (is.null(cluster)) sum(counted) else length(unique(cluster_codes(cluster, n, call)[counted]))
}

# The parts that kinds of covariances look at; the estimating functions are its score rows.
scored_m_estimate <- function(fit, call) {
  if (is.null(fit$meat)) abort_no_score(call)
  kept <- fit$coefficients[!is.na(fit$coefficients)]
  structure(
    list(
      coefficients = kept, cov.unscaled = fit$bread / function_rows(fit), rank = length(kept),
      df.residual = fit$nobs - length(kept), family = stats::poisson(), control = default_control, call = fit$call,
      terms = fit$terms, data = data_of_m_estimate(fit), na.action = fit$na.action, whole = fit
    ),
    class = "glmrs_scored_fit"
  )
}

# Where the variables of a formula are.
data_of_m_estimate <- function(fit) {
  if (is.data.frame(fit$data)) fit$data else value_or_null(fit$call$data, environment(fit$terms))
}

# The values of a formula, or of a vector, in the rows of the fit.
cluster_of_rows <- function(fit, cluster, call) {
  rows <- function_rows(fit)
  # without a score nothing but the data says how many there are
  if (is.na(rows)) rows <- if (is.data.frame(fit$data)) nrow(fit$data) else abort_no_frame(fit$data, call)
  fit$data <- data_of_m_estimate(fit)
  fit$linear.predictors <- numeric(rows)
  one_variable(row_values(fit, cluster, "cluster", call), "cluster", call)
}

abort_no_frame <- function(data, call) {
  message <- paste("the variables of `cluster` are looked for in a data frame, but `data` of the fit is", describe(data))
  abort("cluster", message, call, i = "give `cluster` as a vector, one value for each row")
}

#' @exportS3Method
model_mold.m_estimate <- function(fit) {
  scores <- estimating_functions(fit)
  list(scores = scores, weights = fit$weights, names = rownames(scores) %||% as.character(seq_len(nrow(scores))))
}

#' @exportS3Method
model_scores.m_estimate <- function(fit, mold) mold$scores
