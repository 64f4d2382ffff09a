# From what glm_rs() is asked for to the fit. A family whose model is not that of one linear predictor and no other
# parameters has a method of its own.

# `request`: list(call, env, formula, data, control, start, singular.ok, contrasts, model, x, y, bias), checked but for the
# data's part.
fit_model <- function(family, request) UseMethod("fit_model")

#' @exportS3Method
fit_model.default <- function(family, request) {
  check_one_part(request)
  spec <- request$bias$spec %||% spec_of_fit(family)
  # rows of weight 0 need not show in anything
  trusting <- if (is.null(spec) || !is.null(request$call$weights)) {
    "nothing"
  } else if (spec$family == "binomial") {
    "covariates"
  } else {
    "numbers"
  }
  frame <- checked_frame(request$call, request$env, trusting = trusting, data = request$data)
  fit_frame <- function(frame) fit_mold(family, request, mold_frame(frame, request$contrasts, request$call), spec)
  tryCatch(fit_frame(frame), glmrs_error_non_finite = function(e) {
    treated <- distrusted(frame, request$call, request$env, request$data)
    if (is.null(treated)) stop(e)
    fit_frame(treated)
  })
}

# What `method = "model.frame"` asks for: the model frame of `request`, list(call, env, formula, data).
requested_frame <- function(family, request) UseMethod("requested_frame")

#' @exportS3Method
requested_frame.default <- function(family, request) {
  check_one_part(request)
  evaluate_frame(request$call, request$env, data = request$data)
}

# y ~ x | z would be a fit to the logical variable `x | z`.
check_one_part <- function(request) {
  formula <- request$formula
  if (!inherits(formula, "formula") || !is_bar(formula[[length(formula)]])) return(invisible())
  abort(
    "formula", "the formula has two parts, but the family has one linear predictor", request$call,
    i = "zero_inflated() and hurdle() take y ~ x | z; the logical variable is I(x | z)"
  )
}

# The fit of one linear predictor to the data of a call.
fit_mold <- function(family, request, mold, spec = spec_of_fit(family)) {
  call <- request$call
  response <- response_for(mold$y, NULL, mold$weights, family, call, !is.null(spec))
  intercept <- attr(mold$terms, "intercept") > 0L
  null_model <- if (!intercept) "offset" else if (is.null(mold$offset)) "mean" else "intercept"
  parts <- fit_design(
    mold$design, response, family, call, mold$offset, request$control, start_of(request, mold), null_model,
    request$singular.ok, rows = mold$names, bias = request$bias, spec = spec, keeps_data = request$model
  )
  as_glm_rs(parts, request, mold)
}

# What the call says of where to begin, as fit_design() takes it.
start_of <- function(request, mold) list(coefficients = request$start, eta = mold$etastart, mu = mold$mustart)

# The object that glm_rs() returns, from the numbers of a fit.
as_glm_rs <- function(parts, request, mold) {
  x <- if (request$x) stats::model.matrix(mold$terms, mold$frame, request$contrasts)
  fit <- new_glm_rs(
    parts, request$call, request$formula, mold, request$data, request$control, mold$design$contrasts, request$model, x,
    request$y
  )
  if (request$model || request$y) fit else without_rows(fit, mold$frame)
}
