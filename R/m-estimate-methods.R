# Methods for M-estimators.

#' Covariance of an M-estimator
#'
#' @param object,x A fit from [m_estimate()].
#' @param type `"sandwich"`: bread meat bread' / n, right whatever the estimating functions are, for independent rows.
#'   `"HC1"`: the same times n / (n - p). `"cluster"`: rows of one cluster may depend on each other; times G / (G - 1) for G
#'   clusters. `"HAC"`: rows near one another in the order of the data may (Newey and West, 1987, with Bartlett weights).
#'   `"model"`: the inverse of the second derivatives of an objective, right if that is a negative log-likelihood; for
#'   regressions by formula the covariance if the errors have one distribution in all rows ([m_estimate.formula()]).
#'   `"bootstrap"`: of the replicates of [bootstrap()], of clusters if `cluster` is given.
#'   By default the sandwich, or `"model"` for an objective without a score, or what the `moments` of the fit were
#'   weighted for.
#' @param cluster One value for each row, for `type = "cluster"`; by default that of the fit.
#' @param lag Number of lags for `type = "HAC"`; by default that of the fit, or 4 (n/100)^(2/9).
#' @param parm Names or positions of parameters; all by default.
#' @param level Coverage of the intervals.
#' @param vcov A type, a matrix, or a function of the fit that gives one.
#' @param digits Significant digits to print.
#' @param ... For `summary()` and `confint()`: `type`, `cluster`, `lag`, and, with `"bootstrap"`, `times` and `seed`.
#' @return A p x p matrix with names. `confint()`: a p x 2 matrix of normal quantiles about the estimates. `summary()`: a
#'   list of class `"summary.m_estimate"` with the table `coefficients` (estimates, standard errors, z, p values), `vcov`,
#'   `vcov_type`, and facts of the fit. `estfun()` and `bread()` of package sandwich: the n x p estimating functions and
#'   the bread; where the bread is not symmetric, as for [stack_psi()], the functions are those of the influence of each
#'   row and the bread is 1, so that sandwich's products, which assume symmetry, are right.
#' @references Newey, W. K. and West, K. D. (1987) A simple, positive semi-definite, heteroskedasticity and autocorrelation
#'   consistent covariance matrix. *Econometrica* 55, 703-708.
#' @examples
#' psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
#' fit <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0))
#' vcov(fit, "HC1")
#' confint(fit, type = "HAC")
#' @export
vcov.m_estimate <- function(object, type = c("sandwich", "HC1", "cluster", "HAC", "model", "bootstrap"), cluster = NULL,
                            lag = NULL, ...) {
  call <- sys.call()
  if (missing(type)) type <- default_type(object)
  type <- check_choice(type, c("sandwich", "HC1", "cluster", "HAC", "model", "bootstrap"), "type", call)
  if (type == "bootstrap") {
    drawn <- if (is.null(cluster)) bootstrap(object, ...) else bootstrap(object, type = "cluster", cluster = cluster, ...)
    return(stats::vcov(drawn))
  }
  check_no_dots(list(...), call)
  if (type == "model") {
    if (!is.null(object$cov.model)) return(complete_covariance(object$cov.model, object$coefficients))
    if (is.null(object$hessian)) {
      abort("inference", "estimating equations have no second derivatives of an objective: use \"sandwich\"", call)
    }
    return(solve_named(object$hessian, names(object$coefficients), call))
  }
  if (is.null(object$meat)) abort_no_score(call)
  n <- object$nobs
  # rows without weight take no part
  counted <- if (is.null(object$weights)) n else sum(object$weights > 0)
  meat <- switch(type,
    sandwich = object$meat,
    HC1 = object$meat * counted / (counted - nrow(object$meat)),
    meat_of(estimating_functions(object), type, cluster %||% object$cluster, lag %||% object$lag, call)
  )
  complete_covariance(object$bread %*% meat %*% t(object$bread) / n, object$coefficients)
}

abort_no_score <- function(call) {
  abort("inference", "without `score` there is no sandwich: fit with it, or use type = \"model\"", call)
}

# What moments are weighted for is what their rows are taken for.
default_type <- function(object) {
  if (is.null(object$meat)) return("model")
  switch(object$moments %||% "iid", iid = "sandwich", object$moments)
}

# The n x p estimating functions at the solution, by another call of the user's function, with the sign that the bread is
# for: it inverts minus their mean derivative.
estimating_functions <- function(object) {
  if (object$kind == "regression") return(regression_functions(object))
  name <- if (object$kind == "objective") "score" else "psi"
  if (is.null(object$functions[[name]])) abort_no_score(sys.call(-1L))
  problem <- bind_functions(object$functions, object$data, names(object$coefficients))
  psi <- rust_m_value(problem, name, unname(object$coefficients))
  if (isTRUE(object$score_is_gradient)) psi <- -psi
  if (!is.null(object$combine)) psi <- psi %*% t(object$combine)
  colnames(psi) <- names(object$coefficients)
  psi
}

is_symmetric <- function(bread) isTRUE(all.equal(bread, t(bread), tolerance = 1e-6))

#' @exportS3Method sandwich::estfun
estfun.m_estimate <- function(x, ...) {
  psi <- estimating_functions(x)
  if (is_symmetric(x$bread)) psi else psi %*% t(x$bread)
}

#' @exportS3Method sandwich::bread
bread.m_estimate <- function(x, ...) {
  if (is.null(x$bread)) abort_no_score(sys.call())
  if (is_symmetric(x$bread)) return(x$bread)
  diag(1, nrow(x$bread)) |> `dimnames<-`(dimnames(x$bread))
}

#' @export
nobs.m_estimate <- function(object, ...) object$nobs

#' @rdname vcov.m_estimate
#' @export
confint.m_estimate <- function(object, parm, level = 0.95, vcov = NULL, ...) {
  check_level(level, sys.call())
  estimates <- object$coefficients
  errors <- sqrt(diag(chosen_vcov(object, vcov, sys.call(), ...)$matrix))
  tails <- tails_of(level)
  chosen_limits(estimates + errors %o% stats::qnorm(tails), parm, names(estimates), tails, sys.call())
}

# list(matrix, type) from a type, a matrix or a function.
chosen_vcov <- function(object, vcov, call, ...) {
  if (is.null(vcov)) {
    type <- list(...)$type %||% default_type(object)
    return(list(matrix = stats::vcov(object, ...), type = type))
  }
  if (is_string(vcov)) return(list(matrix = stats::vcov(object, type = vcov, ...), type = vcov))
  matrix <- if (is.function(vcov)) vcov(object, ...) else vcov
  p <- length(object$coefficients)
  if (!is.matrix(matrix) || !is.numeric(matrix) || !identical(dim(matrix), c(p, p))) {
    abort("argument", sprintf("`vcov` must be a type, or give a %d x %d matrix, not %s", p, p, describe(matrix)), call)
  }
  list(matrix = matrix, type = if (is.function(vcov)) "given by a function" else "given")
}

#' @rdname vcov.m_estimate
#' @export
summary.m_estimate <- function(object, vcov = NULL, ...) {
  chosen <- chosen_vcov(object, vcov, sys.call(), ...)
  facts <- c(
    "kind", "value", "gradient_from", "method", "nobs", "converged", "status", "iterations", "calls", "distance",
    "weighting", "overidentification", "loss", "scale", "scale_estimate", "na.action", "call"
  )
  table <- coefficient_table(object$coefficients, sqrt(diag(chosen$matrix)), Inf, FALSE)
  parts <- list(coefficients = table, vcov = chosen$matrix, vcov_type = chosen$type)
  structure(c(parts, unclass(object)[intersect(facts, names(object))]), class = "summary.m_estimate")
}

#' @rdname vcov.m_estimate
#' @export
print.summary.m_estimate <- function(x, digits = 4L, ...) {
  print_m_head(x)
  cat("\nCoefficients (standard errors: ", x$vcov_type, "):\n", sep = "")
  stats::printCoefmat(x$coefficients, digits = digits, ...)
  if (!is.null(x$overidentification)) {
    test <- x$overidentification
    cat(sprintf(
      "\nTest of the %d moment%s beyond the parameters (Hansen): %s, p = %s\n", test[["df"]], if (test[["df"]] > 1) "s" else "",
      format(test[["statistic"]], digits = digits), format.pval(test[["p.value"]], digits = digits)
    ))
  }
  print_m_tail(x, digits)
  invisible(x)
}

#' @export
print.m_estimate <- function(x, digits = 4L, ...) {
  print_m_head(x)
  cat("\nCoefficients:\n")
  print(x$coefficients, digits = digits)
  print_m_tail(x, digits)
  invisible(x)
}

print_m_head <- function(x) {
  what <- switch(x$kind,
    objective = "M-estimate (least value of an objective)",
    equations = "M-estimate (root of equations)",
    regression = paste("Regression with loss", format_loss(x$loss))
  )
  if (!is.null(x$weighting)) what <- paste0("Moment estimate (", x$weighting, " weights)")
  cat(what, if (!is.na(x$nobs)) paste0(", ", x$nobs, " rows"), "\n", sep = "")
  cat("Call: ", paste(deparse(x$call, nlines = 3L), collapse = "\n      "), "\n", sep = "")
}

print_m_tail <- function(x, digits) {
  if (!is.null(x$scale)) cat("\nScale: ", format(x$scale, digits = digits), " (", x$scale_estimate, ")", sep = "")
  if (!is.null(x$value)) cat("\nObjective:", format(x$value, digits = digits + 3L))
  if (identical(x$gradient_from, "differences")) cat(" (gradient by differences)")
  ended <- if (x$converged) "Converged" else paste0("NOT converged (", x$status, ")")
  cat("\n", ended, " after ", x$iterations, if (x$iterations == 1L) " iteration" else " iterations",
    if (!is.null(x$calls)) paste0(", ", x$calls, " calls"), "\n", sep = "")
  if (!is.null(x$na.action)) cat(stats::naprint(x$na.action), "\n", sep = "")
}
