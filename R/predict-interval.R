# Intervals about predictions: of means, of new responses, and of a share of all of them.

# Can there be such an interval?
check_interval <- function(object, kind, type, call) {
  if (type == "terms") abort("argument", 'intervals are for the link or the response: `type = "terms"` has none', call)
  if (kind == "confidence") return(invisible())
  family <- object$family
  if (is.null(response_distributions[[kind_of_family(family)]])) {
    known <- paste(names(response_distributions), collapse = ", ")
    abort(
      "argument", sprintf("the family \"%s\" has no distribution to predict responses from", family$family), call,
      i = paste("prediction and tolerance intervals are for", known)
    )
  }
  if (type == "link" && family$link != "identity") {
    abort("argument", sprintf('a %s interval is for responses: give `type = "response"`', kind), call)
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

# `link` is a prediction of the linear predictor with standard errors; `df` are its degrees of freedom, one number or, of a
# confidence interval, one for each row; `asked` is list(kind, level, content).
predict_interval <- function(family, link, df, type, se.fit, asked, weights) {
  eta <- link$fit
  errors <- link$se.fit
  unit <- link$residual.scale / sqrt(weights %||% 1)
  quantile <- stats::qt(tails_of(asked$level)[2L], replace(df, which(df <= 0), NaN))
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
    dispersion <- link$residual.scale^2
    if (asked$kind == "tolerance" && is.finite(df)) {
      # the largest that the estimate is compatible with, in the place of a distribution of it
      dispersion <- dispersion * df / stats::qchisq(1 - asked$level, df)
      df <- Inf
    }
    of_rows <- if (asked$kind == "prediction") predictive_limits else tolerance_limits
    known <- which(stats::complete.cases(eta, errors, weights) & weights > 0)
    found <- list(rep(NA_real_, length(eta)), rep(NA_real_, length(eta)))
    # there is a mean for each row and node: by blocks they take little memory
    for (rows in split(known, (seq_along(known) - 1L) %/% 4096L)) {
      of_block <- function(i) distribution(dispersion, weights[rows[i]], df, family$shape)
      block <- of_rows(family, of_block, unname(eta[rows]), unname(errors[rows]), quantile, asked)
      for (side in 1:2) found[[side]][rows] <- block[[side]]
    }
    found
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

# list(lower, upper): quantiles of the distribution averaged over that of the linear predictor. `distribution` of some of the rows.
predictive_limits <- function(family, distribution, eta, errors, quantile, asked) {
  at <- as.vector(eta + outer(errors, normal_nodes$at))
  mu <- matrix(means_between(family, list(at, at))[[1L]], length(eta))
  lapply(tails_of(asked$level), averaged_quantile, mu, distribution)
}

# A row of means for each row, a column for each node.
averaged_quantile <- function(p, mu, distribution) {
  beyond <- mu == Inf
  cdf <- function(q, rows) {
    shares <- distribution(rows)$cdf(q, mu[rows, , drop = FALSE])
    shares[beyond[rows, ]] <- 0
    drop(matrix(shares, length(rows)) %*% normal_nodes$weights)
  }
  # between those of the extreme means
  rows <- seq_len(nrow(mu))
  means <- lapply(seq_len(ncol(mu)), function(node) replace(mu[, node], beyond[, node], NA))
  low <- distribution(rows)$quantile(p, do.call(pmin, c(means, na.rm = TRUE)))
  high <- distribution(rows)$quantile(p, do.call(pmax, c(means, na.rm = TRUE)))
  reached <- cdf(high, rows) >= p
  found <- replace(high, which(!reached & rowSums(beyond) > 0), Inf)
  open <- which(reached)
  size <- distribution(open)$size
  # on the scale of normal quantiles it is nearly a straight line
  excess <- function(q, rows) {
    shares <- cdf(q, rows)
    distance <- stats::qnorm(pmin(pmax(shares, 1e-300), 1 - .Machine$double.neg.eps)) - stats::qnorm(p)
    ifelse(shares >= p, pmax(distance, 1e-300), pmin(distance, -1e-300))
  }
  if (!is.null(size)) {
    size <- rep_len(size, length(open))
    reach <- function(counts, i) excess(counts / size[i], open[i])
    return(replace(found, open, least_whole(reach, round(low[open] * size), round(high[open] * size)) / size))
  }
  at_end <- cdf(low[open], open) >= p
  found[open[at_end]] <- low[open[at_end]]
  open <- open[!at_end]
  tol <- 1e-10 * (high - low)[open]
  replace(found, open, roots_between(function(q, i) excess(q, open[i]), low[open], high[open], tol)$root)
}

# list(lower, upper), as predictive_limits().
tolerance_limits <- function(family, distribution, eta, errors, quantile, asked) {
  mu <- means_between(family, list(eta - quantile * errors, eta + quantile * errors))
  of_rows <- distribution(seq_along(eta))
  Map(function(p, mu) {
    beyond <- mu == Inf
    replace(of_rows$quantile(p, replace(mu, beyond, NA)), beyond, Inf)
  }, tails_of(asked$content), mu)
}

# For each kind of family, from the dispersion, the rows' prior weights, the degrees of freedom of the dispersion, and the
# family's own parameter: the distribution function and quantiles of responses with means mu (one for each row, or a matrix
# of rows), and where `size` times the response is a whole number, that.
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
    cdf <- function(q, mu) exp(inverse_gaussian_tails(q, mu, weight / dispersion)$lower)
    quantile <- function(p, mu) {
      # in units of the mean and on the scale of logarithms: quantiles are of any size
      shape <- rep_len(weight / dispersion / mu, length(mu))
      excess <- function(x, rows) exp(inverse_gaussian_tails(exp(x), 1, shape[rows])$lower) - p
      low <- widened(-1, function(x, rows) excess(x, rows) > 0, length(mu))
      high <- widened(1, function(x, rows) excess(x, rows) < 0, length(mu))
      mu * exp(roots_between(excess, low, high, rep(1e-12, length(mu)))$root)
    }
    list(cdf = cdf, quantile = quantile)
  }
)

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
