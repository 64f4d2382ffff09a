# How resampled rows reach the functions of a fit.

# list(n, with_rows, with_weights): both give list(functions, data) of a replicate; with_weights is NULL where the
# functions take no weights.
resampled_problem <- function(fit, needs_weights, call) {
  functions <- fit$functions
  data <- fit$data
  given <- Filter(Negate(is.null), functions)
  take_weights <- vapply(given, function(f) "weights" %in% names(formals(args(f))), NA)
  stacked <- isTRUE(fit$settings$stacked)
  if (stacked || any(take_weights)) {
    if (!stacked && !all(take_weights)) {
      lost <- names(given)[!take_weights][1L]
      abort("bootstrap", sprintf("`%s` has no argument `weights`, but other functions have: all must", lost), call)
    }
    n <- if (stacked) fit$nobs else rows_of(data, fit, call)
    weigh <- if (stacked) weighted_rows else with_weights_argument
    # the derivatives of sums are of no use for weighted ones
    if (stacked) functions$jacobian <- NULL
    with_weights <- function(w) list(functions = lapply(functions, weigh, w), data = data)
    return(list(n = n, with_weights = with_weights, with_rows = function(rows) with_weights(as.double(tabulate(rows, n)))))
  }
  if (needs_weights) {
    abort("bootstrap", "the Bayesian bootstrap needs functions with an argument `weights`, one weight for each row", call)
  }
  n <- rows_of(data, fit, call)
  take <- if (has_count(data)) {
    function(rows) replace(data, "indices", list(as.integer(rows)))
  } else {
    function(rows) take_rows(data, rows)
  }
  list(n = n, with_rows = function(rows) list(functions = functions, data = take(rows)))
}

weighted_rows <- function(f, w) function(theta, data) f(theta, data) * w

with_weights_argument <- function(f, w) {
  if (is.null(f)) return(NULL)
  if (takes_data(f)) function(theta, data) f(theta, data, weights = w) else function(theta) f(theta, weights = w)
}

has_count <- function(data) is.list(data) && !is.data.frame(data) && is_number(data[["n"]])

# The number of rows of data that can be resampled.
rows_of <- function(data, fit, call) {
  sizes <- if (has_count(data)) {
    data$n
  } else if (is.list(data) && !is.data.frame(data)) {
    unique(vapply(data, NROW, 1L))
  } else if (is.data.frame(data) || is.atomic(data) && !is.null(data)) {
    NROW(data)
  }
  if (length(sizes) != 1L) {
    what <- if (is.null(data)) "the fit has no `data`" else paste("`data` is", describe(data), "of elements of different lengths")
    if (!is.null(data) && !is.list(data)) what <- paste("`data` is", describe(data))
    abort("bootstrap", paste0(
      what, ": there are no rows to resample. Let the functions take a data frame, a matrix, a list of elements of equal ",
      "length, or a list with elements `n` and `indices`"
    ), call)
  }
  if (!is.na(fit$nobs) && sizes != fit$nobs) {
    abort("bootstrap", sprintf(
      "`data` has %s rows, but the functions gave %d: rows that are resampled must be those of the estimating functions",
      format(sizes), fit$nobs
    ), call)
  }
  as.integer(sizes)
}

take_rows <- function(x, rows) {
  if (is.data.frame(x) || is.matrix(x)) return(x[rows, , drop = FALSE])
  if (is.list(x)) return(lapply(x, take_rows, rows))
  x[rows]
}
