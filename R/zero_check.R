# Are there as many zeros as a model of counts expects?

#' Zeros observed and expected
#'
#' The number of zeros among the counts of a fit, and the sum of their probabilities. For Poisson fits, van den Broek's
#' score test of additional zeros.
#'
#' The test is against a share of additional zeros that is the same for all rows; its statistic has one degree of freedom,
#' and allows for the coefficients being estimated, whatever the link. If a Poisson fit expects too few zeros, a model of
#' zeros is not necessarily called for: a negative binomial fit, which allows for more variation, may have enough of them.
#'
#' @param fit A fit of [glm_rs()] with family `poisson`, [negative_binomial()] of either type, [zero_inflated()], [hurdle()] or
#'   [zero_truncated()], which observes and expects none.
#' @return A list of class `"glmrs_zero_check"`: `observed`, `expected`, and for Poisson fits `statistic` (chi-squared with
#'   one degree of freedom, two-sided) and `p.value`, else `NA`. Prior weights count rows as often as they say.
#' @references van den Broek, J. (1995) A score test for zero inflation in a Poisson distribution. *Biometrics* 51, 738-743.
#' @seealso [rootogram()], [dispersion_test()], [zero_inflated()]
#' @examples
#' zero_check(glm_rs(Days ~ Sex + Age, data = MASS::quine, family = poisson()))
#' zero_check(glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial()))
#' @export
zero_check <- function(fit) {
  call <- sys.call()
  if (inherits(fit, "glm_rs_zero")) {
    mold <- model_mold(fit)
    return(zeros_of_model(fit, mold, zero_distribution(fit, mold)$mass(0)))
  }
  if (inherits(fit, "glm_rs_count")) {
    mold <- model_mold(fit)
    return(zeros_of_model(fit, mold, exp(count_log_probability(fit, count_law(fit, mold), 0))))
  }
  if (!inherits(fit, "glm_rs")) abort("argument", "`fit` must be a fit of counts by glm_rs()", call)
  fit <- with_rows(fit)
  p0 <- count_distribution(fit, call)$mass(0)
  zero <- whole_numbers(response_of(fit)) == 0
  weights <- plain_double(fit$prior.weights)
  found <- list(observed = sum(weights * zero), expected = sum(weights * p0), statistic = NA_real_, p.value = NA_real_)
  if (identical(fit$family$family, "poisson")) {
    score <- sum((weights * (zero / p0 - 1))[weights > 0])
    variance <- sum((weights * (1 - p0) / p0)[weights > 0]) - explained_by_coefficients(fit)
    found$statistic <- score^2 / variance
    found$p.value <- stats::pchisq(found$statistic, 1, lower.tail = FALSE)
  }
  structure(c(found, list(family = fit$family$family)), class = "glmrs_zero_check")
}

# Of a model that is no glm: without a test. `p0`: the rows' probabilities of a zero.
zeros_of_model <- function(fit, mold, p0) {
  weights <- mold$weights %||% rep(1, length(mold$counts))
  found <- list(
    observed = sum(weights * (mold$counts == 0)), expected = sum(weights * p0), statistic = NA_real_, p.value = NA_real_,
    family = fit$family$family
  )
  structure(found, class = "glmrs_zero_check")
}

# What of the score's variance is due to the coefficients: v' (X'WX)^-1 v, v = X' dmu/deta, by a regression of
# mu / (dmu/deta) with the working weights. With log link and an intercept it is the sum of the means.
explained_by_coefficients <- function(fit) {
  if (!fit$rank) return(0)
  of_score <- fit
  of_score$residuals <- plain_double(fit$fitted.values / fit$family$mu.eta(fit$linear.predictors))
  score_sum_of_squares(of_score, design_from_fit(fit), "offset", fit$call)
}

#' @export
print.glmrs_zero_check <- function(x, ...) {
  cat(sprintf("Zeros: %s observed, %s expected (%s)\n", format(x$observed), format(x$expected, digits = 4L), x$family))
  if (!is.na(x$statistic)) {
    cat(sprintf(
      "Score test of additional zeros: X-squared = %s, df = 1, p-value = %s\n",
      format(x$statistic, digits = 5L), format.pval(x$p.value, digits = 4L)
    ))
  }
  invisible(x)
}
