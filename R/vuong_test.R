# Vuong's test of two models that are not nested.

#' Vuong's test of models that are not nested
#'
#' Which of two models of the same counts is nearer to the truth? The mean difference of the rows' log-likelihoods, divided
#' by its standard error, is standard normal where neither is.
#'
#' The test is for models that are strictly non-nested. A Poisson model and its zero-inflated version are not such models,
#' though the test is often used to tell whether there are excess zeros: at the border of no inflation the difference of the
#' log-likelihoods is not normal, and the test does not have its nominal size (Wilson, 2015).
#'
#' @param fit1,fit2 Fits of [glm_rs()] to the same rows without prior weights: zero-inflated, hurdle, zero-truncated,
#'   Poisson or negative binomial models.
#' @param x A test.
#' @param digits Significant digits to print.
#' @param ... Not used.
#' @return An object of class `"glmrs_vuong"`: a data frame `table` with the statistic, its p value against the alternative
#'   that its sign tells, and the better model, without correction and with those for the number of parameters (log(theta)
#'   among them) that AIC and BIC make; `n`.
#' @references
#' Vuong, Q. H. (1989) Likelihood ratio tests for model selection and non-nested hypotheses. *Econometrica* 57, 307-333.
#'
#' Wilson, P. (2015) The misuse of the Vuong test for non-nested models to test for zero-inflation. *Economics Letters* 127,
#' 51-53.
#' @examples
#' d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10))
#' vuong_test(
#'   glm_rs(y ~ x | 1, family = zero_inflated(), data = d),
#'   glm_rs(y ~ x, family = negative_binomial(1), data = d)
#' )
#' @export
vuong_test <- function(fit1, fit2) {
  call <- sys.call()
  rows <- list(log_probabilities(fit1, "fit1", call), log_probabilities(fit2, "fit2", call))
  if (!identical(unname(rows[[1L]]$y), unname(rows[[2L]]$y))) {
    abort("argument", "`fit1` and `fit2` are not fits to the same counts", call)
  }
  difference <- rows[[1L]]$value - rows[[2L]]$value
  n <- length(difference)
  spread <- stats::sd(difference)
  if (!is.finite(spread)) abort("argument", "a count has probability 0 in one of the fits", call)
  if (spread <= sqrt(.Machine$double.eps) * max(abs(rows[[1L]]$value))) {
    abort("argument", "the fits give every row the same probability: there is nothing to compare", call)
  }
  more <- attr(stats::logLik(fit1), "df") - attr(stats::logLik(fit2), "df")
  penalties <- c(Raw = 0, "AIC-corrected" = more, "BIC-corrected" = more * log(n) / 2)
  statistic <- (sum(difference) - penalties) / (spread * sqrt(n))
  better <- ifelse(statistic > 0, "fit1", "fit2")
  table <- data.frame(statistic, better, p.value = stats::pnorm(-abs(statistic)))
  structure(list(table = table, n = n, call = call), class = "glmrs_vuong")
}

# list(value, y): log P(y) of each row.
log_probabilities <- function(fit, arg, call) {
  if (inherits(fit, "glm_rs_zero")) {
    mold <- model_mold(fit)
    found <- list(value = zero_log_probability(fit, zero_predictors(fit, mold), mold$counts), y = mold$counts)
    weights <- mold$weights
  } else if (inherits(fit, "glm_rs_count")) {
    mold <- model_mold(fit)
    found <- list(value = count_log_probability(fit, count_law(fit, mold), mold$counts), y = mold$counts)
    weights <- mold$weights
  } else {
    family <- if (inherits(fit, "glm_rs")) fit$family
    shape <- if (identical(family$family, "poisson")) Inf else if (identical(family$core, "negative_binomial")) family$shape
    if (!is_number(shape)) {
      kinds <- "zero-inflated, hurdle, zero-truncated, Poisson or negative binomial"
      abort("argument", sprintf("`%s` must be a fit of counts by glm_rs(): %s", arg, kinds), call)
    }
    fit <- with_rows(fit)
    y <- whole_numbers(response_of(fit))
    found <- list(value = log_count_probability(y, fit$fitted.values, shape), y = y)
    weights <- fit$prior.weights
  }
  if (any(weights != 1)) abort("argument", sprintf("`%s` has prior weights, which the test does not allow for", arg), call)
  found
}

#' @rdname vuong_test
#' @export
print.glmrs_vuong <- function(x, digits = 4L, ...) {
  cat("Vuong's test of models that are not nested, ", x$n, " rows\n", sep = "")
  cat("Normal if both are as near to the truth; not a test for zero inflation\n\n")
  print_tests(x$table, digits)
  invisible(x)
}
