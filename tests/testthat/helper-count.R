# Shared by the tests of NB1 and zero-truncated models: data, and the likelihood written down again.

# NB1 counts, with weights, an exposure and clusters; `t` those of them that are above zero.
nb1_data <- function(n = 500, theta = 0.7, seed = 6) {
  set.seed(seed)
  d <- data.frame(x = rnorm(n), f = factor(sample(c("a", "b", "c"), n, TRUE)), e = runif(n, 0.5, 2), w = sample(0:3, n, TRUE), g = sample(30, n, TRUE))
  mu <- d$e * exp(0.5 + 0.4 * d$x + 0.3 * (d$f == "b"))
  d$y <- rnbinom(n, size = theta * mu, mu = mu)
  d
}

count_families <- function(theta = NULL) {
  nb <- function(type) negative_binomial(theta, type = type)
  list(nb1 = nb("nb1"), truncated_nb1 = zero_truncated(nb("nb1")), truncated_nb2 = zero_truncated(nb("nb2")))
}

# The log-likelihood of each row at all parameters of a fit, from the densities of package stats alone.
count_rows_again <- function(parameters, X, y, offset, family) {
  p <- ncol(X)
  mu <- exp(drop(X %*% parameters[seq_len(p)]) + offset)
  theta <- if (length(parameters) > p) exp(parameters[p + 1L]) else family$spec$theta
  size <- if (family$spec$variance == "nb1") theta * mu else theta
  log_p <- function(y) if (is.infinite(theta)) dpois(y, mu, log = TRUE) else dnbinom(y, size = size, mu = mu, log = TRUE)
  if (is_truncated(family)) log_p(y) - log1p(-exp(log_p(0))) else log_p(y)
}

# What expect_maximum() asks for.
count_rows_of <- function(fit, offset = 0) {
  X <- model.matrix(fit)[, !is.na(coef(fit)), drop = FALSE]
  y <- model.response(model.frame(fit))
  function(parameters) count_rows_again(parameters, X, y, offset, fit$family)
}
