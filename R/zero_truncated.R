# Families of counts whose likelihood is not that of an exponential family.

#' Counts whose zeros are not observed
#'
#' A family for [glm_rs()] of counts that are in the data only if they are above zero: days of those who stayed in hospital,
#' claims of policies with a claim. It is the count part of a [hurdle()] model alone.
#'
#' Coefficients are those of the logarithm of the mean that the counts would have with their zeros, `mu`. The mean of those
#' above zero is `mu / (1 - P(0))`: `predict(fit, type = "count")` has the first, `type = "response"` the second.
#'
#' The likelihood is maximised by Newton's method on the observed information, each step halved until it rises, from least
#' squares; where theta is to be found, from the Poisson fit, which tells whether the likelihood rises from there at all. It
#' ends with a step of less than `sqrt(epsilon)` standard errors. Standard errors are those of the observed information.
#' Starting values are those of the coefficients.
#'
#' @param count The distribution of the counts: [stats::poisson()] or [negative_binomial()] (of either type, with theta
#'   given or to be found), with log link.
#' @section The fit:
#' An object of class `c("glm_rs_count", "glm_rs_model")`, which `negative_binomial(type = "nb1")` gives, too: a list of
#' `coefficients`; `theta`, `SE.theta` and `theta.status` where theta was to be found; `loglik`, `n` (rows with weight),
#' `df.residual`, `cov.scaled` (of all parameters, `Log(theta)` the last), `linear.predictors`, `fitted.values`, and what else
#' a `glm` has. It is no `glm`: see [glm_rs_count-methods] for what it can do.
#'
#' Errors: counts of zero, negative ones or fractions (class `glmrs_error_response`, with their row). Warnings: no
#' convergence (`glmrs_warning_not_converged`); an infinite theta, whose fit is the Poisson one, or one of nearly zero, and
#' counts of which none is above 1 (`glmrs_warning_boundary`); separation, where some rows that a combination of columns sets
#' apart are all 1, or of NB1 counts 0 (`glmrs_warning_separation`, and what it says as `separation` of the fit).
#' @return A family object.
#' @references Grogger, J. T. and Carson, R. T. (1991) Models for truncated counts. *Journal of Applied Econometrics* 6,
#'   225-238.
#' @seealso [hurdle()], [predict.glm_rs_count()], [rootogram()], [quantile_residuals()];
#'   `vignette("counts-and-amounts", package = "glmrs")`
#' @examples
#' absent <- subset(MASS::quine, Days > 0)
#' fit <- glm_rs(Days ~ Sex + Age, family = zero_truncated(negative_binomial()), data = absent)
#' summary(fit)
#' predict(fit, absent[1:2, ], type = "count")
#' @export
zero_truncated <- function(count = stats::poisson()) {
  call <- sys.call()
  count <- as_family(count, parent.frame(), call, "count")
  if (inherits(count, "glmrs_count")) {
    if (is_truncated(count)) abort("family", "`count` is truncated already", call)
    return(new_count_family("truncated", count$spec$variance, count$spec$theta))
  }
  new_count_family("truncated", "nb2", count_part(count, "count", parent.frame(), call)$shape)
}

# `variance` is "nb1" or "nb2", `theta` Inf for Poisson, NA where it is to be found. The first two elements of `spec` say which
# fits may be nested.
new_count_family <- function(range, variance, theta) {
  name <- if (is.infinite(theta)) "poisson" else "Negative Binomial"
  if (is.finite(theta)) name <- sprintf("%s(%s)", name, format(theta, digits = 4L))
  if (variance == "nb1") name <- paste(name, "NB1")
  if (range == "truncated") name <- paste("zero-truncated", name)
  parts <- c(
    list(family = name, link = "log"), unclass(stats::make.link("log"))[link_parts],
    list(spec = list(range = range, link = "log", variance = variance, theta = theta), dispersion = 1)
  )
  structure(parts, class = c("glmrs_count", "glmrs_family", "family"))
}
