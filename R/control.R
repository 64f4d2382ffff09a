# Controls of a fit, and the threads that it may use. The only file that reads options.

#' Control the fitting of a generalized linear model
#'
#' The first three arguments are those of [stats::glm.control()]. Pass them to [glm_rs()] through its dots or as a list
#' in `control`.
#'
#' @param epsilon Stop when |change of the deviance| / (|deviance| + 0.1) < `epsilon`. Columns whose relative norm,
#'   after the columns before them are swept out, is below `min(1e-7, epsilon / 1000)`, or
#'   below `100 * .Machine$double.eps` where that is more, are aliased.
#' @param maxit The most iterations: a whole number of at least 1. `NULL`: 25; 500 for L-BFGS, which takes many small ones; 100
#'   for [zero_inflated()] and [hurdle()] models, whose shares may go to nothing, and for fits with less `bias`.
#' @param trace Print the deviance of each iteration as it ends? Where a search begins anew (with halved steps, say), the
#'   iterations are counted on.
#' @param threads How many threads a fit may use. `NULL` takes `getOption("glmrs.threads")`, and where that is not set
#'   every core that this process may use; always within what `OMP_THREAD_LIMIT` and, in package checks,
#'   `_R_CHECK_LIMIT_CORES_` allow. The number of threads never changes a result.
#' @param method How the coefficients are found. `"auto"`: iteratively reweighted least squares on a Cholesky
#'   factorisation that hands over to QR before digits are lost; `"cholesky"` and `"qr"` insist on one of them.
#'   `"lbfgs"` and `"trust-region"` form no p x p matrix while they iterate: for very wide designs.
#' @section Progress:
#' Work of more than two seconds shows its progress where package cli is installed: in interactive sessions, or wherever
#' `options(glmrs.progress = TRUE)` is set; `FALSE` turns it off.
#' @return A list of the checked values.
#' @examples
#' glm_rs(dist ~ speed, data = cars, control = glm_rs_control(epsilon = 1e-12))
#' @export
glm_rs_control <- function(epsilon = 1e-8, maxit = NULL, trace = FALSE, threads = NULL,
                           method = c("auto", "cholesky", "qr", "lbfgs", "trust-region")) {
  call <- sys.call()
  list(
    epsilon = check_positive(epsilon, "epsilon", call),
    maxit = if (!is.null(maxit)) check_count(maxit, "maxit", call),
    trace = check_flag(trace, "trace", call),
    threads = if (!is.null(threads)) check_count(threads, "threads", call),
    method = check_choice(method, control_methods, "method", call)
  )
}

control_methods <- eval(formals(glm_rs_control)$method)

# A list from the user, or from another function's control, as checked controls. `maxit`: where none is given; NULL: what the
# method takes.
as_control <- function(control, call, maxit = NULL) {
  if (identical(control, list())) {
    if (!is.null(maxit)) default_control$maxit <- maxit
    return(default_control)
  }
  if (!is.list(control)) abort("argument", "`control` must be a list, as from glm_rs_control()", call)
  if (length(control) > length(formals(glm_rs_control))) abort("argument", "`control` has too many elements", call)
  check_names(names(control)[nzchar(names(control))], call)
  # what glm() calls its fitter is what "auto" does here
  if (identical(control$method, "glm.fit") || identical(control$method, stats::glm.fit)) control$method <- NULL
  control <- tryCatch(do.call(glm_rs_control, control, quote = TRUE), error = function(e) {
    if (!inherits(e, "glmrs_error")) abort("argument", conditionMessage(e), call, parent = e)
    e$call <- call
    stop(e)
  })
  with_maxit(control, maxit)
}

with_maxit <- function(control, maxit) {
  if (is.null(maxit)) maxit <- if (control$method == "lbfgs") 500L else 25L
  if (is.null(control$maxit)) control$maxit <- maxit
  control
}

default_control <- with_maxit(glm_rs_control(), NULL)

# What a fit takes where nothing is said; NULL: what its method takes.
default_maxit <- function(family, bias) {
  reduced <- inherits(bias, "glmrs_bias") || is_string(bias) && bias != "none"
  if (reduced) 100L else family$maxit
}

# Are these names of controls, or the beginnings of one? Asked before the dots are evaluated: a misspelt argument may not
# make sense there.
check_names <- function(names, call) {
  unknown <- names[is.na(pmatch(names, names(formals(glm_rs_control)), duplicates.ok = TRUE))]
  if (!length(unknown)) return(invisible())
  what <- ifelse(nzchar(unknown), paste0("`", unknown, "`"), "an element without a name")
  known <- setdiff(c(names(formals(glm_rs)), names(formals(glm_rs_control))), "...")
  abort(
    "argument", paste0("there is no such argument or control: ", paste(what, collapse = ", ")), call,
    i = did_you_mean(unknown[1L], known)
  )
}

# The part of the controls that the core reads: see control() in args.rs.
control_spec <- function(control, progress = NULL) {
  list(control$epsilon, control$maxit, control$method, thread_spec(control$threads), progress)
}

# How many threads are asked for; 0 where nothing is said: Rust then takes every core that the process may use, and one in a
# forked child. What the environment allows at most, Rust knows.
thread_spec <- function(asked = NULL) as.double(asked %||% option_threads() %||% 0)

option_threads <- function() {
  asked <- getOption("glmrs.threads")
  if (!is.null(asked)) check_count(asked, "options(glmrs.threads =)", NULL)
}

# Is somebody there to see how far long work is?
shows_progress <- function() isTRUE(getOption("glmrs.progress", interactive()))

# Does the user want to be told what no result depends on?
shows_hints <- function() !isFALSE(getOption("glmrs.hints"))

# Are p-values to have stars?
shows_stars <- function() isTRUE(getOption("show.signif.stars"))

# What R does with missing values where the user does not say.
default_na_action <- function() getOption("na.action")

# The contrasts of factors for which nobody says any.
default_contrasts <- function(ordered) getOption("contrasts")[[if (ordered) 2L else 1L]]
