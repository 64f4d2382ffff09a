# The bootstrap of models of likelihoods that are no glm: their rows get other weights, and Rust fits them again.

#' @rdname bootstrap
#' @export
bootstrap.glm_rs_model <- function(fit, times = 999, type = c("pairs", "cluster", "bayesian", "wild", "score"), cluster = NULL,
                                   distribution = c("rademacher", "mammen"), seed = NULL, threads = NULL, ...) {
  call <- sys.call()
  call[[1L]] <- quote(bootstrap)
  check_no_dots(list(...), call)
  if (missing(type) && !is.null(cluster)) type <- "cluster"
  bootstrap_model(fit, times, type, cluster, distribution, seed, threads, call)
}

model_bootstraps <- eval(formals(bootstrap.glm_rs_model)$type)

bootstrap_model <- function(fit, times, type, cluster, distribution, seed, threads, call) {
  estimates <- model_parameters(fit)
  times <- check_times(times, length(estimates), call)
  type <- check_choice(type, model_bootstraps, "type", call)
  multiplier <- check_multiplier(type, distribution, call)
  rows <- score_rows(scored_fit(fit, estimates), call)
  rows$fit$prior.weights <- rows$values[[1L]]
  units <- units_of(rows$fit, type, cluster, call)
  draws <- as.double(c(times, bootstrap_seed(seed, call)))
  control <- bootstrap_control(fit, threads, call)
  found <- if (is_step(type)) {
    # the rows' scores are a design of their own, whose weights say nothing of the information
    estimate <- c(start_at(estimates), list(unname(covariance_among(fit$cov.scaled, names(estimates)))))
    replicates <- rust_bootstrap_steps(rows$design, rows$values, estimate, list(multiplier, units), draws, control, call)
    list(replicates = replicates, why = character(times))
  } else {
    replicates_of(fit, list(list(multiplier, units), draws, control), call)
  }
  bootstrap_found(
    found, estimates, times, type, draws[2L], call, caveats = caveats_of(fit), clusters = if (!is.null(cluster)) max(units),
    standard.errors = errors_of(fit$cov.scaled), acceleration = if (!is_step(type)) model_acceleration(fit, units)
  )
}

# For BCa intervals, by the influence of units.
model_acceleration <- function(fit, units) {
  influences <- estfun.glm_rs_model(fit) %*% fit$cov.scaled
  if (!is.null(units)) influences <- rowsum(influences[units > 0L, , drop = FALSE], units[units > 0L])
  acceleration_of(influences)
}

# What the core finds of its parameters, as far as the fit shows them; `drawing` is list(list(multiplier, units), draws, control).
replicates_of <- function(fit, drawing, call) {
  estimates <- core_parameters(fit)
  found <- resampled_maxima(fit, model_mold(fit), c(list(start_at(estimates)), drawing), call)
  of_shown <- function(x) matrix(x, length(found$why))[, nzchar(names(estimates)), drop = FALSE]
  lost <- found$aliased > 0
  found$why[lost] <- aliased_reason(names(estimates)[found$aliased[lost]])
  list(replicates = of_shown(found$replicates), errors = of_shown(found$errors), why = found$why)
}

# list(replicates, errors, aliased, why) of the core's parameters; `request` is list(start_at(estimates), list(multiplier, units),
# draws, control).
resampled_maxima <- function(fit, mold, request, call) UseMethod("resampled_maxima")

#' @exportS3Method
resampled_maxima.glm_rs_zero <- function(fit, mold, request, call) {
  rust_zero_bootstrap(mold$designs, zero_data(mold, mold$counts), fit$family$spec, request, call)
}

#' @exportS3Method
resampled_maxima.glm_rs_multinomial <- function(fit, mold, request, call) {
  rust_multinomial_bootstrap(mold$design, multinomial_data(mold, call), request, call)
}

#' @exportS3Method
resampled_maxima.glm_rs_cumulative <- function(fit, mold, request, call) {
  rust_cumulative_bootstrap(mold$design, cumulative_data(mold), fit$family$link, request, call)
}

# Cases are drawn: their rows get the number of the first one, which scores and clusters are those of.
#' @exportS3Method
resampled_maxima.glm_rs_choice <- function(fit, mold, request, call) {
  first <- mold$order[mold$starts[-length(mold$starts)] + 1]
  request[[2L]][[2L]] <- as.integer(request[[2L]][[2L]][first][mold$case])
  rust_choice_bootstrap(mold$design, choice_data(mold), request, call)
}

#' @exportS3Method
resampled_maxima.glm_rs_count <- function(fit, mold, request, call) {
  rust_count_bootstrap(mold$design, count_data(mold), fitted_count_spec(fit), request, call)
}
