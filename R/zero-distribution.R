# What the distribution of a fit of two parts says of its counts.

# count_distribution() of a zero-inflated or hurdle fit: by the probability of more than k, of which zeros of another origin
# or below the hurdle have no part.
zero_distribution <- function(fit, mold) {
  eta <- zero_predictors(fit, mold)
  means <- zero_means(fit, eta)
  shape <- zero_shapes(fit)[["count"]]
  counted <- if (inherits(fit, "glm_rs_hurdle")) {
    log_crossing(fit, eta$zero) - log_above_zero(means$mu, shape)
  } else {
    log1p(-means$zero)
  }
  above <- function(k) ifelse(k < 0, 0, counted + log_above(k, means$mu, shape))
  # where what is above is 1 but for a probability too small for a number, this is that of zero
  least <- function(k) if (inherits(fit, "glm_rs_hurdle")) ifelse(k < 0, -Inf, log_staying(fit, eta$zero)) else -Inf
  list(
    mass = function(k) exp(zero_log_probability(fit, eta, k)),
    below = function(k, upper = FALSE) if (upper) above(k) else pmax(log_complement(above(k)), least(k))
  )
}

#' @rdname rootogram
#' @export
rootogram.glm_rs_zero <- function(fit, max = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  mold <- model_mold(fit)
  weights <- mold$weights %||% rep(1, length(mold$counts))
  frequencies(zero_distribution(fit, mold)$mass, mold$counts, weights, max, fit$family$family, call)
}

#' @rdname quantile_residuals
#' @export
quantile_residuals.glm_rs_zero <- function(fit, seed = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  mold <- model_mold(fit)
  value <- within_jump(zero_distribution(fit, mold)$below, mold$counts, seed, call)
  if (!is.null(mold$weights)) value[mold$weights == 0] <- NA
  structure(naresid(fit$na.action, with_names(value, mold$names)), class = "glmrs_quantile_residuals")
}
