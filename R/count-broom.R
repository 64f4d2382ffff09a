# What package broom calls a tidy fit, for when generics is there.

#' Tables of NB1 and zero-truncated models for package broom
#'
#' @param x A fit of [glm_rs()] with a family [zero_truncated()] or `negative_binomial(type = "nb1")`.
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param exponentiate Give exp() of estimates and limits? Standard errors stay those of the coefficients.
#' @param vcov The kind of covariance, as for `summary()` and `confint()`.
#' @param ... Options of the kind of covariance.
#' @param effects,parametric Not used: package mice hands them to fits of all kinds.
#' @return `tidy()`: a data frame with a row for each coefficient: `term`, `estimate`, `std.error`, `statistic`, `p.value`, and
#'   `conf.low` and `conf.high` if asked for. `glance()`: a data frame of one row with facts of the fit, theta among them.
#' @examples
#' fit <- glm_rs(Days ~ Sex, family = negative_binomial(type = "nb1"), data = MASS::quine)
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit)
#' @name tidy.glm_rs_count
#' @exportS3Method generics::tidy
tidy.glm_rs_count <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, vcov = NULL, ...,
                              effects, parametric) {
  call <- sys.call()
  found <- tidy_tables(x, conf.int, conf.level, vcov, ..., call = call)
  numbers <- tidy_numbers(found$coefficients, found$limits, exponentiate, call)
  as_tibble_if_possible(data.frame(term = as.character(rownames(found$coefficients)), numbers))
}

#' @rdname tidy.glm_rs_count
#' @exportS3Method generics::glance
glance.glm_rs_count <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  as_tibble_if_possible(data.frame(
    logLik = x$loglik, AIC = stats::AIC(x), BIC = stats::BIC(x), theta = x$theta %||% NA_real_, df.residual = x$df.residual,
    nobs = x$n, converged = x$converged, iterations = x$iter
  ))
}
