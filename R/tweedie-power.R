# The power of a Tweedie family by maximum likelihood: each value is a fit that starts from the one before.

# Where the power is sought, and the values that are tried first. With zeros only powers between 1 and 2 have a likelihood.
power_range <- function(y, weights) if (any(y == 0 & !without_weight(y, weights))) c(1.01, 1.99) else c(1.01, 5)

without_weight <- function(y, weights) if (is.null(weights)) logical(length(y)) else weights == 0

# Near 1, where amounts are almost multiples of the dispersion, a likelihood may have a peak for each way to count them.
first_powers <- function(range) {
  powers <- c(1.0125, 1.015, 1.02, 1.025, 1.03, 1.04, 1.05, 1.07, 1.1, 1.2, 1.35, 1.5, 1.65, 1.8, 1.95, 2.2, 2.6, 3, 4)
  c(range[1L], powers[powers < range[2L]], range[2L])
}

# function(p) that gives c(log_likelihood, dispersion) of the fit with power p; NA where there is no fit. Fits start from the one
# before, or, for what must not depend on the order of the powers, from the coefficients `home` of an estimate; `start` as in
# fit_design().
power_profile <- function(family, design, response, offset, control, rows, call, start = NULL, home = NULL) {
  link <- link_of(family)
  # such a zero tells nothing of the power, but would be refused above 2: any amount does
  idle <- which(response$y == 0 & without_weight(response$y, response$weights))
  response$y[idle] <- max(response$y, 0, na.rm = TRUE)
  # where the deviance is far from a parabola, near powers of 3 and with few rows, steps turn back and forth
  control$maxit <- max(control$maxit, 200)
  fit_at <- function(p, start) {
    said_before(fit_design(
      design, response, tweedie(p, link), call, offset, control, start, null_model = "offset", rows = rows
    ))
  }
  attempt <- function(...) tryCatch(fit_at(...), glmrs_error = function(e) NULL)
  as_start <- function(coefficients) list(coefficients = ifelse(is.na(coefficients), 0, unname(coefficients)))
  # what is wrong with the data shows here
  last <- list2env(list(start = as_start(home %||% fit_at(1.5, start)$coefficients)))
  function(p) {
    fit <- attempt(p, last$start)
    # above 2 the deviance may have several minima, and runs out flat towards large means
    if (p > 2 || !isTRUE(fit$converged)) fit <- better_fit(fit, attempt(p, start))
    if (is.null(fit) || !is.null(home) && !fit$converged) return(c(NA_real_, NA_real_))
    if (is.null(home) && fit$converged) last$start <- as_start(fit$coefficients)
    c(fit$rank + 1 - fit$aic / 2, fit$dispersion.ml)
  }
}

# Of two fits with one power, either of which may be NULL: one that converged, else the more likely one.
better_fit <- function(one, other) {
  if (is.null(one) || is.null(other)) return(one %||% other)
  if (one$converged != other$converged) return(if (one$converged) one else other)
  # a fit that ran away may have lost columns
  if (isTRUE(other$aic - 2 * other$rank < one$aic - 2 * one$rank)) other else one
}

link_of <- function(family) structure(c(list(name = family$link), unclass(family)[link_parts]), class = "link-glm")

# The family with the power of largest likelihood.
estimated_power <- function(family, request, mold) {
  call <- request$call
  response <- as_response(mold$y, mold$names, mold$weights, family$family, call)
  positive <- response$y > 0
  if (!is.null(response$weights)) positive <- positive & response$weights > 0
  if (!any(positive, na.rm = TRUE)) {
    abort("power", "no response is positive: the data do not determine the power of the variance", call, i = "give `p`, or look at the data")
  }
  profile <- power_profile(
    family, mold$design, response, mold$offset, request$control, mold$names, call, start_of(request, mold)
  )
  range <- power_range(response$y, response$weights)
  powers <- first_powers(range)
  heights <- vapply(powers, function(p) profile(p)[1L], 0)
  if (!any(is.finite(heights))) {
    abort("power", "the likelihood has no maximum: the data do not determine the power of the variance", call, i = "give `p`")
  }
  best <- highest_power(profile, powers, heights)
  if (best %in% range) {
    warn("boundary", sprintf("the likelihood is largest at the limit of the powers that are tried, %s", format(best)),
      call, i = if (best == range[1L]) {
        "amounts that are multiples of one number have no other maximum: a Poisson family may fit them"
      } else {
        "a Gamma or inverse Gaussian family may fit; with `p` one can be chosen"
      }
    )
  }
  tweedie(best, link_of(family))
}

# The power of largest likelihood: the highest of the peaks about the `powers` that are no lower than their neighbours.
highest_power <- function(profile, powers, heights) {
  heights[is.na(heights)] <- -Inf
  n <- length(powers)
  height <- function(p) {
    found <- profile(p)[1L]
    if (is.na(found)) -Inf else found
  }
  peaks <- which(is.finite(heights) & heights >= c(-Inf, heights[-n]) & heights >= c(heights[-1L], -Inf))
  found <- vapply(peaks, function(i) {
    # its error is the root of what the likelihood can tell: 1e-8 of a likelihood of 1e4 or more
    peak <- stats::optimize(height, powers[c(max(i - 1L, 1L), min(i + 1L, n))], maximum = TRUE, tol = 1e-7)
    # a search that ends at a limit stops its tolerance before it
    at_limit <- i %in% c(1L, n) && abs(peak$maximum - powers[i]) < 1e-5
    if (at_limit || heights[i] > peak$objective) c(powers[i], heights[i]) else c(peak$maximum, peak$objective)
  }, c(0, 0))
  found[1L, which.max(found[2L, ])]
}

# power_profile() of a fit.
power_profile_of <- function(fit) {
  if (!inherits(fit, "glm_rs_tweedie")) {
    abort("argument", "`fit` must be a fit of glm_rs() with a tweedie() family", sys.call(-1L))
  }
  data <- refit_data(with_rows(fit))
  profile <- power_profile(
    fit$family, data$design, data$response, data$offset, as_control(fit$control, fit$call), data$response$names, fit$call,
    home = fit$coefficients
  )
  list(at = profile, range = power_range(data$response$y, data$response$weights))
}

#' Profile likelihood of the power of a Tweedie family
#'
#' The log-likelihood at values of the power `p`, each with the coefficients and the dispersion that make it largest.
#'
#' @param fit A fit of [glm_rs()] with a [tweedie()] family.
#' @param p Values of the power, above 1. By default 21 values about the 99.9% interval, where `p` was estimated, else
#'   between 1.05 and 1.95.
#' @param x A profile.
#' @param level Coverage of the interval that the plot shows.
#' @param ... For the plot: passed to [plot()].
#' @return A data frame of class `"profile_power"`, with the columns `p`, `log_likelihood` and `dispersion`. `NA` where no fit
#'   converges.
#' @seealso [tweedie()], whose fits have `confint(fit, "p")`.
#' @examples
#' set.seed(1)
#' d <- data.frame(x = runif(200))
#' d$cost <- rtweedie(200, mu = exp(1 + d$x), phi = 2, p = 1.6)
#' plot(profile_power(glm_rs(cost ~ x, tweedie(), d)))
#' @export
profile_power <- function(fit, p = NULL) {
  call <- sys.call()
  profile <- power_profile_of(fit)
  if (is.null(p)) {
    ends <- c(1.05, 1.95)
    if (fit$p.estimated) {
      interval <- power_interval(fit, profile, 0.999)
      ends <- pmin(pmax(ifelse(is.na(interval), profile$range, interval), profile$range[1L]), profile$range[2L])
    }
    p <- seq(ends[1L], ends[2L], length.out = 21L)
  }
  if (!is.numeric(p) || anyNA(p) || any(p <= 1)) abort("argument", "`p` must be numbers above 1", call)
  found <- vapply(p, profile$at, c(0, 0))
  structure(
    data.frame(p = p, log_likelihood = found[1L, ], dispersion = found[2L, ]), class = c("profile_power", "data.frame")
  )
}

#' @rdname profile_power
#' @export
plot.profile_power <- function(x, level = 0.95, ...) {
  check_level(level, sys.call())
  line <- max(x$log_likelihood, na.rm = TRUE) - stats::qchisq(level, 1) / 2
  draw_with(graphics::plot, list(x$p, x$log_likelihood, type = "b", xlab = "p", ylab = "log-likelihood"), list(...))
  graphics::abline(h = line, lty = 2)
  invisible(x)
}

# Where twice the log-likelihood is below its maximum by the quantile: to the limits of the range, if it is not there; NaN where
# a fit on the way has failed.
power_interval <- function(fit, profile, level) {
  top <- as.numeric(stats::logLik(fit))
  below <- function(p) 2 * (top - profile$at(p)[1L]) - stats::qchisq(level, 1)
  # above the powers that are tried the likelihood is not known
  ends <- c(1, if (profile$range[2L] < 2) 2 else NA)
  powers <- first_powers(profile$range)
  limit <- function(side) {
    # an estimate at a limit
    if (abs(profile$range[side] - fit$p) < 1e-6) return(ends[side])
    near <- fit$p
    # far from the estimate there may be no fit, though the limit is passed long before
    for (far in if (side == 1L) rev(powers[powers < near]) else powers[powers > near]) {
      fall <- below(far)
      if (is.na(fall)) return(NaN)
      if (fall > 0) {
        # the fit of the estimate itself may not have converged
        return(tryCatch(stats::uniroot(below, sort(c(near, far)), tol = 1e-7)$root, simpleError = function(e) NaN))
      }
      near <- far
    }
    ends[side]
  }
  c(limit(1L), limit(2L))
}

#' @export
confint.glm_rs_tweedie <- function(object, parm, level = 0.95, trace = FALSE, test = c("LRT", "Rao"), vcov = NULL,
                                   type = c("profile", "Wald", "score"), ...) {
  call <- sys.call()
  names <- names(object$coefficients)
  # a covariate may have that name
  if (missing(parm) || !is.character(parm) || !"p" %in% parm || "p" %in% names) return(NextMethod())
  check_level(level, call)
  if (!is.null(vcov)) abort("argument", "`vcov` is for coefficients: the interval of the power is by the profile likelihood", call)
  check_no_dots(list(...), call)
  type <- check_choice(type, c("profile", "Wald", "score"), "type", call)
  if (type != "profile") abort("argument", sprintf('the power has no interval of type "%s"', type), call, i = 'use "profile"')
  if (!object$p.estimated) abort("argument", "`parm`: the power `p` was given, not estimated", call)
  limits <- rbind(p = power_interval(object, power_profile_of(object), level))
  colnames(limits) <- percent_labels(tails_of(level))
  warn_of_unreached(limits, "likelihood", call)
  limits[is.nan(limits)] <- NA
  others <- setdiff(parm, "p")
  if (!length(others)) return(limits)
  rest <- confint.glm_rs(object, others, level, trace, test)
  rest <- matrix(rest, length(others), 2L, dimnames = list(others, colnames(limits)))
  rbind(limits, rest)[parm, , drop = FALSE]
}
