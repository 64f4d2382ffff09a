# Tweedie families, and what their fits know beside those of other families.

#' Tweedie families
#'
#' Amounts with variance `phi * mu^p`. For `p` between 1 and 2 they are sums of a Poisson number of gamma amounts: zero where
#' there is none, positive otherwise, as the cost of the claims of a policy, or the rain of a day.
#'
#' @details
#' The coefficients are those of the deviance, as with `statmod::tweedie()`, and so are their standard errors, with Pearson's
#' estimate of the dispersion, as for a Gamma family. Log-likelihood, AIC and BIC need a density, and so a dispersion:
#' they are taken at the one of largest likelihood, `fit$dispersion.ml`, which counts as a parameter; a `p` that was estimated
#' does, too. (`tweedie::AICtweedie()` takes the deviance over the number of rows as dispersion: its log-likelihood is lower.)
#' `drop1()` and `step()` go on with the dispersion of the fit, as R does for other families with a dispersion.
#'
#' With `p = NULL` [glm_rs()] finds the `p` of the largest likelihood, over the coefficients and the dispersion: between 1.01
#' and 1.99 if there are zeros, between 1.01 and 5 if not, since a response without zeros may as well have a `p` of 2 or more. A
#' warning of class `glmrs_warning_boundary` tells that the likelihood is largest at such a limit. The fit is the one that the
#' found `p` gives when it is known: standard errors of coefficients do not take account of its estimation, for which they
#' matter little, since `mu` and `p` are orthogonal parameters. `confint(fit, "p")` is the likelihood-ratio interval,
#' [profile_power()] the profile.
#'
#' Weights divide the dispersion of a row: `phi / w`.
#'
#' [as_glm()] of a fit has its AIC, but `logLik()` of a plain `glm` does not count the power, nor, before R 4.3, the dispersion of
#' a family that is not R's: what packages find from it (see [glm_rs-packages]) is lower by as many.
#'
#' Rows with zeros have finite likelihood for `p` in (1, 2) only; all zeros have none that tells `p`.
#'
#' For amounts that add up over an exposure `w` (costs over years), `y / w` has dispersion `phi / w`: fit `y / w` with
#' `weights = w`. `exposure = w` in [glm_rs()] has the same means, but the variance `phi * (w * mu)^p`.
#'
#' @param p The power of the variance: 0 (gaussian), 1 (Poisson with a dispersion, which has no likelihood), between 1 and
#'   2, 2 (Gamma), or above 2 for positive responses (3: inverse Gaussian). `NULL`: to be estimated.
#' @param link `"log"`, `"identity"`, `"inverse"`, `"sqrt"`, `"1/mu^2"`, or an object such as `power(0.4)`.
#' @param var.power,link.power The arguments of the function of the same name in package statmod, which is called where one
#'   is given, or a `link` that is a number: code that uses it works whichever of the two packages is attached last.
#' @return A family object for [glm_rs()], with the functions that a family of package stats has. Fits have class
#'   `"glm_rs_tweedie"` before the others, and the components `p`, `p.estimated` and `dispersion.ml`.
#'
#'   Errors of class `glmrs_error_argument`: a `p` below 0, for which the response takes all values but means are
#'   positive, which no link here makes sense of, or in (0, 1), for which there is no such distribution.
#' @references Jørgensen, B. (1997) *The Theory of Dispersion Models*. Chapman and Hall.
#'
#'   Dunn, P. K. and Smyth, G. K. (2005) Series evaluation of Tweedie exponential dispersion model densities. *Statistics and
#'   Computing* 15, 267-280.
#' @seealso [dtweedie()], [profile_power()]; `vignette("counts-and-amounts", package = "glmrs")`
#' @examples
#' set.seed(1)
#' d <- data.frame(x = runif(200), years = runif(200, 0.2, 1))
#' d$cost <- rtweedie(200, mu = d$years * exp(1 + d$x), phi = 2, p = 1.6)
#' fit <- glm_rs(cost ~ x, tweedie(NULL), d, exposure = years)
#' summary(fit)
#' confint(fit, "p")
#' @export
tweedie <- function(p = 1.5, link = "log", var.power, link.power) {
  call <- sys.call()
  of_statmod <- !missing(var.power) || !missing(link.power) || is_number(link) && is.finite(link)
  if (of_statmod) return(tweedie_of_statmod(call, parent.frame()))
  if (!is.null(p)) check_power(p, call)
  link <- tweedie_link(link, call)
  if (is.null(p)) return(structure(new_family("Tweedie", link, unknown_power, "tweedie", NA), class = tweedie_class))
  # statmod::qresiduals() and others find `p` here, beside variance()
  variance <- function(mu) mu^p
  dev.resids <- function(y, mu, wt) 2 * wt * tweedie_half_deviance(y, mu, p)
  aic <- function(y, n, mu, wt, dev) 2 - 2 * tweedie_likelihood(y, wt, dev, p)$log_likelihood
  functions <- list(
    p = p, dispersion = NA_real_, variance = variance, dev.resids = dev.resids, aic = aic,
    validmu = function(mu) p == 0 || all(is.finite(mu) & mu > 0),
    initialize = substitute({
      if (p >= 2 && any(y <= 0)) stop("only positive values are allowed for a Tweedie family with a power of 2 or more")
      if (p >= 1 && any(y < 0)) stop("negative values not allowed for the Tweedie family")
      n <- rep(1, nobs)
      mustart <- y + 0.1 * (y == 0)
    }, list(p = p)),
    simulate = function(object, nsim) {
      phi <- object$dispersion.ml
      if (is.null(phi)) phi <- tweedie_likelihood(object$y, object$prior.weights, object$deviance, p)$dispersion
      mu <- stats::fitted(object)
      rtweedie(nsim * length(mu), mu, phi / object$prior.weights, p)
    }
  )
  structure(new_family("Tweedie", link, functions, "tweedie", as.double(p)), class = tweedie_class)
}

tweedie_class <- c("glmrs_tweedie", "glmrs_family", "family")

check_power <- function(p, call) {
  if (!is_number(p) || is.infinite(p)) abort("argument", "`p` must be a number, or NULL for an estimate", call)
  if (p < 0) {
    abort("argument", "`p` must not be negative", call, i = "below 0 responses may be negative, but means may not: use gaussian()")
  }
  if (p > 0 && p < 1) abort("argument", "there is no Tweedie distribution with `p` between 0 and 1", call)
}

tweedie_of_statmod <- function(call, env) {
  if (!requireNamespace("statmod", quietly = TRUE)) {
    abort("package", "`var.power` and `link.power` are arguments of statmod::tweedie(): package statmod is not installed", call)
  }
  call[[1L]] <- quote(statmod::tweedie)
  eval(call, env)
}

tweedie_link <- function(link, call) {
  if (inherits(link, "link-glm")) return(link)
  stats::make.link(check_choice(link, c("log", "identity", "inverse", "sqrt", "1/mu^2"), "link", call))
}

# The functions of a family whose power is to be estimated: there are none yet.
unknown_power <- local({
  refuse <- function(...) abort("family", "the power of the Tweedie family is not known: glm_rs() estimates it")
  list(
    variance = refuse, dev.resids = refuse, aic = refuse, validmu = refuse,
    initialize = expression(stop("the power of the Tweedie family is not known: glm_rs() estimates it")), simulate = refuse
  )
})

# For fitters other than ours, and for residuals: half the unit deviance.
tweedie_half_deviance <- function(y, mu, p) {
  if (p == 0) return((y - mu)^2 / 2)
  # (r^k - 1)/k with its limit
  grown <- function(log_r, k) if (k == 0) log_r else expm1(k * log_r) / k
  log_r <- ifelse(y > 0, log(y / mu), 0)
  positive <- y / mu * grown(log_r, 1 - p) - grown(log_r, 2 - p)
  zero <- if (p < 2) 1 / (2 - p) else Inf
  pmax(0, mu^(2 - p) * ifelse(y > 0, positive, zero))
}

# list(dispersion, log_likelihood) by maximum likelihood over the dispersion; with power 1 there is no density.
tweedie_likelihood <- function(y, weights, deviance, p, threads = NULL, call = NULL) {
  if (p == 1) return(list(dispersion = NA_real_, log_likelihood = NA_real_))
  if (!is.null(weights)) weights <- plain_double(weights)
  rust_tweedie_likelihood(plain_double(y), weights, as.double(deviance), as.double(p), threads, call)
}

# What glm.fit() would return, with the likelihood that the core leaves out.
with_tweedie_likelihood <- function(parts, response, family, control, call) {
  found <- tweedie_likelihood(response$y, response$weights, parts$deviance, family$p, control$threads, call)
  parts[c("p", "p.estimated", "dispersion.ml")] <- list(family$p, FALSE, found$dispersion)
  parts$aic <- 2 * (parts$rank + 1) - 2 * found$log_likelihood
  parts
}

#' @exportS3Method
fit_model.glmrs_tweedie <- function(family, request) {
  check_one_part(request)
  mold <- mold(request$call, request$env, request$contrasts, request$data)
  estimated <- is.null(family$p)
  if (estimated) family <- estimated_power(family, request, mold)
  fit <- fit_mold(family, request, mold)
  if (estimated) {
    fit$p.estimated <- TRUE
    fit$aic <- fit$aic + 2
  }
  fit
}

#' @export
logLik.glm_rs_tweedie <- function(object, ...) {
  df <- object$rank + 1L + object$p.estimated
  structure(df - object$aic / 2, nobs = stats::nobs(object), df = df, class = "logLik")
}

#' @export
summary.glm_rs_tweedie <- function(object, ...) {
  result <- NextMethod()
  result[c("p", "p.estimated", "dispersion.ml")] <- unclass(object)[c("p", "p.estimated", "dispersion.ml")]
  `class<-`(result, unique(c("summary.glm_rs_tweedie", class(result))))
}

#' @export
print.summary.glm_rs_tweedie <- function(x, ...) {
  NextMethod()
  cat(
    "Power of the variance: ", format(x$p, digits = 5L), if (x$p.estimated) " (by maximum likelihood)",
    if (x$p != 1) paste0("; dispersion by maximum likelihood: ", format(x$dispersion.ml, digits = 5L)), "\n\n",
    sep = ""
  )
  invisible(x)
}
