# Likelihood ratio tests of nested fits.

#' Likelihood ratio test of two nested fits
#'
#' The statistic is the difference of the deviances. Where the dispersion is known it is chi-squared; where it is estimated
#' it is divided by Pearson's estimate in the larger fit, as [stats::anova.glm()] does, and then, divided by the number of
#' additional coefficients in the larger fit, compared with the F distribution.
#'
#' For two fits of [negative_binomial()] with an estimated theta the statistic is twice the difference of the log-likelihoods, each
#' with its own theta. Otherwise a parameter of the family's own (a given theta, the power of [tweedie()]) must be the same in
#' both. The Poisson and the negative binomial distribution are compared by [dispersion_test()], since that theta is at a
#' boundary.
#'
#' Both fits must have the same family, response, weights and rows. That the columns of the smaller one, its offset
#' included, are combinations of those of the larger one is checked, by one least-squares fit of a combination of them all:
#' the formulas need not be nested. It takes as long as one iteration.
#'
#' Of models with [zero_inflated()], [hurdle()], [zero_truncated()], [multinomial()], [cumulative()] and
#' `negative_binomial(type = "nb1")` the statistic is twice the difference of the log-likelihoods. They must be of the same kind,
#' links, response, weights and rows; columns and offsets are checked in the same way, part by part (not those of choices among
#' alternatives).
#'
#' A likelihood ratio has no robust version: with a covariance other than that of the model use [wald_test()] or
#' [score_test()].
#'
#' @param fit0,fit1 Fits of [glm_rs()], the smaller one first.
#' @param test `"F"`, `"Chisq"`, or `"auto"`: F where the dispersion is estimated. With `"Chisq"` the difference is divided
#'   by the dispersion all the same.
#' @param ... Not used.
#' @return An object of class `c("glmrs_lr_test", "glmrs_test", "htest")`, see [wald_test()]. Fits that cannot be compared are
#'   an error of class `glmrs_error_nested`.
#' @references McCullagh, P. and Nelder, J. A. (1989) *Generalized Linear Models*, 2nd edition, section 2.3. Chapman and
#'   Hall.
#' @examples
#' larger <- glm_rs(breaks ~ wool * tension, data = warpbreaks, family = poisson())
#' lr_test(update(larger, . ~ wool + tension), larger)
#' @export
lr_test <- function(fit0, fit1, test = c("auto", "F", "Chisq"), ...) {
  call <- sys.call()
  test <- check_choice(test, c("auto", "F", "Chisq"), "test", call)
  check_no_dots(list(...), call)
  if (missing(fit1)) abort("argument", "`fit1` is missing: a likelihood ratio compares two fits", call)
  others <- vapply(list(fit0, fit1), inherits, NA, "glm_rs_model")
  if (all(others)) return(likelihood_ratio(fit0, fit1, test, call))
  if (!others[1L]) check_is_fit(fit0, "fit0", call)
  if (!others[2L]) check_is_fit(fit1, "fit1", call)
  # says what compares a generalized linear model and another
  if (any(others)) check_comparable(list(fit0, fit1), call)
  fits <- list(with_rows(fit0), with_rows(fit1))
  check_same_data(fits[[1L]], fits[[2L]], call)
  check_nested(fits[[1L]], fits[[2L]], call)
  q <- fit1$rank - fit0$rank
  gain <- max(0, twice_the_gain(fit0, fit1, call)) / estimate_dispersion(fits[[2L]])
  estimated <- is.na(known_dispersion(fit1$family))
  new_test(
    "lr", "Likelihood ratio test", outcome_of(gain, q, fit1$df.residual, estimated, test, call), model_text(fit1),
    list(smaller = model_text(fit0), caveats = caveats_of_all(list(fit0, fit1), likelihoods = TRUE))
  )
}

# Of models of other likelihoods.
likelihood_ratio <- function(fit0, fit1, test, call) {
  if (test == "F") abort("test", "such models have no dispersion that is estimated beside them, and no F test", call)
  check_comparable(list(fit0, fit1), call)
  check_larger(fit0, fit1, call)
  gain <- likelihood_gain(fit0, fit1, call)
  finite <- function(fit) sum(is.finite(as.double(fit$theta)))
  at_boundary <- finite(fit0) != finite(fit1)
  new_test(
    "lr", paste0("Likelihood ratio test", if (at_boundary) " (theta of one fit is at its boundary: the p-value is too large)"),
    outcome_of(gain, fit1$rank - fit0$rank, NULL, FALSE, test, call), model_text(fit1),
    list(smaller = model_text(fit0), caveats = caveats_of_all(list(fit0, fit1), likelihoods = TRUE))
  )
}

# By deviances, or where each fit has a theta of its own by the likelihoods.
twice_the_gain <- function(fit0, fit1, call) {
  if (inherits(fit0, "glm_rs_negbin") && inherits(fit1, "glm_rs_negbin")) return(fit1$twologlik - fit0$twologlik)
  check_same_shape(list(fit0, fit1), "nested", call)
  fit0$deviance - fit1$deviance
}

# Deviances are comparable where a family's own parameter is the same.
check_same_shape <- function(fits, kind, call) {
  shapes <- lapply(fits, function(fit) fit$family$shape)
  differ <- !vapply(shapes, identical, NA, shapes[[1L]])
  if (!any(differ)) return(invisible())
  said <- vapply(list(shapes[[1L]], shapes[[which(differ)[1L]]]), function(shape) if (is.null(shape)) "none" else format(shape), "")
  abort(
    kind, sprintf("the families have parameters of their own that differ (%s): deviances do not compare the fits", toString(said)),
    call, i = "fit both with the same one, as in family = tweedie(1.6) or negative_binomial(2); AIC() compares any"
  )
}
