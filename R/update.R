# Calls that are made again, by update() and through it by step(), drop1() and add1().

# `call` with `glmrs::` before those of our functions that are not found from `env`: a fit may have been read in a session
# where the package is not attached.
findable_call <- function(call, env) {
  exports <- getNamespaceExports("glmrs")
  findable <- function(name) {
    if (!is.symbol(name) || !as.character(name) %in% exports || exists(as.character(name), envir = env, mode = "function")) return(name)
    call("::", quote(glmrs), name)
  }
  walk <- function(expr) {
    if (!is.call(expr)) return(expr)
    expr[[1L]] <- findable(expr[[1L]])
    # an empty argument, as in d[, 1], stays one
    for (i in seq_along(expr)[-1L]) if (is.call(expr[[i]])) expr[[i]] <- walk(expr[[i]])
    expr
  }
  call <- walk(call)
  for (arg in intersect(c("family", "loss"), names(call))) call[[arg]] <- findable(call[[arg]])
  call
}

# The call with these arguments in the place of its own, for update().
with_arguments <- function(call, changed) {
  for (name in names(changed)) call[[name]] <- changed[[name]]
  call
}

#' @export
update.glm_rs <- function(object, formula., ..., evaluate = TRUE) {
  call <- findable_call(object$call, environment(stats::formula(object)))
  if (!missing(formula.)) call$formula <- scope_formula(object, formula., sys.call())
  changes <- as.list(match.call(expand.dots = FALSE)$...)
  named <- nzchar(names(changes) %||% character(length(changes)))
  call <- as.call(c(as.list(with_arguments(call, changes[named])), changes[!named]))
  if (evaluate) eval(call, parent.frame()) else call
}

#' @export
update.glm_rs_model <- update.glm_rs

#' @export
drop1.glm_rs_model <- function(object, scope, ...) {
  refuse_covariance(list(...), tests_with_covariances, sys.call())
  if (!missing(scope)) dropped_terms(object, scope, labels(object), sys.call())
  NextMethod()
}

#' @export
add1.glm_rs_model <- function(object, scope, ...) {
  call <- sys.call()
  refuse_covariance(list(...), tests_with_covariances, call)
  if (!missing(scope) && !is.character(scope)) {
    as_glmrs_error(stats::add.scope(object, scope_formula(object, scope, call)), "argument", call)
  }
  NextMethod()
}
