# Roots of estimating equations, and moments of which there are more than parameters.

fit_equations <- function(functions, data, start, gmm, limits, call) {
  p <- length(start)
  functions <- bind_functions(functions, data)
  psi <- as_callback(functions$psi, names(start), "psi", matrix_of())
  at_start <- psi(start, 0L)
  n <- nrow(at_start)
  q <- ncol(at_start)
  if (!n) abort("data", "`psi` returned no rows: there are no data", call)
  if (q < p) {
    abort("argument", sprintf("`psi` gives %d equations for %d parameters: it needs at least as many", q, p), call)
  }
  check_finite_start(at_start, NULL, "psi", call)
  psi <- as_callback(functions$psi, names(start), "psi", matrix_of(n, q))
  jacobian <- as_callback(functions$jacobian, names(start), "jacobian", matrix_of(q, p))
  rows <- function(theta) matrix(psi(theta, 0L), n, dimnames = list(NULL, colnames(at_start)))
  solve_with <- function(from, weight) {
    options <- list(n, limits$tolerance, limits$max_iterations, q, weight)
    rust_m_root(from, list(NULL, psi, jacobian), options, names(start), call)
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
  theta <- stats::setNames(found$coefficients, names(start))
  fit <- list(coefficients = theta, kind = "equations", nobs = n)
  parts <- sandwich_parts(rows(theta), matrix(found$derivatives, q), weight, names(start), call)
  fit <- c(fit, parts, search_facts(found, functions))
  if (q > p) fit <- c(fit, overidentified(rows(theta), gmm, p, call))
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
    moved <- abs(found$coefficients - before) / pmax(abs(before), .Machine$double.eps)
    if (max(moved) < 1e-8) break
  }
  if (gmm$weighting == "continuous") {
    continuous <- function(theta) {
      s <- spread(theta)
      sums <- attr(s, "sums")
      tryCatch(0.5 * sum(sums * solve(s, sums)), error = function(e) Inf)
    }
    slope <- slope_of(list(objective = continuous), stats::setNames(found$coefficients, names(start)), NULL, call)
    options <- list(1, limits$tolerance, limits$max_iterations, "bfgs")
    least <- rust_m_minimise(found$coefficients, list(slope$evaluate, NULL, NULL), options, names(start), call)
    weight <- spread(least$coefficients)
    # its derivatives, and its facts, are those of the moments weighted as they are there
    found <- utils::modifyList(solve_with(least$coefficients, weight), list(coefficients = least$coefficients))
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
