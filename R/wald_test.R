# Wald tests of linear restrictions, with any covariance.

#' Wald test of linear restrictions
#'
#' Are some coefficients 0, or are linear functions of them equal to given numbers? The covariance is that of the
#' model or any other that `vcov()` of the fit knows, with its options.
#'
#' For restrictions R \eqn{\beta} = r and a covariance V of the estimates the statistic is
#' (Rb - r)'(R V R')\eqn{^{-1}}(Rb - r). Where the dispersion of a [glm_rs()] fit is estimated (and neither given nor that of a
#' bias-reduced fit) its quotient by the number of restrictions is compared with the F distribution, else the statistic itself
#' with the chi-squared one; fits of
#' [m_estimate()], [poisson_fit()] and models of several linear predictors are of the second kind. The denominator degrees
#' of freedom are n - p, and for a covariance by clusters their number (the smallest, of several clusterings) less 1. Degrees
#' of freedom that [ssc()] says, or that the covariance has for the one coefficient that is tested, or for the one combination, come
#' first, and make it an F test: the square of the t test of `summary()`. A covariance that has some makes every test an F
#' test: of several restrictions those of its clusters count.
#'
#' @param fit A fit from [glm_rs()] with any family, [m_estimate()] or [poisson_fit()]. One of [poisson_fit()] with a penalty has no
#'   covariance, and is refused.
#' @param restrictions What to test jointly; by default all coefficients but intercepts, thresholds and `log(theta)`.
#'   * A one-sided formula of terms, like `~ x + f` or `~ x:f`: all their coefficients are 0. Aliased ones take no part. In a
#'     fit without a formula, or of several linear predictors, each coefficient is a term.
#'   * Names of coefficients, which are then 0, and equations like `"x1 = x2"`, `"x1 + 2 * x2 = 3"`, `"log(x) = x:fb"`.
#'     Names that R cannot read need backticks: ``"`poly(x, 2)1` = 0"``.
#'   * A matrix with a row for each restriction and a column for each coefficient (or for each that is not aliased); a vector
#'     is one row.
#' @param vcov The kind of covariance, see [vcov.glm_rs()], [vcov.m_estimate()] and [vcov.poisson_fit()]: its name, a formula
#'   of clusters, a matrix or a function. `NULL`: that of `vcov()` by default.
#' @param rhs Right-hand side of restrictions that are not written as equations: one number, or one for each.
#' @param test `"F"`, `"Chisq"`, or `"auto"` as above.
#' @param ... Options of the covariance, such as `cluster` and `ssc`.
#' @return An object of class `c("glmrs_wald_test", "glmrs_test", "htest")`: `statistic`, `parameter` (degrees of freedom),
#'   `p.value`, `estimate` (Rb), `null.value` (r), `method`, `data.name` (the call of the fit's formula), `covariance` (what
#'   it is), `vcov` (R V R'), `restrictions` (R) and, where small-sample choices were made for the covariance, `ssc`; in `caveats`
#'   why standard errors, and so the test, say less than they seem to, as [summary()][summary.glm_rs()] has them. `tidy()` of package broom or generics gives a row.
#'
#'   Errors are of class `glmrs_error_restriction`: an unknown or aliased coefficient, restrictions that depend on each
#'   other; and `glmrs_error_covariance`, if the covariance of the restrictions is singular, as with as many of them as
#'   clusters.
#' @seealso [lr_test()], [score_test()], [anova.glm_rs()]
#' @references Wooldridge, J. M. (2010) *Econometric Analysis of Cross Section and Panel Data*, 2nd edition, section 12.6.
#'   MIT Press.
#' @examples
#' fit <- glm_rs(breaks ~ wool * tension, data = warpbreaks, family = poisson())
#' wald_test(fit, ~ wool:tension, vcov = "HC3")
#' wald_test(fit, c("tensionM = tensionH", "woolB"), vcov = "HC1")
#' @export
wald_test <- function(fit, restrictions = NULL, vcov = NULL, rhs = 0, test = c("auto", "F", "Chisq"), ...) {
  call <- sys.call()
  test <- check_choice(test, c("auto", "F", "Chisq"), "test", call)
  parts <- inference_parts(fit, vcov, list(...), call)
  if (is.numeric(restrictions)) restrictions <- with_all_columns(restrictions, parts)
  r <- restrictions_of(restrictions, rhs, parts$estimates, terms_of_coefficients(fit, names(parts$estimates)), call)
  wald_result(fit, parts, r, test, call)
}

wald_result <- function(fit, parts, restrictions, test, call) {
  kept <- parts$estimates[!is.na(parts$estimates)]
  estimate <- drop(restrictions$matrix %*% kept)
  tested <- which(colSums(restrictions$matrix != 0) > 0)
  weights <- restrictions$matrix[, tested, drop = FALSE]
  covariance <- weights %*% tested_covariance(parts, tested) %*% t(weights)
  squared <- squared_distance(estimate - restrictions$rhs, covariance, parts$clusters, call, parts$left)
  own <- if (nrow(weights) == 1L && length(tested) > 1L && !is.null(parts$df_of)) {
    parts$df_of(restrictions$matrix)
  } else {
    common_df(parts$df[tested])
  }
  outcome <- outcome_of(
    squared, nrow(restrictions$matrix), own %||% parts$left, parts$estimated || !is.null(parts$df), test, call
  )
  new_test(
    "wald", "Wald test", outcome, model_text(fit),
    list(
      estimate = estimate, null.value = restrictions$rhs, covariance = parts$label, vcov = covariance,
      restrictions = restrictions$matrix, ssc = parts$ssc, caveats = caveats_of(fit)
    )
  )
}

# Restrictions of the coefficients alone, 0 for the logarithms of theta.
with_all_columns <- function(matrix, parts) {
  if (is.null(dim(matrix))) matrix <- t(matrix)
  shown <- parts$shown
  if (length(shown) == length(parts$estimates) || !ncol(matrix) %in% c(length(shown), sum(!is.na(shown)))) return(matrix)
  used <- if (ncol(matrix) == length(shown)) names(shown) else names(shown)[!is.na(shown)]
  if (!is.null(colnames(matrix)) && !identical(colnames(matrix), used)) return(matrix)
  whole <- matrix(0, nrow(matrix), length(parts$estimates), dimnames = list(rownames(matrix), names(parts$estimates)))
  whole[, used] <- matrix
  whole
}

# What a test needs of the covariance that a fit is asked for: list(matrix, label, clusters, ssc, df, df_of, estimates, shown, left,
# estimated), and in place of the matrix `blocks` and `scale` where it is large and kept in blocks: tested_covariance() reads
# both. `shown` are those of the estimates that coef() shows, `left` the degrees of freedom where `df` has none; `estimated`:
# is the dispersion?
inference_parts <- function(fit, vcov, options, call) {
  # what vcov() of a glm passes over has no place here
  check_covariance_dots(options, vcov, call)
  if (inherits(fit, "glm_rs")) return(glm_inference(fit, vcov, options, call))
  estimates <- shown <- fit$coefficients
  found <- if (inherits(fit, "glm_rs_model")) {
    estimates <- model_parameters(fit)
    shown <- shown_parameters(fit)
    likelihood_covariance(fit, vcov, options, call)
  } else if (inherits(fit, "m_estimate")) {
    m_covariance(fit, vcov, options, call)
  } else if (inherits(fit, "poisson_fit")) {
    poisson_covariance(fit, vcov, "vcov", options, call)
  } else {
    abort("argument", "`fit` must be a fit of glm_rs(), m_estimate() or poisson_fit()", call)
  }
  fit$df.residual <- fit$df.residual %||% (fit$nobs - sum(!is.na(estimates)))
  # a matrix of the user's may be without logarithms of theta
  estimates <- estimates[is.na(estimates) | names(estimates) %in% rownames(found$matrix)]
  c(found[c("matrix", "label", "clusters", "ssc", "df", "df_of")], list(
    estimates = estimates, shown = shown, left = left_df(fit, found), estimated = FALSE
  ))
}

glm_inference <- function(fit, vcov, options, call) {
  found <- if (!identical(vcov, "model")) asked_covariance(fit, vcov, options, call)
  if (is.null(found)) {
    in_blocks <- !is.null(.subset2(fit, "cov.blocks"))
    found <- if (in_blocks) model_blocks(fit, options, call) else covariance_of(fit, "model", options, call)
  }
  c(found[c("matrix", "blocks", "scale", "label", "clusters", "ssc", "df", "df_of")], list(
    estimates = fit$coefficients, shown = fit$coefficients, left = left_df(fit, found), estimated = uses_t(fit, found)
  ))
}

# The covariance of the model as list(blocks, scale, label, dispersion).
model_blocks <- function(fit, options, call) {
  dispersion <- model_options(options, call)$dispersion
  list(
    blocks = fit$cov.blocks, scale = dispersion %||% estimate_dispersion(fit), label = "of the model",
    dispersion = dispersion
  )
}

# The rows and columns `at` of a covariance, by place among the estimates that are not aliased.
tested_covariance <- function(parts, at) {
  if (is.null(parts$blocks)) return(parts$matrix[at, at, drop = FALSE])
  parts$scale * block_covariance(parts$blocks, parts$estimates, at)
}

# list(labels, assign, constant): the terms of a fit, a function that says which of them each coefficient belongs to, and
# which coefficients are no effects: intercepts, thresholds, logarithms of theta. Without a formula, or with several linear
# predictors, each coefficient is a term.
terms_of_coefficients <- function(fit, names) {
  constant <- grepl("(^|_|:)\\(Intercept\\)$", names) | names %in% c(LOG_THETA, log_theta_names(c("count", "zero")), names(fit$zeta))
  # of one linear predictor all the same
  single <- inherits(fit, c("glm_rs_count", "glm_rs_cumulative"))
  if (is.null(fit$terms) || inherits(fit, "glm_rs_model") && !single) {
    labels <- names[!constant]
    return(list(labels = labels, assign = function() match(names, labels, 0L), constant = constant))
  }
  design <- function() {
    if (single) return(model_mold(fit)$design)
    frame <- if (inherits(fit, "glm_rs")) fitted_frame(with_rows(fit)) else fit$model
    design_from_frame(frame, fit$contrasts, fit$call)
  }
  assign <- function() {
    found <- design()
    # thresholds and the logarithm of theta are beside the design, an intercept may be there alone
    if (identical(names, found$names)) found$assign else found$assign[match(names, found$names)]
  }
  list(labels = attr(fit$terms, "term.labels"), assign = assign, constant = constant)
}

# d'V^-1 d. No test without a covariance of full rank: with as many restrictions as clusters, or where clusters are the
# cells of the model, whose scores are 0 but for rounding errors.
squared_distance <- function(d, covariance, clusters, call, left = Inf) {
  size <- sqrt(pmax(diag(covariance), 0))
  few <- length(clusters) && min(clusters) - 1 < length(d)
  if (!few && all(is.finite(covariance)) && all(size > 1e-8 * abs(d))) {
    # in units of standard errors an eigenvalue of a singular matrix is a rounding error
    spectrum <- eigen(covariance / outer(size, size), symmetric = TRUE)
    if (min(spectrum$values) > 1e-12 * length(d)) return(sum(crossprod(spectrum$vectors, d / size)^2 / spectrum$values))
  }
  none <- !few && isTRUE(left <= 0)
  abort(
    "covariance", sprintf("the covariance of the %d restrictions is not positive definite: there is no test", length(d)), call,
    x = if (none) "no residual degrees of freedom are left: neither dispersion nor residuals have a size",
    i = if (few) {
      sprintf("%d clusters allow fewer restrictions than that", min(clusters))
    } else if (none) {
      "leave terms out; where the dispersion of the model is known, give `dispersion`"
    }
  )
}
