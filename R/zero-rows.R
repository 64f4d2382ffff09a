# The rows of a fit of two parts: its data again, linear predictors, means and probabilities, model matrices, scores.

#' @exportS3Method
model_mold.glm_rs_zero <- function(fit) {
  full <- fit$terms$full
  frame <- frame_of_fit(fit, two_part_frame(fit$call, stats::formula(full), environment(full)))
  # as the fit had them, whatever options(contrasts) are now
  mold <- two_parts_of(frame, fit$terms[c("count", "zero")], fit$contrasts, fit$call)
  mold$counts <- count_response(mold$y, mold$names, mold$weights, fit$family$family, fit$call)$y
  mold
}

zero_predictors <- function(fit, mold) {
  eta <- Map(function(design, coefficients, offset) {
    coefficients[is.na(coefficients)] <- 0
    rust_linear_predictor(design, as.double(coefficients), offset, fit$call)
  }, mold$designs, fit$coefficients, mold$offsets)
  lapply(eta, with_names, mold$names)
}

zero_matrices <- function(fit, mold) {
  matrix_of_part <- function(part) {
    frame <- part_frame(mold$frame, mold$terms[[part]])
    distinct_matrix(attr(frame, "terms"), frame, fit$contrasts[[part]])
  }
  lapply(stats::setNames(nm = c("count", "zero")), matrix_of_part)
}

# Shapes of both parts' counts: Inf for Poisson.
zero_shapes <- function(fit) {
  shapes <- unlist(fit$family$spec[c("count", "zero")])
  shapes[names(fit$theta)] <- fit$theta
  shapes
}

# list(mu, zero, mean): means of the untruncated counts; for inflated zeros their share, for a hurdle the ratio of the
# probabilities of a count above zero, with the hurdle and without; the mean.
zero_means <- function(fit, eta) {
  mu <- exp(eta$count)
  if (inherits(fit, "glm_rs_hurdle")) {
    zero <- exp(log_crossing(fit, eta$zero) - log_above_zero(mu, zero_shapes(fit)[["count"]]))
    return(list(mu = mu, zero = zero, mean = zero * mu))
  }
  zero <- by_zero_link(fit, "linkinv", eta$zero)
  list(mu = mu, zero = zero, mean = (1 - zero) * mu)
}

# log-probability of a count above zero, by the hurdle and by the counts.
log_crossing <- function(fit, eta) {
  if (fit$family$spec$kind == "hurdle_counts") return(log_above_zero(exp(eta), zero_shapes(fit)[["zero"]]))
  log(by_zero_link(fit, "linkinv", eta))
}

# log-probability of zero by the hurdle.
log_staying <- function(fit, eta) {
  if (fit$family$spec$kind == "hurdle_counts") return(log_zero(exp(eta), zero_shapes(fit)[["zero"]]))
  log1p(-by_zero_link(fit, "linkinv", eta))
}

# A function of the zero part's link; those of package stats want one number at least.
by_zero_link <- function(fit, name, eta) if (length(eta)) fit$family$zero.link[[name]](eta) else eta

# In closed form, which takes a tenth of the time of a distribution function.
log_above_zero <- function(mu, shape) log_complement(log_zero(mu, shape))

log_zero <- function(mu, shape) if (is.infinite(shape[1L])) -mu else -shape * log1p(mu / shape)

# log(1 - p), of log(p).
log_complement <- function(log_p) {
  small <- !is.na(log_p) & log_p < -log(2)
  value <- log(-expm1(log_p))
  value[small] <- log1p(-exp(log_p[small]))
  value
}

# `shape`: one for all rows, or of negative binomial counts one for each.
log_above <- function(k, mu, shape) {
  if (is.infinite(shape[1L])) return(stats::ppois(k, mu, lower.tail = FALSE, log.p = TRUE))
  stats::pnbinom(k, size = shape, mu = mu, lower.tail = FALSE, log.p = TRUE)
}

log_count_probability <- function(y, mu, shape) {
  if (is.infinite(shape[1L])) return(stats::dpois(y, mu, log = TRUE))
  stats::dnbinom(y, size = shape, mu = mu, log = TRUE)
}

# log P(y) of each row; `y` one count, or one for each row.
zero_log_probability <- function(fit, eta, y) {
  y <- rep_len(y, length(eta$count))
  means <- zero_means(fit, eta)
  shape <- zero_shapes(fit)[["count"]]
  counts <- log_count_probability(y, means$mu, shape)
  if (inherits(fit, "glm_rs_hurdle")) {
    crossing <- log_crossing(fit, eta$zero)
    return(ifelse(y > 0, crossing - log_above_zero(means$mu, shape) + counts, log_staying(fit, eta$zero)))
  }
  # a count far from the mean has a probability too small for a number
  ifelse(y > 0, log1p(-means$zero) + counts, log(means$zero + (1 - means$zero) * exp(counts)))
}

#' @exportS3Method
model_predictors.glm_rs_zero <- function(fit, mold) {
  errors <- errors_of(fit$cov.scaled)
  Map(function(design, offset, part) {
    list(design = design, errors = errors[paste(part, design$names, sep = "_")], offset = offset)
  }, mold$designs, mold$offsets, names(mold$designs))
}

#' @exportS3Method
model_scores.glm_rs_zero <- function(fit, mold) {
  estimates <- model_parameters(fit)
  at <- unname(ifelse(is.na(estimates), 0, estimates))
  scores <- rust_zero_scores(mold$designs, zero_data(mold, mold$counts), fit$family$spec, at, fit$call)
  `dimnames<-`(scores, list(mold$names, names(estimates)))
}

# With log(theta), as the core has them.
#' @exportS3Method
model_parameters.glm_rs_zero <- function(fit) {
  shapes <- if (length(fit$theta)) stats::setNames(log(fit$theta), log_theta_names(names(fit$theta)))
  c(stats::coef(fit), shapes)
}
