# Covariances of a fit of two parts, its tables, and what package sandwich asks for.

#' @rdname glm_rs_zero-methods
#' @export
vcov.glm_rs_zero <- function(object, type = NULL, cluster = NULL, ..., part = c("full", "count", "zero"),
                             complete = TRUE) {
  call <- sys.call()
  part <- check_part(part, call)
  found <- likelihood_covariance(object, type, c(list(cluster = cluster)[!is.null(cluster)], list(...)), call)
  estimates <- stats::coef(object)
  if (part == "full") return(vcov_of_some(found, estimates, names(estimates), complete, call))
  estimates <- estimates[startsWith(names(estimates), paste0(part, "_"))]
  vcov_of_some(found, estimates, sub("^(count|zero)_", "", names(estimates)), complete, call)
}

#' @rdname glm_rs_zero-methods
#' @export
confint.glm_rs_zero <- function(object, parm, level = 0.95, vcov = NULL, type = c("Wald", "profile"), ...) {
  likelihood_intervals(object, stats::coef(object), parm, level, vcov, type, list(...), sys.call())
}

#' @rdname glm_rs_zero-methods
#' @export
summary.glm_rs_zero <- function(object, vcov = NULL, ...) {
  covariance <- likelihood_covariance(object, vcov, list(...), sys.call())
  table <- likelihood_table(object, covariance)
  tables <- lapply(stats::setNames(nm = c("count", "zero")), function(part) {
    own <- table[startsWith(rownames(table), paste0(part, "_")), , drop = FALSE]
    rownames(own) <- sub("^(count|zero)_", "", rownames(own))
    own
  })
  kept <- c(
    "call", "family", "theta", "SE.logtheta", "loglik", "n", "rank", "df.residual", "iter", "converged", "na.action"
  )
  residuals <- tryCatch(stats::residuals(object), glmrs_error_rows = function(e) NULL)
  said <- said_of(covariance)
  parts <- list(coefficients = tables, residuals = residuals, vcov = covariance$matrix, standard.errors = said, caveats = caveats_of(object))
  structure(c(parts, unclass(object)[intersect(kept, names(object))]), class = "summary.glm_rs_zero")
}

#' @rdname glm_rs_zero-methods
#' @export
print.summary.glm_rs_zero <- function(x, digits = 4L, ...) {
  print_call(x)
  print_pearson(x$residuals, digits)
  titles <- zero_titles(x$family)
  print_tables(stats::setNames(x$coefficients[names(titles)], titles), digits, ...)
  for (part in names(x$theta)) cat("\nTheta (", part, ") = ", format(x$theta[[part]], digits = digits), sep = "")
  cat("\n")
  print_standard_errors(x$standard.errors, x$caveats)
  print_likelihood(x, digits)
}

#' @rdname glm_rs_zero-methods
#' @export
print.glm_rs_zero <- function(x, digits = 4L, ...) {
  print_call(x)
  titles <- zero_titles(x$family)
  for (part in names(titles)) {
    cat("\n", titles[[part]], ":\n", sep = "")
    print(x$coefficients[[part]], digits = digits)
    if (part %in% names(x$theta)) cat("Theta = ", format(x$theta[[part]], digits = digits), "\n", sep = "")
  }
  cat("\n")
  print_likelihood(x, digits)
}

zero_titles <- function(family) {
  inflated <- family$spec$kind == "inflated"
  truncated <- if (inflated) "" else "truncated "
  kind <- if (inflated) "Zero-inflation" else "Zero hurdle"
  c(
    count = sprintf("Count model coefficients (%s%s with log link)", truncated, family$dist[["count"]]),
    zero = sprintf("%s model coefficients (%s with %s link)", kind, family$dist[["zero"]], family$zero.link$name)
  )
}

#' @exportS3Method sandwich::estfun
estfun.glm_rs_zero <- function(x, ...) {
  effective_scores(x, model_scores(x, model_mold(x)), stats::coef(x))
}

#' @exportS3Method sandwich::bread
bread.glm_rs_zero <- function(x, ...) {
  stats::vcov(x, complete = FALSE) * length(model_mold(x)$counts)
}
