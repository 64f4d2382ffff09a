# What plots share.

# Call the function `draw` of package graphics with our own arguments, but for those that the user gives.
draw_with <- function(draw, own, given) {
  replaced <- nzchar(names(own)) & names(own) %in% names(given)
  do.call(draw, c(own[!replaced], given), quote = TRUE)
}
