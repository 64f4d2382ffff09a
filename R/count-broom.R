# What package broom calls a tidy fit, for when generics is there.

#' Tables of NB1 and zero-truncated models for package broom
#'
#' @param x A fit of [glm_rs()] with a family [zero_truncated()] or `negative_binomial(type = "nb1")`.
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param ... For `summary()` and `confint()`: `vcov` and its options.
#' @return `tidy()`: a data frame with a row for each coefficient: `term`, `estimate`, `std.error`, `statistic`, `p.value`, and
#'   `conf.low` and `conf.high` if asked for. `glance()`: a data frame of one row with facts of the fit, theta among them.
#' @examples
#' fit <- glm_rs(Days ~ Sex, family = negative_binomial(type = "nb1"), data = MASS::quine)
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit)
#' @name tidy.glm_rs_count
#' @exportS3Method generics::tidy
tidy.glm_rs_count <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  table <- summary(x, ...)$coefficients
  columns <- `dimnames<-`(table, NULL)
  out <- data.frame(
    term = as.character(rownames(table)), estimate = columns[, 1L], std.error = columns[, 2L], statistic = columns[, 3L],
    p.value = columns[, 4L]
  )
  if (!check_flag(conf.int, "conf.int", sys.call())) return(out)
  limits <- stats::confint(x, level = conf.level, ...)
  cbind(out, conf.low = unname(limits[, 1L]), conf.high = unname(limits[, 2L]))
}

#' @rdname tidy.glm_rs_count
#' @exportS3Method generics::glance
glance.glm_rs_count <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  data.frame(
    logLik = x$loglik, AIC = stats::AIC(x), BIC = stats::BIC(x), theta = x$theta %||% NA_real_, df.residual = x$df.residual,
    nobs = x$n, converged = x$converged, iterations = x$iter
  )
}
