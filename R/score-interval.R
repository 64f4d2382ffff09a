# Intervals of the values that a robust score test does not reject.

# `robust` is the covariance at the estimate: it tells how far to go.
robust_score_limits <- function(fit, parm, tails, vcov, options, robust, call) {
  check_scores_covariance(vcov, options, call)
  fit <- with_rows(fit)
  if (is.nan(said_before(estimate_dispersion(fit)))) {
    abort("profile", "there is no profile without residual degrees of freedom: the dispersion has no estimate", call)
  }
  df <- rep_len(df_of_coefficients(fit, robust), fit$rank)
  quantiles <- stats::qt(tails[2L], with_aliased(df, fit$coefficients))
  errors <- sqrt(estimate_dispersion(fit) * unscaled_variances(fit))
  # some steps beyond where the limit would be if the statistic were that of Wald
  reach <- 1.5 * quantiles * with_aliased(pmax(errors, errors_of(robust$matrix), na.rm = TRUE), fit$coefficients)
  root_at <- score_roots(fit, vcov, options, call)
  limits <- matrix(NA_real_, length(parm), 2L, dimnames = list(names(fit$coefficients)[parm], NULL))
  kept <- which(!is.na(fit$coefficients[parm]))
  separation <- known_separation(fit)
  if (!is.null(separation)) fit <- at_least_deviance(fit)
  signs <- signs_of_infinity(separation, length(fit$coefficients))[parm]
  for (i in kept[signs[kept] %in% 0]) {
    column <- parm[i]
    for (j in 1:2) limits[i, j] <- score_limit(fit, column, c(-1, 1)[j] * reach[column], root_at, quantiles[column])
  }
  infinite <- setdiff(kept, which(signs %in% 0))
  if (length(infinite)) {
    root_of <- function(trace, column) root_at(utils::tail(points_of(trace, fit), 1L), column)
    # only the coefficients on a path are asked for, not its statistic
    limits[infinite, ] <- walked_limits(fit, parm[infinite], signs[infinite], quantiles[parm[infinite]], "LRT", 1, root_of, call)
  }
  warn_of_unreached(limits[kept, , drop = FALSE], "robust score statistic", call, separation)
  limits[is.nan(limits)] <- NA
  limits
}

# Where the root first reaches the quantile as the coefficient goes by `reach` from its estimate, or by up to 32 times as
# much: with few clusters a statistic is bounded by about their number, and rises slowly far from the estimate. NaN where it
# does not, or not before means are too large to compute it.
score_limit <- function(fit, column, reach, root_at, quantile) {
  estimate <- fit$coefficients[[column]]
  beyond <- function(coefficients) sign(reach) * root_at(coefficients, column) - quantile
  last <- function(step) {
    path <- path_to(fit, column, step)
    if (nrow(path) < PATH_STEPS) NA else beyond(path[PATH_STEPS, ])
  }
  limit_before <- function(near, far) if (is.null(far)) NaN else estimate + crossing(last, near, far)
  near <- c(0, -quantile)
  for (times in 2^(0:5)) {
    path <- path_to(fit, column, times * reach)
    steps <- path[, column] - estimate
    for (i in which(abs(steps) > abs(near[1L]) * (1 + 1e-9))) { # not once more but for rounding errors
      far <- c(steps[i], beyond(path[i, ]))
      if (is.na(far[2L])) return(limit_before(near, reached_before(last, near, far[1L])))
      if (far[2L] >= 0) return(limit_before(near, far))
      near <- far
    }
    if (nrow(path) < PATH_STEPS) return(limit_before(near, reached_before(last, near, times * reach)))
  }
  NaN
}

# The first point, c(step, value), with a value of at least 0 on the way from `near` to a step without any; NULL for none.
reached_before <- function(f, near, nowhere) {
  step <- near[1L]
  for (halving in 1:10) {
    middle <- (step + nowhere) / 2
    value <- f(middle)
    if (is.na(value)) {
      nowhere <- middle
    } else if (value >= 0) {
      return(c(middle, value))
    } else {
      step <- middle
    }
  }
}

PATH_STEPS <- 12

# The coefficients of fits with one of them held, ever farther up to `distance` from its estimate; fewer where a search
# fails.
path_to <- function(fit, column, distance) {
  path <- data.frame(sign = sign(distance), column = column, step = distance / PATH_STEPS)
  options <- list(test = "LRT", limit = Inf, steps = PATH_STEPS)
  # far from the estimate fits are at boundaries, and searches may fail: that a limit is not found is told
  trace <- said_before(follow_paths(fit, estimate_dispersion(fit), path, options, FALSE))[[1L]]
  points_of(trace, fit)
}

# The coefficients of a path, a row for each step; NA for those that are aliased there.
points_of <- function(trace, fit) {
  points <- matrix(trace$points, ncol = length(fit$coefficients), byrow = TRUE)
  points[is.nan(points)] <- NA
  points
}

# The root of a function between two points, c(x, value) each; NaN where it has no value on the way to it.
crossing <- function(f, near, far, tolerance = 1e-6 * abs(far[1L])) {
  ends <- list(near, far)[order(c(near[1L], far[1L]))]
  callCC(function(leave) {
    known <- function(x) {
      value <- f(x)
      if (is.na(value)) leave(NaN) else value
    }
    range <- c(ends[[1L]][1L], ends[[2L]][1L])
    stats::uniroot(known, range, f.lower = ends[[1L]][2L], f.upper = ends[[2L]][2L], tol = tolerance)$root
  })
}

# A function of coefficients, of which one is held, that gives the signed root of its score statistic: one step of Newton's
# from there over its standard error, see score_test(). NA where means or weights overflow.
score_roots <- function(fit, vcov, options, call) {
  data <- refit_data(fit)
  family <- fit$family
  aliased <- is.na(fit$coefficients)
  # what a family of the user's own makes of a response of several columns is known by its fit alone
  y <- if (is_native(family)) data$response$y else recovered_response(fit)
  root <- function(coefficients, column) {
    eta <- rust_linear_predictor(data$design, as.double(coefficients), data$offset, call)
    slope <- family$mu.eta(eta)
    fit$linear.predictors <- with_names(eta, names(fit$linear.predictors))
    fit$fitted.values <- family$linkinv(eta)
    fit$weights <- fit$prior.weights * slope^2 / family$variance(fit$fitted.values)
    fit$residuals <- (y - fit$fitted.values) / slope
    step <- least_squares(data$design, fit$residuals, plain_double(fit$weights), "offset", call)
    fit[c("cov.blocks", "cov.unscaled")] <- NULL
    parts <- c("coefficients", "cov.unscaled", "cov.blocks")
    fit <- with_parts(fit, step[intersect(parts, names(step))])
    error <- errors_of(said_before(covariance_of(fit, vcov, options, call))$matrix)
    # an error is 0 where all clusters' contributions are
    root <- -fit$coefficients[[column]] / with_aliased(error, fit$coefficients)[column]
    if (is.finite(root)) root else NA_real_
  }
  # at the estimate there was a covariance: what is wrong elsewhere are the weights, too large or all on a few rows
  function(coefficients, column) {
    tryCatch(root(replace(coefficients, aliased, 0), column), glmrs_error = function(e) NA_real_)
  }
}
