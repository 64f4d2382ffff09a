# From functions to a fit: what the search in the core needs, and what follows from where it ends.

# Minimise an objective.
fit_objective <- function(functions, data, start, method, limits, call) {
  labels <- names(start)
  problem <- bind_functions(functions, data, labels)
  at_start <- if (!is.null(functions$score)) rust_m_value(problem, "score", start)
  slope <- slope_of(functions, problem, start, at_start, call)
  options <- c(limits, method)
  wrong_sign <- function() if (curves_down(problem, slope, start, call)) HINT_SIGN
  lost <- function(e) {
    e$message <- with_bullets(conditionMessage(e), NULL, wrong_sign())
    stop(e)
  }
  found <- tryCatch(
    rust_m_minimise(problem, start, slope, options, call), glmrs_error_singular = lost, glmrs_error_no_derivative = lost
  )
  if (!is.null(functions$hessian)) check_hessian(problem, slope, found, start, labels, call)
  curvature <- (found$derivatives + t(found$derivatives)) / 2
  dimnames(curvature) <- list(labels, labels)
  n <- if (is.null(at_start)) NA else nrow(at_start)
  if (found$status == "converged") solve_named(curvature, labels, call, rank_tolerance_of(slope$from, functions))
  fit <- list(
    coefficients = stats::setNames(found$coefficients, labels), kind = "objective", value = found$value,
    gradient = stats::setNames(found$sums, labels), gradient_from = slope$from, method = method, nobs = n, hessian = curvature
  )
  if (!is.null(at_start)) {
    rows <- rust_m_value(problem, "score", found$coefficients)
    # one row's part of the gradient: the objective may be a mean, and the score its negative
    factor <- check_score(rows, fit$gradient, slope$factor, "the solution", call)
    fit$score_is_gradient <- factor > 0
    fit$bread <- if (!all(is.finite(curvature))) curvature else solve_named(curvature / (abs(factor) * n), labels, call)
    fit$meat <- crossprod(rows) / n
    dimnames(fit$meat) <- dimnames(fit$bread)
  }
  c(fit, search_facts(found, problem), list(hint = if (found$status != "converged") wrong_sign()))
}

HINT_SIGN <- "the objective curves down at `start`: of a likelihood it is the negative logarithm that is least"

# As a log-likelihood does that is given in place of its negative: by values, a thousandth of the value up and down the gradient.
curves_down <- function(problem, slope, start, call) {
  here <- rust_m_slope(problem, slope, start, call)
  size <- sqrt(sum(here$gradient^2))
  step <- 1e-3 * abs(here$value) * here$gradient / size^2
  if (!size || !all(is.finite(step))) return(FALSE)
  # what the user's function raises here is not what the search came to grief over
  value <- function(theta) tryCatch(rust_m_value(problem, "objective", theta)[1L], error = function(e) NA)
  bend <- value(start + step) + value(start - step) - 2 * here$value
  # rounding leaves 1e-16 of each value
  isTRUE(bend < -1e-12 * abs(here$value))
}

# What the search says of itself, with the calls of the user's functions where there are some.
search_facts <- function(found, problem = NULL) {
  c(
    list(converged = found$status == "converged", status = found$status, iterations = found$iterations),
    if (!is.null(problem)) list(calls = rust_m_calls(problem)), list(distance = found$distance)
  )
}

# How value and gradient are had, checked at the start: list(from, factor), where gradient = factor * colSums(score).
slope_of <- function(functions, problem, start, at_start, call) {
  labels <- problem$spec$labels
  value <- function(theta) rust_m_value(problem, "objective", theta)[1L]
  is_pair <- length(rust_m_value(problem, "objective", start)) > 1L
  from <- if (is_pair) "objective" else Find(function(name) !is.null(functions[[name]]), c("gradient", "score"))
  slope <- list(from = from %||% "differences", factor = 1)
  if (identical(from, "score")) slope$factor <- factor_of_value(value, at_start, start, call)
  here <- rust_m_slope(problem, slope, start, call)
  if (!is.null(at_start) && slope$from %in% c("objective", "gradient")) {
    slope$factor <- factor_at(at_start, stats::setNames(here$gradient, labels), call)
  }
  check_finite_start(unlist(here), at_start, "objective", call)
  if (is.null(at_start) && slope$from != "differences") check_gradient(value, here$gradient, start, call)
  slope
}

# gradient = factor * colSums(score), factor one of 1, -1, 1/n, -1/n: the one that fits best, checked.
factor_at <- function(rows, gradient, call) {
  factors <- c(1, -1) %o% c(1, 1 / nrow(rows))
  score_off <- score_mismatch(rows, gradient)
  errors <- vapply(factors, function(factor) max(score_off(factor)), 0)
  if (!all(is.finite(errors))) return(1)
  check_score(rows, gradient, factors[which.min(errors)], "the start", call)
}

# A function of the factor: how far the sum of the rows is from the gradient, in units of what it spreads by chance.
score_mismatch <- function(rows, gradient) {
  sums <- colSums(rows)
  spread <- sqrt(colSums(rows^2)) + 1e-4 * abs(sums)
  function(factor) abs(factor * sums - gradient) / (abs(factor) * spread + .Machine$double.xmin)
}

check_score <- function(rows, gradient, factor, where, call) {
  off <- score_mismatch(rows, gradient)(factor)
  if (any(off > 1e-3, na.rm = TRUE)) {
    j <- which.max(off)
    sums <- colSums(rows)
    abort("score", sprintf(
      "at %s `score` does not add up to the gradient, whatever its sign: for `%s` its sum is %s, the gradient %s",
      where, names(gradient)[j], format(sums[j], digits = 6L), format(gradient[j], digits = 6L)
    ), call, score = sums, gradient = gradient)
  }
  factor
}

# The same factor from values along the sum of the score, where there is no other gradient.
factor_of_value <- function(value, rows, start, call) {
  factors <- c(1, -1) %o% c(1, 1 / nrow(rows))
  direction <- colSums(rows)
  size <- sqrt(sum(direction^2))
  factors[matching_slope(value, start, direction, factors * size, function(slope) {
    abort("score", sprintf(
      "at the start `score` does not add up to the gradient of `objective`: along its sum the slope is %s, not +-%s",
      format(slope, digits = 6L), format(size, digits = 6L)
    ), call)
  })]
}

# Without a score nothing else says whether a gradient is that of the values.
check_gradient <- function(value, gradient, start, call) {
  size <- sqrt(sum(gradient^2))
  matching_slope(value, start, gradient, size, function(slope) {
    abort("gradient", sprintf(
      "at the start the gradient is not that of the value: along it the slope is %s, its length %s",
      format(slope, digits = 6L), format(size, digits = 6L)
    ), call, gradient = gradient)
  })
}

# Which of the slopes `expected` do the values have along `direction`? The first where differences do not tell;
# complain(slope) where differences of two sizes agree that it is none of them.
matching_slope <- function(value, start, direction, expected, complain) {
  unit <- direction / sqrt(sum(direction^2))
  if (!all(is.finite(unit))) return(1L)
  before <- NA
  for (times in 10^c(0, -2, -4, 2, 4)) {
    length <- times * .Machine$double.eps^(1 / 3) * max(abs(start), 1)
    values <- c(value(start + length * unit), value(start - length * unit))
    slope <- (values[1L] - values[2L]) / (2 * length)
    # no more than rounding errors
    if (!is.finite(slope) || abs(values[1L] - values[2L]) < 1e4 * .Machine$double.eps * max(abs(values))) next
    off <- abs(expected - slope) / abs(slope)
    if (min(off) <= 1e-2) return(which.min(off))
    if (isTRUE(abs(before - slope) <= 1e-3 * abs(slope))) complain(slope)
    before <- slope
  }
  1L
}

check_finite_start <- function(values, rows, what, call) {
  if (!all(is.finite(values)) || !all(is.finite(rows))) abort_no_value(what, call)
}

abort_no_value <- function(what, call) {
  abort("start", sprintf("`%s` has no finite value at `start`: try another", what), call)
}

# By what the second derivatives of an objective are judged to determine the parameters.
rank_tolerance_of <- function(from, functions) if (from == "differences" && is.null(functions$hessian)) BY_VALUES else 1e-12

# What is left of a column of second derivatives that are differences of values, as a part of it: rounding leaves about 1e-10.
BY_VALUES <- 1e-8

# The inverse of a matrix of the parameters; an error that names those that are not determined.
solve_named <- function(matrix, names, call, tolerance = 1e-12) {
  if (!all(is.finite(matrix))) abort("singular", "where the search ended the objective has no second derivatives", call)
  size <- sqrt(abs(diag(matrix)))
  size[size == 0] <- 1
  decomposition <- qr(matrix / outer(size, size), tol = tolerance)
  if (decomposition$rank < length(names)) {
    lost <- names[decomposition$pivot[-seq_len(decomposition$rank)]]
    abort("singular", paste("not determined by the data:", quoted(lost)), call, parameters = lost)
  }
  inverse <- solve(decomposition) / outer(size, size)
  dimnames(inverse) <- list(names, names)
  inverse
}
