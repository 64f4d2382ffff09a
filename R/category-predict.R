# Predictions of models of categories, and their standard errors by the delta method.

#' Predictions of multinomial and ordinal regression
#'
#' @param object A fit of [glm_rs()] with a family [multinomial()] or [cumulative()].
#' @param newdata A data frame with the covariates; by default the rows of the fit.
#' @param type `"class"`: the likeliest category. `"probs"` or `"response"`: a matrix of probabilities. `"link"`: the linear
#'   predictors, a matrix of log odds against the reference, or for `cumulative()` a vector.
#' @param se.fit Standard errors by the delta method? Of probabilities alone.
#' @param na.action What to do with missing values in `newdata`; by default their predictions are `NA`.
#' @param vcov The kind of covariance for the standard errors, as for [glm_rs_categorical-methods]; options in `...`.
#' @param ... Options of the kind of covariance.
#' @return A factor, a matrix or a vector; with `se.fit` a list of `fit` and `se.fit`.
#' @examples
#' fit <- glm_rs(
#'   Sat ~ Infl + Type, family = cumulative("probit"), weights = Freq, data = MASS::housing
#' )
#' predict(fit, MASS::housing[c(1, 30), ], "probs", se.fit = TRUE)
#' @export
predict.glm_rs_categorical <- function(object, newdata = NULL, type = c("class", "probs", "response", "link"), se.fit = FALSE,
                                       na.action = stats::na.pass, vcov = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("class", "probs", "response", "link"), "type", call)
  se.fit <- check_flag(se.fit, "se.fit", call)
  if (se.fit && !type %in% c("probs", "response")) {
    abort("argument", "there are standard errors for probabilities only", call, i = 'give type = "probs"')
  }
  check_predict_dots(list(...), se.fit, vcov, call)
  mold <- if (is.null(newdata)) model_mold(object) else forge_categories(object, newdata, na.action, call)
  spread <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else with_incomplete(x, mold)
  eta <- category_predictors(object, mold)
  if (type == "link") {
    if (inherits(object, "glm_rs_cumulative")) return(spread(stats::setNames(drop(eta), mold$names)))
    return(spread(`dimnames<-`(eta, list(mold$names, object$lev[-1L]))))
  }
  probabilities <- category_probabilities(object, mold, eta)
  if (type == "class") {
    codes <- spread(stats::setNames(max.col(probabilities, ties.method = "first"), mold$names))
    return(factor(object$lev[codes], levels = object$lev))
  }
  if (!se.fit) return(spread(probabilities))
  covariance <- likelihood_covariance(object, vcov, list(...), call)$matrix
  errors <- probability_errors(object, mold, eta, probabilities, covariance)
  list(fit = spread(probabilities), se.fit = spread(`dimnames<-`(errors, dimnames(probabilities))))
}

# New data as model_mold() gives those of the fit: the rows without missing values.
forge_categories <- function(fit, newdata, na.action, call) {
  warn_rank_deficient(fit$coefficients, call)
  frame <- new_frame(fit, newdata, na.action, call)
  complete <- if (length(frame)) stats::complete.cases(frame) else rep(TRUE, nrow(frame))
  all <- row.names(frame)
  offset <- new_offset(fit, attr(frame, "terms"), newdata, frame, call)
  if (!is.null(offset)) {
    # by the names of its columns, as in the fit
    offset <- as.matrix(offset)[complete, , drop = FALSE]
    if (inherits(fit, "glm_rs_cumulative")) offset <- drop(offset)
  }
  frame <- structure(frame[complete, , drop = FALSE], terms = attr(frame, "terms"))
  frame <- with_levels(frame, fit$xlevels)
  list(
    frame = frame, terms = attr(frame, "terms"), y = factor(character(), levels = fit$lev), offset = offset,
    design = distinct_design(frame, fit$contrasts, call), names = all[complete], all = all, complete = complete
  )
}

# n x K.
probability_errors <- function(fit, mold, eta, probabilities, covariance) {
  slopes <- if (inherits(fit, "glm_rs_cumulative")) cumulative_slopes(fit, mold, drop(eta)) else multinomial_slopes(fit, mold, probabilities)
  errors <- vapply(seq_along(fit$lev), function(k) {
    columns <- slopes(k)[, colnames(covariance), drop = FALSE]
    sqrt(pmax(0, rowSums((columns %*% covariance) * columns)))
  }, numeric(nrow(probabilities)))
  matrix(errors, nrow(probabilities), length(fit$lev))
}

# The derivatives of the probability of category k by all parameters, as a function of k.
multinomial_slopes <- function(fit, mold, probabilities) {
  function(k) {
    by_predictor <- lapply(seq_along(fit$lev)[-1L], function(l) probabilities[, k] * ((k == l) - probabilities[, l]))
    category_products(fit, mold, by_predictor)
  }
}

cumulative_slopes <- function(fit, mold, eta) {
  density <- threshold_distances(fit, eta)
  density[] <- cumulative_links[[fit$family$link]]$density(density)
  function(k) {
    thresholds <- matrix(0, length(eta), length(fit$zeta))
    if (k <= length(fit$zeta)) thresholds[, k] <- density[, k + 1L]
    if (k > 1L) thresholds[, k - 1L] <- -density[, k]
    category_products(fit, mold, list(density[, k] - density[, k + 1L]), thresholds)
  }
}
