# Families of models with a part for the counts and a part for the zeros.

#' Zero-inflated and hurdle models
#'
#' Families for [glm_rs()] of counts with more (or fewer) zeros than a count distribution has. `zero_inflated()` mixes the
#' counts, some of which are zero, with zeros of another origin: the zero part is the share of those. `hurdle()` says first
#' whether a count is zero, then how large it is if it is not: the zero part is the probability of a count above zero, the
#' count part is truncated at zero.
#'
#' `y ~ x | z` has covariates `x` in the count part and `z` in the zero part; `y ~ x` the same in both, `y ~ x | 1` a
#' constant zero part. `offset()` in a formula belongs to its part (without `|` to both); the arguments `offset` and
#' `exposure` belong to the count part. Prior weights multiply the rows' log-likelihoods. Columns that the columns before
#' them explain are aliased (`NA`), part by part; in a hurdle model the rows with a count above zero decide about those of
#' the count part.
#'
#' Starting values are `list(count = , zero = , theta = )`, any of them left out, or one vector of all coefficients.
#'
#' The likelihood is maximised from least squares by three steps of the EM algorithm (for mixtures) and then Newton's
#' method on the observed information, each step halved until the likelihood rises; where the observed information is not
#' positive definite, theta takes steps of its own, and then the EM algorithm's information stands for it. It ends when a
#' step is shorter than `sqrt(epsilon)` standard errors, and takes that step. Starting values that lead to no maximum give
#' way to least squares. Standard errors are those of the observed information, which has a row and a column for each
#' level of a factor: it is for factors of some thousand levels at most.
#'
#' @param count The distribution of the counts: [stats::poisson()], [negative_binomial()] with an estimated shape (for each
#'   part its own), `negative_binomial(theta)` with a known one (1: geometric), with log link.
#' @param link The link of the share of zeros that are not the counts'.
#' @param zero The hurdle: [stats::binomial()] with one of the links of `zero_inflated()`, or a distribution of counts with
#'   log link as for `count`, of which the probability of a count above zero is taken.
#' @section The fit:
#' An object of class `c("glm_rs_zero_inflated", "glm_rs_zero", "glm_rs_model")`, or with `"glm_rs_hurdle"` first, a list of
#' `coefficients` (`list(count, zero)`), `theta` and `SE.logtheta` (by part) where they are estimated, `loglik`, `n` (rows
#' with weight), `df.residual`, `cov.scaled` (of all parameters), `fitted.values`, `linear.predictors`, `terms` and
#' `contrasts` by part, and what else a `glm` has. It is no `glm`: see [glm_rs_zero-methods] for what it can do.
#'
#' Errors: a response without zeros, or of zeros alone (class `glmrs_error_response`); negative counts or fractions (with
#' their row); a part without columns. Warnings: no convergence (`glmrs_warning_not_converged`); a share of other zeros that
#' goes to nothing, or theta that goes to infinity (`glmrs_warning_boundary`); shares of 0 or 1, and
#' counts that are separated, whose coefficients the `separation` of the fit names (`glmrs_warning_separation`).
#' @return A family object.
#' @references
#' Lambert, D. (1992) Zero-inflated Poisson regression, with an application to defects in manufacturing. *Technometrics* 34,
#' 1-14.
#'
#' Mullahy, J. (1986) Specification and testing of some modified count data models. *Journal of Econometrics* 33, 341-365.
#'
#' Zeileis, A., Kleiber, C. and Jackman, S. (2008) Regression models for count data in R. *Journal of Statistical Software*
#' 27(8).
#' @examples
#' set.seed(1)
#' d <- data.frame(x = rnorm(200), z = rnorm(200))
#' d$y <- rpois(200, exp(0.5 + 0.3 * d$x)) * rbinom(200, 1, plogis(0.5 + d$z))
#' fit <- glm_rs(y ~ x | z, family = zero_inflated(), data = d)
#' summary(fit)
#' predict(fit, d[1:3, ], type = "prob", at = 0:4)
#' glm_rs(y ~ x | z, family = hurdle(negative_binomial(1)), data = d)
#' @seealso [glm_rs_zero-methods] and [predict.glm_rs_zero()] for what a fit can do, [vuong_test()] to compare models that
#'   are not nested; `vignette("counts-and-amounts", package = "glmrs")`.
#' @export
zero_inflated <- function(count = stats::poisson(), link = c("logit", "probit", "cloglog", "cauchit", "log")) {
  call <- sys.call()
  count <- count_part(count, "count", parent.frame(), call)
  link <- check_choice(link, share_links, "link", call)
  new_zero_family("zero_inflated", "inflated", count, stats::make.link(link), zero_shape = Inf, dist = "binomial")
}

#' @rdname zero_inflated
#' @export
hurdle <- function(count = stats::poisson(), zero = stats::binomial()) {
  call <- sys.call()
  env <- parent.frame()
  count <- count_part(count, "count", env, call)
  zero <- as_family(zero, env, call, "zero")
  if (identical(zero$family, "binomial")) {
    check_choice(zero$link, share_links, "zero", call)
    return(new_zero_family("hurdle", "hurdle", count, stats::make.link(zero$link), zero_shape = Inf, dist = "binomial"))
  }
  zero <- count_part(zero, "zero", env, call)
  new_zero_family("hurdle", "hurdle_counts", count, stats::make.link("log"), zero$shape, zero$name)
}

share_links <- eval(formals(zero_inflated)$link)

# list(name, shape): Inf for Poisson, NA where it is estimated.
count_part <- function(family, arg, env, call) {
  family <- as_family(family, env, call, arg)
  shape <- if (identical(family$family, "poisson")) {
    Inf
  } else if (inherits(family, "glmrs_family") && identical(family$core, "negative_binomial")) {
    family$shape %||% NA_real_
  }
  if (is.null(shape) || family$link != "log") {
    counts <- "poisson() or negative_binomial(), with log link"
    abort("family", sprintf("`%s` must be %s", arg, if (arg == "zero") paste0("binomial(), ", counts) else counts), call,
      i = if (inherits(family, "glmrs_family")) "other links have no zero-inflated or hurdle models here"
    )
  }
  list(name = if (is.infinite(shape)) "poisson" else family$family, shape = shape)
}

# `spec` is what rs_zero_fit() reads, by place; its `count` and `zero` are the shapes of the parts. `maxit` is for as_control():
# coefficients without a bound are followed far out.
new_zero_family <- function(class, kind, count, zero_link, zero_shape, dist) {
  name <- paste(if (class == "hurdle") "hurdle" else "zero-inflated", count$name)
  parts <- c(list(family = name, link = "log"), unclass(stats::make.link("log"))[link_parts], list(
    dist = c(count = count$name, zero = dist), zero.link = zero_link,
    spec = list(
      kind = kind, link = if (kind == "hurdle_counts") "" else zero_link$name, count = count$shape, zero = zero_shape
    ),
    dispersion = 1, maxit = 100L
  ))
  structure(parts, class = c(paste0("glmrs_", class), "glmrs_zero", "glmrs_family", "family"))
}
