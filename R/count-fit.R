# The fit of a model of counts that is no generalized linear model: checked data and a design in, an object of class
# "glm_rs_count" out.

#' @exportS3Method
fit_model.glmrs_count <- function(family, request) {
  call <- request$call
  check_one_part(request)
  check_likelihood_request(request)
  mold <- mold_counts(checked_frame(call, request$env, data = request$data), request$contrasts, call)
  response <- count_response(mold$y, mold$names, mold$weights, family$family, call)
  check_range(response$y, mold, family, call)
  # the coefficients of another fit may be aliased
  start <- if (!is.null(request$start)) check_start(replace(request$start, is.na(request$start), 0), mold$design, call)
  control <- control_spec(request$control, new_progress("Fitting", environment()))
  data <- list(response$y, mold$weights, mold$offset)
  found <- rust_count_fit(mold$design, data, count_spec(family), start, control, call, mold$names)
  trace_likelihood(found, request$control)
  if (!request$singular.ok && any(found$aliased)) abort_singular(mold$design$names[found$aliased], call)
  fit <- new_count_fit(found, family, request, mold, response)
  fit$separation <- warn_about_counts(fit, mold, response$y, request$control, call)
  with_rows_asked_for(fit, request, c("fitted.values", "linear.predictors"))
}

# list(frame, terms, y, weights, design, offset, names).
mold_counts <- function(frame, contrasts, call) {
  y <- needed_response(frame, call)
  terms <- attr(frame, "terms")
  list(
    frame = frame, terms = terms, y = y, weights = frame_weights(frame, call), design = distinct_design(frame, contrasts, call),
    offset = frame_offset(frame, call), names = row.names(frame)
  )
}

# Without a count above zero nothing tells the mean's logarithm, and a zero has no place in truncated counts.
check_range <- function(y, mold, family, call) {
  counted <- if (is.null(mold$weights)) rep(TRUE, length(y)) else mold$weights > 0
  if (!is_truncated(family)) {
    if (all(y[counted] == 0)) abort("response", "every count is zero: nothing says how large counts above zero are", call)
    return(invisible())
  }
  zero <- which(y == 0 & counted)
  if (length(zero)) {
    row <- zero[1L]
    abort("response", sprintf("the response of a zero-truncated model has no zeros (row %s)", mold$names[row]), call,
      row = row, i = "subset = y > 0 leaves them out; hurdle() models them, too"
    )
  }
}

# list(variance, theta, truncated), as the core reads it.
count_spec <- function(family, theta = family$spec$theta) list(family$spec$variance, theta, is_truncated(family))

new_count_fit <- function(found, family, request, mold, response) {
  estimated <- is.na(family$spec$theta)
  names <- c(mold$design$names, if (length(found$parameters) > length(mold$design$names)) LOG_THETA)
  estimates <- stats::setNames(replace(found$parameters, found$aliased, NA), names)
  theta <- if (found$poisson) Inf else exp(estimates[LOG_THETA][[1L]])
  status <- if (found$poisson) "poisson" else if (found$status == "converged") "converged" else "not converged"
  n <- if (is.null(mold$weights)) length(response$y) else sum(mold$weights > 0)
  rank <- sum(!found$aliased[seq_along(mold$design$names)]) + estimated
  parts <- likelihood_parts(found, names, n, rank, family, request, mold$frame)
  own <- list(
    coefficients = estimates[seq_along(mold$design$names)], theta = if (estimated) theta,
    SE.theta = if (estimated) if (found$poisson) NA_real_ else theta * sqrt(parts$cov.scaled[LOG_THETA, LOG_THETA]),
    theta.status = if (estimated) status, terms = mold$terms, contrasts = mold$design$contrasts,
    xlevels = covariate_levels(mold$terms, mold$frame), weights = mold$weights, offset = mold$offset,
    y = if (request$y) with_names(response$given, mold$names)
  )
  object <- new_model(c(own, parts), "glm_rs_count")
  if (request$x) object$x <- distinct_matrix(mold$terms, mold$frame, request$contrasts)
  law <- count_law(object, mold)
  object$linear.predictors <- with_names(law$eta, mold$names)
  object$fitted.values <- with_names(count_means(object, law), mold$names)
  object
}

# What the fit tells about itself and the user should know. Where it goes to a boundary no search converges. The value is what
# separates the data.
warn_about_counts <- function(fit, mold, y, control, call) {
  law <- count_law(fit, mold)
  truncated <- is_truncated(fit$family)
  if (truncated && all(law$size < NO_SIZE)) {
    warn("boundary", "theta and mu go to 0: the counts have a logarithmic series distribution, the intercept has no bound", call)
    return(NULL)
  }
  if (truncated && all(law$mu < NO_MEAN)) {
    warn("boundary", "no count is above 1, or hardly any: mu goes to 0, its coefficients have no bound", call)
    return(NULL)
  }
  warn_of_search(fit, call)
  if (fit$converged && fit$observed && identical(fit$theta, Inf)) {
    warn("boundary", "theta is infinite: the counts vary no more than Poisson counts", call,
      i = sprintf("this is the fit of the Poisson distribution: %s has it without theta", if (truncated) "zero_truncated()" else "poisson()")
    )
  }
  warn_of_separated_counts(mold$design, if (truncated) y - 1 else y, mold$weights, law$mu, "", control, call)
}
