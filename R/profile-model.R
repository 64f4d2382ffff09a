# Intervals of models that are no glm by their profile likelihood: Rust holds a parameter and fits the others again.

# Of the parameters `names`, those in `parm`.
profile_intervals <- function(fit, names, parm, level, call) {
  wanted <- names[chosen_places(parm, names, call, "coefficient")]
  estimates <- core_parameters(fit)
  wanted_places <- match(wanted, names(estimates))
  kept <- !is.na(estimates[wanted_places])
  limits <- matrix(NA_real_, length(wanted), 2L, dimnames = list(wanted, percent_labels(tails_of(level))))
  if (!any(kept)) return(limits)
  control <- control_spec(as_control(fit$control, fit$call), new_progress("Profiling", environment()))
  request <- list(start_at(estimates), as.double(wanted_places[kept]), sqrt(stats::qchisq(level, 1)), control)
  limits[kept, ] <- held_limits(fit, model_mold(fit), request, call)
  warn_of_unreached(limits[kept, , drop = FALSE], "likelihood", call)
  limits[is.nan(limits)] <- NA
  limits
}

# A limit that is NaN is none. `separation`: what detect_separation() says, which is why.
warn_of_unreached <- function(limits, what, call, separation = NULL) {
  unreached <- rownames(limits)[is.nan(rowSums(limits))]
  if (length(unreached)) {
    why <- if (!is.null(separation)) sprintf("%s separation, %s", separation$outcome, infinite_coefficients(separation))
    warn("profile", sprintf("the profile of the %s does not reach a limit of %s", what, quoted(unreached)), call, x = why)
  }
}

# Lower and upper limits, NaN where there is none; `request` is list(start_at(estimates), which, root, control).
held_limits <- function(fit, mold, request, call) UseMethod("held_limits")

#' @exportS3Method
held_limits.glm_rs_zero <- function(fit, mold, request, call) {
  rust_zero_limits(mold$designs, zero_data(mold, mold$counts), fit$family$spec, request, call)
}

#' @exportS3Method
held_limits.glm_rs_multinomial <- function(fit, mold, request, call) {
  rust_multinomial_limits(mold$design, multinomial_data(mold, call), request, call)
}

#' @exportS3Method
held_limits.glm_rs_cumulative <- function(fit, mold, request, call) {
  rust_cumulative_limits(mold$design, cumulative_data(mold), fit$family$link, request, call)
}

#' @exportS3Method
held_limits.glm_rs_choice <- function(fit, mold, request, call) {
  rust_choice_limits(mold$design, choice_data(mold), request, call)
}

#' @exportS3Method
held_limits.glm_rs_count <- function(fit, mold, request, call) {
  rust_count_limits(mold$design, count_data(mold), fitted_count_spec(fit), request, call)
}
