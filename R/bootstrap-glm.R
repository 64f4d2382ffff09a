# The bootstrap of a generalized linear model: what a replicate draws is said here, replicates are fitted by Rust.

#' @rdname bootstrap
#' @export
bootstrap.glm_rs <- function(fit, times = 999,
                             type = c("pairs", "cluster", "bayesian", "wild", "parametric", "residual", "score"),
                             cluster = NULL, distribution = c("rademacher", "mammen"), seed = NULL, threads = NULL, ...) {
  call <- sys.call()
  call[[1L]] <- quote(bootstrap)
  check_no_dots(list(...), call)
  if (missing(type) && !is.null(cluster)) type <- "cluster"
  if (inherits(fit, "poisson_fit")) fit <- as_poisson_glm(fit, call)
  bootstrap_glm(fit, times, type, cluster, distribution, seed, threads, call)
}

#' @rdname bootstrap
#' @export
bootstrap.poisson_fit <- bootstrap.glm_rs

glm_bootstraps <- eval(formals(bootstrap.glm_rs)$type)

bootstrap_glm <- function(fit, times, type, cluster, distribution, seed, threads, call) {
  times <- check_times(times, length(fit$coefficients), call)
  type <- check_choice(type, glm_bootstraps, "type", call)
  multiplier <- check_multiplier(type, distribution, call)
  if (!fit$rank) abort("bootstrap", "the fit has no coefficients", call)
  if (!is.null(fit$bias)) refuse_bias(fit, "replicates would have their bias: there is no bootstrap", call)
  fit <- with_rows(fit)
  units <- units_of(fit, type, cluster, call)
  draws <- as.double(c(times, bootstrap_seed(seed, call)))
  control <- bootstrap_control(fit, threads, call)
  found <- if (is_step(type)) {
    step_replicates(fit, list(multiplier, units), draws, control, type == "wild", call)
  } else {
    fit_replicates(fit, glm_scheme(fit, type, multiplier, units, call), draws, control, call)
  }
  bootstrap_found(
    found, fit$coefficients, times, type, draws[2L], call, caveats = caveats_of(fit), clusters = if (!is.null(cluster)) max(units),
    standard.errors = standard_errors_of(fit),
    acceleration = if (type %in% c("pairs", "cluster", "bayesian")) glm_acceleration(fit, units, control, call)
  )
}

standard_errors_of <- function(fit) sqrt(said_before(estimate_dispersion(fit)) * unscaled_variances(fit))

# Is a replicate a step from the estimate, and no fit?
is_step <- function(type) type %in% c("wild", "score")

# The core's name of the numbers that a type draws for rows or clusters.
check_multiplier <- function(type, distribution, call) {
  distribution <- check_choice(distribution, c("rademacher", "mammen"), "distribution", call)
  if (type != "wild" && distribution == "mammen") {
    abort("argument", "`distribution` is for the multipliers of type = \"wild\" only", call)
  }
  switch(type, wild = distribution, score = "centred", bayesian = "exponential", "count")
}

# What the core reads of the controls of a fit, with threads and progress of the bootstrap.
bootstrap_control <- function(fit, threads, call, env = parent.frame()) {
  control <- c(as_control(fit$control, call)[c("epsilon", "maxit")], list(threads = threads))
  control_spec(as_control(control, call), new_progress("Replicates", env))
}

# The result for all `estimates`, from what was found of them, aliased ones among them.
bootstrap_found <- function(found, estimates, times, type, seed, call, ...) {
  kept <- !is.na(estimates)
  as_replicates <- function(x) matrix(x, times, dimnames = list(NULL, names(estimates)))[, kept, drop = FALSE]
  errors <- if (!is.null(found$errors)) as_replicates(found$errors)
  new_bootstrap(as_replicates(found$replicates), found$why, estimates[kept], type, seed, call, errors = errors, ...)
}

# The unit of each row, numbered as they occur, 0 for rows without weight: each row, or those of one of the `values`.
units_with_weight <- function(values, counts) {
  if (is.null(values)) return(cumsum(counts) * counts)
  match(values, unique(values[counts]), nomatch = 0L) * counts
}

# The unit of each row, a whole number from 1, 0 for rows without weight; NULL where each row is one.
units_of <- function(fit, type, cluster, call) {
  counts <- fit$prior.weights > 0
  clustered <- c("cluster", "bayesian", "wild", "score")
  if (is.null(cluster)) {
    if (type == "cluster") abort_no_cluster(call, "cluster = ~ firm, say")
    if (type %in% c("pairs", clustered)) check_several_rows(sum(counts), call)
    return(if (!all(counts)) units_with_weight(NULL, counts))
  }
  if (!type %in% clustered) {
    abort("cluster", sprintf(
      "`cluster` is not used by type = \"%s\", only by %s", type, in_quotes(clustered)
    ), call)
  }
  values <- row_values(fit, cluster, "cluster", call)
  if (length(values) > 1L) {
    abort("cluster", sprintf(
      "clusters are drawn in one way, not by %s: to draw clusters of one would split those of the other",
      paste0("`", names(values), "`", collapse = " and ")
    ), call, i = "vcov() takes several ways: cluster = ~ firm + year")
  }
  codes <- units_with_weight(values[[1L]], counts)
  if (max(codes) < 2L) abort("cluster", "all rows are in one cluster: there is nothing to draw", call)
  as.integer(codes)
}

# One row is one cluster.
check_several_rows <- function(count, call) {
  if (count < 2L) abort("cluster", "the fit has one row with a weight: there is no variation between rows", call)
}

# What is drawn, as scheme() in bootstrap.rs reads it.
glm_scheme <- function(fit, type, multiplier, units, call) {
  if (!type %in% c("parametric", "residual")) {
    return(list("weights", multiplier, units))
  }
  family <- fit$family$family
  if (is.null(family_spec(fit$family))) {
    abort("bootstrap", sprintf(
      "responses of the family \"%s\", which is not native, are not drawn: use type = \"pairs\"", family
    ), call)
  }
  eta <- plain_double(fit$linear.predictors)
  if (type == "residual") return(list("residual", response_support(fit, call), eta, standardised_residuals(fit, call)))
  weights <- fit$prior.weights
  kind <- kind_of_family(fit$family)
  why <- if (startsWith(family, "quasi")) {
    "a quasi-likelihood has no distribution to draw from"
  } else if (kind %in% c("poisson", "negative_binomial") && any(weights != 0 & weights != 1)) {
    "with weights that are not 1 a count has no distribution to draw from"
  } else if (family == "binomial" && !all(is_whole(weights))) {
    "the weights of a binomial response must be whole numbers, its sizes"
  } else if (kind == "tweedie" && fit$family$p > 2 && fit$family$p != 3) {
    sprintf("Tweedie responses of power %s are not drawn here", format(fit$family$p))
  } else if (is.nan(dispersion <- said_before(estimate_dispersion(fit)))) {
    "without residual degrees of freedom the dispersion has no estimate"
  }
  if (!is.null(why)) abort("bootstrap", why, call, i = "type = \"pairs\" draws rows")
  list("parametric", kind, eta, dispersion, fit$family$shape)
}

# The values that a response may take, to which mean + residual is rounded.
response_support <- function(fit, call) {
  y <- whole_numbers(response_of(fit))
  variance <- switch(fit$family$family,
    quasi = fit$family$varfun, quasibinomial = "mu(1-mu)", quasipoisson = "mu", kind_of_family(fit$family)
  )
  refuse <- function(why) abort("bootstrap", paste0(why, ": use type = \"pairs\" or \"parametric\""), call)
  refuse_negative <- function() {
    refuse("responses must be positive, and a mean plus the residual of another row need not be")
  }
  if (variance %in% c("binomial", "mu(1-mu)") && all(y == 0 | y == 1)) {
    refuse("residuals of binary responses cannot be added to the means of other rows")
  }
  switch(variance,
    gaussian = , constant = "real",
    tweedie = if (fit$family$p == 0) "real" else if (fit$family$p < 2) "not negative" else refuse_negative(),
    poisson = , negative_binomial = if (all(y == round(y))) "count" else "not negative",
    mu = "not negative",
    binomial = if (all(is_whole(fit$prior.weights))) "successes" else "share",
    "mu(1-mu)" = "share",
    refuse_negative()
  )
}

# Pearson residuals over sqrt(1 - leverage), less their mean; those that a leverage of 1 leaves without spread say nothing.
standardised_residuals <- function(fit, call) {
  if (fit$df.residual <= 0) {
    why <- "without residual degrees of freedom there are no residuals to draw from"
    abort("bootstrap", why, call, i = "leave terms out, or draw rows by type = \"pairs\"")
  }
  rest <- 1 - leverages(fit)
  told <- fit$prior.weights > 0 & rest > 0
  residuals <- (sqrt(fit$weights) * fit$residuals / sqrt(rest))[told]
  plain_double(residuals - mean(residuals))
}

leverages <- function(fit) delete_rows(fit, fit$prior.weights != 0)$hat

# list(replicates, errors, why), the first two with a column for each coefficient.
fit_replicates <- function(fit, scheme, draws, control, call) {
  data <- said_before(refit_data(fit, fitted_frame(fit)))
  spec <- family_spec(fit$family)
  if (is.null(spec)) return(fit_replicates_in_r(fit, data, scheme, draws))
  aliased <- is.na(fit$coefficients)
  errors <- replace(numeric(length(aliased)), !aliased, standard_errors_of(fit))
  found <- rust_bootstrap_fits(
    data$design, list(data$response$y, data$response$weights, data$offset),
    # of separated data all replicates are separated
    list(spec, control, inherits(fit, "glm_rs_negbin"), if (is.null(fit$separation)) separation_bounds(fit$family)),
    list(unname(replace(fit$coefficients, aliased, 0)), aliased, known_dispersion(fit$family), errors), scheme, draws, call
  )
  lost <- found$aliased > 0
  found$why[lost] <- aliased_reason(names(fit$coefficients)[found$aliased[lost]])
  found
}

aliased_reason <- function(name) sprintf("`%s` is aliased in the drawn data", name)

# The same by R's functions of a family.
fit_replicates_in_r <- function(fit, data, scheme, draws) {
  times <- draws[1L]
  kept <- !is.na(fit$coefficients)
  if (!all(kept)) data$design <- design_from_matrix(stats::model.matrix(fit)[, kept, drop = FALSE])
  empty <- matrix(NA_real_, times, length(kept))
  found <- list(replicates = empty, errors = empty, why = character(times))
  given <- data$response$weights %||% 1
  units <- scheme[[3L]] %||% seq_len(NROW(data$response$y))
  count <- new_counter("Replicates", times, environment())
  for (r in seq_len(times)) {
    numbers <- c(0, drawn_numbers(scheme[[2L]], max(units), draws[2L], r))[units + 1L]
    data$response$weights <- as.double(given * numbers)
    rows <- if (scheme[[2L]] %in% c("count", "without")) sum(numbers) else sum(units > 0L)
    again <- refit_or_reason(fit, data, rows)
    if (is.character(again)) {
      found$why[r] <- again
    } else {
      found$replicates[r, kept] <- again$coefficients
      found$errors[r, kept] <- again$errors
    }
    count()
  }
  found
}

drawn_numbers <- function(multiplier, count, seed, r) {
  switch(multiplier,
    count = tabulate(rust_draw_rows(count, seed, r), count),
    without = as.double(seq_len(count) != r),
    rust_draw_weights(count, seed, r)
  )
}

# list(coefficients, errors) of a fit to `rows` rows, or why there is none.
refit_or_reason <- function(fit, data, rows) {
  eta <- plain_double(fit$linear.predictors)
  again <- tryCatch(suppressWarnings(refit(fit, data, data$design, eta)), error = conditionMessage)
  if (is.character(again)) return(again)
  if (!again$converged) return("the search did not converge")
  if (anyNA(again$coefficients)) return(aliased_reason(names(which(is.na(again$coefficients)))[1L]))
  again$df.residual <- rows - again$rank
  dispersion <- said_before(estimate_dispersion(again))
  list(coefficients = again$coefficients, errors = sqrt(dispersion * unscaled_variances(again)))
}

# Steps with the score rows. Residuals of least squares are enlarged for their leverages, as in HC3, if that is wanted.
step_replicates <- function(fit, scheme, draws, control, enlarge, call) {
  rows <- score_rows(fit, call)
  if (enlarge && fit$family$family == "gaussian" && fit$family$link == "identity") {
    hat <- leverages(rows$fit)
    check_leverages(hat, rows$fit, "wild", call)
    rows$values[[2L]] <- rows$values[[2L]] / (1 - hat)
  }
  aliased <- is.na(fit$coefficients)
  estimate <- list(unname(replace(fit$coefficients, aliased, 0)), aliased)
  replicates <- rust_bootstrap_steps(rows$design, rows$values, estimate, scheme, draws, control, call)
  list(replicates = replicates, why = character(draws[1L]))
}

# For BCa intervals. Beside a large factor it is not formed: each row has an influence on each level.
glm_acceleration <- function(fit, units, control, call) {
  if (!is.null(fit$cov.blocks) || fit$rank > MANY_COEFFICIENTS) return(NULL)
  rows <- score_rows(fit, call)
  aliased <- is.na(fit$coefficients)
  acceleration <- rust_bootstrap_acceleration(rows$design, rows$values, aliased, units, control, call)
  stats::setNames(acceleration, names(fit$coefficients))[!aliased]
}
