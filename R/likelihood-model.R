# What fits of models have in common that are no glm, of class "glm_rs_model": their parameters are those of a likelihood of
# independent rows. A class of them says what its parameters, its rows and their scores are.

# All parameters with their names, NA for aliased ones; `cov.scaled` of the fit has the others in the same order.
model_parameters <- function(fit) UseMethod("model_parameters")

# The data of the fit, again: a list of the model frame (`frame`), `weights` (NULL for all 1), `names` of the rows, and what
# else the class needs.
model_mold <- function(fit) UseMethod("model_mold")

# The derivatives of the rows' log-likelihoods, times their weights: n x p, with the names of the parameters.
model_scores <- function(fit, mold) UseMethod("model_scores")

# The linear predictors, a list for each of them: `design`, the standard `errors` of its coefficients (NA for aliased ones) and
# `offset`. None where their columns are not those of one design.
model_predictors <- function(fit, mold) UseMethod("model_predictors")

#' @exportS3Method
model_predictors.default <- function(fit, mold) list()

# 1 for each row that is an observation of its own with weight, 0 for others.
counted_rows <- function(fit, mold) UseMethod("counted_rows")

#' @exportS3Method
counted_rows.default <- function(fit, mold) {
  if (is.null(mold$weights)) rep(1, length(mold$names)) else as.double(mold$weights > 0)
}

# The rows that are observations, with weight or without; NULL for all of them.
places_of_observations <- function(fit, mold) UseMethod("places_of_observations")

#' @exportS3Method
places_of_observations.default <- function(fit, mold) NULL

#' @export
logLik.glm_rs_model <- function(object, ...) structure(object$loglik, df = object$rank, nobs = object$n, class = "logLik")

#' @export
nobs.glm_rs_model <- function(object, ...) object$n

#' @export
extractAIC.glm_rs_model <- function(fit, scale, k = 2, ...) c(fit$rank, -2 * fit$loglik + k * fit$rank)

# Without the attributes of the terms that step() puts in its place.
#' @export
formula.glm_rs_model <- function(x, ...) stats::formula(x$formula)

#' @export
family.glm_rs_model <- function(object, ...) object$family

#' @export
model.frame.glm_rs_model <- function(formula, ...) model_mold(formula)$frame

# The default has the names of the fit's parts.
#' @export
labels.glm_rs_model <- function(object, ...) attr(stats::terms(object), "term.labels")

#' @export
weights.glm_rs_model <- function(object, type = "prior", ...) {
  call <- sys.call()
  check_choice(type, "prior", "type", call)
  check_no_dots(list(...), call)
  naresid(object$na.action, model_mold(object)$weights)
}

#' @export
vcov.glm_rs_model <- function(object, type = NULL, cluster = NULL, ..., complete = TRUE) {
  call <- sys.call()
  found <- likelihood_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  as_vcov(found, model_parameters(object), complete, call)
}

#' @export
confint.glm_rs_model <- function(object, parm, level = 0.95, vcov = NULL, type = c("Wald", "profile"), ...) {
  likelihood_intervals(object, model_parameters(object), parm, level, vcov, type, list(...), sys.call())
}

# Limits of `estimates`, parameters of the fit.
likelihood_intervals <- function(fit, estimates, parm, level, vcov, type, options, call) {
  tails <- tails_of(check_level(level, call))
  if (is_type_of_function(type, vcov, c("Wald", "profile"))) {
    options$type <- type
    type <- "Wald"
  }
  if (check_choice(type, c("Wald", "profile"), "type", call) == "profile") {
    if (!is.null(vcov) || !is.null(options$cluster)) {
      abort("argument", 'a covariance is for intervals of type "Wald": a likelihood does not use one', call)
    }
    check_no_dots(options, call)
    return(profile_intervals(fit, names(estimates), parm, level, call))
  }
  check_covariance_dots(options, vcov, call)
  covariance <- likelihood_covariance(fit, vcov, options, call)
  errors <- likelihood_errors(fit, covariance)[names(estimates)]
  limits <- unname(estimates) + unname(errors) %o% stats::qt(tails, common_df(covariance$df) %||% Inf)
  chosen_limits(limits, parm, names(estimates), tails, call, "coefficient")
}

# Quantiles of Pearson residuals, where there are some.
print_pearson <- function(residuals, digits) {
  if (is.null(residuals)) return(invisible())
  cat("\nPearson residuals:\n")
  quantiles <- stats::quantile(residuals, na.rm = TRUE)
  print(stats::setNames(quantiles, c("Min", "1Q", "Median", "3Q", "Max")), digits = digits)
}

# Tables of coefficients under their names, and below the last of them what the stars of any of them mean.
print_tables <- function(tables, digits, signif.stars = shows_stars(), signif.legend = signif.stars, ...) {
  for (title in names(tables)) {
    cat("\n", title, ":\n", sep = "")
    stats::printCoefmat(tables[[title]], digits = digits, signif.stars = signif.stars, signif.legend = FALSE, na.print = "NA", ...)
  }
  p_values <- unlist(lapply(tables, function(table) table[, ncol(table)]))
  if (!signif.stars || !signif.legend || !any(p_values < 0.1, na.rm = TRUE)) return(invisible())
  # as printCoefmat() has it
  cuts <- c(0, 0.001, 0.01, 0.05, 0.1, 1)
  legend <- attr(stats::symnum(0, corr = FALSE, cutpoints = cuts, symbols = c("***", "**", "*", ".", " ")), "legend")
  cat("---\nSignif. codes:  ", legend, "\n", sep = "")
}

# The table of all parameters.
likelihood_table <- function(fit, covariance) {
  df <- common_df(covariance$df)
  coefficient_table(model_parameters(fit), likelihood_errors(fit, covariance), df %||% Inf, !is.null(df))
}

#' @export
anova.glm_rs_model <- function(object, ...) {
  call <- sys.call()
  fits <- list(object, ...)
  check_no_dots(Filter(Negate(is.list), fits), call)
  if (length(fits) < 2L) abort("argument", "anova() of such models compares fits: give two or more", call)
  check_comparable(fits, call)
  likelihoods <- vapply(fits, `[[`, 0, "loglik")
  ranks <- vapply(fits, `[[`, 0L, "rank")
  ratio <- c(NA, vapply(seq_along(fits)[-1L], function(i) {
    # of the larger one over the smaller one, whichever comes first
    pair <- fits[c(i - 1L, i)][order(ranks[c(i - 1L, i)])]
    likelihood_gain(pair[[1L]], pair[[2L]], call)
  }, 0))
  df <- c(NA, abs(diff(ranks)))
  table <- data.frame(ranks, likelihoods, df, ratio, stats::pchisq(ratio, positive(df), lower.tail = FALSE))
  dimnames(table) <- list(seq_along(fits), c("#Df", "LogLik", "Df", "Chisq", "Pr(>Chisq)"))
  models <- vapply(fits, function(fit) paste0(fit$family$family, ": ", deparse1(stats::formula(fit))), "")
  thetas <- unique(lapply(fits, function(fit) names(fit$theta) %||% length(fit$theta)))
  heading <- c(
    "Likelihood ratio tests\n", paste0("Model ", seq_along(fits), ": ", models, collapse = "\n"),
    if (length(thetas) > 1L) "An infinite theta is at its boundary: where one fit has none, the p-value is too large\n"
  )
  structure(table, heading = heading, class = c("anova", "data.frame"))
}

# Options of the covariance that standard errors are of, where they are asked for; else there are none.
check_predict_dots <- function(dots, se.fit, vcov, call) {
  if (se.fit) check_covariance_dots(dots, vcov, call) else check_no_covariance(dots, vcov, call)
}

check_no_covariance <- function(dots, vcov, call) {
  if (!is.null(vcov)) abort("argument", "`vcov` is for standard errors: give `se.fit = TRUE`, too", call)
  check_no_dots(dots, call)
}

# The model frame of a fit; where it was not kept, `again`, if the data that the call names are still the same.
frame_of_fit <- function(fit, again) {
  if (!is.null(fit$model)) return(fit$model)
  frame <- tryCatch(again, error = function(e) abort_without_rows(fit, conditionMessage(e), parent = e))
  if (!identical(fingerprint(frame), fit$fingerprint)) {
    abort_without_rows(fit, "the data, or what else the call needs, have changed since the fit")
  }
  frame
}

# As covariance_of() gives it, of all parameters that are not aliased. A matrix or a function may be about those of vcov() alone.
likelihood_covariance <- function(fit, type, options, call) {
  if (is.null(type)) type <- if (is.null(options$cluster)) "model" else "cluster"
  refuse_leverages(type, options, "models that are not generalized linear", call)
  if (is.function(type)) {
    type <- do.call(type, c(list(fit), options), quote = TRUE)
    options <- NULL
  } else if (!is.matrix(type)) {
    return(covariance_of(scored_fit(fit, model_parameters(fit)), type, options, call))
  }
  if (is.matrix(type)) type <- with_log_theta(fit, type)
  about <- if (is.matrix(type)) parameters_of_matrix(fit, type) else shown_parameters(fit)
  warn_of_negative(given_covariance(scored_fit(fit, about), type, options, call), call)
}

# Those that vcov() is of by default: without logarithms of theta.
shown_parameters <- function(fit) {
  all <- model_parameters(fit)
  all[!endsWith(names(all), LOG_THETA)]
}

# What a matrix of the user's is about, by its names; without them by its size.
parameters_of_matrix <- function(fit, matrix) {
  all <- model_parameters(fit)
  shown <- shown_parameters(fit)
  fits <- function(estimates) {
    sizes <- list(names(estimates), names(estimates)[!is.na(estimates)])
    if (is.null(rownames(matrix))) nrow(matrix) %in% lengths(sizes) else any(vapply(sizes, identical, NA, rownames(matrix)))
  }
  if (!fits(shown) && fits(all)) all else shown
}

# vcov(theta = TRUE) is about theta itself.
with_log_theta <- function(fit, matrix) {
  all <- model_parameters(fit)
  if (!LOG_THETA %in% names(all)) return(matrix)
  names(all)[names(all) == LOG_THETA] <- "theta"
  of_theta <- list(names(all), names(all)[!is.na(all)])
  if (!any(vapply(of_theta, identical, NA, rownames(matrix)))) return(matrix)
  scale <- ifelse(seq_len(nrow(matrix)) == nrow(matrix), 1 / fit$theta, 1)
  names <- c(rownames(matrix)[-nrow(matrix)], LOG_THETA)
  `dimnames<-`(matrix * outer(scale, scale), list(names, names))
}

# `what` has none.
refuse_leverages <- function(type, options, what, call) {
  asked <- c(if (is_string(type)) type, if (inherits(options$ssc, "glmrs_ssc")) options$ssc$type)
  by_leverage <- intersect(asked, c("HC2", "HC3", "HC4", "HC4m", "HC5", "jackknife", "CR2", "CR3"))
  if (!length(by_leverage)) return(invisible())
  message <- sprintf('"%s" needs leverages, which %s do not have', by_leverage[1L], what)
  abort("covariance", message, call, i = 'use "HC1", or "cluster" with ssc("CR1")')
}

# The parts of a fit of one linear predictor that kinds of covariances look at. A family of dispersion 1.
scored_fit <- function(fit, estimates) {
  kept <- names(estimates)[!is.na(estimates)]
  terms <- fit$terms$full %||% fit$terms
  data <- fit$data %||% eval(fit$call$data, environment(terms)) %||% environment(terms)
  parts <- list(
    coefficients = estimates, cov.unscaled = fit$cov.scaled[kept, kept, drop = FALSE], rank = length(kept),
    df.residual = fit$df.residual, family = stats::poisson(), control = fit$control, call = fit$call, terms = terms,
    data = data, na.action = fit$na.action, whole = fit
  )
  structure(parts, class = "glmrs_scored_fit")
}

# The score rows as a design of their own, of weights and residuals of 1.
#' @exportS3Method
score_rows.glmrs_scored_fit <- function(fit, call, observations = FALSE) {
  mold <- model_mold(fit$whole)
  weights <- counted_rows(fit$whole, mold)
  scores <- model_scores(fit$whole, mold)
  fit$linear.predictors <- stats::setNames(0 * weights, mold$names)
  fit$places <- if (observations) places_of_observations(fit$whole, mold)
  if (!is.null(fit$places)) {
    weights <- weights[fit$places]
    scores <- scores[fit$places, , drop = FALSE]
  }
  fit$weights <- weights
  design <- design_from_matrix(scores)
  list(fit = fit, design = design, values = list(weights, rep(1, length(weights))), n = sum(weights))
}

# Standard errors of all parameters, by name; NA for aliased ones. Those that the covariance lacks are the model's.
likelihood_errors <- function(fit, covariance) {
  estimates <- model_parameters(fit)
  errors <- stats::setNames(rep(NA_real_, length(estimates)), names(estimates))
  model <- errors_of(fit$cov.scaled)
  errors[names(model)] <- model
  found <- errors_of(covariance$matrix)
  errors[names(found)] <- found
  errors
}

# The call with these arguments in the place of its own, for update().
with_arguments <- function(call, changed) {
  for (name in names(changed)) call[[name]] <- changed[[name]]
  call
}

#' @export
hatvalues.glm_rs_model <- function(model, ...) refuse("hatvalues()", sys.call())

#' @export
influence.glm_rs_model <- function(model, ...) refuse("influence()", sys.call())

#' @export
cooks.distance.glm_rs_model <- function(model, ...) refuse("cooks.distance()", sys.call())

#' @export
rstandard.glm_rs_model <- function(model, ...) refuse("rstandard()", sys.call(), "quantile_residuals() are standardised, too")

#' @export
rstudent.glm_rs_model <- function(model, ...) refuse("rstudent()", sys.call(), "quantile_residuals() are standardised, too")

#' @export
dfbeta.glm_rs_model <- function(model, ...) refuse("dfbeta()", sys.call())

#' @export
dfbetas.glm_rs_model <- function(model, ...) refuse("dfbetas()", sys.call())

#' @export
profile.glm_rs_model <- function(fitted, ...) refuse("profile()", sys.call(), 'confint(type = "profile") has the intervals')

#' @export
plot.glm_rs_model <- function(x, ...) refuse("plot()", sys.call())

print_likelihood <- function(x, digits) {
  if (!is.null(x$na.action)) cat(naprint(x$na.action), "\n", sep = "")
  cat("Log-likelihood: ", format(x$loglik, digits = digits + 2L), " on ", x$rank, " Df, ", x$n, " rows\n", sep = "")
  if (!x$converged) cat("NOT converged after", x$iter, "iterations\n")
  invisible(x)
}

# The rows' scores of the coefficients alone: what the other parameters explain of them is swept out, V11^-1 (V s)_1 for the
# covariance V.
effective_scores <- function(fit, scores, estimates) {
  kept <- rownames(fit$cov.scaled)
  coefficients <- intersect(names(estimates), kept)
  influences <- scores[, kept, drop = FALSE] %*% fit$cov.scaled[, coefficients, drop = FALSE]
  effective <- influences %*% solve(fit$cov.scaled[coefficients, coefficients])
  `dimnames<-`(effective, list(rownames(scores), coefficients))
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs_model <- function(x, ...) model_scores(x, model_mold(x))[, rownames(x$cov.scaled), drop = FALSE]

#' @exportS3Method sandwich::bread
bread.glm_rs_model <- function(x, ...) x$cov.scaled * length(model_mold(x)$names)
