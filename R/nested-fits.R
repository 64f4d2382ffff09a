# Fits that are compared: of the same data, and one within the other.

check_is_fit <- function(fit, arg, call) {
  if (!inherits(fit, "glm_rs") || is.null(fit$terms)) {
    what <- if (inherits(fit, "glm_rs_model")) "a generalized linear model" else "a fit of glm_rs()"
    abort("argument", sprintf("`%s` must be %s", arg, what), call, i = hint_of_likelihoods(fit))
  }
  if (!is.null(fit$bias)) refuse_bias(fit, "neither deviance nor score is at its optimum: there is no such test", call, tests_of(fit))
}

hint_of_likelihoods <- function(fit) if (inherits(fit, "glm_rs_model")) "lr_test() and anova() compare fits of other models by their likelihoods"

# Negative binomial counts with an infinite theta are Poisson counts.
is_negative_binomial <- function(fit) inherits(fit, "glm_rs_negbin") || identical(fit$family$core, "negative_binomial")

# The same response in the same rows, with the same weights, of the same distribution.
check_same_data <- function(fit0, fit1, call) {
  refuse <- function(what, ...) abort("nested", paste("the fits cannot be compared: they have", what), call, ...)
  n <- vapply(list(fit0, fit1), function(fit) length(fit$linear.predictors), 1L)
  if (n[1L] != n[2L]) refuse(sprintf("%d and %d rows", n[1L], n[2L]))
  kind <- function(fit) if (is_negative_binomial(fit)) "negative_binomial" else kind_of_family(fit$family)
  kinds <- c(kind(fit0), kind(fit1))
  if (kinds[1L] != kinds[2L] || !identical(format(fit0$family$link), format(fit1$family$link))) {
    refuse("different families or links", i = if (setequal(kinds, c("poisson", "negative_binomial"))) {
      'dispersion_test(fit, "lr") compares the Poisson and the negative binomial distribution'
    })
  }
  # a response that is not kept has rounding errors
  differs <- function(of) !isTRUE(all.equal(as.vector(of(fit0)), as.vector(of(fit1)), tolerance = 1e-8))
  if (differs(fitted_response)) refuse("different responses")
  if (differs(function(fit) fit$prior.weights)) refuse("different weights")
}

fitted_response <- function(fit) if (is.null(fit$y)) recovered_response(fit) else fit$y

check_larger <- function(fit0, fit1, call) {
  if (fit0$rank < fit1$rank) return(invisible())
  message <- sprintf("the larger fit must have more coefficients: it has %d, the smaller one %d", fit1$rank, fit0$rank)
  abort("nested", message, call, i = "the smaller fit comes first")
}

# A combination of the smaller fit's columns and the difference of the offsets, with weights that nothing cancels by
# chance, is one of the larger fit's columns, too. Rounding errors are far below the square of `apart`.
check_nested <- function(fit0, fit1, call, apart = 1e-6) {
  check_larger(fit0, fit1, call)
  kept <- !is.na(fit0$coefficients)
  combination <- numeric(length(kept))
  # columns of any units have about the same share
  combination[kept] <- (1 + (seq_len(sum(kept)) * (sqrt(5) - 1) / 2) %% 1) * sqrt(unscaled_variances(fit0))
  offset_of <- function(fit) fit$offset %||% 0
  shift <- as.double(offset_of(fit0) - offset_of(fit1))
  counted <- fit1$prior.weights > 0
  sum <- shift + if (any(kept)) rust_linear_predictor(design_from_fit(fit0)$spec, combination, call = call) else 0
  sum <- rep_len(as.double(sum), length(counted))
  response <- as_response(sum, NULL, if (!all(counted)) as.double(counted), "gaussian", call)
  explained <- fit_design(
    design_from_fit(fit1), response, NULL, stats::gaussian(), default_control, NULL, NULL, NULL, "offset", TRUE, NULL, call
  )
  if (explained$deviance > apart^2 * sum(sum[counted]^2)) {
    abort("nested", "the fits are not nested: the larger one does not explain all columns of the smaller one", call)
  }
}
