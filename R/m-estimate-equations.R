# Roots of estimating equations, and moments of which there are more than parameters.

fit_equations <- function(functions, data, start, gmm, limits, call) {
  labels <- names(start)
  p <- length(start)
  problem <- bind_functions(functions, data, labels)
  rows <- function(theta) rust_m_value(problem, "psi", theta)
  at_start <- rows(start)
  n <- nrow(at_start)
  q <- ncol(at_start)
  if (!n) abort("data", "`psi` returned no rows: there are no data", call)
  if (q < p) {
    abort("argument", sprintf("`psi` gives %d equations for %d parameters: it needs at least as many", q, p), call)
  }
  check_finite_start(at_start, NULL, "psi", call)
  solve_with <- function(from, weight) {
    if (!is.null(weight)) check_moments(weight, call)
    rust_m_root(problem, from, c(limits, list(weight)), call)
  }
  if (q == p) {
    found <- solve_with(start, NULL)
    weight <- NULL
  } else {
    spread <- function(theta) moment_spread(rows(theta), gmm, call)
    search <- solve_moments(start, q, gmm, spread, solve_with, limits, call)
    found <- search$found
    weight <- search$weight
  }
  psi <- rows(found$coefficients)
  fit <- list(coefficients = stats::setNames(found$coefficients, labels), kind = "equations", nobs = n)
  fit <- c(fit, sandwich_parts(psi, found$derivatives, weight, labels, call))
  if (!is.null(functions$jacobian)) {
    sums <- function(theta) colSums(rows(theta))
    errors <- sqrt(diag(fit$bread %*% fit$meat %*% t(fit$bread)) / n)
    check_derivatives("jacobian", found$derivatives, sums, found$coefficients, errors, labels, call)
  }
  fit <- c(fit, search_facts(found, problem))
  if (q > p) fit <- c(fit, overidentified(psi, found$derivatives, gmm, call))
  fit
}

# list(bread, meat, combine). With more moments than parameters `combine` (p x q) makes p equations of the q moments: the
# first-order condition of the weighted squares.
sandwich_parts <- function(psi, derivatives, weight, names, call) {
  n <- nrow(psi)
  combine <- if (!is.null(weight)) t(derivatives) %*% solve(weight) / n
  if (!is.null(combine)) {
    psi <- psi %*% t(combine)
    derivatives <- combine %*% derivatives
  }
  bread <- solve_general(-derivatives / n, names, call)
  meat <- crossprod(psi) / n
  dimnames(meat) <- dimnames(bread)
  list(bread = bread, meat = meat, combine = combine)
}

# The inverse of a matrix that need not be symmetric.
solve_general <- function(matrix, names, call) {
  rows <- sqrt(rowSums(matrix^2))
  cols <- sqrt(colSums((matrix / rows)^2))
  if (!all(rows > 0, cols > 0)) abort("singular", "the equations do not determine every parameter", call)
  inverse <- tryCatch(solve(matrix / rows / rep(cols, each = nrow(matrix))), error = function(e) {
    abort("singular", "the equations do not determine every parameter", call, parent = e)
  })
  inverse <- inverse / cols / rep(rows, each = nrow(matrix))
  dimnames(inverse) <- list(names, names)
  inverse
}

# Moments that say the same twice, or are more than rows or clusters, have no covariance to weight them by.
check_moments <- function(spread, call) {
  if (are_distinct(spread)) return(invisible())
  abort("singular", paste(
    "the covariance of the moments is singular: some of them say the same, or there are more than the rows can tell",
    "apart; leave some out, or take weighting = \"identity\""
  ), call)
}

are_distinct <- function(spread) {
  size <- sqrt(diag(spread))
  all(is.finite(spread), size > 0) && qr(spread / outer(size, size), tol = 1e-12)$rank == nrow(spread)
}

# A part of the parameters: rounds of weighting that move them less have come to their end.
SETTLED <- 1e-8

# The parameters at which the moments' weighted squares are least: list(found, weight). `weight` is what the squares are
# divided by: the moments' covariance, or 1.
solve_moments <- function(start, q, gmm, spread, solve_with, limits, call) {
  weight <- diag(q)
  found <- solve_with(start, weight)
  if (gmm$weighting == "identity") return(list(found = found, weight = weight))
  steps <- found$iterations
  rounds <- if (gmm$weighting == "two-step") 1L else limits$max_iterations
  for (round in seq_len(rounds)) {
    before <- found$coefficients
    weight <- spread(before)
    found <- solve_with(before, weight)
    steps <- steps + found$iterations
    moved <- max(abs(found$coefficients - before) / pmax(abs(before), .Machine$double.eps))
    if (moved < SETTLED) break
  }
  if (gmm$weighting == "iterated" && moved >= SETTLED) found$status <- "max_rounds"
  if (gmm$weighting == "continuous") {
    continuous <- function(theta) {
      s <- spread(theta)
      sums <- attr(s, "sums")
      # beside 1: it is a statistic, for which less than rounding errors of 1 is nothing
      if (are_distinct(s)) 1 + 0.5 * sum(sums * solve(s, sums)) else Inf
    }
    from <- stats::setNames(found$coefficients, names(start))
    least <- fit_objective(list(objective = continuous), NULL, from, "bfgs", limits, call)
    weight <- spread(least$coefficients)
    # its derivatives, and its facts, are those of the moments weighted as they are there
    found <- utils::modifyList(solve_with(least$coefficients, weight), list(coefficients = least$coefficients))
    if (!least$converged) found$status <- least$status
    steps <- steps + least$iterations
  }
  found$iterations <- steps
  list(found = found, weight = weight)
}

# The covariance of the sums of moments, with the sums as an attribute.
moment_spread <- function(psi, gmm, call) {
  structure(meat_of(psi, gmm$moments, gmm$cluster, gmm$lag, call) * nrow(psi), sums = colSums(psi))
}

# Hansen's test of moments that are not used up by parameters. Weighted by 1 their squares are not the least that there are:
# what a step to those would take away is no evidence against the moments.
overidentified <- function(psi, derivatives, gmm, call) {
  spread <- moment_spread(psi, gmm, call)
  statistic <- if (are_distinct(spread)) {
    root <- chol(spread)
    white <- function(x) backsolve(root, x, transpose = TRUE)
    left <- white(attr(spread, "sums"))
    if (gmm$weighting == "identity") left <- qr.resid(qr(white(derivatives)), left)
    sum(left^2)
  } else {
    NA_real_
  }
  df <- ncol(psi) - ncol(derivatives)
  test <- c(statistic = statistic, df = df, p.value = stats::pchisq(statistic, df, lower.tail = FALSE))
  list(weighting = gmm$weighting, overidentification = test)
}
