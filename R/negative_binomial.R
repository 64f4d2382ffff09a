# The negative binomial family, with theta given or to be found.

#' Negative binomial family
#'
#' Counts whose variance is `mu + mu^2 / theta` (NB2): Poisson counts with rates that vary by a gamma distribution of shape
#' `theta`; or `mu + mu / theta` (NB1), with gamma distributions of shape `theta * mu`.
#'
#' With `theta = NULL`, [glm_rs()] finds theta and the coefficients that make the likelihood greatest, as
#' `MASS::glm.nb()` does, but to convergence. Prior weights multiply the rows' log-likelihoods. The fit has the class
#' `"glm_rs_negbin"` before those of any fit, `theta`, its standard error `SE.theta` (from the second derivative of the
#' log-likelihood), `twologlik` and `theta.status`; its `family` has that theta, and all methods that fit parts of the model
#' again ([anova()] of one fit, [drop1()], [add1()], [profile()], [confint()] of coefficients) hold theta there.
#' `logLik()` and `AIC()` count it as a parameter.
#'
#' * `summary()` shows theta; standard errors of the coefficients are those of a known theta, since both are independent in
#'   large samples (their expected information is block-diagonal).
#' * `vcov(fit, theta = TRUE)` adds theta to the covariance of the model; without it, and for all robust kinds, the matrix is
#'   that of the coefficients, which is what [vcov()] of other fits is and other packages expect.
#' * `confint(fit, "theta")` is the interval of the profile likelihood; its upper limit is `Inf` where the Poisson
#'   distribution is not rejected. With `type = "Wald"` it is theta and so many of its standard errors.
#' * `anova()` of several fits compares their likelihoods, each with its own theta.
#'
#' Counts that vary no more than Poisson counts have their greatest likelihood at an infinite theta. That is found at once
#' and said in a warning of class `glmrs_warning_boundary`; the fit is then the Poisson fit, with `theta = Inf`,
#' `SE.theta = NA` and `theta.status = "poisson"`. A theta of zero is never the maximum unless all counts are zero, which
#' is an error. So are responses that are not whole numbers, where theta is to be found.
#'
#' With `type = "nb1"` the model is no generalized linear model for a given theta either: [glm_rs()] finds the coefficients, and
#' theta, by Newton's method on the observed information, as for [zero_truncated()]. The fit is that of [glm_rs_count-methods],
#' with the same warning where theta is infinite. `1 / theta` is what other programs call alpha, phi or delta.
#'
#' @param theta The shape, a positive number; `NULL` to estimate it, in [zero_inflated()] and [hurdle()] models, too.
#' @param link `"log"`, `"sqrt"` or `"identity"`; for NB1 `"log"`.
#' @param type How the variance grows with the mean: `"nb2"` or `"nb1"`.
#' @return A family object for [glm_rs()], with the functions that a family of package stats has where theta is given. Its
#'   dispersion is 1.
#' @references Cameron, A. C. and Trivedi, P. K. (1986) Econometric models based on count data: comparisons and applications
#'   of some estimators and tests. *Journal of Applied Econometrics* 1, 29-53.
#'
#' Lawless, J. F. (1987) Negative binomial and mixed Poisson regression. *The Canadian Journal of Statistics*
#'   15, 209-225.
#'
#' Venables, W. N. and Ripley, B. D. (2002) *Modern Applied Statistics with S*, 4th edition, section 7.4.
#' @seealso [dispersion_test()], [rootogram()], [quantile_residuals()]
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial())
#' summary(fit)
#' confint(fit, "theta")
#' glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial(2))
#' glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial(type = "nb1"))
#' @export
negative_binomial <- function(theta = NULL, link = c("log", "sqrt", "identity"), type = c("nb2", "nb1")) {
  call <- sys.call()
  link <- check_choice(link, c("log", "sqrt", "identity"), "link", call)
  type <- check_choice(type, c("nb2", "nb1"), "type", call)
  if (!is.null(theta)) {
    theta <- check_positive(theta, "theta", call)
    if (is.infinite(theta)) abort("argument", "`theta` must be finite: with an infinite theta it is poisson()", call)
  }
  if (type == "nb1") {
    if (link != "log") abort("argument", 'type = "nb1" has a log link', call)
    return(new_count_family("whole", "nb1", theta %||% NA_real_))
  }
  link <- stats::make.link(link)
  shared <- list(
    validmu = function(mu) all(is.finite(mu) & mu > 0),
    initialize = expression({
      if (any(y < 0)) stop("negative values not allowed for the negative binomial family")
      n <- rep(1, nobs)
      mustart <- y + (y == 0) / 6
    }),
    dispersion = 1
  )
  if (is.null(theta)) {
    unknown <- function(...) abort("family", "theta of negative_binomial() is not known: glm_rs() estimates it", sys.call())
    functions <- c(list(variance = unknown, dev.resids = unknown, aic = unknown, simulate = unknown), shared)
    family <- new_family("Negative Binomial", link, functions, "negative_binomial", NA_real_)
    return(`class<-`(family, c("glmrs_theta", class(family))))
  }
  variance <- function(mu) mu + mu^2 / theta
  dev.resids <- function(y, mu, wt) {
    2 * wt * (y * log(pmax(1, y) / mu) - (y + theta) * log((y + theta) / (mu + theta)))
  }
  aic <- function(y, n, mu, wt, dev) -2 * sum(wt * stats::dnbinom(y, size = theta, mu = mu, log = TRUE))
  simulate <- function(object, nsim) {
    if (any(object$prior.weights != 1)) warn("weights", "ignoring prior weights", object$call)
    mu <- stats::fitted(object)
    stats::rnbinom(nsim * length(mu), size = theta, mu = mu)
  }
  functions <- c(list(variance = variance, dev.resids = dev.resids, aic = aic, simulate = simulate), shared)
  new_family(sprintf("Negative Binomial(%s)", format(theta, digits = 4L)), link, functions, "negative_binomial", theta)
}

# The core's name of the family that a search for theta begins with: see family_spec().
theta_spec <- function(family) c(list(family = "poisson", likelihood = TRUE, quasi = FALSE), link_spec(family))

# The family of a fit whose theta was found, which is told about what went wrong.
family_with_theta <- function(theta, link, control, call) {
  if (control$trace) cat(sprintf("theta = %s\n", format(theta$history, digits = 8L)), sep = "")
  if (is.infinite(theta$value)) {
    warn(
      "boundary", "theta is infinite: the counts vary no more than Poisson counts", call,
      i = "this is the fit of the Poisson distribution: poisson() has it without theta"
    )
    return(stats::poisson(link))
  }
  if (!theta$converged) {
    warn(
      "not_converged", "theta did not converge", call, x = sprintf("it stopped after %d rounds", length(theta$history)),
      i = "give a larger `maxit`"
    )
  }
  negative_binomial(theta$value, link)
}

# The parts of a fit with what is known of theta. The AIC counts it.
with_theta <- function(parts, theta) {
  boundary <- is.infinite(theta$value)
  twologlik <- 2 * parts$rank - parts$aic
  parts$aic <- parts$aic + 2
  parts$converged <- parts$converged && theta$converged
  status <- if (boundary) "poisson" else if (theta$converged) "converged" else "not converged"
  c(parts, list(
    theta = theta$value, SE.theta = if (boundary) NA_real_ else theta$standard_error, twologlik = twologlik,
    theta.status = status
  ))
}
