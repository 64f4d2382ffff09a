# The fit of a model of categories: checked data and a design in, an object of class "glm_rs_categorical" out.

#' @exportS3Method
fit_model.glmrs_categorical <- function(family, request) {
  call <- request$call
  check_one_part(request)
  check_likelihood_request(request)
  mold <- mold_categories(checked_frame(call, request$env, data = request$data), family, request$contrasts, call)
  response <- value_or_null(request$formula[[2L]], request$data, environment(request$formula))
  mold$categories <- used_categories(mold$y, mold$weights, family$reference, levels(response), call)
  names <- category_parameters(family, mold)
  check_width(length(names), call, "leave out covariates, or join categories")
  start <- category_start(request$start, family, mold, names, call)
  control <- control_spec(request$control, new_progress("Fitting", environment()))
  fit <- fit_categories(family, mold, start, control, call)
  trace_likelihood(fit, request$control)
  if (!request$singular.ok && any(fit$aliased)) abort_singular(names[fit$aliased], call)
  object <- new_categorical(fit, names, family, request, mold)
  object$fitted.values <- category_probabilities(object, mold)
  warn_about_categories(object, mold, call)
  with_rows_asked_for(object, request, "fitted.values")
}

# list(frame, terms, y, weights, design, offset, names).
mold_categories <- function(frame, family, contrasts, call) {
  y <- needed_response(frame, call)
  terms <- attr(frame, "terms")
  ordered <- family$family == "cumulative"
  if (ordered && !attr(terms, "intercept")) {
    abort("formula", "the thresholds of a cumulative model are its intercepts: the formula must not take them out", call)
  }
  if (stats::is.empty.model(terms)) abort("formula", "the formula has no columns", call, i = "write 1 for constants: y ~ 1")
  list(
    frame = frame, terms = terms, y = as_categories(y, ordered, call), weights = frame_weights(frame, call),
    design = distinct_design(frame, contrasts, call), names = row.names(frame),
    offset = if (ordered) frame_offset(frame, call) else sum_of_offsets(frame, call)
  )
}

category_parameters <- function(family, mold) {
  k <- mold$categories
  if (family$family == "cumulative") return(c(mold$design$names[-1L], threshold_names(k)))
  as.vector(outer(mold$design$names, k[-1L], function(term, level) paste(level, term, sep = ":")))
}

threshold_names <- function(categories) paste(categories[-length(categories)], categories[-1L], sep = "|")

category_start <- function(start, family, mold, names, call) {
  if (is.null(start)) return(NULL)
  if (is.matrix(start)) start <- t(start)
  if (!is.numeric(start) || length(start) != length(names) || !all(is.finite(start))) {
    abort("argument", sprintf("`start` must be %d numbers, for %s", length(names), some_of(names)), call)
  }
  start <- as.double(start)
  if (family$family == "cumulative") {
    thresholds <- utils::tail(start, length(mold$categories) - 1L)
    if (is.unsorted(thresholds, strictly = TRUE)) abort("argument", "the thresholds of `start` must rise", call)
    start <- c(0, start)
  }
  start
}

# What the core finds; for ordered categories without the design's intercept.
fit_categories <- function(family, mold, start, control, call) {
  if (family$family == "cumulative") {
    fit <- rust_cumulative_fit(mold$design, cumulative_data(mold), family$link, start, control, call, mold$names)
    fit$parameters <- fit$parameters[-1L]
    fit$aliased <- fit$aliased[-1L]
    return(fit)
  }
  rust_multinomial_fit(mold$design, multinomial_data(mold, call), start, control, call, mold$names)
}

# What the core reads of the response: codes or counts, their categories, weights, offset.
cumulative_data <- function(mold) {
  list(code_categories(mold$y, mold$categories), length(mold$categories), mold$weights, mold$offset)
}

multinomial_data <- function(mold, call) {
  data <- cumulative_data(mold)
  data[4L] <- list(category_offset(mold$offset, mold$y, mold$categories, call))
  data
}

new_categorical <- function(fit, names, family, request, mold) {
  estimates <- stats::setNames(fit$parameters, names)
  estimates[fit$aliased] <- NA
  k <- mold$categories
  parts <- if (family$family == "cumulative") {
    thresholds <- length(names) - length(k) + 1L + seq_len(length(k) - 1L)
    list(coefficients = estimates[-thresholds], zeta = estimates[thresholds])
  } else {
    list(coefficients = matrix(estimates, length(k) - 1L, byrow = TRUE, dimnames = list(k[-1L], mold$design$names)))
  }
  counted <- if (is.factor(mold$y)) rep(TRUE, length(mold$y)) else rowSums(mold$y) > 0
  if (!is.null(mold$weights)) counted <- counted & mold$weights > 0
  n <- sum(counted)
  rank <- sum(!fit$aliased)
  own <- list(
    lev = k, deviance = -2 * fit$log_likelihood, aic = 2 * (rank - fit$log_likelihood), terms = mold$terms,
    contrasts = mold$design$contrasts, xlevels = covariate_levels(mold$terms, mold$frame), y = if (request$y) mold$y
  )
  parts <- c(parts, own, likelihood_parts(fit, names, n, rank, family, request, mold$frame))
  object <- new_model(parts, c(paste0("glm_rs_", family$family), "glm_rs_categorical"))
  if (request$x) object$x <- category_matrix(object, mold)
  object
}

# What the fit tells about itself and the user should know.
warn_about_categories <- function(fit, mold, call) {
  warn_of_search(fit, call)
  separated <- separated_categories(fit, mold)
  if (length(separated)) {
    warn("separation", paste("fitted probabilities numerically 0 or 1 occurred, of the category", in_quotes(separated)), call,
      categories = separated, i = "covariates that tell a category from the others have no finite coefficients: look at large standard errors"
    )
  }
}

# Categories at a distance from others that the likelihood only tells to be large, in some row.
separated_categories <- function(fit, mold) {
  distances <- category_distances(fit, mold)
  cdf <- cumulative_links[[fit$family$link]]$cdf
  far <- pmin(cdf(distances), cdf(distances, lower.tail = FALSE)) < NO_SHARE
  hit <- vapply(seq_len(ncol(distances)), function(k) {
    any(far[, k]) && any(far[, k] & is_unbounded(distances[, k], category_errors(fit, mold, k)))
  }, NA)
  # of the categories on both sides of a threshold; of one that all others are far from
  if (inherits(fit, "glm_rs_cumulative")) return(fit$lev[c(hit, FALSE) | c(FALSE, hit)])
  if (all(hit) && length(hit) > 1L) fit$lev[1L] else fit$lev[-1L][hit]
}

# What F is taken of: log odds against the reference, or how far a threshold is above the row. n x (K - 1).
category_distances <- function(fit, mold) {
  eta <- category_predictors(fit, mold)
  if (inherits(fit, "glm_rs_cumulative")) outer(-drop(eta), unname(fit$zeta), `+`) else eta
}

# Standard errors of a distance; for ordered categories the threshold is in the place of the intercept.
category_errors <- function(fit, mold, k) {
  design <- mold$design$names
  names <- if (inherits(fit, "glm_rs_multinomial")) paste(fit$lev[k + 1L], design, sep = ":") else c(names(fit$zeta)[k], design[-1L])
  covariance <- covariance_among(fit$cov.scaled, names)
  if (inherits(fit, "glm_rs_cumulative")) {
    covariance[1L, -1L] <- -covariance[1L, -1L]
    covariance[-1L, 1L] <- -covariance[-1L, 1L]
  }
  # of columns that hardly vary beside their size a small variance is a difference of large numbers, which may fall below zero
  sqrt(pmax(rust_quadratic_form(mold$design, unname(covariance), call = fit$call), 0))
}
