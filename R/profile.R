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
#' Where the points of a profile do not show a limit (a search fails, `maxsteps` are too few, or roots leap from one point
#' to the next, as they do where data are almost separated), `confint()` looks for it by itself. A limit that it does not
#' find, or that is infinite, is `NA`, with a warning of class `glmrs_warning_profile`.
#'
#' Estimates of separated data ([detect_separation()]) may be infinite, and what a fit has in their place is where its
#' search was stopped. Their limit on the other side is often finite: `confint()` finds it from elsewhere, as the value at
#' which the statistic has the quantile, and gives `NA` for the infinite one. `profile()` begins at the estimate of the fit,
#' whatever it is, and is of no use for such a coefficient. Where separation leaves nothing to estimate a dispersion from,
#' all limits are `NA`.
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
#'   not reject, for a single share Wilson's interval (where it is 0 or 1, with `NA` for the infinite limit). With a `vcov`
#'   they are those that the robust [score_test()] does not reject, with the degrees of freedom of [vcov.glm_rs()]. `"Wald"`: the
#'   estimate and so many of its standard errors as the quantile of t, where the dispersion is estimated, or of the normal
#'   distribution says. By default `"Wald"` with a `vcov` and `"profile"` without.
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
  limits <- profiled_limits(object, parm, level, if (type == "score") "Rao" else test, trace, call)
  drop(`dimnames<-`(limits, list(names[parm], percent_labels(tails))))
}

# Limits from profiles where estimates are finite, by a walk where they are not, or where a profile does not get to a limit.
profiled_limits <- function(fit, parm, level, test, trace, call) {
  fit <- with_rows(fit)
  test <- check_choice(test, c("LRT", "Rao"), "test", call)
  separation <- known_separation(fit)
  if (!is.null(separation)) fit <- at_least_deviance(fit)
  signs <- signs_of_infinity(separation, length(fit$coefficients))[parm]
  kept <- !is.na(fit$coefficients[parm])
  limits <- matrix(NA_real_, length(parm), 2L, dimnames = list(names(fit$coefficients)[parm], NULL))
  quantiles <- stats::qnorm(tails_of(level))
  if (has_dispersion(fit, separation)) {
    finite <- which(kept & signs %in% 0)
    profiles <- if (length(finite)) profile.glm_rs(fit, parm[finite], (1 - level) / 4, trace = trace, test = test)
    for (i in seq_along(finite)) limits[finite[i], ] <- profile_limits(profiles[[i]], parm[finite[i]], quantiles)
    missed <- which(kept & is.na(rowSums(limits)))
    if (length(missed)) {
      roots <- rep(quantiles[2L], length(missed))
      walked <- walked_limits(fit, parm[missed], signs[missed], roots, test, estimate_dispersion(fit), last_root, call)
      limits[missed, ] <- ifelse(is.na(limits[missed, ]), walked, limits[missed, ])
    }
  }
  limits[kept & is.na(limits)] <- NaN
  warn_of_unreached(limits, if (test == "Rao") "score statistic" else "likelihood", call, separation)
  limits[is.nan(limits)] <- NA
  limits
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

# Where data are almost separated, or a search has jumped to the borders of means, neighbouring roots are not about half a
# unit apart, and a line between them says nothing. A root this large would bend it elsewhere, too.
FAR_APART <- 1.5
MOST_ROOT <- 10

# Where the statistic first reaches `quantiles` on its way from the estimate, by a spline through the points of the profile;
# NA where it does not, or where points are too few to say.
profile_limits <- function(profile, column, quantiles) {
  estimate <- profile$par.vals[match(0, profile[[1L]]), column]
  profile <- profile[abs(profile[[1L]]) < MOST_ROOT, ]
  profile <- profile[order(profile$par.vals[, column]), ]
  points <- list(x = profile$par.vals[, column], y = profile[[1L]])
  if (length(unique(points$y)) < 2L) return(rep(NA_real_, length(quantiles)))
  line <- stats::spline(points$x, points$y)
  vapply(quantiles, function(quantile) {
    ends <- around_quantile(points, estimate, quantile)
    if (anyNA(ends) || abs(diff(points$y[ends])) > FAR_APART) return(NA_real_)
    ends <- around_quantile(line, estimate, quantile)
    if (anyNA(ends)) NA_real_ else stats::approx(line$y[ends], line$x[ends], xout = quantile)$y
  }, 0)
}

# The places of the points between which y reaches the quantile, NA for none.
around_quantile <- function(line, estimate, quantile) {
  outward <- if (quantile < 0) rev(which(line$x <= estimate)) else which(line$x >= estimate)
  reached <- outward[line$y[outward] / quantile >= 1][1L]
  reached - c(sign(quantile), 0)
}

# Before R 4.4 what can be done with a profile was not in package stats.
load_profile_methods <- function() {
  if (getRversion() < "4.4.0") requireNamespace("MASS", quietly = TRUE)
}
