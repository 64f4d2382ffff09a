# What package broom calls a tidy fit, for when generics is there.

#' Tables of zero-inflated and hurdle models for package broom
#'
#' @param x A fit of [glm_rs()] with a family [zero_inflated()] or [hurdle()].
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param ... For `summary()` and `confint()`: `vcov` and its options.
#' @return `tidy()`: a data frame with a row for each coefficient: `part`, `term`, `estimate`, `std.error`, `statistic`,
#'   `p.value`, and `conf.low` and `conf.high` if asked for. `glance()`: a data frame of one row with facts of the fit.
#' @examples
#' d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10))
#' fit <- glm_rs(y ~ x | 1, family = zero_inflated(), data = d)
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit)
#' @name tidy.glm_rs_zero
#' @exportS3Method generics::tidy
tidy.glm_rs_zero <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  tables <- summary(x, ...)$coefficients
  rows <- lapply(names(tables), function(part) {
    table <- tables[[part]][names(x$coefficients[[part]]), , drop = FALSE]
    columns <- `dimnames<-`(table, NULL)
    data.frame(
      part = part, term = rownames(table), estimate = columns[, 1L], std.error = columns[, 2L], statistic = columns[, 3L],
      p.value = columns[, 4L]
    )
  })
  out <- do.call(rbind, rows)
  if (!check_flag(conf.int, "conf.int", sys.call())) return(out)
  limits <- stats::confint(x, level = conf.level, ...)
  cbind(out, conf.low = unname(limits[, 1L]), conf.high = unname(limits[, 2L]))
}

#' @rdname tidy.glm_rs_zero
#' @exportS3Method generics::glance
glance.glm_rs_zero <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  data.frame(
    logLik = x$loglik, AIC = stats::AIC(x), BIC = stats::BIC(x), df.residual = x$df.residual, nobs = x$n,
    converged = x$converged, iterations = x$iter
  )
}
