# Derivatives that the user gives are held against differences of what they are said to be derivatives of: nothing else would
# notice that a covariance is wrong.

# Along one line through theta, on which each parameter moves by a part of `spread`, `values` (q) must change as
# `derivatives` (q x p) say.
check_derivatives <- function(name, derivatives, values, theta, spread, labels, call) {
  direction <- no_two_alike(spread)
  slope <- function(length) (values(theta + length * direction) - values(theta - length * direction)) / (2 * length)
  hold_against(name, derivatives, slope, .Machine$double.eps^(1 / 3), stats::setNames(theta, labels), direction, call)
}

# The second derivatives of an objective, by its gradient, or by its values where those are all there is: in units of the
# `length` that a parameter must move to change the value by its own size, their differences are 1e-6 of it, and more exact.
check_hessian <- function(problem, slope, found, start, labels, call) {
  theta <- found$coefficients
  curvature <- abs(diag(found$derivatives))
  if (slope$from != "differences") {
    gradient <- function(theta) rust_m_slope(problem, slope, theta, call)$gradient
    return(check_derivatives("hessian", found$derivatives, gradient, theta, 1 / sqrt(curvature), labels, call))
  }
  value <- function(theta) rust_m_value(problem, "objective", theta)[1L]
  # a value that comes down to zero has no size of its own
  spread <- sqrt(max(abs(found$value), 1e-4 * abs(value(start))) / curvature)
  direction <- no_two_alike(spread)
  by_parameter <- function(j, length) {
    aside <- replace(numeric(length(theta)), j, length * spread[j])
    along <- length * direction
    rise <- value(theta + along + aside) - value(theta - along + aside)
    fall <- value(theta + along - aside) - value(theta - along - aside)
    (rise - fall) / (4 * length * aside[j])
  }
  by_parameters <- function(length) vapply(seq_along(theta), by_parameter, 0, length)
  hold_against("hessian", found$derivatives, by_parameters, 1e-3, stats::setNames(theta, labels), direction, call)
}

# A direction in which derivatives by one parameter are not taken for those by another.
no_two_alike <- function(spread) spread * cos(seq_along(spread))

# slope(length): the differences along the direction, by steps of that length. Where those of two sizes do not agree, or see no
# change at all (a step), they do not tell.
hold_against <- function(name, derivatives, slope, length, theta, direction, call) {
  if (!all(is.finite(direction))) return(invisible())
  near <- slope(length)
  far <- slope(10 * length)
  given <- drop(derivatives %*% direction)
  size <- drop(abs(derivatives) %*% abs(direction))
  told <- is.finite(near) & near != 0 & abs(near - far) <= 1e-3 * abs(near)
  wrong <- which(told & abs(near - given) > 1e-2 * pmax(abs(near), size))
  if (!length(wrong)) return(invisible())
  i <- wrong[1L]
  of <- if (name == "hessian") "the gradient" else "the sums of `psi`"
  abort(name, sprintf(
    "`%s` does not give the derivatives of %s: along a line through theta = %s row %d changes at the rate %s, by differences %s",
    name, of, show_parameters(theta), i, format(given[i], digits = 6L), format(near[i], digits = 6L)
  ), call, derivatives = derivatives)
}
