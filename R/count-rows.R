# The rows of a fit of counts that is no generalized linear model: its data again, their distribution, means, scores.

#' @exportS3Method
model_mold.glm_rs_count <- function(fit) {
  call <- replace(fit$call, "formula", list(stats::formula(fit$terms)))
  # coded as the fit had them, whatever options(contrasts) are now
  frame <- frame_of_fit(fit, checked_frame(call, environment(fit$terms)))
  mold <- mold_counts(frame, fit$contrasts, fit$call)
  mold$counts <- count_response(mold$y, mold$names, mold$weights, fit$family$family, fit$call)$y
  mold
}

# As the core reads them.
count_data <- function(mold) list(mold$counts, mold$weights, mold$offset)

# With log(theta), as the core has it.
#' @exportS3Method
model_parameters.glm_rs_count <- function(fit) {
  c(fit$coefficients, if (!is.null(fit$theta) && is.finite(fit$theta)) stats::setNames(log(fit$theta), LOG_THETA))
}

# The model of these parameters, as the core reads it: an infinite theta is none of them.
fitted_count_spec <- function(fit) {
  count_spec(fit$family, if (LOG_THETA %in% names(model_parameters(fit))) NA_real_ else count_theta(fit))
}

count_theta <- function(fit) fit$theta %||% fit$family$spec$theta

is_truncated <- function(family) family$spec$range == "truncated"

# list(eta, mu, size) of the rows' counts before they are truncated; one infinite size for Poisson counts.
count_law <- function(fit, mold) {
  coefficients <- as.double(ifelse(is.na(fit$coefficients), 0, fit$coefficients))
  eta <- rust_linear_predictor(mold$design, coefficients, mold$offset, fit$call)
  theta <- count_theta(fit)
  linear <- fit$family$spec$variance == "nb1" && is.finite(theta)
  list(eta = eta, mu = exp(eta), size = if (linear) theta * exp(eta) else theta)
}

# Of the counts that are observed.
count_means <- function(fit, law) {
  if (!is_truncated(fit$family)) return(law$mu)
  means <- law$mu / exp(log_above_zero(law$mu, law$size))
  # a mean of nearly nothing leaves ones
  replace(means, which(law$mu == 0), 1)
}

count_variances <- function(fit, law) {
  variance <- law$mu * (1 + law$mu / law$size)
  if (!is_truncated(fit$family)) return(variance)
  mean <- count_means(fit, law)
  mean * (variance / law$mu + law$mu - mean)
}

# log P(y) of each row; `y` one count, or one for each row.
count_log_probability <- function(fit, law, y) {
  y <- rep_len(y, length(law$mu))
  value <- log_count_probability(y, law$mu, law$size)
  if (is_truncated(fit$family)) ifelse(y > 0, value - log_above_zero(law$mu, law$size), -Inf) else value
}

# As count_distribution() gives it.
count_functions <- function(fit, law) {
  lost <- if (is_truncated(fit$family)) log_above_zero(law$mu, law$size) else 0
  above <- function(k) if (is_truncated(fit$family)) pmin(log_above(k, law$mu, law$size) - lost, 0) else log_above(k, law$mu, law$size)
  whole <- function(k) {
    if (is.infinite(law$size[1L])) return(stats::ppois(k, law$mu, log.p = TRUE))
    stats::pnbinom(k, size = law$size, mu = law$mu, log.p = TRUE)
  }
  below <- function(k, upper = FALSE) {
    if (upper) return(above(k))
    if (!is_truncated(fit$family)) return(whole(k))
    value <- log_complement(above(k))
    # so far below the mean that what is above is 1
    far <- k > 0 & value == -Inf
    if (any(far)) value[far] <- (whole(k) + log_complement(log_zero(law$mu, law$size) - whole(k)) - lost)[far]
    value
  }
  list(mass = function(k) exp(count_log_probability(fit, law, k)), below = below)
}

# One count for each row. Those above zero are drawn by their quantiles, at a uniform share of what is above that of zero.
count_draw <- function(fit, law) {
  n <- length(law$mu)
  poisson <- is.infinite(law$size[1L])
  if (!is_truncated(fit$family)) {
    return(if (poisson) stats::rpois(n, law$mu) else stats::rnbinom(n, size = law$size, mu = law$mu))
  }
  share <- log(stats::runif(n)) + log_above_zero(law$mu, law$size)
  quantile <- if (poisson) {
    stats::qpois(share, law$mu, lower.tail = FALSE, log.p = TRUE)
  } else {
    stats::qnbinom(share, size = law$size, mu = law$mu, lower.tail = FALSE, log.p = TRUE)
  }
  # a share that rounding makes all of it is that of zero
  pmax(quantile, 1)
}

#' @exportS3Method
model_predictors.glm_rs_count <- function(fit, mold) {
  list(list(design = mold$design, errors = errors_of(fit$cov.scaled)[mold$design$names], offset = mold$offset))
}

#' @exportS3Method
model_scores.glm_rs_count <- function(fit, mold) {
  estimates <- model_parameters(fit)
  at <- unname(ifelse(is.na(estimates), 0, estimates))
  data <- count_data(mold)
  scores <- rust_count_scores(mold$design, data, fitted_count_spec(fit), at, fit$call)
  `dimnames<-`(scores, list(mold$names, names(estimates)))
}
