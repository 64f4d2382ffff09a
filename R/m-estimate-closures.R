# The user's functions. src/rust/src/closures.rs calls them, checks what they return and keeps the last value of each; what it
# cannot take as it is comes to as_doubles(): numbers in other clothes, or an error that names the function, the call and the
# parameters.

FUNCTIONS <- c("objective", "gradient", "score", "hessian", "psi", "jacobian")

# list(spec, memory): functions of (theta, data) for the binding. Nothing is called yet.
bind_functions <- function(functions, data, labels) {
  bound <- lapply(FUNCTIONS, function(name) bind_data(functions[[name]], data))
  list(spec = list(functions = bound, labels = labels, convert = as_doubles), memory = rust_m_memory())
}

# f(theta, data), or f(theta) where f takes one argument alone: with a call that an error's message can show.
bind_data <- function(f, data) {
  if (is.null(f)) return(NULL)
  if (takes_data(f)) function(theta) f(theta, data) else function(theta) f(theta)
}

# `weights` is for the bootstrap alone.
takes_data <- function(f) {
  takes <- setdiff(names(formals(args(f))), "weights")
  length(takes) > 1L || "..." %in% takes
}

# `returned`: list(value, what, theta, labels, count, rows, cols, is_pair), the last three NULL where any will do.
as_doubles <- function(returned) {
  x <- returned$value
  theta <- stats::setNames(returned$theta, returned$labels)
  complain_of <- function(...) complain(returned$what, theta, returned$count, ...)
  values <- switch(returned$what,
    objective = value_and_gradient(x, returned$is_pair, length(theta), complain_of),
    gradient = numbers_of(length(theta))(x, complain_of),
    matrix_of(returned$rows, returned$cols)(x, complain_of)
  )
  # held in memory, and nobody else's: what R says by formula alone (1:10) the binding does not read
  if (is.matrix(values)) matrix(as.double(values), nrow(values)) else values + 0
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

is_numbers <- function(x) (is.numeric(x) || is.logical(x)) && !is.factor(x)

# A number: the value of an objective, which may be an element of a list.
one_number <- function(x, complain) {
  value <- if (is.list(x)) x[["value"]] else x
  if (!is_numbers(value) || length(value) != 1L) complain("a number, or list(value =, gradient =)", x)
  as.double(value)
}

# c(value), or c(value, gradient) where the objective gives both.
value_and_gradient <- function(x, is_pair, p, complain) {
  value <- one_number(x, complain)
  if (!(is_pair %||% (is.list(x) && !is.null(x[["gradient"]])))) return(value)
  if (!is.list(x)) complain("list(value =, gradient =)", x)
  c(value, numbers_of(p)(x[["gradient"]], function(expected, value) complain(paste("a gradient of", expected), value)))
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
    m
  }
}
