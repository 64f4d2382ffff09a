# Categories, from what the user gives as the response.

MANY_CATEGORIES <- 50L

# A factor, or a matrix of counts with names.
as_categories <- function(y, ordered, call) {
  refuse_survival(y, if (ordered) "cumulative" else "multinomial", call)
  if (is.matrix(y)) return(category_counts(y, ordered, call))
  if (is.factor(y)) return(y)
  if (is.logical(y)) return(factor(y, levels = c(FALSE, TRUE)))
  if (is.character(y) && !ordered) return(factor(y))
  if (is.character(y)) {
    abort("response", "the response is a character vector: its categories have no order", call, i = "give a factor: factor(y, levels = ), in order")
  }
  if (!is.numeric(y) || is.object(y)) {
    abort("response", paste("the response must be a factor, but is of class", dQuote(class(y)[1L], FALSE)), call)
  }
  y <- whole_numbers(y)
  values <- sort(unique(y))
  why <- if (any(values != round(values))) {
    "numbers that are not whole are no categories"
  } else if (length(values) > MANY_CATEGORIES) {
    sprintf("the response has %d distinct values: too many for categories", length(values))
  }
  if (!is.null(why)) {
    abort("response", why, call, i = "cut() or factor() make categories of numbers; for numbers as they are choose another family")
  }
  factor(y, levels = values)
}

category_counts <- function(y, ordered, call) {
  if (ordered) {
    abort("response", "the response of cumulative() must be one factor, not a matrix", call, i = "give a row for each category, its counts as `weights`")
  }
  if (is.logical(y)) storage.mode(y) <- "integer"
  if (!is.numeric(y) || any(y < 0)) {
    row <- if (is.numeric(y)) which(rowSums(y < 0) > 0)[1L]
    abort("response", "a response of several columns must be counts, not negative", call, row = row)
  }
  names <- colnames(y) %||% rep("", ncol(y))
  # as cbind(a, d$b) leaves them
  unnamed <- is.na(names) | !nzchar(names)
  names[unnamed] <- which(unnamed)
  twice <- anyDuplicated(names)
  if (twice) {
    abort("response", sprintf("two columns of the response have the name \"%s\"", names[twice]), call, i = "give each category its own")
  }
  colnames(y) <- names
  storage.mode(y) <- "double"
  y
}

category_names <- function(y) if (is.factor(y)) levels(y) else colnames(y)

# The categories that rows with weight have, the reference first. `declared`: levels before the empty ones were dropped.
used_categories <- function(y, weights, reference, declared, call) {
  counted <- if (is.null(weights)) TRUE else weights > 0
  names <- category_names(y)
  occurs <- if (is.factor(y)) tabulate(y[counted], length(names)) > 0L else colSums(y[counted, , drop = FALSE]) > 0
  used <- names[occurs]
  empty <- setdiff(union(declared, names), used)
  if (length(empty)) {
    warn("empty", sprintf("no row has the category %s: left out", in_quotes(empty)), call, categories = empty)
  }
  if (length(used) < 2L) {
    abort("response", sprintf("all rows are of one category, \"%s\": there is nothing to compare", used), call)
  }
  if (is.null(reference)) return(used)
  if (!reference %in% used) {
    abort("family", sprintf("the reference \"%s\" is none of the categories %s", reference, some_of(paste0('"', used, '"'))), call,
      i = did_you_mean(reference, used)
    )
  }
  c(reference, setdiff(used, reference))
}

# Codes, or counts by columns, of the categories in their order; rows without weight may have none of them.
code_categories <- function(y, categories) {
  if (!is.factor(y)) return(unname(y[, categories, drop = FALSE]))
  codes <- match(levels(y), categories)[y]
  codes[is.na(codes)] <- 1L
  codes
}

# How often each row has each category: n x K.
count_categories <- function(y, categories) {
  coded <- code_categories(y, categories)
  if (is.matrix(coded)) return(coded)
  counts <- matrix(0, length(coded), length(categories))
  counts[cbind(seq_along(coded), coded)] <- 1
  counts
}

# n x (K - 1): what is added to each linear predictor of a multinomial model.
category_offset <- function(offset, y, categories, call) {
  if (is.null(offset)) return(NULL)
  names <- category_names(y)
  k <- length(categories)
  if (NCOL(offset) == length(names)) {
    own <- colnames(offset)
    offset <- offset[, match(categories, if (setequal(own, names)) own else names), drop = FALSE]
    offset <- offset[, -1L, drop = FALSE] - offset[, 1L]
  } else if (NCOL(offset) == k - 1L) {
    offset <- as.matrix(offset)
    if (setequal(colnames(offset), categories[-1L])) offset <- offset[, categories[-1L], drop = FALSE]
  } else {
    abort("argument", sprintf("an offset of a multinomial model must have %d columns, one for each category, not %d", k, NCOL(offset)), call,
      i = "what is the same for all categories changes no probability"
    )
  }
  matrix(as.double(offset), nrow(offset))
}
