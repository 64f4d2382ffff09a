# The names of the rows. A fit holds them once, beside vectors of rows that have none: object.size() and saveRDS() would
# count them with each. `$`, `[[` and `[` put them on, which copies nothing.

named_parts <- c("residuals", "fitted.values", "linear.predictors", "weights", "prior.weights", "y")

# `fit` with the names of its rows, in an environment: R's names are objects of their own there, as those of the data are.
with_rows_named <- function(fit, names) {
  attr(fit, "row_names") <- list2env(list(names = names), parent = emptyenv())
  fit
}

# `part` of `fit`, asked for as `name` (or by its beginning, or place), with the names of the rows where it has them.
named_rows <- function(part, fit, name) {
  rows <- attr(fit, "row_names", exact = TRUE)$names
  if (is.null(rows) || length(part) != length(rows) || !is.null(names(part))) return(part)
  if (is.numeric(name)) name <- names(fit)[name]
  if (is.na(pmatch(name, named_parts))) return(part)
  names(part) <- rows
  part
}

#' @export
`[.glm_rs` <- function(x, i = names(x)) {
  parts <- .subset(x, i)
  Map(function(part, name) named_rows(part, x, name), parts, names(parts))
}

#' @export
with.glm_rs <- function(data, expr, ...) eval(substitute(expr), data[], enclos = parent.frame())
