# What a fit of two parts tells about itself.

#' Methods for zero-inflated and hurdle models
#'
#' What can be asked of a fit of [glm_rs()] with a family [zero_inflated()] or [hurdle()]. The names of coefficients and the
#' types of predictions are those of package pscl.
#'
#' The covariances of the kinds `"HC0"`, `"HC1"`, `"sandwich"`, `"qmle"`, `"OPG"`, `"cluster"`, `"HAC"`, `"DK"`, `"jackknife"` (of
#' fits without each row or cluster) and `"bootstrap"` are those of [vcov.glm_rs()], with the scores of all parameters,
#' `log(theta)` among them; leverages, and so the other kinds, are not defined. Package sandwich is given the scores of the
#' coefficients from which those of an estimated `log(theta)` are swept out, so that its products are the same covariances.
#'
#' `anova()` compares nested fits by likelihood ratios, in the order that they are given in. A theta that one of them lacks is at
#' the boundary there: the p-value is then too large, by a factor of 2 if nothing else is tested. With another covariance than
#' the model's they mean nothing. `lmtest::lrtest()`, [stats::AIC()] and [stats::BIC()] work. Refused, since there is no one
#' linear predictor: `deviance()`, [stats::drop1()], [stats::add1()], `hatvalues()`, `influence()`, `cooks.distance()` and
#' `plot()`, beside which are [quantile_residuals()] and [rootogram()].
#'
#' @param object,x A fit.
#' @param part `"full"` for both parts, whose names then begin with `count_` and `zero_`, `"count"` or `"zero"`.
#' @param type For `vcov()` the kind of covariance, see above; `NULL`: that of the observed information. For `confint()`:
#'   `"Wald"`, estimates and quantiles times standard errors, or `"profile"`, where twice the log-likelihood has fallen by the
#'   quantile of chi-squared if the coefficient is held and the others are fitted again. For `residuals()`: `"pearson"`, times the
#'   square root of the weights, or `"response"`.
#' @param cluster As for [vcov.glm_rs()].
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param vcov The kind of covariance, a formula of clusters, a matrix or a function; options of the kind in `...`.
#' @param parm Names or positions of coefficients; all by default.
#' @param level Coverage of the intervals.
#' @param nsim,seed As for [stats::simulate()].
#' @param formula.,evaluate As for [stats::update()]: in `. ~ . + w | .` each dot stands for what its part was; a formula
#'   without `|` changes both parts.
#' @param digits Significant digits to print.
#' @param ... Options of the kind of covariance; for `anova()` more fits, for `update()` arguments of [glm_rs()].
#' @return `vcov()`: the covariance of the coefficients. `confint()`: limits, `NA` where a profile does not reach the
#'   quantile. `summary()`: tables of both parts (`coefficients`), with a row `Log(theta)` where it is estimated, and what
#'   the standard errors are (`standard.errors`). `simulate()`: a data frame of `nsim` columns. `logLik()`: with the number of
#'   parameters that are not aliased, log(theta) among them.
#' @examples
#' d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10))
#' fit <- glm_rs(y ~ x | 1, family = hurdle(), data = d)
#' coef(fit, "count")
#' vcov(fit, "HC1")
#' confint(fit, type = "profile")
#' anova(glm_rs(y ~ 1, family = hurdle(), data = d), fit)
#' @name glm_rs_zero-methods
NULL

check_part <- function(part, call) check_choice(part, c("full", "count", "zero"), "part", call)

#' @rdname glm_rs_zero-methods
#' @export
coef.glm_rs_zero <- function(object, part = c("full", "count", "zero"), ...) {
  part <- check_part(part, sys.call())
  if (part != "full") return(object$coefficients[[part]])
  parts <- object$coefficients
  prefix <- function(part) stats::setNames(parts[[part]], paste(part, names(parts[[part]]), sep = "_"))
  c(prefix("count"), prefix("zero"))
}

#' @export
terms.glm_rs_zero <- function(x, part = c("full", "count", "zero"), ...) x$terms[[check_part(part, sys.call())]]

#' @export
model.matrix.glm_rs_zero <- function(object, part = c("count", "zero"), ...) {
  part <- check_choice(part, c("count", "zero"), "part", sys.call())
  (object[["x", exact = TRUE]] %||% zero_matrices(object, model_mold(object)))[[part]]
}

#' @export
fitted.glm_rs_zero <- function(object, ...) {
  check_no_dots(list(...), sys.call())
  means <- object$fitted.values %||% zero_means(object, zero_predictors(object, model_mold(object)))$mean
  napredict(object$na.action, means)
}

#' @rdname glm_rs_zero-methods
#' @export
residuals.glm_rs_zero <- function(object, type = c("pearson", "response"), ...) {
  type <- check_choice(type, c("pearson", "response"), "type", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  means <- zero_means(object, zero_predictors(object, mold))
  residuals <- mold$counts - means$mean
  if (type == "pearson") {
    spread <- 1 / zero_shapes(object)[["count"]]
    other <- if (inherits(object, "glm_rs_hurdle")) 1 - means$zero else means$zero
    variance <- means$mean * (1 + (other + spread) * means$mu)
    residuals <- residuals / sqrt(variance) * sqrt(mold$weights %||% 1)
  }
  naresid(object$na.action, with_names(residuals, mold$names))
}

#' @rdname glm_rs_zero-methods
#' @export
simulate.glm_rs_zero <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_count(nsim, "nsim", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  eta <- zero_predictors(object, mold)
  simulated_counts(object, mold, nsim, seed, function() zero_draw(object, eta))
}

# `draw()` gives a count for each row.
simulated_counts <- function(fit, mold, nsim, seed, draw) {
  state <- start_of_draws(seed)
  on.exit(state$restore())
  if (any(mold$weights != 1)) warn("weights", "ignoring prior weights", fit$call)
  draws <- replicate(nsim, draw(), simplify = FALSE)
  names(draws) <- paste0("sim_", seq_len(nsim))
  structure(as.data.frame(draws, row.names = mold$names), seed = state$seed)
}

# As stats::simulate() does it: list(seed, restore).
start_of_draws <- function(seed) {
  if (!exists(".Random.seed", envir = globalenv(), inherits = FALSE)) stats::runif(1)
  before <- get(".Random.seed", envir = globalenv())
  if (is.null(seed)) return(list(seed = before, restore = function() NULL))
  set.seed(seed)
  seed <- structure(seed, kind = as.list(RNGkind()))
  list(seed = seed, restore = function() assign(".Random.seed", before, envir = globalenv()))
}

# Counts above zero are drawn by their quantiles, at a uniform share of what is above that of zero.
zero_draw <- function(fit, eta) {
  n <- length(eta$count)
  mu <- exp(eta$count)
  shape <- zero_shapes(fit)[["count"]]
  if (!inherits(fit, "glm_rs_hurdle")) {
    counts <- if (is.infinite(shape)) stats::rpois(n, mu) else stats::rnbinom(n, size = shape, mu = mu)
    return(ifelse(stats::runif(n) < fit$family$zero.link$linkinv(eta$zero), 0, counts))
  }
  crossed <- log(stats::runif(n)) < log_crossing(fit, eta$zero)
  share <- log(stats::runif(n)) + log_above_zero(mu, shape)
  quantile <- if (is.infinite(shape)) {
    stats::qpois(share, mu, lower.tail = FALSE, log.p = TRUE)
  } else {
    stats::qnbinom(share, size = shape, mu = mu, lower.tail = FALSE, log.p = TRUE)
  }
  # a share that rounding makes all of it is that of zero
  ifelse(crossed, pmax(quantile, 1), 0)
}

#' @rdname glm_rs_zero-methods
#' @export
update.glm_rs_zero <- function(object, formula., ..., evaluate = TRUE) {
  call <- findable_call(object$call, environment(stats::formula(object)))
  if (!missing(formula.)) call$formula <- update_two_parts(object$formula, new_formula(formula., sys.call()), sys.call())
  call <- with_arguments(call, match.call(expand.dots = FALSE)$...)
  if (evaluate) eval(call, parent.frame()) else call
}

# What update() is given.
new_formula <- function(x, call) as_glmrs_error(stats::as.formula(x), "argument", call)

#' @export
plot.glm_rs_zero <- function(x, ...) {
  refuse("plot()", sys.call(), "look at plot(quantile_residuals(fit)) and plot(rootogram(fit))")
}

#' @export
deviance.glm_rs_zero <- function(object, ...) refuse("deviance()", sys.call())

#' @export
drop1.glm_rs_zero <- function(object, ...) refuse("drop1()", sys.call(), "compare fits by anova()")

#' @export
add1.glm_rs_zero <- function(object, ...) refuse("add1()", sys.call(), "compare fits by anova()")
