#' M-estimation
#'
#' Parameters at which a sum over rows is least, or at which sums of estimating functions are zero, both given as functions
#' in R, with the covariance that belongs to them. The search runs in Rust; your functions are called once for each
#' parameter value that it looks at.
#'
#' Give exactly one of `objective` and `psi`; what belongs to the other one is an error.
#'
#' *Objective*: the value at `theta` of what is minimised, a sum or a mean over rows such as a negative log-likelihood,
#' with its gradient: `list(value =, gradient =)`. A number alone will do: the gradient is then `gradient(theta, data)`, or
#' the sum of `score`, or made of central differences; the fit says which. `score(theta, data)` gives the n x p matrix of
#' the rows' contributions to the gradient, of either sign: `colSums(score)` must be the gradient, up to sign, or n times
#' it where the objective is a mean. This is checked at the start and at the solution. Without a score there is no
#' sandwich, and `vcov()` gives the inverse of the second derivatives, which is right for a negative log-likelihood.
#'
#' *Equations*: `psi(theta, data)` gives the n x q matrix of estimating functions. With q = p the root of their sums is
#' sought by damped Newton steps; with q > p they are moments of which the weighted squares are minimised (the generalised
#' method of moments), and [summary()][summary.m_estimate] has Hansen's test, whatever the weights: from those of
#' `"identity"` it takes a step to the efficient ones. The derivatives of the sums, q x p, are `jacobian(theta, data)`, checked
#' at the solution, or central differences. See [stack_psi()] for equations that depend on one another.
#'
#' Functions of one argument are called without the data. Where a function has no finite value, the search steps back; at
#' the start that is an error. What a function raises (errors, warnings, interrupts) reaches the caller as it is.
#'
#' The search stops where the solution is nearer than `tolerance` standard errors: a distance that depends neither on the
#' units of the parameters nor on those of the functions.
#'
#' @param objective A function of `(theta, data)`, or a formula: see [m_estimate.formula()].
#' @param score,gradient,hessian Functions of `(theta, data)`: the n x p matrix of score rows, the gradient (p), the second
#'   derivatives of the objective (p x p).
#' @param psi A function of `(theta, data)` that gives an n x q matrix, or equations from [stack_psi()].
#' @param jacobian A function of `(theta, data)`: the q x p derivatives of `colSums(psi)`.
#' @param data Anything that the functions take.
#' @param start Starting values, p numbers; their names are those of the parameters. Equations from [stack_psi()] bring
#'   their own.
#' @param method How an objective is minimised: `"lbfgs"` (BFGS that remembers the last 7 steps), `"bfgs"` (the same with
#'   all steps remembered), `"cg"` (conjugate gradients, Polak and Ribiere), each with the line search of More and Thuente,
#'   `"trust-region"` (Steihaug's), all by the crate argmin, or `"newton"`: damped steps of the package's own, with which
#'   the other methods end, too; where they lead nowhere the trust region takes over.
#' @param weighting How moments are weighted where there are more of them than parameters: `"two-step"`, `"identity"`,
#'   `"iterated"` or `"continuous"` (continuously updated).
#' @param moments Covariance of the moments for that, and of the default of `vcov()` for any equations: `"iid"`, `"cluster"`
#'   (needs `cluster`) or `"HAC"` (`lag` by default Newey and West's 4 (n/100)^(2/9)).
#' @param cluster Cluster of each row, for `moments = "cluster"`, and the default of `vcov(type = "cluster")`.
#' @param lag Lags of `moments = "HAC"`.
#' @param max_iterations Most steps of the search.
#' @param tolerance Distance from the solution, in standard errors, at which the search stops.
#' @param ... For methods.
#' @return A list of class `"m_estimate"`: `coefficients`; `value` and `gradient` of an objective; `bread`, the inverse of
#'   minus the mean derivative of the estimating functions, and `meat`, their mean product, so that bread meat bread' / n
#'   is the sandwich; `nobs`, `converged`, `status`, `iterations`, `calls` (of your functions, 0 where Rust has the
#'   equations), `distance` (from the solution, in standard errors), `call`, and the functions and data that it was made from.
#' @references Huber, P. J. (1967) The behavior of maximum likelihood estimates under nonstandard conditions. *Proc. Fifth
#'   Berkeley Symposium* 1, 221-233. Stefanski, L. A. and Boos, D. D. (2002) The calculus of M-estimation. *The American
#'   Statistician* 56, 29-38. Hansen, L. P. (1982) Large sample properties of generalized method of moments estimators.
#'   *Econometrica* 50, 1029-1054.
#' @examples
#' # mean and variance as roots of two equations, with their joint covariance
#' moments <- function(theta, x) cbind(x - theta[1], (x - theta[1])^2 - theta[2])
#' fit <- m_estimate(psi = moments, data = cars$dist, start = c(mean = 1, variance = 1))
#' summary(fit)
#' # a logistic regression by its log-likelihood
#' x <- cbind(1, mtcars$wt)
#' negative_loglik <- function(b, d) {
#'   eta <- drop(x %*% b)
#'   list(value = sum(log1p(exp(eta)) - d * eta), gradient = crossprod(x, plogis(eta) - d))
#' }
#' score <- function(b, d) x * (d - plogis(drop(x %*% b)))
#' fit <- m_estimate(negative_loglik, score, data = mtcars$am, start = c(0, 0))
#' vcov(fit)
#' @export
m_estimate <- function(objective = NULL, ...) UseMethod("m_estimate")

#' @rdname m_estimate
#' @export
m_estimate.default <- function(objective = NULL, score = NULL, psi = NULL, data = NULL, start = NULL, gradient = NULL,
                               hessian = NULL, jacobian = NULL,
                               method = c("lbfgs", "bfgs", "cg", "newton", "trust-region"),
                               weighting = c("two-step", "identity", "iterated", "continuous"),
                               moments = c("iid", "cluster", "HAC"), cluster = NULL, lag = NULL, max_iterations = 100,
                               tolerance = 1e-6, ...) {
  call <- sys.call()
  call[[1L]] <- quote(m_estimate)
  check_no_dots(list(...), call)
  limits <- list(
    tolerance = check_positive(tolerance, "tolerance", call),
    max_iterations = check_count(max_iterations, "max_iterations", call)
  )
  data <- own_memory(data, data)
  if (is.null(objective) == is.null(psi)) abort("argument", "give either `objective` or `psi`", call)
  if (is.null(psi)) {
    for_psi <- list(
      jacobian = jacobian, weighting = if (!missing(weighting)) weighting, moments = if (!missing(moments)) moments, lag = lag
    )
    check_none_given(for_psi, "psi", "objective", call)
    functions <- list(objective = objective, score = score, gradient = gradient, hessian = hessian)
    parts <- objective_parts(functions, data, start, method, limits, call)
  } else {
    for_objective <- list(score = score, gradient = gradient, hessian = hessian, method = if (!missing(method)) method)
    check_none_given(for_objective, "objective", "psi", call)
    gmm <- list(weighting = weighting, moments = moments, cluster = cluster, lag = lag)
    parts <- equations_parts(list(psi = psi, jacobian = jacobian), data, start, gmm, limits, call)
  }
  fit <- parts$fit
  # how many rows there are, an objective alone does not say
  if (!is.null(cluster)) cluster_codes(cluster, if (is.na(fit$nobs)) NROW(cluster) else fit$nobs, call)
  if (!is.null(lag)) check_lag(lag, fit$nobs, call)
  warn_about_search(fit, call)
  fit$hint <- NULL
  fit$cluster <- cluster
  structure(c(fit, parts[c("functions", "data", "settings")], list(call = call)), class = "m_estimate")
}

# list(fit, functions, data, settings) of the minimum of an objective.
objective_parts <- function(functions, data, start, method, limits, call) {
  method <- check_choice(method, eval(formals(m_estimate.default)$method), "method", call)
  check_functions(functions, call)
  start <- check_start_values(start, call)
  fit <- fit_objective(functions, data, start, method, limits, call)
  list(fit = fit, functions = functions, data = data, settings = list(method = method, limits = limits))
}

# The same of the root of equations; `gmm` is list(weighting, moments, cluster, lag). The data of a stack are its own.
equations_parts <- function(functions, data, start, gmm, limits, call) {
  stacked <- inherits(functions$psi, "glmrs_psi")
  core <- NULL
  if (stacked) {
    stack <- prepare_stack(functions$psi, data, call)
    start <- stack_start(stack, start, call)
    data <- stack$data
    functions$psi <- stack$rows
    if (is.null(functions$jacobian)) core <- stack$core
  }
  check_functions(functions, call)
  start <- check_start_values(start, call)
  gmm$weighting <- check_choice(gmm$weighting, eval(formals(m_estimate.default)$weighting), "weighting", call)
  gmm$moments <- check_choice(gmm$moments, c("iid", "cluster", "HAC"), "moments", call)
  check_dependence(gmm, call)
  fit <- if (is.null(core)) fit_equations(functions, data, start, gmm, limits, call) else fit_stack(core, start, limits, call)
  list(
    # they say what rows are taken for, whether or not there are more moments to weight than parameters
    fit = c(fit, gmm[c("moments", "lag")]), functions = functions, data = data,
    settings = list(gmm = gmm, limits = limits, stacked = stacked, core = core)
  )
}

# The fit of other functions or data, as the fit was made and from where it ended: no warnings.
search_again <- function(object, functions, data, call) {
  settings <- object$settings
  start <- object$coefficients
  if (object$kind == "objective") return(fit_objective(functions, data, start, settings$method, settings$limits, call))
  fit_equations(functions, data, start, settings$gmm, settings$limits, call)
}

# Arguments of the `other` kind of fit, NULL where nobody gave them.
check_none_given <- function(arguments, other, own, call) {
  given <- names(Filter(Negate(is.null), arguments))
  if (!length(given)) return(invisible())
  abort("argument", sprintf("`%s` is for `%s`, but the fit is by `%s`", given[1L], other, own), call, i = "leave it out")
}

# What rows depend by is given where they depend by it.
check_dependence <- function(gmm, call) {
  if (gmm$moments == "cluster" && is.null(gmm$cluster)) abort_no_cluster(call)
  if (gmm$moments != "HAC" && !is.null(gmm$lag)) {
    abort("argument", sprintf('`lag` is for moments = "HAC", not "%s"', gmm$moments), call, i = "vcov() takes a lag of its own")
  }
}

check_functions <- function(functions, call) {
  for (name in names(functions)) {
    f <- functions[[name]]
    if (!is.null(f) && (!is.function(f) || !length(formals(args(f))))) {
      what <- if (is.function(f)) "one without arguments" else describe(f)
      abort("argument", sprintf("`%s` must be a function of (theta, data), not %s", name, what), call)
    }
  }
}

check_start_values <- function(start, call) {
  if (is.null(start)) abort("argument", "`start` is missing: it gives the parameters their number and names", call)
  if (!is.numeric(start) || !length(start) || anyNA(start) || any(is.infinite(start))) {
    abort("argument", "`start` must be finite numbers, one for each parameter", call)
  }
  names <- names(start) %||% character(length(start))
  blank <- !nzchar(names) | is.na(names)
  names[blank] <- paste0("theta", seq_along(start))[blank]
  stats::setNames(as.double(start), make.unique(names))
}

warn_about_search <- function(fit, call) {
  if (fit$converged) return(invisible())
  advice <- switch(fit$status,
    max_iterations = sprintf(" (%d); try a larger `max_iterations` or another `start`", fit$iterations),
    max_rounds = "; try a larger `max_iterations`, or weighting = \"continuous\"",
    "; try another `start` or `method`"
  )
  warn("not_converged", paste0(status_in_words(fit$status), advice), call, i = fit$hint)
}
