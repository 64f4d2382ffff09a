# Conditions with classes, so that programs can tell them apart: glmrs_error_<kind>, glmrs_warning_<kind>.

# Stop with an error of class `glmrs_error_<kind>`. `call` is the user's call; further arguments are kept as fields.
abort <- function(kind, message, call = NULL, ...) {
  class <- c(paste0("glmrs_error_", kind), "glmrs_error", "error", "condition")
  stop(structure(class = class, list(message = message, call = call, ...)))
}

# Warn with a warning of class `glmrs_warning_<kind>`.
warn <- function(kind, message, call = NULL, ...) {
  class <- c(paste0("glmrs_warning_", kind), "glmrs_warning", "warning", "condition")
  warning(structure(class = class, list(message = message, call = call, ...)))
}

# Evaluate `expr`; an ordinary R error in it becomes one of ours. Conditions with a class of their own pass as they are.
as_glmrs_error <- function(expr, kind, call) {
  failed <- function(e) abort(kind, conditionMessage(e), call, parent = e)
  # the second: of a missing argument or variable, from R 4.3 on
  tryCatch(expr, simpleError = failed, getvarError = failed)
}
