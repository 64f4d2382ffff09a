# The scores of the rows of a fit, as far as covariances need them: sums of their products, which Rust forms.

# More coefficients are not taken to matrices of all of them.
MANY_COEFFICIENTS <- 5000L

# list(fit, design, values, n): the fit with its rows, their weights and residuals, and how many have a weight. `observations`:
# those rows alone that are observations of their own, whose places row_values() then finds in the fit.
score_rows <- function(fit, call, observations = FALSE) UseMethod("score_rows")

#' @exportS3Method
score_rows.default <- function(fit, call, observations = FALSE) {
  if (fit$rank > MANY_COEFFICIENTS) {
    message <- sprintf("robust covariances of %d coefficients are not computed: the limit is %d", fit$rank, MANY_COEFFICIENTS)
    abort("covariance", message, call)
  }
  fit <- with_rows(fit)
  values <- list(looked_at(fit$weights), looked_at(fit$residuals))
  list(fit = fit, design = design_from_fit(fit), values = values, n = rust_count_positive(values[[1L]]))
}

# The meat of a kind of HC.
hc_meat <- function(rows, type, call) {
  fit <- rows$fit
  aliased <- is.na(fit$coefficients)
  inverse <- known_inverse(fit)
  control <- factor_control(fit, call)
  meat <- rust_hc_meat(rows$design, rows$values, type, aliased, inverse, control, call, names(fit$linear.predictors))
  as_meat(meat, fit)
}

# The unscaled covariance where a fit has it, whole.
known_inverse <- function(fit) if (is.double(inverse <- .subset2(fit, "cov.unscaled"))) inverse

# The control of a fit, as far as it concerns the factor of its information.
factor_control <- function(fit, call) control_spec(as_control(as_control(fit$control, call)["epsilon"], call))

# list(meat, sum, df, counts) of clusters whose residuals are adjusted for their leverages: "CR2" or "CR3". `wanted`: TRUE for degrees
# of freedom of each coefficient, or a matrix of combinations of those that are not aliased, m x r.
adjusted_meat <- function(rows, codes, type, wanted, call) {
  fit <- rows$fit
  aliased <- is.na(fit$coefficients)
  # what the working model says of a row's variance, up to the dispersion
  variances <- if (type == "CR2") plain_double(fit$family$variance(fit$fitted.values) / fit$prior.weights)
  values <- c(rows$values, list(variances))
  found <- rust_adjusted_meat(rows$design, values, codes, type, wanted, aliased, factor_control(fit, call), call)
  df <- if (is.matrix(wanted)) found$df else if (!is.null(found$df)) stats::setNames(found$df, kept_names(fit))
  list(meat = as_meat(found$meat, fit), sum = found$sum[!aliased], df = df, counts = found$count)
}

# list(meat, counts) of several clusterings, by inclusion and exclusion of their intersections. No working model says what
# degrees of freedom a difference of such meats has.
adjusted_meat_of_ways <- function(rows, codes, type, call) {
  sets <- unlist(lapply(seq_along(codes), utils::combn, x = seq_along(codes), simplify = FALSE), recursive = FALSE)
  parts <- lapply(sets, function(set) adjusted_meat(rows, intersections(codes[set]), type, FALSE, call))
  signed <- Map(function(part, set) (-1)^(length(set) + 1L) * part$meat, parts, sets)
  list(meat = Reduce(`+`, signed), counts = vapply(parts[seq_along(codes)], `[[`, 0L, "counts"))
}

# Codes of the pairs, triples, ... of clusters that occur.
intersections <- function(codes) {
  Reduce(function(a, b) {
    pairs <- a + (b - 1) * max(a)
    match(pairs, unique(pairs))
  }, codes)
}

# list(meat, counts), for a list of codes.
cluster_meat <- function(rows, codes, adjust, call) {
  found <- rust_cluster_meat(rows$design, rows$values, codes, adjust, call)
  list(meat = as_meat(found$meat, rows$fit), counts = found$counts)
}

lagged_meat <- function(rows, order, clock, weights, call) {
  as_meat(rust_lagged_meat(rows$design, rows$values, order, clock, weights, call), rows$fit)
}

lagged_sums_meat <- function(rows, times, weights, call) {
  as_meat(rust_lagged_sums_meat(rows$design, rows$values, times, weights, call), rows$fit)
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs <- function(x, ...) {
  # those of series are series
  if (inherits(x$y, c("ts", "zoo"))) return(NextMethod())
  rows <- score_rows(x, x$call)
  fit <- rows$fit
  # n numbers are divided, not n x p
  values <- list(rows$values[[1L]], rows$values[[2L]] / score_dispersion(rows))
  found <- rust_fitted_score_rows(rows$design, values, x$call)
  aliased <- is.na(fit$coefficients)
  if (any(aliased)) found <- found[, !aliased, drop = FALSE]
  dimnames(found) <- list(names(fit$linear.predictors), kept_names(fit))
  stats::naresid(fit$na.action, found)
}

# Without aliased columns.
as_meat <- function(columns, fit) {
  aliased <- is.na(fit$coefficients)
  meat <- matrix(columns, length(aliased), length(aliased))[!aliased, !aliased, drop = FALSE]
  dimnames(meat) <- list(kept_names(fit), kept_names(fit))
  meat
}

# The dispersion as package sandwich takes it.
score_dispersion <- function(rows) {
  family <- rows$fit$family$family
  if (family %in% c("poisson", "binomial") || startsWith(family, "Negative Binomial")) return(1)
  weights <- rows$values[[1L]]
  sum(row_scores(rows)^2) / sum(weights)
}

# What each row of the model matrix is multiplied by.
row_scores <- function(rows) ifelse(rows$values[[1L]] > 0, rows$values[[1L]] * rows$values[[2L]], 0)

# n / df, the small-sample factor of HC1.
ratio_to_df <- function(fit, n, call) {
  if (fit$df.residual > 0) return(n / fit$df.residual)
  abort("covariance", "no residual degrees of freedom are left, by which \"HC1\" divides", call)
}

check_leverages <- function(leverages, fit, type, call) {
  alone <- which(leverages >= 1)
  if (length(alone)) abort_leverage(alone, names(fit$linear.predictors)[alone] %||% alone, type, call)
}

abort_leverage <- function(places, names, type, call) {
  shown <- paste(utils::head(names, 10L), collapse = ", ")
  if (length(names) > 10L) shown <- paste0(shown, ", ... (", length(names), " rows)")
  abort(
    "leverage", sprintf("\"%s\" divides by 1 - leverage, which is 0 for rows that decide a coefficient alone: %s", type, shown),
    call, rows = places, i = "\"HC0\" and \"HC1\" do without leverages"
  )
}
