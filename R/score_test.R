# Score tests of terms that a fit does not have.

#' Rao's score test of added terms, with a robust variant
#'
#' Would terms that a fit does not have improve it? Only the smaller model is fitted: the scores of the added columns are
#' those of its working residuals.
#'
#' With s the scores of the added columns Z at the smaller fit, and Z projected off the fit's columns X in the working
#' weights, the statistic is s'V\eqn{^{-1}}s, V the covariance of s. Without a `vcov` V is the information, Z'WZ of the projected
#' columns, times the dispersion; that is the test of `add1(test = "Rao")`, for all terms jointly. The dispersion is that
#' of the smaller fit; [stats::anova.glm()] takes that of the larger one, which the option `dispersion` can give. With a `vcov` V
#' is the sum of squared scores of the projected columns, by rows (`"HC0"`: White, Wooldridge), by clusters, or with lags: as
#' in [vcov.glm_rs()], whose kinds these are, but at the smaller fit's residuals and residual degrees of freedom.
#'
#' The statistic is compared with the chi-squared distribution.
#'
#' @param fit A fit of [glm_rs()], the smaller model.
#' @param added A one-sided formula of the terms to add, like `~ z + x:z`, or the larger fit, which must have all terms of
#'   the smaller one and the same data; of that the formula counts alone.
#' @param vcov The kind of covariance of the scores, see [vcov.glm_rs()], or a formula of clusters, but no matrix, no function
#'   and none of other fits (`"bootstrap"`, `"jackknife"` with `refit`).
#'   `NULL`: that of the model.
#' @param ... Options of the covariance, such as `cluster`; of the model's, `dispersion`.
#' @return An object of class `c("glmrs_score_test", "glmrs_test", "htest")`, see [wald_test()], without `estimate`, with
#'   the names of the added coefficients in `added`. Where rows have missing values in the new terms, the smaller model is
#'   fitted anew without them, with a warning of class `glmrs_warning_rows`. Terms that add no column are an error of class
#'   `glmrs_error_nested`.
#' @references
#' Rao, C. R. (1948) Large sample tests of statistical hypotheses concerning several parameters with applications to
#' problems of estimation. *Mathematical Proceedings of the Cambridge Philosophical Society* 44, 50-57.
#'
#' Wooldridge, J. M. (1991) On the application of robust, regression-based diagnostics to models of conditional means and
#' conditional variances. *Journal of Econometrics* 47, 5-46.
#' @examples
#' fit <- glm_rs(breaks ~ wool + tension, data = warpbreaks, family = poisson())
#' score_test(fit, ~ wool:tension)
#' score_test(fit, ~ wool:tension, vcov = "HC0")
#' @export
score_test <- function(fit, added, vcov = NULL, ...) {
  call <- sys.call()
  check_is_fit(fit, "fit", call)
  check_scores_covariance(vcov, list(...), call)
  check_covariance_dots(list(...), vcov, call)
  fit <- with_rows(fit)
  labels <- added_terms(fit, added, call)
  frame <- as_glmrs_error(frame_with_terms(fit, labels), "data", call)
  step <- one_step(fit_in_frame(fit, frame, call), call)
  parts <- glm_inference(step$fit, vcov, list(...), call)
  kept <- step$added[!is.na(step$fit$coefficients)]
  covariance <- tested_covariance(parts, which(kept))
  change <- step$fit$coefficients[rownames(covariance)]
  squared <- squared_distance(change, covariance, parts$clusters, call)
  new_test(
    "score", "Rao's score test", outcome_of(squared, sum(kept), Inf, FALSE, "Chisq", call),
    deparse1(stats::formula(attr(frame, "terms"))),
    list(
      smaller = model_text(fit), covariance = parts$label, added = names(change), ssc = parts$ssc, caveats = caveats_of(fit)
    )
  )
}

# Scores vary as the rows at the tested values do: a matrix cannot say how, and other fits are at their own estimates.
check_scores_covariance <- function(vcov, options, call) {
  refits <- identical(vcov, "bootstrap") || identical(vcov, "jackknife") && isTRUE(options$refit)
  if (!refits && !is.matrix(vcov) && !is.function(vcov)) return(invisible())
  what <- if (refits) sprintf("not \"%s\" of fits", vcov) else "not a matrix or a function"
  abort("argument", sprintf("the covariance of the scores must be a kind that rows have at the tested values, %s", what), call,
    i = 'as "HC3", "HAC" or a formula of clusters'
  )
}

# The labels of the terms of a formula, or of a larger fit of the same data.
added_terms <- function(fit, added, call) {
  labels <- attr(fit$terms, "term.labels")
  if (inherits(added, "formula") && length(added) == 2L) {
    larger <- stats::update.formula(stats::formula(fit$terms), eval(bquote(~ . + .(added[[2L]]))))
    return(attr(as_glmrs_error(stats::terms(larger), "formula", call), "term.labels"))
  }
  if (!inherits(added, "glm_rs")) {
    abort("argument", "`added` must be a formula of the terms to add, like ~ z, or a larger fit of glm_rs()", call)
  }
  check_same_data(fit, with_rows(added), call)
  larger <- attr(added$terms, "term.labels")
  gone <- labels[!in_order(labels) %in% in_order(larger)]
  if (length(gone)) abort("nested", paste("the larger fit lacks terms of the smaller one:", quoted(gone)), call)
  same <- attr(fit$terms, "intercept") == attr(added$terms, "intercept") && isTRUE(all.equal(fit$offset, added$offset))
  if (!same) abort("nested", "the fits differ in their intercepts or offsets, which are not terms to add", call)
  larger
}

# The fit with a frame that has more variables; where that has fewer rows, fitted to those.
fit_in_frame <- function(fit, frame, call) {
  n <- length(fit$linear.predictors)
  labels <- attr(attr(frame, "terms"), "term.labels")
  design <- design_from_frame(frame, fit$contrasts, call)
  own <- c(0L, match(in_order(attr(fit$terms, "term.labels")), in_order(labels)))
  if (!setequal(design$names[design$assign %in% own], names(fit$coefficients))) {
    abort(
      "nested", "the added terms change the coding of the fit's own terms", call,
      i = "fit the smaller model with the main effects of its interactions"
    )
  }
  if (nrow(frame) < n) {
    warn("rows", sprintf("the test uses the %d of %d rows that have values of the added terms", nrow(frame), n), call)
    fit$na.action <- attr(frame, "na.action")
    fit <- with_parts(fit, refit(fit, refit_data(fit, frame), design_of_terms(design, own)))
  }
  fit$model <- frame
  list(fit = fit, design = design, own = design$assign %in% own)
}

with_parts <- function(fit, parts) {
  fit[c("cov.blocks", "cov.unscaled")] <- NULL
  fit[names(parts)] <- parts
  fit
}

# One step of Newton's from the smaller fit to the larger one. The added coefficients and their covariance are the
# projected scores and theirs in other coordinates: the quadratic form is the same.
one_step <- function(larger, call) {
  fit <- larger$fit
  design <- larger$design
  # what is aliased is to be an added column
  columns <- order(!larger$own)
  first <- design_of_terms(design, unique(design$assign[larger$own]))
  rest <- design_of_terms(design, unique(design$assign[!larger$own]))
  ordered <- list(spec = list(design$spec[[1L]], c(first$spec[[2L]], rest$spec[[2L]])), names = design$names[columns])
  step <- least_squares(ordered, fit$residuals, plain_double(fit$weights), "offset", call)
  if (step$rank == fit$rank) abort("nested", "the added terms add no column that the fit does not have", call)
  covariance <- step$cov.unscaled %||% block_covariance(step$cov.blocks, step$coefficients)
  kept <- order(columns[!is.na(step$coefficients)])
  fit$cov.blocks <- NULL
  fit$cov.unscaled <- covariance[kept, kept, drop = FALSE]
  fit$coefficients <- step$coefficients[order(columns)]
  fit$rank <- step$rank
  list(fit = fit, added = !larger$own)
}
