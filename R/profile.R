# Profile likelihoods: paths of fits with one coefficient held, followed by Rust; for families of the user's own by R.

#' Profile the likelihood of a fit
#'
#' `profile()` holds one coefficient at values ever farther from its estimate and fits the others anew, in both
#' directions, until the root of the likelihood ratio or score statistic is large enough. `confint()` interpolates between
#' these points: its limits are where the statistic reaches the quantile. All coefficients are profiled at the same time, on
#' as many threads as a fit may use; the number of threads does not change the result.
#'
#' The objects and the numbers are those of package MASS for fits of `glm()`, whose methods became part of package
#' stats in R 4.4. `plot()` and `pairs()` draw a profile; before R 4.4 their methods come from package MASS, which
#' `profile()` loads if it is installed.
#'
#' Where a search fails, as it may where a limit is infinite, the path ends with a warning, and the limit is `NA` if it
#' was not reached.
#'
#' @param fitted,object A fit from [glm_rs()].
#' @param which,parm The coefficients to profile, by name or number; all by default.
#' @param alpha The level of a two-sided test that a path should reach.
#' @param maxsteps A path has fewer steps than this in each direction.
#' @param del The length of a step, in standard errors.
#' @param trace Say which path is being followed? They are then followed one by one.
#' @param test `"LRT"`: the likelihood ratio; `"Rao"`: the score statistic.
#' @param level Coverage of the intervals.
#' @param vcov A covariance of the coefficients for intervals of types `"Wald"` and `"score"`, see [vcov.glm_rs()].
#' @param type The kind of interval. `"profile"`: from the profile of the statistic `test`. `"score"`: from that of Rao's
#'   score statistic, the same as `test = "Rao"`; where the dispersion is known these are the values that the score test does
#'   not reject, for a single share Wilson's interval. With a `vcov` they are those that the robust [score_test()] does not
#'   reject, with the degrees of freedom of [vcov.glm_rs()]. `"Wald"`: the estimate and so many of its standard errors as the quantile
#'   of t, where the dispersion is estimated, or of the normal distribution says. By default `"Wald"` with a `vcov` and
#'   `"profile"` without.
#' @param ... For `confint()` with `vcov`, the options of that covariance (a `type` that is none of the above among them);
#'   else not used.
#' @return `profile()`: an object of class `c("profile.glm", "profile")`, a list with a data frame for each coefficient,
#'   `NULL` for one that is aliased. Its first column is the signed root of the statistic (`z`, or `tau` where the
#'   dispersion is estimated), its second, `par.vals`, the matrix of all coefficients. `confint()`: a matrix with a row for
#'   each coefficient, or, from a profile, a vector for a single one.
#' @references Venables, W. N. and Ripley, B. D. (2002) *Modern Applied Statistics with S*, 4th edition, section 8.4.
#' @examples
#' fit <- glm_rs(cbind(ncases, ncontrols) ~ agegp, data = esoph, family = binomial())
#' confint(fit)
#' plot(profile(fit, which = 2:3))
#' @export
profile.glm_rs <- function(fitted, which = seq_len(p), alpha = 0.01, maxsteps = 10, del = zmax / 5, trace = FALSE,
                           test = c("LRT", "Rao"), ...) {
  call <- sys.call()
  refuse_covariance(list(...), 'confint(vcov = ) has intervals of type "Wald" or "score" with any covariance', call)
  check_no_dots(list(...), call)
  fitted <- with_rows(fitted)
  estimates <- fitted$coefficients
  p <- length(estimates)
  check_share(alpha, "alpha", call)
  test <- check_choice(test, c("LRT", "Rao"), "test", call)
  which <- coefficient_places(which, names(estimates), "which", call)
  summary <- summary(fitted)
  known <- !is.na(known_dispersion(fitted$family)) || identical(fitted$family$family, "Negative Binomial")
  n <- length(fitted$linear.predictors)
  if (!known && (fitted$df.residual <= 0 || n <= p)) {
    abort("profile", "there is no profile without residual degrees of freedom: the dispersion has no estimate", call)
  }
  zmax <- sqrt(if (known) stats::qchisq(1 - alpha, 1) else stats::qf(1 - alpha, 1, n - p))
  errors <- with_aliased(summary$coefficients[, "Std. Error"], estimates)
  paths <- expand.grid(sign = c(-1, 1), column = which[!is.na(estimates[which])])
  paths$step <- paths$sign * check_positive(del, "del", call) * errors[paths$column]
  options <- list(test = test, limit = zmax, steps = max(0, check_count(maxsteps, "maxsteps", call) - 1))
  traces <- follow_paths(fitted, summary$dispersion, paths, options, check_flag(trace, "trace", call))
  profiles <- lapply(stats::setNames(which, names(estimates)[which]), function(column) {
    if (!is.na(estimates[column])) profile_frame(estimates, traces[paths$column == column], if (known) "z" else "tau")
  })
  load_profile_methods()
  structure(
    profiles, original.fit = fitted, summary = summary, test = test, class = c("profile.glm", "profile")
  )
}

#' @rdname profile.glm_rs
#' @export
confint.glm_rs <- function(object, parm, level = 0.95, trace = FALSE, test = c("LRT", "Rao"), vcov = NULL,
                           type = c("profile", "Wald", "score"), ...) {
  call <- sys.call()
  check_level(level, call)
  names <- names(object$coefficients)
  parm <- coefficient_places(if (missing(parm)) seq_along(names) else parm, names, "parm", call)
  tails <- tails_of(level)
  options <- list(...)
  if (is_type_of_function(type, vcov, c("profile", "Wald", "score"))) {
    options$type <- type
    type <- "Wald"
  }
  by_model <- if (is.null(vcov)) identical(type, "Wald") else identical(vcov, "model") && (missing(type) || identical(type, "Wald"))
  if (by_model && !length(options) && !is.null(object$cov.blocks)) {
    # a matrix of many coefficients is made for nothing but its diagonal
    covariance <- list(variances = estimate_dispersion(object) * unscaled_variances(object))
    return(wald_limits(object, covariance, tails)[parm, , drop = FALSE])
  }
  robust <- asked_covariance(object, vcov, options, call)
  type <- if (missing(type) && !is.null(robust)) "Wald" else check_choice(type, c("profile", "Wald", "score"), "type", call)
  if (type == "Wald") {
    covariance <- robust %||% covariance_of(object, "model", options, call)
    return(wald_limits(object, covariance, tails)[parm, , drop = FALSE])
  }
  if (!is.null(robust) && type == "profile") {
    abort("argument", 'a covariance is for intervals of type "Wald" or "score": a likelihood does not use one', call)
  }
  if (is.null(robust) && !is.null(options$dispersion)) {
    abort("argument", "`dispersion` is of a covariance, which a profile does not use", call,
      i = 'give vcov = "model", too, for an interval of type "Wald" or "score"'
    )
  }
  if (!length(parm)) return(matrix(0, 0L, 2L, dimnames = list(NULL, percent_labels(tails))))
  message("Waiting for profiling to be done...")
  if (!is.null(robust)) {
    if (!is.null(options$cluster) && is.null(vcov)) vcov <- "cluster"
    limits <- robust_score_limits(object, parm, tails, vcov, options, robust, call)
    return(`dimnames<-`(limits, list(names[parm], percent_labels(tails))))
  }
  if (type == "score") test <- "Rao"
  profiles <- profile.glm_rs(object, parm, (1 - level) / 4, trace = trace, test = test)
  limits <- matrix(NA_real_, length(parm), 2L, dimnames = list(names[parm], percent_labels(tails)))
  for (i in seq_along(parm)) limits[i, ] <- profile_limits(profiles[[i]], parm[i], stats::qnorm(tails))
  drop(limits)
}

# The estimates and quantiles of their standard errors. `covariance` as from covariance_of(), or with `variances` alone.
wald_limits <- function(fit, covariance, tails) {
  df <- df_of_coefficients(fit, covariance)
  df[!(df > 0)] <- NaN
  quantiles <- outer(rep_len(df, fit$rank), tails, function(df, tail) stats::qt(tail, df))
  errors <- if (is.null(covariance$matrix)) sqrt(covariance$variances) else errors_of(covariance$matrix)
  limits <- matrix(NA_real_, length(fit$coefficients), length(tails))
  kept <- !is.na(fit$coefficients)
  limits[kept, ] <- fit$coefficients[kept] + errors * quantiles
  dimnames(limits) <- list(names(fit$coefficients), percent_labels(tails))
  limits
}

# Values of the coefficients that are not aliased, NA for the others.
with_aliased <- function(values, coefficients) {
  all <- rep(NA_real_, length(coefficients))
  all[!is.na(coefficients)] <- values
  all
}

# The data frame of a coefficient, from the traces of its two paths: the estimate and all steps, in order of the statistic.
profile_frame <- function(estimates, traces, statistic) {
  roots <- c(0, unlist(lapply(traces, `[[`, "roots")))
  points <- c(estimates, unlist(lapply(traces, `[[`, "points")))
  points <- matrix(points, ncol = length(estimates), byrow = TRUE, dimnames = list(NULL, names(estimates)))
  points[is.nan(points)] <- NA
  order <- order(roots)
  frame <- structure(data.frame(roots[order]), names = statistic)
  frame$par.vals <- points[order, , drop = FALSE]
  frame
}

# Where the statistic reaches `quantiles`, by a spline through the points of the profile; NA where it does not.
profile_limits <- function(profile, column, quantiles) {
  if (is.null(profile) || length(unique(profile[[1L]])) < 2L) return(rep(NA_real_, length(quantiles)))
  line <- stats::spline(profile$par.vals[, column], profile[[1L]])
  stats::approx(line$y, line$x, xout = quantiles)$y
}

# Before R 4.4 what can be done with a profile was not in package stats.
load_profile_methods <- function() {
  if (getRversion() < "4.4.0") requireNamespace("MASS", quietly = TRUE)
}
