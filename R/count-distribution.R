# The distributions of counts that fits say, for tests and pictures of them.

# list(mass(k), below(k)) of a count fit with its rows: the probability of the count k in every row, and the logarithm of
# that of at most k, `upper` of more than k.
count_distribution <- function(fit, call) {
  mu <- as.double(fit$fitted.values)
  theta <- fit$family$shape
  if (identical(fit$family$family, "poisson")) {
    list(
      mass = function(k) stats::dpois(k, mu),
      below = function(k, upper = FALSE) stats::ppois(k, mu, lower.tail = !upper, log.p = TRUE)
    )
  } else if (identical(fit$family$core, "negative_binomial")) {
    list(
      mass = function(k) stats::dnbinom(k, size = theta, mu = mu),
      below = function(k, upper = FALSE) stats::pnbinom(k, size = theta, mu = mu, lower.tail = !upper, log.p = TRUE)
    )
  } else {
    abort(
      "family", sprintf("family \"%s\" is not a distribution of counts", fit$family$family), call,
      i = "poisson() and negative_binomial() are"
    )
  }
}
