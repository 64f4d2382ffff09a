# Tables of Wald tests with any covariance: of the terms of one fit, in their order, or of nested fits.

# `dots`: further fits, `test`, and options of the covariance.
anova_wald <- function(object, dots, vcov, call) {
  is_fit <- vapply(dots, inherits, NA, "glm_rs")
  test <- check_choice(dots[["test"]] %||% "auto", c("auto", "F", "Chisq"), "test", call)
  names <- names(dots) %||% rep("", length(dots))
  check_is_fit(object, "object", call)
  for (other in dots[!is_fit & names == ""]) check_is_fit(other, "...", call)
  options <- dots[!is_fit & names != "test"]
  fits <- lapply(c(list(object), unname(dots[is_fit])), with_rows)
  if (length(fits) == 1L) sequential_tests(fits[[1L]], vcov, options, test, call) else nested_tests(fits, vcov, options, test, call)
}

# Each term is tested in the model of the terms up to it, by a fit of that model.
sequential_tests <- function(fit, vcov, options, test, call) {
  labels <- attr(fit$terms, "term.labels")
  if (is.matrix(vcov) && length(labels) > 1L) {
    abort("argument", "each of several models has its own covariance: `vcov` cannot be a matrix", call)
  }
  rows <- lapply(seq_along(labels), function(j) {
    of_terms <- if (j == length(labels)) fit else leading_fit(fit, j)
    assign <- design_from_frame(fitted_frame(of_terms), fit$contrasts, call)$assign
    wald_row(of_terms, assign == j, vcov, options, test, call)
  })
  # what was asked for is looked at where there are no terms, too
  label <- if (!length(labels)) glm_inference(fit, vcov, options, call)$label
  heading <- c("Wald tests of terms, added sequentially (first to last)\n", paste0("Model: ", model_text(fit)))
  wald_table(rows, labels, heading, label, caveats_of(fit))
}

# The same fit of the first `j` terms, coded as they are beside the others, in the same rows.
leading_fit <- function(fit, j) {
  frame <- fitted_frame(fit)
  terms <- attr(frame, "terms")
  attr(terms, "factors") <- attr(terms, "factors")[, seq_len(j), drop = FALSE]
  attr(terms, "term.labels") <- attr(terms, "term.labels")[seq_len(j)]
  attr(terms, "order") <- attr(terms, "order")[seq_len(j)]
  attr(frame, "terms") <- terms
  fit$model <- frame
  with_parts(fit, refit(fit, refit_data(fit, frame), design_from_frame(frame, fit$contrasts, fit$call)))
}

# Of two neighbours, what the larger one has more, by the names of the coefficients.
nested_tests <- function(fits, vcov, options, test, call) {
  if (is.matrix(vcov) && length(fits) > 2L) {
    abort("argument", "each of several models has its own covariance: `vcov` cannot be a matrix", call)
  }
  rows <- lapply(seq_along(fits)[-1L], function(i) {
    pair <- fits[i - 1:0]
    check_same_data(pair[[1L]], pair[[2L]], call)
    pair <- pair[order(vapply(pair, `[[`, 0L, "rank"))]
    check_nested(pair[[1L]], pair[[2L]], call)
    larger <- pair[[2L]]
    more <- !is.na(larger$coefficients) & !names(larger$coefficients) %in% kept_names(pair[[1L]])
    if (sum(more) != larger$rank - pair[[1L]]$rank) {
      abort("nested", "the coefficients of the smaller fit are not among those of the larger one", call)
    }
    row <- wald_row(larger, more, vcov, options, test, call)
    if (fits[[i]]$rank < fits[[i - 1L]]$rank) row$df <- -row$df
    row
  })
  first <- list(left = fits[[1L]]$df.residual, df = NA_real_, statistic = NA_real_, p = NA_real_)
  models <- paste0("Model ", format(seq_along(fits)), ": ", vapply(fits, model_text, ""), collapse = "\n")
  for (i in seq_along(rows)) rows[[i]]$left <- fits[[i + 1L]]$df.residual
  heading <- c("Wald tests of nested models\n", models)
  wald_table(c(list(first), rows), as.character(seq_along(fits)), heading, caveats = caveats_of_all(fits))
}

# One row: the coefficients `wanted` are 0; without any, no test.
wald_row <- function(fit, wanted, vcov, options, test, call) {
  parts <- glm_inference(fit, vcov, options, call)
  row <- list(left = fit$df.residual, df = 0, statistic = NA_real_, p = NA_real_, label = parts$label)
  restrictions <- restrict_columns(wanted, fit$coefficients)$matrix[, !is.na(fit$coefficients), drop = FALSE]
  if (!nrow(restrictions)) return(row)
  found <- wald_result(fit, parts, list(matrix = restrictions, rhs = 0), test, call)
  row$df <- nrow(restrictions)
  row$statistic <- found$statistic[[1L]]
  row$p <- found$p.value
  row$name <- names(found$statistic)
  row$denominator <- found$parameter["denom df"]
  row
}

# Columns as package lmtest names them; of F tests with other denominators than residual degrees of freedom those, too.
wald_table <- function(rows, names, heading, label = NULL, caveats = NULL) {
  column <- function(part) vapply(rows, function(row) as.double(row[[part]] %||% NA_real_), 0)
  statistic <- unique(unlist(lapply(rows, `[[`, "name"))) %||% "Chisq"
  table <- data.frame(Res.Df = column("left"), Df = column("df"), row.names = names)
  denominator <- column("denominator")
  if (any(denominator != table$Res.Df, na.rm = TRUE)) table$Den.Df <- denominator
  table[[statistic]] <- column("statistic")
  table[[paste0("Pr(>", statistic, ")")]] <- column("p")
  label <- paste0("Covariance: ", unique(c(label, unlist(lapply(rows, `[[`, "label")))), collapse = "\n")
  said <- paste0(paste(c(label, caveats_in_words(caveats)), collapse = "\n"), "\n")
  structure(table, heading = c(heading, said), class = c("anova", "data.frame"))
}
