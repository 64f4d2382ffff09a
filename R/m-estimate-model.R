# What a regression by formula tells as other models do, and what it does not have.

# Stop where a fit has no formula.
need_regression <- function(object, what, call) {
  if (object$kind != "regression") abort("inference", paste(what, "needs a fit by formula"), call)
}

#' @importFrom stats sigma
#' @export
sigma.m_estimate <- function(object, ...) {
  if (is.null(object$scale)) abort("inference", "only robust regressions have a scale", sys.call())
  object$scale
}

#' @importFrom stats df.residual
#' @export
df.residual.m_estimate <- function(object, ...) {
  need_regression(object, "df.residual()", sys.call())
  object$nobs - sum(!is.na(object$coefficients))
}

# Of asymmetric Laplace errors, whose scale is where the likelihood is largest: as package quantreg has it.
#' @export
logLik.m_estimate <- function(object, ...) {
  if (!identical(object$loss$name, "quantile")) {
    abort("inference", "only quantile regressions have a likelihood, that of asymmetric Laplace errors", sys.call())
  }
  n <- object$nobs
  tau <- object$loss$constants[["tau"]]
  value <- n * (log(tau * (1 - tau)) - 1 - log(object$value / n))
  structure(value, nobs = n, df = sum(!is.na(object$coefficients)), class = "logLik")
}

#' @export
deviance.m_estimate <- function(object, ...) {
  abort("inference", "an M-estimator has no deviance", sys.call(), i = "`value` of a fit by formula is the sum of its losses")
}

#' @importFrom stats variable.names
#' @export
variable.names.m_estimate <- function(object, full = FALSE, ...) {
  names(object$coefficients)[full | !is.na(object$coefficients)]
}

#' @importFrom stats case.names
#' @export
case.names.m_estimate <- function(object, full = FALSE, ...) {
  need_regression(object, "case.names()", sys.call())
  names(object$residuals)[full | (object$weights %||% 1) != 0]
}

#' @export
labels.m_estimate <- function(object, ...) {
  need_regression(object, "labels()", sys.call())
  attr(object$terms, "term.labels")
}

#' @rdname m_estimate.formula
#' @param x A fit, whose residuals are drawn against its fitted values.
#' @export
plot.m_estimate <- function(x, ...) {
  need_regression(x, "plot()", sys.call())
  own <- list(x$fitted.values, x$residuals, xlab = "fitted values", ylab = "residuals")
  draw_with(graphics::plot, own, list(...))
  graphics::abline(h = 0, lty = 3)
  invisible(x)
}

#' @export
hatvalues.m_estimate <- function(model, ...) refuse("hatvalues()", sys.call())

#' @export
influence.m_estimate <- function(model, ...) refuse("influence()", sys.call())

#' @export
cooks.distance.m_estimate <- function(model, ...) refuse("cooks.distance()", sys.call())

#' @export
rstandard.m_estimate <- function(model, ...) refuse("rstandard()", sys.call())

#' @export
rstudent.m_estimate <- function(model, ...) refuse("rstudent()", sys.call())

#' @export
dfbeta.m_estimate <- function(model, ...) refuse("dfbeta()", sys.call())

#' @export
dfbetas.m_estimate <- function(model, ...) refuse("dfbetas()", sys.call())

#' @export
simulate.m_estimate <- function(object, nsim = 1, seed = NULL, ...) refuse("simulate()", sys.call())

#' @export
anova.m_estimate <- function(object, ...) refuse("anova()", sys.call(), "wald_test() compares restrictions")

#' @export
profile.m_estimate <- function(fitted, ...) refuse("profile()", sys.call(), "confint() has intervals")

#' @export
drop1.m_estimate <- function(object, scope, ...) refuse("drop1()", sys.call(), "wald_test() tests terms")

#' @export
add1.m_estimate <- function(object, scope, ...) refuse("add1()", sys.call(), "wald_test() tests terms")

#' @export
extractAIC.m_estimate <- function(fit, scale = 0, k = 2, ...) refuse("step()", sys.call())
