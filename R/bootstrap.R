# The bootstrap: fits to resampled rows, and what they say about an estimate.

#' Bootstrap
#'
#' Fits to resampled data, for standard errors and intervals that do not trust the model's variance, or the normal
#' distribution.
#'
#' Replicate r draws from a random stream that depends on `seed` and r alone, and not on R's generator, whose state is
#' left as it is. Where `seed` is `NULL` it is drawn from R's generator: `set.seed()` makes results repeatable. Threads do
#' not change them.
#'
#' Each fit starts at the estimate. A replicate that fails (an error, no convergence, a coefficient that the drawn rows do not
#' determine) is counted, shown, and left out.
#'
#' @section Types:
#' \describe{
#'   \item{`"pairs"`, `"cluster"`}{Rows, or whole clusters, drawn with replacement.}
#'   \item{`"bayesian"`}{Rows (clusters, if given) weighted by exponential numbers of mean 1.}
#'   \item{`"score"`}{No fit, but one Newton step from the estimate, with the score of each row (cluster) multiplied by
#'     an exponential number less 1: for fits that take long.}
#'   \item{`"wild"`}{The same with numbers of -1 and 1 (or Mammen's, see `distribution`), after Kline and Santos. For
#'     `gaussian()` with identity link, where one step is a fit, it is the wild bootstrap of the residuals, each divided by
#'     1 - leverage, as in HC3. Not for [m_estimate()].}
#'   \item{`"parametric"`}{Generalized linear models only, as the next one. Responses drawn from the fitted model: gaussian, binomial (of the sizes that are its weights),
#'     poisson, Gamma and inverse.gaussian, with the dispersion of `summary()`; negative binomial ones with the theta of the fit,
#'     [tweedie()] ones of a power up to 2, or 3.}
#'   \item{`"residual"`}{The fitted means and standardised Pearson residuals, less their mean, drawn with replacement
#'     (Davison and Hinkley, section 7.2.3). Residuals of Poisson and binomial responses are added on the scale of each
#'     row's standard deviation and the sum is rounded to the nearest count that there can be (for their quasi-families, to
#'     the nearest value in their range). Not for binary responses, nor for those that must be positive.}
#' }
#'
#' @section Generalized linear models:
#' Replicates are fitted in Rust on all cores, each from the estimate: rows get other weights or responses, and are not
#' copied. Prior weights stay what they are and are multiplied; rows without weight take no part, nor do aliased
#' coefficients. Where what was drawn separates the responses, as [detect_separation()] tells, a replicate has no finite
#' estimates, and has failed: standard errors are then those of data that have some. Where the data of the fit are separated already, its
#' replicates' coefficients are as large as the stopping rule lets them become, as those of the fit are. Families of the user's own are resampled by `"pairs"`, `"cluster"` and `"bayesian"` in a loop of R's, by
#' `"wild"` and `"score"` like all others.
#'
#' Of [negative_binomial()] fits with an estimated theta a replicate estimates theta anew, but does not report it; a given theta, and
#' the power of [tweedie()], stay what they are.
#'
#' @section Models of other likelihoods:
#' Fits with [zero_inflated()], [hurdle()], [zero_truncated()], `negative_binomial(type = "nb1")`, [multinomial()] or
#' [cumulative()] are resampled by `"pairs"`, `"cluster"`, `"bayesian"`, `"wild"` and `"score"`, in the same way and with all
#' their parameters, `log(theta)` and thresholds among them. Of choices among alternatives whole cases are drawn. A replicate without a zero, or
#' without a category that the fit has, has failed, and so has one of `zero_truncated()` or NB1 counts that vary no more than
#' Poisson counts, where the theta of the fit is finite.
#'
#' @section M-estimators:
#' Functions that know their data get resampled ones: rows of a data frame or a matrix, elements of a vector, or of a list
#' of vectors and matrices of equal length. If `data` is a list with an element `n`, they get it with an element `indices`:
#' the rows, from 1 to n, to take. Functions with an argument `weights` get one weight a row instead: how often it was
#' drawn, or its exponential number. The rows of equations from [stack_psi()] are weighted for you; constants that come
#' from the data, as the scale of [psi_huber()], stay what they are. Regressions by formula are fitted
#' again to rows of their model frame. These, and stacks that Rust solves alone (see [stack_psi()]), make several replicates
#' at a time.
#'
#' @param fit A fit from [glm_rs()], [poisson_fit()] or [m_estimate()].
#' @param times How many replicates, 2 or more.
#' @param type See below; by default `"cluster"` if `cluster` is given, or an M-estimator has clusters of its own, else
#'   `"pairs"`.
#' @param cluster Cluster of each row: a vector, or a formula as for [vcov.glm_rs()]; for M-estimators by default that of the
#'   fit, which `type = "pairs"` passes over.
#' @param distribution Distribution of the multipliers of `"wild"`: `"rademacher"`, -1 or 1 with equal chance, or `"mammen"`, with a third
#'   moment of 1.
#' @param seed A whole number, or `NULL`.
#' @param threads As for [glm_rs_control()]. M-estimators whose functions are R's have one.
#' @param ... For methods.
#' @return A list of class `"glmrs_bootstrap"`: `estimate`; `replicates`, a `times` x p matrix, with rows of `NA` for
#'   failures; `failures`, a table of their messages; `type`, `seed`, `call`; where they are known, `clusters`, how many there are, `errors`, the standard
#'   errors of the replicates by the model (with the dispersion of each), `standard.errors` of the estimate,
#'   `acceleration` for BCa intervals, and `caveats`, as [summary()][summary.glm_rs()] has them. Errors are of class `glmrs_error_bootstrap` if the fit has no such bootstrap or all
#'   replicates failed, `glmrs_error_cluster` or `glmrs_error_argument`.
#' @references Davison, A. C. and Hinkley, D. V. (1997) *Bootstrap Methods and their Application*. Cambridge University
#'   Press. Rubin, D. B. (1981) The Bayesian bootstrap. *Annals of Statistics* 9, 130-134. Kline, P. and Santos, A. (2012) A
#'   score based approach to wild bootstrap inference. *Journal of Econometric Methods* 1, 23-41. Mammen, E. (1993) Bootstrap
#'   and wild bootstrap for high dimensional linear models. *Annals of Statistics* 21, 255-285.
#' @seealso [confint.glmrs_bootstrap()]; [vcov.glm_rs()], which takes `type = "bootstrap"`.
#' @examples
#' fit <- glm_rs(breaks ~ wool + tension, data = warpbreaks, family = poisson())
#' b <- bootstrap(fit, times = 199, seed = 1)
#' summary(b)
#' confint(b, type = "bca")
#' summary(fit, vcov = "bootstrap", times = 199, seed = 1)
#'
#' psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
#' fit <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0))
#' b <- bootstrap(fit, times = 99, seed = 1)
#' confint(b, type = "basic")
#' @export
bootstrap <- function(fit, times = 999, ...) UseMethod("bootstrap")

#' @export
bootstrap.default <- function(fit, times = 999, ...) {
  what <- if (is.object(fit)) paste0("class \"", class(fit)[1L], "\"") else describe(fit)
  abort("argument", paste0("`fit` must be a fit from glm_rs(), from poisson_fit() or from m_estimate(), not ", what), sys.call(-1L))
}

#' @rdname bootstrap
#' @export
bootstrap.m_estimate <- function(fit, times = 999, type = c("pairs", "cluster", "bayesian", "score"), cluster = NULL,
                                 seed = NULL, threads = NULL, ...) {
  call <- sys.call()
  call[[1L]] <- quote(bootstrap)
  check_no_dots(list(...), call)
  if (missing(type) && !is.null(cluster %||% fit$cluster)) type <- "cluster"
  bootstrap_m(fit, times, type, cluster, seed, threads, call)
}

m_bootstraps <- eval(formals(bootstrap.m_estimate)$type)

# Of `p` coefficients.
check_times <- function(times, p, call) {
  times <- check_count(times, "times", call)
  if (times < 2L) abort("argument", "`times` must be at least 2: one replicate has no spread", call)
  if (as.double(times) * p > .Machine$integer.max) {
    abort("argument", sprintf("`times`: %d replicates of %d coefficients are too many to keep", times, p), call)
  }
  times
}

bootstrap_seed <- function(seed, call) {
  if (is.null(seed)) return(sample.int(.Machine$integer.max, 1L))
  if (!is_number(seed) || seed < 0 || seed > 2^53 || seed != floor(seed)) {
    abort("argument", "`seed` must be a whole number >= 0", call)
  }
  as.double(seed)
}

acceleration_of <- function(influence) colSums(influence^3) / (6 * colSums(influence^2)^1.5)

# The result. `replicates`: a column for each coefficient that is not aliased; `why` replicates failed, "" for the others;
# further facts where they are known.
new_bootstrap <- function(replicates, why, estimate, type, seed, call, ...) {
  failed <- why != ""
  replicates[failed, ] <- NA
  failures <- sort(table(why[failed], dnn = NULL), decreasing = TRUE)
  if (sum(!failed) < 2L) {
    message <- sprintf("%d of %d replicates failed", sum(failed), length(why))
    abort("bootstrap", paste0(message, if (length(failures)) paste0(": ", names(failures)[1L])), call)
  }
  facts <- Filter(Negate(is.null), list(...))
  parts <- list(
    estimate = estimate, replicates = replicates, failures = failures, type = type, seed = seed, call = call
  )
  structure(c(parts, facts), class = "glmrs_bootstrap")
}
