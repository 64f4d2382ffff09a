# The bridge: checked data and a design in, the numbers of a fit out, with the warnings that belong to them.

# `response` is from as_response(). `start`: list(coefficients, eta, mu), each NULL where it is not said where to begin.
# `null_model`: "mean", "offset" or "intercept", as stats::glm() and glm.fit() choose it; `rows`: their names, for messages;
# `bias` as from as_bias(); `spec` from spec_of_fit(); `keeps_data`: may what needs the data once more be made later (late-rows.R)?
# Returns what glm.fit() returns, without the parts that are made on demand (on-demand.R).
fit_design <- function(design, response, family, call, offset = NULL, control = default_control, start = NULL,
                       null_model = "mean", singular.ok = TRUE, rows = NULL, bias = NULL, spec = spec_of_fit(family),
                       keeps_data = FALSE) {
  n <- NROW(response$y)
  start <- list(
    eta = check_rows(start$eta, n, "etastart", call), mu = check_rows(start$mu, n, "mustart", call) %||% response$mustart,
    coefficients = if (!is.null(start$coefficients)) check_start(start$coefficients, design, call)
  )
  finds_theta <- inherits(family, "glmrs_theta")
  if (!is.null(spec)) {
    data <- list(response$y, response$weights, offset, response$trials, start$mu, start$eta, response$names)
    late <- keeps_data && n >= LATE_ROWS && is.null(bias) && is_least_squares(spec)
    options <- list(start$coefficients, singular.ok, null_model, finds_theta, late)
    tell <- if (control$trace) new_trace() else new_progress("Fitting", environment())
    fit <- rust_glm_fit(design, data, spec, control_spec(control, tell), options, call, rows, bias)
    if (late) fit <- with_late_rows(fit, design, response, offset, call)
    if (finds_theta) family <- family_with_theta(fit$theta, family$link, control, call)
    find <- function() if (is.null(bias)) separation_of(design, response, separation_bounds(family), control$threads, call)
    separation <- warn_about(fit, family, call, if (is.null(bias)) control$epsilon else 0, find)
  } else {
    separation <- NULL
    fit <- fit_custom(design, response, offset, family, control, start, null_model, singular.ok, rows, call)
  }
  parts <- new_fit_parts(fit, design, response, family, spec[c("link", "lambda")], null_model)
  parts$separation <- separation
  if (finds_theta) parts <- with_theta(parts, fit$theta)
  if (inherits(family, "glmrs_tweedie")) parts <- with_tweedie_likelihood(parts, response, family, control, call)
  if (is.null(bias)) parts else c(parts, bias_parts(fit, bias, family))
}

# The weighted least squares fit of `y`, without names of rows; `null_model` as in fit_design().
least_squares <- function(design, y, weights, null_model, call) {
  fit_design(design, as_response(y, NULL, weights, "gaussian", call), stats::gaussian(), call, null_model = null_model)
}

abort_singular <- function(columns, call) {
  what <- if (length(columns)) quoted(columns) else "columns without names"
  abort("singular", paste("singular fit encountered: the columns before it explain", what), call, columns = columns)
}

check_start <- function(start, design, call) {
  # a matrix need not have names
  names <- design$names %||% sprintf("column %d", seq_len(count_columns(design)))
  if (!is.numeric(start) || length(start) != length(names)) {
    abort("argument", sprintf(
      "length of `start` should equal %d and correspond to initial coefs for %s",
      length(names), paste(names, collapse = ", ")
    ), call)
  }
  bad <- which(!is.finite(start))[1L]
  if (!is.na(bad)) {
    message <- sprintf("`start` must be finite, but is %s for `%s`", format(start[[bad]]), names[bad])
    abort("argument", message, call, i = "give one number for each coefficient, or none")
  }
  as.double(start)
}

warn_not_converged <- function(iter, call, may_separate = TRUE) {
  hint <- "give a larger `maxit` or other starting values"
  if (may_separate) hint <- paste0(hint, "; coefficients without bound mean separation")
  warn("not_converged", "algorithm did not converge", call, x = sprintf("it stopped at iteration %d", iter), i = hint)
}

# What the fit tells about itself and the user should know. The words are R's own, for those who search for them. `find()`
# looks for separation, where means end near the border; what it found is the value.
warn_about <- function(fit, family, call, epsilon = 0, find = function() NULL) {
  if (isTRUE(fit$uneventful)) return(NULL)
  if (fit$step_divergence) warn("step", "step size truncated due to divergence", call)
  if (fit$step_bounds) warn("step", "step size truncated: out of bounds", call)
  if (fit$status == "non_finite_step") {
    warn("not_converged", sprintf("non-finite coefficients at iteration %d", fit$iter), call)
  }
  if (fit$status == "uninformative") {
    warn("not_converged", sprintf("no observations informative at iteration %d", fit$iter), call)
  }
  if (fit$status != "converged") {
    # estimates with less bias, which come with a dispersion, are finite
    warn_not_converged(fit$iter, call, is.null(fit$dispersion))
  }
  if (fit$boundary && fit$rank > 0L) warn("boundary", "algorithm stopped at boundary value", call)
  separation <- warn_of_separation(fit, family, call, epsilon, find)
  if (family$family == "poisson" && identical(fit$aic, Inf)) {
    warn("non_integer", "the response has values that are not whole numbers: the Poisson likelihood of the fit is 0", call)
  }
  if (!fit$null_converged) {
    warn("not_converged", "fitting to calculate the null deviance did not converge -- increase 'maxit'?", call)
  }
  separation
}
