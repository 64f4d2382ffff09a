# Robust and quantile regression by formula.

#' Robust regression and quantile regression
#'
#' Coefficients at which a sum of losses of the residuals is least, with the covariance that belongs to them.
#'
#' *Robust regression*: [huber()], [bisquare()] or [hampel()] of residuals in units of their scale, by iteratively
#' reweighted least squares from the least squares fit or from `start`, as `MASS::rlm()` does with `method = "M"`. The scale
#' is estimated anew in each step: `"MAD"` is the median of the absolute residuals over 0.6745; `"proposal2"` is Huber's
#' proposal 2 with corner `k2`, an equation of its own, which is what `rlm()` has under both of its other names.
#' `bisquare()` and `hampel()` may have several solutions: which one is found depends on the start. Where they give no weight to
#' any row that determines a coefficient, as one gross outlier in a small group can bring about, the search begins again from
#' the fit by `huber()`.
#'
#' *Quantile regression*: `quantile(tau)`. The solution goes through as many rows as there are coefficients. It is found by
#' an interior point method (Portnoy and Koenker, 1997), whose last steps exchange one such row for another. Where several
#' coefficients are equally good one of them is returned.
#'
#' *Covariance*: that of [vcov()][vcov.m_estimate]. The sandwich of a robust regression takes account of the equation of
#' proposal 2. The influence of the MAD is left out, as usual: it is zero where errors are symmetric. The bread of quantile
#' regression has the density of the residuals at zero by a normal kernel with the bandwidth of Hall and Sheather, and
#' the meat is its expected value, tau (1 - tau) X'X / n: it is the covariance of `summary(rq(...), se = "ker")`. With
#' `type = "model"` the errors are taken to have one distribution in all rows: for robust regression this is the covariance
#' of `MASS::rlm()`, for quantile regression tau (1 - tau) / f(0)^2 (X'X)^-1 with the same density.
#'
#' Columns that the columns before them explain have the coefficient `NA`, as in `lm()`. Rows of weight 0 take no part.
#'
#' @param objective A formula.
#' @param data,subset,na.action,offset,contrasts As in [stats::lm()].
#' @param loss What is minimised: see [huber()].
#' @param scale How the scale of the residuals is estimated, in robust regression.
#' @param weights Prior weights, not negative.
#' @param start Coefficients to start a robust regression from, one for each column.
#' @param k2 Corner of `scale = "proposal2"`.
#' @param wt.method What weights mean in robust regression: `"inv.var"`: the variance of a row's error is inversely
#'   proportional to its weight. `"case"`: to the coefficients, the scale and the covariance of type `"model"` a row of weight
#'   2 is two rows, as in `MASS::rlm()`; to the sandwich and to `nobs()` it is one row of twice the estimating function, as in
#'   package sandwich (sums by clusters are the same either way). In quantile regression weights multiply the losses.
#' @param max_iterations Most steps of the search.
#' @param tolerance Distance from the solution, in standard errors, at which the search stops.
#' @param ... For `predict()` the options of the covariance; else not used.
#' @return A list of class `"m_estimate"`: `coefficients`, `residuals`, `fitted.values`, `loss`, `scale` (the scale itself) and
#'   `scale_estimate` (how it was estimated), `w` (the weights psi(u) / u of the last step, times case weights), `value`
#'   (the sum of the losses), `bread`, `meat` and `cov.model` of the coefficients that are not aliased, `converged`,
#'   `status`, `iterations`, `distance`, and what a fit by formula has: `weights`, `offset`, `terms`, `model`, `xlevels`,
#'   `contrasts`, `na.action`, `call`; `nobs`, in which rows of weight 0 do not count. With it work `summary()`,
#'   `confint()`, `predict()`, `residuals()`, `fitted()`, `weights()` (`type = "robustness"` for `w`), `nobs()`,
#'   `df.residual()`, `formula()`, `model.frame()` and `plot()`, `sigma()` of robust regressions (the scale), and `logLik()` of
#'   quantile regressions (of asymmetric Laplace errors, as in package quantreg).
#' @references Huber, P. J. (1981) *Robust Statistics*. Wiley. Koenker, R. and Bassett, G. (1978) Regression quantiles.
#'   *Econometrica* 46, 33-50. Koenker, R. (2005) *Quantile Regression*. Cambridge University Press. Portnoy, S. and Koenker,
#'   R. (1997) The Gaussian hare and the Laplacian tortoise. *Statistical Science* 12, 279-300.
#' @seealso [huber()] for the losses, [m_estimate()] for functions of your own, [vcov.m_estimate()].
#' @examples
#' fit <- m_estimate(stack.loss ~ ., data = stackloss, loss = huber())
#' summary(fit)
#' summary(fit, vcov = "model")
#' # which rows are far off?
#' which(weights(fit, "robustness") < 0.5)
#' upper <- m_estimate(dist ~ speed, data = cars, loss = quantile(0.9))
#' predict(upper, data.frame(speed = c(10, 20)))
#' @export
m_estimate.formula <- function(objective, data, loss = huber(), scale = c("MAD", "proposal2"), weights, subset, na.action,
                               offset, start = NULL, k2 = 1.345, wt.method = c("inv.var", "case"), contrasts = NULL,
                               max_iterations = 200, tolerance = 1e-6, ...) {
  call <- match.call()
  call[[1L]] <- quote(m_estimate)
  env <- parent.frame()
  if (...length()) check_no_dots(as.list(match.call(expand.dots = FALSE)$...), call)
  loss <- eval_loss(substitute(loss), env, call)
  options <- list(
    scale = check_choice(scale, c("MAD", "proposal2"), "scale", call), k2 = check_positive(k2, "k2", call),
    wt.method = check_choice(wt.method, c("inv.var", "case"), "wt.method", call),
    start = if (!is.null(start)) check_start_values(start, call),
    tolerance = check_positive(tolerance, "tolerance", call),
    max_iterations = check_count(max_iterations, "max_iterations", call)
  )
  if (loss$name == "quantile") {
    given <- intersect(c("scale", "k2", "wt.method", "start"), names(call))
    if (length(given)) abort("argument", paste0("quantile regression has no `", given[1L], "`: leave it out"), call)
  }
  names(call)[names(call) == "objective"] <- "formula"
  mold <- mold(call, env, contrasts)
  names(call)[names(call) == "formula"] <- "objective"
  fit <- new_regression(fit_regression(mold, loss, options, call), mold, loss, options, call)
  warn_about_search(fit, call)
  fit
}

fit_regression <- function(mold, loss, options, call) {
  if (!length(mold$design$names)) abort("formula", "there is nothing to fit: the formula has no terms", call)
  y <- mold$y
  if (!is.numeric(y) && !is.logical(y) || is.factor(y) || !is.null(dim(y))) {
    abort("response", paste("the response must be a numeric vector, not", describe(y)), call)
  }
  data <- list(plain_double(y), mold$weights, mold$offset)
  settings <- core_settings(loss, options)
  if (loss$name == "quantile") return(rust_quantile_fit(mold$design, data, settings, call, mold$names))
  rust_robust_fit(mold$design, data, core_loss(loss), settings, call, mold$names)
}

core_loss <- function(loss) list(loss$name, plain_double(loss$constants))

# What the core asks for beside data and loss.
core_settings <- function(loss, options) {
  limits <- list(options$tolerance, options$max_iterations)
  if (loss$name == "quantile") return(c(list(loss$constants[["tau"]]), limits))
  start <- if (!is.null(options$start)) plain_double(unname(options$start))
  c(list(options$scale, options$k2, options$wt.method, start), limits)
}

new_regression <- function(found, mold, loss, options, call) {
  names <- mold$design$names
  coefficients <- stats::setNames(found$coefficients, names)
  coefficients[found$aliased] <- NA
  kept <- names[!found$aliased]
  of_kept <- function(matrix) `dimnames<-`(matrix, list(kept, kept))
  of_rows <- function(x) with_names(x, mold$names)
  weights <- if (!is.null(mold$weights)) of_rows(mold$weights)
  robust <- if (loss$name != "quantile") {
    case <- if (options$wt.method == "case") mold$weights %||% 1 else 1
    list(
      scale = found$scale, scale_estimate = options$scale, w = of_rows(found$robustness * case),
      scale_rows = if (length(found$scale_rows)) found$scale_rows, scale_slope = found$scale_slope
    )
  }
  fit <- list(
    coefficients = coefficients, kind = "regression", loss = loss, value = found$value,
    nobs = if (is.null(weights)) nrow(mold$frame) else sum(weights > 0), residuals = of_rows(found$parts$residuals),
    fitted.values = of_rows(plain_double(mold$y) - found$parts$residuals),
    bread = of_kept(found$parts$bread), meat = of_kept(found$parts$meat), cov.model = of_kept(found$parts$model),
    scores = found$parts$scores, weights = weights, offset = mold$offset, formula = stats::formula(mold$terms),
    terms = mold$terms, model = mold$frame, xlevels = stats::.getXlevels(mold$terms, mold$frame), contrasts = mold$design$contrasts,
    na.action = attr(mold$frame, "na.action"), settings = options, call = call
  )
  structure(c(fit, search_facts(found), robust), class = "m_estimate")
}

# The n x r estimating functions of the coefficients that are not aliased.
regression_functions <- function(object) {
  psi <- stats::model.matrix(object)[, !is.na(object$coefficients), drop = FALSE] * object$scores
  # what is left when the equation of the scale is solved for it
  if (!is.null(object$scale_rows)) psi <- psi - object$scale_rows %o% object$scale_slope
  psi
}

#' @rdname m_estimate.formula
#' @param object A fit.
#' @param newdata Covariates to predict for; those of the fit by default.
#' @param se.fit Standard errors of the predictions, too?
#' @param vcov The covariance that they are from, see [vcov.m_estimate()].
#' @export
predict.m_estimate <- function(object, newdata = NULL, se.fit = FALSE, na.action = stats::na.pass, vcov = NULL, ...,
                               type = "response") {
  call <- sys.call()
  check_choice(type, "response", "type", call)
  if (!check_flag(se.fit, "se.fit", call)) check_no_covariance(list(...), vcov, call)
  need_regression(object, "predict()", call)
  if (se.fit) object$cov.unscaled <- m_covariance(object, vcov, list(...), call)$matrix
  rows <- if (is.null(newdata)) {
    list(eta = object$fitted.values, variance = if (se.fit) unit_variance(object, regression_design(object)))
  } else {
    warn_rank_deficient(object$coefficients, call)
    new_rows(object, forge(object, newdata, na.action, call), se.fit)
  }
  pad <- function(x) if (is.null(newdata)) stats::napredict(object$na.action, x) else x
  fit <- pad(rows$eta)
  if (!se.fit) return(fit)
  list(fit = fit, se.fit = with_names(pad(sqrt(rows$variance)), names(fit)))
}

#' @export
residuals.m_estimate <- function(object, ...) {
  need_regression(object, "residuals()", sys.call())
  NextMethod()
}

#' @importFrom stats model.matrix
#' @export
model.matrix.m_estimate <- function(object, ...) {
  need_regression(object, "model.matrix()", sys.call())
  stats::model.matrix(object$terms, object$model, contrasts.arg = object$contrasts)
}

regression_design <- function(object) design_from_frame(object$model, object$contrasts, object$call)

#' @rdname m_estimate.formula
#' @param type Of `predict()`: `"response"`, and no other. Of `weights()`: `"prior"` ones, `NULL` where there were none, or the
#'   weights `"robustness"` that the loss gives rows.
#' @export
weights.m_estimate <- function(object, type = c("prior", "robustness"), ...) {
  type <- check_choice(type, c("prior", "robustness"), "type", sys.call())
  weights <- if (type == "prior") object$weights else object$w
  if (type == "robustness" && is.null(weights)) abort("inference", "only robust regressions have such weights", sys.call())
  if (is.null(object$na.action)) weights else stats::naresid(object$na.action, weights)
}

#' @rdname m_estimate.formula
#' @param formula. Changes of the formula, as for [stats::update.formula()]; only for fits by formula.
#' @param evaluate Fit? Else `update()` gives the call.
#' @importFrom stats update
#' @export
update.m_estimate <- function(object, formula., ..., evaluate = TRUE) {
  call <- findable_call(object$call, if (is.null(object$terms)) globalenv() else environment(object$terms))
  if (!missing(formula.)) {
    if (object$kind != "regression") abort("argument", "only a fit by formula has a formula to update", sys.call())
    call$objective <- stats::update.formula(stats::formula(object), formula.)
  }
  call <- with_arguments(call, match.call(expand.dots = FALSE)$...)
  if (evaluate) eval(call, parent.frame()) else call
}
