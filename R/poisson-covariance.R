# Covariances, tests and bootstraps of poisson_fit() are those of the same fit by glm_rs().

# The fit of the same model by glm_rs(), from what is kept: nothing is fitted again. An error with a penalty.
as_poisson_glm <- function(fit, call) {
  if (!fit$inference_available) abort("inference", no_inference(fit), call)
  n <- length(fit$y)
  mu <- fit$fitted.values
  frame <- poisson_frame(fit)
  structure(
    list(
      coefficients = fit$coefficients, residuals = (fit$y - mu) / mu, fitted.values = mu, rank = fit$rank,
      family = stats::poisson(), linear.predictors = fit$linear.predictors, deviance = fit$deviance,
      weights = mu * (fit$prior.weights %||% 1), prior.weights = fit$prior.weights %||% rep(1, n),
      df.residual = fit$df.residual, df.null = fit$df.null, null.deviance = fit$null.deviance, y = fit$y,
      converged = fit$converged, separation = fit$separation, cov.unscaled = fit$covariances$vanilla, model = frame, call = fit$call,
      terms = attr(frame, "terms"), offset = fit$offset, control = default_control[c("epsilon", "maxit", "trace")]
    ),
    class = c("glm_rs", "glm", "lm")
  )
}

# The covariates are one matrix in it.
poisson_frame <- function(fit) {
  right <- c(if (ncol(fit$x)) "x", if (!fit$fit_intercept) "0")
  terms <- stats::terms(stats::reformulate(if (length(right)) right else "1", "y"))
  parts <- list(y = fit$y, x = if (ncol(fit$x)) fit$x, `(weights)` = fit$prior.weights, `(offset)` = fit$offset)
  structure(Filter(Negate(is.null), parts), class = "data.frame", row.names = .set_row_names(length(fit$y)), terms = terms)
}

# The names of this function's own kinds for those of covariance_kinds.
poisson_kinds <- c(vanilla = "model", qmle = "sandwich", HC0 = "sandwich")

# The kind that is asked for as the argument `arg`; NULL is the model's, or that by clusters where there are some.
poisson_kind <- function(kind, arg, options, call) {
  if (is.null(kind)) return(if (is.null(options$cluster)) "model" else "cluster")
  if (is.matrix(kind) || is.function(kind) || inherits(kind, "formula")) return(kind)
  kind <- check_choice(kind, c("vanilla", names(covariance_kinds)), arg, call, hint_of_bootstrap(kind))
  if (kind %in% names(poisson_kinds)) poisson_kinds[[kind]] else kind
}

# As covariance_of() gives it.
poisson_covariance <- function(fit, kind, arg, options, call) {
  kind <- poisson_kind(kind, arg, options, call)
  covariance_of(as_poisson_glm(fit, call), kind, options, call)
}

no_inference <- function(object) {
  if (object$alpha > 0) {
    return(sprintf("no standard errors with a penalty (alpha = %s): it biases the coefficients", format(object$alpha)))
  }
  sprintf("no standard errors for %d coefficients: too many for a covariance matrix", length(object$coefficients))
}

#' @exportS3Method sandwich::estfun
estfun.poisson_fit <- function(x, ...) {
  scores <- sandwich::estfun(as_poisson_glm(x, sys.call()))
  `colnames<-`(scores, names(x$coefficients)[!is.na(x$coefficients)])
}

#' @exportS3Method sandwich::bread
bread.poisson_fit <- function(x, ...) stats::vcov(x, complete = FALSE) * length(x$y)

# The default would take t, for any fit that tells its degrees of freedom.
#' @exportS3Method lmtest::coeftest
coeftest.poisson_fit <- function(x, vcov. = NULL, df = Inf, ...) lmtest::coeftest.default(x, vcov., df, ...)

#' @exportS3Method lmtest::coefci
coefci.poisson_fit <- function(x, parm = NULL, level = 0.95, vcov. = NULL, df = Inf, ...) {
  lmtest::coefci.default(x, parm, level, vcov., df, ...)
}
