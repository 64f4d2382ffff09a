# Kernels and bandwidths of covariances for rows in time.

# The weight of a lag, in units of the bandwidth; Andrews (1991), "Heteroskedasticity and autocorrelation consistent
# covariance matrix estimation".
hac_kernels <- list(
  Bartlett = function(x) pmax(1 - x, 0),
  Parzen = function(x) ifelse(x < 0.5, 1 - 6 * x^2 + 6 * x^3, 2 * pmax(1 - x, 0)^3),
  `Quadratic Spectral` = function(x) {
    y <- 6 * pi * x / 5
    # near 0 the difference of sine and cosine has no digits left: the first terms of its series
    ifelse(y < 1e-2, 1 - y^2 / 10 + y^4 / 280, 3 / y^2 * (sin(y) / y - cos(y)))
  }
)

# Those of lag 0, 1, ... up to the last of some size.
kernel_weights <- function(kernel, bandwidth, n) {
  weights <- hac_kernels[[kernel]](seq(0, n - 1) / bandwidth)
  weights[seq_len(max(which(abs(weights) > 1e-7)))]
}

# The bandwidth that was asked for, or that goes with a number of lags.
hac_bandwidth <- function(rows, kernel, lag, bandwidth, order, call) {
  if (!is.null(bandwidth)) {
    if (!is.null(lag)) abort("argument", "`lag` and `bandwidth` say the same: give one of them", call)
    return(check_positive(bandwidth, "bandwidth", call))
  }
  if (identical(lag, "auto")) return(automatic_bandwidth(rows, kernel, order, call))
  n <- length(rows$fit$linear.predictors)
  if (is.null(lag)) lag <- min(floor(4 * (n / 100)^(2 / 9)), n - 1)
  if (!is_number(lag) || lag < 0 || lag >= n) {
    abort("argument", sprintf("`lag` must be a number from 0 to %d, or \"auto\"", n - 1L), call)
  }
  floor(lag) + 1
}

# Newey and West (1994), without prewhitening: from the autocovariances of the sum of a row's scores, intercept apart.
automatic_bandwidth <- function(rows, kernel, order, call) {
  fit <- rows$fit
  coefficients <- fit$coefficients
  counted <- as.double(!is.na(coefficients) & names(coefficients) != "(Intercept)")
  if (!any(counted > 0)) counted <- as.double(!is.na(coefficients))
  sums <- row_scores(rows) * rust_linear_predictor(rows$design$spec, counted, call = call)
  if (!is.null(order)) sums <- sums[order]
  n <- length(sums)
  rate <- c(Bartlett = 2 / 9, Parzen = 4 / 25, `Quadratic Spectral` = 2 / 25)[[kernel]]
  lags <- seq_len(min(floor(4 * (n / 100)^rate), n - 1))
  covariances <- vapply(lags, function(lag) sum(sums[seq_len(n - lag)] * sums[-seq_len(lag)]) / n, 0)
  # of a kernel that is smooth at 0 the second derivative counts
  order_at_0 <- if (kernel == "Bartlett") 1 else 2
  ratio <- 2 * sum(lags^order_at_0 * covariances) / (sum(sums^2) / n + 2 * sum(covariances))
  scale <- c(Bartlett = 1.1447, Parzen = 2.6614, `Quadratic Spectral` = 1.3221)[[kernel]]
  bandwidth <- scale * (ratio^2 * n)^(1 / (2 * order_at_0 + 1))
  # Newey and West's own kernel has whole lags
  if (kernel == "Bartlett") floor(bandwidth) + 1 else bandwidth
}
