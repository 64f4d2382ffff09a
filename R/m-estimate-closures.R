# The user's functions as the core calls them: of (theta, count), returning plain doubles. What cannot be taken for numbers
# of the right shape is an error that names the function, the call and the parameters.

# f(theta, data), or f(theta) where f takes one argument alone.
bind_data <- function(f, data) {
  if (is.null(f)) return(NULL)
  takes <- names(formals(args(f)))
  if (length(takes) > 1L || "..." %in% takes) function(theta) f(theta, data) else f
}

# `f` with its last value kept for as long as it is asked for the same: a point that several ask about costs one call.
remember_last <- function(f) {
  if (is.null(f)) return(NULL)
  last <- new.env(parent = emptyenv())
  last$calls <- 0L
  function(...) {
    arguments <- list(...)
    if (!identical(last$arguments, arguments)) {
      last$calls <- last$calls + 1L
      last$value <- f(...)
      last$arguments <- arguments
    }
    last$value
  }
}

# The functions of a fit, each of theta alone.
bind_functions <- function(functions, data) lapply(functions, function(f) remember_last(bind_data(f, data)))

# How often these were called.
calls_of <- function(functions) {
  sum(vapply(Filter(Negate(is.null), functions), function(f) environment(f)$last$calls, 1L))
}

# A function for the core: `shape(value, complain)` makes doubles of what `f` returns for theta.
as_callback <- function(f, labels, what, shape) {
  if (is.null(f)) return(NULL)
  function(theta, count) {
    names(theta) <- labels
    shape(f(theta), function(...) complain(what, theta, count, ...))
  }
}

complain <- function(what, theta, count, expected, value) {
  # R's own call is of no use to the user: it names the core's function
  abort("callback", sprintf(
    "`%s` returned %s, not %s (call %d, theta = %s)", what, describe(value), expected, count, show_parameters(theta)
  ), NULL, theta = theta, value = value, callback = what)
}

show_parameters <- function(theta) {
  shown <- utils::head(theta, 8L)
  text <- paste(names(shown), "=", format(shown, digits = 4L, trim = TRUE), collapse = ", ")
  paste0("c(", text, if (length(theta) > 8L) ", ...", ")")
}

# What something is, in few words.
describe <- function(x) {
  if (is.null(x)) return("NULL")
  if (is.function(x)) return("a function")
  if (is.data.frame(x)) return(sprintf("a data frame of %d rows and %d columns", nrow(x), ncol(x)))
  kind <- if (is.list(x)) "list" else if (is.factor(x)) "factor" else typeof(x)
  if (is.matrix(x)) return(sprintf("a %s matrix of %d rows and %d columns", kind, nrow(x), ncol(x)))
  sprintf("a %s of length %d", if (kind == "list") kind else paste(kind, "vector"), length(x))
}

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.factor(x)

# A number: the value of an objective, which may be an element of a list.
one_number <- function(x, complain) {
  value <- if (is.list(x)) x[["value"]] else x
  if (!is_numbers(value) || length(value) != 1L) complain("a number, or list(value =, gradient =)", x)
  as.double(value)
}

# A shape: `p` numbers.
numbers_of <- function(p) {
  function(x, complain) {
    if (!is_numbers(x) || length(x) != p) complain(sprintf("%d numbers", p), x)
    as.double(x)
  }
}

# A shape: a matrix of `n` rows and `q` columns, a vector where one of them is 1; NULL where any number will do.
matrix_of <- function(n = NULL, q = NULL) {
  function(x, complain) {
    m <- if (is.data.frame(x)) as.matrix(x) else if (is.null(dim(x)) && is_numbers(x)) as.matrix(x) else x
    if (!is.matrix(m) || !is_numbers(m) || !is.null(n) && nrow(m) != n || !is.null(q) && ncol(m) != q) {
      size <- if (!is.null(n)) sprintf(" of %d rows", n)
      width <- if (!is.null(q)) sprintf("%s %d columns", if (is.null(n)) " of" else " and", q)
      complain(paste0("a numeric matrix", size, width), x)
    }
    if (is.null(n)) m else as.double(m)
  }
}
