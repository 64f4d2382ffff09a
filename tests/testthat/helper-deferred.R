# Vectors whose numbers are made when somebody asks for them.

# How R describes an object; its address changes, and so is left out.
inspected <- function(x) utils::capture.output(.Internal(inspect(x, 0)))[1L]
is_pending <- function(x) grepl("not made yet", inspected(x), fixed = TRUE)
