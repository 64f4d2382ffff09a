# Summaries and covariances, from the unscaled covariance that the fit keeps.

#' @export
summary.glm_rs <- function(object, dispersion = NULL, correlation = FALSE, symbolic.cor = FALSE, ...) {
  estimated <- is.null(dispersion) && is.na(known_dispersion(object$family))
  object <- with_rows_if_possible(object)
  if (is.null(dispersion)) dispersion <- estimate_dispersion(object)
  aliased <- is.na(object$coefficients)
  estimates <- object$coefficients[!aliased]
  blocks <- object$cov.blocks
  covariance <- if (is.null(blocks)) {
    unscaled <- unscaled_covariance(object)
    list(cov.unscaled = unscaled, cov.scaled = dispersion * unscaled)
  } else {
    list(cov.blocks = blocks)
  }
  errors <- sqrt(dispersion * unscaled_variances(object))
  table <- coefficient_table(estimates, errors, object$df.residual, estimated)
  kept <- c(
    "call", "terms", "family", "deviance", "aic", "contrasts", "df.residual", "null.deviance", "df.null", "iter",
    "na.action"
  )
  result <- c(unclass(object)[intersect(kept, names(object))], list(
    deviance.resid = if (is_without_rows(object)) NA_real_ else residuals(object, type = "deviance"),
    coefficients = table, aliased = aliased,
    dispersion = dispersion, df = c(object$rank, object$df.residual, length(aliased))
  ), covariance)
  if (correlation && length(estimates)) {
    unscaled <- unscaled_covariance(object)
    errors <- sqrt(diag(unscaled))
    result$correlation <- unscaled / outer(errors, errors)
    result$symbolic.cor <- symbolic.cor
  }
  structure(result, class = c(if (!is.null(blocks)) "summary.glm_rs", "summary.glm"))
}

# A summary that keeps the covariance in blocks makes its matrices when asked for.
#' @export
`$.summary.glm_rs` <- function(x, name) {
  if (!name %in% c("cov.unscaled", "cov.scaled")) return(.subset2(x, name, exact = FALSE))
  estimates <- ifelse(x$aliased, NA, 0)
  unscaled <- block_covariance(.subset2(x, "cov.blocks"), estimates)
  if (name == "cov.scaled") .subset2(x, "dispersion") * unscaled else unscaled
}

#' @export
`[[.summary.glm_rs` <- function(x, i, exact = TRUE) {
  if (is.character(i) && length(i) == 1L && i %in% c("cov.unscaled", "cov.scaled")) return(`$.summary.glm_rs`(x, i))
  .subset2(x, i, exact = exact)
}

# Pearson's estimate, unless the family knows it; NaN where no degrees of freedom are left.
estimate_dispersion <- function(object) {
  known <- known_dispersion(object$family)
  if (!is.na(known)) return(known)
  if (is_without_rows(object)) return(object$rows$dispersion)
  if (object$df.residual <= 0) return(NaN)
  weights <- object$weights
  if (any(weights == 0)) {
    warn("zero_weights", "observations with zero weight not used for calculating dispersion", object$call)
  }
  # the same number, of which the deviance has more digits than the residuals of large responses
  family <- object$family
  if (family$family == "gaussian" && family$link == "identity") return(object$deviance / object$df.residual)
  sum((weights * object$residuals^2)[weights > 0]) / object$df.residual
}

# The table of coefficients: t tests where the dispersion was estimated, else z tests; without degrees of freedom no
# test at all.
coefficient_table <- function(estimates, errors, df, estimated) {
  if (!length(estimates)) {
    return(matrix(, 0L, 4L, dimnames = list(NULL, c("Estimate", "Std. Error", "t value", "Pr(>|t|)"))))
  }
  statistic <- estimates / errors
  names <- names(estimates)
  if (!estimated) {
    p <- 2 * stats::pnorm(-abs(statistic))
    columns <- c("Estimate", "Std. Error", "z value", "Pr(>|z|)")
  } else if (df > 0) {
    p <- 2 * stats::pt(-abs(statistic), df)
    columns <- c("Estimate", "Std. Error", "t value", "Pr(>|t|)")
  } else {
    statistic <- p <- rep(NaN, length(estimates))
    errors <- rep(NaN, length(estimates))
    columns <- c("Estimate", "Std. Error", "t value", "Pr(>|t|)")
  }
  table <- cbind(estimates, errors, statistic, p)
  dimnames(table) <- list(names, columns)
  table
}

#' @export
vcov.glm_rs <- function(object, complete = TRUE, dispersion = NULL, ...) {
  if (is.null(dispersion)) dispersion <- estimate_dispersion(object)
  kept <- dispersion * unscaled_covariance(object)
  if (complete) complete_covariance(kept, object$coefficients) else kept
}

# The covariance of all coefficients, NA for the aliased, from that of the others.
complete_covariance <- function(kept, coefficients) {
  aliased <- is.na(coefficients)
  if (!any(aliased)) return(kept)
  names <- names(coefficients)
  full <- matrix(NA_real_, length(names), length(names), dimnames = list(names, names))
  full[!aliased, !aliased] <- kept
  full
}

# The diagonal of the unscaled covariance; in blocks it is had without the rest.
unscaled_variances <- function(object) {
  if (is.null(object$cov.blocks)) diag(unscaled_covariance(object)) else rust_block_variances(object$cov.blocks)
}

# The unscaled covariance of the coefficients that are not aliased.
unscaled_covariance <- function(object) {
  if (!is.null(object$cov.unscaled)) return(object$cov.unscaled)
  abort("covariance", paste(
    "this fit has no covariance matrix: its method forms none for so many columns;",
    "fit with method = \"auto\" for standard errors"
  ), object$call)
}
