# Paths of a profile: fits with one coefficient held at ever farther values.

# Where each of `paths` leads, a row each with `column`, `sign` and `step`: list(points, roots) with the coefficients and
# the root of the statistic after each step.
follow_paths <- function(object, dispersion, paths, options, trace) {
  if (!nrow(paths)) return(list())
  data <- refit_data(object)
  follow <- if (is.null(family_spec(object$family))) follow_in_r else follow_in_rust
  names <- names(object$coefficients)[paths$column]
  if (!trace) return(follow(object, data, dispersion, paths, options, names))
  lapply(seq_len(nrow(paths)), function(i) {
    message("\nParameter: ", names[i], " ", if (paths$sign[i] < 0) "down" else "up")
    follow(object, data, dispersion, paths[i, ], options, names[i])[[1L]]
  })
}

follow_in_rust <- function(object, data, dispersion, paths, options, names) {
  aliased <- is.na(object$coefficients)
  traces <- rust_glm_profile(
    data$design,
    list(data$response$y, data$response$weights, data$offset),
    list(family_spec(object$family), control_spec(as_control(object$control, object$call), new_progress("Profiling", environment()))),
    list(as.double(replace(object$coefficients, aliased, 0)), as.double(which(aliased)), object$deviance, dispersion),
    list(as.double(paths$column), paths$step),
    options, object$call
  )
  for (i in seq_along(traces)) {
    # the fit itself has told what is the same for every fit
    warn_about(c(traces[[i]], rank = 1L, null_converged = TRUE), object$family, object$call)
    if (!is.null(traces[[i]]$stopped)) warn_of_stop(names[i], traces[[i]]$stopped, object$call)
  }
  traces
}

warn_of_stop <- function(name, why, call) {
  warn("not_converged", sprintf("the profile of `%s` ends early: %s", name, why), call)
}

# The same by R's functions of a family.
follow_in_r <- function(object, data, dispersion, paths, options, names) {
  x <- stats::model.matrix(object)
  Map(function(column, step, name) {
    follow_one_in_r(object, data, x, dispersion, column, step, options, name)
  }, paths$column, paths$step, names)
}

# One path: fits of the other columns, with the share of the coefficient in the offset.
follow_one_in_r <- function(object, data, x, dispersion, column, step, options, name) {
  kept <- !is.na(object$coefficients)
  others <- replace(kept, column, FALSE)
  offset <- data$offset %||% 0
  eta <- as.double(object$linear.predictors)
  roots <- points <- numeric()
  # where the deviance is a quadratic, whole steps end at the limit, or just before it by rounding errors
  while (length(roots) < options$steps && !isTRUE(abs(roots[length(roots)]) >= options$limit * (1 - 1e-9))) {
    value <- object$coefficients[[column]] + (length(roots) + 1) * step
    data$offset <- as.double(offset + x[, column] * value)
    fit <- tryCatch(
      refit(object, data, design_from_matrix(x[, others, drop = FALSE]), etastart = eta),
      glmrs_error = identity
    )
    if (inherits(fit, "glmrs_error")) {
      warn_of_stop(name, conditionMessage(fit), object$call)
      break
    }
    excess <- (fit$deviance - object$deviance) / dispersion
    if (excess <= -1e-3) {
      abort("not_converged", "profiling has found a better solution, so original fit had not converged", object$call)
    }
    if (options$test == "Rao") {
      design <- design_from_matrix(x[, kept, drop = FALSE])
      excess <- score_sum_of_squares(fit, design, "offset", object$call) / dispersion
    }
    roots <- c(roots, sign(step) * sqrt(max(0, excess)))
    points <- c(points, replace(replace(object$coefficients, others, fit$coefficients), column, value))
    eta <- as.double(fit$linear.predictors)
  }
  list(roots = roots, points = points)
}
