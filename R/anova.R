# Analysis of deviance: R's own tables, over columns of a design in the place of a model matrix.

#' Analysis of deviance, or Wald tests with any covariance
#'
#' Without a covariance the tables are those of [stats::anova.glm()]. With one they hold Wald tests: of each term of a
#' single fit in the model of the terms before it and itself, or, of several fits, of the coefficients that the larger
#' of two successive fits adds, tested in the larger fit. Each model has its own covariance of the kind. These are the
#' tests of `lmtest::waldtest()` with a function as `vcov`.
#'
#' Several fits must have the same parameter of the family's own, such as the power of [tweedie()]: deviances do not compare
#' others.
#'
#' @param object A fit from [glm_rs()].
#' @param ... Other such fits; `dispersion` and `test` as for [stats::anova.glm()]. With `vcov`: `test`, which is `"F"`,
#'   `"Chisq"` or `"auto"` as for [wald_test()], whose degrees of freedom these are, and the options of that covariance.
#' @param vcov The kind of covariance, see [vcov.glm_rs()]. A matrix is taken only with two fits, as the covariance of the
#'   larger one.
#' @return A data frame of class `anova`.
#' @seealso [wald_test()] for restrictions of one fit, [drop1.glm_rs()]
#' @examples
#' fit <- glm_rs(breaks ~ wool * tension, data = warpbreaks, family = poisson())
#' anova(fit, test = "Chisq")
#' anova(fit, vcov = "HC3")
#' anova(update(fit, . ~ wool), fit, vcov = "HC3")
#' @export
anova.glm_rs <- function(object, ..., vcov = NULL) {
  if (!is.null(vcov)) return(anova_wald(object, list(...), vcov, sys.call()))
  if (any(vapply(list(...), inherits, NA, c("glm_rs_negbin", "negbin")))) {
    abort(
      "anova", "a fit with an estimated theta has no analysis of deviance beside one without", sys.call(),
      i = "dispersion_test(fit, \"lr\") compares it with the Poisson fit, AIC() all fits"
    )
  }
  others <- Filter(function(x) inherits(x, c("glm", "glm_rs_model")), list(...))
  if (any(vapply(others, inherits, NA, "glm_rs_model"))) check_comparable(c(list(object), others), sys.call())
  check_same_shape(c(list(object), others), "anova", sys.call())
  # NextMethod() does not know who called, where a method of a family called this one
  of_glm <- get("anova.glm", asNamespace("stats"))
  if (length(others) || !length(object$coefficients)) return(of_glm(object, ...))
  object <- with_rows(object)
  if (is.null(object$y)) object$y <- recovered_response(object)
  design <- refit_data(object)$design
  object$x <- structure(design, assign = design$assign, class = "term_columns")
  object$method <- fit_term_columns
  # the fit that the method is to see is not the one that it was called with
  of_glm(object, ...)
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
  response <- response_for(y, names, if (any(weights != 1)) plain_double(weights), family, call)
  fit_design(
    unclass(x), response, family, call, offset, as_control(control, call), list(coefficients = start),
    null_model = if (intercept) "mean" else "offset", rows = names
  )
}
