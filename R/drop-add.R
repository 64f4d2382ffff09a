# Terms left out of a fit or added to it, one at a time: columns of one design, without a model matrix.

#' Drop or add single terms
#'
#' What [stats::drop1()] and [stats::add1()] do with a fit of `glm()`, with the same tables, by fits to parts of the design
#' in Rust. [stats::step()] uses them.
#'
#' @param object A fit from [glm_rs()].
#' @param scope Terms, by their labels or as a formula; for `drop1()` by default those that marginality allows.
#' @param scale The dispersion; 0 for an estimate of it.
#' @param test The test to show beside AIC: the likelihood ratio (`"LRT"`, or `"Chisq"`), Rao's score test, or an F test.
#' @param k The penalty of AIC for each coefficient.
#' @param x A model matrix of the terms in `scope`: left to [stats::add1()].
#' @param ... Not used: an error, but for the `trace` of [stats::step()]. A covariance is for [wald_test()] and
#'   [anova()][anova.glm_rs()].
#' @return A data frame of class `anova`.
#' @examples
#' formula <- Claims ~ District + Group + Age + offset(log(Holders))
#' fit <- glm_rs(formula, data = MASS::Insurance, family = poisson())
#' drop1(fit, test = "LRT")
#' add1(fit, ~ . + Group:Age, test = "LRT")
#' @export
drop1.glm_rs <- function(object, scope, scale = 0, test = c("none", "Rao", "LRT", "Chisq", "F"), k = 2, ...) {
  check_terms_dots(list(...), sys.call())
  test <- match_choice(test, tests_of_terms, "test", sys.call())
  scale <- check_not_negative(scale, "scale", sys.call())
  labels <- attr(object$terms, "term.labels")
  scope <- dropped_terms(object, if (missing(scope)) stats::drop.scope(object) else scope, labels, sys.call())
  object <- with_rows(object)
  data <- refit_data(object)
  design <- data$design
  fits <- lapply(match(scope, labels), function(term) {
    fit <- refit(object, data, design_of_terms(design, setdiff(design$assign, term)))
    c(fit$rank, fit$deviance, if (test == "Rao") score_sum_of_squares(fit, design, "mean", object$call))
  })
  fits <- do.call(rbind, c(list(c(object$rank, object$deviance, if (test == "Rao") NA)), fits))
  one_term_table(object, c("<none>", scope), fits, scale, test, k, FALSE, NROW(data$response$y))
}

check_terms_dots <- function(dots, call) {
  refuse_covariance(dots, tests_with_covariances, call)
  # step() hands it on
  check_no_dots(dots[(names(dots) %||% rep("", length(dots))) != "trace"], call)
}

tests_with_covariances <- "wald_test(vcov = ) and anova(vcov = ) test terms with any covariance"

# The labels of terms that `scope` says, some of `labels`.
dropped_terms <- function(object, scope, labels, call) {
  if (!is.character(scope)) scope <- attr(stats::terms(scope_formula(object, scope, call)), "term.labels")
  if (!all(scope %in% labels)) abort("argument", "scope is not a subset of term labels", call)
  scope
}

#' @rdname drop1.glm_rs
#' @export
add1.glm_rs <- function(object, scope, scale = 0, test = c("none", "Rao", "LRT", "Chisq", "F"), x = NULL, k = 2, ...) {
  check_terms_dots(list(...), sys.call())
  test <- match_choice(test, tests_of_terms, "test", sys.call())
  scale <- check_not_negative(scale, "scale", sys.call())
  # a matrix of the user's, and what add1() does with an offset in a score test, are R's business
  if (!is.null(x) || test == "Rao" && !is.null(object$offset)) {
    object$call <- call_with_offset(object$call)
    return(get("add1.glm", asNamespace("stats"))(object, scope, scale, test, x, k, ...))
  }
  rows <- length(object$y)
  object <- with_rows(object)
  if (!is.character(scope)) scope <- stats::add.scope(object, scope_formula(object, scope, sys.call()))
  if (!length(scope)) abort("argument", "no terms in scope for adding to object", sys.call())
  frame <- frame_with_terms(object, scope)
  data <- refit_data(object, frame)
  n <- NROW(data$response$y)
  if (n < rows) {
    many <- ngettext(n, "using the %d/%d row from a combined fit", "using the %d/%d rows from a combined fit")
    warn("rows", sprintf(many, n, rows), object$call)
  }
  labels <- attr(attr(frame, "terms"), "term.labels")
  old <- c(0L, match(attr(object$terms, "term.labels"), labels))
  base <- refit(object, data, design_of_terms(data$design, old))
  fits <- lapply(match(in_order(scope), in_order(labels)), function(term) {
    design <- design_of_terms(data$design, c(old, term))
    fit <- refit(object, data, design)
    c(fit$rank, fit$deviance, if (test == "Rao") score_sum_of_squares(base, design, "mean", object$call))
  })
  fits <- do.call(rbind, c(list(c(base$rank, base$deviance, if (test == "Rao") NA)), fits))
  one_term_table(object, c("<none>", scope), fits, scale, test, k, TRUE, n)
}

# The formula of a scope that is not given by labels.
scope_formula <- function(object, scope, call) as_glmrs_error(stats::update.formula(stats::formula(object), scope), "argument", call)

# The model frame of a fit with the terms `labels` beside its own.
frame_with_terms <- function(object, labels) {
  added <- stats::reformulate(c(".", labels))
  environment(added) <- environment(stats::formula(object))
  terms <- stats::terms(stats::update.formula(object, added))
  call <- object$call
  call$formula <- terms
  stats::model.frame(structure(list(call = call, terms = terms), class = oldClass(object)), xlev = object$xlevels)
}

# Labels of interactions with their variables in alphabetical order.
in_order <- function(labels) {
  vapply(strsplit(labels, ":", fixed = TRUE), function(parts) paste(sort(parts), collapse = ":"), "")
}

# The table of either: `fits` has a row for the fit itself and one for each term, with rank, deviance, and the sum of
# squares of the score test.
one_term_table <- function(object, names, fits, scale, test, k, adding, n) {
  family <- object$family$family
  dispersion <- if (is.null(scale) || scale == 0) estimate_dispersion(object) else scale
  rank <- fits[, 1L]
  deviance <- fits[, 2L]
  likelihood <- if (family != "gaussian") deviance / dispersion else if (scale > 0) deviance / scale - n else n * log(deviance / n)
  aic <- likelihood + k * rank
  aic <- aic + (stats::extractAIC(object, k = k)[2L] - aic[1L])
  # what the larger model has more, and what it gains by it
  more <- function(x) if (adding) x - x[1L] else x[1L] - x
  df <- replace(more(rank), 1L, NA)
  gain <- function(x) replace(pmax(0, -more(x)), 1L, NA)
  table <- data.frame(Df = df, Deviance = deviance, AIC = aic, row.names = names, check.names = FALSE)
  if (all(is.na(aic))) table$AIC <- NULL
  if (test %in% c("LRT", "Chisq", "Rao")) {
    name <- if (test == "Rao") c("Rao score", "scaled Rao sc.") else c("LRT", "scaled dev.")
    statistic <- if (test == "Rao") pmax(0, fits[, 3L]) / dispersion else gain(likelihood)
    table[[if (dispersion == 1) name[1L] else name[2L]]] <- statistic
    table[["Pr(>Chi)"]] <- stats::pchisq(statistic, positive(df), lower.tail = FALSE)
  }
  if (test == "F") {
    if (family %in% c("binomial", "poisson")) {
      quoted <- if (adding) "quasi%s" else "'quasi%s'"
      warn("test", sprintf(paste("F test assumes", quoted, "family"), family), object$call)
    }
    # the larger of the two models estimates the dispersion
    larger <- if (adding) deviance else deviance[1L]
    left <- if (adding) object$df.residual - df else object$df.residual
    table[["F value"]] <- gain(deviance) / positive(df) / (larger / left)
    table[["Pr(>F)"]] <- stats::pf(table[["F value"]], positive(df), left, lower.tail = FALSE)
  }
  heading <- c(
    paste("Single term", if (adding) "additions" else "deletions"), "\nModel:", deparse(stats::formula(object)),
    if (!is.null(scale) && scale > 0) paste("\nscale: ", format(scale), "\n")
  )
  structure(table, heading = heading, class = c("anova", "data.frame"))
}

# No test without a degree of freedom.
positive <- function(df) ifelse(df > 0, df, NA)

tests_of_terms <- eval(formals(drop1.glm_rs)$test)
