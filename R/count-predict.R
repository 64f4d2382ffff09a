# Predictions of NB1 and zero-truncated models, and their standard errors by the delta method.

#' Predictions of NB1 and zero-truncated models
#'
#' @param object A fit of [glm_rs()] with a family [zero_truncated()] or `negative_binomial(type = "nb1")`.
#' @param newdata A data frame with the covariates; by default the rows of the fit.
#' @param type `"response"`: the mean of the counts that are observed, of those above zero in a zero-truncated model.
#'   `"count"`: the mean with the zeros. `"link"`: its logarithm, the linear predictor. `"prob"`: a matrix of the probabilities
#'   of counts.
#' @param se.fit Standard errors by the delta method? Not for `"prob"`.
#' @param at Counts for `type = "prob"`; by default from 0, or 1, to the largest of the fit.
#' @param na.action What to do with missing values in `newdata`; by default their predictions are `NA`.
#' @param vcov The kind of covariance for the standard errors, as for [glm_rs_count-methods]; options in `...`.
#' @param ... Options of the kind of covariance.
#' @return A vector, or for `"prob"` a matrix with a column for each count; with `se.fit` a list of `fit` and `se.fit`.
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, family = zero_truncated(), data = subset(MASS::quine, Days > 0))
#' predict(fit, data.frame(Sex = "F", Age = c("F0", "F3")), se.fit = TRUE)
#' @export
predict.glm_rs_count <- function(object, newdata = NULL, type = c("response", "count", "link", "prob"), se.fit = FALSE,
                                 at = NULL, na.action = stats::na.pass, vcov = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("response", "count", "link", "prob"), "type", call)
  se.fit <- check_flag(se.fit, "se.fit", call)
  if (se.fit && type == "prob") abort("argument", 'there are no standard errors for type = "prob"', call)
  check_predict_dots(list(...), se.fit, vcov, call)
  mold <- if (is.null(newdata)) model_mold(object) else forge_counts(object, newdata, na.action, call)
  spread <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else with_incomplete(x, mold)
  law <- count_law(object, mold)
  if (type == "prob") {
    at <- at_counts(at, object, mold, call)
    probabilities <- vapply(at, function(y) exp(count_log_probability(object, law, y)), law$mu)
    return(spread(matrix(probabilities, ncol = length(at), dimnames = list(mold$names, at))))
  }
  value <- switch(type, response = count_means(object, law), count = law$mu, link = law$eta)
  fit <- spread(with_names(value, mold$names))
  if (!se.fit) return(fit)
  covariance <- likelihood_covariance(object, vcov, list(...), call)$matrix
  errors <- count_errors(object, mold, count_slopes(object, law, type), covariance)
  list(fit = fit, se.fit = spread(with_names(errors, mold$names)))
}

at_counts <- function(at, fit, mold, call) {
  if (is.null(at)) return(seq(as.integer(is_truncated(fit$family)), max(mold$counts %||% model_mold(fit)$counts)))
  if (!is.numeric(at) || any(at < 0 | at != round(at))) abort("argument", "`at` must be counts", call)
  at
}

# New data as model_mold() gives those of the fit: the rows without missing values.
forge_counts <- function(fit, newdata, na.action, call) {
  warn_rank_deficient(fit$coefficients, call)
  forged <- forge(fit, newdata, na.action, call)
  names <- forged$rows[forged$complete]
  list(design = forged$design, offset = forged$offset, names = names, all = forged$rows, complete = forged$complete)
}

# Derivatives of what is predicted by the linear predictor and log(theta).
count_slopes <- function(fit, law, type) {
  none <- 0 * law$eta
  if (type == "link") return(list(none + 1, none))
  if (type == "count" || !is_truncated(fit$family)) return(list(law$mu, none))
  mean <- count_means(fit, law)
  lost <- if (fit$family$spec$variance == "nb2" || is.infinite(count_theta(fit))) {
    above_zero_slopes(law$eta, count_theta(fit))
  } else {
    linear_above_zero_slopes(law$mu, count_theta(fit))
  }
  list(mean * (1 - lost[[1L]]), -mean * lost[[2L]])
}

# above_zero_slopes() where P(0) is exp(-mu * theta * log(1 + 1/theta)).
linear_above_zero_slopes <- function(mu, theta) {
  exponent <- mu * theta * log1p(1 / theta)
  odds <- 1 / expm1(exponent)
  list(odds * exponent, odds * (exponent - mu * theta / (1 + theta)))
}

# By the quadratic form of the coefficients' block, their covariances with log(theta), and its variance; a covariance that
# lacks log(theta) says that it is known.
count_errors <- function(fit, mold, slopes, covariance) {
  names <- names(fit$coefficients)
  all <- covariance_among(covariance, c(names, LOG_THETA))
  of_rows <- rust_quadratic_form(mold$design, unname(all[names, names, drop = FALSE]), call = fit$call)
  with_theta <- rust_linear_predictor(mold$design, as.double(all[names, LOG_THETA]), NULL, fit$call)
  a <- slopes[[1L]]
  b <- slopes[[2L]]
  sqrt(pmax(0, a^2 * of_rows + 2 * a * b * with_theta + b^2 * all[LOG_THETA, LOG_THETA]))
}
