# Predictions of models of two parts, and their standard errors by the delta method.

#' Predictions of zero-inflated and hurdle models
#'
#' @param object A fit of [glm_rs()] with a family [zero_inflated()] or [hurdle()].
#' @param newdata A data frame with the covariates; by default the rows of the fit.
#' @param type `"response"`: the mean. `"count"`: the mean of the count distribution, zeros of another origin and truncation
#'   left aside. `"zero"`: the share of zeros of another origin, or for a hurdle the ratio of the probability of a count
#'   above zero to that which the count distribution would give it (which times `"count"` is the mean). `"prob"`: a matrix of
#'   the probabilities of counts.
#' @param se.fit Standard errors by the delta method? Not for `"prob"`.
#' @param at Counts for `type = "prob"`; by default from 0 to the largest of the fit.
#' @param na.action What to do with missing values in `newdata`; by default their predictions are `NA`.
#' @param vcov The kind of covariance for the standard errors, as for [vcov.glm_rs_zero()]; options in `...`.
#' @param ... Options of the kind of covariance.
#' @return A vector, or for `"prob"` a matrix with a column for each count; with `se.fit` a list of `fit` and `se.fit`.
#' @examples
#' d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10))
#' fit <- glm_rs(y ~ x | 1, family = zero_inflated(), data = d)
#' predict(fit, data.frame(x = 1:3), se.fit = TRUE)
#' @export
predict.glm_rs_zero <- function(object, newdata = NULL, type = c("response", "prob", "count", "zero"), se.fit = FALSE,
                                at = NULL, na.action = stats::na.pass, vcov = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("response", "prob", "count", "zero"), "type", call)
  se.fit <- check_flag(se.fit, "se.fit", call)
  if (se.fit && type == "prob") abort("argument", 'there are no standard errors for type = "prob"', call)
  check_predict_dots(list(...), se.fit, vcov, call)
  mold <- if (is.null(newdata)) model_mold(object) else forge_zeros(object, newdata, na.action, call)
  eta <- zero_predictors(object, mold)
  spread <- function(x) if (is.null(newdata)) napredict(object$na.action, x) else with_incomplete(x, mold)
  if (type == "prob") {
    if (is.null(at)) at <- seq(0, max(if (is.null(newdata)) mold$counts else model_mold(object)$counts))
    if (!is.numeric(at) || any(at < 0 | at != round(at))) abort("argument", "`at` must be counts", call)
    probabilities <- vapply(at, function(y) exp(zero_log_probability(object, eta, y)), eta$count)
    return(spread(matrix(probabilities, ncol = length(at), dimnames = list(mold$names, at))))
  }
  means <- zero_means(object, eta)
  fit <- spread(with_names(means[[c(response = "mean", count = "mu", zero = "zero")[[type]]]], mold$names))
  if (!se.fit) return(fit)
  covariance <- likelihood_covariance(object, vcov, list(...), call)$matrix
  errors <- zero_delta_errors(zero_slopes(object, eta, means, type), zero_matrices(object, mold), covariance)
  list(fit = fit, se.fit = spread(with_names(errors, mold$names)))
}

# New data as model_mold() gives those of the fit: the rows without missing values.
forge_zeros <- function(fit, newdata, na.action, call) {
  warn_rank_deficient(fit$coefficients, call)
  frame <- new_frame(list(terms = fit$terms$full, xlevels = fit$xlevels), newdata, na.action, call)
  complete <- if (length(frame)) stats::complete.cases(frame) else rep(TRUE, nrow(frame))
  all <- row.names(frame)
  parts <- c(count = "count", zero = "zero")
  offsets <- lapply(parts, function(part) {
    of_part <- list(call = if (part == "count") fit$call)
    new_offset(of_part, fit$terms[[part]], newdata, frame, call)[complete]
  })
  frame <- structure(frame[complete, , drop = FALSE], terms = attr(frame, "terms"))
  frame <- with_levels(frame, fit$xlevels)
  designs <- lapply(parts, function(part) {
    distinct_design(part_frame(frame, fit$terms[[part]]), fit$contrasts[[part]], call)
  })
  list(
    frame = frame, terms = fit$terms, designs = designs, offsets = offsets, names = all[complete], all = all,
    complete = complete
  )
}

# NA for the rows with missing values.
with_incomplete <- function(x, mold) {
  if (all(mold$complete)) return(x)
  if (is.matrix(x)) return(`rownames<-`(x[match(mold$all, mold$names), , drop = FALSE], mold$all))
  stats::setNames(x[match(mold$all, mold$names)], mold$all)
}

# Derivatives of what is predicted by both linear predictors and both log(theta), a vector each.
zero_slopes <- function(fit, eta, means, type) {
  none <- 0 * eta$count
  if (type == "count") return(list(means$mu, none, none, none))
  if (!inherits(fit, "glm_rs_hurdle")) {
    slope <- by_zero_link(fit, "mu.eta", eta$zero)
    if (type == "zero") return(list(none, slope, none, none))
    return(list(means$mean, -slope * means$mu, none, none))
  }
  shapes <- zero_shapes(fit)
  above <- above_zero_slopes(eta$count, shapes[["count"]])
  crossing <- if (fit$family$spec$kind == "hurdle_counts") {
    above_zero_slopes(eta$zero, shapes[["zero"]])
  } else {
    list(by_zero_link(fit, "mu.eta", eta$zero) / by_zero_link(fit, "linkinv", eta$zero), none)
  }
  value <- if (type == "zero") means$zero else means$mean
  own <- if (type == "zero") 0 else 1
  list(value * (own - above[[1L]]), value * crossing[[1L]], -value * above[[2L]], value * crossing[[2L]])
}

# Of log(1 - P(0)) by the linear predictor and log(theta).
above_zero_slopes <- function(eta, shape) {
  mu <- exp(eta)
  if (is.infinite(shape)) return(list(mu / expm1(mu), 0 * mu))
  log_ratio <- log1p(mu / shape)
  odds <- 1 / expm1(shape * log_ratio)
  share <- mu / (shape + mu)
  list(odds * shape * share, odds * shape * (log_ratio - share))
}

zero_delta_errors <- function(slopes, matrices, covariance) {
  columns <- cbind(
    `colnames<-`(slopes[[1L]] * matrices$count, paste0("count_", colnames(matrices$count))),
    `colnames<-`(slopes[[2L]] * matrices$zero, paste0("zero_", colnames(matrices$zero))),
    `colnames<-`(cbind(slopes[[3L]], slopes[[4L]]), log_theta_names(c("count", "zero")))
  )
  columns <- columns[, colnames(covariance), drop = FALSE]
  sqrt(rowSums((columns %*% covariance) * columns))
}
