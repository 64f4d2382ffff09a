# What package broom calls a tidy fit, for when generics is there.

#' Tables of zero-inflated and hurdle models for package broom
#'
#' @param x A fit of [glm_rs()] with a family [zero_inflated()] or [hurdle()].
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param exponentiate Give exp() of estimates and limits? Standard errors stay those of the coefficients.
#' @param vcov The kind of covariance, as for `summary()` and `confint()`.
#' @param ... Options of the kind of covariance.
#' @param effects,parametric Not used: package mice hands them to fits of all kinds.
#' @return `tidy()`: a data frame with a row for each coefficient: `part`, `term`, `estimate`, `std.error`, `statistic`,
#'   `p.value`, and `conf.low` and `conf.high` if asked for. `glance()`: a data frame of one row with facts of the fit.
#' @examples
#' d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10))
#' fit <- glm_rs(y ~ x | 1, family = zero_inflated(), data = d)
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit)
#' @name tidy.glm_rs_zero
#' @exportS3Method generics::tidy
tidy.glm_rs_zero <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, vcov = NULL, ...,
                             effects, parametric) {
  call <- sys.call()
  found <- tidy_tables(x, conf.int, conf.level, vcov, ..., call = call)
  # without log(theta)
  tables <- Map(function(table, coefficients) table[names(coefficients), , drop = FALSE], found$coefficients, x$coefficients)
  as_tibble_if_possible(data.frame(
    part = rep(names(tables), vapply(tables, nrow, 1L)), term = unlist(lapply(tables, rownames), use.names = FALSE),
    tidy_numbers(do.call(rbind, tables), found$limits, exponentiate, call)
  ))
}

#' @rdname tidy.glm_rs_zero
#' @exportS3Method generics::glance
glance.glm_rs_zero <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  as_tibble_if_possible(data.frame(
    logLik = x$loglik, AIC = stats::AIC(x), BIC = stats::BIC(x), df.residual = x$df.residual, nobs = x$n,
    converged = x$converged, iterations = x$iter
  ))
}
