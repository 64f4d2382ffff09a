# Losses of residuals, for m_estimate() with a formula.

#' Losses for regression
#'
#' Given a formula, [m_estimate()] minimises the sum over rows of rho(r), r being a row's residual, in units of the residuals'
#' scale where the loss has a corner or a bend that needs one.
#'
#' With u = r / scale, the losses grow like u^2 / 2 near zero. `huber()`: linear for |u| > `k`; `huber(Inf)` is least
#' squares. `hampel()`: linear between `a` and `b`, bending to a constant at `c`. `bisquare()`: constant for |u| > `c`. By
#' default `huber()` and `bisquare()` have 95 percent of the efficiency of least squares where the errors are normal.
#' `hampel()` and `bisquare()` give rows that are far off no influence at all, but there may be several solutions, and the fit
#' depends on its start.
#'
#' `quantile_loss()`: `tau` r for r > 0 and (`tau` - 1) r below, which is least for the conditional `tau` quantile. It needs
#' no scale. In the argument `loss` of [m_estimate()] it may be written `quantile(0.9)`; elsewhere `quantile()` is R's.
#'
#' @param k,a,b,c Where the losses change, in units of the scale: numbers > 0, `a` <= `b` < `c`.
#' @param tau Which quantile: a number between 0 and 1.
#' @param x A loss.
#' @param ... Not used.
#' @return A loss: a list of class `"glmrs_loss"` with `name` and `constants`.
#' @references Huber, P. J. (1964) Robust estimation of a location parameter. *Annals of Mathematical Statistics* 35, 73-101.
#'   Beaton, A. E. and Tukey, J. W. (1974) The fitting of power series, meaning polynomials, illustrated on
#'   band-spectroscopic data. *Technometrics* 16, 147-185. Hampel, F. R., Ronchetti, E. M., Rousseeuw, P. J. and Stahel, W.
#'   A. (1986) *Robust Statistics: The Approach Based on Influence Functions*. Wiley. Koenker, R. and Bassett, G. (1978)
#'   Regression quantiles. *Econometrica* 46, 33-50.
#' @examples
#' m_estimate(stack.loss ~ ., data = stackloss, loss = bisquare())
#' m_estimate(dist ~ speed, data = cars, loss = quantile(0.9))
#' @export
huber <- function(k = 1.345) new_loss("huber", c(k = loss_constant(k, "k", sys.call())))

#' @rdname huber
#' @export
bisquare <- function(c = 4.685) new_loss("bisquare", c(c = loss_constant(c, "c", sys.call())))

#' @rdname huber
#' @export
hampel <- function(a = 2, b = 4, c = 8) {
  call <- sys.call()
  constants <- c(a = loss_constant(a, "a", call), b = loss_constant(b, "b", call), c = loss_constant(c, "c", call))
  if (a > b || b >= c) abort("argument", "`a`, `b` and `c` must be in order: a <= b < c", call)
  new_loss("hampel", constants)
}

#' @rdname huber
#' @export
quantile_loss <- function(tau = 0.5) {
  if (!is_number(tau) || tau <= 0 || tau >= 1) {
    abort("argument", "`tau` must be a number between 0 and 1: one quantile at a time", sys.call())
  }
  new_loss("quantile", c(tau = as.double(tau)))
}

new_loss <- function(name, constants) structure(list(name = name, constants = constants), class = "glmrs_loss")

# Only Huber's corner may be infinitely far.
loss_constant <- function(x, arg, call) {
  x <- check_positive(x, arg, call)
  if (is.infinite(x) && arg != "k") abort("argument", paste0("`", arg, "` must be finite"), call)
  x
}

#' @rdname huber
#' @export
print.glmrs_loss <- function(x, ...) {
  cat("Loss:", format_loss(x), "\n")
  invisible(x)
}

format_loss <- function(loss) {
  constants <- paste(names(loss$constants), "=", vapply(loss$constants, format, ""), collapse = ", ")
  sprintf("%s(%s)", loss$name, constants)
}

# The value of an argument in which the names of losses mean losses, whatever they mean to its caller.
eval_loss <- function(expr, env, call) {
  losses <- list(huber = huber, bisquare = bisquare, hampel = hampel, quantile = quantile_loss, quantile_loss = quantile_loss)
  loss <- as_glmrs_error(eval(expr, losses, env), "argument", call)
  if (!inherits(loss, "glmrs_loss")) {
    abort("argument", paste(
      "`loss` must be huber(), bisquare(), hampel() or quantile(tau), not", describe(loss)
    ), call)
  }
  loss
}
