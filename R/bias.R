# Which bias a fit is to be without: what `bias` of glm_rs() says, and for which families.

bias_kinds <- c("none", "firth", "mean", "median", "jeffreys")

#' A likelihood penalized by Jeffreys' prior
#'
#' For the argument `bias` of [glm_rs()]: coefficients that maximise the likelihood times the determinant of the expected
#' information to the power of `a`. They are finite for binomial models with the usual links and a full-rank model matrix
#' (Kosmidis and Firth, 2021), and the larger `a` is, the more they shrink towards equal probabilities.
#'
#' @param a The power, a number > 0. 1/2 is Jeffreys' prior: `bias = "jeffreys"`.
#' @return An object for the argument `bias`.
#' @references Kosmidis, I. and Firth, D. (2021) Jeffreys-prior penalty, finiteness and shrinkage in binomial-response
#'   generalized linear models. *Biometrika* 108, 71-82.
#' @examples
#' x <- c(1, 2, 3, 4)
#' y <- c(0, 0, 1, 1)
#' coef(glm_rs(y ~ x, binomial, bias = jeffreys(0.1)))
#' @export
jeffreys <- function(a = 0.5) {
  structure(list(kind = "jeffreys", power = check_positive(a, "a", sys.call())), class = "glmrs_bias")
}

# list(kind, power, spec) of what the user asks for, NULL for none; `spec` is that of the family.
as_bias <- function(bias, family, control, call) {
  if (!inherits(bias, "glmrs_bias")) {
    kind <- check_choice(bias, bias_kinds, "bias", call)
    if (kind == "none") return(NULL)
    bias <- list(kind = kind, power = if (kind %in% c("firth", "jeffreys")) 0.5 else NaN)
  }
  refuse <- function(why, ...) abort("argument", paste("`bias`", why), call, ...)
  spec <- if (can_reduce_bias(family)) family_spec(family)
  if (is.null(spec)) {
    refuse("cannot be reduced for this family: the adjustment needs derivatives that it does not have, or is not defined for its model",
      i = "the families are those of package stats, and negative_binomial() with `theta`")
  }
  if (!spec$likelihood) {
    refuse("cannot be reduced for a quasi-likelihood: it does not determine the distribution",
      i = "use the family that it comes from, such as binomial() or poisson()")
  }
  if (bias$kind == "firth" && !takes_firth(spec)) {
    refuse('= "firth" is for logistic and log-linear Poisson models',
      i = '"mean" is the same adjustment for all others, "jeffreys" the same penalty')
  }
  if (control$method %in% c("lbfgs", "trust-region")) {
    refuse(sprintf('needs a matrix of all columns, which method = "%s" does without', control$method))
  }
  c(unclass(bias), list(spec = spec))
}

# A family with a class of its own has other parameters beside the coefficients.
can_reduce_bias <- function(family) !inherits(family, "glmrs_family") || class(family)[1L] == "glmrs_family"

# Where the penalty of Jeffreys is Firth's adjustment. `spec` is from family_spec().
takes_firth <- function(spec) paste(spec$family, spec$link) %in% c("binomial logit", "poisson log")

# As the core reads it: Firth's penalty is that of Jeffreys.
bias_spec <- function(bias) list(if (bias$kind == "firth") "jeffreys" else bias$kind, bias$power)

# What a fit tells of its bias, from the numbers of the core.
bias_parts <- function(fit, bias, family) {
  # −2 log-likelihood is the AIC less its penalty
  penalized <- if (!is.na(fit$penalised)) -fit$aic / 2 + (fit$deviance - fit$penalised) / 2
  c(
    list(bias = bias$kind),
    if (!is.nan(bias$power)) list(bias.power = bias$power),
    if (is.na(known_dispersion(family))) list(dispersion = fit$dispersion),
    if (!is.null(penalized)) list(penalized.loglik = penalized)
  )
}

bias_label <- function(x) {
  switch(x$bias,
    firth = "Firth's penalized likelihood",
    mean = "scores adjusted for the mean bias",
    median = "scores adjusted for the median bias",
    jeffreys = sprintf("likelihood penalized by Jeffreys' prior to the power %s", format(2 * x$bias.power))
  )
}
