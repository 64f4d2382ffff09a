# What a bootstrap says.

#' Methods for bootstraps
#'
#' @param object,x A bootstrap from [bootstrap()].
#' @param parm Names or positions of parameters; all by default.
#' @param level Coverage of the intervals.
#' @param type `"percentile"`: quantiles of the replicates; `"basic"`: twice the estimate minus these; `"normal"`: the
#'   estimate less its bias, with quantiles of the normal distribution. Quantiles are those of the order statistics
#'   (times + 1) p.
#' @param digits Significant digits to print.
#' @param ... For [hist()].
#' @return `vcov()`: the covariance of the replicates. `confint()`: a p x 2 matrix. `summary()`: the table of estimates, their
#'   bias, standard error and percentile limits, with the facts of the bootstrap.
#' @name bootstrap-methods
#' @aliases confint.glmrs_bootstrap
#' @examples
#' fit <- m_estimate(psi = function(mu, x) cbind(x - mu), data = cars$dist, start = c(mean = 0))
#' b <- bootstrap(fit, times = 99, seed = 1)
#' sqrt(diag(vcov(b)))
#' plot(b)
NULL

# The replicates that did not fail.
kept_replicates <- function(object) object$replicates[stats::complete.cases(object$replicates), , drop = FALSE]

#' @rdname bootstrap-methods
#' @export
vcov.glmrs_bootstrap <- function(object, ...) stats::cov(kept_replicates(object))

#' @rdname bootstrap-methods
#' @export
confint.glmrs_bootstrap <- function(object, parm, level = 0.95, type = c("percentile", "normal", "basic"), ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  check_level(level, call)
  type <- check_choice(type, c("percentile", "normal", "basic"), "type", call)
  tails <- tails_of(level)
  replicates <- kept_replicates(object)
  estimate <- object$estimate
  quantiles <- t(apply(replicates, 2L, stats::quantile, tails, type = 6L, names = FALSE))
  limits <- switch(type,
    percentile = quantiles,
    basic = 2 * estimate - quantiles[, 2:1, drop = FALSE],
    normal = 2 * estimate - colMeans(replicates) + apply(replicates, 2L, stats::sd) %o% stats::qnorm(tails)
  )
  chosen_limits(limits, parm, names(estimate), tails, call)
}

#' @rdname bootstrap-methods
#' @export
summary.glmrs_bootstrap <- function(object, level = 0.95, ...) {
  check_no_dots(list(...), sys.call())
  replicates <- kept_replicates(object)
  table <- cbind(
    Estimate = object$estimate, Bias = colMeans(replicates) - object$estimate,
    "Std. Error" = apply(replicates, 2L, stats::sd), stats::confint(object, level = level)
  )
  facts <- object[c("failures", "type", "seed", "call")]
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
  invisible(x)
}

#' @rdname bootstrap-methods
#' @importFrom graphics hist
#' @export
plot.glmrs_bootstrap <- function(x, parm = seq_along(x$estimate), ...) {
  replicates <- kept_replicates(x)[, parm, drop = FALSE]
  sides <- grDevices::n2mfrow(ncol(replicates))
  old <- graphics::par(mfrow = sides)
  on.exit(graphics::par(old))
  for (name in colnames(replicates)) {
    hist(replicates[, name], breaks = "FD", main = name, xlab = name, ...)
    graphics::abline(v = x$estimate[[name]], lwd = 2)
  }
  invisible(x)
}
