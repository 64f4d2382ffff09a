# Quantile residuals: standard normal where the model is right, for counts, too.

#' Quantile residuals
#'
#' The normal quantiles of the distribution function at each response. For counts and shares, whose distribution function
#' jumps, a place within the jump is drawn at random, so that the residuals of a correct model are standard normal.
#'
#' Dispersions are those of package statmod: Pearson's estimate, and the mean deviance for the inverse Gaussian
#' distribution. A zero of a [tweedie()] response is drawn within its probability. Where the upper tail is smaller, it is used, so that far responses have finite residuals.
#'
#' @param fit A fit of [glm_rs()] of family `gaussian`, `binomial`, `poisson`, `Gamma`, `inverse.gaussian`,
#'   [negative_binomial()], [zero_inflated()], [hurdle()], [zero_truncated()], [cumulative()], or [tweedie()] with a power that
#'   has [ptweedie()], but 1.
#' @param seed A whole number for the draws, which leaves R's generator as it is; `NULL` to take one from R's generator.
#' @param x Quantile residuals.
#' @param xlab,ylab,main,... For the plot, a normal Q-Q plot, `...` for [stats::qqnorm()].
#' @return A numeric vector of class `"glmrs_quantile_residuals"` with the names of [residuals()].
#' @references Dunn, P. K. and Smyth, G. K. (1996) Randomized quantile residuals. *Journal of Computational and Graphical
#'   Statistics* 5, 236-244.
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial())
#' plot(quantile_residuals(fit, seed = 1))
#' @export
quantile_residuals <- function(fit, ...) UseMethod("quantile_residuals")

#' @export
quantile_residuals.default <- function(fit, ...) abort("argument", "`fit` must be a fit of glm_rs() with one number for each row", sys.call(-1L))

#' @rdname quantile_residuals
#' @export
quantile_residuals.glm_rs <- function(fit, seed = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  fit <- with_rows(fit)
  gaps <- fit$na.action
  fit$na.action <- NULL # places for missing rows come last
  family <- fit$family
  kind <- if (is.null(family_spec(family))) "" else kind_of_family(family)
  value <- switch(kind,
    gaussian = residuals(fit, type = "pearson") / sqrt(estimate_dispersion(fit)),
    Gamma = gamma_residuals(fit),
    inverse.gaussian = inverse_gaussian_residuals(fit),
    binomial = within_jump(binomial_distribution(fit), response_of(fit) * fit$prior.weights, seed, call),
    poisson = , negative_binomial = within_jump(count_distribution(fit, call)$below, response_of(fit), seed, call),
    tweedie = tweedie_residuals(fit, seed, call),
    abort("family", sprintf("family \"%s\" has no distribution function here", format(family$family)[1L]), call)
  )
  value[fit$prior.weights == 0] <- NA
  value <- with_names(as.double(value), names(fit$linear.predictors))
  structure(naresid(gaps, value), class = "glmrs_quantile_residuals")
}

# The normal quantile of a place within the jump of a distribution function at y, in the smaller tail.
within_jump <- function(below, y, seed, call) {
  y <- round(y)
  share <- uniform_numbers(length(y), seed, call)
  # the logarithms of the smaller and the larger probability that the jump leads between, in either tail
  between <- function(low, high, share) high + log(share + (1 - share) * exp(low - high))
  from_tails(
    between(below(y - 1), below(y), share), between(below(y, upper = TRUE), below(y - 1, upper = TRUE), 1 - share)
  )
}

# Minus the logarithm of a uniform number is exponential.
uniform_numbers <- function(n, seed, call) exp(-rust_draw_weights(n, bootstrap_seed(seed, call), 1))

binomial_distribution <- function(fit) {
  size <- round(plain_double(fit$prior.weights))
  mu <- as.double(fit$fitted.values)
  function(k, upper = FALSE) stats::pbinom(k, size, mu, lower.tail = !upper, log.p = TRUE)
}

# Normal quantiles from the logarithms of both tails.
from_tails <- function(lower, upper) {
  ifelse(lower < upper, stats::qnorm(lower, log.p = TRUE), stats::qnorm(upper, lower.tail = FALSE, log.p = TRUE))
}

# At the means themselves: working weights are those before the last step.
pearson_dispersion <- function(fit) sum(residuals(fit, type = "pearson")^2) / fit$df.residual

gamma_residuals <- function(fit) {
  shape <- plain_double(fit$prior.weights) / pearson_dispersion(fit)
  x <- shape * response_of(fit) / as.double(fit$fitted.values)
  tail <- function(lower) stats::pgamma(x, shape, lower.tail = lower, log.p = TRUE)
  from_tails(tail(TRUE), tail(FALSE))
}

tweedie_residuals <- function(fit, seed, call) {
  p <- fit$family$p
  if (p == 1 || p > 2 && p != 3) {
    abort("family", sprintf("Tweedie distributions of power %s have no distribution function here", format(p)), call)
  }
  y <- response_of(fit)
  weights <- plain_double(fit$prior.weights)
  phi <- pearson_dispersion(fit) / ifelse(weights > 0, weights, 1)
  mu <- as.double(fit$fitted.values)
  tail <- function(lower) ptweedie(y, mu, phi, p, lower.tail = lower, log.p = TRUE)
  # both from one sum
  tails <- if (p > 1 && p < 2) compound_tails(y, mu, phi, p) else list(lower = tail(TRUE), upper = tail(FALSE))
  value <- from_tails(tails$lower, tails$upper)
  zero <- y == 0 & p > 1 & p < 2
  value[zero] <- stats::qnorm(tails$lower[zero] + log(uniform_numbers(length(y), seed, call)[zero]), log.p = TRUE)
  value
}

inverse_gaussian_residuals <- function(fit) {
  lambda <- plain_double(fit$prior.weights) / (fit$deviance / fit$df.residual)
  tails <- inverse_gaussian_tails(response_of(fit), as.double(fit$fitted.values), lambda)
  from_tails(tails$lower, tails$upper)
}

#' @export
print.glmrs_quantile_residuals <- function(x, ...) {
  print(unclass(x), ...)
  invisible(x)
}

#' @rdname quantile_residuals
#' @export
plot.glmrs_quantile_residuals <- function(x, xlab = "normal quantiles", ylab = "quantile residuals", main = NULL, ...) {
  values <- as.double(unclass(x))
  stats::qqnorm(values, xlab = xlab, ylab = ylab, main = main, ...)
  graphics::abline(0, 1)
  invisible(x)
}
