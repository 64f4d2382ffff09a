# Covariances of a fit of two parts, its tables, and what package sandwich asks for.

#' @rdname glm_rs_zero-methods
#' @export
vcov.glm_rs_zero <- function(object, type = NULL, cluster = NULL, ..., part = c("full", "count", "zero"),
                             complete = TRUE) {
  call <- sys.call()
  part <- check_part(part, call)
  found <- zero_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  estimates <- stats::coef(object)
  kept <- names(estimates)[!is.na(estimates)]
  matrix <- found$matrix[kept, kept, drop = FALSE]
  if (complete) matrix <- complete_covariance(matrix, estimates)
  if (part == "full") return(structure(matrix, ssc = found$ssc))
  own <- startsWith(rownames(matrix), paste0(part, "_"))
  names <- sub("^(count|zero)_", "", rownames(matrix)[own])
  structure(matrix[own, own, drop = FALSE], dimnames = list(names, names), ssc = found$ssc)
}

# As covariance_of() gives it, of all parameters that are not aliased, or of the coefficients for a matrix or a function.
zero_covariance <- function(fit, type, options, call) {
  if (is.null(type)) type <- if (is.null(options$cluster)) "model" else "cluster"
  asked <- c(if (is_string(type)) type, if (inherits(options$ssc, "glmrs_ssc")) options$ssc$type)
  by_leverage <- intersect(asked, c("HC2", "HC3", "HC4", "HC4m", "HC5", "jackknife", "CR2", "CR3"))
  if (length(by_leverage)) {
    message <- sprintf('"%s" needs leverages, which models of two parts do not have', by_leverage[1L])
    abort("covariance", message, call, i = 'use "HC1", or "cluster" with ssc("CR1")')
  }
  if (identical(type, "bootstrap")) {
    abort("covariance", "there is no bootstrap of models of two parts here", call, i = 'use "HC1" or "cluster"')
  }
  if (is.function(type)) type <- do.call(type, c(list(fit), options), quote = TRUE)
  given <- is.matrix(type)
  covariance_of(scored_fit(fit, with_shapes = !given), type, if (!given) options, call)
}

# The parts of a fit of one linear predictor that kinds of covariances look at. A family of dispersion 1.
scored_fit <- function(fit, with_shapes = TRUE) {
  estimates <- if (with_shapes) zero_parameters(fit) else stats::coef(fit)
  kept <- names(estimates)[!is.na(estimates)]
  env <- environment(fit$terms$full)
  parts <- list(
    coefficients = estimates, cov.unscaled = fit$cov.scaled[kept, kept, drop = FALSE], rank = length(kept),
    df.residual = fit$df.residual, family = stats::poisson(), control = fit$control, call = fit$call,
    terms = fit$terms$full, data = fit$data %||% eval(fit$call$data, env) %||% env, na.action = fit$na.action, whole = fit
  )
  structure(parts, class = "glmrs_scored_fit")
}

# The score rows as a design of their own, of weights and residuals of 1.
#' @exportS3Method
score_rows.glmrs_scored_fit <- function(fit, call) {
  mold <- zero_mold(fit$whole)
  n <- length(mold$counts)
  weights <- if (is.null(mold$weights)) rep(1, n) else as.double(mold$weights > 0)
  fit$weights <- weights
  fit$linear.predictors <- stats::setNames(rep(0, n), mold$names)
  design <- design_from_matrix(zero_scores(fit$whole, mold))
  list(fit = fit, design = design, values = list(weights, rep(1, n)), n = sum(weights))
}

#' @rdname glm_rs_zero-methods
#' @export
confint.glm_rs_zero <- function(object, parm, level = 0.95, vcov = NULL, ...) {
  call <- sys.call()
  check_level(level, call)
  estimates <- stats::coef(object)
  errors <- zero_errors(object, zero_covariance(object, vcov, list(...), call))[names(estimates)]
  tails <- tails_of(level)
  limits <- unname(estimates) + unname(errors) %o% stats::qnorm(tails)
  chosen_limits(limits, parm, names(estimates), tails, call, "coefficient")
}

# Standard errors of all parameters, by name; NA for aliased ones. Those of log(theta) are the model's where the covariance
# has none.
zero_errors <- function(fit, covariance) {
  estimates <- zero_parameters(fit)
  errors <- stats::setNames(rep(NA_real_, length(estimates)), names(estimates))
  model <- errors_of(fit$cov.scaled)
  errors[names(model)] <- model
  found <- errors_of(covariance$matrix)
  errors[names(found)] <- found
  errors
}

#' @rdname glm_rs_zero-methods
#' @export
summary.glm_rs_zero <- function(object, vcov = NULL, ...) {
  covariance <- zero_covariance(object, vcov, list(...), sys.call())
  estimates <- zero_parameters(object)
  table <- coefficient_table(estimates, zero_errors(object, covariance), Inf, FALSE)
  tables <- lapply(stats::setNames(nm = c("count", "zero")), function(part) {
    own <- table[startsWith(rownames(table), paste0(part, "_")), , drop = FALSE]
    rownames(own) <- sub("^(count|zero)_", "", rownames(own))
    own
  })
  kept <- c(
    "call", "family", "theta", "SE.logtheta", "loglik", "n", "rank", "df.residual", "iter", "converged", "na.action"
  )
  residuals <- tryCatch(stats::residuals(object), glmrs_error_rows = function(e) NULL)
  said <- covariance[setdiff(names(covariance), "matrix")]
  parts <- list(coefficients = tables, residuals = residuals, vcov = covariance$matrix, standard.errors = said)
  structure(c(parts, unclass(object)[intersect(kept, names(object))]), class = "summary.glm_rs_zero")
}

#' @rdname glm_rs_zero-methods
#' @export
print.summary.glm_rs_zero <- function(x, digits = 4L, ...) {
  cat("\nCall:\n", paste(deparse(x$call), collapse = "\n"), "\n", sep = "")
  if (!is.null(x$residuals)) {
    cat("\nPearson residuals:\n")
    quantiles <- stats::quantile(x$residuals, na.rm = TRUE)
    print(stats::setNames(quantiles, c("Min", "1Q", "Median", "3Q", "Max")), digits = digits)
  }
  titles <- zero_titles(x$family)
  for (part in names(titles)) {
    cat("\n", titles[[part]], ":\n", sep = "")
    stats::printCoefmat(x$coefficients[[part]], digits = digits, signif.legend = part == "zero", na.print = "NA", ...)
  }
  for (part in names(x$theta)) cat("\nTheta (", part, ") = ", format(x$theta[[part]], digits = digits), sep = "")
  cat("\n")
  if (!identical(x$standard.errors$label, "of the model")) cat("Standard errors: ", x$standard.errors$label, "\n", sep = "")
  if (!is.null(x$standard.errors$ssc)) cat("Small samples: ", format(x$standard.errors$ssc), "\n", sep = "")
  print_zero_tail(x, digits)
}

#' @rdname glm_rs_zero-methods
#' @export
print.glm_rs_zero <- function(x, digits = 4L, ...) {
  cat("\nCall:\n", paste(deparse(x$call), collapse = "\n"), "\n", sep = "")
  titles <- zero_titles(x$family)
  for (part in names(titles)) {
    cat("\n", titles[[part]], ":\n", sep = "")
    print(x$coefficients[[part]], digits = digits)
    if (part %in% names(x$theta)) cat("Theta = ", format(x$theta[[part]], digits = digits), "\n", sep = "")
  }
  cat("\n")
  print_zero_tail(x, digits)
}

zero_titles <- function(family) {
  inflated <- family$spec[[1L]] == "inflated"
  truncated <- if (inflated) "" else "truncated "
  kind <- if (inflated) "Zero-inflation" else "Zero hurdle"
  c(
    count = sprintf("Count model coefficients (%s%s with log link)", truncated, family$dist[["count"]]),
    zero = sprintf("%s model coefficients (%s with %s link)", kind, family$dist[["zero"]], family$zero.link$name)
  )
}

print_zero_tail <- function(x, digits) {
  if (!is.null(x$na.action)) cat(naprint(x$na.action), "\n", sep = "")
  cat("Log-likelihood: ", format(x$loglik, digits = digits + 2L), " on ", x$rank, " Df, ", x$n, " rows\n", sep = "")
  if (!x$converged) cat("NOT converged after", x$iter, "iterations\n")
  invisible(x)
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs_zero <- function(x, ...) {
  scores <- zero_scores(x)
  kept <- rownames(x$cov.scaled)
  coefficients <- intersect(names(stats::coef(x)), kept)
  # what log(theta) explains of them is swept out: V11^-1 (V s)_1 for the covariance V
  influences <- scores[, kept, drop = FALSE] %*% x$cov.scaled[, coefficients, drop = FALSE]
  effective <- influences %*% solve(x$cov.scaled[coefficients, coefficients])
  `dimnames<-`(effective, list(rownames(scores), coefficients))
}

#' @exportS3Method sandwich::bread
bread.glm_rs_zero <- function(x, ...) {
  stats::vcov(x, complete = FALSE) * length(zero_mold(x)$counts)
}
