# Methods for M-estimators.

#' Covariance of an M-estimator
#'
#' @param object,x A fit from [m_estimate()].
#' @param type `"sandwich"` (or `"HC0"`, `"qmle"`): bread meat bread' / n, right whatever the estimating functions are, for
#'   independent rows. `"HC1"`: the same times n / (n - p). `"cluster"`, `"HAC"` and `"DK"`: rows of one cluster, rows near one
#'   another in time, or rows of a panel may depend on each other, by the options of [vcov.glm_rs()] for these kinds, of the
#'   estimating functions; a formula of clusters stands for `"cluster"`. `"model"`: the inverse of the second derivatives of an
#'   objective, right if that is a negative log-likelihood; for regressions by formula the covariance if the errors have one
#'   distribution in all rows ([m_estimate.formula()]). `"OPG"`: the inverse of the sum of products of the score of an
#'   objective, right under the same condition. `"bootstrap"`: of the replicates of [bootstrap()], of clusters if `cluster` is
#'   given or the fit has some. `"jackknife"`: of the fits without each row or cluster, to data that [bootstrap()] could resample; option
#'   `center` as for [vcov.glm_rs()]; not for quantile regression, of which it is wrong. A matrix, or a function of the fit that gives one. By default the sandwich, or `"model"` for an objective without
#'   a score, or what `moments` of the fit says of its rows.
#' @param cluster Which rows belong together: a formula of variables in the data, a vector, or a data frame for several
#'   ways; by default that of the fit.
#' @param parm Names or positions of parameters; all by default.
#' @param level Coverage of the intervals.
#' @param vcov A type, as above.
#' @param complete Rows and columns of `NA` for coefficients that are aliased?
#' @param digits Significant digits to print.
#' @param ... Options of the type: `lag`, `kernel`, `bandwidth`, `order_by`, `panel`, `time`, `ssc`; with `"bootstrap"` `times`
#'   and `seed`. For `summary()` and `confint()` also `type` and `cluster`.
#' @return A p x p matrix with names. `confint()`: a p x 2 matrix of normal quantiles about the estimates (of t with the
#'   degrees of freedom that [ssc()] says). `summary()`: a list of class `"summary.m_estimate"` with the table `coefficients`
#'   (estimates, standard errors, z, p values), `vcov`, `vcov_type`, what it is in `standard.errors`, and facts of the fit.
#'   `estfun()` and `bread()` of package sandwich: the n x p estimating functions and the bread; where the bread is not
#'   symmetric, as for [stack_psi()], the functions are those of the influence of each row and the bread is 1, so that
#'   sandwich's products, which assume symmetry, are right.
#' @references Newey, W. K. and West, K. D. (1987) A simple, positive semi-definite, heteroskedasticity and autocorrelation
#'   consistent covariance matrix. *Econometrica* 55, 703-708.
#' @examples
#' psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
#' fit <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0))
#' vcov(fit, "HC1")
#' confint(fit, type = "HAC", lag = 3)
#' summary(fit, vcov = "cluster", cluster = cars$speed)
#' @export
vcov.m_estimate <- function(object, type = NULL, cluster = NULL, ..., complete = TRUE) {
  call <- sys.call()
  found <- m_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  # choices that nobody made are not told
  if (is.null(list(...)$ssc)) found$ssc <- NULL
  as_vcov(found, object$coefficients, complete, call)
}

# The n x p estimating functions at the solution, by another call of the user's function, with the sign that the bread is
# for: it inverts minus their mean derivative.
estimating_functions <- function(object) {
  if (object$kind == "regression") return(regression_functions(object))
  name <- if (object$kind == "objective") "score" else "psi"
  if (is.null(object$functions[[name]])) abort_no_score(object$call)
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
  call <- sys.call()
  estimates <- object$coefficients
  tails <- tails_of(check_level(level, call))
  found <- m_covariance(object, vcov, list(...), call)
  errors <- with_aliased(errors_of(found$matrix), estimates)
  quantiles <- stats::qt(tails, common_df(found$df) %||% Inf)
  chosen_limits(estimates + errors %o% quantiles, parm, names(estimates), tails, call)
}

#' @rdname vcov.m_estimate
#' @export
summary.m_estimate <- function(object, vcov = NULL, ...) {
  found <- m_covariance(object, vcov, list(...), sys.call())
  facts <- c(
    "kind", "value", "gradient_from", "method", "nobs", "converged", "status", "iterations", "calls", "distance",
    "weighting", "overidentification", "loss", "scale", "scale_estimate", "na.action", "call"
  )
  df <- common_df(found$df)
  errors <- with_aliased(errors_of(found$matrix), object$coefficients)
  table <- coefficient_table(object$coefficients, errors, df %||% Inf, !is.null(df))
  parts <- list(
    coefficients = table, vcov = complete_covariance(found$matrix, object$coefficients), vcov_type = found$type,
    standard.errors = said_of(found[names(found) != "type"]), caveats = caveats_of(object)
  )
  structure(c(parts, unclass(object)[intersect(facts, names(object))]), class = "summary.m_estimate")
}

#' @rdname vcov.m_estimate
#' @export
print.summary.m_estimate <- function(x, digits = 4L, ...) {
  print_m_head(x)
  cat("\nCoefficients (standard errors: ", x$standard.errors$label, "):\n", sep = "")
  stats::printCoefmat(x$coefficients, digits = digits, ...)
  print_small_samples(x$standard.errors)
  print_caveats(x$caveats)
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
  ended <- if (x$converged) "Converged" else paste0("NOT converged (", search_endings[[x$status]], ")")
  cat("\n", ended, " after ", x$iterations, if (x$iterations == 1L) " iteration" else " iterations",
    if (!is.null(x$calls)) paste0(", ", x$calls, " calls"), "\n", sep = "")
  if (!is.null(x$na.action)) cat(stats::naprint(x$na.action), "\n", sep = "")
}
