# Predictions, from what forge() makes of new data.

#' Predict from a fit
#'
#' Predictions of [stats::predict.glm()], with standard errors of any covariance, and with intervals on request.
#'
#' @section Intervals:
#' \describe{
#'   \item{`"confidence"`}{For the mean: the linear predictor plus and minus its standard error times the quantile of the t
#'     distribution, where the dispersion is estimated, or of the normal one; for `type = "response"` the means at these
#'     limits.}
#'   \item{`"prediction"`}{For one new response. Gaussian with identity link: as [stats::predict.lm()]. Else quantiles of the
#'     predictive distribution, which is that of the family averaged over the normal distribution of the linear predictor
#'     by 21 nodes of Gauss and Hermite; an estimated dispersion is taken as if it were known, except that Gaussian
#'     responses have t distributions about their means. Counts and shares have the least values at which the distribution
#'     function reaches the shares, so that they cover more than `level`.}
#'   \item{`"tolerance"`}{For the share `content` of all new responses at these covariates, with the confidence `level`.
#'     Gaussian with identity link: Wallis's (1951) interval, with Howe's (1969) factor. Else the lower quantile of the family's
#'     distribution at the lower limit of the mean's confidence interval, and the upper one at the upper limit, as Hahn and
#'     Chandra (1981) have it for counts, with the upper limit of an estimated dispersion (by the chi-squared distribution of its
#'     ratio to the true one): its confidence is above the nominal one (near it, for inverse Gaussian responses of few rows), but that theta of
#'     [negative_binomial()] is taken as if it were known.}
#' }
#' Prediction and tolerance intervals are of the response (or the link, where that is the identity), and for the families
#' `gaussian`, `binomial`, `poisson`, [negative_binomial()], `Gamma` and `inverse.gaussian`: a quasi-likelihood has no
#' distribution.
#'
#' @param object A fit from [glm_rs()].
#' @param newdata A data frame of covariates; by default the rows of the fit.
#' @param type,se.fit,dispersion,terms,na.action As for [stats::predict.glm()].
#' @param vcov A covariance of the coefficients for standard errors and intervals, see [vcov.glm_rs()].
#' @param interval The kind of interval, `"none"` by default.
#' @param level The coverage or, for `"tolerance"`, the confidence of the interval.
#' @param content The share of responses in a tolerance interval.
#' @param weights Prior weights of the rows that intervals of responses are for: the numbers of trials of shares, the
#'   inverse variances of others. By default those of the fit for its own rows, and 1 for new ones, with a warning if the fit
#'   has other weights.
#' @param ... Options of the covariance.
#' @return As [stats::predict.glm()]. With an interval a matrix with the columns `fit`, `lwr` and `upr`, or a list with
#'   that as `fit`, and `se.fit` and `residual.scale`. Standard errors are of the scale of `type`.
#' @references
#' Wallis, W. A. (1951) Tolerance intervals for linear regression. *Proceedings of the Second Berkeley Symposium on
#' Mathematical Statistics and Probability*, 43-51.
#'
#' Howe, W. G. (1969) Two-sided tolerance limits for normal populations: some improvements. *Journal of the American
#' Statistical Association* 64, 610-620.
#'
#' Hahn, G. J. and Chandra, R. (1981) Tolerance intervals for Poisson and binomial variables. *Journal of Quality
#' Technology* 13, 100-110.
#'
#' Golub, G. H. and Welsch, J. H. (1969) Calculation of Gauss quadrature rules. *Mathematics of Computation* 23, 221-230.
#' @examples
#' fit <- glm_rs(dist ~ speed, data = cars)
#' predict(fit, data.frame(speed = c(10, 20)), interval = "prediction")
#' counts <- glm_rs(breaks ~ wool + tension, data = warpbreaks, family = poisson())
#' predict(counts, warpbreaks[1:3, ], "response", interval = "confidence", vcov = "HC3")
#' predict(counts, warpbreaks[1:3, ], "response", interval = "prediction")
#' @export
predict.glm_rs <- function(object, newdata = NULL, type = c("link", "response", "terms"), se.fit = FALSE,
                           dispersion = NULL, terms = NULL, na.action = stats::na.pass, vcov = NULL,
                           interval = c("none", "confidence", "prediction", "tolerance"), level = 0.95, content = 0.9,
                           weights = NULL, ...) {
  call <- sys.call()
  type <- match_choice(type, c("link", "response", "terms"), "type", call)
  se.fit <- check_flag(se.fit, "se.fit", call)
  dispersion <- check_dispersion(dispersion, call)
  interval <- check_choice(interval, c("none", "confidence", "prediction", "tolerance"), "interval", call)
  if (interval != "none") {
    asked <- list(kind = interval, level = check_level(level, call), content = check_share(content, "content", call))
    check_interval(object, interval, type, call)
    if (is.null(newdata)) object <- with_rows(object)
    robust <- if (!identical(vcov, "model")) asked_covariance(object, vcov, list(...), call)
    link <- predict.glm_rs(object, newdata, "link", TRUE, dispersion, NULL, na.action, robust$matrix)
    weights <- if (interval != "confidence") weights_of_rows(object, weights, is.null(newdata), length(link$fit), call)
    df <- df_of_prediction(object, robust, dispersion, interval)
    if (interval == "confidence" && !is.null(robust$df_of)) df <- df_of_rows(object, robust$df_of, newdata, na.action, call)
    return(predict_interval(object$family, link, df, type, se.fit, asked, weights))
  }
  # one fit for all that is asked of the rows
  if (is_without_rows(object) && (is.null(newdata) || type == "terms")) {
    object <- with_rows(object)
    return(predict(object, newdata, type, se.fit, dispersion, terms, na.action, vcov, ...))
  }
  robust <- if (!identical(vcov, "model")) asked_covariance(object, vcov, list(...), call)
  if (!is.null(robust)) {
    if (!se.fit) abort("argument", "`vcov` is for standard errors: give `se.fit = TRUE`, too", call)
    # it takes the place of the model's
    object$cov.blocks <- NULL
    object$cov.unscaled <- robust$matrix
  }
  # without terms there is nothing to centre
  if (type == "terms" && !length(attr(object$terms, "term.labels"))) return(NextMethod())
  # from R 4.3 on predict.lm() looks which of the new rows can be estimated
  if (anyNA(object$coefficients) && !is.null(newdata) && is.null(robust) && getRversion() >= "4.3.0") {
    # it takes an offset of any length, and knows no exposure
    if (type != "terms") forge(object, newdata, na.action, call)
    object$call <- call_with_offset(object$call)
    return(stats::predict.glm(object, newdata, type, se.fit, dispersion, terms, na.action, ...))
  }
  pad <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else x
  if (se.fit && (is.null(dispersion) || dispersion == 0)) dispersion <- estimate_dispersion(object)
  unit <- if (is.null(robust)) dispersion else 1
  frame <- if (type == "terms" && !is.null(newdata)) new_frame(object, newdata, na.action, call)
  forged <- if (type != "terms" && !is.null(newdata)) forge(object, newdata, na.action, call)
  if (!is.null(newdata)) warn_rank_deficient(object$coefficients, call)
  if (type == "terms") {
    by_term <- predict_terms(object, frame, se.fit, unit, terms)
    if (!se.fit) return(pad(by_term$fit))
    return(list(fit = pad(by_term$fit), se.fit = pad(by_term$errors), residual.scale = as.vector(sqrt(dispersion))))
  }
  rows <- if (is.null(newdata)) fitted_rows(object, se.fit) else new_rows(object, forged, se.fit)
  fit <- if (type == "response") object$family$linkinv(rows$eta) else rows$eta
  if (!se.fit) return(pad(fit))
  # where the covariance has no negative eigenvalues, as a difference of those by clusters may, this is a rounding error
  if (is.null(robust) || isTRUE(robust$robust) && length(robust$clusters) < 2L) rows$variance <- pmax(rows$variance, 0)
  errors <- sqrt(rows$variance) * sqrt(unit)
  # as predict.lm() does
  if (object$rank == 1L) errors <- unname(errors)
  if (type == "response") errors <- errors * abs(object$family$mu.eta(rows$eta))
  list(fit = pad(fit), se.fit = pad(errors), residual.scale = as.vector(sqrt(dispersion)))
}

# `coefficients`: a vector, or a list of those of several parts.
warn_rank_deficient <- function(coefficients, call) {
  if (!anyNA(coefficients, recursive = TRUE)) return(invisible())
  warn("rank_deficient", "prediction from a rank-deficient fit may be misleading", call)
}

# list(eta, variance) of the rows of the fit; the variance is in units of the dispersion.
fitted_rows <- function(object, se.fit) {
  list(
    eta = object$linear.predictors,
    variance = if (se.fit) {
      design <- design_from_fit(object)
      with_names(unit_variance(object, design), names(object$linear.predictors))
    }
  )
}

# The same for new data; rows with missing values get NA.
new_rows <- function(object, forged, se.fit) {
  coefficients <- ifelse(is.na(object$coefficients), 0, object$coefficients)
  spread <- function(values) {
    full <- rep(NA_real_, length(forged$complete))
    full[forged$complete] <- values
    if (length(full)) with_names(full, forged$rows) else full
  }
  eta <- rust_linear_predictor(forged$design, as.double(coefficients), forged$offset, object$call)
  list(eta = spread(eta), variance = if (se.fit) spread(unit_variance(object, forged$design)))
}

# Degrees of freedom of the standard error of each linear predictor, some at a time: they take memory of the coefficients' number
# squared each.
df_of_rows <- function(object, df_of, newdata, na.action, call) {
  forged <- if (!is.null(newdata)) forge(object, newdata, na.action, call)
  design <- if (is.null(forged)) design_from_fit(object) else forged$design
  n <- if (is.null(forged)) length(object$linear.predictors) else sum(forged$complete)
  x <- rust_fitted_score_rows(design, list(rep(1, n), rep(1, n)), call)[, !is.na(object$coefficients), drop = FALSE]
  distinct <- unique(x)
  parts <- split(seq_len(nrow(distinct)), (seq_len(nrow(distinct)) - 1L) %/% 64L)
  of_distinct <- unlist(lapply(parts, function(rows) df_of(distinct[rows, , drop = FALSE])), use.names = FALSE)
  df <- of_distinct[match(data.frame(t(x)), data.frame(t(distinct)))]
  if (is.null(forged)) return(napredict(object$na.action, df))
  replace(rep(NA_real_, length(forged$complete)), which(forged$complete), df)
}

# The design of a fit, again.
design_from_fit <- function(object) {
  if (!length(object$coefficients)) return(design_from_matrix(matrix(0, length(object$linear.predictors), 0L)))
  design_from_frame(fitted_frame(object), object$contrasts, object$call)
}

# x'(X'WX)^-1 x of every row x; aliased columns take no part.
unit_variance <- function(object, design) {
  if (!is.null(object$cov.blocks)) return(rust_block_quadratic_form(design, object$cov.blocks, call = object$call))
  aliased <- is.na(object$coefficients)
  v <- matrix(0, length(aliased), length(aliased))
  v[!aliased, !aliased] <- unscaled_covariance(object)
  rust_quadratic_form(design, v, call = object$call)
}
