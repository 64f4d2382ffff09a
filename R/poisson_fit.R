#' Fit a Poisson regression from a matrix
#'
#' Counts with mean exp(x \eqn{\beta} + offset), by maximum likelihood or, with `alpha > 0`, with an L2 (ridge) penalty:
#' numbers in, a list out, no formula.
#'
#' What is minimised is \eqn{\sum_i w_i (\mu_i - y_i \eta_i) + \frac{\alpha}{2} \sum_j \beta_j^2}, the sum over
#' the coefficients of `x` alone: the intercept is not penalised. At the solution the score equations
#' \eqn{X'W(y - \mu) = \alpha \beta} hold. The penalty is in units of the sum over all rows, not of the mean, and it
#' is not scaled with the columns of `x`: standardise them first if they come in different units.
#'
#' The search is limited-memory BFGS (package argmin in Rust) from the fit without covariates, in coordinates in which
#' the units of the columns do not matter; Newton's steps end it, so that with `alpha = 0` the coefficients are those of
#' `stats::glm(family = poisson())` to rounding. Columns that the columns before them explain are aliased (`NA`), as
#' there.
#'
#' @param x Covariates, one row for each count: a numeric (or integer or logical) matrix, a data frame of numeric
#'   columns, or a numeric vector for a single covariate. No column for the intercept. Values must be finite.
#' @param y Counts, one for each row of `x`, finite and not negative. They need not be whole numbers: the estimates are
#'   then those of the quasi-likelihood, and the log-likelihood has the gamma function in place of the factorial.
#' @param alpha Size of the penalty, not negative. The default 0 means none.
#' @param fit_intercept Add an intercept?
#' @param weights Prior weights, one for each row and not negative; `NULL` for all 1. To the coefficients and to the
#'   covariance of the model a weight of 2 is the same as two rows; to robust covariances it is one row of twice the score,
#'   and `nobs` counts it once.
#' @param offset Added to the linear predictor, on the scale of the logarithm of the mean, one value for each row;
#'   `NULL` for none.
#' @param max_iterations The most iterations, Newton's among them: a whole number of at least 1.
#' @param tolerance Stop when |change of the deviance| / (|deviance| + 0.1) is smaller and so is what a step along the
#'   score would change. A number > 0; below 1e-10 it makes no difference.
#' @return A list of class `"poisson_fit"`:
#'   \describe{
#'     \item{`coefficients`}{named, `"(Intercept)"` first; `NA` for aliased columns}
#'     \item{`covariances`}{`vanilla` and `sandwich` covariance of the coefficients that are not aliased; `NULL` if
#'       `inference_available` is `FALSE`. For these and all other kinds see [vcov.poisson_fit()]}
#'     \item{`inference_available`}{`FALSE` with a penalty, which biases the coefficients, and beyond 2000 of them}
#'     \item{`converged`, `iterations`, `termination_reason`}{how the search ended}
#'     \item{`objective`}{what was minimised, at the solution}
#'     \item{`deviance`, `null.deviance`, `log_likelihood`}{without the penalty}
#'     \item{`rank`, `df.residual`, `df.null`, `nobs`}{rows of weight 0 do not count}
#'     \item{`fitted.values`, `linear.predictors`, `y`, `prior.weights`, `offset`}{one value for each row, or `NULL`}
#'     \item{`separation`}{what [detect_separation()] says, where the counts are separated; else `NULL`}
#'     \item{`x`}{the matrix of covariates}
#'     \item{`alpha`, `fit_intercept`, `call`}{what was asked for}
#'   }
#'   Input that has no answer is an error of class `glmrs_error` that names the argument and, where there is one, the
#'   row. A search that did not converge, separated counts and aliased columns are warnings of class `glmrs_warning`, and the fit is
#'   returned.
#' @references Nocedal, J. and Wright, S. J. (2006) *Numerical Optimization*, 2nd edition, chapter 7. Springer.
#' @seealso [summary.poisson_fit()], [vcov.poisson_fit()], [predict.poisson_fit()], [wald_test()], [bootstrap()]; [glm_rs()] for
#'   formulas.
#' @examples
#' set.seed(1)
#' x <- matrix(rnorm(600), 200, dimnames = list(NULL, c("a", "b", "c")))
#' exposure <- runif(200, 1, 5)
#' y <- rpois(200, exposure * exp(0.2 + x %*% c(0.5, -0.3, 0)))
#' fit <- poisson_fit(x, y, offset = log(exposure))
#' summary(fit, vcov = "sandwich")
#' predict(fit, x[1:3, ], offset = log(exposure[1:3]))
#'
#' # a penalty draws the slopes to zero
#' coef(poisson_fit(x, y, alpha = 100, offset = log(exposure)))
#' @export
poisson_fit <- function(x, y, alpha = 0, fit_intercept = TRUE, weights = NULL, offset = NULL, max_iterations = 100,
                        tolerance = 1e-8) {
  call <- match.call()
  if (missing(x)) abort("argument", "`x` is missing: which covariates?", call)
  if (missing(y)) abort("argument", "`y` is missing: which counts?", call)
  alpha <- check_not_negative(alpha, "alpha", call)
  fit_intercept <- check_flag(fit_intercept, "fit_intercept", call)
  max_iterations <- check_count(max_iterations, "max_iterations", call)
  tolerance <- check_positive(tolerance, "tolerance", call)
  x <- check_numeric_matrix(x, "x", call)
  n <- nrow(x)
  if (!n) abort("data", "there are no rows to fit: `x` has none", call)
  if (!ncol(x) && !fit_intercept) abort("data", "there is nothing to fit: no covariates and no intercept", call)
  if (is.null(y)) abort("argument", "`y` must be a numeric vector", call)
  y <- check_counts(check_rows(y, n, "y", call), call)
  weights <- check_weights(check_rows(weights, n, "weights", call), call)
  offset <- check_rows(offset, n, "offset", call)

  names <- c(if (fit_intercept) "(Intercept)", covariate_names(x))
  options <- list(alpha, fit_intercept, max_iterations, tolerance)
  fit <- rust_poisson_fit(matrix_design(x, fit_intercept), list(y, weights, offset), options, call)
  result <- new_poisson_fit(fit, names, x, y, weights, offset, alpha, fit_intercept, call)
  warn_about_poisson(result, fit$status, max_iterations)
  # a penalty keeps estimates finite
  if (alpha == 0) result$separation <- warn_of_separated_rates(result, fit$vanilla, tolerance, call)
  result
}

# What separates counts of zero from others, with a warning; NULL for nothing.
warn_of_separated_rates <- function(fit, vanilla, tolerance, call) {
  aliased <- is.na(fit$coefficients)
  facts <- list(
    least_mean = min(fit$fitted.values), deviance = fit$deviance, coefficients = fit$coefficients, aliased = aliased,
    cov_unscaled = vanilla
  )
  find <- function() {
    design <- c(matrix_design(fit$x, fit$fit_intercept), list(names = names(fit$coefficients)))
    separation_of(design, list(y = fit$y, weights = fit$prior.weights), "counts", NULL, call)
  }
  hint <- "a penalty (`alpha`), or glm_rs(bias = \"firth\"), gives finite estimates"
  warn_of_separation(facts, stats::poisson(), call, tolerance, find, hint)
}

# `x` as a design of the core, in place; see design() in args.rs.
matrix_design <- function(x, intercept) {
  spec <- design_from_matrix(x)$spec
  list(spec = list(spec[[1L]], c(if (intercept) list(intercept_spec), spec[[2L]])))
}

# Column names; where there are none, x1, x2, ...
covariate_names <- function(x) {
  names <- colnames(x)
  numbered <- if (ncol(x)) paste0("x", seq_len(ncol(x)))
  if (is.null(names)) numbered else ifelse(is.na(names) | !nzchar(names), numbered, names)
}

# A matrix of doubles or integers, from whatever holds one.
check_numeric_matrix <- function(x, arg, call) {
  if (is.data.frame(x)) {
    usable <- vapply(x, function(column) (is.numeric(column) || is.logical(column)) && !is.factor(column), NA)
    if (!all(usable)) {
      abort("argument", sprintf("the column `%s` of `%s` is not numeric", names(x)[!usable][1L], arg), call)
    }
    x <- as.matrix(columns_without_integer64(x, call))
  }
  x <- without_integer64(x, call)
  if (!is.numeric(x) && !is.logical(x) || is.factor(x) || length(dim(x)) > 2L) {
    abort("argument", sprintf("`%s` must be a numeric matrix, a data frame of numbers or a numeric vector", arg), call)
  }
  if (length(dim(x)) != 2L) x <- matrix(x, ncol = 1L)
  if (is.logical(x)) storage.mode(x) <- "integer"
  x
}

check_counts <- function(y, call) {
  negative <- which(y < 0)
  if (length(negative)) {
    row <- negative[1L]
    abort("response", sprintf("`y` must not be negative, but is %s (row %d)", format(y[row]), row), call, row = row)
  }
  y
}

check_weights <- function(weights, call) {
  if (is.null(weights)) return(NULL)
  negative <- which(weights < 0)
  if (length(negative)) {
    row <- negative[1L]
    message <- sprintf("`weights` must not be negative, but is %s (row %d)", format(weights[row]), row)
    abort("weights", message, call, row = row)
  }
  if (!anyNA(weights) && all(weights == 0)) abort("weights", "all `weights` are zero: there is nothing to fit", call)
  weights
}

# The list that the user gets, from the numbers of the core.
new_poisson_fit <- function(fit, names, x, y, weights, offset, alpha, fit_intercept, call) {
  coefficients <- stats::setNames(fit$coefficients, names)
  coefficients[fit$aliased] <- NA
  kept <- names[!fit$aliased]
  named <- function(v) `dimnames<-`(v, list(kept, kept))
  inference <- !is.null(fit$vanilla)
  nobs <- if (is.null(weights)) length(y) else sum(weights > 0)
  structure(
    list(
      coefficients = coefficients,
      covariances = if (inference) list(vanilla = named(fit$vanilla), sandwich = named(fit$sandwich)),
      inference_available = inference,
      converged = fit$status == "converged", iterations = fit$iterations,
      termination_reason = search_endings[[fit$status]],
      objective = fit$objective, deviance = fit$deviance, null.deviance = fit$null_deviance,
      log_likelihood = fit$log_likelihood,
      rank = length(kept), df.residual = nobs - length(kept), df.null = nobs - as.integer(fit_intercept), nobs = nobs,
      fitted.values = fit$fitted_values, linear.predictors = fit$linear_predictors, x = x, y = y,
      prior.weights = weights, offset = offset, alpha = alpha, fit_intercept = fit_intercept, call = call
    ),
    class = "poisson_fit"
  )
}

warn_about_poisson <- function(fit, status, max_iterations) {
  if (!fit$converged) {
    hint <- if (status == "max_iterations") sprintf(" (%d): try a larger `max_iterations`, or standardise `x`", max_iterations) else ""
    warn("not_converged", paste0("the fit did not converge: ", fit$termination_reason, hint), fit$call)
  }
  aliased <- names(fit$coefficients)[is.na(fit$coefficients)]
  if (length(aliased)) {
    warn("rank_deficient", paste0(
      "columns of `x` that others explain have no coefficient: ", paste(aliased, collapse = ", ")
    ), fit$call, columns = aliased)
  }
}
