# What methods need that fit parts of a fit again: its data, and a design of some of its terms.

# list(design, response, offset) of a fit, or of a frame with the same response.
refit_data <- function(object, frame = fitted_frame(object)) {
  call <- object$call
  y <- frame_response(frame)
  names <- rownames(y) %||% row.names(frame)
  design <- design_from_frame(frame, object$contrasts, call)
  response <- response_for(y, names, frame_weights(frame, call), object$family, call)
  list(design = design, response = response, offset = frame_offset(frame, call))
}

# The columns of some terms, by their numbers in `assign`, coded as they are beside the others.
design_of_terms <- function(design, numbers) {
  kept <- design$assign %in% numbers
  terms <- design$spec[[2L]]
  whole <- length(terms) == length(unique(design$assign))
  spec <- if (whole) {
    list(design$spec[[1L]], terms[unique(design$assign) %in% numbers])
  } else {
    # one term stands for all: the matrix of design_from_frame()
    design_from_matrix(terms[[1L]][[1L]][[1L]][, kept, drop = FALSE])$spec
  }
  list(spec = spec, names = design$names[kept], assign = design$assign[kept])
}

# The fit of the columns of `design` to the data of a fit: what glm.fit() returns, without the parts made on demand.
refit <- function(object, data, design, etastart = NULL) {
  fit_design(
    design, data$response, object$family, object$call, data$offset, as_control(object$control, object$call),
    list(eta = etastart), rows = data$response$names
  )
}

# What the columns of `design` explain of the working residuals of a fit: the numerator of Rao's score test.
score_sum_of_squares <- function(fit, design, null_model, call) {
  explained <- least_squares(design, fit$residuals, plain_double(fit$weights), null_model, call)
  explained$null.deviance - explained$deviance
}
