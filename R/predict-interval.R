# Intervals about predictions: of means, of new responses, and of a share of all of them.

# Can there be such an interval?
check_interval <- function(object, kind, type, call) {
  if (type == "terms") abort("argument", 'intervals are of the link or the response: `type = "terms"` has none', call)
  if (kind == "confidence") return(invisible())
  family <- object$family
  if (is.null(response_distributions[[kind_of_family(family)]])) {
    known <- paste(names(response_distributions), collapse = ", ")
    abort(
      "argument", sprintf("the family \"%s\" has no distribution that responses could be predicted by", family$family), call,
      i = paste("prediction and tolerance intervals are for", known)
    )
  }
  if (type == "link" && family$link != "identity") {
    abort("argument", sprintf('a %s interval is of responses: give `type = "response"`', kind), call)
  }
}

# Prior weights of the rows that are predicted.
weights_of_rows <- function(object, weights, at_fit, n, call) {
  family <- kind_of_family(object$family)
  if (family %in% c("poisson", "negative_binomial")) {
    if (!is.null(weights)) abort("argument", "`weights` say nothing about the distribution of a count", call)
    return(rep(1, n))
  }
  if (is.null(weights)) {
    own <- object$prior.weights
    if (at_fit) return(napredict(object$na.action, as.vector(own)))
    weighted <- if (is_without_rows(object)) !is.null(object$call$weights) else any(own != 1)
    if (weighted) {
      warn("weights", "the fit is weighted: intervals for new data are for a weight of 1", call, i = "give `weights`")
    }
    return(rep(1, n))
  }
  weights <- check_rows(if (length(weights) == 1L) rep(weights, n) else weights, n, "weights", call)
  if (!all(weights > 0, na.rm = TRUE)) abort("weights", "`weights` of predictions must be positive", call)
  whole <- family != "binomial" || all(abs(weights - round(weights)) < 1e-6, na.rm = TRUE)
  if (!whole) abort("weights", "`weights` of shares are their numbers of trials: whole numbers", call)
  weights
}

# `link` is a prediction of the linear predictor with standard errors; `asked` is list(kind, level, content).
predict_interval <- function(family, link, df, type, se.fit, asked, weights) {
  eta <- link$fit
  errors <- link$se.fit
  unit <- link$residual.scale / sqrt(weights %||% 1)
  quantile <- if (df > 0) stats::qt(tails_of(asked$level)[2L], df) else NaN
  limits <- if (asked$kind == "confidence") {
    within <- list(eta - quantile * errors, eta + quantile * errors)
    if (type == "response") means_between(family, within) else within
  } else if (family$family == "gaussian" && family$link == "identity") {
    half <- if (asked$kind == "prediction") {
      quantile * sqrt(errors^2 + unit^2)
    } else {
      chi <- stats::qchisq(1 - asked$level, df) / df
      stats::qnorm(tails_of(asked$content)[2L]) * unit * sqrt((1 + errors^2 / unit^2) / if (is.finite(df)) chi else 1)
    }
    list(eta - half, eta + half)
  } else {
    distribution <- response_distributions[[kind_of_family(family)]]
    of_row <- if (asked$kind == "prediction") predictive_limits else tolerance_limits
    found <- vapply(seq_along(eta), function(i) {
      if (anyNA(c(eta[i], errors[i], weights[i])) || !weights[i] > 0) return(c(NA_real_, NA_real_))
      of_row(family, distribution(link$residual.scale^2, weights[i], df, family$shape), eta[i], errors[i], quantile, asked)
    }, numeric(2L))
    list(found[1L, ], found[2L, ])
  }
  centre <- if (type == "response") family$linkinv(eta) else eta
  fit <- cbind(fit = centre, lwr = as.vector(limits[[1L]]), upr = as.vector(limits[[2L]]))
  if (!se.fit) return(fit)
  if (type == "response") errors <- errors * abs(family$mu.eta(eta))
  list(fit = fit, se.fit = errors, residual.scale = link$residual.scale)
}

# The least and largest mean between two linear predictors. Beyond the range of a link or of a family's means is its end.
means_between <- function(family, eta) {
  if (family$link %in% c("inverse", "1/mu^2", "sqrt") || startsWith(family$link, "mu^")) eta <- lapply(eta, pmax, 0)
  mu <- lapply(eta, family$linkinv)
  positive <- c("binomial", "quasibinomial", "poisson", "quasipoisson", "negative_binomial", "Gamma", "inverse.gaussian")
  if (kind_of_family(family) %in% positive) mu <- lapply(mu, pmax, 0)
  if (family$family %in% c("binomial", "quasibinomial")) mu <- lapply(mu, pmin, 1)
  list(pmin(mu[[1L]], mu[[2L]]), pmax(mu[[1L]], mu[[2L]]))
}

# Quantiles of the distribution averaged over that of the linear predictor.
predictive_limits <- function(family, distribution, eta, error, quantile, asked) {
  at <- eta + error * normal_nodes$at
  mu <- means_between(family, list(at, at))[[1L]]
  vapply(tails_of(asked$level), function(p) {
    cdf <- function(q) sum(normal_nodes$weights * ifelse(mu == Inf, 0, distribution$cdf(q, mu)))
    # between those of the extreme means
    ends <- distribution$quantile(p, range(mu[mu < Inf]))
    if (cdf(ends[2L]) < p) return(if (all(mu < Inf)) ends[2L] else Inf)
    size <- distribution$size
    if (!is.null(size)) return(least_whole(function(count) cdf(count / size), p, round(ends * size)) / size)
    if (cdf(ends[1L]) >= p) return(ends[1L])
    stats::uniroot(function(q) cdf(q) - p, ends, tol = 1e-10 * diff(ends))$root
  }, 0)
}

# The least of the whole numbers from ends[1] to ends[2] at which the distribution function reaches `p`.
least_whole <- function(cdf, p, ends) {
  low <- ends[1L] - 1
  high <- ends[2L]
  while (high - low > 1) {
    middle <- floor((low + high) / 2)
    if (cdf(middle) >= p) high <- middle else low <- middle
  }
  high
}

tolerance_limits <- function(family, distribution, eta, error, quantile, asked) {
  mu <- unlist(means_between(family, list(eta - quantile * error, eta + quantile * error)))
  p <- tails_of(asked$content)
  c(distribution$quantile(p[1L], mu[1L]), if (mu[2L] == Inf) Inf else distribution$quantile(p[2L], mu[2L]))
}

# For each kind of family, from the dispersion, a prior weight, the degrees of freedom of the dispersion, and the family's own
# parameter: the distribution function and quantiles of a response with mean mu, and where `size` times the response is a
# whole number, that.
response_distributions <- list(
  gaussian = function(dispersion, weight, df, shape) {
    sd <- sqrt(dispersion / weight)
    list(cdf = function(q, mu) stats::pt((q - mu) / sd, df), quantile = function(p, mu) mu + sd * stats::qt(p, df))
  },
  binomial = function(dispersion, weight, df, shape) {
    size <- round(weight)
    list(
      size = size, cdf = function(q, mu) stats::pbinom(q * size, size, mu),
      quantile = function(p, mu) stats::qbinom(p, size, mu) / size
    )
  },
  poisson = function(dispersion, weight, df, shape) list(size = 1, cdf = stats::ppois, quantile = stats::qpois),
  negative_binomial = function(dispersion, weight, df, shape) {
    list(
      size = 1, cdf = function(q, mu) stats::pnbinom(q, shape, mu = mu),
      quantile = function(p, mu) stats::qnbinom(p, shape, mu = mu)
    )
  },
  Gamma = function(dispersion, weight, df, shape) {
    shape <- weight / dispersion
    list(
      cdf = function(q, mu) stats::pgamma(q, shape, scale = mu / shape),
      quantile = function(p, mu) stats::qgamma(p, shape, scale = mu / shape)
    )
  },
  inverse.gaussian = function(dispersion, weight, df, shape) {
    cdf <- function(q, mu) inverse_gaussian_cdf(q, mu, weight / dispersion)
    quantile <- function(p, mu) {
      vapply(mu, function(mu) {
        # in units of the mean and on the scale of logarithms: quantiles are of any size
        root <- stats::uniroot(function(x) cdf(mu * exp(x), mu) - p, c(-1, 1), extendInt = "upX", tol = 1e-12)$root
        mu * exp(root)
      }, 0)
    }
    list(cdf = cdf, quantile = quantile)
  }
)

inverse_gaussian_cdf <- function(q, mu, lambda) {
  root <- sqrt(lambda / q)
  # the product of a number without bound and one near 0
  stats::pnorm(root * (q / mu - 1)) + exp(2 * lambda / mu + stats::pnorm(-root * (q / mu + 1), log.p = TRUE))
}

# Nodes and weights of Gauss and Hermite for the standard normal distribution, from the eigenvalues of its recurrence's
# matrix (Golub and Welsch, 1969). Those that count for less than rounding errors are left out.
normal_nodes <- local({
  n <- 21L
  recurrence <- matrix(0, n, n)
  recurrence[cbind(2:n, 2:n - 1L)] <- recurrence[cbind(2:n - 1L, 2:n)] <- sqrt(seq_len(n - 1L))
  spectrum <- eigen(recurrence, symmetric = TRUE)
  weights <- spectrum$vectors[1L, ]^2
  lapply(list(at = spectrum$values, weights = weights), `[`, weights > 1e-14)
})
