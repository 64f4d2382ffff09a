# What the tests of this package return: an "htest" with one statistic for several restrictions.

# list(statistic, parameter, p.value) of a statistic that is chi-squared with `q` degrees of freedom where the dispersion
# is known, and else q times an F.
outcome_of <- function(squared, q, df, estimated, test, call) {
  if (test == "auto") test <- if (estimated) "F" else "Chisq"
  if (test == "Chisq") {
    p <- stats::pchisq(squared, q, lower.tail = FALSE)
    return(list(statistic = c(Chisq = squared), parameter = c(df = q), p.value = p))
  }
  if (!isTRUE(df > 0)) abort("test", "no residual degrees of freedom are left for an F test", call, i = 'test = "Chisq"')
  p <- stats::pf(squared / q, q, df, lower.tail = FALSE)
  list(statistic = c(F = squared / q), parameter = c(`num df` = q, `denom df` = df), p.value = p)
}

# `outcome` is from outcome_of(), `more` what else the kind of test has; what is NULL, it has not.
new_test <- function(kind, method, outcome, model, more) {
  more <- Filter(Negate(is.null), more)
  class <- c(paste0("glmrs_", kind, "_test"), "glmrs_test", "htest")
  structure(c(outcome, more, list(method = method, data.name = model)), class = class)
}

# The formula of a fit, or its call.
model_text <- function(fit) {
  if (inherits(fit, "glm_rs_model")) return(deparse1(stats::formula(fit)))
  deparse1(if (is.null(fit$terms)) fit$call else stats::formula(fit$terms))
}

#' @export
print.glmrs_test <- function(x, digits = 4L, ...) {
  cat("\n\t", x$method, "\n\n", sep = "")
  cat("data: ", x$data.name, "\n", sep = "")
  if (!is.null(x$null.value)) {
    said <- names(x$null.value)
    plain <- !grepl("=", said, fixed = TRUE)
    said[plain] <- paste(said, format(x$null.value, trim = TRUE), sep = " = ")[plain]
    cat("hypothesis: ", paste(said, collapse = ", "), "\n", sep = "")
  }
  if (!is.null(x$smaller)) cat("against: ", x$smaller, "\n", sep = "")
  if (!is.null(x$covariance)) cat("covariance: ", x$covariance, "\n", sep = "")
  if (!is.null(x$ssc)) cat("small samples: ", format(x$ssc), "\n", sep = "")
  numbers <- c(x$statistic, x$parameter)
  cat(
    paste0(names(numbers), " = ", format(numbers, digits = digits, trim = TRUE, drop0trailing = TRUE), ", ", collapse = ""),
    "p-value ", sub("^([^<])", "= \\1", format.pval(x$p.value, digits = digits)), "\n",
    sep = ""
  )
  print_caveats(x$caveats)
  cat("\n")
  invisible(x)
}

#' @exportS3Method generics::tidy
tidy.glmrs_test <- function(x, ...) {
  check_no_dots(list(...), sys.call())
  f <- length(x$parameter) == 2L
  as_tibble_if_possible(data.frame(
    statistic = x$statistic[[1L]], p.value = x$p.value, num.df = x$parameter[[1L]],
    den.df = if (f) x$parameter[[2L]] else NA_real_, method = x$method
  ))
}

as_tibble_if_possible <- function(x) if (requireNamespace("tibble", quietly = TRUE)) tibble::as_tibble(x) else x

# A table of several tests, one a row.
print_tests <- function(table, digits) {
  table$statistic <- format(table$statistic, digits = digits)
  table$p.value <- format.pval(table$p.value, digits = digits)
  print(table)
}
