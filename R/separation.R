# Separation: coefficients that have no finite maximum likelihood estimates, and why.

#' Detect separation
#'
#' Where some combination of the covariates tells all successes from all failures (complete separation), or does so but for
#' rows that lie on the border (quasi-complete separation), the likelihood goes on rising as coefficients go to infinity: they
#' have no finite estimates, and a fit stops somewhere on the way. The same happens to counts with log link where a
#' combination is 0 for all positive counts, and of one sign for some of the others.
#'
#' The answer is a proof: a direction, looked at in all rows, along which the likelihood does not fall, or that there is
#' none. Where the residuals of the fit prove that there is none, as they do at a maximum of the likelihood, that takes one least
#' squares fit; else it is found by several of them, all without a model matrix. Rows of weight 0 do not count.
#'
#' Fits warn of separation (class `glmrs_warning_separation`) and name the coefficients where fitted probabilities or rates
#' end near the border; so do models of [zero_truncated()] counts, for which 1 is the border, of NB1 counts, and the count parts of
#' [zero_inflated()] and [hurdle()] models. Their `fit$separation` has what was found.
#'
#' @param fit A fit of [glm_rs()], with any `bias`: a binomial (or quasi-binomial) model with link `"logit"`, `"probit"`,
#'   `"cauchit"`, `"cloglog"` or `"log"`, or a Poisson (quasi-Poisson, negative binomial, Tweedie with zeros) model with link `"log"`. Others
#'   are an error: their maximum likelihood estimates do not go to infinity this way.
#' @return A list of class `"glmrs_separation"`: `outcome`, one of `"none"`, `"quasi-complete"` and `"complete"`;
#'   `coefficients`, where maximum likelihood estimates are: 0 for a finite one, `Inf` or `-Inf`, `NaN` for an infinite one
#'   whose sign is not determined, `NA` for aliased columns; `rows`, the number of rows whose linear predictor is infinite;
#'   `n`, that of all that count. If directions are many, as in complete separation, signs are those of one of them.
#' @references
#' Albert, A. and Anderson, J. A. (1984) On the existence of maximum likelihood estimates in logistic regression models.
#' *Biometrika* 71, 1-10.
#'
#' Konis, K. (2007) *Linear programming algorithms for detecting separated data in binary logistic regression models*. DPhil
#' thesis, University of Oxford.
#'
#' Santos Silva, J. M. C. and Tenreyro, S. (2010) On the existence of the maximum likelihood estimates in Poisson regression.
#' *Economics Letters* 107, 310-312.
#'
#' Correia, S., Guimaraes, P. and Zylkin, T. (2019) Verifying the existence of maximum likelihood estimates for generalized
#' linear models. arXiv:1903.01633.
#' @seealso `bias` in [glm_rs()], for estimates that are finite.
#' @examples
#' d <- data.frame(x = c(1, 2, 3, 4, 5, 6), y = c(0, 0, 0, 1, 1, 1))
#' fit <- suppressWarnings(glm_rs(y ~ x, binomial, d))
#' detect_separation(fit)
#' @export
detect_separation <- function(fit) {
  call <- sys.call()
  if (!inherits(fit, "glm_rs") || !inherits(fit, "glm")) abort("argument", "`fit` must be a generalized linear model fitted by glm_rs()", call)
  if (is.null(separation_bounds(fit$family))) {
    abort("argument", sprintf(
      "separation is for binomial models and counts with log link, not for the family \"%s\" with link \"%s\"",
      fit$family$family, format(fit$family$link)[1L]
    ), call)
  }
  rows <- with_rows(fit)
  data <- refit_data(rows)
  found <- separation_of(data$design, data$response, separation_bounds(fit$family), NULL, call, list(rows$weights, rows$residuals))
  found$coefficients[is.na(fit$coefficients)] <- NA
  found
}

# How means of a family go to the border: "shares" at both ends, "counts" at the lower one; NULL where estimates stay finite.
separation_bounds <- function(family) {
  spec <- family_spec(family)
  if (is.null(spec)) return(NULL)
  bounded <- c("logit", "probit", "cauchit", "cloglog")
  if (spec$family == "binomial" && spec$link %in% bounded) return("shares")
  zeros <- c("binomial", "poisson", "negative_binomial", if (isTRUE(family$shape < 2)) "tweedie")
  if (spec$family %in% zeros && spec$link == "log") "counts"
}

separation_of <- function(design, response, bounds, threads, call, evidence = NULL) {
  found <- rust_separation(design, response, bounds, evidence, thread_spec(threads), call)
  n <- if (is.null(response$weights)) length(response$y) else sum(response$weights > 0)
  infinite <- stats::setNames(replace(found$signs * Inf, found$signs %in% 0, 0), design$names)
  outcome <- if (!found$rows) "none" else if (found$complete) "complete" else "quasi-complete"
  structure(list(outcome = outcome, coefficients = infinite, rows = found$rows, n = n), class = "glmrs_separation")
}

#' @export
print.glmrs_separation <- function(x, ...) {
  cat("Separation: ", x$outcome, if (x$rows) sprintf(" (%d of %d rows)", x$rows, x$n), "\n", sep = "")
  if (x$rows) cat(infinite_coefficients(x, Inf), "\n", sep = "")
  invisible(x)
}

# The coefficients without finite estimates, in words.
infinite_coefficients <- function(found, most = 8L) {
  signs <- found$coefficients[!found$coefficients %in% c(0, NA) | is.nan(found$coefficients)]
  value <- ifelse(is.nan(signs), "Inf of either sign", ifelse(signs > 0, "Inf", "-Inf"))
  names <- names(signs) %||% paste("column", which(found$coefficients != 0))
  paste("infinite estimates:", some_of(paste0(names, " (", value, ")"), most))
}

# Shares or rates as near to the border as those of a search that went on for ever would be when it was stopped: then they
# may be separated, and it is worth asking. Ordinary fits of many rows have small rates, too, but then no coefficients that
# are large and smaller than their standard errors.
looks_separated <- function(fit, family, epsilon) {
  kind <- family$family
  border <- if (kind == "binomial" || kind == "quasibinomial") min(fit$least_mean, 1 - fit$largest_mean) else fit$least_mean
  # the cheapest question first
  if (!isTRUE(border <= epsilon * (fit$deviance + 0.1)) || is.null(separation_bounds(family))) return(FALSE)
  estimates <- fit$coefficients[!fit$aliased]
  errors <- if (nrow(fit$cov_unscaled)) sqrt(diag(fit$cov_unscaled)) else 0
  border <= 1e-6 || any(abs(estimates) > 4 & abs(estimates) < errors)
}

# `find()` looks for separation; the value is what it found, NULL for none. The words are R's own, where it has some.
warn_of_separation <- function(fit, family, call, epsilon, find, hint = hint_finite(family, fit$theta)) {
  eps <- 10 * .Machine$double.eps
  kind <- family$family
  words <- if (kind == "binomial" && (fit$largest_mean > 1 - eps || fit$least_mean < eps)) {
    "fitted probabilities numerically 0 or 1 occurred"
  } else if (kind == "poisson" && fit$least_mean < eps) {
    "fitted rates numerically 0 occurred"
  }
  if (is.null(words) && !looks_separated(fit, family, epsilon)) return(NULL)
  found <- if (!is.null(separation_bounds(family))) tryCatch(find(), glmrs_error_solver = function(e) NULL)
  if (is.null(found) || found$outcome == "none") {
    if (!is.null(words)) warn("separation", words, call)
    return(NULL)
  }
  warn_separated(found, call, words, hint)
}

# Which `bias` as_bias() takes for the family. Where theta was found, `family` has it, but the user's has not.
hint_finite <- function(family, theta) {
  spec <- if (can_reduce_bias(family)) family_spec(family)
  # quasi-likelihoods have none
  if (is.null(spec) || !spec$likelihood) return(NULL)
  with <- if (!is.null(theta)) if (is.infinite(theta$value)) "with family = poisson(), " else "with `theta` given, "
  sprintf("%sbias = \"%s\" gives finite estimates", with %||% "", if (takes_firth(spec)) "firth" else "jeffreys")
}

warn_separated <- function(found, call, words = NULL, hint = NULL) {
  words <- words %||% "the data are separated: the likelihood has no maximum"
  warn(
    "separation", words, call, separation = found,
    x = sprintf("%s separation, %s", found$outcome, infinite_coefficients(found)), i = hint
  )
  found
}

# Of counts with log link in a model that is no glm: `y` the counts, less 1 where they are truncated, `mu` their means. The
# value and the warning are those of warn_of_separation().
warn_of_separated_counts <- function(design, y, weights, mu, prefix, control, call) {
  counted <- if (is.null(weights)) TRUE else weights > 0
  if (!any(mu[counted] < NO_MEAN)) return(NULL)
  response <- list(y = y, weights = weights)
  found <- tryCatch(separation_of(design, response, "counts", control$threads, call), glmrs_error_solver = function(e) NULL)
  if (is.null(found) || found$outcome == "none") return(NULL)
  names(found$coefficients) <- paste0(prefix, names(found$coefficients))
  warn_separated(found, call)
}
