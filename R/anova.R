# Analysis of deviance: R's own tables, over columns of a design in the place of a model matrix.

#' @export
anova.glm_rs <- function(object, ...) {
  if (any(vapply(list(...), inherits, NA, c("glm_rs_negbin", "negbin")))) {
    abort(
      "anova", "a fit with an estimated theta has no analysis of deviance beside one without", sys.call(),
      i = "dispersion_test(fit, \"lr\") compares it with the Poisson fit, AIC() all fits"
    )
  }
  if (any(vapply(list(...), inherits, NA, "glm")) || !length(object$coefficients)) return(NextMethod())
  object <- with_rows(object)
  if (is.null(object$y)) object$y <- recovered_response(object)
  design <- refit_data(object)$design
  object$x <- structure(design, assign = design$assign, class = "term_columns")
  object$method <- fit_term_columns
  # the fit that the method is to see is not the one that it was called with
  get("anova.glm", asNamespace("stats"))(object, ...)
}

# What anova() takes of a model matrix: its terms, by the numbers of their columns, and its rows.
#' @export
`[.term_columns` <- function(x, i, j, ...) structure(design_of_terms(unclass(x), x$assign[j]), class = "term_columns")

#' @export
dim.term_columns <- function(x) c(x$spec[[1L]], length(x$names))

# The fitter that it calls: glm_rs_fit() for such columns.
fit_term_columns <- function(x, y, weights, start = NULL, offset = NULL, family = stats::gaussian(), control = list(),
                             intercept = TRUE) {
  call <- sys.call()
  names <- names(y)
  response <- as_response(y, names, if (any(weights != 1)) plain_double(weights), family$family, call)
  fit_design(
    unclass(x), response, offset, family, as_control(control, call), start, NULL, NULL,
    if (intercept) "mean" else "offset", TRUE, names, call
  )
}
