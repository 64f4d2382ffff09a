# Families that the core does not know: the loop of iteratively reweighted least squares in R, around the family's own
# functions, with the weighted least squares step in Rust. What it returns looks like the answer of rust_glm_fit().

# Arguments are those of fit_design(), checked.
fit_custom <- function(design, response, offset, family, control, start, null_model, singular.ok, rows, call) {
  complete <- stats::complete.cases(response$y)
  if (!all(complete)) {
    row <- which(!complete)[1L]
    abort("non_finite", paste0("NA/NaN/Inf in `y` (row ", if (is.null(rows)) row else rows[row], ")"), call, row = row)
  }
  given <- list(
    start = start$coefficients, etastart = start$eta, mustart = start$mu, offset = offset,
    control = control[c("epsilon", "maxit", "trace")], intercept = null_model != "offset"
  )
  setup <- initialize_family(family, response, design, given, call)
  family <- guarded_family(family, call)
  model <- list(
    design = design, y = setup$y, weights = setup$weights, offset = setup$offset, family = family, control = control,
    call = call, rows = rows, valid_eta = family$valideta %||% always, valid_mu = family$validmu %||% always
  )
  at <- starting_state(model, setup$mustart, setup$start, setup$etastart)
  # a matrix need not have names
  fit <- if (count_columns(design) > 0) irls(model, at, singular.ok) else empty_fit(model)
  fit$null_deviance <- custom_null_deviance(model, fit$fitted_values, null_model)
  # as the family's `initialize` left them
  fit$y <- setup$y
  fit$prior_weights <- setup$weights
  fit$aic <- as.double(family$aic(setup$y, setup$n, fit$fitted_values, setup$weights, fit$deviance))
  fit
}

# The family with functions whose plain errors, and answers that are not one number for each row, are classed errors that
# name them.
guarded_family <- function(family, call) {
  name <- sprintf("it belongs to the family \"%s\" with link \"%s\"", family$family, format(family$link)[1L])
  for (part in c("linkfun", "linkinv", "variance", "mu.eta", "dev.resids", "aic")) {
    family[[part]] <- guarded_function(family[[part]], part, part %in% c("linkinv", "variance", "mu.eta"), name, call)
  }
  family
}

guarded_function <- function(f, part, for_each_row, name, call) {
  force(for_each_row)
  what <- paste0("the family's `", part, "` ")
  refuse <- function(...) abort("family", paste0(what, ...), call, i = name)
  if (!is.function(f)) abort("family", sprintf("the family has no function `%s`", part), call, i = name)
  function(x, ...) {
    value <- tryCatch(f(x, ...), simpleError = function(e) refuse("fails: ", conditionMessage(e)))
    # a lone NA is a logical
    if (!is.numeric(value) && !is.logical(value)) {
      refuse("must give numbers, not a value of class ", dQuote(class(value)[1L], FALSE))
    }
    if (for_each_row && length(value) != length(x)) {
      refuse("must give one number for each of its ", length(x), " arguments, not ", length(value))
    }
    value
  }
}

always <- function(x) TRUE

# Run the family's `initialize` expression, which may change y, weights, offset and starting values and must set one of these,
# as glm.fit() runs it: among its variables. `given`: list(start, etastart, mustart, offset, control, intercept).
initialize_family <- function(family, response, design, given, call) {
  n <- NROW(response$y)
  env <- list2env(c(list(
    y = response$y, nobs = n, weights = response$weights %||% rep.int(1, n), n = rep.int(1, n), nvars = count_columns(design),
    family = family
  ), given, family[c("linkinv", "variance", "mu.eta", "dev.resids", "aic")]), parent = environment(family$variance) %||% baseenv())
  env$offset <- given$offset %||% numeric(n)
  env$EMPTY <- env$nvars == 0
  delayedAssign("x", matrix_of_design(design, call), assign.env = env)
  as_glmrs_error(with_classed_warnings(eval(family$initialize, env), call), "response", call)
  if (!is.null(given$mustart)) env$mustart <- given$mustart
  if (is.null(env$etastart) && is.null(env$start) && !is.numeric(env$mustart)) {
    abort("family", "the family's `initialize` sets no numeric `mustart`", call)
  }
  y <- env$y
  if (!is.numeric(y) && !is.logical(y) || length(y) != n) {
    abort("response", sprintf(
      "the response must be %d numbers to the family \"%s\", but its `initialize` leaves %s", n, family$family, describe(y)
    ), call)
  }
  offset <- if (length(env$offset) == 1L) rep_len(env$offset, n) else env$offset
  list(
    y = y, weights = env$weights, n = env$n, mustart = env$mustart, etastart = check_rows(env$etastart, n, "etastart", call),
    start = if (!is.null(env$start)) check_start(env$start, design, call), offset = check_rows(offset, n, "offset", call)
  )
}

count_columns <- function(design) sum(vapply(design$spec[[2L]], spec_columns, 0))

# The model matrix, a column at a time: nobody has asked for it but the `initialize` of a family.
matrix_of_design <- function(design, call) {
  p <- count_columns(design)
  columns <- vapply(seq_len(p), function(j) {
    rust_linear_predictor(design, as.double(seq_len(p) == j), NULL, call)
  }, numeric(design$spec[[1L]]))
  matrix(columns, design$spec[[1L]], p, dimnames = if (p) list(NULL, design$names))
}

# What stats' families say of counts that are not whole is one of our warnings.
with_classed_warnings <- function(expr, call) {
  withCallingHandlers(expr, simpleWarning = function(w) {
    if (!startsWith(conditionMessage(w), "non-integer")) return()
    warn("non_integer", conditionMessage(w), call)
    invokeRestart("muffleWarning")
  })
}

# Everything that the coefficients imply for the rows.
state_at <- function(model, eta, coefficients = NULL) {
  mu <- model$family$linkinv(eta)
  list(
    coefficients = coefficients, eta = eta, mu = mu,
    deviance = sum(model$family$dev.resids(model$y, mu, model$weights)),
    valid = isTRUE(all(model$valid_eta(eta))) && isTRUE(all(model$valid_mu(mu)))
  )
}

state_of <- function(model, coefficients) {
  state_at(model, rust_linear_predictor(model$design, coefficients, model$offset, model$call), coefficients)
}

starting_state <- function(model, mustart, start, etastart) {
  at <- if (!is.null(etastart)) {
    state_at(model, etastart)
  } else if (!is.null(start)) {
    state_of(model, start)
  } else {
    state_at(model, model$family$linkfun(mustart))
  }
  if (!at$valid) {
    x <- if (anyNA(at$mu)) sprintf("the family's `linkinv` gives %s", value_in_row(at$mu, at$eta, is.na, model))
    abort_start("cannot find valid starting values: please specify some", model, x)
  }
  at
}

# "NA at 3.2 (row 7)": the first of the values that are `bad`, and where the function was asked for it.
value_in_row <- function(values, at, bad, model) {
  row <- which(bad(values))[1L]
  sprintf("%s at %s (row %s)", format(values[row]), format(at[row], digits = 4L), model$rows[row] %||% row)
}

abort_start <- function(message, model, x = NULL) {
  abort("start", message, model$call, x = x, i = hint_core_error(list(kind = "start"), model$call, "custom"))
}

# The loop of glm.fit(): from `at`, until the deviance stands still.
irls <- function(model, at, singular.ok) {
  control <- model$control
  status <- "max_iterations"
  boundary <- FALSE
  for (iter in seq_len(control$maxit)) {
    working <- working_state(model, at)
    if (!any(working$weights > 0)) {
      warn("not_converged", sprintf("no observations informative at iteration %d", iter), model$call)
      if (iter == 1L) abort_start("cannot find valid starting values: please specify some", model)
      break
    }
    step <- rust_wls(model$design, working$z, working$weights, control_spec(control), model$call)
    if (!all(is.finite(step$coefficients))) {
      warn("not_converged", sprintf("non-finite coefficients at iteration %d", iter), model$call)
      if (iter == 1L) abort_start("no valid set of coefficients has been found: please supply starting values", model)
      break
    }
    if (!singular.ok && any(step$aliased)) abort_singular(model$design$names[step$aliased], model$call)
    landing <- land(model, state_of(model, step$coefficients), at$coefficients)
    boundary <- landing$halved
    change <- abs(landing$at$deviance - at$deviance) / (0.1 + abs(landing$at$deviance))
    last <- working
    last_step <- step
    at <- landing$at
    if (control$trace) cat("Deviance = ", at$deviance, " Iterations - ", iter, "\n", sep = "")
    if (change < control$epsilon) {
      status <- "converged"
      break
    }
  }
  if (status != "converged") {
    warn_not_converged(iter, model$call)
  }
  if (boundary) warn("boundary", "algorithm stopped at boundary value", model$call)
  list(
    coefficients = at$coefficients, aliased = last_step$aliased, rank = last_step$rank,
    cov_unscaled = last_step$cov_unscaled, cov_blocks = last_step$cov_blocks,
    linear_predictors = at$eta, fitted_values = at$mu,
    residuals = (model$y - at$mu) / model$family$mu.eta(at$eta), weights = last$weights, deviance = at$deviance,
    iter = iter, status = status, boundary = boundary
  )
}

# Working response and working weights; a row without weight or slope takes no part.
working_state <- function(model, at) {
  variance <- model$family$variance(at$mu)
  counts <- model$weights > 0
  refuse <- function(message, part, values, at, bad) {
    x <- sprintf("the family's `%s` gives %s", part, value_in_row(values, at, function(v) bad(v) & counts, model))
    abort("variance", message, model$call, x = x)
  }
  if (anyNA(variance[counts])) {
    refuse("NAs in V(mu): the variance function gives NA at a fitted mean", "variance", variance, at$mu, is.na)
  }
  if (any(variance[counts] == 0)) {
    refuse("0s in V(mu): the variance function gives 0 at a fitted mean", "variance", variance, at$mu, function(v) v == 0)
  }
  slope <- model$family$mu.eta(at$eta)
  if (anyNA(slope[counts])) {
    refuse("NAs in d(mu)/d(eta): the slope of the inverse link is NA at a linear predictor", "mu.eta", slope, at$eta, is.na)
  }
  good <- counts & slope != 0
  z <- at$eta - model$offset + (model$y - at$mu) / slope
  z[!good] <- 0
  weights <- model$weights * slope^2 / variance
  weights[!good] <- 0
  list(z = z, weights = weights)
}

# Halve the step towards `anchor` until deviance and means are in their range.
land <- function(model, at, anchor) {
  usable <- function(at) is.finite(at$deviance) && at$valid
  if (usable(at)) return(list(at = at, halved = FALSE))
  if (is.null(anchor)) {
    abort_start("no valid set of coefficients has been found: please supply starting values", model)
  }
  why <- if (is.finite(at$deviance)) "step size truncated: out of bounds" else "step size truncated due to divergence"
  warn("step", why, model$call)
  for (i in seq_len(model$control$maxit)) {
    at <- state_of(model, (at$coefficients + anchor) / 2)
    if (usable(at)) return(list(at = at, halved = TRUE))
  }
  abort("step", "cannot correct the step size: no valid coefficients between two iterations", model$call)
}

# No columns: the offset is the linear predictor.
empty_fit <- function(model) {
  at <- state_at(model, model$offset, numeric())
  if (!at$valid) abort_start("invalid linear predictor or fitted means in an empty model", model)
  slope <- model$family$mu.eta(at$eta)
  list(
    coefficients = numeric(), aliased = logical(), rank = 0L, cov_unscaled = matrix(0, 0L, 0L),
    linear_predictors = at$eta, fitted_values = at$mu, residuals = (model$y - at$mu) / slope,
    weights = model$weights * slope^2 / model$family$variance(at$mu), deviance = at$deviance, iter = 0L,
    status = "converged", boundary = TRUE
  )
}

custom_null_deviance <- function(model, fitted, null_model) {
  if (null_model == "intercept") {
    model$design <- list(spec = list(as.double(length(model$y)), list(intercept_spec)), names = "(Intercept)")
    return(irls(model, state_at(model, model$family$linkfun(fitted)), TRUE)$deviance)
  }
  mu <- if (null_model == "mean") sum(model$weights * model$y) / sum(model$weights) else model$family$linkinv(model$offset)
  sum(model$family$dev.resids(model$y, mu, model$weights))
}
