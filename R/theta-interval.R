# The interval of theta by its profile likelihood: fits with theta held, until the likelihood has fallen far enough.

#' @export
confint.glm_rs_negbin <- function(object, parm, level = 0.95, trace = FALSE, test = c("LRT", "Rao"), vcov = NULL, ...) {
  call <- sys.call()
  if (missing(parm) || !"theta" %in% parm || "theta" %in% names(object$coefficients)) return(NextMethod())
  check_level(level, call)
  if (!is.null(vcov)) abort("argument", "`vcov` is for coefficients: theta has the profile likelihood", call)
  theta <- matrix(theta_limits(object, level, call), 1L, dimnames = list("theta", percent_labels(tails_of(level))))
  others <- setdiff(parm, "theta")
  if (!length(others)) return(theta)
  limits <- confint.glm_rs(object, others, level, trace, test, ...)
  limits <- matrix(limits, ncol = 2L, dimnames = list(others, colnames(theta)))
  rbind(limits, theta)[parm, , drop = FALSE]
}

# Where twice the log-likelihood is below its maximum by the quantile; Inf where it is not, however large theta.
theta_limits <- function(object, level, call) {
  object <- with_rows(object)
  data <- refit_data(object)
  fall <- function(family) {
    fitted <- object
    fitted$family <- family
    fit <- refit(fitted, data, data$design, etastart = plain_double(object$linear.predictors))
    object$twologlik - (2 * fit$rank - fit$aic) - stats::qchisq(level, 1)
  }
  link <- object$family$link
  by_log_theta <- function(at) fall(negative_binomial(exp(at), link))
  # a step away from the estimate, ever longer, until the limit is passed
  limit <- function(from, step) {
    near <- from
    repeat {
      far <- near + step
      if (by_log_theta(far) > 0) break
      near <- far
      step <- 2 * step
    }
    exp(stats::uniroot(by_log_theta, sort(c(near, far)), tol = 1e-9)$root)
  }
  at_poisson <- fall(stats::poisson(link))
  if (is.infinite(object$theta)) return(c(limit(log(mean(object$fitted.values)) + 14, -1), Inf))
  from <- log(object$theta)
  # a curvature near zero says little
  step <- min(object$SE.theta / object$theta, 2)
  c(limit(from, -step), if (at_poisson > 0) limit(from, step) else Inf)
}
