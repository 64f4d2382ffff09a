# What stats asks a decomposition of the rows for, though a fit knows it.

#' @export
variable.names.glm_rs <- function(object, full = FALSE, ...) {
  aliased <- is.na(object$coefficients)
  names <- names(object$coefficients)
  c(names[!aliased], if (full) names[aliased]) %||% character()
}

# No `assign` is in a glm: its method finds no term's label.
#' @export
labels.glm_rs <- function(object, ...) character()

#' @export
alias.glm_rs <- function(object, complete = TRUE, partial = FALSE, partial.pattern = FALSE, ...) {
  if (partial || partial.pattern || complete && anyNA(object$coefficients)) return(NextMethod())
  model <- object$terms
  attributes(model) <- NULL
  structure(list(Model = model), class = "listof")
}
