# y ~ x | z: one model frame, and the terms, the rows and the offset of each part.

# list(count, zero, full): the terms of both parts and the formula of all their variables.
two_part_terms <- function(formula, data, call) {
  formula <- as_glmrs_error(stats::as.formula(formula), "formula", call)
  if (length(formula) != 3L) abort_no_response("write it before the ~: y ~ x | z", call)
  parts <- lapply(sides_of(formula, call), function(side) {
    part <- formula
    part[[3L]] <- side
    as_glmrs_error(stats::terms(part, data = if (is.data.frame(data)) data), "formula", call)
  })
  full <- formula
  full[[3L]] <- call("+", stats::formula(parts$count)[[3L]], stats::formula(parts$zero)[[3L]])
  c(parts, full = full)
}

# What the formula says of each part.
sides_of <- function(formula, call) {
  right <- formula[[length(formula)]]
  sides <- if (is_bar(right)) as.list(right)[-1L] else list(right, right)
  if (any(vapply(sides, has_bar, NA))) {
    abort("formula", "a formula of two parts has one `|`, outside brackets and other operators", call,
      i = "y ~ x | z has x in the count part and z in the zero part"
    )
  }
  stats::setNames(sides, c("count", "zero"))
}

# The dots of the new formula are the old one's, part by part; a new one without | is about both parts.
update_two_parts <- function(old, new, call) {
  updated <- Map(function(before, after) {
    old[[3L]] <- before
    new[[length(new)]] <- after
    stats::update.formula(old, new)
  }, sides_of(old, call), sides_of(new, call))
  sides <- lapply(updated, `[[`, 3L)
  formula <- updated$count
  formula[[3L]] <- if (identical(sides$count, sides$zero)) sides$count else call("|", sides$count, sides$zero)
  formula
}

is_bar <- function(x) is.call(x) && identical(x[[1L]], quote(`|`))

# Outside of functions' arguments: I(a | b) is a variable.
has_bar <- function(x) {
  is.call(x) && (is_bar(x) || any(as.character(x[[1L]])[1L] == c("+", "-", "*", "/", ":", "(", "^")) &&
    any(vapply(as.list(x)[-1L], has_bar, NA)))
}

# list(frame, terms, y, weights, designs, offsets) of the call; `terms` of both parts know their classes and knots.
mold_two_parts <- function(request) {
  call <- request$call
  terms <- two_part_terms(request$formula, request$data, call)
  frame <- two_part_frame(call, terms$full, request$env, request$data)
  contrasts <- list(count = request$contrasts, zero = request$contrasts)
  two_parts_of(frame, terms[c("count", "zero")], contrasts, call)
}

#' @exportS3Method
requested_frame.glmrs_zero <- function(family, request) {
  terms <- two_part_terms(request$formula, request$data, request$call)
  two_part_frame(request$call, terms$full, request$env, request$data)
}

# The model frame of the call, with all variables of the formula `full`.
two_part_frame <- function(call, full, env, data = data_of_call(call, env)) {
  frame_call <- call
  frame_call$formula <- full
  checked_frame(frame_call, env, call, data = data)
}

# From the model frame of both parts.
two_parts_of <- function(frame, terms, contrasts, call) {
  full <- attr(frame, "terms")
  parts <- lapply(stats::setNames(nm = c("count", "zero")), function(part) {
    extra <- if (part == "count") c("(offset)", "(exposure)")
    part_frame(frame, stats::delete.response(terms[[part]]), extra)
  })
  designs <- lapply(names(parts), function(part) {
    if (stats::is.empty.model(attr(parts[[part]], "terms"))) {
      abort("formula", sprintf("the %s part has no columns", part), call, i = "write 1 for a constant: y ~ x | 1")
    }
    own <- contrasts_of_part(contrasts[[part]], setdiff(names(frame), names(parts[[part]])))
    distinct_design(parts[[part]], own, call)
  })
  names(designs) <- names(parts)
  list(
    frame = frame, terms = c(lapply(parts, attr, "terms"), list(full = full)), y = frame_response(frame),
    weights = frame_weights(frame, call), designs = designs,
    offsets = lapply(parts, frame_offset, call = call), names = row.names(frame)
  )
}

# Without those of the `others`, factors that only the other part has: nothing is said of them there. What is no list of
# names is left to model.matrix(), which says so.
contrasts_of_part <- function(contrasts, others) {
  if (!is.list(contrasts) || is.null(names(contrasts))) return(contrasts)
  own <- contrasts[setdiff(names(contrasts), others)]
  if (length(own)) own
}

# The columns of `frame` that the terms of a part are about, in their order, and those called `extra`.
part_frame <- function(frame, terms, extra = NULL) {
  full <- attr(frame, "terms")
  variables <- as.list(attr(full, "variables"))[-1L]
  own <- as.list(attr(terms, "variables"))[-1L]
  at <- vapply(own, function(x) Position(function(variable) identical(variable, x), variables), 1L)
  if (!is.null(known <- attr(full, "predvars"))) attr(terms, "predvars") <- as.call(c(quote(list), as.list(known)[-1L][at]))
  classes <- attr(full, "dataClasses")
  attr(terms, "dataClasses") <- classes[names(frame)[at]]
  places <- c(at, match(extra, names(frame), 0L))
  structure(.subset(frame, places), class = "data.frame", row.names = attr(frame, "row.names"), terms = terms)
}
