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
  solve_with <- function(from, weight) rust_m_root(problem, from, c(limits, list(weight)), call)
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
  fit <- c(fit, sandwich_parts(psi, found$derivatives, weight, labels, call), search_facts(found, problem))
  if (q > p) fit <- c(fit, overidentified(psi, gmm, p, call))
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

# A part of the parameters: rounds of weighting that move them less have come to their end.
SETTLED <- 1e-8

# The parameters at which the moments' weighted squares are least: list(found, weight). `weight` is what the squares are
# divided by: the moments' covariance, or 1.
solve_moments <- function(start, q, gmm, spread, solve_with, limits, call) {
  weight <- diag(q)
  found <- solve_with(start, weight)
  if (gmm$weighting == "identity") return(list(found = found, weight = weight))
  rounds <- if (gmm$weighting == "two-step") 1L else limits$max_iterations
  for (round in seq_len(rounds)) {
    before <- found$coefficients
    weight <- spread(before)
    found <- solve_with(before, weight)
    moved <- max(abs(found$coefficients - before) / pmax(abs(before), .Machine$double.eps))
    if (moved < SETTLED) break
  }
  if (gmm$weighting == "iterated" && moved >= SETTLED) found$status <- "max_rounds"
  if (gmm$weighting == "continuous") {
    continuous <- function(theta) {
      s <- spread(theta)
      sums <- attr(s, "sums")
      tryCatch(0.5 * sum(sums * solve(s, sums)), error = function(e) Inf)
    }
    from <- stats::setNames(found$coefficients, names(start))
    least <- fit_objective(list(objective = continuous), NULL, from, "bfgs", limits, call)
    weight <- spread(least$coefficients)
    # its derivatives, and its facts, are those of the moments weighted as they are there
    found <- utils::modifyList(solve_with(least$coefficients, weight), list(coefficients = least$coefficients))
    if (!least$converged) found$status <- least$status
  }
  list(found = found, weight = weight)
}

# The covariance of the sums of moments, with the sums as an attribute.
moment_spread <- function(psi, gmm, call) {
  structure(meat_of(psi, gmm$moments, gmm$cluster, gmm$lag, call) * nrow(psi), sums = colSums(psi))
}

# Hansen's test of moments that are not used up by parameters.
overidentified <- function(psi, gmm, p, call) {
  spread <- moment_spread(psi, gmm, call)
  sums <- attr(spread, "sums")
  statistic <- sum(sums * solve(spread, sums))
  df <- ncol(psi) - p
  test <- c(statistic = statistic, df = df, p.value = stats::pchisq(statistic, df, lower.tail = FALSE))
  list(weighting = gmm$weighting, moments = gmm$moments, overidentification = test)
}
