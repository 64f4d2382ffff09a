# Are the effects on ordered categories the same at every threshold?

#' Tests of parallel slopes
#'
#' A [cumulative()] model says that a covariate shifts all thresholds between the ordered categories by the same amount: with
#' logits, that the odds of a higher category are proportional. Each test is against coefficients of their own at every
#' threshold.
#'
#' @section Types:
#' \describe{
#'   \item{`"brant"`}{Brant's Wald test for logits: a logistic regression for each threshold, of being above it, and the
#'     differences of their coefficients, with the covariance that fits to the same rows have. For all covariates and for each.}
#'   \item{`"score"`}{The score of the model with separate coefficients at the fit, by its expected information (SAS
#'     takes the observed one): for every link. Nothing else is fitted, so that it exists where a threshold's own regression
#'     does not.}
#' }
#' Both are chi-squared in large samples, with (categories - 2) degrees of freedom for each coefficient. Small groups make the
#' score test reject too often. A significant test of many rows may be of differences that do not matter: look at
#' `coefficients`, those of the thresholds.
#'
#' @param fit A fit of [glm_rs()] with family [cumulative()], of three categories or more.
#' @param type See below.
#' @param x,digits,... For `print()`.
#' @return An object of class `"glmrs_parallel_test"`: `table`, a data frame of `statistic`, `df` and `p.value`, with a row for all
#'   covariates and, for `"brant"`, one for each coefficient; for `"brant"`, `coefficients`, a matrix with a row for each threshold.
#'   Errors: of class `glmrs_error_separation` where a threshold's regression has no finite coefficients.
#' @references Brant, R. (1990) Assessing proportionality in the proportional odds model for ordinal logistic regression.
#'   *Biometrics* 46, 1171-1178.
#'
#' Peterson, B. and Harrell, F. E. (1990) Partial proportional odds models for ordinal response variables. *Applied
#'   Statistics* 39, 205-217.
#' @examples
#' fit <- glm_rs(Sat ~ Infl + Type + Cont, family = cumulative(), weights = Freq, data = MASS::housing)
#' parallel_test(fit)
#' parallel_test(fit, "score")
#' @export
parallel_test <- function(fit, type = c("brant", "score")) {
  call <- sys.call()
  type <- check_choice(type, c("brant", "score"), "type", call)
  if (!inherits(fit, "glm_rs_cumulative")) abort("argument", "`fit` must be a fit of glm_rs() with family cumulative()", call)
  if (length(fit$lev) < 3L) abort("argument", "two categories have one threshold: there is nothing to compare", call)
  if (all(is.na(fit$coefficients))) abort("argument", "the fit has no covariates", call)
  mold <- model_mold(fit)
  kept <- !is.na(fit$coefficients)
  x <- category_matrix(fit, mold)[, kept, drop = FALSE]
  rows <- list(
    x = cbind(1, x), codes = code_categories(mold$y, fit$lev), weights = mold$weights %||% rep(1, nrow(x)),
    offset = mold$offset %||% numeric(nrow(x)), names = colnames(x)
  )
  found <- if (type == "brant") brant_test(fit, rows, call) else parallel_score_test(fit, rows, call)
  structure(c(found, list(type = type, call = call)), class = "glmrs_parallel_test")
}

brant_test <- function(fit, rows, call) {
  if (fit$family$link != "logit") {
    abort("argument", sprintf("Brant's test is for logits, not for the link \"%s\"", fit$family$link), call, i = 'use type = "score"')
  }
  thresholds <- seq_along(fit$zeta)
  fits <- lapply(thresholds, function(k) logit_above(fit, rows, k, call))
  above <- lapply(fits, `[[`, "share")
  q <- length(rows$names)
  slopes <- lapply(thresholds, function(k) (k - 1L) * q + seq_len(q))
  covariance <- matrix(0, q * length(thresholds), q * length(thresholds))
  for (j in thresholds) {
    for (k in thresholds[thresholds >= j]) {
      # of being above both thresholds, which is that of the upper one
      products <- crossprod(rows$x, rows$weights * above[[k]] * (1 - above[[j]]) * rows$x)
      block <- fits[[j]]$inverse %*% products %*% fits[[k]]$inverse
      covariance[slopes[[j]], slopes[[k]]] <- block[-1L, -1L]
      covariance[slopes[[k]], slopes[[j]]] <- t(block[-1L, -1L])
    }
  }
  coefficients <- vapply(fits, function(fit) fit$coefficients[-1L], numeric(q))
  coefficients <- matrix(coefficients, ncol = q, byrow = TRUE, dimnames = list(names(fit$zeta), rows$names))
  # less those of the first threshold
  differences <- cbind(-1, diag(length(thresholds) - 1L))
  of_columns <- function(columns) {
    contrast <- differences %x% diag(q)[columns, , drop = FALSE]
    value <- drop(contrast %*% as.vector(t(coefficients)))
    chi_squared_row(value, contrast %*% covariance %*% t(contrast), call)
  }
  parts <- c(list(seq_len(q)), if (q > 1L) as.list(seq_len(q)))
  table <- do.call(rbind, lapply(parts, of_columns))
  rownames(table) <- c("all", if (q > 1L) rows$names)
  list(table = table, coefficients = coefficients)
}

# The logistic regression of being above threshold k: list(coefficients, inverse, share).
logit_above <- function(fit, rows, k, call) {
  response <- as_response(as.double(rows$codes > k), NULL, rows$weights, "quasibinomial", call)
  control <- as_control(fit$control, call)
  again <- withCallingHandlers(
    fit_design(design_from_matrix(rows$x), response, stats::quasibinomial(), call, rows$offset, control),
    glmrs_warning = function(w) {
      if (!inherits(w, "glmrs_warning_separation") && !inherits(w, "glmrs_warning_not_converged")) return()
      abort("separation", sprintf("the regression of being above the threshold %s has no finite coefficients", names(fit$zeta)[k]), call,
        i = 'type = "score" fits none'
      )
    }
  )
  share <- stats::plogis(drop(rows$x %*% again$coefficients) + rows$offset)
  information <- crossprod(rows$x, rows$weights * share * (1 - share) * rows$x)
  list(coefficients = again$coefficients, inverse = chol2inv(chol(information)), share = share)
}

# Thresholds zeta_k - x'b_k, all b_k at the fit's b.
parallel_score_test <- function(fit, rows, call) {
  eta <- drop(rows$x[, -1L, drop = FALSE] %*% fit$coefficients[!is.na(fit$coefficients)]) + rows$offset
  density <- cumulative_links[[fit$family$link]]$density(outer(-eta, unname(fit$zeta), `+`))
  shares <- threshold_probabilities(fit, eta)
  thresholds <- seq_along(fit$zeta)
  p <- ncol(rows$x)
  places <- lapply(thresholds, function(k) (k - 1L) * p + seq_len(p))
  score <- numeric(p * length(thresholds))
  information <- matrix(0, length(score), length(score))
  # of a row's threshold k by threshold l: tridiagonal
  weight <- function(k, l) {
    if (k == l) density[, k]^2 * (1 / shares[, k] + 1 / shares[, k + 1L]) else -density[, k] * density[, l] / shares[, l]
  }
  for (k in thresholds) {
    slope <- density[, k] * ((rows$codes == k) / shares[, k] - (rows$codes == k + 1L) / shares[, k + 1L])
    score[places[[k]]] <- crossprod(rows$x, rows$weights * slope)
    for (l in intersect(c(k, k + 1L), thresholds)) {
      block <- crossprod(rows$x, rows$weights * weight(k, l) * rows$x)
      information[places[[k]], places[[l]]] <- block
      information[places[[l]], places[[k]]] <- block
    }
  }
  row <- chi_squared_row(score, information, call)
  row$df <- (length(thresholds) - 1L) * (p - 1L)
  row$p.value <- stats::pchisq(row$statistic, row$df, lower.tail = FALSE)
  list(table = `rownames<-`(row, "all"))
}

# v' S^-1 v, whatever the units of v.
chi_squared_row <- function(value, covariance, call) {
  scale <- sqrt(diag(covariance))
  factor <- tryCatch(chol(covariance / outer(scale, scale)), error = function(e) {
    abort("singular", "the covariance of the differences is singular: too few rows are between thresholds", call, parent = e)
  })
  statistic <- sum(backsolve(factor, value / scale, transpose = TRUE)^2)
  data.frame(statistic, df = length(value), p.value = stats::pchisq(statistic, length(value), lower.tail = FALSE))
}

#' @rdname parallel_test
#' @export
print.glmrs_parallel_test <- function(x, digits = 4L, ...) {
  title <- if (x$type == "brant") "Brant's test of proportional odds" else "Score test of parallel slopes"
  cat(title, ", against separate coefficients at each threshold\n\n", sep = "")
  print_tests(x$table, digits)
  invisible(x)
}
