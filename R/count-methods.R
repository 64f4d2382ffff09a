# What a fit of counts that is no generalized linear model tells about itself.

#' Methods for NB1 and zero-truncated models
#'
#' What can be asked of a fit of [glm_rs()] with a family [zero_truncated()] or `negative_binomial(type = "nb1")`.
#'
#' The covariances of the kinds `"HC0"`, `"HC1"`, `"sandwich"`, `"qmle"`, `"OPG"`, `"cluster"`, `"HAC"`, `"DK"`,
#' `"jackknife"` (of fits without each row or cluster) and `"bootstrap"` are those of [vcov.glm_rs()], with the scores of
#' all parameters, `log(theta)` among them; leverages, and so the other kinds, are not defined. Package sandwich is given the scores of the coefficients from which those of
#' an estimated `log(theta)` are swept out, so that its products are the same covariances.
#'
#' `anova()` compares nested fits by likelihood ratios, in the order that they are given in; a theta that one of them lacks is
#' at the boundary there. `lmtest::lrtest()`, [stats::drop1()], [stats::add1()], [stats::step()], [stats::AIC()] and
#' [stats::BIC()] work. There is no deviance. `hatvalues()`, `influence()`, `cooks.distance()` and `plot()` are refused; beside the last
#' are [quantile_residuals()] and [rootogram()].
#'
#' @param object,x A fit.
#' @param type For `vcov()` the kind of covariance, see above; `NULL`: that of the observed information. For `confint()`:
#'   `"Wald"`, estimates and quantiles times standard errors, or `"profile"`, where twice the log-likelihood has fallen by the
#'   quantile of chi-squared if the coefficient is held and the others are fitted again. For `residuals()`: `"pearson"`, times the
#'   square root of the weights, or `"response"`.
#' @param cluster As for [vcov.glm_rs()].
#' @param theta Add theta to the covariance of the coefficients?
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param vcov The kind of covariance, a formula of clusters, a matrix or a function; options of the kind in `...`.
#' @param parm Names or positions of coefficients, all by default, and `"theta"`, which has the interval of its profile
#'   likelihood; its upper limit is `Inf` where the Poisson distribution is not rejected, and the lower one of truncated counts
#'   0 where the logarithmic distribution is not.
#' @param level Coverage of the intervals.
#' @param nsim,seed As for [stats::simulate()].
#' @param digits Significant digits to print.
#' @param ... Options of the kind of covariance; for `anova()` more fits.
#' @return `vcov()`: the covariance of the coefficients. `confint()`: limits, `NA` where a profile does not reach the
#'   quantile. `summary()`: a table of coefficients (`coefficients`), theta, and what the standard errors are
#'   (`standard.errors`). `simulate()`: a data frame of `nsim` columns.
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, family = negative_binomial(type = "nb1"), data = MASS::quine)
#' summary(fit, vcov = "HC1")
#' confint(fit, type = "profile")
#' confint(fit, "theta")
#' drop1(fit, test = "Chisq")
#' @name glm_rs_count-methods
NULL

#' @rdname glm_rs_count-methods
#' @export
vcov.glm_rs_count <- function(object, type = NULL, cluster = NULL, ..., theta = FALSE, complete = TRUE) {
  call <- sys.call()
  found <- likelihood_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  estimates <- object$coefficients
  if (check_flag(theta, "theta", call)) {
    if (!LOG_THETA %in% colnames(found$matrix)) abort("argument", "the covariance has no theta", call)
    # of theta from that of its logarithm
    scale <- ifelse(colnames(found$matrix) == LOG_THETA, object$theta, 1)
    found$matrix <- found$matrix * outer(scale, scale)
    estimates <- c(estimates, stats::setNames(object$theta, LOG_THETA))
  }
  names <- names(estimates)
  vcov_of_some(found, estimates, ifelse(names == LOG_THETA, "theta", names), complete, call)
}

#' @rdname glm_rs_count-methods
#' @export
confint.glm_rs_count <- function(object, parm, level = 0.95, vcov = NULL, type = c("Wald", "profile"), ...) {
  call <- sys.call()
  intervals <- function(parm) likelihood_intervals(object, object$coefficients, parm, level, vcov, type, list(...), call)
  if (missing(parm) || !is.character(parm) || !"theta" %in% parm || is.null(object$theta)) return(intervals(parm))
  given <- c(vcov = !is.null(vcov), cluster = !is.null(list(...)$cluster))
  if (any(given)) {
    arg <- names(which(given))[1L]
    abort("argument", sprintf("`%s` is for coefficients: the interval of theta is by the profile likelihood", arg), call)
  }
  theta <- theta_limits(object, count_fall(object), check_level(level, call))
  rbind(intervals(setdiff(parm, "theta")), theta = theta)[parm, , drop = FALSE]
}

# How far twice the log-likelihood falls below its maximum if theta is held.
count_fall <- function(fit) {
  mold <- model_mold(fit)
  data <- count_data(mold)
  start <- as.double(ifelse(is.na(fit$coefficients), 0, fit$coefficients))
  control <- control_spec(as_control(fit$control, fit$call))
  function(theta) {
    held <- rust_count_fit(mold$design, data, count_spec(fit$family, theta), start, control, fit$call)
    2 * (fit$loglik - held$log_likelihood)
  }
}

#' @rdname glm_rs_count-methods
#' @export
residuals.glm_rs_count <- function(object, type = c("pearson", "response"), ...) {
  type <- check_choice(type, c("pearson", "response"), "type", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  law <- count_law(object, mold)
  residuals <- mold$counts - count_means(object, law)
  if (type == "pearson") residuals <- residuals / sqrt(count_variances(object, law)) * sqrt(mold$weights %||% 1)
  naresid(object$na.action, with_names(residuals, mold$names))
}

#' @rdname glm_rs_count-methods
#' @export
simulate.glm_rs_count <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_count(nsim, "nsim", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  law <- count_law(object, mold)
  simulated_counts(object, mold, nsim, seed, function() count_draw(object, law))
}

#' @rdname glm_rs_count-methods
#' @export
summary.glm_rs_count <- function(object, vcov = NULL, ...) {
  covariance <- likelihood_covariance(object, vcov, list(...), sys.call())
  # without log(theta)
  table <- likelihood_table(object, covariance)[seq_along(object$coefficients), , drop = FALSE]
  kept <- c(
    "call", "family", "theta", "SE.theta", "theta.status", "loglik", "n", "rank", "df.residual", "iter", "converged", "na.action"
  )
  residuals <- tryCatch(stats::residuals(object), glmrs_error_rows = function(e) NULL)
  said <- said_of(covariance)
  parts <- list(
    coefficients = table, residuals = residuals, vcov = covariance$matrix, standard.errors = said, caveats = caveats_of(object)
  )
  structure(c(parts, unclass(object)[intersect(kept, names(object))]), class = "summary.glm_rs_count")
}

#' @rdname glm_rs_count-methods
#' @export
print.summary.glm_rs_count <- function(x, digits = 4L, ...) {
  print_call(x)
  print_pearson(x$residuals, digits)
  cat("\nCoefficients (", x$family$family, " with log link):\n", sep = "")
  stats::printCoefmat(x$coefficients, digits = digits, na.print = "NA", ...)
  cat("\n")
  print_standard_errors(x$standard.errors, x$caveats)
  print_theta(x, digits)
  print_likelihood(x, digits)
}

#' @rdname glm_rs_count-methods
#' @export
print.glm_rs_count <- function(x, digits = 4L, ...) {
  print_call(x)
  cat("\nCoefficients (", x$family$family, " with log link):\n", sep = "")
  print(x$coefficients, digits = digits)
  cat("\n")
  print_theta(x, digits)
  print_likelihood(x, digits)
}

print_theta <- function(x, digits) {
  if (is.null(x$theta)) return(invisible())
  error <- if (is.finite(x$theta)) paste0(" (standard error ", format(x$SE.theta, digits = digits), ")") else ", the Poisson distribution"
  cat("Theta: ", format(x$theta, digits = digits), error, "\n", sep = "")
}

#' @export
model.matrix.glm_rs_count <- function(object, ...) {
  if (!is.null(x <- object[["x", exact = TRUE]])) return(x)
  mold <- model_mold(object)
  distinct_matrix(mold$terms, mold$frame, object$contrasts)
}

#' @export
fitted.glm_rs_count <- function(object, ...) {
  check_no_dots(list(...), sys.call())
  napredict(object$na.action, object$fitted.values %||% stats::predict(object))
}

#' @export
plot.glm_rs_count <- function(x, ...) {
  refuse("plot()", sys.call(), "look at plot(quantile_residuals(fit)) and plot(rootogram(fit))")
}

#' @rdname rootogram
#' @export
rootogram.glm_rs_count <- function(fit, max = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  mold <- model_mold(fit)
  weights <- mold$weights %||% rep(1, length(mold$counts))
  frequencies(count_functions(fit, count_law(fit, mold))$mass, mold$counts, weights, max, fit$family$family, call)
}

#' @rdname quantile_residuals
#' @export
quantile_residuals.glm_rs_count <- function(fit, seed = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  mold <- model_mold(fit)
  value <- within_jump(count_functions(fit, count_law(fit, mold))$below, mold$counts, seed, call)
  if (!is.null(mold$weights)) value[mold$weights == 0] <- NA
  structure(naresid(fit$na.action, with_names(value, mold$names)), class = "glmrs_quantile_residuals")
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs_count <- function(x, ...) effective_scores(x, model_scores(x, model_mold(x)), x$coefficients)

#' @exportS3Method sandwich::bread
bread.glm_rs_count <- function(x, ...) stats::vcov(x, complete = FALSE) * length(model_mold(x)$names)
