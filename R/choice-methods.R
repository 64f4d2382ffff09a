# What a fit of choices tells about itself.

#' Methods for models of choices among alternatives
#'
#' What can be asked of a fit of [glm_rs()] with a family [multinomial()] that has `alternatives` and `id`. Whatever is not described here is as
#' for [glm_rs_categorical-methods]; `drop1()` and `add1()` are refused. A case is an observation: robust covariances are made of the scores of the cases, and values of
#' `cluster`, `time`, `order_by` and `panel` are those of their first rows, whose order is that of the cases in time.
#'
#' @param object,x A fit.
#' @param newdata A data frame with the rows of cases; by default those of the fit. Probabilities are among the rows that a case has.
#' @param type For `predict()`: `"response"` or `"probs"`, the probabilities of the rows, or `"link"`, their linear predictors. For
#'   `residuals()`: `"response"`, choices less the probabilities (times the number of choices), or `"pearson"`.
#' @param se.fit Standard errors of the probabilities by the delta method?
#' @param na.action What to do with missing values in `newdata`: by default such alternatives are left out.
#' @param vcov The kind of covariance; options of the kind in `...`.
#' @param formula. The new formula; its dots are those of the part that they are in, and without `|` it leaves the covariates of the
#'   cases as they are.
#' @param evaluate Fit, or give the call?
#' @param nsim,seed As for [stats::simulate()].
#' @param digits Significant digits to print.
#' @param ... Options of the kind of covariance; for `update()` other arguments of the call.
#' @return `predict()`: a vector in the order of the rows, or with `se.fit` a list of `fit` and `se.fit`. `simulate()`: a data
#'   frame of `nsim` columns, how often each row is chosen.
#' @name glm_rs_choice-methods
NULL

#' @export
terms.glm_rs_choice <- function(x, ...) x$terms$design

#' @export
model.matrix.glm_rs_choice <- function(object, ...) {
  if (!is.null(x <- object[["x", exact = TRUE]])) return(x)
  mold <- model_mold(object)
  in_data_order(choice_matrix(object, mold), mold)
}

choice_fitted <- function(fit, mold) in_data_order(choice_shares(choice_predictors(fit, mold), mold), mold)

#' @export
fitted.glm_rs_choice <- function(object, ...) {
  check_no_dots(list(...), sys.call())
  napredict(object$na.action, object$fitted.values %||% choice_fitted(object, model_mold(object)))
}

#' @rdname glm_rs_choice-methods
#' @export
predict.glm_rs_choice <- function(object, newdata = NULL, type = c("response", "probs", "link"), se.fit = FALSE,
                                  na.action = stats::na.omit, vcov = NULL, ...) {
  call <- sys.call()
  type <- check_choice(type, c("response", "probs", "link"), "type", call)
  se.fit <- check_flag(se.fit, "se.fit", call)
  if (se.fit && type == "link") abort("argument", "there are standard errors for probabilities only", call)
  check_predict_dots(list(...), se.fit, vcov, call)
  mold <- if (is.null(newdata)) model_mold(object) else forge_choices(object, newdata, na.action, call)
  pad <- function(x) napredict(mold$na.action, in_data_order(x, mold))
  eta <- choice_predictors(object, mold)
  if (type == "link") return(pad(eta))
  shares <- choice_shares(eta, mold)
  if (!se.fit) return(pad(shares))
  covariance <- likelihood_covariance(object, vcov, list(...), call)$matrix
  apart <- centred_by_case(choice_matrix(object, mold), shares, mold)[, colnames(covariance), drop = FALSE]
  list(fit = pad(shares), se.fit = pad(shares * sqrt(rowSums((apart %*% covariance) * apart))))
}

forge_choices <- function(fit, newdata, na.action, call) {
  warn_rank_deficient(fit$coefficients, call)
  frame <- new_frame(list(terms = fit$terms$full, xlevels = fit$xlevels), newdata, na.action, call)
  frame <- with_levels(frame, fit$xlevels)
  mold <- mold_choices(frame, fit$terms$design, fit$family, fit$contrasts, call, new = TRUE)
  mold$na.action <- attr(frame, "na.action")
  mold$offset <- new_offset(fit, fit$terms$design, newdata, frame, call)[mold$order]
  mold
}

#' @rdname glm_rs_choice-methods
#' @export
residuals.glm_rs_choice <- function(object, type = c("response", "pearson"), ...) {
  type <- check_choice(type, c("response", "pearson"), "type", sys.call())
  check_no_dots(list(...), sys.call())
  mold <- model_mold(object)
  shares <- choice_shares(choice_predictors(object, mold), mold)
  y <- as.double(frame_response(mold$frame))[mold$order]
  totals <- rowsum(y, mold$case)[mold$case]
  residuals <- y - totals * shares
  if (type == "pearson") {
    residuals <- residuals / sqrt(totals * shares * (1 - shares))
    if (!is.null(mold$weights)) residuals <- residuals * sqrt(mold$weights[mold$order])
  }
  naresid(object$na.action, in_data_order(residuals, mold))
}

#' @rdname glm_rs_choice-methods
#' @export
simulate.glm_rs_choice <- function(object, nsim = 1, seed = NULL, ...) {
  nsim <- check_count(nsim, "nsim", sys.call())
  check_no_dots(list(...), sys.call())
  state <- start_of_draws(seed)
  on.exit(state$restore())
  mold <- model_mold(object)
  shares <- split(choice_shares(choice_predictors(object, mold), mold), mold$case)
  totals <- rowsum(as.double(frame_response(mold$frame))[mold$order], mold$case)
  draw <- function() in_data_order(unlist(Map(function(total, share) stats::rmultinom(1L, total, share), totals, shares)), mold)
  draws <- replicate(nsim, draw(), simplify = FALSE)
  names(draws) <- paste0("sim_", seq_len(nsim))
  structure(draws, class = "data.frame", row.names = mold$names, seed = state$seed)
}

#' @export
summary.glm_rs_choice <- function(object, vcov = NULL, ...) {
  structure(summary.glm_rs_categorical(object, vcov, ...), class = "summary.glm_rs_choice")
}

#' @rdname glm_rs_choice-methods
#' @export
print.summary.glm_rs_choice <- function(x, digits = 4L, ...) {
  print_call(x)
  cat("\nCoefficients:\n")
  stats::printCoefmat(x$coefficients, digits = digits, na.print = "NA", ...)
  cat("\n")
  print_standard_errors(x$standard.errors, x$caveats)
  print_category_tail(x, digits, "cases")
}

#' @rdname glm_rs_choice-methods
#' @export
print.glm_rs_choice <- function(x, digits = 4L, ...) {
  print_call(x)
  cat("\nCoefficients:\n")
  print(x$coefficients, digits = digits)
  cat("\n")
  print_category_tail(x, digits, "cases")
}

#' @rdname glm_rs_choice-methods
#' @export
update.glm_rs_choice <- function(object, formula., ..., evaluate = TRUE) {
  call <- findable_call(object$call, environment(stats::formula(object)))
  if (!missing(formula.)) call$formula <- update_choice_formula(object$formula, new_formula(formula., sys.call()), sys.call())
  call <- with_arguments(call, match.call(expand.dots = FALSE)$...)
  if (evaluate) eval(call, parent.frame()) else call
}

#' @export
drop1.glm_rs_choice <- function(object, ...) refuse("drop1()", sys.call(), "compare fits by anova()")

#' @export
add1.glm_rs_choice <- function(object, ...) refuse("add1()", sys.call(), "compare fits by anova()")

#' @exportS3Method generics::tidy
tidy.glm_rs_choice <- function(x, ...) {
  out <- tidy.glm_rs_categorical(x, ...)
  out[names(out) != "coef.type"]
}

#' @exportS3Method generics::glance
glance.glm_rs_choice <- function(x, ...) glance.glm_rs_categorical(x, ...)

#' @exportS3Method lmtest::coeftest
coeftest.glm_rs_choice <- function(x, ...) coeftest.glm_rs_categorical(x, ...)

#' @exportS3Method lmtest::coefci
coefci.glm_rs_choice <- function(x, ...) coefci.glm_rs_categorical(x, ...)
