# What a bootstrap says.

#' Methods for bootstraps
#'
#' Covariances, intervals, tables and histograms of the replicates of [bootstrap()].
#'
#' @param object,x A bootstrap from [bootstrap()].
#' @param parm Names or positions of parameters; all by default.
#' @param level Coverage of the intervals.
#' @param type The kind of interval. `"percentile"`: quantiles of the replicates; `"basic"`: twice the estimate minus these;
#'   `"normal"`: the estimate less its bias, with quantiles of the normal distribution; `"bca"`: quantiles corrected for
#'   bias (replicates that equal the estimate are half below it) and acceleration, the latter from the influence of the rows or clusters that are drawn (infinitesimal jackknife),
#'   for `"pairs"`, `"cluster"` and `"bayesian"`; `"t"`: the estimate less its standard error times quantiles of
#'   (replicate - estimate) / (standard error of the replicate), for fits of [glm_rs()] that are fitted again. The standard
#'   errors are those of the model. Quantiles are the order statistics (times + 1) p, between two of them interpolated
#'   on the scale of normal quantiles; if there are too few replicates for them, the extremes are taken, with a warning.
#' @param complete Not used: replicates are of coefficients that are not aliased.
#' @param digits Significant digits to print.
#' @param ... For `plot()`, which draws nine parameters on a page: arguments of [hist()]; else not used.
#' @return `vcov()`: the covariance of the replicates. `confint()`: a p x 2 matrix. `summary()`: the table of estimates, their
#'   bias, standard error and percentile limits, with the facts of the bootstrap. `tidy()`: a data frame with the columns of
#'   package broom for package boot: `term`, `statistic` (the estimate), `bias`, `std.error` and limits. `as.boot()`: an object of class `"boot"`
#'   of package boot, of the replicates that did not fail, for its `print()`, and `boot.ci()` of types `"norm"`, `"basic"` and
#'   `"perc"`; what resamples again, as `"bca"` there, needs more than it holds.
#' @references Efron, B. (1987) Better bootstrap confidence intervals. *Journal of the American Statistical Association* 82,
#'   171-185. Davison, A. C. and Hinkley, D. V. (1997) *Bootstrap Methods and their Application*, chapter 5. Cambridge
#'   University Press.
#' @name bootstrap-methods
#' @aliases confint.glmrs_bootstrap
#' @examples
#' fit <- m_estimate(psi = function(mu, x) cbind(x - mu), data = cars$dist, start = c(mean = 0))
#' b <- bootstrap(fit, times = 99, seed = 1)
#' sqrt(diag(vcov(b)))
#' plot(b)
NULL

# Of the replicates that did not fail: their coefficients, or other values.
kept_replicates <- function(object, values = object$replicates) {
  values[stats::complete.cases(object$replicates), , drop = FALSE]
}

#' @rdname bootstrap-methods
#' @export
vcov.glmrs_bootstrap <- function(object, ..., complete = TRUE) {
  check_no_dots(list(...), sys.call(), "this is the covariance of the replicates: vcov() of the fit has others")
  stats::cov(kept_replicates(object))
}

#' @rdname bootstrap-methods
#' @export
confint.glmrs_bootstrap <- function(object, parm, level = 0.95, type = c("percentile", "normal", "basic", "bca", "t"),
                                    ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  check_level(level, call)
  type <- check_choice(type, c("percentile", "normal", "basic", "bca", "t"), "type", call)
  limits <- chosen_limits(bootstrap_limits(object, level, type, call), parm, names(object$estimate), tails_of(level), call)
  if (type != "normal") warn_of_extremes(object, level, call)
  limits
}

#' @rdname bootstrap-methods
#' @export
summary.glmrs_bootstrap <- function(object, level = 0.95, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  check_level(level, call)
  replicates <- kept_replicates(object)
  limits <- bootstrap_limits(object, level, "percentile", call)
  colnames(limits) <- percent_labels(tails_of(level))
  table <- cbind(
    Estimate = object$estimate, Bias = colMeans(replicates) - object$estimate,
    "Std. Error" = apply(replicates, 2L, stats::sd), limits
  )
  facts <- unclass(object)[intersect(c("failures", "type", "seed", "call", "caveats"), names(object))]
  structure(c(list(table = table, times = nrow(object$replicates)), facts), class = "summary.glmrs_bootstrap")
}

#' @rdname bootstrap-methods
#' @export
print.glmrs_bootstrap <- function(x, digits = 4L, ...) {
  print(summary(x), digits = digits, ...)
  invisible(x)
}

#' @rdname bootstrap-methods
#' @export
print.summary.glmrs_bootstrap <- function(x, digits = 4L, ...) {
  cat("Bootstrap (", x$type, "), ", x$times, " replicates, seed ", format(x$seed, digits = 16L), "\n", sep = "")
  cat("Call: ", paste(deparse(x$call, nlines = 3L), collapse = "\n      "), "\n\n", sep = "")
  print(x$table, digits = digits, ...)
  if (length(x$failures)) {
    cat("\n", sum(x$failures), " of ", x$times, " replicates failed and are left out:\n", sep = "")
    shown <- utils::head(x$failures, 3L)
    cat(sprintf("%6d  %s\n", as.integer(shown), names(shown)), sep = "")
  }
  if (length(x$caveats)) cat("\n")
  print_caveats(x$caveats)
  invisible(x)
}

#' @rdname bootstrap-methods
#' @importFrom graphics hist
#' @export
plot.glmrs_bootstrap <- function(x, parm, ...) {
  names <- names(x$estimate)
  places <- if (missing(parm)) seq_along(names) else coefficient_places(parm, names, "parm", sys.call(), "parameter")
  if (!length(places)) return(invisible(x))
  old <- graphics::par(mfrow = grDevices::n2mfrow(min(length(places), HISTOGRAMS)))
  on.exit(graphics::par(old))
  if (length(places) > HISTOGRAMS && grDevices::dev.interactive()) {
    asked <- grDevices::devAskNewPage(TRUE)
    on.exit(grDevices::devAskNewPage(asked), add = TRUE)
  }
  replicates <- kept_replicates(x)
  for (j in places) {
    draw_with(hist, list(replicates[, j], breaks = "FD", main = names[j], xlab = names[j]), list(...))
    graphics::abline(v = x$estimate[[j]], lwd = 2)
  }
  invisible(x)
}

# On a page.
HISTOGRAMS <- 9L

#' @rdname bootstrap-methods
#' @param conf.int Add the limits of `confint()`?
#' @param conf.level Their coverage.
#' @exportS3Method generics::tidy
tidy.glmrs_bootstrap <- function(x, conf.int = FALSE, conf.level = 0.95, type = "percentile", ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  table <- `rownames<-`(summary(x)$table, NULL)
  # the columns of broom for package boot
  out <- data.frame(term = names(x$estimate), statistic = table[, 1L], bias = table[, 2L], std.error = table[, 3L])
  if (check_flag(conf.int, "conf.int", call)) {
    limits <- stats::confint(x, level = conf.level, type = type)
    out <- cbind(out, conf.low = unname(limits[, 1L]), conf.high = unname(limits[, 2L]))
  }
  as_tibble_if_possible(out)
}

#' @rdname bootstrap-methods
#' @export
as.boot <- function(x, ...) UseMethod("as.boot")

#' @rdname bootstrap-methods
#' @export
as.boot.glmrs_bootstrap <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  replicates <- unname(kept_replicates(x))
  sim <- if (x$type == "parametric") "parametric" else "ordinary"
  parts <- list(t0 = x$estimate, t = replicates, R = nrow(replicates), sim = sim, stype = "w", call = x$call)
  structure(parts, class = "boot", boot_type = "boot")
}
