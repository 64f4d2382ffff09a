# The rows of a fit of choices: its data again, linear predictors, shares, model matrix, scores.

#' @exportS3Method
model_mold.glm_rs_choice <- function(fit) {
  full <- fit$terms$full
  frame <- frame_of_fit(fit, two_part_frame(fit$call, stats::formula(full), environment(full)))
  mold_choices(frame, fit$terms$design, fit$family, fit$contrasts, fit$call)
}

#' @exportS3Method
model_parameters.glm_rs_choice <- function(fit) fit$coefficients

# From the order of the cases to that of the data.
in_data_order <- function(x, mold) {
  back <- order(mold$order)
  if (is.matrix(x)) `rownames<-`(x[back, , drop = FALSE], mold$names) else stats::setNames(x[back], mold$names)
}

choice_predictors <- function(fit, mold) {
  coefficients <- numeric(length(fit$own))
  coefficients[fit$own] <- ifelse(is.na(fit$coefficients), 0, fit$coefficients)
  rust_linear_predictor(mold$design, coefficients, mold$offset, fit$call)
}

# Probabilities within the cases.
choice_shares <- function(eta, mold) {
  largest <- eta[order(mold$case, eta)][mold$starts[-1L]]
  odds <- exp(eta - largest[mold$case])
  drop(odds / rowsum(odds, mold$case)[mold$case])
}

# The columns that have coefficients.
choice_matrix <- function(fit, mold) {
  matrix <- stats::model.matrix(mold$terms, mold$sorted, contrasts.arg = fit$contrasts)[, fit$own, drop = FALSE]
  `colnames<-`(matrix, names(fit$coefficients))
}

# Less the mean of the case.
centred_by_case <- function(x, shares, mold) x - rowsum(x * shares, mold$case)[mold$case, , drop = FALSE]

# Those of a case are at its first row, others are zero.
#' @exportS3Method
model_scores.glm_rs_choice <- function(fit, mold) {
  shares <- choice_shares(choice_predictors(fit, mold), mold)
  totals <- rowsum(mold$chosen, mold$case)[mold$case]
  sums <- rowsum((mold$chosen - totals * shares) * choice_matrix(fit, mold), mold$case)
  scores <- matrix(0, length(shares), ncol(sums), dimnames = list(NULL, colnames(sums)))
  scores[mold$starts[-length(mold$starts)] + 1, ] <- sums
  in_data_order(scores, mold)
}

# One row of each case counts.
#' @exportS3Method
counted_rows.glm_rs_choice <- function(fit, mold) {
  totals <- rowsum(mold$chosen, mold$case)[mold$case]
  unname(in_data_order(as.double(!duplicated(mold$case) & totals > 0), mold))
}

# A case is where its first row is.
#' @exportS3Method
places_of_observations.glm_rs_choice <- function(fit, mold) sort(mold$order[mold$starts[-length(mold$starts)] + 1])
