# Limits that the points of a profile do not show, found by a walk with ever longer steps, then the root of a function.
#
# Where data are separated, estimates and standard errors are those of the place where a search was stopped, and say nothing
# about where limits are. So the walk begins elsewhere: where least squares of the response, moved a little off the border,
# lead, by steps of the errors there.

# After so many steps, each twice as long as the one before, there is no limit.
WALK_STEPS <- 14
# A path has a point for every two errors: from far off a search may jump to where means are at borders, and stay there.
# But not more than so many.
MOST_POINTS <- 16
# Where a walk begins, means are so far from borders that the root of a likelihood ratio is larger, unless the other
# coefficients lead to the border on their own.
LEVEL <- 0.01
# A statistic whose root is off its quantile by as much where it crosses it is not continuous there.
JUMP <- 0.01

# What detect_separation() says of a fit, NULL for no separation. A search that did not converge may not have come near
# enough to the border to be asked about it.
known_separation <- function(fit) {
  found <- .subset2(fit, "separation")
  if (is.null(found) && !isTRUE(fit$converged) && !is.null(separation_bounds(fit$family))) {
    found <- tryCatch(detect_separation(fit), glmrs_error_solver = function(e) NULL)
  }
  if (!is.null(found) && found$outcome != "none") found
}

# Where estimates are: 0 for a finite one, 1 or -1 for one at Inf or -Inf, NaN for one that may be anything: its profile is
# level. In complete separation a direction without a coefficient leads to the border whatever the coefficient is.
signs_of_infinity <- function(separation, p) {
  if (is.null(separation)) return(numeric(p))
  signs <- sign(unname(separation$coefficients))
  if (separation$outcome == "complete") replace(signs, signs %in% 0, NaN) else signs
}

# The fit with the least deviance that there is, near enough for statistics, and control that gets as near: a small part of a
# large deviance, which a search leaves on its way to infinity, may be a large part of a quantile.
at_least_deviance <- function(fit) {
  data <- refit_data(fit)
  fit$control$epsilon <- min(fit$control$epsilon, 1e-10, 1e-7 / (fit$deviance + 0.1))
  fit$control$maxit <- max(fit$control$maxit, 100)
  least <- said_before(refit(fit, data, data$design, etastart = plain_double(fit$linear.predictors)))
  fit$deviance <- min(fit$deviance, least$deviance)
  fit
}

# Where a walk begins: list(fit, errors), of which the errors are NA for aliased columns.
at_estimate <- function(fit, dispersion) {
  list(fit = fit, errors = with_aliased(sqrt(dispersion * unscaled_variances(fit)), fit$coefficients))
}

# The same of separated data: the fit is moved.
off_the_border <- function(fit, call) {
  data <- refit_data(fit)
  family <- fit$family
  weights <- fit$prior.weights
  y <- data$response$y
  # as families of package stats begin their searches
  mean <- if (family_spec(family)$family == "binomial") (weights * y + 0.5) / (weights + 1) else y + 0.1
  eta <- family$linkfun(mean)
  slope <- family$mu.eta(eta)
  z <- eta - (data$offset %||% 0) + (y - mean) / slope
  first <- least_squares(data$design, z, plain_double(weights * slope^2 / family$variance(mean)), "offset", call)
  errors <- with_aliased(sqrt(unscaled_variances(first)), first$coefficients)
  # what the fit found aliased is not to come back
  fit$coefficients[] <- replace(first$coefficients, is.na(fit$coefficients), NA)
  list(fit = fit, errors = errors)
}

# Limits of the coefficients `columns`, a row each, NaN for none: where the root of a statistic, without its sign, is the
# coefficient's quantile. `root_of(trace, column)` has the root at the end of a path of the statistic `test`.
walked_limits <- function(fit, columns, signs, quantiles, test, dispersion, root_of, call) {
  limits <- matrix(NaN, length(columns), 2L)
  finite <- if (0 %in% signs) at_estimate(fit, dispersion)
  infinite <- if (any(signs %in% c(-1, 1))) off_the_border(fit, call)
  for (i in which(!is.nan(signs))) {
    column <- columns[i]
    start <- if (signs[i] == 0) finite else refitted_start(infinite, column)
    if (is.null(start)) next
    beyond <- function(value) held_root(start, column, value, dispersion, test, root_of) - quantiles[i]
    limits[i, ] <- limits_around(beyond, start$fit$coefficients[[column]], start$errors[column], signs[i])
  }
  limits
}

# The start of a walk with the other coefficients fitted, since a path leads on from a point that is on it. NULL where the
# profile is level.
refitted_start <- function(start, column) {
  if (is.na(start$fit$coefficients[column])) return()
  trace <- held_path(start$fit, column, 0, 1L, "LRT", 1)
  if (!isTRUE(trace$roots >= LEVEL)) return()
  point <- points_of(trace, start$fit)[1L, ]
  # a column that is aliased at this point only keeps its coefficient
  start$fit$coefficients[!is.na(point)] <- point[!is.na(point)]
  start
}

# Does the dispersion have an estimate? Where separation leaves nothing to explain that is as near to 0 as the search went.
has_dispersion <- function(fit, separation) {
  if (!is.na(known_dispersion(fit$family)) || is.null(separation)) return(TRUE)
  separation$outcome != "complete" && !isTRUE(fit$deviance <= 1e-6 * fit$null.deviance)
}

last_root <- function(trace, column) utils::tail(trace$roots, 1L)

# The root of the statistic where a coefficient is held, found by a path from `start`; NA where that breaks off.
held_root <- function(start, column, value, dispersion, test, root_of) {
  distance <- value - start$fit$coefficients[[column]]
  steps <- min(max(1, ceiling(abs(distance) / (2 * start$errors[column]))), MOST_POINTS)
  trace <- held_path(start$fit, column, distance / steps, steps, test, dispersion)
  if (length(trace$roots) < steps) NA else abs(root_of(trace, column))
}

# A path of some steps; NULL where a search fails, as it may far from the estimate: then there is no limit, which is told.
held_path <- function(fit, column, step, steps, test, dispersion) {
  path <- data.frame(sign = 1, column = column, step = step)
  options <- list(test = test, limit = Inf, steps = steps)
  tryCatch(said_before(follow_paths(fit, dispersion, path, options, FALSE))[[1L]], glmrs_error = function(e) NULL)
}

# Where `beyond` becomes positive on both sides of the estimate; NaN on a side where it does not. The estimate is `first`, or
# of a `sign` that is not 0 at infinity on that side, on which there is no limit.
limits_around <- function(beyond, first, error, sign) {
  from <- c(first, beyond(first))
  if (is.na(from[2L])) return(c(NaN, NaN))
  limit <- function(side) {
    if (side == sign) return(NaN)
    # where the walk begins beyond the limit, it is on the way to the estimate
    ends <- walk(beyond, from, (if (from[2L] >= 0) sign else side) * error)
    if (is.null(ends)) return(NaN)
    found <- crossing(beyond, ends[[1L]], ends[[2L]], 1e-7 * error)
    # where a statistic jumps it is a search that did, to other means
    if (!is.nan(found) && isTRUE(abs(beyond(found)) < JUMP)) found else NaN
  }
  c(limit(-1), limit(1))
}

# The two points, c(x, value) each, between which a function changes its sign on the way from one; NULL where it does not.
walk <- function(f, near, step) {
  for (i in seq_len(WALK_STEPS)) {
    value <- f(near[1L] + step)
    far <- c(near[1L] + step, value)
    if (is.na(value)) {
      step <- step / 4
    } else if ((value >= 0) != (near[2L] >= 0)) {
      return(list(near, far))
    } else {
      near <- far
      step <- 2 * step
    }
  }
}
