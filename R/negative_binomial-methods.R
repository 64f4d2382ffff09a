# Methods of negative binomial fits with a theta of their own, where theta changes what any other fit does.

#' @export
logLik.glm_rs_negbin <- function(object, ...) {
  structure(object$twologlik / 2, df = object$rank + 1L, nobs = nobs(object), class = "logLik")
}

#' @export
extractAIC.glm_rs_negbin <- function(fit, scale = 0, k = 2, ...) {
  edf <- fit$rank + 1
  c(edf, k * edf - fit$twologlik)
}

#' @export
vcov.glm_rs_negbin <- function(object, type = "model", ..., theta = FALSE) {
  call <- sys.call()
  # options may say the type
  coefficients <- if (missing(type)) vcov.glm_rs(object, ...) else vcov.glm_rs(object, type, ...)
  if (!check_flag(theta, "theta", call)) return(coefficients)
  if (!identical(type, "model") || !is.null(list(...)$cluster)) {
    abort("argument", "`theta = TRUE` is for the covariance of the model: robust kinds are of coefficients alone", call)
  }
  p <- nrow(coefficients)
  names <- c(rownames(coefficients), "theta")
  all <- matrix(0, p + 1L, p + 1L, dimnames = list(names, names))
  all[seq_len(p), seq_len(p)] <- coefficients
  all[p + 1L, p + 1L] <- object$SE.theta^2
  all
}

#' @export
summary.glm_rs_negbin <- function(object, ...) {
  summary <- summary.glm_rs(object, ...)
  own <- .subset(object, c("theta", "SE.theta", "twologlik", "theta.status"))
  structure(c(unclass(summary), own), class = c("summary.glm_rs_negbin", class(summary)))
}

#' @export
print.summary.glm_rs_negbin <- function(x, ...) {
  NextMethod()
  if (is.infinite(x$theta)) {
    cat("             Theta: Inf (the Poisson distribution)\n")
  } else {
    digits <- max(2 - floor(log10(x$SE.theta)), 0)
    shown <- function(value) format(round(value, digits), nsmall = digits)
    cat("             Theta: ", shown(x$theta), "\n        Std. Error: ", shown(x$SE.theta), "\n", sep = "")
  }
  cat("2 x log-likelihood: ", format(round(x$twologlik, 3), nsmall = 3), "\n\n", sep = "")
  invisible(x)
}

#' @export
anova.glm_rs_negbin <- function(object, ..., test = NULL) {
  call <- sys.call()
  others <- list(...)
  if (!is.null(others$vcov)) return(if (is.null(test)) anova.glm_rs(object, ...) else anova.glm_rs(object, ..., test = test))
  fits <- vapply(others, inherits, NA, c("glm", "glm_rs_model"))
  if (!any(fits)) {
    warn("theta", "tests made without re-estimating 'theta'", call)
    # what R tests where nobody says is the version's own
    return(if (is.null(test)) anova.glm_rs(object, ...) else anova.glm_rs(object, ..., test = test))
  }
  if (any(vapply(others, inherits, NA, "glm_rs_model"))) check_comparable(c(list(object), others), call)
  if (!all(vapply(others, inherits, NA, "glm_rs_negbin"))) {
    abort(
      "anova", "not all of these are fits with an estimated theta, whose likelihoods are compared", call,
      i = "dispersion_test(fit, \"lr\") compares one with the Poisson fit, AIC() all fits"
    )
  }
  if (!is.null(test) && !test %in% c("Chisq", "LRT")) {
    abort("argument", "fits with an estimated theta are compared by the likelihood ratio: `test` must be \"Chisq\"", call)
  }
  likelihood_ratios(c(list(object), others), call)
}

# A row for each fit, the smaller ones first.
likelihood_ratios <- function(fits, call) {
  fits <- fits[order(vapply(fits, `[[`, 1, "df.residual"), decreasing = TRUE)]
  responses <- unique(vapply(fits, function(fit) deparse1(stats::formula(fit)[[2L]]), ""))
  if (length(responses) > 1L || length(unique(vapply(fits, nobs, 1L))) > 1L) {
    abort("anova", "the fits do not have the same response and rows", call)
  }
  left <- vapply(fits, `[[`, 1, "df.residual")
  twice <- vapply(fits, `[[`, 1, "twologlik")
  df <- c(NA, -diff(left))
  ratio <- c(NA, diff(twice))
  table <- data.frame(
    Theta = vapply(fits, `[[`, 1, "theta"), left, twice, df, ratio,
    stats::pchisq(ratio, positive(df), lower.tail = FALSE), check.names = FALSE
  )
  names(table) <- c("Theta", "Resid. Df", "2 x log-lik.", "Df", "LR stat.", "Pr(>Chi)")
  models <- vapply(fits, function(fit) deparse1(stats::formula(fit)), "")
  heading <- c(
    "Likelihood ratio tests of negative binomial models\n",
    paste0("Model ", format(seq_along(fits)), ": ", models, collapse = "\n")
  )
  structure(table, heading = heading, class = c("anova", "data.frame"))
}
