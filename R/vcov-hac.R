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

# The bandwidth that was asked for, or that goes with a number of lags. `series(coefficients)` are the sums of the scores of
# some coefficients at each of `n` times, NULL where times are not one series.
hac_bandwidth <- function(rows, kernel, lag, bandwidth, n, series, call) {
  if (!is.null(bandwidth)) {
    if (!is.null(lag)) abort("argument", "`lag` and `bandwidth` say the same: give one of them", call)
    return(check_positive(bandwidth, "bandwidth", call))
  }
  if (is_string(lag) && lag %in% names(automatic_bandwidths)) {
    if (is.null(series)) abort("argument", sprintf("`lag` must be a number beside `panel`, not \"%s\"", lag), call)
    counted <- which(!is.na(rows$fit$coefficients))
    slopes <- setdiff(counted, which(names(rows$fit$coefficients) == "(Intercept)"))
    found <- automatic_bandwidths[[lag]](kernel, series, if (length(slopes)) slopes else counted)
    # scores of 0, or no more than two times, say nothing about lags
    return(if (is.finite(found) && found > 0) found else 1)
  }
  if (is.null(lag)) lag <- min(floor(4 * (n / 100)^(2 / 9)), n - 1)
  choices <- paste0('"', names(automatic_bandwidths), '"', collapse = " or ")
  check_lag(lag, n, call, paste(", or", choices)) + 1
}

# The sums of the scores of some coefficients in each row, or at each time.
score_series <- function(rows, order = NULL, times = NULL, call = NULL) {
  scores <- row_scores(rows)
  function(columns) {
    chosen <- as.double(seq_along(rows$fit$coefficients) %in% columns)
    sums <- scores * rust_linear_predictor(rows$design, chosen, call = call)
    if (!is.null(times)) return(as.vector(rowsum(sums, times)))
    if (is.null(order)) sums else sums[order]
  }
}

# Newey and West (1994), without prewhitening: from the autocovariances of the sum of a row's scores, intercept apart.
newey_west_bandwidth <- function(kernel, series, columns) {
  sums <- series(columns)
  n <- length(sums)
  rate <- c(Bartlett = 2 / 9, Parzen = 4 / 25, `Quadratic Spectral` = 2 / 25)[[kernel]]
  lags <- seq_len(min(floor(4 * (n / 100)^rate), n - 1))
  covariances <- vapply(lags, function(lag) sum(sums[seq_len(n - lag)] * sums[-seq_len(lag)]) / n, 0)
  # of a kernel that is smooth at 0 the second derivative counts
  order_at_0 <- if (kernel == "Bartlett") 1 else 2
  ratio <- 2 * sum(lags^order_at_0 * covariances) / (sum(sums^2) / n + 2 * sum(covariances))
  bandwidth <- bandwidth_scales[[kernel]] * (ratio^2 * n)^(1 / (2 * order_at_0 + 1))
  # Newey and West's own kernel has whole lags
  if (kernel == "Bartlett") floor(bandwidth) + 1 else bandwidth
}

# Andrews (1991), section 6: each coefficient's scores are taken for an autoregression of order 1, fitted by least squares
# with a mean; those of the intercept do not count. No prewhitening.
andrews_bandwidth <- function(kernel, series, columns) {
  models <- vapply(columns, function(column) {
    scores <- series(column)
    if (sum(scores != 0) < 2L) return(c(NA, NA))
    later <- scores[-1L] - mean(scores[-1L])
    before <- scores[-length(scores)]
    before <- before - mean(before)
    rho <- sum(later * before) / sum(before^2)
    c(rho, mean((later - rho * before)^2)^2)
  }, numeric(2L))
  # scores of one row, as those of a dummy variable for one time, are 0 but for rounding errors, and no series
  models <- models[, !is.na(models[1L, ]), drop = FALSE]
  rho <- models[1L, ]
  order_at_0 <- if (kernel == "Bartlett") 1 else 2
  curvature <- 4 * rho^2 * models[2L, ] / (1 - rho)^8
  if (order_at_0 == 1) curvature <- curvature * (1 - rho)^2 / (1 + rho)^2
  alpha <- sum(curvature) / sum(models[2L, ] / (1 - rho)^4)
  bandwidth_scales[[kernel]] * (alpha * length(series(columns[1L])))^(1 / (2 * order_at_0 + 1))
}

bandwidth_scales <- c(Bartlett = 1.1447, Parzen = 2.6614, `Quadratic Spectral` = 1.3221)

automatic_bandwidths <- list(auto = newey_west_bandwidth, andrews = andrews_bandwidth)

# list(order, clock): rows by units, within them by time. Times are counted over all units; between the last time of a unit
# and the first of the next one more of them pass than there are lags.
panel_order <- function(fit, panel, order_by, call) {
  unit <- one_variable(row_values(fit, panel, "panel", call), "panel", call)
  unit <- match(unit, unique(unit))
  if (is.null(order_by)) {
    time <- stats::ave(seq_along(unit), unit, FUN = seq_along)
  } else {
    time <- time_codes(one_variable(row_values(fit, order_by, "order_by", call), "order_by", call))
  }
  order <- order(unit, time)
  clock <- as.double(time) + 2 * max(time) * as.double(unit)
  clock <- clock[order]
  again <- which(diff(clock) == 0)
  if (length(again)) {
    row <- (fit$places %||% seq_along(unit))[order[again[1L] + 1L]]
    name <- names(fit$linear.predictors)[row] %||% row
    abort("panel", sprintf("a unit of `panel` has two rows at the same time (row %s)", name), call, row = row)
  }
  list(order = order, clock = clock, times = max(time))
}

# Codes of times in their order, from 1, without gaps; rows that do not count go with the first time.
time_codes <- function(x, counted = TRUE) {
  if (is.factor(x)) x <- as.integer(x)
  match(x, sort(unique(x[counted])), nomatch = 1L)
}

one_variable <- function(values, arg, call) {
  if (length(values) == 1L) return(values[[1L]])
  abort(arg, sprintf("`%s` must be one variable, not %s", arg, paste(names(values), collapse = " and ")), call)
}
