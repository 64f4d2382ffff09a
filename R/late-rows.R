# Linear predictors that are made when somebody looks at one. The coefficients of least squares, and the deviance, are known
# without them: to make them would read all of the data once more.

# Fits of fewer rows have theirs at once.
LATE_ROWS <- 50000L

# Are the linear predictors the means, and the deviance a sum of squares?
is_least_squares <- function(spec) spec$family == "gaussian" && spec$link == "identity"

# `fit`, from the core, with the rows that it is without. `design` and the others are those of fit_design(); the fit that
# they are of holds the data, too.
with_late_rows <- function(fit, design, response, offset, call) {
  n <- length(response$y)
  make <- late_predictors(design, response, offset, fit$coefficients, fit$deviance, call)
  # R would copy what has another name already
  fit$linear_predictors <- `names<-`(rust_late(n, make), response$names)
  fit$weights <- response$weights %||% rust_ones(n, response$names)
  fit
}

# Do the squares add up to the deviance of a fit, but for rounding errors of them or, in exact fits, of the rows?
adds_up_to <- function(deviance, y, eta, weights) {
  difference <- abs(rust_squares(y, eta, weights) - deviance)
  isTRUE(difference <= 1e-9 * deviance || difference <= 1e-24 * rust_squares(y, numeric(length(y)), weights))
}

# A function, for rust_late(). R never changes data that a fit holds, some packages do, in their memory: the squares then add up to
# another deviance, and there are no linear predictors to be had. It may not stop, nor be left: R does not collect garbage
# while it waits for a vector, and would not begin again.
late_predictors <- function(design, response, offset, coefficients, deviance, call) {
  y <- response$given %||% response$y
  weights <- response$weights
  rm(response)
  function() suspendInterrupts(tryCatch({
    eta <- rust_linear_predictor(design, coefficients, offset, call)
    if (!adds_up_to(deviance, as.double(y), eta, weights)) stop("the data have changed in memory since the fit", call. = FALSE)
    eta
  }, error = function(e) {
    cat("glmrs: no linear predictors, they are NaN:", conditionMessage(e), "\n", file = stderr())
    rep(NaN, length(y))
  }))
}
