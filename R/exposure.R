# What counts or amounts are in proportion to: an offset on the log scale.

check_exposure_link <- function(family, call) {
  if (identical(family$link, "log")) return(invisible())
  abort(
    "argument", sprintf("`exposure` needs a log link, but the link is \"%s\"", format(family$link)[1L]), call,
    i = "a mean is proportional to exposure only if its logarithm is the linear predictor: otherwise use `weights` or `offset`"
  )
}

log_of_exposure <- function(exposure, rows, call) {
  if (!is.numeric(exposure) || !is.null(dim(exposure))) {
    abort("argument", "`exposure` must be a numeric vector", call)
  }
  bad <- which(!is.na(exposure) & !(exposure > 0 & is.finite(exposure)))
  if (length(bad)) {
    row <- bad[1L]
    abort("exposure", sprintf(
      "`exposure` must be positive and finite, but is %s (row %s)", format(exposure[row]), rows[row] %||% row
    ), call, row = row, i = "leave out rows without exposure")
  }
  log(as.double(exposure))
}

# The model frame, with the exposure, which the method of a plain glm would leave out.
#' @export
model.frame.glm_rs <- function(formula, ...) {
  changed <- list(...)
  changed <- changed[names(changed) %in% c("data", "na.action", "subset")]
  kept <- .subset2(formula, "model")
  if (!length(changed) && !is.null(kept)) return(kept)
  call <- formula$call
  call[names(changed)] <- changed
  evaluate_frame(call, environment(formula$terms) %||% parent.frame())
}

# For those who know offsets alone: the call of a fit, and its model frame, with the exposure as the offset that it is.
call_with_offset <- function(call) {
  if (is.null(call$exposure)) return(call)
  log_exposure <- call("log", call$exposure)
  call$offset <- if (is.null(call$offset)) log_exposure else call("+", call$offset, log_exposure)
  call$exposure <- NULL
  call
}

frame_with_offset <- function(frame) {
  exposure <- frame[["(exposure)"]]
  if (is.null(exposure)) return(frame)
  frame[["(exposure)"]] <- NULL
  frame[["(offset)"]] <- log(exposure) + (frame[["(offset)"]] %||% 0)
  frame
}
