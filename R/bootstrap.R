# The bootstrap: fits to resampled rows, and what they say about an estimate.

#' Bootstrap
#'
#' Fits to resampled data, for standard errors and intervals.
#'
#' `"pairs"` draws rows with replacement, `"cluster"` whole clusters, `"bayesian"` weighs rows (clusters, if given) by
#' exponential numbers of mean 1, `"score"` does not fit again but adds `bread mean(w psi)` to the estimate, with weights
#' w of mean 0 and variance 1: one step of Newton's, for fits that take long.
#'
#' Functions that know their data get resampled ones: rows of a data frame or a matrix, elements of a vector, or of a list
#' of vectors and matrices of equal length. If `data` is a list with an element `n`, they get it with an element `indices`:
#' the rows, from 1 to n, to take. Functions with an argument `weights` get one weight a row instead: how often it was
#' drawn, or its exponential number. The rows of equations from [stack_psi()] are weighted for you; constants that come
#' from the data, as the scale of [psi_huber()], stay what they are. Regressions by formula are fitted
#' again to rows of their model frame, several replicates at a time (`options(glmrs.threads =)`).
#'
#' Replicate r draws from a random stream that depends on `seed` and r alone, and not on R's generator, whose state is
#' left as it is. Where `seed` is `NULL` it is drawn from R's generator: `set.seed()` makes results repeatable.
#'
#' Each fit starts at the estimate. What fails (an error, no convergence) is counted, shown, and left out.
#'
#' @param fit A fit.
#' @param times How many replicates.
#' @param type See above.
#' @param cluster Cluster of each row; by default that of the fit.
#' @param seed A whole number, or `NULL`.
#' @param ... For methods.
#' @return A list of class `"glmrs_bootstrap"`: `estimate`; `replicates`, a `times` x p matrix, with rows of `NA` for
#'   failures; `failures`, a table of their messages; `type`, `seed`, `call`.
#' @references Davison, A. C. and Hinkley, D. V. (1997) *Bootstrap Methods and their Application*. Cambridge University
#'   Press. Rubin, D. B. (1981) The Bayesian bootstrap. *Annals of Statistics* 9, 130-134. Kline, P. and Santos, A. (2012) A
#'   score based approach to wild bootstrap inference. *Journal of Econometric Methods* 1, 23-41.
#' @seealso [confint.glmrs_bootstrap()]
#' @examples
#' psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
#' fit <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0))
#' b <- bootstrap(fit, times = 99, seed = 1)
#' summary(b)
#' confint(b, type = "basic")
#' @export
bootstrap <- function(fit, times = 999, ...) UseMethod("bootstrap")

#' @export
bootstrap.default <- function(fit, times = 999, ...) {
  what <- if (is.object(fit)) paste0("class \"", class(fit)[1L], "\"") else describe(fit)
  abort("argument", paste0("`fit` must be a fit from m_estimate(), not ", what), sys.call(-1L))
}

#' @rdname bootstrap
#' @export
bootstrap.m_estimate <- function(fit, times = 999, type = c("pairs", "cluster", "bayesian", "score"), cluster = NULL,
                                 seed = NULL, ...) {
  call <- sys.call()
  call[[1L]] <- quote(bootstrap)
  check_no_dots(list(...), call)
  times <- check_count(times, "times", call)
  type <- check_choice(type, c("pairs", "cluster", "bayesian", "score"), "type", call)
  seed <- bootstrap_seed(seed, call)
  cluster <- cluster %||% fit$cluster
  if (type == "cluster" && is.null(cluster)) {
    abort("cluster", "`cluster` is missing: it says which rows belong together", call)
  }
  if (type == "pairs") cluster <- NULL
  if (fit$kind == "regression" && type != "score") {
    return(new_bootstrap(resampled_regressions(fit, times, type, cluster, seed, call), fit, type, seed, call))
  }
  replicate <- if (type == "score") {
    score_replicate(fit, cluster, seed, call)
  } else {
    refit_replicate(fit, type, cluster, seed, call)
  }
  found <- lapply(seq_len(times), function(r) {
    tryCatch(replicate(r), error = function(e) conditionMessage(e))
  })
  new_bootstrap(found, fit, type, seed, call)
}

bootstrap_seed <- function(seed, call) {
  if (is.null(seed)) return(sample.int(.Machine$integer.max, 1L))
  if (!is_number(seed) || seed < 0 || seed > 2^53 || seed != floor(seed)) {
    abort("argument", "`seed` must be a whole number >= 0", call)
  }
  as.double(seed)
}

# The estimate of replicate r, by another fit from the estimate.
refit_replicate <- function(fit, type, cluster, seed, call) {
  moments <- fit$moments %||% "iid"
  if (moments != "iid") {
    abort("bootstrap", sprintf("moments weighted for \"%s\" rows cannot be resampled: use type = \"score\"", moments), call)
  }
  resample <- resampled_problem(fit, type == "bayesian", call)
  n <- resample$n
  groups <- if (!is.null(cluster)) cluster_codes(cluster, n, call)
  members <- if (!is.null(groups)) split(seq_len(n), groups)
  function(r) {
    count <- if (is.null(groups)) n else length(members)
    if (type == "bayesian") {
      weights <- rust_draw_weights(count, seed, r)
      problem <- resample$with_weights(weights[groups %||% seq_len(n)])
    } else {
      rows <- rust_draw_rows(count, seed, r)
      if (!is.null(groups)) rows <- unlist(members[rows], use.names = FALSE)
      problem <- resample$with_rows(rows)
    }
    again <- search_again(fit, problem$functions, problem$data, call)
    if (!again$converged) abort("not_converged", paste0("the search did not converge: ", again$status), call)
    again$coefficients
  }
}

# The estimate of replicate r, by one step with the bread of the fit.
score_replicate <- function(fit, cluster, seed, call) {
  if (is.null(fit$meat)) abort("inference", "without `score` there are no rows to weigh: use type = \"pairs\"", call)
  psi <- estimating_functions(fit)
  n <- nrow(psi)
  if (!is.null(cluster)) psi <- rowsum(psi, cluster_codes(cluster, n, call), reorder = FALSE)
  steps <- psi %*% t(fit$bread) / n
  kept <- !is.na(fit$coefficients)
  function(r) {
    step <- (rust_draw_weights(nrow(steps), seed, r) - 1) %*% steps
    replace(fit$coefficients, kept, fit$coefficients[kept] + drop(step))
  }
}

# The result. That nothing varies is no result: the functions did not see what was drawn.
new_bootstrap <- function(found, fit, type, seed, call) {
  failed <- vapply(found, is.character, NA)
  kept <- !is.na(fit$coefficients)
  estimate <- fit$coefficients[kept]
  replicates <- matrix(NA_real_, length(found), length(estimate), dimnames = list(NULL, names(estimate)))
  if (!all(failed)) replicates[!failed, ] <- do.call(rbind, found[!failed])[, kept]
  failures <- sort(table(unlist(found[failed]), dnn = NULL), decreasing = TRUE)
  if (sum(!failed) < 2L) {
    why <- if (length(failures)) paste0(": ", names(failures)[1L])
    abort("bootstrap", sprintf("%d of %d replicates failed%s", sum(failed), length(found), why), call)
  }
  errors <- sqrt(diag(stats::vcov(fit)))[kept]
  spread <- apply(replicates[!failed, , drop = FALSE], 2L, stats::sd)
  # a search that begins at its end moves by rounding errors, a part of its tolerance
  if (all(spread <= 1e-4 * errors)) {
    abort("bootstrap", paste(
      "no replicate differs from the estimate: the functions do not look at what is resampled. They should use the",
      "argument `data` only, or its element `indices` where it has an element `n`, or have an argument `weights`"
    ), call)
  }
  structure(list(
    estimate = estimate, replicates = replicates, failures = failures, type = type, seed = seed, call = call
  ), class = "glmrs_bootstrap")
}
