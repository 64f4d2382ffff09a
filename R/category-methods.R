# What a fit of categories tells about itself.

#' Methods for multinomial and ordinal regression
#'
#' What can be asked of a fit of [glm_rs()] with a family [multinomial()] or [cumulative()]. The names of coefficients are those
#' of packages nnet and MASS: `level:term` for multinomial models, the terms and then thresholds `1|2` for cumulative ones.
#'
#' The covariances of the kinds `"HC0"`, `"HC1"`, `"sandwich"`, `"qmle"`, `"OPG"`, `"cluster"`, `"HAC"`, `"DK"`, `"jackknife"` (of
#' fits without each row or cluster) and `"bootstrap"` are those of [vcov.glm_rs()], with the scores of all parameters;
#' leverages, and so the other kinds, are not defined. Package sandwich is given the same scores.
#'
#' `anova()` compares nested fits by likelihood ratios, in the order that they are given in; with another covariance than the
#' model's they mean nothing. `lmtest::lrtest()`, [stats::drop1()], [stats::add1()], [stats::step()], [stats::AIC()] and
#' [stats::BIC()] work. `hatvalues()`, `influence()` and `cooks.distance()` are refused.
#'
#' @param object,x A fit.
#' @param type For `vcov()` the kind of covariance, see above. For `confint()`: `"Wald"`, estimates and quantiles times standard
#'   errors, or `"profile"`, where twice the log-likelihood has fallen by the quantile of chi-squared if the parameter is held and
#'   the others are fitted again. For `residuals()`: `"response"`, what was observed (1 and 0, or shares of counts) less the
#'   probabilities, or `"pearson"`, these divided by their standard deviations, times the square root of the weights.
#' @param cluster As for [vcov.glm_rs()].
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param vcov The kind of covariance, a formula of clusters, a matrix or a function; options of the kind in `...`.
#' @param parm Names or positions of parameters; all by default.
#' @param level Coverage of the intervals.
#' @param nsim,seed As for [stats::simulate()].
#' @param digits Significant digits to print.
#' @param ... Options of the kind of covariance; for `anova()` more fits.
#' @return `coef()`: a matrix with a row for each category but the reference, or for `cumulative()` a vector (`fit$zeta` has the
#'   thresholds). `vcov()`: the covariance of all parameters, thresholds among them. `confint()`: limits, `NA` where a profile
#'   does not reach the quantile. `summary()`: a table of all parameters (`coefficients`), and what the standard errors are
#'   (`standard.errors`). `residuals()` and `fitted()`: n x K matrices. `simulate()`: a data frame of `nsim` factors, or
#'   matrices of counts.
#' @examples
#' fit <- glm_rs(Sat ~ Infl + Type, family = multinomial(), weights = Freq, data = MASS::housing)
#' vcov(fit, "HC1")
#' confint(fit, type = "profile")
#' anova(update(fit, . ~ 1), fit)
#' @name glm_rs_categorical-methods
#' @aliases vcov.glm_rs_model confint.glm_rs_model anova.glm_rs_model
#' @usage
#' \method{vcov}{glm_rs_model}(object, type = NULL, cluster = NULL, ..., complete = TRUE)
#' \method{confint}{glm_rs_model}(object, parm, level = 0.95, vcov = NULL, type = c("Wald", "profile"), ...)
#' \method{anova}{glm_rs_model}(object, ...)
NULL

#' @export
model.matrix.glm_rs_categorical <- function(object, ...) {
  object[["x", exact = TRUE]] %||% category_matrix(object, model_mold(object))
}

#' @export
fitted.glm_rs_categorical <- function(object, ...) {
  check_no_dots(list(...), sys.call())
  napredict(object$na.action, object$fitted.values %||% category_probabilities(object, model_mold(object)))
}

#' @rdname glm_rs_categorical-methods
#' @export
residuals.glm_rs_categorical <- function(object, type = c("response", "pearson"), ...) {
  type <- check_choice(type, c("response", "pearson"), "type", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  counts <- count_categories(mold$y, object$lev)
  totals <- rowSums(counts)
  probabilities <- category_probabilities(object, mold)
  residuals <- counts / totals - probabilities
  if (type == "pearson") {
    residuals <- residuals / sqrt(probabilities * (1 - probabilities) / totals) * sqrt(mold$weights %||% 1)
  }
  naresid(object$na.action, residuals)
}

#' @rdname glm_rs_categorical-methods
#' @export
simulate.glm_rs_categorical <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_count(nsim, "nsim", sys.call())
  check_no_dots(list(...), sys.call())
  state <- start_of_draws(seed)
  on.exit(state$restore())
  mold <- model_mold(object)
  probabilities <- category_probabilities(object, mold)
  draws <- replicate(nsim, draw_categories(probabilities, mold$y), simplify = FALSE)
  names(draws) <- paste0("sim_", seq_len(nsim))
  draws <- structure(draws, class = "data.frame", row.names = mold$names)
  structure(draws, seed = state$seed)
}

# Of the kind that the response is of.
draw_categories <- function(probabilities, y) {
  categories <- colnames(probabilities)
  if (!is.factor(y)) {
    totals <- whole_numbers(rowSums(y[, categories, drop = FALSE]))
    counts <- vapply(seq_along(totals), function(i) stats::rmultinom(1L, totals[i], probabilities[i, ]), numeric(length(categories)))
    return(`colnames<-`(t(counts), categories)[, intersect(colnames(y), categories), drop = FALSE])
  }
  drawn <- stats::runif(nrow(probabilities))
  codes <- rep(1L, length(drawn))
  sum <- 0
  for (k in seq_along(categories)[-1L]) {
    sum <- sum + probabilities[, k - 1L]
    codes <- codes + (drawn > sum)
  }
  factor(categories[codes], levels = levels(y), ordered = is.ordered(y))
}

#' @rdname glm_rs_categorical-methods
#' @export
summary.glm_rs_categorical <- function(object, vcov = NULL, ...) {
  covariance <- likelihood_covariance(object, vcov, list(...), sys.call())
  table <- likelihood_table(object, covariance)
  kept <- c("call", "family", "lev", "deviance", "aic", "loglik", "n", "rank", "df.residual", "iter", "converged", "na.action")
  parts <- list(coefficients = table, vcov = covariance$matrix, thresholds = names(object$zeta), caveats = caveats_of(object))
  said <- said_of(covariance)
  structure(c(parts, unclass(object)[intersect(kept, names(object))], list(standard.errors = said)), class = "summary.glm_rs_categorical")
}

#' @rdname glm_rs_categorical-methods
#' @export
print.summary.glm_rs_categorical <- function(x, digits = 4L, ...) {
  print_call(x)
  print_tables(category_tables(x), digits, ...)
  cat("\n")
  print_standard_errors(x$standard.errors, x$caveats)
  print_category_tail(x, digits)
}

# The rows of the table with their titles.
category_tables <- function(x) {
  table <- x$coefficients
  if (!is.null(x$thresholds)) {
    own <- rownames(table) %in% x$thresholds
    tables <- list(Coefficients = table[!own, , drop = FALSE], Thresholds = table[own, , drop = FALSE])
    return(tables[vapply(tables, nrow, 1L) > 0L])
  }
  size <- nrow(table) / (length(x$lev) - 1L)
  tables <- lapply(seq_along(x$lev)[-1L], function(k) {
    own <- table[(k - 2L) * size + seq_len(size), , drop = FALSE]
    `rownames<-`(own, substring(rownames(own), nchar(x$lev[k]) + 2L))
  })
  stats::setNames(tables, sprintf("%s against %s", x$lev[-1L], x$lev[1L]))
}

#' @rdname glm_rs_categorical-methods
#' @export
print.glm_rs_categorical <- function(x, digits = 4L, ...) {
  print_call(x)
  if (length(x$coefficients)) {
    cat("\nCoefficients:\n")
    print(x$coefficients, digits = digits)
  }
  if (!is.null(x$zeta)) {
    cat("\nThresholds:\n")
    print(x$zeta, digits = digits)
  }
  cat("\n")
  print_category_tail(x, digits)
}

print_call <- function(x) cat("\nCall:\n", paste(deparse(x$call), collapse = "\n"), "\n", sep = "")

# `unit`: what is an observation.
print_category_tail <- function(x, digits, unit = "rows") {
  if (!is.null(x$na.action)) cat(naprint(x$na.action), "\n", sep = "")
  cat("Family: ", x$family$family, ", link: ", x$family$link, "\n", sep = "")
  cat("Residual deviance: ", format(x$deviance, digits = digits + 2L), " on ", x$rank, " Df, ", x$n, " ", unit, "\n", sep = "")
  cat("AIC: ", format(x$aic, digits = digits + 2L), "\n", sep = "")
  if (!x$converged) cat("NOT converged after", x$iter, "iterations\n")
  invisible(x)
}

# All parameters with normal quantiles. The default takes a matrix of coefficients for a vector, in another order than the
# covariance has.
#' @exportS3Method lmtest::coeftest
coeftest.glm_rs_categorical <- function(x, vcov. = NULL, df = NULL, ...) {
  lmtest::coeftest(in_one_vector(x), covariance_in_order(x, vcov.), df %||% Inf, ...)
}

#' @exportS3Method lmtest::coefci
coefci.glm_rs_categorical <- function(x, parm = NULL, level = 0.95, vcov. = NULL, df = NULL, ...) {
  lmtest::coefci(in_one_vector(x), parm, level, covariance_in_order(x, vcov.), df %||% Inf, ...)
}

# With coefficients as coef.default() finds them.
in_one_vector <- function(fit) list(coefficients = model_parameters(fit))

covariance_in_order <- function(fit, covariance) {
  if (is.function(covariance)) covariance(fit) else covariance %||% stats::vcov(fit)
}
