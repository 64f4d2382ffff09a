# Shared by the tests of NB1 and zero-truncated models: data, and the likelihood written down again.

# NB1 counts, with weights, an exposure and clusters; `t` those of them that are above zero.
count_data <- function(n = 500, theta = 0.7, seed = 6) {
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
  theta <- if (length(parameters) > p) exp(parameters[p + 1L]) else family$spec[[4L]]
  size <- if (family$spec[[3L]] == "nb1") theta * mu else theta
  log_p <- function(y) if (is.infinite(theta)) dpois(y, mu, log = TRUE) else dnbinom(y, size = size, mu = mu, log = TRUE)
  if (family$spec[[1L]] == "truncated") log_p(y) - log1p(-exp(log_p(0))) else log_p(y)
}

expect_count_maximum <- function(fit, offset = 0, weights = 1) {
  X <- model.matrix(fit)[, !is.na(coef(fit)), drop = FALSE]
  y <- model.response(model.frame(fit))
  kept <- coef(fit)[!is.na(coef(fit))]
  at <- unname(c(kept, if (is.finite(fit$theta %||% Inf)) log(fit$theta)))
  rows <- function(p) count_rows_again(p, X, y, offset, fit$family)
  testthat::expect_equal(fit$loglik, sum(weights * rows(at)), tolerance = 1e-12)
  scores <- weights * slopes_of(rows, at)
  # so near, in standard errors, is the root
  testthat::expect_lt(max(abs(colSums(scores) * sqrt(diag(fit$cov.scaled)))), 1e-6)
  information <- -slopes_of(function(p) colSums(weights * slopes_of(rows, p)), at)
  # differences of differences: 1e-7
  testthat::expect_equal(fit$cov.scaled, solve(information), tolerance = 1e-6, ignore_attr = TRUE)
  robust <- fit$cov.scaled %*% crossprod(scores) %*% fit$cov.scaled
  coefficients <- seq_along(kept)
  testthat::expect_equal(vcov(fit, "HC0", complete = FALSE), robust[coefficients, coefficients], tolerance = 1e-6, ignore_attr = TRUE)
}
