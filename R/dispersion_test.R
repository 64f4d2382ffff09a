# Tests of whether counts vary as the model says.

#' Tests of dispersion
#'
#' Do counts vary more than a Poisson regression says? Each test is against the alternative that the variance is
#' `mu + alpha * mu^2` (`"NB2"`) or `mu + alpha * mu` (`"NB1"`), alpha being 0 in the Poisson distribution.
#'
#' @section Types:
#' \describe{
#'   \item{`"cameron-trivedi"`}{The t statistic of the regression of `((y - mu)^2 - y) / mu` on `mu` (NB2) or 1 (NB1),
#'     without an intercept; the numbers of `AER::dispersiontest()` with `trafo = 2` or 1.}
#'   \item{`"dean"`}{Dean's score tests, with squared residuals corrected for leverages unless `adjusted = FALSE`.}
#'   \item{`"pearson"`}{Pearson's statistic against its chi-squared distribution; for Poisson, binomial and negative binomial
#'     fits. Means should not be small.}
#'   \item{`"lr"`}{The likelihood ratio of the negative binomial and the Poisson fit; `fit` may be either, the other is made, and
#'     of a [zero_truncated()] fit the zero-truncated one. Since alpha = 0 is at the edge of what it can be, the statistic is 0 in half of all samples: its p-value is half
#'     that of the chi-squared distribution with one degree of freedom.}
#' }
#'
#' @param fit A fit of [glm_rs()] with family `poisson`; for `"pearson"` also `binomial` or [negative_binomial()], for `"lr"`
#'   also [negative_binomial()] of either type, or [zero_truncated()] of one, with an estimated theta.
#' @param type See below.
#' @param variance The alternative, for `"cameron-trivedi"`, `"dean"` and `"lr"`; that of `fit` if it has one.
#' @param alternative More variation (`"greater"`), less, or either. `"pearson"` and `"lr"` are tests of more.
#' @param adjusted For `"dean"`: correct for leverages?
#' @return A list of class `"htest"`.
#' @references
#' Cameron, A. C. and Trivedi, P. K. (1990) Regression-based tests for overdispersion in the Poisson model. *Journal of
#' Econometrics* 46, 347-364.
#'
#' Dean, C. B. (1992) Testing for overdispersion in Poisson and binomial regression models. *Journal of the American
#' Statistical Association* 87, 451-457.
#'
#' Self, S. G. and Liang, K.-Y. (1987) Asymptotic properties of maximum likelihood estimators and likelihood ratio tests
#' under nonstandard conditions. *Journal of the American Statistical Association* 82, 605-610.
#' @seealso [zero_check()], [rootogram()]; `vignette("counts-and-amounts", package = "glmrs")`
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, data = MASS::quine, family = poisson())
#' dispersion_test(fit)
#' dispersion_test(fit, "lr")
#' @export
dispersion_test <- function(fit, type = c("cameron-trivedi", "dean", "pearson", "lr"), variance = c("NB2", "NB1"),
                            alternative = c("greater", "two.sided", "less"), adjusted = TRUE) {
  call <- sys.call()
  name <- deparse1(substitute(fit))
  type <- check_choice(type, c("cameron-trivedi", "dean", "pearson", "lr"), "type", call)
  own <- if (inherits(fit, "glm_rs_negbin")) "NB2" else if (inherits(fit, "glm_rs_count")) toupper(fit$family$spec$variance)
  if (missing(variance) && !is.null(own)) variance <- own
  variance <- check_choice(variance, c("NB2", "NB1"), "variance", call)
  alternative <- check_choice(alternative, c("greater", "two.sided", "less"), "alternative", call)
  adjusted <- check_flag(adjusted, "adjusted", call)
  if (!inherits(fit, "glm_rs_count")) {
    check_is_fit(fit, "fit", call)
  } else if (type != "lr") {
    abort("family", sprintf("type = \"%s\" is not a test of family \"%s\"", type, fit$family$family), call, i = hint_of_lr(fit))
  }
  if (!is.null(own) && variance != own) abort("argument", sprintf("`fit` has the variance of \"%s\"", own), call)
  if (type %in% c("pearson", "lr") && alternative != "greater") {
    abort("argument", sprintf("type = \"%s\" is a test of more variation: `alternative` must be \"greater\"", type), call)
  }
  result <- switch(type,
    `cameron-trivedi` = auxiliary_regression_test(poisson_rows(fit, call), variance, alternative),
    dean = dean_test(poisson_rows(fit, call), variance, alternative, adjusted),
    pearson = pearson_test(fit, call),
    lr = likelihood_ratio_test(fit, variance, call)
  )
  structure(c(result, list(alternative = alternative, data.name = name)), class = "htest")
}

# list(y, mu, fit) of a Poisson fit, with its rows.
poisson_rows <- function(fit, call) {
  if (!identical(fit$family$family, "poisson")) {
    abort("family", sprintf("this is a test of Poisson fits, not of family \"%s\"", fit$family$family), call)
  }
  fit <- with_rows(fit)
  if (any(fit$prior.weights != 1)) {
    abort("weights", "this test is for rows of weight 1", call, i = "type = \"lr\" takes weights")
  }
  list(y = response_of(fit), mu = as.double(fit$fitted.values), fit = fit)
}

auxiliary_regression_test <- function(rows, variance, alternative) {
  excess <- ((rows$y - rows$mu)^2 - rows$y) / rows$mu
  x <- if (variance == "NB2") rows$mu else rep(1, length(rows$mu))
  alpha <- sum(x * excess) / sum(x^2)
  error <- sqrt(sum((excess - alpha * x)^2) / (length(x) - 1) / sum(x^2))
  normal_test(alpha / error, alternative, list(
    estimate = c(alpha = alpha), null.value = c(alpha = 0),
    method = sprintf("Cameron and Trivedi's test of dispersion against %s", variance)
  ))
}

dean_test <- function(rows, variance, alternative, adjusted) {
  excess <- (rows$y - rows$mu)^2 - rows$y
  if (adjusted) excess <- excess + stats::hatvalues(rows$fit) * rows$mu
  statistic <- if (variance == "NB2") {
    sum(excess) / sqrt(2 * sum(rows$mu^2))
  } else {
    sum(excess / rows$mu) / sqrt(2 * length(rows$mu))
  }
  what <- if (adjusted) "adjusted score test" else "score test"
  normal_test(statistic, alternative, list(
    null.value = c(alpha = 0), method = sprintf("Dean's %s of dispersion against %s", what, variance)
  ))
}

normal_test <- function(z, alternative, parts) {
  p <- switch(alternative,
    greater = stats::pnorm(z, lower.tail = FALSE), less = stats::pnorm(z), two.sided = 2 * stats::pnorm(-abs(z))
  )
  c(list(statistic = c(z = z), p.value = p), parts)
}

pearson_test <- function(fit, call) {
  if (is.na(known_dispersion(fit$family))) {
    abort("family", sprintf("the dispersion of family \"%s\" is estimated: it cannot be tested", fit$family$family), call)
  }
  if (fit$df.residual <= 0) abort("argument", "no residual degrees of freedom are left to estimate the dispersion from", call)
  statistic <- sum(residuals(fit, type = "pearson")^2, na.rm = TRUE)
  list(
    statistic = c("X-squared" = statistic), parameter = c(df = fit$df.residual),
    p.value = stats::pchisq(statistic, fit$df.residual, lower.tail = FALSE),
    estimate = c(dispersion = statistic / fit$df.residual), null.value = c(dispersion = 1),
    method = "Pearson's test of dispersion"
  )
}

# Of a model of counts that is no glm: which fit has the likelihood ratio test.
hint_of_lr <- function(fit) {
  if (!inherits(fit, "glm_rs_count")) return(NULL)
  if (!is.null(fit$theta)) return('type = "lr" is')
  type <- if (fit$family$spec$variance == "nb1") '(type = "nb1")' else "()"
  family <- paste0("negative_binomial", type)
  if (is_truncated(fit$family)) family <- sprintf("zero_truncated(%s)", family)
  sprintf('type = "lr" is one of the fit with family = %s', family)
}

likelihood_ratio_test <- function(fit, variance, call) {
  estimated <- inherits(fit, "glm_rs_negbin") || inherits(fit, "glm_rs_count") && !is.null(fit$theta)
  if (!identical(fit$family$family, "poisson") && !estimated) {
    abort("family", "this is a test of Poisson fits, or of negative binomial ones with an estimated theta", call, i = hint_of_lr(fit))
  }
  statistic <- if (inherits(fit, "glm_rs_count")) {
    count_fall(fit)(Inf)
  } else if (estimated) {
    negbin_fall(fit)(Inf)
  } else {
    rise_from_poisson(with_rows(fit), variance)
  }
  # the greater likelihood is that of Poisson where theta is infinite, but for the searches' errors
  statistic <- if (estimated && is.infinite(fit$theta)) 0 else max(0, statistic)
  p <- if (statistic > 0) stats::pchisq(statistic, 1, lower.tail = FALSE) / 2 else 1
  list(
    statistic = c(LR = statistic), p.value = p, null.value = c(alpha = 0),
    method = "Likelihood ratio test of the Poisson against the negative binomial distribution"
  )
}

# What twice the log-likelihood of a Poisson fit gains by a theta.
rise_from_poisson <- function(fit, variance) {
  data <- refit_data(fit)
  poisson <- 2 * fit$rank - fit$aic
  if (variance == "NB1") {
    if (fit$family$link != "log") abort("argument", "the likelihood ratio against NB1 is for a log link", fit$call)
    control <- control_spec(as_control(fit$control, fit$call))
    rows <- list(whole_numbers(data$response$y), data$response$weights, data$offset)
    found <- rust_count_fit(data$design, rows, list("nb1", NA_real_, FALSE), NULL, control, fit$call)
    return(if (found$poisson) 0 else 2 * found$log_likelihood - poisson)
  }
  fit$family <- negative_binomial(link = fit$family$link)
  found <- withCallingHandlers(
    refit(fit, data, data$design, etastart = plain_double(fit$linear.predictors)),
    # an infinite theta is a statistic of 0
    glmrs_warning_boundary = function(w) invokeRestart("muffleWarning")
  )
  if (is.infinite(found$theta)) 0 else found$twologlik - poisson
}

# Says, once a session, what to do where the counts of a Poisson fit clearly vary more than its distribution says.
mention_overdispersion <- function(fit) {
  if (!identical(fit$family$family, "poisson") || inherits(fit, "glm_rs_negbin") || is_without_rows(fit)) return(invisible())
  if (fit$df.residual <= 0 || !shows_hints()) return(invisible())
  ratio <- sum((fit$weights * fit$residuals^2)[fit$weights > 0]) / fit$df.residual
  clear <- stats::pchisq(ratio * fit$df.residual, fit$df.residual, lower.tail = FALSE) < 1e-3
  if (!isTRUE(ratio > 1.5 && clear)) return(invisible())
  inform_once("overdispersion", sprintf(
    "the counts vary %s times as much as a Poisson distribution says: standard errors are too small", format(ratio, digits = 2L)
  ), fit$call, i = c(
    "alternatives: negative_binomial(), quasipoisson(), robust standard errors (vcov = \"HC1\"); see dispersion_test()",
    "this is said once a session; options(glmrs.hints = FALSE) silences it"
  ))
}
