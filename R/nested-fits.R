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

check_larger <- function(fit0, fit1, call) {
  if (fit0$rank < fit1$rank) return(invisible())
  message <- sprintf("the larger fit must have more coefficients: it has %d, the smaller one %d", fit1$rank, fit0$rank)
  abort("nested", message, call, i = "the smaller fit comes first")
}

check_nested <- function(fit0, fit1, call) {
  check_larger(fit0, fit1, call)
  predictor <- function(fit) {
    list(design = design_from_fit(fit), errors = with_aliased(sqrt(unscaled_variances(fit)), fit$coefficients), offset = fit$offset)
  }
  check_within(predictor(fit0), predictor(fit1), fit1$prior.weights > 0, call)
}

# Of the size of a combination of columns, the part that may be left unexplained: its square is far above rounding errors, and far
# below what another covariate leaves.
APART <- 1e-6

# A combination of the smaller predictor's columns and the difference of the offsets, with weights that nothing cancels by
# chance, is one of the larger one's columns, too. Each predictor is a list(design,
# errors, offset), the standard errors NA for aliased columns.
check_within <- function(smaller, larger, counted, call) {
  kept <- is.finite(smaller$errors)
  combination <- numeric(length(kept))
  # columns of any units have about the same share
  combination[kept] <- (1 + (seq_len(sum(kept)) * (sqrt(5) - 1) / 2) %% 1) * smaller$errors[kept]
  shift <- as.double((smaller$offset %||% 0) - (larger$offset %||% 0))
  sum <- shift + if (any(kept)) rust_linear_predictor(smaller$design, combination, call = call) else 0
  sum <- rep_len(as.double(sum), length(counted))
  explained <- least_squares(larger$design, sum, if (!all(counted)) as.double(counted), "offset", call)
  if (explained$deviance > APART^2 * sum(sum[counted]^2)) {
    abort("nested", "the fits are not nested: the larger one does not explain all columns of the smaller one", call)
  }
}

# Of models of other likelihoods: of one kind, with the same links, response and weights.
check_comparable <- function(fits, call) {
  refuse <- function(what, i = NULL) abort("argument", paste("no likelihood ratio compares the fits: they", what), call, i = i)
  differ <- function(of) length(unique(lapply(fits, of))) > 1L
  if (differ(function(fit) list(class(fit)[1L], fit$family$spec[1:2]))) {
    refuse("are of different kinds", hint_of_kinds(fits))
  }
  if (differ(function(fit) fit$family$link)) refuse("have different links", "AIC() compares them")
  if (differ(function(fit) fit$n)) refuse("do not have the same rows")
  molds <- lapply(fits, model_mold)
  same <- function(of) all(vapply(molds, function(mold) isTRUE(all.equal(of(mold), of(molds[[1L]]), tolerance = 1e-8)), NA))
  if (!same(function(mold) as.vector(mold$counts %||% frame_response(mold$frame)))) refuse("do not have the same response")
  if (!same(function(mold) mold$weights %||% rep(1, length(mold$names)))) refuse("have different weights")
}

# What compares fits that no likelihood ratio does.
hint_of_kinds <- function(fits) {
  are_counts <- vapply(fits, function(fit) {
    inherits(fit, c("glm_rs_zero", "glm_rs_count")) ||
      inherits(fit, "glm_rs") && kind_of_family(fit$family) %in% c("poisson", "negative_binomial")
  }, NA)
  families <- vapply(fits, function(fit) fit$family$family, "")
  # the one is a special case of the other, at the boundary
  nested <- setequal(families, c("poisson", "Negative Binomial NB1"))
  paste0(
    if (all(are_counts)) "AIC() and vuong_test() compare" else "AIC() compares", " them",
    if (nested) ', dispersion_test(fit, "lr") of the negative binomial fit the two distributions'
  )
}

# Twice what the larger fit's log-likelihood has more, of fits that are nested: each linear predictor of the smaller one within
# that of the larger one.
likelihood_gain <- function(smaller, larger, call) {
  if (!has_shapes_within(smaller, larger)) {
    abort("nested", "the fits are not nested: theta differs between them, or is known in the larger one only", call)
  }
  mold <- model_mold(larger)
  counted <- (mold$weights %||% rep(1, length(mold$names))) > 0
  within <- function(smaller, larger) check_within(smaller, larger, counted, call)
  Map(within, model_predictors(smaller, model_mold(smaller)), model_predictors(larger, mold))
  gain <- 2 * (larger$loglik - smaller$loglik)
  if (gain < -1e-6 * (1 + abs(larger$loglik))) {
    abort("nested", "the larger fit has the smaller likelihood: the fits are not nested, or one of them has not converged", call)
  }
  max(0, gain)
}

# Are the distributions of the counts special cases of the larger fit's?
has_shapes_within <- function(smaller, larger) {
  shapes <- lapply(list(smaller, larger), function(fit) {
    if (inherits(fit, "glm_rs_zero")) unlist(fit$family$spec[c("count", "zero")]) else if (inherits(fit, "glm_rs_count")) fit$family$spec$theta
  })
  known <- !is.na(shapes[[2L]])
  if (!identical(shapes[[1L]][known], shapes[[2L]][known])) return(FALSE)
  # NB1 and NB2 have Poisson counts in common
  !inherits(larger, "glm_rs_count") || shapes[[1L]] %in% Inf || identical(smaller$family$spec$variance, larger$family$spec$variance)
}
