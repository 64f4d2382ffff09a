# What fits of models have in common that are no glm, of class "glm_rs_model": their parameters are those of a likelihood of
# independent rows. A class of them says what its parameters, its rows and their scores are.

# All parameters with their names, NA for aliased ones; `cov.scaled` of the fit has the others in the same order.
model_parameters <- function(fit) UseMethod("model_parameters")

# The data of the fit, again: a list of the model frame (`frame`), `weights` (NULL for all 1), `names` of the rows, and what
# else the class needs.
model_mold <- function(fit) UseMethod("model_mold")

# The derivatives of the rows' log-likelihoods, times their weights: n x p, with the names of the parameters.
model_scores <- function(fit, mold) UseMethod("model_scores")

# The linear predictors, a list for each of them: `design`, the standard `errors` of its coefficients (NA for aliased ones) and
# `offset`. None where their columns are not those of one design.
model_predictors <- function(fit, mold) UseMethod("model_predictors")

#' @exportS3Method
model_predictors.default <- function(fit, mold) list()

# 1 for each row that is an observation of its own with weight, 0 for others.
counted_rows <- function(fit, mold) UseMethod("counted_rows")

#' @exportS3Method
counted_rows.default <- function(fit, mold) {
  if (is.null(mold$weights)) rep(1, length(mold$names)) else as.double(mold$weights > 0)
}

# The rows that are observations, with weight or without; NULL for all of them.
places_of_observations <- function(fit, mold) UseMethod("places_of_observations")

#' @exportS3Method
places_of_observations.default <- function(fit, mold) NULL

# The model frame of a fit; where it was not kept, `again`, if the data that the call names are still the same.
frame_of_fit <- function(fit, again) {
  if (!is.null(fit$model)) return(fit$model)
  frame <- tryCatch(again, error = function(e) abort_without_rows(fit, conditionMessage(e), parent = e))
  if (!identical(fingerprint(frame), fit$fingerprint)) {
    abort_without_rows(fit, "the data, or what else the call needs, have changed since the fit")
  }
  frame
}
