# Shared by the tests of multinomial and ordinal regression: data, and likelihoods written down again.

# Four categories, in order, with covariates, weights, offsets and clusters.
category_data <- function(n = 500, seed = 3) {
  set.seed(seed)
  d <- data.frame(x = rnorm(n), z = runif(n), f = factor(sample(c("a", "b", "c"), n, TRUE)), w = sample(0:3, n, TRUE), g = sample(25, n, TRUE))
  latent <- 0.8 * d$x - 0.5 * (d$f == "b") + rlogis(n)
  d$y <- factor(c("low", "mid", "high", "top")[findInterval(latent, c(-1, 0.3, 1.5)) + 1L], levels = c("low", "mid", "high", "top"))
  d$o <- round(rnorm(n, sd = 0.3), 2)
  d
}

# nnet's search, as far as it goes.
converged_multinom <- function(...) {
  call <- match.call()
  call[[1L]] <- quote(nnet::multinom)
  call[c("trace", "reltol", "abstol", "maxit")] <- list(FALSE, 1e-14, 1e-14, 1000)
  eval(call, parent.frame())
}

multinomial_rows_again <- function(parameters, X, codes, offset = 0) {
  eta <- cbind(0, X %*% matrix(parameters, ncol(X)) + offset)
  eta[cbind(seq_along(codes), codes)] - log(rowSums(exp(eta)))
}

cumulative_rows_again <- function(parameters, X, codes, cdf, offset = 0) {
  eta <- offset + if (ncol(X)) drop(X %*% parameters[seq_len(ncol(X))]) else 0
  cuts <- c(-Inf, parameters[ncol(X) + seq_len(length(parameters) - ncol(X))], Inf)
  log(cdf(cuts[codes + 1L] - eta) - cdf(cuts[codes] - eta))
}

cumulative_cdfs <- list(
  logit = plogis, probit = pnorm, cauchit = pcauchy, cloglog = function(q) 1 - exp(-exp(q)), loglog = function(q) exp(-exp(-q))
)
polr_methods <- c(logit = "logistic", probit = "probit", cloglog = "cloglog", loglog = "loglog", cauchit = "cauchit")
