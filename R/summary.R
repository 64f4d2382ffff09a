# Summaries: the table of coefficients, with standard errors of the model or of another covariance.

#' @rdname vcov.glm_rs
#' @export
summary.glm_rs <- function(object, dispersion = NULL, correlation = FALSE, symbolic.cor = FALSE, vcov = NULL, ...) {
  dispersion <- check_dispersion(dispersion, sys.call())
  correlation <- check_flag(correlation, "correlation", sys.call())
  estimated <- is.null(dispersion) && uses_t(object)
  object <- with_rows_if_possible(object)
  robust <- if (!identical(vcov, "model")) asked_covariance(object, vcov, list(...), sys.call())
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
  if (!is.null(robust)) {
    covariance$cov.scaled <- robust$matrix
    errors <- errors_of(robust$matrix)
  }
  if (is.null(robust)) mention_overdispersion(object)
  table <- if (is.null(robust$df)) {
    coefficient_table(estimates, errors, left_df(object, robust), estimated)
  } else {
    table_with_df(estimates, errors, robust$df)
  }
  kept <- c(
    "call", "terms", "family", "deviance", "aic", "contrasts", "df.residual", "null.deviance", "df.null", "iter",
    "na.action", "bias", "bias.power"
  )
  result <- c(unclass(object)[intersect(kept, names(object))], list(
    deviance.resid = if (is_without_rows(object)) NA_real_ else residuals(object, type = "deviance"),
    coefficients = table, aliased = aliased,
    dispersion = dispersion, df = c(object$rank, object$df.residual, length(aliased))
  ), covariance)
  if (correlation && length(estimates)) {
    of_estimates <- if (is.null(robust)) unscaled_covariance(object) else robust$matrix
    errors <- errors_of(of_estimates)
    result$correlation <- of_estimates / outer(errors, errors)
    result$symbolic.cor <- symbolic.cor
  }
  result$standard.errors <- said_of(Filter(Negate(is.null), robust))
  result$caveats <- caveats_of(object)
  own <- !is.null(blocks) || !is.null(robust) || !is.null(object$bias) || !is.null(result$caveats)
  structure(result, class = c(if (own) "summary.glm_rs", "summary.glm"))
}

#' @export
print.summary.glm_rs <- function(x, ...) {
  said <- x$standard.errors
  if (!is.null(said$df) && any(x$aliased)) {
    # the method of a glm makes rows for aliased coefficients in a table of four columns only
    rows <- ifelse(x$aliased, NA, cumsum(!x$aliased))
    x$coefficients <- `rownames<-`(x$coefficients[rows, , drop = FALSE], names(x$aliased))
    x$aliased[] <- FALSE
  }
  NextMethod()
  if (!is.null(x$bias)) cat("Bias-reduced: ", bias_label(x), "\n\n", sep = "")
  print_standard_errors(said, x$caveats, "t value" %in% colnames(x$coefficients))
  if (isTRUE(said$robust)) cat("The dispersion is not used in them.\n")
  if (!is.null(said) || !is.null(x$caveats)) cat("\n")
  invisible(x)
}

# What the standard errors of a table are, and why they say less than they seem to.
print_standard_errors <- function(said, caveats, t = FALSE) {
  if (!is.null(said) && said$label != "of the model") cat("Standard errors: ", said$label, "\n", sep = "")
  print_small_samples(said, t)
  print_caveats(caveats)
}

# What was chosen for small samples.
print_small_samples <- function(said, t = FALSE) {
  if (!is.null(said$ssc)) cat("Small samples: ", format(said$ssc), "\n", sep = "")
  df <- df_in_words(said, t)
  if (!is.null(df)) cat("Degrees of freedom: ", df, "\n", sep = "")
}

# A summary that keeps the covariance in blocks makes its matrices when asked for.
#' @export
`$.summary.glm_rs` <- function(x, name) {
  stored <- .subset2(x, name, exact = FALSE)
  if (!is.null(stored) || !name %in% c("cov.unscaled", "cov.scaled")) return(stored)
  estimates <- ifelse(x$aliased, NA, 0)
  unscaled <- block_covariance(.subset2(x, "cov.blocks"), estimates)
  if (name == "cov.scaled") .subset2(x, "dispersion") * unscaled else unscaled
}

#' @export
`[[.summary.glm_rs` <- function(x, i, exact = TRUE) {
  if (is.character(i) && length(i) == 1L && i %in% c("cov.unscaled", "cov.scaled")) return(`$.summary.glm_rs`(x, i))
  .subset2(x, i, exact = exact)
}

# Do tests and intervals take account of an estimated dispersion? One that is estimated with less bias has a normal limit, and
# no distribution of its own; one that is given for a covariance is known.
uses_t <- function(object, covariance = NULL) {
  is.null(covariance$dispersion) && is.na(known_dispersion(object$family)) && is.null(own_dispersion(object))
}

# The dispersion of a fit that has one of its own. By its whole name: others have a `dispersion.ml`.
own_dispersion <- function(object) .subset2(object, "dispersion")

# Pearson's estimate, unless the fit has another, or the family knows it; NaN where no degrees of freedom are left.
estimate_dispersion <- function(object) {
  known <- known_dispersion(object$family)
  if (!is.na(known)) return(known)
  if (!is.null(own_dispersion(object))) return(object$dispersion)
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

# t tests with degrees of freedom of their own.
table_with_df <- function(estimates, errors, df) {
  statistic <- estimates / errors
  cbind(
    Estimate = estimates, `Std. Error` = errors, df = df, `t value` = statistic,
    `Pr(>|t|)` = 2 * stats::pt(-abs(statistic), df)
  )
}
