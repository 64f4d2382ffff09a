# What package broom calls a tidy fit, with any covariance.

#' Tables of fits for package broom
#'
#' The tables that package broom makes of fits of [stats::glm()]; `tidy()` with the standard errors, tests and intervals of
#' another covariance on request.
#'
#' @param x A fit from [glm_rs()] or [poisson_fit()].
#' @param conf.int Add the limits of `confint()`? Those of a fit of `glm_rs()` are of the profile likelihood without a `vcov`,
#'   and about the estimate with one.
#' @param conf.level Their coverage.
#' @param exponentiate Give exp() of estimates and limits? Standard errors stay those of the coefficients.
#' @param vcov The covariance, see [vcov.glm_rs()]; `NULL` for that of the model.
#' @param ... Options of the covariance; what else is given is an error.
#' @param effects,parametric Not used: package mice hands them to fits of all kinds.
#' @return `tidy()`: a row for each coefficient with `term`, `estimate`, `std.error`, `statistic`, `p.value`, and `conf.low`
#'   and `conf.high` if asked for. `glance()`: one row with `null.deviance`, `df.null`, `logLik`, `AIC`, `BIC`, `deviance`,
#'   `df.residual`, `nobs`. These tables, those of other fits, tests and bootstraps, and those of `augment()` are tibbles where
#'   package tibble is installed, else data frames.
#' @examples
#' fit <- glm_rs(breaks ~ wool + tension, data = warpbreaks, family = poisson())
#' if (requireNamespace("generics", quietly = TRUE)) {
#'   generics::tidy(fit, conf.int = TRUE, exponentiate = TRUE, vcov = "HC3")
#' }
#' @name tidy.glm_rs
#' @exportS3Method generics::tidy
tidy.glm_rs <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, vcov = NULL, ...,
                        effects, parametric) {
  call <- sys.call()
  shown <- if (check_flag(exponentiate, "exponentiate", call)) exp else identity
  check_covariance_dots(list(...), vcov, call)
  table <- summary(x, vcov = vcov, ...)$coefficients
  estimates <- x$coefficients
  column <- function(j) with_aliased(table[, j], estimates)
  out <- list(
    term = as.character(names(estimates)), estimate = shown(as.vector(estimates)), std.error = column(2L),
    statistic = column(ncol(table) - 1L), p.value = column(ncol(table))
  )
  if (check_flag(conf.int, "conf.int", call)) {
    limits <- suppressMessages(stats::confint(x, level = conf.level, vcov = vcov, ...))
    # of a single coefficient confint() gives a vector
    limits <- matrix(limits, ncol = 2L)
    out <- c(out, list(conf.low = shown(limits[, 1L]), conf.high = shown(limits[, 2L])))
  }
  as_tibble_if_possible(as.data.frame(out))
}

#' @rdname tidy.glm_rs
#' @exportS3Method generics::glance
glance.glm_rs <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  likelihood <- stats::logLik(x)
  as_tibble_if_possible(data.frame(
    null.deviance = x$null.deviance, df.null = as.integer(x$df.null), logLik = as.numeric(likelihood),
    AIC = stats::AIC(x), BIC = stats::BIC(x), deviance = x$deviance, df.residual = as.integer(x$df.residual),
    nobs = as.integer(nobs(x))
  ))
}
