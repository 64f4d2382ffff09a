# Intervals from replicates.

# A row of limits for each parameter.
bootstrap_limits <- function(object, level, type, call) {
  tails <- tails_of(level)
  replicates <- kept_replicates(object)
  estimate <- object$estimate
  quantiles <- function(shares) t(apply(replicates, 2L, order_quantiles, shares))
  switch(type,
    percentile = quantiles(tails),
    basic = 2 * estimate - quantiles(rev(tails)),
    normal = 2 * estimate - colMeans(replicates) + apply(replicates, 2L, stats::sd) %o% stats::qnorm(tails),
    bca = bca_limits(object, replicates, tails, call),
    t = t_limits(object, replicates, tails, call)
  )
}

# Order statistics (n + 1) p of n numbers; between two of them as quantiles of the normal distribution lie between theirs
# (Davison and Hinkley, 1997, section 5.2.1).
order_quantiles <- function(x, shares) {
  x <- sort(x)
  n <- length(x)
  below <- floor((n + 1) * shares)
  inside <- below >= 1 & below < n
  found <- x[pmin(pmax(below, 1), n)]
  low <- stats::qnorm(below[inside] / (n + 1))
  high <- stats::qnorm((below[inside] + 1) / (n + 1))
  part <- (stats::qnorm(shares[inside]) - low) / (high - low)
  found[inside] <- found[inside] + part * (x[below[inside] + 1] - found[inside])
  found
}

bca_limits <- function(object, replicates, tails, call) {
  if (is.null(object$acceleration)) {
    abort("bootstrap", sprintf(
      "\"bca\" needs the influence of the rows that are drawn, which a bootstrap of type \"%s\" of this fit has not",
      object$type
    ), call, i = "\"percentile\", \"basic\" and \"normal\" do without")
  }
  limits <- vapply(seq_along(object$estimate), function(j) {
    bias <- stats::qnorm(share_below(replicates[, j] - object$estimate[[j]]))
    if (!is.finite(bias)) {
      abort("bootstrap", sprintf("all replicates of `%s` are on one side of the estimate", names(object$estimate)[j]), call)
    }
    shift <- bias + stats::qnorm(tails)
    order_quantiles(replicates[, j], stats::pnorm(bias + shift / (1 - object$acceleration[[j]] * shift)))
  }, tails)
  t(limits)
}

# Of differences; those that are 0 but for the rounding errors of a search are half below: of data of few values they are many.
share_below <- function(differences) {
  least <- 1e-7 * max(abs(differences))
  mean(differences < -least) + mean(abs(differences) <= least) / 2
}

t_limits <- function(object, replicates, tails, call) {
  if (is.null(object$errors)) {
    abort("bootstrap", sprintf(
      "\"t\" needs a standard error of each replicate, which a bootstrap of type \"%s\" of this fit has not", object$type
    ), call, i = "\"percentile\", \"basic\" and \"normal\" do without")
  }
  errors <- kept_replicates(object, object$errors)
  limits <- vapply(seq_along(object$estimate), function(j) {
    statistics <- (replicates[, j] - object$estimate[j]) / errors[, j]
    object$estimate[j] - object$standard.errors[[j]] * order_quantiles(statistics[is.finite(statistics)], rev(tails))
  }, tails)
  t(limits)
}

# Fewer replicates than a tail needs give the extreme ones.
warn_of_extremes <- function(object, level, call) {
  times <- nrow(kept_replicates(object))
  needed <- ceiling(2 / (1 - level) - 1e-9) - 1
  if (times >= needed) return(invisible())
  warn("bootstrap", sprintf(
    "the limits are the extremes of %d replicates: intervals of %s %% take %.0f or more", times, format(100 * level), needed
  ), call)
}
