# New data as the fit saw its own, for predictions.

# New data as a design with the columns of `fit`: list(design, offset, rows, complete), where `complete` says which rows
# have no missing values; the design has only those.
forge <- function(fit, newdata, na.action = stats::na.pass, call = NULL) {
  frame <- new_frame(fit, newdata, na.action, call)
  terms <- attr(frame, "terms")
  if (anyNA(fit$coefficients)) frame <- without_idle_gaps(fit, frame, call)
  complete <- if (length(frame)) stats::complete.cases(frame) else rep(TRUE, nrow(frame))
  rows <- row.names(frame)
  offset <- new_offset(fit, terms, newdata, frame, call)
  if (!all(complete)) {
    offset <- offset[complete]
    frame <- structure(frame[complete, , drop = FALSE], terms = attr(frame, "terms"))
  }
  design <- design_from_new_frame(fit, frame, call)
  list(design = design, offset = offset, rows = rows, complete = complete)
}

# The frame with some value for what is missing in variables of which no column has a coefficient.
without_idle_gaps <- function(fit, frame, call) {
  terms <- attr(frame, "terms")
  missing <- lapply(frame, function(x) !stats::complete.cases(x))
  if (!any(vapply(missing, any, NA)) || stats::is.empty.model(terms)) return(frame)
  none <- structure(frame[0L, , drop = FALSE], terms = terms)
  kept <- unique(design_from_new_frame(fit, none, call)$assign[!is.na(fit$coefficients)])
  used <- rowSums(attr(terms, "factors")[, kept[kept > 0L], drop = FALSE]) > 0
  used[attr(terms, "offset")] <- TRUE
  missing[used] <- FALSE
  fill_missing(frame, missing, fit$xlevels)
}

# The covariates in new data, of the classes and levels that they had in the fit.
new_frame <- function(fit, newdata, na.action, call) {
  terms <- covariate_terms(stats::terms(fit))
  checked <- function() {
    frame <- stats::model.frame(terms, newdata, na.action = na.action, xlev = fit$xlevels)
    frame <- columns_without_integer64(frame, call)
    if (!is.null(classes <- attr(terms, "dataClasses"))) stats::.checkMFClasses(classes, frame)
    frame
  }
  as_glmrs_error(checked(), "newdata", call, function() hint_new_data(fit, newdata))
}

# Terms without the response, and without those that are the response alone, of which the fit has no column.
covariate_terms <- function(terms) {
  terms <- stats::delete.response(terms)
  factors <- attr(terms, "factors")
  if (!length(attr(terms, "term.labels"))) return(terms)
  kept <- colSums(factors) > 0
  if (all(kept)) return(terms)
  attr(terms, "factors") <- factors[, kept, drop = FALSE]
  for (part in c("term.labels", "order")) attr(terms, part) <- attr(terms, part)[kept]
  terms
}

# The levels are those of the fit, whether or not all of them occur in the new data.
design_from_new_frame <- function(fit, frame, call) {
  design_from_frame(with_levels(frame, fit$xlevels), fit$contrasts, call)
}

# NA may be one of the levels.
with_levels <- function(frame, levels) {
  for (name in names(levels)) frame[[name]] <- factor(frame[[name]], levels = levels[[name]], exclude = NULL)
  frame
}

# The offsets of the formula and of the call's argument, evaluated in the new data, for the rows of `frame`, which new_frame()
# made of them; NULL where there are none.
new_offset <- function(fit, terms, newdata, frame, call) {
  as_glmrs_error(sum_of_new_offsets(fit, terms, newdata, frame, call), "newdata", call, hint_new_offset)
}

sum_of_new_offsets <- function(fit, terms, newdata, frame, call) {
  omitted <- attr(frame, "na.action")
  n <- nrow(frame) + length(omitted)
  evaluated <- function(expr) without_integer64(eval(expr, newdata, environment(terms)), fit$call)
  of_rows <- function(value, what, expr) {
    if (length(value) == 1L) return(rep_len(value, n))
    if (NROW(value) != n) abort_new_offset(what, NROW(value), n, expr, call)
    value
  }
  exprs <- c(lapply(attr(terms, "offset"), function(i) attr(terms, "variables")[[i + 1L]]), list(fit$call$offset))
  exprs <- exprs[!vapply(exprs, is.null, NA)]
  parts <- lapply(exprs, function(expr) of_rows(evaluated(expr), "offset", expr))
  if (!is.null(expr <- fit$call$exposure)) {
    exposure <- of_rows(evaluated(expr), "exposure", expr)
    parts <- c(parts, list(log_of_exposure(exposure, row.names(newdata), fit$call)))
  }
  offset <- Reduce(`+`, parts)
  if (is.null(offset)) return(NULL)
  if (length(omitted)) offset <- if (is.matrix(offset)) offset[-omitted, , drop = FALSE] else offset[-omitted]
  if (is.matrix(offset) && ncol(offset) > 1L) offset else as.double(offset)
}

# The offset is that of other rows, the fit's for one.
abort_new_offset <- function(what, length, n, expr, call) {
  words <- all.vars(expr)
  where <- if (length(words)) paste("put", quoted(words), "into `newdata`") else "fit with a column of the data, and put it into `newdata`"
  abort("newdata", sprintf("the %s has %d values for %d rows of `newdata`", what, length, n), call, i = where)
}
