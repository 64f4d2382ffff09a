# Linear restrictions of coefficients: from terms, equations or a matrix to R·beta = r.

# list(matrix, rhs): a row with a name for each restriction, a column for each coefficient that is not aliased. `terms`
# is from terms_of_coefficients().
restrictions_of <- function(asked, rhs, estimates, terms, call) {
  found <- if (is.null(asked)) {
    restrict_columns(!terms$constant, estimates)
  } else if (inherits(asked, "formula")) {
    restrict_columns(terms$assign() %in% numbers_of_terms(asked, terms$labels, call), estimates)
  } else if (is.character(asked) && length(asked)) {
    restrict_by_equations(asked, estimates, call)
  } else if (is.numeric(asked)) {
    restrict_by_matrix(asked, estimates, call)
  } else {
    abort("restriction", paste(
      "the restrictions must be a formula of terms, names of coefficients, equations of them, or a matrix, not",
      describe(asked)
    ), call)
  }
  if (!nrow(found$matrix)) abort("restriction", "there is no coefficient to test", call)
  found$rhs <- right_hand_side(found, rhs, call)
  aliased <- is.na(estimates)
  lost <- which(aliased & colSums(found$matrix != 0) > 0)[1L]
  if (!is.na(lost)) {
    abort("restriction", sprintf("the coefficient `%s` is aliased: it has no estimate to test", names(estimates)[lost]), call)
  }
  found$matrix <- found$matrix[, !aliased, drop = FALSE]
  check_independent(found$matrix, call)
  found[c("matrix", "rhs")]
}

# Coefficients that are 0. Those of terms that are aliased are no restrictions.
restrict_columns <- function(wanted, estimates) {
  names <- names(estimates)
  columns <- which(wanted & !is.na(estimates))
  matrix <- matrix(0, length(columns), length(names), dimnames = list(names[columns], names))
  matrix[cbind(seq_along(columns), columns)] <- 1
  list(matrix = matrix)
}

# Where the terms of a one-sided formula are among `labels`; the order of the variables in an interaction is free.
numbers_of_terms <- function(formula, labels, call) {
  if (length(formula) != 2L) abort("restriction", "the terms to test are a formula without a left side, like ~ x + f", call)
  asked <- attr(as_glmrs_error(stats::terms(formula), "restriction", call), "term.labels")
  numbers <- match(in_order(asked), in_order(labels))
  unknown <- asked[is.na(numbers)][1L]
  if (!is.na(unknown)) {
    hint <- did_you_mean(unknown, labels) %||% paste("the terms are", some_of(quoted(labels)))
    abort("restriction", sprintf("the fit has no term `%s`", unknown), call, i = hint)
  }
  numbers
}

# Names of coefficients, and equations like "a = b", "a + 2 * b = 3".
restrict_by_equations <- function(texts, estimates, call) {
  names <- names(estimates)
  forms <- lapply(texts, function(text) if (text %in% names) unit_form(text, names) else form_of(text, names, call))
  matrix <- do.call(rbind, lapply(forms, `[[`, "slopes"))
  dimnames(matrix) <- list(texts, names)
  list(matrix = matrix, given = -vapply(forms, `[[`, 0, "constant"))
}

unit_form <- function(name, names) list(slopes = as.double(names == name), constant = 0)

# The difference of the two sides of an equation, of which the right one may be missing: list(slopes, constant).
form_of <- function(text, names, call) {
  parsed <- tryCatch(parse(text = text, keep.source = FALSE), error = function(e) NULL)
  if (length(parsed) != 1L) {
    abort(
      "restriction", sprintf("`%s` is not an equation of coefficients", text), call,
      i = "names with unusual characters need backticks, like \"`poly(x, 2)1` = 0\""
    )
  }
  sides <- parsed[[1L]]
  if (is_call_to(sides, c("=", "=="))) {
    form <- combine_forms(linear_form(sides[[2L]], names, text, call), linear_form(sides[[3L]], names, text, call), -1)
  } else {
    form <- linear_form(sides, names, text, call)
  }
  if (!all(is.finite(unlist(form)))) abort("restriction", sprintf("`%s` has values that are not finite", text), call)
  if (all(form$slopes == 0)) abort("restriction", sprintf("no coefficient is left in `%s`", text), call)
  form
}

is_call_to <- function(expr, functions) is.call(expr) && is.name(expr[[1L]]) && as.character(expr[[1L]]) %in% functions

combine_forms <- function(a, b, by) list(slopes = a$slopes + by * b$slopes, constant = a$constant + by * b$constant)

# An expression as a linear function of the coefficients. What reads like the name of a coefficient is one, calls like
# `log(x)` and `x:fb` among them.
linear_form <- function(expr, names, text, call) {
  of <- function(part) linear_form(part, names, text, call)
  name <- if (is.name(expr)) as.character(expr) else deparse1(expr)
  if (name %in% names) return(unit_form(name, names))
  if (is.numeric(expr)) return(list(slopes = numeric(length(names)), constant = as.double(expr)))
  if (is_call_to(expr, "(")) return(of(expr[[2L]]))
  if (is_call_to(expr, c("+", "-"))) {
    sign <- if (is_call_to(expr, "-")) -1 else 1
    if (length(expr) == 2L) return(combine_forms(of(0), of(expr[[2L]]), sign))
    return(combine_forms(of(expr[[2L]]), of(expr[[3L]]), sign))
  }
  if (is_call_to(expr, c("*", "/"))) {
    left <- of(expr[[2L]])
    right <- of(expr[[3L]])
    divided <- is_call_to(expr, "/")
    if (all(right$slopes == 0)) return(combine_forms(of(0), left, if (divided) 1 / right$constant else right$constant))
    if (all(left$slopes == 0) && !divided) return(combine_forms(of(0), right, left$constant))
  }
  if (is.name(expr)) {
    hint <- did_you_mean(name, names) %||% paste("the coefficients are", some_of(quoted(names)))
    abort("restriction", sprintf("there is no coefficient `%s` (in `%s`)", name, text), call, i = hint)
  }
  abort("restriction", sprintf("`%s` is not linear in the coefficients: `%s`", text, name), call)
}

# A matrix with a row for each restriction, or a vector for a single one; aliased coefficients may have no columns.
restrict_by_matrix <- function(matrix, estimates, call) {
  if (is.null(dim(matrix))) matrix <- t(matrix)
  names <- names(estimates)
  kept <- !is.na(estimates)
  sizes <- unique(c(length(names), sum(kept)))
  if (length(dim(matrix)) != 2L || !ncol(matrix) %in% sizes) {
    expected <- paste(sizes, collapse = " or ")
    abort("restriction", sprintf("a matrix of restrictions must have %s columns, one for each coefficient", expected), call)
  }
  if (!all(is.finite(matrix))) abort("restriction", "the matrix of restrictions has values that are not finite", call)
  whole <- matrix(0, nrow(matrix), length(names), dimnames = list(NULL, names))
  used <- if (ncol(matrix) == length(names)) rep(TRUE, length(names)) else kept
  if (!is.null(colnames(matrix)) && !identical(colnames(matrix), names[used])) {
    wrong <- which(colnames(matrix) != names[used])[1L]
    abort("restriction", sprintf(
      "column %d of the restrictions is called `%s`, but the coefficient `%s`", wrong, colnames(matrix)[wrong],
      names[used][wrong]
    ), call)
  }
  whole[, used] <- matrix
  rownames(whole) <- rownames(matrix) %||% apply(matrix, 1L, text_of_row, names = names[used])
  list(matrix = whole)
}

text_of_row <- function(row, names) {
  at <- which(row != 0)
  size <- ifelse(abs(row[at]) == 1, "", paste0(format(abs(row[at]), trim = TRUE, digits = 4L), " * "))
  text <- paste0(ifelse(row[at] < 0, " - ", " + "), size, names[at], collapse = "")
  sub("^ - ", "-", sub("^ \\+ ", "", text))
}

# What the restrictions are equal to: in the equations themselves, or one number for each.
right_hand_side <- function(found, rhs, call) {
  q <- nrow(found$matrix)
  if (!is.numeric(rhs) || !length(rhs) %in% c(1L, q) || !all(is.finite(rhs))) {
    abort("restriction", sprintf("`rhs` must be one number, or one for each of the %d restrictions", q), call)
  }
  given <- found$given %||% 0
  if (any(given != 0) && any(rhs != 0)) {
    abort("restriction", "there are two right sides: in the equations, and `rhs`", call)
  }
  stats::setNames(rep_len(as.double(rhs), q) + given, rownames(found$matrix))
}

# A restriction that others imply, or contradict, leaves nothing to test.
check_independent <- function(matrix, call) {
  size <- sqrt(rowSums(matrix^2))
  if (any(size == 0)) {
    abort("restriction", sprintf("restriction %d has no coefficient in it", which(size == 0)[1L]), call)
  }
  decomposition <- qr(t(matrix / size))
  if (decomposition$rank == nrow(matrix)) return(invisible())
  redundant <- sort(decomposition$pivot[-seq_len(decomposition$rank)])
  abort(
    "restriction", "the restrictions depend on each other", call, restrictions = redundant,
    x = paste("those before it imply or contradict", quoted(rownames(matrix)[redundant])), i = "leave it out"
  )
}
