# Numbers of package bit64, wherever data come in: data.table::fread() and databases give them.

# Integers of 64 bits as doubles, in the shape that they have: R takes their bits for other numbers unless package bit64 is
# there. All else as it is.
without_integer64 <- function(x, call = NULL) {
  if (!inherits(x, "integer64")) return(x)
  if (!requireNamespace("bit64", quietly = TRUE)) {
    message <- "there are integers of 64 bits, but package bit64 is not installed"
    abort("package", message, call, i = "install it, or give doubles")
  }
  numbers <- as.double(x)
  attributes(numbers) <- attributes(x)[intersect(c("names", "dim", "dimnames"), names(attributes(x)))]
  numbers
}

# A list or data frame with such columns.
columns_without_integer64 <- function(columns, call) {
  for (i in which(vapply(columns, inherits, NA, "integer64"))) columns[[i]] <- without_integer64(columns[[i]], call)
  columns
}
