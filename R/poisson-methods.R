# Methods for the fits of poisson_fit().

#' Covariance of the coefficients of a Poisson fit
#'
#' @param object A fit from [poisson_fit()].
#' @param type `"vanilla"`: the inverse of the information, right if the counts are Poisson. `"sandwich"`: the same on
#'   both sides of the sum of squared score rows (HC0; White, 1982), right as long as the mean is. `"HC1"`: n / (n - p) times
#'   that. `"qmle"` and `"HC0"` are other names for `"sandwich"`, the covariance of the quasi-maximum-likelihood estimator,
#'   `"model"` is one for `"vanilla"`. The other kinds of [vcov.glm_rs()] need the rows of `x`, which the fit does not keep.
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param parm Names or positions of coefficients; all by default.
#' @param level Coverage of the intervals.
#' @param ... Not used.
#' @return A p x p matrix with names; for `confint()` a p x 2 matrix of normal quantiles about the estimates. With a
#'   penalty there is no such covariance: an error of class `glmrs_error_inference`.
#' @references White, H. (1982) Maximum likelihood estimation of misspecified models. *Econometrica* 50, 1-25.
#' @examples
#' fit <- poisson_fit(cars$speed, cars$dist)
#' sqrt(diag(vcov(fit)))
#' sqrt(diag(vcov(fit, "sandwich")))
#' confint(fit, type = "sandwich")
#' @export
vcov.poisson_fit <- function(object, type = "vanilla", complete = TRUE, ...) {
  kept <- poisson_covariance(object, type, "type", sys.call())$matrix
  if (complete) complete_covariance(kept, object$coefficients) else kept
}

# Of the names of covariances those that a fit without its rows can have, and which one each of them means.
poisson_covariances <- c(
  vanilla = "vanilla", model = "vanilla", sandwich = "sandwich", qmle = "sandwich", HC0 = "sandwich", HC1 = "HC1"
)
poisson_labels <- c(vanilla = "inverse information", sandwich = "sandwich (HC0)", HC1 = "sandwich (HC1)")

check_poisson_covariance <- function(type, arg, call) {
  poisson_covariances[[check_choice(type, names(poisson_covariances), arg, call)]]
}

# list(matrix, label) of the coefficients that are not aliased; an error where there is none.
poisson_covariance <- function(object, type, arg, call) {
  type <- check_poisson_covariance(type, arg, call)
  if (!object$inference_available) abort("inference", no_inference(object), call)
  matrix <- object$covariances[[if (type == "HC1") "sandwich" else type]]
  if (type == "HC1") matrix <- matrix * ratio_to_df(object, object$nobs, call)
  list(matrix = matrix, label = poisson_labels[[type]])
}

no_inference <- function(object) {
  if (object$alpha > 0) {
    return(sprintf("no standard errors with a penalty (alpha = %s): it biases the coefficients", format(object$alpha)))
  }
  sprintf("no standard errors for %d coefficients: too many for a covariance matrix", length(object$coefficients))
}

#' @rdname vcov.poisson_fit
#' @export
confint.poisson_fit <- function(object, parm, level = 0.95, type = "vanilla", ...) {
  check_level(level, sys.call())
  estimates <- object$coefficients
  tails <- tails_of(level)
  limits <- estimates + sqrt(diag(vcov(object, type))) %o% stats::qnorm(tails)
  chosen_limits(limits, parm, names(estimates), tails, sys.call(), "coefficient")
}

#' Summarise a Poisson fit
#'
#' @param object A fit from [poisson_fit()].
#' @param vcov Which covariance the standard errors are from: see [vcov.poisson_fit()].
#' @param x A summary.
#' @param digits Significant digits to print.
#' @param ... For `print()`: passed to [stats::printCoefmat()].
#' @return A list of class `"summary.poisson_fit"`: `coefficients`, the table of estimates, standard errors, z values
#'   and two-sided p values, one row for each coefficient that is not aliased; `vcov` and `vcov_type` (one of `"vanilla"`,
#'   `"sandwich"` and `"HC1"`); `inference_available`; and `converged`, `iterations`, `termination_reason`, `objective`, `deviance`,
#'   `null.deviance`, `df.residual`, `df.null`, `log_likelihood`, `nobs`, `alpha`, `aliased` and `call` of the fit. With
#'   a penalty the table has the estimates alone, and `vcov` and `vcov_type` are `NULL`.
#' @examples
#' summary(poisson_fit(cars$speed, cars$dist), vcov = "sandwich")
#' @export
summary.poisson_fit <- function(object, vcov = "vanilla", ...) {
  type <- check_poisson_covariance(vcov, "vcov", sys.call())
  aliased <- is.na(object$coefficients)
  estimates <- object$coefficients[!aliased]
  facts <- c(
    "inference_available", "converged", "iterations", "termination_reason", "objective", "deviance", "null.deviance",
    "df.residual", "df.null", "log_likelihood", "nobs", "alpha", "call"
  )
  result <- c(unclass(object)[facts], list(aliased = aliased))
  if (object$inference_available) {
    result$vcov_type <- type
    result$vcov <- poisson_covariance(object, type, "vcov", sys.call())$matrix
    result$coefficients <- coefficient_table(estimates, sqrt(diag(result$vcov)), object$df.residual, FALSE)
  } else {
    result$coefficients <- matrix(estimates, dimnames = list(names(estimates), "Estimate"))
  }
  structure(result, class = "summary.poisson_fit")
}

#' @rdname summary.poisson_fit
#' @export
print.summary.poisson_fit <- function(x, digits = 4L, ...) {
  print_poisson_head(x)
  if (x$inference_available) {
    cat("\nCoefficients (standard errors: ", poisson_labels[[x$vcov_type]], "):\n", sep = "")
    stats::printCoefmat(x$coefficients, digits = digits, ...)
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
#' @param ... Not used.
#' @return A numeric vector, one value for each row, with the row names of `newdata` where it has some.
#' @examples
#' fit <- poisson_fit(cars$speed, cars$dist)
#' predict(fit, c(10, 20))
#' @export
predict.poisson_fit <- function(object, newdata = NULL, type = c("response", "link"), offset = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("response", "link"), "type", call)
  if (is.null(newdata)) {
    if (!is.null(offset)) abort("argument", "`offset` needs `newdata`: the rows of the fit have their own", call)
    return(if (type == "response") object$fitted.values else object$linear.predictors)
  }
  x <- new_covariates(object, newdata, call)
  if (is.null(offset) && !is.null(object$offset)) {
    abort("argument", "the fit has an offset: predictions for `newdata` need an `offset`, too", call)
  }
  offset <- check_rows(offset, nrow(x), "offset", call)
  coefficients <- object$coefficients
  if (anyNA(coefficients)) {
    warn("rank_deficient", "prediction from a rank-deficient fit may be misleading", call)
    coefficients[is.na(coefficients)] <- 0
  }
  design <- matrix_design(x, object$fit_intercept)
  eta <- rust_linear_predictor(design, as.double(coefficients), offset, call)
  # a NaN from a missing value is a missing value
  eta[is.nan(eta)] <- NA
  names(eta) <- rownames(x)
  if (type == "response") exp(eta) else eta
}

# New rows of the covariates in the order of the fit.
new_covariates <- function(object, newdata, call) {
  x <- check_numeric_matrix(newdata, "newdata", call)
  wanted <- setdiff(names(object$coefficients), if (object$fit_intercept) "(Intercept)")
  # the core takes an integer for what it is, the missing one too
  if (is.integer(x) && anyNA(x)) storage.mode(x) <- "double"
  if (!is.null(colnames(x)) && ncol(x) >= length(wanted) && all(wanted %in% colnames(x))) {
    return(x[, wanted, drop = FALSE])
  }
  named <- !identical(wanted, if (length(wanted)) paste0("x", seq_along(wanted)) else character())
  if (named && !is.null(colnames(x))) {
    missing <- setdiff(wanted, colnames(x))
    if (length(missing)) abort("argument", paste0("`newdata` has no column `", missing[1L], "`"), call)
  }
  if (ncol(x) != length(wanted)) {
    abort("argument", sprintf("`newdata` must have %d columns as `x` had, not %d", length(wanted), ncol(x)), call)
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
logLik.poisson_fit <- function(object, ...) {
  # a penalty leaves fewer degrees of freedom than coefficients, and a number of them that nobody has asked for
  df <- if (object$alpha > 0) NA_integer_ else object$rank
  structure(object$log_likelihood, df = df, nobs = object$nobs, class = "logLik")
}

#' @export
nobs.poisson_fit <- function(object, ...) object$nobs
