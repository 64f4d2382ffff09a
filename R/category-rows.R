# The rows of a fit of categories: its data again, linear predictors, probabilities, model matrix, scores.

#' @exportS3Method
model_mold.glm_rs_categorical <- function(fit) {
  call <- replace(fit$call, "formula", list(stats::formula(fit$terms)))
  frame <- frame_of_fit(fit, checked_frame(call, environment(fit$terms)))
  # as the fit had them, whatever options(contrasts) are now
  c(mold_categories(frame, fit$family, fit$contrasts, fit$call), list(categories = fit$lev))
}

#' @exportS3Method
model_parameters.glm_rs_multinomial <- function(fit) {
  coefficients <- t(fit$coefficients)
  names <- outer(rownames(coefficients), colnames(coefficients), function(term, level) paste(level, term, sep = ":"))
  stats::setNames(as.vector(coefficients), names)
}

#' @exportS3Method
model_parameters.glm_rs_cumulative <- function(fit) c(fit$coefficients, fit$zeta)

#' @exportS3Method
model_predictors.glm_rs_multinomial <- function(fit, mold) {
  errors <- errors_of(fit$cov.scaled)
  offset <- category_offset(mold$offset, mold$y, fit$lev, fit$call)
  lapply(seq_along(fit$lev)[-1L], function(k) {
    list(design = mold$design, errors = errors[paste(fit$lev[k], mold$design$names, sep = ":")], offset = offset[, k - 1L])
  })
}

# The thresholds are in the place of the intercept, which all fits have.
#' @exportS3Method
model_predictors.glm_rs_cumulative <- function(fit, mold) {
  errors <- errors_of(fit$cov.scaled)[mold$design$names[-1L]]
  list(list(design = mold$design, errors = c(NA, errors), offset = mold$offset))
}

# n x (K - 1), or n x 1 for ordered categories.
category_predictors <- function(fit, mold) {
  predictor <- function(coefficients, offset) {
    coefficients <- unname(ifelse(is.na(coefficients), 0, coefficients))
    rust_linear_predictor(mold$design, as.double(coefficients), offset, fit$call)
  }
  if (inherits(fit, "glm_rs_cumulative")) return(as.matrix(predictor(c(0, fit$coefficients), mold$offset)))
  offset <- category_offset(mold$offset, mold$y, fit$lev, fit$call)
  columns <- lapply(seq_len(nrow(fit$coefficients)), function(k) predictor(fit$coefficients[k, ], offset[, k]))
  matrix(unlist(columns), ncol = length(columns))
}

category_probabilities <- function(fit, mold, eta = category_predictors(fit, mold)) {
  probabilities <- if (inherits(fit, "glm_rs_cumulative")) {
    threshold_probabilities(fit, drop(eta))
  } else {
    eta <- cbind(numeric(nrow(eta)), eta)
    largest <- do.call(pmax, lapply(seq_len(ncol(eta)), function(k) eta[, k]))
    odds <- exp(eta - largest)
    odds / rowSums(odds)
  }
  `dimnames<-`(probabilities, list(mold$names, fit$lev))
}

# The distribution at the thresholds' distances from the rows: n x (K + 1), from minus to plus infinity.
threshold_distances <- function(fit, eta) outer(-eta, c(-Inf, unname(fit$zeta), Inf), `+`)

threshold_probabilities <- function(fit, eta) {
  cdf <- cumulative_links[[fit$family$link]]$cdf
  at <- below <- above <- threshold_distances(fit, eta)
  # distributions of no numbers have no dimensions
  below[] <- cdf(at)
  above[] <- cdf(at, lower.tail = FALSE)
  lower <- seq_along(fit$lev)
  upper <- lower + 1L
  probabilities <- below[, upper, drop = FALSE] - below[, lower, drop = FALSE]
  # from the tail that is nearer
  near <- which(below[, lower] > 0.5)
  probabilities[near] <- (above[, lower, drop = FALSE] - above[, upper, drop = FALSE])[near]
  probabilities
}

# The model matrix of the coefficients.
category_matrix <- function(fit, mold) {
  matrix <- distinct_matrix(mold$terms, mold$frame, fit$contrasts)
  if (inherits(fit, "glm_rs_cumulative")) matrix[, -1L, drop = FALSE] else matrix
}

#' @exportS3Method
model_scores.glm_rs_multinomial <- function(fit, mold) {
  counts <- count_categories(mold$y, fit$lev) * (mold$weights %||% 1)
  residuals <- counts - rowSums(counts) * category_probabilities(fit, mold)
  slopes <- lapply(seq_along(fit$lev)[-1L], function(k) residuals[, k])
  category_products(fit, mold, slopes)
}

#' @exportS3Method
model_scores.glm_rs_cumulative <- function(fit, mold) {
  eta <- drop(category_predictors(fit, mold))
  codes <- code_categories(mold$y, fit$lev)
  density <- cumulative_links[[fit$family$link]]$density(threshold_distances(fit, eta))
  n <- seq_along(codes)
  share <- (mold$weights %||% 1) / category_probabilities(fit, mold, eta)[cbind(n, codes)]
  upper <- density[cbind(n, codes + 1L)] * share
  lower <- density[cbind(n, codes)] * share
  thresholds <- vapply(seq_along(fit$zeta), function(k) upper * (codes == k) - lower * (codes == k + 1L), numeric(length(n)))
  category_products(fit, mold, list(lower - upper), matrix(thresholds, length(n)))
}

# Model matrix times each of the slopes, beside further columns.
category_products <- function(fit, mold, slopes, further = NULL) {
  matrix <- category_matrix(fit, mold)
  # cbind() makes a column of NULL where there are no rows
  columns <- do.call(cbind, c(lapply(slopes, function(slope) slope * matrix), list(further)[!is.null(further)]))
  `dimnames<-`(columns, list(mold$names, names(model_parameters(fit))))
}

#' @rdname quantile_residuals
#' @export
quantile_residuals.glm_rs_cumulative <- function(fit, seed = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  mold <- model_mold(fit)
  eta <- drop(category_predictors(fit, mold))
  cdf <- cumulative_links[[fit$family$link]]$cdf
  thresholds <- c(-Inf, unname(fit$zeta), Inf)
  below <- function(k, upper = FALSE) log(cdf(thresholds[k + 1L] - eta, lower.tail = !upper))
  value <- within_jump(below, code_categories(mold$y, fit$lev), seed, call)
  if (!is.null(mold$weights)) value[mold$weights == 0] <- NA
  structure(naresid(fit$na.action, with_names(value, mold$names)), class = "glmrs_quantile_residuals")
}
