# The fit of a model of two parts: checked data and designs in, an object of class "glm_rs_zero" out.

#' @exportS3Method
fit_model.glmrs_zero <- function(family, request) {
  call <- request$call
  check_likelihood_request(request)
  mold <- mold_two_parts(request)
  response <- count_response(mold$y, mold$names, mold$weights, family$family, call)
  check_zeros(response$y, mold$weights, call)
  data <- zero_data(mold, response$y)
  start <- zero_start(request$start, mold$designs, family, call)
  control <- control_spec(request$control, new_progress("Fitting", environment()))
  search <- function(start) {
    found <- rust_zero_fit(mold$designs, data, family$spec, start, control, call, mold$names)
    trace_likelihood(found, request$control)
    found
  }
  found <- search(start)
  if (!request$singular.ok && any(found$aliased)) abort_singular(zero_names(mold$designs, family)[found$aliased], call)
  fit <- new_zero_fit(found, family, request, mold, response)
  border <- zero_border(fit, mold)
  # there are several maxima at the border, one for each set of rows whose shares are none, and it depends on the start which
  # one a search ends at; where no start is given, a second one may lead to a better one
  if (border != "inside" && is.null(start) && inherits(fit, "glm_rs_zero_inflated")) {
    again <- tryCatch(search(start_of_zeros(mold, response$y, family, request$control, call)), glmrs_error = function(e) NULL)
    if (identical(again$status, "converged") && again$log_likelihood > found$log_likelihood) {
      fit <- new_zero_fit(again, family, request, mold, response)
      border <- zero_border(fit, mold)
    }
  }
  warn_about_zeros(fit, border, response$y, call)
  fit$separation <- warn_of_separated_count_part(fit, mold, response$y, request$control, call)
  with_rows_asked_for(fit, request, c("fitted.values", "linear.predictors", "weights", "offset"))
}

# Zeros, and not only zeros, among the rows that count.
check_zeros <- function(y, weights, call) {
  counted <- if (is.null(weights)) y else y[weights > 0]
  if (all(counted == 0)) {
    abort("response", "every count is zero: nothing says how large counts above zero are", call)
  }
  if (!any(counted <= 0)) {
    abort("response", "no count is zero: there is nothing for the zero part to explain", call,
      i = "fit the counts alone, with family = poisson() or negative_binomial()"
    )
  }
}

# What rs_zero_fit() reads.
zero_data <- function(mold, y) list(y, mold$weights, mold$offsets$count, mold$offsets$zero)

# Which parts estimate a shape of their own.
estimated_shapes <- function(family) c("count", "zero")[is.na(unlist(family$spec[c("count", "zero")]))]

zero_names <- function(designs, family) {
  coefficients <- c(paste0("count_", designs$count$names), paste0("zero_", designs$zero$names))
  shapes <- estimated_shapes(family)
  c(coefficients, if (length(shapes)) log_theta_names(shapes))
}

# Starting values in the order of the core, log(theta) last, NaN for parts that are left out; NULL for its own.
zero_start <- function(start, designs, family, call) {
  if (is.null(start)) return(NULL)
  sizes <- lengths(lapply(designs, `[[`, "names"))
  shapes <- estimated_shapes(family)
  if (!is.list(start)) {
    start <- if (length(start) == sum(sizes)) split_parts(start, sizes) else list(count = start)
  }
  unknown <- setdiff(names(start), c("count", "zero", "theta"))
  if (is.null(names(start)) || length(unknown)) {
    abort("argument", "`start` must be a list of `count`, `zero` and `theta`, or a vector of all coefficients", call)
  }
  theta <- rep_len(start$theta %||% 1, length(shapes))
  parts <- Map(function(values, name, size) {
    if (is.null(values)) return(rep(NaN, size))
    if (!is.numeric(values) || length(values) != size || !all(is.finite(values))) {
      abort("argument", sprintf("`start$%s` must be %d numbers: one for each of the part's coefficients", name, size), call)
    }
    as.double(values)
  }, list(start$count, start$zero), names(sizes), sizes)
  if (!is.numeric(theta) || !all(is.finite(theta) & theta > 0)) abort("argument", "`start$theta` must be positive", call)
  c(unlist(parts), log(theta))
}

# From a regression of whether a count is zero at all.
start_of_zeros <- function(mold, y, family, control, call) {
  response <- list(y = as.double(y == 0), names = mold$names, weights = mold$weights)
  control <- as_control(list(threads = control$threads), call)
  fit <- said_before(fit_design(
    mold$designs$zero, response, stats::binomial(family$zero.link$name), call, mold$offsets$zero, control, rows = mold$names
  ))
  zero_start(list(zero = ifelse(is.na(fit$coefficients), 0, fit$coefficients)), mold$designs, family, call)
}

split_parts <- function(x, sizes) {
  count <- seq_len(sizes[["count"]])
  list(count = x[count], zero = x[-count])
}

new_zero_fit <- function(fit, family, request, mold, response) {
  names <- zero_names(mold$designs, family)
  estimates <- fit$parameters
  estimates[fit$aliased] <- NA
  sizes <- lengths(lapply(mold$designs, `[[`, "names"))
  coefficients <- split_parts(estimates[seq_len(sum(sizes))], sizes)
  coefficients <- Map(`names<-`, coefficients, lapply(mold$designs, `[[`, "names"))
  shapes <- estimated_shapes(family)
  logs <- estimates[-seq_len(sum(sizes))]
  n <- if (is.null(mold$weights)) length(response$y) else sum(mold$weights > 0)
  rank <- sum(!fit$aliased)
  parts <- likelihood_parts(fit, names, n, rank, family, request, mold$frame)
  own <- list(
    coefficients = coefficients, theta = if (length(shapes)) stats::setNames(exp(logs), shapes),
    SE.logtheta = if (length(shapes)) stats::setNames(sqrt(diag(parts$cov.scaled)[log_theta_names(shapes)]), shapes),
    df.null = n - 2L, terms = mold$terms, contrasts = lapply(mold$designs, `[[`, "contrasts"),
    xlevels = covariate_levels(mold$terms$full, mold$frame), weights = mold$weights, offset = mold$offsets,
    y = if (request$y) with_names(response$given, mold$names)
  )
  object <- new_model(c(own, parts), c(sub("glmrs_", "glm_rs_", class(family)[1L], fixed = TRUE), "glm_rs_zero"))
  if (request$x) object$x <- zero_matrices(object, mold)
  object$linear.predictors <- zero_predictors(object, mold)
  object$fitted.values <- zero_means(object, object$linear.predictors)$mean
  object
}

# What the fit tells about itself and the user should know.
warn_about_zeros <- function(fit, border, y, call) {
  warn_of_search(fit, call)
  large <- fit$theta[fit$theta > POISSON_THETA]
  if (length(large)) {
    warn("boundary", sprintf("theta of the %s part is very large: the counts vary as Poisson counts do", names(large)[1L]), call,
      i = "fit poisson() in its place"
    )
  }
  if (inherits(fit, "glm_rs_hurdle") && all(exp(fit$linear.predictors$count) < NO_MEAN)) {
    if (all(y <= 1)) {
      warn("boundary", "no count is above 1: the mean of the count part is 0, its coefficients have no bound", call,
        i = "binomial() fits whether there is a count at all"
      )
    } else {
      warn("boundary", paste(
        "the mean of the count part goes to 0: the counts above 0 have a logarithmic series distribution,",
        "the intercept has no bound"
      ), call)
    }
  }
  if (border == "empty") {
    warn("boundary", "no zeros beyond those of the counts: the share of others is 0, its coefficients have no bound", call,
      i = "the count part alone fits as well"
    )
  } else if (border == "unbounded") {
    warn("separation", "fitted probabilities numerically 0 or 1 occurred in the zero part", call,
      i = "covariates that tell zeros from other counts have no finite coefficients: look at large standard errors"
    )
  }
}

# Where the shares of the zero part end: "empty", no zeros beyond those of the counts; "unbounded", some at 0 or 1; "inside".
zero_border <- function(fit, mold) {
  if (fit$family$spec$kind == "hurdle_counts") return("inside")
  share <- fit$family$zero.link$linkinv(fit$linear.predictors$zero)
  if (inherits(fit, "glm_rs_zero_inflated") && all(share < NO_SHARE)) return("empty")
  extreme <- share < NO_SHARE | share > 1 - NO_SHARE
  if (any(extreme) && any(extreme & is_unbounded(fit$linear.predictors$zero, zero_errors(fit, mold)))) "unbounded" else "inside"
}

# The counts beyond a hurdle are truncated, zeros take no part in them; where none is above 1 that has been said.
warn_of_separated_count_part <- function(fit, mold, y, control, call) {
  mu <- exp(fit$linear.predictors$count)
  weights <- mold$weights
  if (inherits(fit, "glm_rs_hurdle")) {
    if (all(y <= 1)) return(NULL)
    weights <- (weights %||% rep(1, length(y))) * (y > 0)
    y <- y - 1
  }
  warn_of_separated_counts(mold$designs$count, y, weights, mu, "count_", control, call)
}

# Standard errors of the zero part's linear predictors.
zero_errors <- function(fit, mold) {
  names <- paste0("zero_", mold$designs$zero$names)
  covariance <- covariance_among(fit$cov.scaled, names)
  sqrt(rust_quadratic_form(mold$designs$zero, unname(covariance), call = fit$call))
}
