# Methods for the fits of poisson_fit().

#' Covariance of the coefficients of a Poisson fit
#'
#' All kinds of [vcov.glm_rs()], with their options, and the same numbers: of the fit without its aliased columns.
#'
#' @param object A fit from [poisson_fit()].
#' @param type The kind of covariance, as for [vcov.glm_rs()]. `"vanilla"` (or `"model"`): the inverse of the information, right
#'   if the counts are Poisson. `"sandwich"`: the same on both sides of the sum of squared score rows (HC0; White, 1982),
#'   right as long as the mean is; `"qmle"` and `"HC0"` are other names for it, the covariance of the
#'   quasi-maximum-likelihood estimator. `"HC1"` to `"HC5"`, `"cluster"`, `"HAC"`, `"DK"`, `"jackknife"`, `"bootstrap"`, a
#'   formula of clusters (of variables where the formula is from), a matrix, a function. `NULL`: `"vanilla"`, or `"cluster"`
#'   where there is a `cluster`.
#' @param cluster Which rows belong together: a formula, a vector or a data frame with a value for each row of `x`.
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param parm Names or positions of coefficients; all by default.
#' @param level Coverage of the intervals.
#' @param vcov The same as `type`; give one of them.
#' @param ... Options of the kind: see [vcov.glm_rs()].
#' @return A p x p matrix with names; for `confint()` a p x 2 matrix of normal quantiles about the estimates, or of t where the
#'   covariance has degrees of freedom. With a penalty there is no such covariance: an error of class `glmrs_error_inference`.
#' @references White, H. (1982) Maximum likelihood estimation of misspecified models. *Econometrica* 50, 1-25.
#' @examples
#' fit <- poisson_fit(cars$speed, cars$dist)
#' sqrt(diag(vcov(fit)))
#' sqrt(diag(vcov(fit, "HC3")))
#' confint(fit, vcov = "sandwich")
#' @export
vcov.poisson_fit <- function(object, type = NULL, cluster = NULL, ..., complete = TRUE) {
  options <- c(list(cluster = cluster)[!is.null(cluster)], list(...))
  as_vcov(poisson_covariance(object, type, "type", options, sys.call()), object$coefficients, complete, sys.call())
}

#' @rdname vcov.poisson_fit
#' @export
confint.poisson_fit <- function(object, parm, level = 0.95, vcov = type, type = NULL, ...) {
  call <- sys.call()
  if (!missing(vcov) && !missing(type)) abort("argument", "`vcov` and `type` say the same: give one of them", call)
  tails <- tails_of(check_level(level, call))
  covariance <- poisson_covariance(object, vcov, if (missing(vcov)) "type" else "vcov", list(...), call)
  limits <- wald_limits(as_poisson_glm(object, call), covariance, tails)
  chosen_limits(limits, parm, names(object$coefficients), tails, call, "coefficient")
}

#' Summarise a Poisson fit
#'
#' @param object A fit from [poisson_fit()].
#' @param vcov Which covariance the standard errors are from: see [vcov.poisson_fit()].
#' @param x A summary.
#' @param digits Significant digits to print.
#' @param ... Options of the covariance. For `print()`: passed to [stats::printCoefmat()].
#' @return A list of class `"summary.poisson_fit"`: `coefficients`, the table of estimates, standard errors, z values
#'   and two-sided p values, one row for each coefficient that is not aliased (with t values and a column `df` where the
#'   covariance has degrees of freedom); `vcov` and `vcov_type` (the kind, `"vanilla"` for that of the model), and what it is
#'   in `standard.errors`; `inference_available`; and `converged`, `iterations`, `termination_reason`, `objective`, `deviance`,
#'   `null.deviance`, `df.residual`, `df.null`, `log_likelihood`, `nobs`, `alpha`, `aliased` and `call` of the fit. With
#'   a penalty the table has the estimates alone, and `vcov` and `vcov_type` are `NULL`.
#' @examples
#' summary(poisson_fit(cars$speed, cars$dist), vcov = "sandwich")
#' @export
summary.poisson_fit <- function(object, vcov = NULL, ...) {
  call <- sys.call()
  kind <- poisson_kind(vcov, "vcov", list(...), call)
  aliased <- is.na(object$coefficients)
  estimates <- object$coefficients[!aliased]
  facts <- c(
    "inference_available", "converged", "iterations", "termination_reason", "objective", "deviance", "null.deviance",
    "df.residual", "df.null", "log_likelihood", "nobs", "alpha", "call"
  )
  result <- c(unclass(object)[facts], list(aliased = aliased, caveats = caveats_of(object)))
  if (object$inference_available) {
    found <- poisson_covariance(object, kind, "vcov", list(...), call)
    result$vcov_type <- type_of_covariance(kind)
    result$vcov <- found$matrix
    result$standard.errors <- said_of(found)
    errors <- errors_of(found$matrix)
    result$coefficients <- if (is.null(found$df)) {
      coefficient_table(estimates, errors, Inf, FALSE)
    } else {
      table_with_df(estimates, errors, found$df)
    }
  } else {
    result$coefficients <- matrix(estimates, dimnames = list(names(estimates), "Estimate"))
  }
  structure(result, class = "summary.poisson_fit")
}

# One word for the kind.
type_of_covariance <- function(kind) {
  if (inherits(kind, "formula")) return("cluster")
  if (!is_string(kind)) return(if (is.function(kind)) "given by a function" else "given")
  if (kind == "model") "vanilla" else kind
}

#' @rdname summary.poisson_fit
#' @export
print.summary.poisson_fit <- function(x, digits = 4L, ...) {
  print_poisson_head(x)
  if (x$inference_available) {
    label <- switch(x$vcov_type, vanilla = "inverse information", HC1 = "sandwich (HC1)", x$standard.errors$label)
    cat("\nCoefficients (standard errors: ", label, "):\n", sep = "")
    stats::printCoefmat(x$coefficients, digits = digits, ...)
    print_small_samples(x$standard.errors)
    print_caveats(x$caveats)
  } else {
    cat("\nCoefficients:\n")
    print(x$coefficients, digits = digits)
    cat("\n", no_inference(list(alpha = x$alpha, coefficients = x$aliased)), "\n", sep = "")
  }
  if (any(x$aliased)) cat("\nAliased:", paste(names(x$aliased)[x$aliased], collapse = ", "), "\n")
  print_poisson_tail(x, digits)
  invisible(x)
}

#' @export
print.poisson_fit <- function(x, digits = 4L, ...) {
  print_poisson_head(x)
  cat("\nCoefficients:\n")
  print(x$coefficients, digits = digits)
  print_poisson_tail(x, digits)
  invisible(x)
}

print_poisson_head <- function(x) {
  penalty <- if (x$alpha > 0) paste0(", L2 penalty alpha = ", format(x$alpha)) else ""
  cat("Poisson regression, ", x$nobs, " observations", penalty, "\n", sep = "")
  cat("Call: ", paste(deparse(x$call, nlines = 3L), collapse = "\n      "), "\n", sep = "")
}

print_poisson_tail <- function(x, digits) {
  number <- function(v) format(signif(v, digits + 2L))
  cat("\nDeviance: ", number(x$deviance), " on ", x$df.residual, " degrees of freedom; without covariates: ",
    number(x$null.deviance), " on ", x$df.null, "\n",
    sep = ""
  )
  cat("Log-likelihood: ", number(x$log_likelihood), "\n", sep = "")
  ended <- if (x$converged) "Converged" else paste0("NOT converged (", x$termination_reason, ")")
  cat(ended, " after ", x$iterations, if (x$iterations == 1L) " iteration" else " iterations", "\n", sep = "")
}

#' Predict from a Poisson fit
#'
#' @param object A fit from [poisson_fit()].
#' @param newdata Covariates of the rows to predict, as the `x` of the fit: a matrix, a data frame or, for a single
#'   covariate, a vector. Columns are taken by name where both have names, else by position. Rows with missing values
#'   get `NA`. By default the rows of the fit.
#' @param type `"response"`: the mean count. `"link"`: its logarithm, the linear predictor.
#' @param offset Added to the linear predictor, one value for each row of `newdata`. A fit with an offset needs it for
#'   new rows.
#' @param se.fit Standard errors, too?
#' @param vcov The covariance of the coefficients that they are from, see [vcov.poisson_fit()]; `NULL` for that of the model.
#' @param ... Options of the covariance.
#' @return A numeric vector, one value for each row, with the row names of `newdata` where it has some; with `se.fit` a list of
#'   that (`fit`) and the standard errors on its scale (`se.fit`).
#' @examples
#' fit <- poisson_fit(cars$speed, cars$dist)
#' predict(fit, c(10, 20), se.fit = TRUE, vcov = "HC3")
#' @export
predict.poisson_fit <- function(object, newdata = NULL, type = c("response", "link"), offset = NULL, se.fit = FALSE,
                                vcov = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("response", "link"), "type", call)
  if (!check_flag(se.fit, "se.fit", call)) check_no_covariance(list(...), vcov, call)
  if (is.null(newdata)) {
    if (!is.null(offset)) abort("argument", "`offset` needs `newdata`: the rows of the fit have their own", call)
    eta <- object$linear.predictors
    design <- matrix_design(object$x, object$fit_intercept)
  } else {
    x <- new_covariates(object, newdata, call)
    design <- matrix_design(x, object$fit_intercept)
    eta <- predicted_eta(object, design, rownames(x), offset, call)
  }
  fit <- if (type == "link") eta else if (is.null(newdata)) object$fitted.values else exp(eta)
  if (!se.fit) return(fit)
  object$cov.unscaled <- poisson_covariance(object, vcov, "vcov", list(...), call)$matrix
  errors <- sqrt(unit_variance(object, design))
  list(fit = fit, se.fit = with_names(if (type == "link") errors else errors * exp(eta), names(fit)))
}

# Linear predictors of new rows; NA where a covariate is missing.
predicted_eta <- function(object, design, names, offset, call) {
  if (is.null(offset) && !is.null(object$offset)) {
    abort("argument", "the fit has an offset: predictions for `newdata` need an `offset`, too", call)
  }
  offset <- check_rows(offset, design$spec[[1L]], "offset", call)
  warn_rank_deficient(object$coefficients, call)
  coefficients <- replace(object$coefficients, is.na(object$coefficients), 0)
  eta <- rust_linear_predictor(design, as.double(coefficients), offset, call)
  # a NaN from a missing value is a missing value
  eta[is.nan(eta)] <- NA
  stats::setNames(eta, names)
}

# New rows of the covariates in the order of the fit.
new_covariates <- function(object, newdata, call) {
  x <- check_numeric_matrix(newdata, "newdata", call)
  wanted <- names(object$coefficients)
  if (object$fit_intercept) wanted <- wanted[-1L]
  # the core takes an integer for what it is, the missing one too
  if (is.integer(x) && anyNA(x)) storage.mode(x) <- "double"
  given <- if (!is.null(colnames(x))) covariate_names(x)
  shared <- anyDuplicated(wanted) > 0L
  if (!shared && ncol(x) >= length(wanted) && all(wanted %in% given)) return(x[, match(wanted, given), drop = FALSE])
  named <- !identical(wanted, if (length(wanted)) paste0("x", seq_along(wanted)) else character())
  if (named && !is.null(given)) {
    missing <- setdiff(wanted, given)
    if (length(missing)) abort("argument", paste0("`newdata` has no column `", missing[1L], "`"), call)
  }
  if (ncol(x) != length(wanted)) {
    abort("argument", sprintf("`newdata` must have %d columns as `x` had, not %d", length(wanted), ncol(x)), call)
  }
  if (shared && !is.null(given) && !identical(given, wanted)) {
    abort("argument", "`newdata` must have its columns in the order of `x`, where some have one name", call)
  }
  x
}

#' @export
residuals.poisson_fit <- function(object, type = c("deviance", "pearson", "working", "response"), ...) {
  type <- check_choice(type, c("deviance", "pearson", "working", "response"), "type", sys.call())
  y <- object$y
  mu <- object$fitted.values
  weights <- if (is.null(object$prior.weights)) 1 else object$prior.weights
  switch(type,
    deviance = sign(y - mu) * sqrt(pmax(weights * stats::poisson()$dev.resids(y, mu, 1), 0)),
    pearson = (y - mu) * sqrt(weights / mu),
    working = (y - mu) / mu,
    response = y - mu
  )
}

#' @export
weights.poisson_fit <- function(object, type = c("prior", "working"), ...) {
  type <- check_choice(type, c("prior", "working"), "type", sys.call())
  if (type == "prior") object$prior.weights else object$fitted.values * (object$prior.weights %||% 1)
}

#' @export
logLik.poisson_fit <- function(object, ...) {
  # a penalty leaves fewer degrees of freedom than coefficients, and a number of them that nobody has asked for
  df <- if (object$alpha > 0) NA_integer_ else object$rank
  structure(object$log_likelihood, df = df, nobs = object$nobs, class = "logLik")
}

#' @export
nobs.poisson_fit <- function(object, ...) object$nobs
