# Conditions with classes, so that programs can tell them apart: glmrs_error_<kind>, glmrs_warning_<kind>. The first line
# of a message says what is wrong, in R's own words where it has some; below it `x` says where, `i` what to do.

# Stop with an error of class `glmrs_error_<kind>`. `call` is the user's call; further arguments are kept as fields.
abort <- function(kind, message, call = NULL, ..., x = NULL, i = NULL) {
  class <- c(paste0("glmrs_error_", kind), "glmrs_error", "error", "condition")
  stop(structure(class = class, list(message = with_bullets(message, x, i), call = call, ...)))
}

# What a class of fits does not have: by default what the weights of a generalized linear model define.
refuse <- function(what, call, i = NULL, why = "is for generalized linear models, with one linear predictor") {
  abort("method", paste(what, why), call, i = i)
}

# Warn with a warning of class `glmrs_warning_<kind>`.
warn <- function(kind, message, call = NULL, ..., x = NULL, i = NULL) {
  class <- c(paste0("glmrs_warning_", kind), "glmrs_warning", "warning", "condition")
  warning(structure(class = class, list(message = with_bullets(message, x, i), call = call, ...)))
}

# Say something that no result depends on, once a session: a message of class `glmrs_message_<kind>`.
inform_once <- function(kind, message, call = NULL, i = NULL) {
  if (!shows_hints() || !is.null(informed[[kind]])) return(invisible())
  assign(kind, TRUE, informed)
  class <- c(paste0("glmrs_message_", kind), "glmrs_message", "message", "condition")
  message(structure(class = class, list(message = paste0(with_bullets(message, NULL, i), "\n"), call = call)))
}
informed <- new.env(parent = emptyenv())

# In the colours and signs of package cli, where it is there and the terminal shows them.
with_bullets <- function(message, x, i) {
  if (!length(x) && !length(i)) return(message)
  signs <- if (requireNamespace("cli", quietly = TRUE)) {
    c(cli::col_red(cli::symbol$cross), cli::col_cyan(cli::symbol$info))
  } else {
    c("x", "i")
  }
  lines <- c(if (length(x)) paste(signs[1L], x), if (length(i)) paste(signs[2L], i))
  paste(c(message, lines), collapse = "\n")
}

# Evaluate `expr`; an ordinary R error in it becomes one of ours, with what `hint()` says to do about it. Conditions with
# a class of their own pass as they are.
as_glmrs_error <- function(expr, kind, call, hint = function() NULL) {
  failed <- function(e) abort(kind, conditionMessage(e), call, parent = e, i = hint())
  # the second: of a missing argument or variable, from R 4.3 on; the third: of a function in the place of data or a formula.
  # tryCatch() takes six times as long, with several classes
  withCallingHandlers(expr, simpleError = failed, getvarError = failed, notSubsettableError = failed)
}

# Evaluate `expr` without our warnings: what a fit says about itself it has said before.
said_before <- function(expr) {
  withCallingHandlers(expr, glmrs_warning = function(w) invokeRestart("muffleWarning"))
}
