# What comes after a fit: robust covariances (H, O, T) and bootstraps (S), where the fit is part of the data; and an
# M-estimator with its sandwich, from the same closures for all (M).

# --- covariances: the fit is made before, its covariance alone is timed

fitted_by <- function(fit) function(problem) {
  frame <- read_frame(problem)
  list(fit = fit(problem, frame), clusters = frame[problem$clusters])
}
fit_glmrs <- function(problem, frame) {
  glmrs::glm_rs(problem$formula, problem$family, frame, control = control(problem))
}
fit_stats <- function(problem, frame) stats::glm(problem$formula, problem$family, frame)

by_sandwich <- function(data, problem) {
  if (problem$covariance == "HC3") return(sandwich::vcovHC(data$fit, type = "HC3"))
  sandwich::vcovCL(data$fit, cluster = data$clusters)
}
read_covariance <- function(fit, data, problem) solution(stats::coef(data$fit), sqrt(diag(fit)))

entry("glmrs vcov", "glmrs", "fit", "HOT", fitted_by(fit_glmrs),
  fit = function(data, problem) {
    if (problem$covariance == "HC3") return(stats::vcov(data$fit, "HC3"))
    stats::vcov(data$fit, cluster = data$clusters)
  },
  read = read_covariance)
entry("sandwich of a glm", "sandwich", "fit", "HOT", fitted_by(fit_stats), threads = 1,
  fit = by_sandwich, read = read_covariance)
entry("sandwich of a glm_rs", "sandwich", "fit", "HOT", fitted_by(fit_glmrs), fit = by_sandwich, read = read_covariance)
entry("fixest vcov", "fixest", "fit", "OT", blas = 1,
  fitted_by(function(problem, frame) {
    fixest::feglm(problem$formula, frame, problem$family, nthreads = problem$threads, notes = FALSE)
  }),
  fit = function(data, problem) {
    stats::vcov(data$fit, cluster = as.list(data$clusters), nthreads = problem$threads)
  },
  read = read_covariance)

# --- bootstraps: the estimate is that of the fit to all rows, by the settings of the replicates

TIMES <- 200

entry("glmrs::bootstrap", "glmrs", "fit", "S", fitted_by(fit_glmrs),
  fit = function(data, problem) glmrs::bootstrap(data$fit, TIMES, seed = 1, threads = problem$threads),
  read = function(fit, data, problem) solution(fit$estimate, apply(fit$replicates, 2, stats::sd)))

# `refit(data, family, rows)` for each draw of rows; without rows, the fit to all.
bootstrap_loop <- function(name, package, refit) {
  entry(name, package, "matrix", "S", read_matrix, threads = 1,
    fit = function(data, problem) {
      set.seed(1)
      n <- length(data$y)
      replicates <- replicate(TIMES, refit(data, problem$family, sample.int(n, n, TRUE)))
      list(estimate = refit(data, problem$family, seq_len(n)), replicates = t(replicates))
    },
    read = function(fit, data, problem) solution(fit$estimate, apply(fit$replicates, 2, stats::sd)))
}
bootstrap_loop("stats::glm.fit loop", "stats", function(data, family, rows) {
  stats::glm.fit(data$x[rows, ], data$y[rows], family = family)$coefficients
})
bootstrap_loop("fastglm LLT loop", "fastglm", function(data, family, rows) {
  fastglm::fastglm(data$x[rows, ], data$y[rows], family = family, method = 2)$coefficients
})

# --- M-estimator

logistic_value <- function(theta, data) {
  eta <- drop(data$x %*% theta)
  # a search may try a step that is far too long
  sum(pmax(eta, 0) + log1p(exp(-abs(eta))) - data$y * eta)
}
logistic_gradient <- function(theta, data) {
  drop(crossprod(data$x, stats::plogis(drop(data$x %*% theta)) - data$y))
}
logistic_score <- function(theta, data) data$x * (data$y - stats::plogis(drop(data$x %*% theta)))

start_at_zero <- function(data) stats::setNames(numeric(ncol(data$x)), colnames(data$x))
read_estimate <- function(fit, data, problem) solution(fit$coefficients, sqrt(diag(fit$vcov)))

entry("glmrs::m_estimate", "glmrs", "closures", "M", read_matrix,
  fit = function(data, problem) {
    fit <- glmrs::m_estimate(
      logistic_value, logistic_score, gradient = logistic_gradient, data = data, start = start_at_zero(data)
    )
    list(coefficients = fit$coefficients, vcov = stats::vcov(fit))
  },
  read = read_estimate)
entry("stats::optim BFGS + sandwich", "stats", "closures", "M", read_matrix, threads = 1,
  fit = function(data, problem) {
    fit <- stats::optim(
      start_at_zero(data), logistic_value, logistic_gradient, data = data, method = "BFGS", hessian = TRUE
    )
    bread <- solve(fit$hessian)
    list(coefficients = fit$par, vcov = bread %*% crossprod(logistic_score(fit$par, data)) %*% bread)
  },
  read = read_estimate)
