# The block of a generalized linear model: its start is its own fit, its rows come from Rust.

prepare_glm_block <- function(formula, family, spec, data, weights, offset, name, means, call) {
  if (name %in% names(data)) {
    abort("argument", sprintf("block `%s` has the name of a variable of the data: call it something else", name), call)
  }
  model <- glm_block_data(formula, family, data, offset, name, means, call)
  what <- sprintf("`weights` of block `%s`", name)
  own_weights <- model$response$weights
  weigh <- function(means) {
    if (is.null(weights)) return(own_weights)
    w <- check_rows(variable_values(weights, data, means, what, call), length(model$response$y), "weights", call)
    if (is.null(own_weights)) w else w * own_weights
  }
  at_start <- check_complete(weigh(means), what, call)
  if (any(at_start < 0)) {
    row <- which(at_start < 0)[1L]
    abort("weights", sprintf("block `%s`: negative weights not allowed (row %d)", name, row), call, row = row)
  }
  if (length(at_start) && all(at_start == 0)) {
    abort("weights", sprintf("the weights of block `%s` are all 0: there is nothing to fit", name), call)
  }
  # when another block's parameters move, these rows stay
  rows <- remember_last(function(own, weights) {
    # a trial of the search: there is no value here
    if (!is.null(weights) && !all(is.finite(weights) & weights >= 0)) {
      n <- length(weights)
      return(list(rows = matrix(NaN, n, length(own)), means = rep(NaN, n)))
    }
    rust_score_rows(model$design, list(model$response$y, weights, model$offset), spec, own, call)
  })
  names <- paste(name, model$design$names, sep = ".")
  core <- list("model", model$design$spec, list(model$response$y, at_start, model$offset), spec)
  list(
    start = stats::setNames(glm_block_fit(model, at_start, family, name, call), names),
    evaluate = function(own, theta, means) rows(unname(own), weigh(means)),
    has_means = TRUE, core = if (!sees_means(weights, data, means)) core, rows = length(model$response$y)
  )
}

# list(design, response, offset) of a formula in the data.
glm_block_data <- function(formula, family, data, offset, name, means, call) {
  where <- list2env(list(formula = formula, data = data %||% environment(formula)), parent = environment(formula))
  # a stack leaves no rows out
  lost <- function(e) {
    what <- sprintf("`%s` of block `%s` is missing in row %d: leave the row out of the data", e$variable, name, e$row)
    abort("non_finite", what, call, variable = e$variable, row = e$row)
  }
  mold <- tryCatch(
    mold(quote(psi_glm(formula = formula, data = data, na.action = stats::na.pass)), where), glmrs_error_non_finite = lost
  )
  if (!length(mold$design$names)) abort("formula", sprintf("block `%s` has no coefficients to estimate", name), call)
  # what counts as a success is no question of likelihood here
  kind <- if (family$family == "binomial") "quasibinomial" else family$family
  total <- mold$offset
  if (!is.null(offset)) {
    what <- sprintf("`offset` of block `%s`", name)
    given <- check_complete(variable_values(offset, data, means, what, call), what, call)
    total <- (total %||% 0) + check_rows(given, length(mold$names), "offset", call)
  }
  list(
    design = mold$design, response = as_response(mold$y, mold$names, NULL, kind, call), offset = total
  )
}

# The coefficients of the block's own fit.
glm_block_fit <- function(model, weights, family, name, call) {
  response <- replace(model$response, "weights", list(weights))
  control <- glm_rs_control(epsilon = 1e-12, maxit = 50)
  # a block cannot be fitted with less bias, as glm_rs() can
  separated <- function(w) {
    if (is.null(w$separation)) return()
    names(w$separation$coefficients) <- paste(name, names(w$separation$coefficients), sep = ".")
    warn_separated(w$separation, call, sprintf("block `%s`: the data are separated, its equations have no solution", name))
    invokeRestart("muffleWarning")
  }
  fit <- withCallingHandlers(glmrs_warning_separation = separated, fit_design(
    model$design, response, family, call, model$offset, control, singular.ok = FALSE, rows = response$names
  ))
  fit$coefficients
}

# `f` with its last value kept for as long as it is asked for the same.
remember_last <- function(f) {
  last <- new.env(parent = emptyenv())
  function(...) {
    arguments <- list(...)
    if (!identical(last$arguments, arguments)) {
      last$value <- f(...)
      last$arguments <- arguments
    }
    last$value
  }
}
