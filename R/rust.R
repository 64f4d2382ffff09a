# The only caller of the generated wrappers: every value of the Rust side passes through rust().

# The value of a call to Rust; a failure is raised as a classed error on the user's `call`, and a jump of R's that Rust
# has let pass (interrupt, error in a callback) goes on. `rows` are the row names that messages use, `family` is the
# core's name of the family that they are about.
rust <- function(result, call = NULL, rows = NULL, family = "") {
  if (!inherits(result, "glmrs_throw")) return(result)
  if (!is.null(result$token)) rethrow(result$token)
  condition <- result$condition
  message <- condition$message
  if (!is.null(condition$row)) {
    row <- if (is.null(rows)) format(condition$row) else rows[condition$row]
    message <- paste0(message, " (row ", row, ")")
  }
  fields <- condition[setdiff(names(condition), c("kind", "message"))]
  # the call is a value here, not something to evaluate
  do.call(abort, c(list(condition$kind, message, call), fields, i = hint_core_error(condition, family)), quote = TRUE)
}

rust_glm_fit <- function(design, data, family, control, options, call, rows = NULL, bias = NULL) {
  result <- if (is.null(bias)) {
    rs_glm_fit(design$spec, data, family, control, options)
  } else {
    rs_bias_fit(design$spec, data, family, control, options, bias_spec(bias))
  }
  columns <- if (inherits(result, "glmrs_throw")) result$condition$columns
  if (!is.null(columns)) abort_singular(design$names[columns], call)
  rust(result, call, rows, family[[1L]])
}

rust_glm_profile <- function(design, data, model, estimate, paths, options, call) {
  rust(rs_glm_profile(design, data, model, estimate, paths, options), call)
}

# `model` is from penalized_model(). Two columns: lower and upper limits.
rust_bias_limits <- function(model, which, root, call) {
  matrix(rust(do.call(rs_bias_limits, c(model, list(which, root)), quote = TRUE), call), ncol = 2L)
}

rust_bias_restricted <- function(model, sets, call) {
  rust(do.call(rs_bias_restricted, c(model, list(sets)), quote = TRUE), call)
}

rust_separation <- function(design, response, bounds, threads, call) {
  rust(rs_separation(design$spec, response$y, response$weights, bounds, threads), call)
}

rust_are_counts <- function(y, weights, call) rust(rs_are_counts(y, weights), call)

rust_wls <- function(design, z, weights, control, call) rust(rs_wls(design, z, weights, control), call)

rust_has_missing <- function(variables) rust(rs_has_missing(variables))

rust_fingerprint <- function(parts) rust(rs_fingerprint(parts))

rust_linear_predictor <- function(design, coefficients, offset = NULL, call = NULL) {
  rust(rs_linear_predictor(design, coefficients, offset, thread_spec()), call)
}

rust_quadratic_form <- function(design, matrix, center = NULL, call = NULL) {
  rust(rs_quadratic_form(design, matrix, center, thread_spec()), call)
}

rust_influence <- function(design, weights, residuals, aliased, do_coef, control, call = NULL) {
  rust(rs_influence(design, weights, residuals, aliased, do_coef, control), call)
}

# `names` are those of the rows.
rust_hc_meat <- function(design, rows, type, aliased, control, call, names) {
  result <- rs_hc_meat(design$spec, rows, type, aliased, control)
  places <- if (inherits(result, "glmrs_throw")) result$condition$rows
  if (!is.null(places)) abort_leverage(places, names[places] %||% places, type, call)
  rust(result, call)
}

rust_cluster_meat <- function(design, rows, codes, adjust, call) {
  rust(rs_cluster_meat(design$spec, rows, codes, adjust, thread_spec()), call)
}

rust_lagged_meat <- function(design, rows, order, weights, call) {
  rust(rs_lagged_meat(design$spec, rows, order, weights, thread_spec()), call)
}

rust_column_means <- function(design, call = NULL) rust(rs_column_means(design, thread_spec()), call)

# Means of linear predictors, their working residuals, and ones, each made when somebody asks for its numbers.
rust_means <- function(eta, link, names) deferred(as.double(length(eta)), eta, NULL, link, names)

rust_working_residuals <- function(eta, y, link, names) deferred(as.double(length(eta)), eta, y, link, names)

rust_ones <- function(n, names) deferred(as.double(n), NULL, NULL, NULL, names)

rust_block_covariance <- function(blocks) rust(rs_block_covariance(blocks))

rust_block_variances <- function(blocks) rust(rs_block_variances(blocks))

rust_block_quadratic_form <- function(design, blocks, call = NULL) {
  rust(rs_block_quadratic_form(design, blocks, thread_spec()), call)
}

rust_poisson_fit <- function(design, data, options, call, rows = NULL) {
  rust(rs_poisson_fit(design, data, options, thread_spec()), call, rows)
}

# What the user's functions raise passes through rust() as it was; parameters that are not determined get their names.
rust_m_minimise <- function(start, functions, options, names, call) {
  named_parameters(rs_m_minimise(start, functions, options), names, call)
}

rust_m_root <- function(start, functions, options, names, call) {
  named_parameters(rs_m_root(start, functions, options), names, call)
}

rust_robust_fit <- function(design, data, loss, options, call, rows) {
  named_parameters(rs_robust_fit(design$spec, data, loss, options, thread_spec()), design$names, call, rows)
}

rust_quantile_fit <- function(design, data, options, call, rows) {
  named_parameters(rs_quantile_fit(design$spec, data, options, thread_spec()), design$names, call, rows)
}

named_parameters <- function(result, names, call, rows = NULL) {
  columns <- if (inherits(result, "glmrs_throw")) result$condition$columns
  if (is.null(columns)) return(rust(result, call, rows))
  lost <- names[columns]
  what <- paste0("`", lost, "`", collapse = ", ")
  abort("singular", paste("not determined, once the parameters before it are:", what), call, parameters = lost)
}

# list(rows, means) of a generalized linear model at coefficients: rows n x p.
rust_score_rows <- function(design, data, family, theta, call) {
  found <- rust(rs_score_rows(design$spec, data, family, theta, thread_spec()), call)
  dim(found$rows) <- c(length(found$means), length(theta))
  found
}

# Draws of replicate `r`, which depend on `seed` and `r` alone.
rust_draw_rows <- function(n, seed, r) rust(rs_draw_rows(as.double(n), as.double(seed), as.double(r)))

rust_draw_weights <- function(n, seed, r) rust(rs_draw_weights(as.double(n), as.double(seed), as.double(r)))
