# The interval of theta by its profile likelihood: fits with theta held, until the likelihood has fallen far enough.

#' @export
confint.glm_rs_negbin <- function(object, parm, level = 0.95, trace = FALSE, test = c("LRT", "Rao"), vcov = NULL,
                                  type = c("profile", "Wald", "score"), ...) {
  call <- sys.call()
  if (missing(parm) || !is.character(parm) || !"theta" %in% parm || "theta" %in% names(object$coefficients)) return(NextMethod())
  check_level(level, call)
  if (!is.null(vcov)) abort("argument", "`vcov` is for coefficients: the interval of theta is by the profile likelihood", call)
  check_no_dots(list(...), call)
  type <- check_choice(type, c("profile", "Wald", "score"), "type", call)
  if (type == "score") abort("argument", 'theta has no interval of type "score"', call, i = 'use "profile" or "Wald"')
  tails <- tails_of(level)
  limits <- if (type == "Wald") {
    object$theta + object$SE.theta * stats::qnorm(tails)
  } else {
    theta_limits(object, negbin_fall(object), level)
  }
  theta <- matrix(limits, 1L, dimnames = list("theta", percent_labels(tails)))
  others <- setdiff(parm, "theta")
  if (!length(others)) return(theta)
  limits <- confint.glm_rs(object, others, level, trace, test, type = type)
  limits <- matrix(limits, ncol = 2L, dimnames = list(others, colnames(theta)))
  rbind(limits, theta)[parm, , drop = FALSE]
}

# How far twice the log-likelihood falls below its maximum if theta is held.
negbin_fall <- function(fit) {
  fit <- with_rows(fit)
  data <- refit_data(fit)
  link <- fit$family$link
  function(theta) {
    fit$family <- if (is.infinite(theta)) stats::poisson(link) else negative_binomial(theta, link)
    held <- refit(fit, data, data$design, etastart = plain_double(fit$linear.predictors))
    fit$twologlik - (2 * held$rank - held$aic)
  }
}

# Where `fall(theta)` reaches the quantile; 0 or Inf where it does not, however small or large theta.
theta_limits <- function(fit, fall, level) {
  beyond <- function(at) fall(exp(at)) - stats::qchisq(level, 1)
  # truncated counts have a likelihood at 0, that of the logarithmic distribution, from which rounding parts nothing below
  least <- log(1e-16)
  # a step away from the estimate, ever longer, until the limit is passed
  limit <- function(from, step) {
    near <- from
    repeat {
      far <- max(near + step, least)
      if (beyond(far) > 0) break
      if (far == least) return(0)
      near <- far
      step <- 2 * step
    }
    exp(stats::uniroot(beyond, sort(c(near, far)), tol = 1e-9)$root)
  }
  if (is.infinite(fit$theta)) return(c(limit(log(mean(fit$fitted.values)) + 14, -1), Inf))
  from <- log(fit$theta)
  # a curvature near zero says little
  step <- min(fit$SE.theta / fit$theta, 2)
  c(limit(from, -step), if (beyond(Inf) > 0) limit(from, step) else Inf)
}
