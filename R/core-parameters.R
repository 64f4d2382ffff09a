# The parameters of models that are no glm as the core orders them.

# NA for aliased ones; what the fit does not show has no name.
core_parameters <- function(fit) UseMethod("core_parameters")

#' @exportS3Method
core_parameters.glm_rs_model <- function(fit) model_parameters(fit)

# The thresholds are in the place of the design's intercept.
#' @exportS3Method
core_parameters.glm_rs_cumulative <- function(fit) c(stats::setNames(NA_real_, ""), model_parameters(fit))

# Columns of what is the same for all alternatives of a case are aliased.
#' @exportS3Method
core_parameters.glm_rs_choice <- function(fit) {
  all <- stats::setNames(rep(NA_real_, length(fit$own)), rep("", length(fit$own)))
  all[fit$own] <- fit$coefficients
  names(all)[fit$own] <- names(fit$coefficients)
  all
}

# Where searches start: list(parameters, aliased).
start_at <- function(estimates) list(as.double(unname(replace(estimates, is.na(estimates), 0))), unname(is.na(estimates)))
