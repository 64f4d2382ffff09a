# What counts or amounts are in proportion to: an offset on the log scale.

check_exposure_link <- function(family, call) {
  if (identical(family$link, "log")) return(invisible())
  abort(
    "argument", sprintf("`exposure` needs a log link, but the link is \"%s\"", format(family$link)[1L]), call,
    i = "a mean is in proportion to exposure where its logarithm is what the covariates add up to: use `weights` or `offset` else"
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
