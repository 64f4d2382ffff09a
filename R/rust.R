# The only caller of the generated wrappers: every value of the Rust side passes through rust().

# The value of a call to Rust; a failure is raised as a classed error on the user's `call`, and a jump of R's that Rust
# has let pass (interrupt, error in a callback) goes on. `rows` are the row names that messages use, `family` is the
# core's name of the family that they are about; can the user say where to `start`?
rust <- function(result, call = NULL, rows = NULL, family = "", start = TRUE) {
  if (!inherits(result, "glmrs_throw")) return(result)
  if (!is.null(result$token)) rethrow(result$token)
  condition <- result$condition
  message <- condition$message
  if (!is.null(condition$row)) {
    row <- if (is.null(rows)) format(condition$row) else rows[condition$row]
    message <- paste0(message, " (row ", row, ")")
  }
  fields <- condition[setdiff(names(condition), c("kind", "message"))]
  # the core asks for starting values
  if (!start) message <- sub(": please specify some", "", message, fixed = TRUE)
  hint <- hint_core_error(condition, call, family, start)
  # the call is a value here, not something to evaluate
  do.call(abort, c(list(condition$kind, message, call), fields, i = hint), quote = TRUE)
}

rust_glm_fit <- function(design, data, family, control, options, call, rows = NULL, bias = NULL) {
  result <- if (is.null(bias)) {
    rs_glm_fit(design$spec, data, family, control, options)
  } else {
    rs_bias_fit(design$spec, data, family, control, options, bias_spec(bias))
  }
  columns <- if (inherits(result, "glmrs_throw")) result$condition$columns
  if (!is.null(columns)) abort_singular(design$names[columns], call)
  rust(result, call, rows, family$family)
}

rust_glm_profile <- function(design, data, model, estimate, paths, options, call) {
  rust(rs_glm_profile(design$spec, data, model, estimate, paths, options), call)
}

# `model` is from penalized_model(). Two columns: lower and upper limits.
rust_bias_limits <- function(model, which, root, call) {
  matrix(rust(do.call(rs_bias_limits, c(model, list(which, root)), quote = TRUE), call), ncol = 2L)
}

rust_bias_restricted <- function(model, sets, call) {
  rust(do.call(rs_bias_restricted, c(model, list(sets)), quote = TRUE), call)
}

# `evidence`: NULL, or list(weights, residuals), working ones of a fit of the data.
rust_separation <- function(design, response, bounds, evidence, threads, call) {
  rust(rs_separation(design$spec, response$y, response$weights, bounds, evidence, threads), call)
}

rust_are_counts <- function(y, weights, call) rust(rs_are_counts(y, weights), call)

rust_wls <- function(design, z, weights, control, call) rust(rs_wls(design$spec, z, weights, control), call)

rust_integer_range <- function(x) rust(rs_integer_range(x))

rust_count_positive <- function(x) rust(rs_count_positive(x))

rust_has_missing <- function(variables) rust(rs_has_missing(variables))

rust_fingerprint <- function(parts) rust(rs_fingerprint(parts))

rust_linear_predictor <- function(design, coefficients, offset = NULL, call = NULL) {
  rust(rs_linear_predictor(design$spec, coefficients, offset, thread_spec()), call)
}

# The sum of weights * (y - mu)^2, all doubles.
rust_squares <- function(y, mu, weights) rust(rs_squares(y, mu, weights))

rust_quadratic_form <- function(design, matrix, center = NULL, call = NULL) {
  rust(rs_quadratic_form(design$spec, matrix, center, thread_spec()), call)
}

rust_influence <- function(design, weights, residuals, aliased, inverse, do_coef, control, call = NULL) {
  rust(rs_influence(design$spec, weights, residuals, aliased, inverse, do_coef, control), call)
}

# `names` are those of the rows.
rust_hc_meat <- function(design, rows, type, aliased, inverse, control, call, names) {
  result <- rs_hc_meat(design$spec, rows, type, aliased, inverse, control)
  places <- if (inherits(result, "glmrs_throw")) result$condition$rows
  if (!is.null(places)) abort_leverage(places, names[places] %||% places, type, call)
  rust(result, call)
}

rust_cluster_meat <- function(design, rows, codes, adjust, call) {
  rust(rs_cluster_meat(design$spec, rows, codes, adjust, thread_spec()), call)
}

rust_adjusted_meat <- function(design, rows, codes, type, wanted, aliased, control, call) {
  rust(rs_adjusted_meat(design$spec, rows, codes, type, wanted, aliased, control), call)
}

rust_lagged_meat <- function(design, rows, order, clock, weights, call) {
  rust(rs_lagged_meat(design$spec, rows, order, clock, weights, thread_spec()), call)
}

rust_lagged_sums_meat <- function(design, rows, times, weights, call) {
  rust(rs_lagged_sums_meat(design$spec, rows, times, weights, thread_spec()), call)
}

# Shape: n x p.
rust_fitted_score_rows <- function(design, rows, call) {
  matrix(rust(rs_fitted_score_rows(design$spec, rows, thread_spec()), call), length(rows[[1L]]))
}

rust_column_means <- function(design, call = NULL) rust(rs_column_means(design$spec, thread_spec()), call)

# Means of linear predictors, their working residuals, and ones, each made when somebody asks for its numbers.
rust_means <- function(eta, link, names) deferred(as.double(length(eta)), eta, NULL, link, names)

rust_working_residuals <- function(eta, y, link, names) deferred(as.double(length(eta)), eta, y, link, names)

rust_ones <- function(n, names) deferred(as.double(n), NULL, NULL, NULL, names)

# `n` doubles that `make()` returns when somebody asks for them.
rust_late <- function(n, make) late(as.double(n), make)

# The names that glm.fit() gives `n` effects of which `rank` belong to columns: without names of columns there are fewer than
# effects.
rust_effect_names <- function(n, columns, rank) {
  effect_names(as.double(n), as.character(columns[seq_len(rank)]), as.double(n - rank))
}

rust_block_covariance <- function(blocks, chosen) rust(rs_block_covariance(blocks, chosen, thread_spec()))

rust_block_variances <- function(blocks) rust(rs_block_variances(blocks))

rust_block_product <- function(blocks, v) rust(rs_block_product(blocks, v))

# `own`: NULL for all columns, or which of them a row has; the others are 0.
rust_block_quadratic_form <- function(design, blocks, own = NULL, call = NULL) {
  rust(rs_block_quadratic_form(design$spec, blocks, own, thread_spec()), call)
}

rust_poisson_fit <- function(design, data, options, call) {
  rust(rs_poisson_fit(design$spec, data, options, thread_spec()), call, start = FALSE)
}

# The user's functions (`problem`: R/m-estimate-closures.R) are called by these. What they raise passes through rust() as it
# was; what the core says about parameters gets their names.
rust_m_memory <- function() rust(rs_m_memory())

rust_m_calls <- function(problem) rust(rs_m_calls(problem$memory))

rust_m_value <- function(problem, name, theta) rust(rs_m_value(problem$spec, problem$memory, name, theta))

rust_m_slope <- function(problem, slope, theta, call) {
  rust(rs_m_slope(problem$spec, problem$memory, slope, theta), call)
}

rust_m_minimise <- function(problem, start, slope, options, call) {
  result <- rs_m_minimise(problem$spec, problem$memory, start, slope, options)
  found_parameters(result, "objective", problem$spec$labels, call)
}

rust_m_root <- function(problem, start, options, call) {
  result <- rs_m_root(problem$spec, problem$memory, start, options)
  found_parameters(result, "psi", problem$spec$labels, call)
}

# Blocks: see R/stack-fit.R.
rust_stack_root <- function(blocks, start, limits, call) {
  result <- rs_stack_root(blocks, unname(start), limits, thread_spec())
  found_parameters(result, "psi", names(start), call)
}

rust_resample_stack <- function(blocks, start, limits, draws, threads, call) {
  rust(rs_resample_stack(blocks, unname(start), limits, draws, thread_spec(threads)), call)
}

rust_robust_fit <- function(design, data, loss, options, call, rows) {
  named_parameters(rs_robust_fit(design$spec, data, loss, options, thread_spec()), design$names, call, rows)
}

rust_quantile_fit <- function(design, data, options, call, rows) {
  named_parameters(rs_quantile_fit(design$spec, data, options, thread_spec()), design$names, call, rows)
}

rust_resample_regression <- function(design, data, loss, options, draws, threads, call) {
  rust(rs_resample_regression(design$spec, data, loss, options, draws, thread_spec(threads)), call)
}

# The value of a search for the parameters of the function `what`.
found_parameters <- function(result, what, names, call) {
  failure <- if (inherits(result, "glmrs_throw")) result$condition
  if (identical(failure$kind, "start")) abort_no_value(what, call)
  if (identical(failure$kind, "no_derivative")) {
    theta <- stats::setNames(failure$theta, names)
    abort("no_derivative", sprintf(
      "the derivative by `%s` is not finite at theta = %s", names[failure$parameter], show_parameters(theta)
    ), call, theta = theta)
  }
  named_parameters(result, names, call)
}

named_parameters <- function(result, names, call, rows = NULL) {
  columns <- if (inherits(result, "glmrs_throw")) result$condition$columns
  if (is.null(columns)) return(rust(result, call, rows))
  lost <- names[columns]
  abort("singular", paste("not determined, once the parameters before it are:", quoted(lost)), call, parameters = lost)
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

# list(replicates, errors, aliased, why), the first two as columns one after the other.
rust_bootstrap_fits <- function(design, data, model, estimate, scheme, draws, call) {
  rust(rs_bootstrap_fits(design$spec, data, model, estimate, scheme, draws), call)
}

rust_bootstrap_steps <- function(design, rows, estimate, scheme, draws, control, call) {
  rust(rs_bootstrap_steps(design$spec, rows, estimate, scheme, draws, control), call)
}

rust_bootstrap_acceleration <- function(design, rows, aliased, units, control, call) {
  rust(rs_bootstrap_acceleration(design$spec, rows, aliased, units, control), call)
}

# Of the two parts of a model.
specs_of <- function(designs) list(designs$count$spec, designs$zero$spec)

rust_zero_fit <- function(designs, data, model, start, control, call, rows) {
  rust(rs_zero_fit(specs_of(designs), data, model, start, control), call, rows)
}

# Each list(replicates, errors, aliased, why), as rust_bootstrap_fits(); `request` is list(estimate, scheme, draws, control).
rust_zero_bootstrap <- function(designs, data, model, request, call) {
  rust(rs_zero_bootstrap(specs_of(designs), data, model, request), call)
}

rust_count_bootstrap <- function(design, data, model, request, call) {
  rust(rs_count_bootstrap(design$spec, data, model, request), call)
}

rust_multinomial_bootstrap <- function(design, data, request, call) {
  rust(rs_multinomial_bootstrap(design$spec, data, request), call)
}

rust_cumulative_bootstrap <- function(design, data, link, request, call) {
  rust(rs_cumulative_bootstrap(design$spec, data, link, request), call)
}

rust_choice_bootstrap <- function(design, data, request, call) {
  rust(rs_choice_bootstrap(design$spec, data, request), call)
}

# Each a matrix of lower and upper limits, NaN where there is none; `request` is that of held_limits().
rust_zero_limits <- function(designs, data, model, request, call) {
  matrix(rust(rs_zero_limits(specs_of(designs), data, model, request), call), ncol = 2L)
}

rust_count_limits <- function(design, data, model, request, call) {
  matrix(rust(rs_count_limits(design$spec, data, model, request), call), ncol = 2L)
}

rust_multinomial_limits <- function(design, data, request, call) {
  matrix(rust(rs_multinomial_limits(design$spec, data, request), call), ncol = 2L)
}

rust_cumulative_limits <- function(design, data, link, request, call) {
  matrix(rust(rs_cumulative_limits(design$spec, data, link, request), call), ncol = 2L)
}

rust_choice_limits <- function(design, data, request, call) {
  matrix(rust(rs_choice_limits(design$spec, data, request), call), ncol = 2L)
}

# n x p, without names.
rust_zero_scores <- function(designs, data, model, parameters, call) {
  scores <- rust(rs_zero_scores(specs_of(designs), data, model, parameters, thread_spec()), call)
  matrix(scores, length(data[[1L]]), length(parameters))
}

rust_count_fit <- function(design, data, model, start, control, call, rows = NULL) {
  rust(rs_count_fit(design$spec, data, model, start, control), call, rows)
}

# n x p, without names.
rust_count_scores <- function(design, data, model, parameters, call) {
  scores <- rust(rs_count_scores(design$spec, data, model, parameters, thread_spec()), call)
  matrix(scores, length(data[[1L]]), length(parameters))
}

rust_multinomial_fit <- function(design, data, start, control, call, rows) {
  rust(rs_multinomial_fit(design$spec, data, start, control), call, rows)
}

rust_cumulative_fit <- function(design, data, link, start, control, call, rows) {
  rust(rs_cumulative_fit(design$spec, data, link, start, control), call, rows)
}

rust_choice_fit <- function(design, data, start, control, call, rows) {
  rust(rs_choice_fit(design$spec, data, start, control), call, rows)
}

# list(dispersion, log_likelihood) at the dispersion of largest likelihood.
rust_tweedie_likelihood <- function(y, weights, deviance, p, threads, call) {
  rust(rs_tweedie_likelihood(y, weights, list(deviance, p), thread_spec(threads)), call)
}

rust_tweedie_density <- function(y, mu, phi, p, call) {
  rust(rs_tweedie_density(y, mu, phi, p, thread_spec()), call)
}
