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
  size <- shape(family$spec[[3L]], "count")
  count <- p(y, exp(eta$count), size)
  none <- p(0, exp(eta$count), size)
  share <- if (family$spec[[1L]] == "hurdle_counts") {
    1 - p(0, exp(eta$zero), shape(family$spec[[4L]], "zero"))
  } else {
    family$zero.link$linkinv(eta$zero)
  }
  if (family$spec[[1L]] == "inflated") return(log(share * (y == 0) + (1 - share) * count))
  log(ifelse(y == 0, 1 - share, share * count / (1 - none)))
}

# Central differences with one step of extrapolation: errors of h^4.
slopes_of <- function(f, at, h = 1e-3) {
  vapply(seq_along(at), function(j) {
    by <- function(h) {
      step <- replace(numeric(length(at)), j, h)
      (f(at + step) - f(at - step)) / (2 * h)
    }
    (4 * by(h / 2) - by(h)) / 3
  }, f(at))
}

# A fit against its likelihood written down again: `offsets` as lists by part.
expect_maximum <- function(fit, data, offsets = list(count = 0, zero = 0), weights = 1) {
  X <- model.matrix(fit, "count")
  Z <- model.matrix(fit, "zero")
  y <- model.response(model.frame(fit))
  names <- rownames(fit$cov.scaled)
  logs <- vapply(fit$theta, log, 0)
  at <- c(coef(fit), setNames(logs, if (length(logs)) paste0(names(fit$theta), "_Log(theta)")))[names]
  rows <- function(p) zero_rows_again(setNames(p, names), X, Z, y, offsets, fit$family)
  expect_equal(fit$loglik, sum(weights * rows(at)), tolerance = 1e-12)
  scores <- weights * slopes_of(rows, at)
  errors <- sqrt(diag(fit$cov.scaled))
  # so near, in standard errors, is the root; the differences have 1e-10 of the log-likelihood's digits
  expect_lt(max(abs(colSums(scores) * errors)), 1e-6)
  information <- -slopes_of(function(p) colSums(weights * slopes_of(rows, p)), at)
  # differences of differences: 1e-7
  expect_equal(fit$cov.scaled, solve(information), tolerance = 1e-6, ignore_attr = TRUE)
  meat <- crossprod(scores)
  robust <- fit$cov.scaled %*% meat %*% fit$cov.scaled
  coefficients <- seq_along(coef(fit))
  expect_equal(vcov(fit, "HC0"), robust[coefficients, coefficients], tolerance = 1e-6, ignore_attr = TRUE)
}
