# chosen ~ generic | individual: one model frame, and the terms of a design whose rows are the alternatives of cases.

# list(terms, full, individual): the terms of the design, the formula of all variables, the id among them, and which terms are
# about the case. These have main effects in the design, which are the same for all alternatives, so that R's rules code their
# products with the alternative.
choice_terms <- function(formula, data, family, call) {
  formula <- as_glmrs_error(stats::as.formula(formula), "formula", call)
  if (length(formula) != 3L) abort_no_response("write whether an alternative was chosen before the ~", call)
  parts <- lapply(choice_sides(formula, 1, call), function(side) {
    part <- formula
    part[[3L]] <- side
    as_glmrs_error(stats::terms(part, data = if (is.data.frame(data)) data), "formula", call)
  })
  terms_of <- function(part) lapply(attr(part, "term.labels"), str2lang)
  individual <- terms_of(parts[[2L]])
  by_alternative <- lapply(individual, function(term) call(":", term, family$alternatives))
  constants <- if (attr(parts[[2L]], "intercept") > 0L) list(family$alternatives)
  offsets <- lapply(parts, function(part) as.list(attr(part, "variables"))[attr(part, "offset") + 1L])
  all <- c(individual, constants, terms_of(parts[[1L]]), by_alternative, unlist(offsets))
  if (!length(all)) abort("formula", "the formula has no columns", call)
  design <- full <- formula
  design[[3L]] <- sum_of_terms(all)
  full[[3L]] <- sum_of_terms(c(all, family$alternatives, family$id))
  list(terms = stats::terms(design), full = full, individual = attr(parts[[2L]], "term.labels"))
}

#' @exportS3Method
requested_frame.glmrs_choice <- function(family, request) {
  terms <- choice_terms(request$formula, request$data, family, request$call)
  two_part_frame(request$call, terms$full, request$env, request$data)
}

# What is before the bar and what is after it, or what `unsaid` stands for.
choice_sides <- function(formula, unsaid, call) {
  right <- formula[[length(formula)]]
  sides <- if (is_bar(right)) as.list(right)[-1L] else list(right, unsaid)
  if (any(vapply(sides, has_bar, NA))) {
    abort("formula", "a formula has one `|`, outside brackets and other operators", call,
      i = "chosen ~ cost | income has a cost of the alternative, and an income of the case"
    )
  }
  sides
}

# The dots of the new formula are the old one's, part by part; a new one without | leaves covariates of the case alone.
update_choice_formula <- function(old, new, call) {
  updated <- Map(function(before, after) {
    old[[3L]] <- before
    new[[length(new)]] <- after
    stats::update.formula(old, new)
  }, choice_sides(old, 1, call), choice_sides(new, quote(.), call))
  formula <- updated[[1L]]
  formula[[3L]] <- call("|", formula[[3L]], updated[[2L]][[3L]])
  formula
}

sum_of_terms <- function(terms) Reduce(function(a, b) call("+", a, b), terms)

# The only term of a one-sided formula.
check_variable_formula <- function(x, arg, call) {
  if (!inherits(x, "formula") || length(x) != 2L) {
    abort("argument", sprintf("`%s` must be a formula of one variable, such as ~ case", arg), call)
  }
  x[[2L]]
}

# From the model frame, which has the rows in the order of the data, everything else in the order of the cases: list(frame,
# terms, order, starts, case, chosen, design, offset, names).
mold_choices <- function(frame, terms, family, contrasts, call, new = FALSE) {
  variable <- function(expr) {
    variables <- as.list(attr(attr(frame, "terms"), "variables"))[-1L]
    frame[[Position(function(variable) identical(variable, expr), variables)]]
  }
  id <- variable(family$id)
  case <- match(id, unique(id))
  order <- order(case)
  case <- case[order]
  name <- deparse1(family$alternatives)
  alternative <- variable(family$alternatives)
  twice <- alternative_twice(id, alternative)
  if (twice) {
    message <- sprintf("case %s has the alternative \"%s\" twice (row %s)", format(id[twice]), alternative[twice], row.names(frame)[twice])
    abort("data", message, call, row = twice)
  }
  part <- part_frame(frame, if (new) terms else stats::delete.response(terms), if (!new) "(offset)")
  if (name %in% names(part)) part[[name]] <- alternatives_with_base(alternative, family, call)
  sorted <- structure(part[order, , drop = FALSE], terms = attr(part, "terms"))
  contrasts <- contrasts[setdiff(names(contrasts), name)]
  if (name %in% names(part)) contrasts[[name]] <- "contr.treatment"
  mold <- list(
    frame = frame, terms = attr(part, "terms"), order = order, case = case, names = row.names(frame),
    starts = c(which(!duplicated(case)), length(case) + 1L) - 1, sorted = sorted,
    design = design_from_frame(sorted, contrasts, call), offset = if (!new) frame_offset(sorted, call), full = attr(frame, "terms")
  )
  if (new) return(mold)
  weights <- frame_weights(frame, call)
  mold$weights <- weights
  c(mold, list(chosen = chosen_of(frame_response(frame), id, order, weights, row.names(frame), call)))
}

# The first row whose alternative its case has had before; 0 where there is none.
alternative_twice <- function(id, alternative) {
  # doubles: the products may be beyond what integers hold
  anyDuplicated(match(id, unique(id)) + as.double(length(id)) * match(alternative, unique(alternative)))
}

# New data may lack some of the levels.
alternatives_with_base <- function(x, family, call) {
  if (is.character(x)) x <- factor(x)
  if (!is.factor(x)) abort("data", "`alternatives` must be a factor or a character vector", call, i = "factor() makes a factor of numbers")
  if (is.null(family$reference)) return(x)
  if (!family$reference %in% levels(x)) {
    abort("family", sprintf("the reference \"%s\" is none of the alternatives %s", family$reference, some_of(levels(x))), call,
      i = did_you_mean(family$reference, levels(x))
    )
  }
  stats::relevel(x, family$reference)
}

# How often each alternative was chosen, times the weight of its case, in the order of the cases.
chosen_of <- function(y, id, order, weights, rows, call) {
  if (!is.numeric(y) && !is.logical(y) || is.object(y) || is.matrix(y)) {
    abort("response", "the response must tell whether an alternative was chosen: TRUE and FALSE, or how often", call)
  }
  bad <- which(y < 0)[1L]
  if (!is.na(bad)) abort("response", sprintf("choices must not be negative (row %s)", rows[bad]), call, row = bad)
  case <- match(id, unique(id))
  none <- which(rowsum(as.double(y), case) == 0)[1L]
  if (!is.na(none)) {
    abort("response", sprintf("case %s has no alternative that was chosen", format(unique(id)[none])), call,
      i = "leave the case out; was its row left out for missing values?"
    )
  }
  y <- as.double(y)
  if (!is.null(weights)) {
    varies <- which(weights != weights[match(case, case)])[1L]
    if (!is.na(varies)) abort("weights", sprintf("weights are those of cases, but vary within one (row %s)", rows[varies]), call, row = varies)
    y <- y * weights
  }
  y[order]
}
