# What the fitters of models have in common that are no glm: what they refuse, the parts of a fit, and what it says about itself.

# What the search takes: no starting means, no choice of method.
check_likelihood_request <- function(request) {
  call <- request$call
  for (arg in intersect(c("etastart", "mustart"), names(call))) {
    abort("argument", sprintf("`%s` is for generalized linear models", arg), call, i = "give `start`")
  }
  if (request$control$method != "auto") {
    abort("argument", sprintf('method = "%s" is for generalized linear models', request$control$method), call)
  }
}

check_width <- function(coefficients, call, hint = NULL) {
  if (coefficients <= MANY_COEFFICIENTS) return(invisible())
  message <- sprintf("the model has %d coefficients: more than %d are not fitted", coefficients, MANY_COEFFICIENTS)
  abort("too_wide", message, call, i = hint)
}

trace_likelihood <- function(found, control) {
  if (!control$trace) return(invisible())
  for (i in seq_along(found$history)) cat("Log-likelihood = ", found$history[i], " Iterations - ", i, "\n", sep = "")
}

# What the logarithm of theta is called among the parameters; in models of two parts with the name of its part before it.
LOG_THETA <- "Log(theta)"

log_theta_names <- function(parts) paste(parts, LOG_THETA, sep = "_")

# The parts that all fits have, of what the core found; `names` are those of all parameters.
likelihood_parts <- function(found, names, n, rank, family, request, frame) {
  kept <- names[!found$aliased]
  list(
    cov.scaled = `dimnames<-`(found$covariance, list(kept, kept)), loglik = found$log_likelihood, n = n, rank = rank,
    df.residual = n - rank, iter = length(found$history), converged = found$status == "converged", status = found$status,
    observed = found$observed, family = family, call = request$call, formula = request$formula,
    control = request$control[c("epsilon", "maxit", "trace")], data = request$data, na.action = attr(frame, "na.action"),
    model = if (request$model) frame, fingerprint = if (!request$model) fingerprint(frame)
  )
}

# A part that is NULL is none.
new_model <- function(parts, class) structure(parts[!vapply(parts, is.null, NA)], class = c(class, "glm_rs_model"))

# Where neither the model frame nor the response is kept, what has a value for each row is not, either.
with_rows_asked_for <- function(fit, request, row_parts) {
  if (request$model || request$y) return(fit)
  `class<-`(unclass(fit)[setdiff(names(fit), c(row_parts, "data"))], class(fit))
}

warn_of_search <- function(fit, call) {
  if (!fit$converged) warn_not_converged(fit$iter, call)
  if (!fit$observed) {
    warn("not_converged", "the likelihood curves upwards where the search ended: that is no maximum, and standard errors are rough", call)
  }
}
