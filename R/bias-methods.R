# What fits with less bias do differently: intervals and tests of the penalized likelihood, where there is one.

#' @export
print.glm_rs_bias <- function(x, ...) {
  NextMethod()
  cat("Bias-reduced: ", bias_label(x), "\n", sep = "")
  invisible(x)
}

#' Intervals and tests of bias-reduced fits
#'
#' Methods for fits of [glm_rs()] with `bias`. Where that maximises a penalized likelihood (`"firth"`, and `"jeffreys"` where
#' the dispersion is known), intervals are where its profile reaches the quantile of the chi-squared distribution (with a few
#' rows and strong effects the other coefficients may have several maxima: that which goes on from the estimate counts), and
#' tests are ratios of its maxima: with the columns of a term held at 0, the penalty being that of all columns
#' (Heinze and Schemper, 2002). For `"mean"` and `"median"` there is no such function: `confint()` gives estimates and
#' quantiles of the normal distribution times standard errors, `drop1()` is an error.
#'
#' `anova()`, `add1()` and `profile()` are errors for all of them: the deviances of bias-reduced fits are not minima, and
#' differences between them no likelihood ratios.
#'
#' @param object A fit of [glm_rs()] with `bias`.
#' @param parm The coefficients, by name or number; all by default.
#' @param level Coverage of the intervals.
#' @param vcov In the place of the profile: a covariance of the coefficients, see [vcov.glm_rs()]; `"model"` for that of the
#'   model.
#' @param type `"profile"`: of the penalized likelihood, where there is one; `"Wald"`: the estimate and quantiles of the normal
#'   distribution times its standard error, which is what there is for `"mean"` and `"median"`, and with a `vcov`.
#' @param scope Terms to test, by their labels or as a formula; by default those that marginality allows.
#' @param test The likelihood ratio test alone: `"LRT"` or `"Chisq"`.
#' @param ... For `confint()` with `vcov`, the options of that covariance; else an error, as are the scale and the penalty of
#'   AIC that [stats::step()] asks for.
#' @return `confint()`: a matrix with a row for each coefficient, `NA` for a limit that the profile does not reach.
#'   `drop1()`: a data frame of class `anova`.
#' @references Heinze, G. and Schemper, M. (2002) A solution to the problem of separation in logistic regression. *Statistics
#'   in Medicine* 21, 2409-2419.
#' @name glm_rs_bias
#' @examples
#' d <- data.frame(
#'   x = c(0, 0, 0, 1, 1, 1, 2, 2), z = c(1, 3, 2, 1, 2, 4, 3, 5), y = c(0, 0, 0, 0, 1, 0, 1, 1)
#' )
#' fit <- glm_rs(y ~ x + z, binomial, d, bias = "firth")
#' confint(fit)
#' drop1(fit)
#' @export
confint.glm_rs_bias <- function(object, parm, level = 0.95, vcov = NULL, type = c("profile", "Wald"), ...) {
  call <- sys.call()
  options <- list(...)
  if (is_type_of_function(type, vcov, c("profile", "Wald"))) {
    options$type <- type
    type <- "Wald"
  }
  if (is.null(vcov) && !is.null(options$cluster)) vcov <- "cluster"
  if (missing(type)) type <- if (is.null(vcov) && is_penalized(object)) "profile" else "Wald"
  type <- check_choice(type, c("profile", "Wald"), "type", call)
  if (type == "profile" && !is.null(vcov)) {
    abort("argument", 'a covariance is for intervals of type "Wald": a likelihood does not use one', call)
  }
  check_level(level, call)
  names <- names(object$coefficients)
  parm <- coefficient_places(if (missing(parm)) seq_along(names) else parm, names, "parm", call)
  tails <- tails_of(level)
  if (type == "profile") {
    check_no_dots(options, call)
    if (!is_penalized(object)) refuse_bias(object, "there is no penalized likelihood to profile", call, 'type = "Wald" has limits')
    return(penalized_limits(object, parm, level))
  }
  covariance <- covariance_of(object, vcov %||% "model", options, call)
  wald_limits(object, covariance, tails)[parm, , drop = FALSE]
}

is_penalized <- function(object) !is.null(object$penalized.loglik)

penalized_limits <- function(object, parm, level) {
  kept <- parm[!is.na(object$coefficients[parm])]
  limits <- matrix(NA_real_, length(object$coefficients), 2L)
  dimnames(limits) <- list(names(object$coefficients), percent_labels(tails_of(level)))
  model <- penalized_model(object, refit_data(with_rows(object)))
  if (length(kept)) limits[kept, ] <- rust_bias_limits(model, as.double(kept), sqrt(stats::qchisq(level, 1)), object$call)
  warn_of_unreached(limits[kept, , drop = FALSE], "penalized likelihood", object$call)
  limits[is.nan(limits)] <- NA
  limits[parm, , drop = FALSE]
}

#' @rdname glm_rs_bias
#' @export
drop1.glm_rs_bias <- function(object, scope, test = c("LRT", "Chisq"), ...) {
  call <- sys.call()
  if (!is_penalized(object)) refuse_bias(object, "there is no likelihood whose maxima drop1() could compare", call)
  if (any(c("scale", "k") %in% names(list(...)))) refuse_bias(object, "there is no AIC for step() to compare", call, tests_of(object))
  check_choice(test, c("LRT", "Chisq"), "test", call)
  check_no_dots(list(...), call)
  labels <- attr(object$terms, "term.labels")
  scope <- dropped_terms(object, if (missing(scope)) stats::drop.scope(object) else scope, labels, call)
  data <- refit_data(with_rows(object))
  kept <- !is.na(object$coefficients)
  sets <- lapply(match(scope, labels), function(term) as.double(which(data$design$assign == term & kept)))
  values <- rust_bias_restricted(penalized_model(object, data), c(list(double()), sets), object$call)
  df <- c(NA, lengths(sets))
  statistic <- pmax(0, c(NA, values[-1L] - values[1L]))
  table <- data.frame(
    Df = df, "Penalized logLik" = object$penalized.loglik - c(0, statistic[-1L]) / 2, LRT = statistic,
    "Pr(>Chi)" = stats::pchisq(statistic, positive(df), lower.tail = FALSE), row.names = c("<none>", scope),
    check.names = FALSE
  )
  heading <- c("Single term deletions", "\nModel:", deparse(stats::formula(object)), paste0("\nBias-reduced: ", bias_label(object)))
  structure(table, heading = heading, class = c("anova", "data.frame"))
}

# What the core needs to search again: list(design, data, model, estimate).
penalized_model <- function(object, data) {
  control <- as_control(object$control, object$call)
  aliased <- is.na(object$coefficients)
  list(
    data$design$spec, list(data$response$y, data$response$weights, data$offset),
    list(family_spec(object$family), control_spec(control), list("jeffreys", object$bias.power)),
    list(as.double(replace(object$coefficients, aliased, 0)), aliased)
  )
}

refuse_bias <- function(object, why, call, hint = NULL) {
  abort("bias", sprintf('for a fit with bias = "%s" %s', object$bias, why), call, i = hint)
}

#' @export
anova.glm_rs_bias <- function(object, ...) {
  refuse_bias(object, "the deviance is not a minimum, and anova() has nothing to compare", sys.call(), tests_of(object))
}

#' @export
add1.glm_rs_bias <- function(object, scope, ...) {
  refuse_bias(object, "the deviance is not a minimum, and add1() has nothing to compare", sys.call(), tests_of(object))
}

#' @export
profile.glm_rs_bias <- function(fitted, ...) {
  refuse_bias(fitted, "the deviance is not a minimum, and has no profile", sys.call(), "confint() gives intervals")
}

tests_of <- function(object) {
  if (is_penalized(object)) "drop1() tests terms by the penalized likelihood" else "summary() has tests of coefficients"
}
