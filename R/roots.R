# Where functions cross zero, one for each row and all rows at once.

# list(root, low, high) of increasing functions f(x, rows) between `low` and `high`, all at once: inverse quadratic
# interpolation where that is safe, else bisection (Chandrupatla, 1997). The root is between the newest point `a` and `b`;
# `c` is the one before.
roots_between <- function(f, low, high, tol) {
  rows <- seq_along(low)
  root <- low
  a <- high
  b <- low
  f_a <- f(a, rows)
  f_b <- f(b, rows)
  share <- rep(0.5, length(rows))
  while (length(rows)) {
    x <- a + share * (b - a)
    f_x <- f(x, rows)
    same <- (f_x > 0) == (f_a > 0)
    c <- ifelse(same, a, b)
    f_c <- ifelse(same, f_a, f_b)
    b <- ifelse(same, b, a)
    f_b <- ifelse(same, f_b, f_a)
    a <- x
    f_a <- f_x
    root[rows] <- ifelse(abs(f_a) < abs(f_b), a, b)
    low[rows] <- pmin(a, b)
    high[rows] <- pmax(a, b)
    least <- pmax(tol[rows], 2 * .Machine$double.eps * abs(a)) / abs(b - a)
    xi <- (a - b) / (c - b)
    phi <- (f_a - f_b) / (f_c - f_b)
    quadratic <- f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
    safe <- which(phi^2 < xi & (1 - phi)^2 < 1 - xi)
    share <- pmin(pmax(replace(rep(0.5, length(rows)), safe, quadratic[safe]), least), 1 - least)
    open <- which(least <= 0.5)
    rows <- rows[open]
    a <- a[open]
    b <- b[open]
    f_a <- f_a[open]
    f_b <- f_b[open]
    share <- share[open]
  }
  list(root = root, low = low, high = high)
}

# For each row the least of the whole numbers from `low` to `high` at which an increasing function f(numbers, rows) is positive.
least_whole <- function(f, low, high) {
  near <- roots_between(function(x, rows) f(floor(x), rows), low - 1, high, rep(1, length(low)))
  low <- floor(near$low)
  high <- floor(near$high)
  repeat {
    # from 2^53 on numbers are further apart than 1
    open <- which(high - low > pmax(1, high * 2^-50))
    if (!length(open)) return(high)
    middle <- floor((low[open] + high[open]) / 2)
    positive <- f(middle, open) > 0
    high[open[positive]] <- middle[positive]
    low[open[!positive]] <- middle[!positive]
  }
}

# `end` for each of n rows, doubled until the root is within.
widened <- function(end, is_within, n) {
  end <- rep(end, n)
  open <- seq_len(n)
  while (length(open <- open[which(is_within(end[open], open))])) end[open] <- 2 * end[open]
  end
}
