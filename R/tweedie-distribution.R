# The distributions of Tweedie families, by the names that distributions have in R.

#' Tweedie distributions
#'
#' Density, distribution function and random numbers of Tweedie distributions with mean `mu` and variance `phi * mu^p`.
#'
#' @details
#' Densities have relative errors of their logarithms below 1e-10 (1e-16 / (p - 2) just above 2): sums of series with positive
#' terms between 1 and 2, an integral of a positive function above 2. With `p` in (1, 2) zero has a probability, and that is
#' what `dtweedie(0, ...)` gives; with `p = 1` all values are multiples of `phi`, and have probabilities.
#' @param y,q Values.
#' @param n How many numbers.
#' @param mu,phi Means and dispersions, positive numbers; recycled.
#' @param p The power of the variance, one number: 0, 1 or above. For `ptweedie()` and `rtweedie()` up to 2, or 3.
#' @param log,log.p Logarithms of densities or probabilities?
#' @param lower.tail `FALSE`: probabilities of values above `q`.
#' @return A vector as long as the longest argument, for `rtweedie()` of `n` numbers.
#' @references Dunn, P. K. and Smyth, G. K. (2005) Series evaluation of Tweedie exponential dispersion model densities. *Statistics and
#'   Computing* 15, 267-280.
#'
#'   Zolotarev, V. M. (1986) *One-dimensional Stable Distributions*. American Mathematical Society.
#' @seealso [tweedie()]
#' @examples
#' dtweedie(0:3, mu = 1.5, phi = 1, p = 1.6)
#' ptweedie(0:3, mu = 1.5, phi = 1, p = 1.6)
#' @export
dtweedie <- function(y, mu, phi, p, log = FALSE) {
  call <- sys.call()
  values <- tweedie_arguments(list(y = y, mu = mu, phi = phi), p, call)
  found <- if (p == 1) {
    with(values, scaled_poisson(y / phi, mu / phi))
  } else {
    with(values, rust_tweedie_density(y, mu, phi, as.double(p), call))
  }
  found[which(is.infinite(values$y))] <- -Inf
  found <- with_gaps(found, values)
  if (check_flag(log, "log", call)) found else exp(found)
}

# NA and NaN in the places that an argument has them.
with_gaps <- function(found, values) {
  sum <- Reduce(`+`, values)
  gaps <- which(Reduce(`|`, lapply(values, is.na)))
  replace(found, gaps, sum[gaps])
}

# log probabilities of whole numbers, -Inf of others.
scaled_poisson <- function(x, mean) {
  ifelse(is_whole(x), stats::dpois(round(x), mean, log = TRUE), -Inf)
}

#' @rdname dtweedie
#' @export
ptweedie <- function(q, mu, phi, p, lower.tail = TRUE, log.p = FALSE) {
  call <- sys.call()
  values <- tweedie_arguments(list(q = q, mu = mu, phi = phi), p, call)
  check_simple_power(p, call)
  lower.tail <- check_flag(lower.tail, "lower.tail", call)
  log.p <- check_flag(log.p, "log.p", call)
  found <- if (p == 2) {
    with(values, stats::pgamma(q, 1 / phi, scale = mu * phi, lower.tail = lower.tail, log.p = log.p))
  } else if (p == 1) {
    with(values, stats::ppois(q / phi + 1e-7, mu / phi, lower.tail = lower.tail, log.p = log.p))
  } else if (p == 0) {
    with(values, stats::pnorm(q, mu, sqrt(phi), lower.tail = lower.tail, log.p = log.p))
  } else {
    tails <- with(values, if (p == 3) inverse_gaussian_tails(q, mu, 1 / phi) else compound_tails(q, mu, phi, p))
    found <- tails[[if (lower.tail) "lower" else "upper"]]
    if (log.p) found else exp(found)
  }
  with_gaps(found, values)
}

#' @rdname dtweedie
#' @export
rtweedie <- function(n, mu, phi, p) {
  call <- sys.call()
  if (length(n) > 1L) n <- length(n)
  check_not_negative(n, "n", call)
  values <- tweedie_arguments(list(n = numeric(n), mu = mu, phi = phi), p, call)
  check_simple_power(p, call)
  mu <- values$mu[seq_len(n)]
  phi <- values$phi[seq_len(n)]
  if (p == 0) return(stats::rnorm(n, mu, sqrt(phi)))
  if (p == 1) return(phi * stats::rpois(n, mu / phi))
  if (p == 2) return(stats::rgamma(n, 1 / phi, scale = mu * phi))
  if (p == 3) return(random_inverse_gaussian(n, mu, phi))
  number <- stats::rpois(n, mu^(2 - p) / (phi * (2 - p)))
  stats::rgamma(n, number * (2 - p) / (p - 1), scale = phi * (p - 1) * mu^(p - 1))
}

# Michael, Schucany and Haas (1976): the smaller root, or the larger one in its share.
random_inverse_gaussian <- function(n, mu, phi) {
  half <- phi * mu * stats::rnorm(n)^2 / 2
  small <- 1 / (1 + half + sqrt(half * (2 + half)))
  mu * ifelse(stats::runif(n) * (1 + small) <= 1, small, 1 / small)
}

# The arguments as doubles of one length, for a power that has a distribution.
tweedie_arguments <- function(values, p, call) {
  # one that is missing shows when it is looked at
  as_glmrs_error({
    force(values)
    force(p)
  }, "argument", call)
  check_power(p, call)
  for (arg in names(values)) {
    if (!is.numeric(values[[arg]]) && !is.logical(values[[arg]])) abort("argument", paste0("`", arg, "` must be a numeric vector"), call)
  }
  positive <- c(if (p > 0) "mu", "phi")
  for (arg in positive) {
    bad <- which(!(is.na(values[[arg]]) | values[[arg]] > 0))
    if (length(bad)) abort("argument", sprintf("`%s` must be positive, but value %d is %s", arg, bad[1L], format(values[[arg]][bad[1L]])), call)
  }
  n <- if (all(lengths(values) > 0L)) max(lengths(values)) else 0L
  lapply(values, function(x) rep_len(as.double(x), n))
}

check_simple_power <- function(p, call) {
  if (p <= 2 || p == 3) return(invisible())
  abort("argument", "`p` above 2 must be 3, the inverse Gaussian distribution", call)
}
