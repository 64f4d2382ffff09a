# Derivatives that the user gives are held against differences of what they are said to be derivatives of: nothing else would
# notice that a covariance is wrong.

# Along one line through theta, on which each parameter moves by a part of `spread`, `values` (q) must change as
# `derivatives` (q x p) say. Where differences of two sizes do not agree, or see no change at all (a step), they do not tell.
check_derivatives <- function(name, derivatives, values, theta, spread, labels, call) {
  # no two parameters alike, or their derivatives might be confused
  direction <- spread * cos(seq_along(theta))
  if (!all(is.finite(direction))) return(invisible())
  slope <- function(length) (values(theta + length * direction) - values(theta - length * direction)) / (2 * length)
  near <- slope(.Machine$double.eps^(1 / 3))
  far <- slope(10 * .Machine$double.eps^(1 / 3))
  given <- drop(derivatives %*% direction)
  size <- drop(abs(derivatives) %*% abs(direction))
  told <- is.finite(near) & near != 0 & abs(near - far) <= 1e-3 * abs(near)
  wrong <- which(told & abs(near - given) > 1e-2 * pmax(abs(near), size))
  if (!length(wrong)) return(invisible())
  i <- wrong[1L]
  of <- if (name == "hessian") "the gradient" else "the sums of `psi`"
  abort(name, sprintf(
    "`%s` does not give the derivatives of %s: along a line through theta = %s row %d changes at the rate %s, by differences %s",
    name, of, show_parameters(stats::setNames(theta, labels)), i, format(given[i], digits = 6L), format(near[i], digits = 6L)
  ), call, derivatives = derivatives)
}
