# mold() turns a call with a formula into response, weights, offset and design; forge() (forge.R) does the same for new data. Both
# go through design_from_frame(), so that predict() sees the columns that the fit saw.

# `call` is the user's matched call, `env` where its arguments are evaluated.
mold <- function(call, env, contrasts = NULL, data = data_of_call(call, env)) {
  mold_frame(checked_frame(call, env, data = data), contrasts, call)
}

mold_frame <- function(frame, contrasts, call) {
  weights <- frame_weights(frame, call)
  offset <- frame_offset(frame, call)
  y <- needed_response(frame, call)
  list(
    frame = frame, terms = attr(frame, "terms"), y = y, names = rownames(y) %||% row.names(frame), weights = weights,
    offset = offset, mustart = plain_vector(.subset2(frame, "(mustart)")),
    etastart = plain_vector(.subset2(frame, "(etastart)")),
    design = design_from_frame(frame, contrasts, call)
  )
}

frame_arguments <- c("formula", "data", "subset", "weights", "na.action", "etastart", "mustart", "offset", "exposure")

# The model frame. Where the usual treatments of missing values would find none, they are spared their copies; where
# they find some, they are given the frame that is there, so that every variable is evaluated once. `trusting`: see
# columns_to_look_at(). `data`: what the call's expression gave before, which may give other data another time.
evaluate_frame <- function(call, env, data = data_of_call(call, env), action = missing_action(call, env, data),
                           trusting = "nothing") {
  frame_call <- call[c(1L, match(frame_arguments, names(call), 0L))]
  frame_call[[1L]] <- quote(stats::model.frame)
  if (is.call(call$data) && !is.null(data)) frame_call$data <- data
  if (is.call(call[["formula"]])) frame_call$formula <- written_formula(call[["formula"]], env, call)
  usual <- is_one_of(action, list(stats::na.omit, stats::na.exclude, stats::na.fail, stats::na.pass))
  if (usual) frame_call$na.action <- quote(stats::na.pass) else frame_call$drop.unused.levels <- TRUE
  frame <- if (usual) plain_frame(frame_call, env)
  if (is.null(frame)) {
    frame <- as_glmrs_error(eval(frame_call, env), "data", call, function() hint_no_frame(call, env))
    frame <- columns_without_integer64(frame, call)
  }
  frame <- own_memory(frame, data)
  if (!usual) return(frame)
  if (has_missing(columns_to_look_at(frame, trusting))) frame <- treat_missing(frame, action, call)
  without_unused(frame, call)
}

# The formula that an expression of a call gives, such as `models$first`: as good as one that is written for plain_frame(). What is
# none is left to model.frame().
written_formula <- function(formula, env, call) {
  if (identical(formula[[1L]], quote(`~`))) return(formula)
  value <- as_glmrs_error(eval(formula, env), "formula", call)
  if (inherits(value, "formula")) value else formula
}

data_of_call <- function(call, env) as_glmrs_error(eval(call$data, env), "data", call, function() hint_no_frame(call, env))

# `x` was made of `data`, with whose columns it may share memory. R never changes what is shared, data.table does (setkey(), `:=`):
# a fit is to stay as it was.
own_memory <- function(x, data) {
  if (!inherits(data, "data.table") || !requireNamespace("data.table", quietly = TRUE)) return(x)
  data.table::copy(x)
}

without_unused <- function(frame, call) {
  if (has_numbers_only(attr(frame, "terms"))) return(frame)
  for (i in which(vapply(unclass(frame), is.object, NA))) {
    if (!has_unused_levels(frame[[i]])) next
    frame[[i]] <- without_unused_levels(frame[[i]], names(frame)[i], call)
  }
  frame
}

# Are all variables numbers, as far as the terms of their model frame say?
has_numbers_only <- function(terms) {
  classes <- attr(terms, "dataClasses")
  length(classes) > 0L && all(classes == "numeric")
}

# A missing value among the numbers of a covariate shows in whatever the core does with it, and one of a response that goes to
# it as it is: to look for one before would read all of the data once more. `trusting` "covariates", "numbers" (the response's,
# too) or "nothing"; what is left are the other columns, and all of them where there is little to read.
columns_to_look_at <- function(frame, trusting) {
  if (trusting == "nothing" || as.double(nrow(frame)) * length(frame) < MUCH_TO_READ) return(frame)
  terms <- attr(frame, "terms")
  variables <- seq_len(length(attr(terms, "variables")) - 1L)
  others <- c(if (trusting == "covariates") attr(terms, "response"), attr(terms, "offset"))
  variables <- variables[!variables %in% others]
  numbers <- variables[vapply(.subset(frame, variables), is.double, NA)]
  if (as.double(nrow(frame)) * length(numbers) < MUCH_TO_READ) return(frame)
  .subset(frame, setdiff(seq_along(frame), numbers))
}

MUCH_TO_READ <- 1e5

# A frame that was trusted, with its missing values treated after all; NULL if it has none.
distrusted <- function(frame, call, env, data) {
  if (!has_missing(frame)) return(NULL)
  check_rows_left(without_unused(treat_missing(frame, missing_action(call, env, data), call), call), call, env)
}

# The model frame of `frame_call`, which has rows and no missing values; errors are of `call`.
checked_frame <- function(frame_call, env, call = frame_call, trusting = "nothing", data = data_of_call(frame_call, env)) {
  action <- missing_action(frame_call, env, data)
  frame <- evaluate_frame(frame_call, env, data, action, trusting)
  if (!is_one_of(action, list(stats::na.omit, stats::na.exclude, stats::na.fail))) check_no_missing(frame, call)
  check_rows_left(frame, frame_call, env, call)
}

check_rows_left <- function(frame, frame_call, env, call = frame_call) {
  if (nrow(frame)) return(frame)
  why <- if (length(attr(frame, "na.action"))) ": every row has a missing value" else " in the data"
  abort("data", paste0("there are no rows to fit", why), call, i = hint_no_rows(frame_call, env))
}

# Rust looks at numbers and codes, R at all else. `frame`: a list of variables.
has_missing <- function(frame) {
  rust_has_missing(frame) %||% {
    others <- !vapply(frame, typeof, "") %in% c("double", "integer", "logical")
    anyNA(.subset(frame, others), recursive = TRUE)
  }
}

# Is there a level that no row has?
has_unused_levels <- function(x) is.factor(x) && any(tabulate(x, nlevels(x)) == 0L)

without_unused_levels <- function(x, name, call) {
  kept <- x[, drop = TRUE]
  if (!identical(attr(kept, "contrasts"), attr(x, "contrasts"))) {
    warn("contrasts", sprintf("contrasts dropped from factor %s due to missing levels", name), call)
  }
  kept
}

# The treatment of missing values in force: a function, or NULL for none. Data may name it in an attribute, where na.omit()
# leaves the rows that it took out.
missing_action <- function(call, env, data) {
  action <- attr(data, "na.action")
  if (is.null(action) || is.numeric(action)) action <- default_na_action()
  if ("na.action" %in% names(call)) action <- as_glmrs_error(eval(call$na.action, env), "argument", call)
  if (!is.character(action)) return(action)
  # the usual way is quicker than that which tells what is the matter
  found <- if (is_string(action) && nzchar(action)) get0(action, mode = "function")
  found %||% as_glmrs_error(match.fun(action), "argument", call)
}

is_one_of <- function(action, functions) {
  for (f in functions) if (same_code(f, action)) return(TRUE)
  FALSE
}

# What model.frame() does about missing values: the action, and the attributes of the variables (knots, contrasts).
treat_missing <- function(frame, action, call) {
  treated <- as_glmrs_error(action(frame), "data", call)
  attr(treated, "terms") <- attr(frame, "terms")
  for (i in seq_along(treated)) {
    x <- treated[[i]]
    old <- attributes(frame[[i]])
    for (kept in setdiff(names(old), c("names", "dim", "dimnames", "tsp"))) attr(x, kept) <- old[[kept]]
    treated[[i]] <- x
  }
  treated
}

# After a treatment that may leave missing values: the first one is an error that names its variable and row.
check_no_missing <- function(frame, call) {
  if (!anyNA(frame, recursive = TRUE)) return(invisible())
  for (name in names(frame)) {
    at <- which(!stats::complete.cases(frame[[name]]))
    if (length(at)) {
      # model.frame() has arguments in parentheses: "(weights)"
      shown <- sub("^\\(([a-z.]+)\\)$", "\\1", name)
      message <- sprintf("NA/NaN/Inf in `%s`: the value NA cannot be used (row %s)", shown, row.names(frame)[at[1L]])
      abort(
        "non_finite", message, call, variable = name, row = at[1L],
        i = "na.action = na.omit leaves out the rows that have missing values"
      )
    }
  }
}

# The response as model.response() gives it, but for the names: it would copy the response for them.
frame_response <- function(frame) {
  place <- attr(attr(frame, "terms"), "response")
  if (!place) return(NULL)
  y <- .subset2(frame, place)
  if (is.matrix(y) && ncol(y) == 1L) dim(y) <- NULL
  if (length(dim(y)) == 1L) y <- as.vector(y)
  if (inherits(y, "AsIs")) unclass(y) else y
}

needed_response <- function(frame, call) {
  y <- frame_response(frame)
  if (is.null(y)) abort_no_response("write it before the ~: y ~ x", call)
  y
}

abort_no_response <- function(hint, call) abort("formula", "the formula has no response on its left-hand side", call, i = hint)

# What glm() sees of weights and offsets: dates, differences of time and tables are their numbers.
plain_vector <- function(x) if (is.null(attributes(x)) || length(dim(x)) > 1L) x else as.vector(x)

frame_weights <- function(frame, call) {
  weights <- plain_vector(stats::model.weights(frame))
  if (is.null(weights)) return(NULL)
  if (!is.numeric(weights)) abort("argument", "'weights' must be a numeric vector", call)
  weights <- check_rows(weights, nrow(frame), "weights", call)
  if (!length(weights)) return(weights)
  # none is missing: see checked_frame()
  if (min(weights) < 0) {
    row <- which(weights < 0)[1L]
    abort(
      "weights", paste0("negative weights not allowed (row ", row.names(frame)[row], ")"), call, row = row,
      i = "a weight of 0 leaves a row out"
    )
  }
  if (max(weights) == 0) abort("weights", "all weights are zero: there is nothing to fit", call)
  weights
}

frame_offset <- function(frame, call) {
  offset <- plain_vector(sum_of_offsets(frame, call))
  if (!is.null(offset) && length(offset) != nrow(frame)) {
    message <- sprintf("number of offsets is %d should equal %d (number of observations)", length(offset), nrow(frame))
    abort("argument", message, call)
  }
  offset <- check_rows(offset, nrow(frame), "offset", call)
  exposure <- .subset2(frame, "(exposure)")
  if (is.null(exposure)) return(offset)
  log_exposure <- log_of_exposure(exposure, row.names(frame), call)
  if (is.null(offset)) log_exposure else offset + log_exposure
}

# model.offset(), which would copy even a single offset.
sum_of_offsets <- function(frame, call) {
  offsets <- c(attr(attr(frame, "terms"), "offset"), match("(offset)", names(frame), 0L))
  offsets <- offsets[offsets > 0L]
  if (!length(offsets)) return(NULL)
  first <- .subset2(frame, offsets[1L])
  if (length(offsets) == 1L && is.numeric(first)) return(first)
  as_glmrs_error(stats::model.offset(frame), "argument", call)
}
