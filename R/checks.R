# Checks of arguments: each stops with a classed error that names the argument, or returns it in the wanted type.

`%||%` <- function(x, default) if (is.null(x)) default else x

is_number <- function(x) is.numeric(x) && length(x) == 1L && !is.na(x)

is_string <- function(x) is.character(x) && length(x) == 1L && !is.na(x)

check_positive <- function(x, arg, call) {
  if (!is_number(x) || x <= 0) abort("argument", paste0("`", arg, "` must be a number > 0"), call)
  as.double(x)
}

check_not_negative <- function(x, arg, call) {
  if (!is_number(x) || x < 0 || is.infinite(x)) abort("argument", paste0("`", arg, "` must be a number >= 0"), call)
  as.double(x)
}

check_count <- function(x, arg, call) {
  if (!is_number(x) || x < 1 || x != floor(x)) abort("argument", paste0("`", arg, "` must be a whole number >= 1"), call)
  most <- .Machine$integer.max
  if (x > most) abort("argument", sprintf("`%s` must be a whole number of at most %d", arg, most), call)
  as.integer(x)
}

check_flag <- function(x, arg, call) {
  if (!is.logical(x) && !is.numeric(x) || length(x) != 1L || is.na(x)) {
    abort("argument", paste0("`", arg, "` must be TRUE or FALSE"), call)
  }
  as.logical(x)
}

check_choice <- function(x, choices, arg, call, i = NULL) {
  if (identical(x, choices)) return(choices[1L])
  if (!is.character(x) || length(x) != 1L || is.na(match(x, choices))) {
    abort("argument", paste0("`", arg, "` must be one of ", in_quotes(choices)), call, i = i)
  }
  x
}

# As match.arg(), which takes the beginning of a word, too.
match_choice <- function(x, choices, arg, call) {
  if (identical(x, choices)) return(choices[1L])
  place <- if (is_string(x)) pmatch(x, choices) else NA
  if (is.na(place)) abort("argument", paste0("`", arg, "` should be one of ", in_quotes(choices)), call)
  choices[place]
}

# A dispersion that the user knows; NULL for none.
check_dispersion <- function(x, call) if (!is.null(x)) check_not_negative(x, "dispersion", call)

# A numeric vector of one value a row, as doubles; NULL stays NULL.
check_rows <- function(x, n, arg, call) {
  if (is.null(x)) return(NULL)
  if (is.matrix(x) && ncol(x) == 1L) x <- x[, 1L]
  if (!is.numeric(x) && !is.logical(x) || is.object(x) && is.factor(x) || !is.null(dim(x))) {
    abort("argument", paste0("`", arg, "` must be a numeric vector"), call)
  }
  if (length(x) != n) {
    abort("argument", sprintf("`%s` must have one value for each of the %d rows, not %d", arg, n, length(x)), call)
  }
  plain_double(x)
}

# Doubles without attributes, for Rust to read. To take the attributes away, as.double() would copy the vector, names and all.
plain_double <- function(x) {
  if (!is.double(x) || is.object(x)) return(as.double(without_integer64(x)))
  if (!is.null(attributes(x))) attributes(x) <- NULL
  looked_at(x)
}

# A vector whose numbers are there: while Rust reads, R code may not run, and those of deferred vectors may need it.
looked_at <- function(x) {
  if (length(x)) x[[1L]]
  x
}

check_no_dots <- function(dots, call, i = NULL) {
  if (!length(dots)) return(invisible())
  name <- names(dots)[1L]
  what <- if (length(name) && nzchar(name)) paste0("`", name, "`") else "one without a name"
  abort("argument", paste("there is no such argument:", what), call, i = i)
}

# What something is, in few words.
describe <- function(x) {
  if (is.null(x)) return("NULL")
  if (is.function(x)) return("a function")
  if (is.data.frame(x)) return(sprintf("a data frame of %d rows and %d columns", nrow(x), ncol(x)))
  if (is.object(x) || !is.atomic(x) && !is.list(x)) return(sprintf("an object of class \"%s\"", class(x)[1L]))
  kind <- typeof(x)
  if (is.matrix(x)) return(sprintf("a %s matrix of %d rows and %d columns", kind, nrow(x), ncol(x)))
  if (is.array(x)) return(sprintf("a %s array of dimension %s", kind, paste(dim(x), collapse = " x ")))
  article <- if (startsWith(kind, "i")) "an" else "a"
  sprintf("%s %s of length %d", article, if (kind == "list") kind else paste(kind, "vector"), length(x))
}
