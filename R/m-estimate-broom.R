# What package broom calls a tidy fit, for when generics is there.

#' Tables of M-estimators for package broom
#'
#' @param x A fit from [m_estimate()].
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param ... For `summary()` and `confint()`: `vcov`, `type`, `cluster`, `lag`.
#' @return `tidy()`: a data frame with a row for each parameter: `term`, `estimate`, `std.error`, `statistic`, `p.value`, and
#'   `conf.low` and `conf.high` if asked for. `glance()`: a data frame of one row with facts of the fit; `value` is `NA`
#'   for equations, and `statistic`, `df`, `p.value`, of Hansen's test, are `NA` where no moments are left over.
#' @examples
#' fit <- m_estimate(psi = function(mu, x) cbind(x - mu), data = cars$dist, start = c(mean = 0))
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit, conf.int = TRUE)
#' @name tidy.m_estimate
#' @exportS3Method generics::tidy
tidy.m_estimate <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  table <- summary(x, ...)$coefficients
  columns <- `dimnames<-`(table, NULL)
  out <- data.frame(
    term = rownames(table), estimate = columns[, 1L], std.error = columns[, 2L], statistic = columns[, 3L],
    p.value = columns[, 4L]
  )
  if (check_flag(conf.int, "conf.int", sys.call())) {
    limits <- stats::confint(x, level = conf.level, ...)
    out <- cbind(out, conf.low = unname(limits[, 1L]), conf.high = unname(limits[, 2L]))
  }
  as_tibble_if_possible(out)
}

#' @rdname tidy.m_estimate
#' @exportS3Method generics::glance
glance.m_estimate <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  test <- x$overidentification %||% c(statistic = NA_real_, df = NA_real_, p.value = NA_real_)
  as_tibble_if_possible(data.frame(
    value = x$value %||% NA_real_, nobs = x$nobs, converged = x$converged, iterations = x$iterations, calls = x$calls %||% NA_integer_,
    statistic = test[["statistic"]], df = test[["df"]], p.value = test[["p.value"]]
  ))
}
