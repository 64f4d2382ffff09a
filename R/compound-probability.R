# Tail probabilities on the log scale: of a Poisson number of gamma amounts, by sums over the number, and of the inverse
# Gaussian distribution.

# list(lower, upper): logarithms of P(Y <= q) and P(Y > q), for vectors of one length. The tail that is not near 1 is summed, and
# gives the other.
compound_tails <- function(q, mu, phi, p) {
  found <- rep_len(NA_real_, length(q))
  known <- is.finite(mu) & is.finite(phi) & !is.na(q)
  rate <- mu^(2 - p) / (phi * (2 - p))
  upper <- q > mu | rate < log(2) & q > 0
  found[known & (q < 0 | q == Inf)] <- -Inf
  zero <- which(known & q == 0)
  found[zero] <- -rate[zero]
  rows <- which(known & q > 0 & q < Inf & is.finite(rate))
  # blocks bound the memory that the terms take
  for (block in split(rows, (seq_along(rows) - 1L) %/% 20000L)) {
    found[block] <- compound_sum(q[block], mu[block], phi[block], p, rate[block], upper[block])
  }
  other <- log_complement(found)
  turned <- which(upper)
  list(lower = replace(found, turned, other[turned]), upper = replace(other, turned, found[turned]))
}

# log(sum over k of P(k amounts) P(k amounts reach, or do not reach, q)). The terms are log-concave in k: they are largest near the
# number that is most likely given q (Dunn and Smyth 2005), and beyond a window about it they are below exp(-45) of the largest.
compound_sum <- function(q, mu, phi, p, rate, upper) {
  amount <- (2 - p) / (p - 1)
  x <- q / (phi * (p - 1) * mu^(p - 1))
  log_term <- function(k, row) {
    lower <- !upper[row]
    amounts <- numeric(length(k))
    amounts[lower] <- stats::pgamma(x[row[lower]], k[lower] * amount, log.p = TRUE)
    amounts[!lower] <- stats::pgamma(x[row[!lower]], k[!lower] * amount, lower.tail = FALSE, log.p = TRUE)
    stats::dpois(k, rate[row], log = TRUE) + amounts
  }
  likely <- round(q^(2 - p) / (phi * (2 - p)))
  middle <- ifelse(upper, pmax(1, likely, round(rate)), likely)
  rows <- seq_along(q)
  least <- log_term(middle, rows) - 45
  # the end of the window on a side: steps outwards, ever longer
  end <- function(side) {
    step <- ceiling(7 * sqrt(middle)) + 8
    at <- pmax(0, middle + side * step)
    open <- rows
    repeat {
      open <- open[at[open] > 0 & log_term(at[open], open) > least[open]]
      if (!length(open)) return(at)
      step[open] <- 1.4 * step[open]
      at[open] <- pmax(0, round(middle[open] + side * step[open]))
    }
  }
  from <- end(-1)
  # Terms that vary slowly are summed by every few of them: the sum of a bell of standard deviation s at distances h differs from
  # the integral by exp(-2 pi^2 (s / h)^2), 1e-34 here. At k = 0 a bell may be cut off.
  by <- ifelse(from > 0, pmax(1, floor(sqrt(middle * (p - 1)) / 2)), 1)
  count <- ceiling((end(1) - from) / by) + 1
  row <- rep(rows, count)
  terms <- log_term(from[row] + (sequence(count) - 1) * by[row], row)
  largest <- least + 45
  pmin(0, largest + log(by * rowsum(exp(terms - largest[row]), row, reorder = FALSE)[, 1L]))
}

# list(lower, upper): logarithms of P(Y <= q) and P(Y > q). With r = sqrt(lambda / q) (Schuster 1968):
# P(Y <= q) = Phi(r (q/mu - 1)) + exp(2 lambda/mu) Phi(-r (q/mu + 1)).
inverse_gaussian_tails <- function(q, mu, lambda) {
  q <- pmax(q, 0)
  r <- sqrt(lambda / q)
  a <- r * (q / mu - 1)
  b <- r * (q / mu + 1)
  first <- stats::pnorm(a, log.p = TRUE)
  # the product of a number without bound and one near 0
  second <- 2 * lambda / mu + stats::pnorm(-b, log.p = TRUE)
  larger <- pmax(first, second)
  lower <- pmin(0, larger + log1p(exp(pmin(first, second) - larger)))
  rest <- stats::pnorm(-a, log.p = TRUE)
  upper <- rest + log1p(-exp(pmin(second - rest, 0)))
  # far out the two have their digits in common: their difference is phi(a) (1/a - 1/b), but for 3/a^2 of it
  upper <- ifelse(a > 1000, stats::dnorm(a, log = TRUE) + log(2 / b / abs(q / mu - 1)), upper)
  # -Inf less -Inf and 0 * Inf are NaN
  end <- which(q == Inf & is.finite(mu) & is.finite(lambda))
  list(lower = replace(replace(lower, which(larger == -Inf), -Inf), end, 0), upper = replace(upper, end, -Inf))
}
