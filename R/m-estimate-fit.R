# From functions to a fit: what the search in the core needs, and what follows from where it ends.

# Minimise an objective.
fit_objective <- function(functions, data, start, method, limits, call) {
  p <- length(start)
  functions <- bind_functions(functions, data)
  callback <- function(name, shape) as_callback(functions[[name]], names(start), name, shape)
  score <- callback("score", matrix_of(q = p))
  at_start <- if (!is.null(score)) score(start, 0L)
  n <- if (is.null(at_start)) NA else nrow(at_start)
  score <- callback("score", matrix_of(n, p))
  slope <- slope_of(functions, start, at_start, call)
  hessian <- callback("hessian", matrix_of(p, p))
  check_finite_start(slope$evaluate(start, 0L), at_start, "objective", call)
  if (is.null(score) && slope$from != "differences") check_gradient(slope$evaluate, start, call)
  options <- list(if (is.na(n)) 1 else n, limits$tolerance, limits$max_iterations, method)
  # rows that add up to the gradient: distances are measured by their spread
  rows <- if (!is.null(score)) function(theta, count) (slope$factor %||% 1) * score(theta, count)
  found <- rust_m_minimise(start, list(slope$evaluate, rows, hessian), options, names(start), call)
  theta <- stats::setNames(found$coefficients, names(start))
  curvature <- matrix(found$derivatives, p, dimnames = list(names(start), names(start)))
  curvature <- (curvature + t(curvature)) / 2
  fit <- list(
    coefficients = theta, kind = "objective", value = found$value, gradient = stats::setNames(found$sums, names(start)),
    gradient_from = slope$from, method = method, nobs = n, hessian = curvature
  )
  if (!is.null(score)) {
    rows <- matrix(score(theta, 0L), n)
    # one row's part of the gradient: the objective may be a mean, and the score its negative
    factor <- check_score(rows, fit$gradient, slope$factor, "the solution", call)
    fit$score_is_gradient <- factor > 0
    fit$bread <- solve_named(curvature / (abs(factor) * n), names(start), call)
    fit$meat <- crossprod(rows) / n
    dimnames(fit$meat) <- dimnames(fit$bread)
  }
  c(fit, search_facts(found, functions))
}

# What the search says of itself, with the calls of the user's functions where there are some.
search_facts <- function(found, functions = NULL) {
  c(
    list(converged = found$status == "converged", status = found$status, iterations = found$iterations),
    if (length(functions)) list(calls = calls_of(functions)), list(distance = found$distance)
  )
}

# How value and gradient are had: list(evaluate, from, factor). `factor`: gradient = factor * colSums(score).
slope_of <- function(functions, start, at_start, call) {
  p <- length(start)
  first <- functions$objective(start)
  is_pair <- is.list(first) && !is.null(first[["gradient"]])
  numbers <- numbers_of(p)
  labels <- names(start)
  if (is_pair) {
    evaluate <- as_callback(functions$objective, labels, "objective", function(x, complain) {
      value <- one_number(x, complain)
      if (!is.list(x)) complain("list(value =, gradient =)", x)
      c(value, numbers(x[["gradient"]], function(expected, value) complain(paste("a gradient of", expected), value)))
    })
    return(list(evaluate = evaluate, from = "objective", factor = factor_at(at_start, stats::setNames(evaluate(start, 0L)[-1L], labels), call)))
  }
  value <- as_callback(functions$objective, labels, "objective", one_number)
  from <- if (!is.null(functions$gradient)) "gradient" else if (!is.null(functions$score)) "score" else "differences"
  factor <- NULL
  gradient <- switch(from,
    gradient = as_callback(functions$gradient, labels, "gradient", numbers),
    score = {
      rows <- as_callback(functions$score, labels, "score", matrix_of(q = p))
      factor <- factor_of_value(value, at_start, start, call)
      function(theta, count) factor * colSums(rows(theta, count))
    },
    differences = function(theta, count) differences(value, theta, count)
  )
  if (from == "gradient") factor <- factor_at(at_start, stats::setNames(gradient(start, 0L), labels), call)
  list(evaluate = function(theta, count) c(value(theta, count), gradient(theta, count)), from = from, factor = factor)
}

# The gradient of `value` by central differences.
differences <- function(value, theta, count) {
  step <- .Machine$double.eps^(1 / 3) * pmax(abs(theta), 1)
  vapply(seq_along(theta), function(j) {
    up <- down <- theta
    up[j] <- theta[j] + step[j]
    down[j] <- theta[j] - step[j]
    (value(up, count) - value(down, count)) / (up[j] - down[j])
  }, 0)
}

# gradient = factor * colSums(score), factor one of 1, -1, 1/n, -1/n: the one that fits best, checked.
factor_at <- function(rows, gradient, call) {
  if (is.null(rows)) return(NULL)
  factors <- c(1, -1) %o% c(1, 1 / nrow(rows))
  score_off <- score_mismatch(rows, gradient)
  errors <- vapply(factors, function(factor) max(score_off(factor)), 0)
  if (!all(is.finite(errors))) return(NULL)
  check_score(rows, gradient, factors[which.min(errors)], "the start", call)
}

# A function of the factor: how far the sum of the rows is from the gradient, in units of what it spreads by chance.
score_mismatch <- function(rows, gradient) {
  sums <- colSums(rows)
  spread <- sqrt(colSums(rows^2)) + 1e-4 * abs(sums)
  function(factor) abs(factor * sums - gradient) / (abs(factor) * spread + .Machine$double.xmin)
}

check_score <- function(rows, gradient, factor, where, call) {
  if (is.null(factor)) factor <- 1
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
check_gradient <- function(evaluate, start, call) {
  gradient <- evaluate(start, 0L)[-1L]
  size <- sqrt(sum(gradient^2))
  matching_slope(function(theta, count) evaluate(theta, count)[1L], start, gradient, size, function(slope) {
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
    values <- c(value(start + length * unit, 0L), value(start - length * unit, 0L))
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
  if (all(is.finite(values)) && all(is.finite(rows))) return(invisible())
  abort("start", sprintf("`%s` has no finite value at `start`: try another", what), call)
}

# The inverse of a matrix of the parameters; an error that names those that are not determined.
solve_named <- function(matrix, names, call) {
  size <- sqrt(abs(diag(matrix)))
  size[size == 0] <- 1
  decomposition <- qr(matrix / outer(size, size), tol = 1e-12)
  if (decomposition$rank < length(names)) {
    lost <- names[decomposition$pivot[-seq_len(decomposition$rank)]]
    abort("singular", paste("not determined by the data:", paste0("`", lost, "`", collapse = ", ")), call, parameters = lost)
  }
  inverse <- solve(decomposition) / outer(size, size)
  dimnames(inverse) <- list(names, names)
  inverse
}
