# What package broom calls a tidy fit, for when generics is there.

#' Tables of multinomial and ordinal regression for package broom
#'
#' @param x A fit of [glm_rs()] with a family [multinomial()] or [cumulative()].
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @param exponentiate Give exp() of estimates and limits, thresholds among them? Standard errors stay those of the coefficients.
#' @param vcov The kind of covariance, as for `summary()` and `confint()`.
#' @param ... Options of the kind of covariance.
#' @param effects,parametric Not used: package mice hands them to fits of all kinds.
#' @return `tidy()`: a data frame with a row for each parameter: `y.level` (multinomial models) or `coef.type` (`"coefficient"` or
#'   `"scale"` for thresholds), `term`, `estimate`, `std.error`, `statistic`, `p.value`, and `conf.low` and `conf.high` if asked
#'   for. `glance()`: a data frame of one row with facts of the fit.
#' @examples
#' fit <- glm_rs(Sat ~ Infl + Type, family = cumulative(), weights = Freq, data = MASS::housing)
#' if (requireNamespace("generics", quietly = TRUE)) generics::tidy(fit)
#' @name tidy.glm_rs_categorical
#' @exportS3Method generics::tidy
tidy.glm_rs_categorical <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, vcov = NULL, ...,
                                    effects, parametric) {
  call <- sys.call()
  found <- tidy_tables(x, conf.int, conf.level, vcov, ..., call = call)
  numbers <- tidy_numbers(found$coefficients, found$limits, exponentiate, call)
  if (inherits(x, "glm_rs_multinomial")) {
    terms <- colnames(x$coefficients)
    levels <- rownames(x$coefficients)
    names <- data.frame(y.level = rep(levels, each = length(terms)), term = rep(terms, length(levels)))
    return(as_tibble_if_possible(cbind(names, numbers)))
  }
  type <- rep(c("coefficient", "scale"), c(length(x$coefficients), length(x$zeta)))
  as_tibble_if_possible(cbind(data.frame(term = rownames(found$coefficients)), numbers, coef.type = type))
}

#' @rdname tidy.glm_rs_categorical
#' @exportS3Method generics::glance
glance.glm_rs_categorical <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  as_tibble_if_possible(data.frame(
    edf = x$rank, logLik = x$loglik, AIC = stats::AIC(x), BIC = stats::BIC(x), deviance = x$deviance,
    df.residual = x$df.residual, nobs = x$n, converged = x$converged, iterations = x$iter
  ))
}
