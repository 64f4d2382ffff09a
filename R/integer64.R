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

# What tells rows apart or orders them: numbers, or where doubles have not enough digits (identifiers by hashes) their codes
# in order.
in_order_of_integer64 <- function(x, call) {
  if (!inherits(x, "integer64")) return(x)
  # that digits are lost is seen to
  numbers <- suppressWarnings(without_integer64(x, call))
  if (all(abs(numbers) <= 2^53, na.rm = TRUE)) return(numbers)
  half <- bit64::as.integer64(2^32)
  halves <- lapply(list(x %/% half, x - x %/% half * half), without_integer64)
  order <- do.call(order, halves)
  changes <- vapply(halves, function(x) diff(x[order]) != 0, logical(length(x) - 1L))
  codes <- numeric(length(x))
  codes[order] <- cumsum(c(TRUE, rowSums(matrix(changes, ncol = 2L)) > 0))
  replace(codes, is.na(numbers), NA)
}
