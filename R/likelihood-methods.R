# What all fits of class "glm_rs_model" tell about themselves in one way, and what they do not have.

#' @export
logLik.glm_rs_model <- function(object, ...) structure(object$loglik, df = object$rank, nobs = object$n, class = "logLik")

#' @export
nobs.glm_rs_model <- function(object, ...) object$n

#' @export
extractAIC.glm_rs_model <- function(fit, scale, k = 2, ...) c(fit$rank, -2 * fit$loglik + k * fit$rank)

# Without the attributes of the terms that step() puts in its place.
#' @export
formula.glm_rs_model <- function(x, ...) stats::formula(x$formula)

#' @export
family.glm_rs_model <- function(object, ...) object$family

#' @export
model.frame.glm_rs_model <- function(formula, ...) model_mold(formula)$frame

# The default has the names of the fit's parts.
#' @export
labels.glm_rs_model <- function(object, ...) attr(stats::terms(object), "term.labels")

#' @export
weights.glm_rs_model <- function(object, type = "prior", ...) {
  call <- sys.call()
  check_choice(type, "prior", "type", call)
  check_no_dots(list(...), call)
  naresid(object$na.action, model_mold(object)$weights)
}

#' @export
vcov.glm_rs_model <- function(object, type = NULL, cluster = NULL, ..., complete = TRUE) {
  call <- sys.call()
  found <- likelihood_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  as_vcov(found, model_parameters(object), complete, call)
}

#' @export
confint.glm_rs_model <- function(object, parm, level = 0.95, vcov = NULL, type = c("Wald", "profile"), ...) {
  likelihood_intervals(object, model_parameters(object), parm, level, vcov, type, list(...), sys.call())
}

# Limits of `estimates`, parameters of the fit.
likelihood_intervals <- function(fit, estimates, parm, level, vcov, type, options, call) {
  tails <- tails_of(check_level(level, call))
  if (is_type_of_function(type, vcov, c("Wald", "profile"))) {
    options$type <- type
    type <- "Wald"
  }
  if (check_choice(type, c("Wald", "profile"), "type", call) == "profile") {
    if (!is.null(vcov) || !is.null(options$cluster)) {
      abort("argument", 'a covariance is for intervals of type "Wald": a likelihood does not use one', call)
    }
    check_no_dots(options, call)
    return(profile_intervals(fit, names(estimates), parm, level, call))
  }
  check_covariance_dots(options, vcov, call)
  covariance <- likelihood_covariance(fit, vcov, options, call)
  errors <- likelihood_errors(fit, covariance)[names(estimates)]
  limits <- unname(estimates) + unname(errors) %o% stats::qt(tails, common_df(covariance$df) %||% Inf)
  chosen_limits(limits, parm, names(estimates), tails, call, "coefficient")
}

#' @export
anova.glm_rs_model <- function(object, ...) {
  call <- sys.call()
  fits <- list(object, ...)
  check_no_dots(Filter(Negate(is.list), fits), call)
  if (length(fits) < 2L) abort("argument", "anova() of such models compares fits: give two or more", call)
  check_comparable(fits, call)
  likelihoods <- vapply(fits, `[[`, 0, "loglik")
  ranks <- vapply(fits, `[[`, 0L, "rank")
  ratio <- c(NA, vapply(seq_along(fits)[-1L], function(i) {
    # of the larger one over the smaller one, whichever comes first
    pair <- fits[c(i - 1L, i)][order(ranks[c(i - 1L, i)])]
    likelihood_gain(pair[[1L]], pair[[2L]], call)
  }, 0))
  df <- c(NA, abs(diff(ranks)))
  table <- data.frame(ranks, likelihoods, df, ratio, stats::pchisq(ratio, positive(df), lower.tail = FALSE))
  dimnames(table) <- list(seq_along(fits), c("#Df", "LogLik", "Df", "Chisq", "Pr(>Chisq)"))
  models <- vapply(fits, function(fit) paste0(fit$family$family, ": ", deparse1(stats::formula(fit))), "")
  thetas <- unique(lapply(fits, function(fit) names(fit$theta) %||% length(fit$theta)))
  heading <- c(
    "Likelihood ratio tests\n", paste0("Model ", seq_along(fits), ": ", models, collapse = "\n"),
    if (length(thetas) > 1L) "An infinite theta is at its boundary: where one fit has none, the p-value is too large\n"
  )
  structure(table, heading = heading, class = c("anova", "data.frame"))
}

# Quantiles of Pearson residuals, where there are some.
print_pearson <- function(residuals, digits) {
  if (is.null(residuals)) return(invisible())
  cat("\nPearson residuals:\n")
  quantiles <- stats::quantile(residuals, na.rm = TRUE)
  print(stats::setNames(quantiles, c("Min", "1Q", "Median", "3Q", "Max")), digits = digits)
}

# Tables of coefficients under their names, and below the last of them what the stars of any of them mean.
print_tables <- function(tables, digits, signif.stars = shows_stars(), signif.legend = signif.stars, ...) {
  for (title in names(tables)) {
    cat("\n", title, ":\n", sep = "")
    stats::printCoefmat(tables[[title]], digits = digits, signif.stars = signif.stars, signif.legend = FALSE, na.print = "NA", ...)
  }
  p_values <- unlist(lapply(tables, function(table) table[, ncol(table)]))
  if (!signif.stars || !signif.legend || !any(p_values < 0.1, na.rm = TRUE)) return(invisible())
  # as printCoefmat() has it
  cuts <- c(0, 0.001, 0.01, 0.05, 0.1, 1)
  legend <- attr(stats::symnum(0, corr = FALSE, cutpoints = cuts, symbols = c("***", "**", "*", ".", " ")), "legend")
  cat("---\nSignif. codes:  ", legend, "\n", sep = "")
}

# The table of all parameters.
likelihood_table <- function(fit, covariance) {
  df <- common_df(covariance$df)
  coefficient_table(model_parameters(fit), likelihood_errors(fit, covariance), df %||% Inf, !is.null(df))
}

print_likelihood <- function(x, digits) {
  if (!is.null(x$na.action)) cat(naprint(x$na.action), "\n", sep = "")
  cat("Log-likelihood: ", format(x$loglik, digits = digits + 2L), " on ", x$rank, " Df, ", x$n, " rows\n", sep = "")
  if (!x$converged) cat("NOT converged after", x$iter, "iterations\n")
  invisible(x)
}

#' @export
hatvalues.glm_rs_model <- function(model, ...) refuse("hatvalues()", sys.call())

#' @export
influence.glm_rs_model <- function(model, ...) refuse("influence()", sys.call())

#' @export
cooks.distance.glm_rs_model <- function(model, ...) refuse("cooks.distance()", sys.call())

#' @export
rstandard.glm_rs_model <- function(model, ...) refuse("rstandard()", sys.call(), "quantile_residuals() are standardised, too")

#' @export
rstudent.glm_rs_model <- function(model, ...) refuse("rstudent()", sys.call(), "quantile_residuals() are standardised, too")

#' @export
dfbeta.glm_rs_model <- function(model, ...) refuse("dfbeta()", sys.call())

#' @export
dfbetas.glm_rs_model <- function(model, ...) refuse("dfbetas()", sys.call())

#' @export
profile.glm_rs_model <- function(fitted, ...) refuse("profile()", sys.call(), 'confint(type = "profile") has the intervals')

#' @export
plot.glm_rs_model <- function(x, ...) refuse("plot()", sys.call())
