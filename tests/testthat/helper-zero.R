# Shared by the tests of zero-inflated and hurdle models: data, likelihoods written down again, and what is compared.

# Counts with excess zeros, covariates of both parts, an offset, weights and clusters.
zero_data_set <- function(n = 600, seed = 4, size = 1.5) {
  set.seed(seed)
  d <- data.frame(x = rnorm(n), z = rnorm(n), f = factor(sample(c("a", "b", "c"), n, TRUE)), e = runif(n, 0.5, 2))
  d$w <- sample(1:3, n, TRUE)
  d$g <- sample(30, n, TRUE)
  d$h <- sample(25, n, TRUE)
  mu <- d$e * exp(0.6 + 0.4 * d$x + c(a = 0, b = 0.3, c = -0.2)[as.character(d$f)])
  d$y <- ifelse(runif(n) < plogis(-0.4 + 0.7 * d$z), 0, rnbinom(n, size = size, mu = mu))
  d
}

# The log-likelihood of each row at all parameters of a fit, from the densities of package stats alone.
zero_rows_again <- function(parameters, X, Z, y, offsets, family) {
  shape <- function(spec, name) if (is.na(spec)) exp(parameters[[paste0(name, "_Log(theta)")]]) else spec
  eta <- lapply(list(count = X, zero = Z), function(m) numeric(nrow(m)))
  eta$count <- drop(X %*% parameters[startsWith(names(parameters), "count_")][seq_len(ncol(X))]) + offsets$count
  eta$zero <- drop(Z %*% parameters[startsWith(names(parameters), "zero_")][seq_len(ncol(Z))]) + offsets$zero
  p <- function(y, mu, size) if (is.infinite(size)) dpois(y, mu) else dnbinom(y, size = size, mu = mu)
  size <- shape(family$spec$count, "count")
  count <- p(y, exp(eta$count), size)
  none <- p(0, exp(eta$count), size)
  share <- if (family$spec$kind == "hurdle_counts") {
    1 - p(0, exp(eta$zero), shape(family$spec$zero, "zero"))
  } else {
    family$zero.link$linkinv(eta$zero)
  }
  if (family$spec$kind == "inflated") return(log(share * (y == 0) + (1 - share) * count))
  log(ifelse(y == 0, 1 - share, share * count / (1 - none)))
}

# What expect_maximum() asks for: `offsets` as lists by part.
zero_rows_of <- function(fit, offsets = list(count = 0, zero = 0)) {
  X <- model.matrix(fit, "count")
  Z <- model.matrix(fit, "zero")
  y <- model.response(model.frame(fit))
  function(parameters) zero_rows_again(parameters, X, Z, y, offsets, fit$family)
}
