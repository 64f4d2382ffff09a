# From a model frame to the list of terms that stands for its model matrix (the Design of the core): every term is
# numeric columns, factor codes, and a contrast for each factor. Nothing of n rows is built or copied.

# list(spec, names, assign, contrasts): `spec` is what design() in args.rs reads; the others are those of model.matrix().
design_from_frame <- function(frame, contrasts = NULL, call = NULL) {
  terms <- attr(frame, "terms")
  if (stats::is.empty.model(terms)) {
    return(list(spec = list(as.double(nrow(frame)), NULL), names = NULL, assign = integer(), contrasts = NULL))
  }
  factors <- attr(terms, "factors")
  # by place: the names in the terms have backticks around what is unusual
  variables <- unclass(frame)[seq_len(length(attr(terms, "variables")) - 1L)]
  if (is.null(contrasts) && are_plain_numbers(variables, terms)) {
    return(design_of_numbers(variables, factors, terms, nrow(frame)))
  }
  variables <- with_factors(variables, attr(terms, "response"), call)
  if (length(factors)) rownames(factors) <- names(variables)
  bases <- base_levels(variables, contrasts, attr(terms, "response"))
  # one row is enough for model.matrix() to say what the columns are called and which contrasts they use
  probed <- with_stand_ins(variables, names(bases))
  probe <- tryCatch(as_glmrs_error(probe_matrix(terms, probed, contrasts), "data", call), glmrs_error_data = function(e) {
    levels <- vapply(variables, nlevels, 1L)
    if (!startsWith(conditionMessage(e), "cannot allocate") || !any(levels)) stop(e)
    name <- names(variables)[which.max(levels)]
    message <- sprintf("the factor `%s` has %d levels: too many for their contrasts (%s)", name, max(levels), conditionMessage(e))
    abort("factor", message, call, variable = name)
  })
  probe <- expand_stand_ins(probe, variables, bases)
  intercept <- attr(terms, "intercept") > 0L
  coding <- full_coding(factors, intercept, variables, attr(terms, "response"))
  specs <- lapply(seq_len(ncol(coding)), function(j) term_spec(coding[, j], variables, probe$matrices))
  specs <- c(if (intercept) list(intercept_spec), specs[lengths(specs) > 0L])
  spec <- list(as.double(nrow(frame)), specs)
  if (sum(vapply(specs, spec_columns, 0)) != length(probe$names)) {
    # a variable that is neither numeric nor a factor to us, but something to model.matrix(): take what that makes of it
    spec <- design_from_matrix(stats::model.matrix(terms, frame, contrasts))$spec
  }
  list(spec = spec, names = probe$names, assign = probe$assign, contrasts = probe$contrasts)
}

# For models that look their parameters up by name: R gives `f` of level "b" and `fb` one name, they are `fb` and `fb.1` here.
distinct_design <- function(frame, contrasts, call) {
  design <- design_from_frame(frame, contrasts, call)
  if (length(design$names)) design$names <- make.unique(design$names)
  design
}

# The matrix of such a design.
distinct_matrix <- function(terms, frame, contrasts) {
  x <- stats::model.matrix(terms, frame, contrasts.arg = contrasts)
  `colnames<-`(x, make.unique(colnames(x) %||% character()))
}

# Are all covariates vectors of numbers, with names that need no quotes? Then a term is one column of its name.
are_plain_numbers <- function(variables, terms) {
  response <- attr(terms, "response")
  factors <- attr(terms, "factors")
  covariates <- .subset(variables, seq_along(variables) != response)
  if (any(lengths(lapply(covariates, attributes))) || !all(vapply(covariates, is.numeric, NA))) return(FALSE)
  if (!length(factors)) return(TRUE)
  identical(rownames(factors), names(variables)) && !(response > 0L && any(factors[response, ] > 0L))
}

# The design of such variables. Without interactions they are the terms.
design_of_numbers <- function(variables, factors, terms, n) {
  intercept <- attr(terms, "intercept") > 0L
  labels <- colnames(factors)
  has <- unname(factors) > 0L
  specs <- if (sum(has) == length(labels)) {
    variables[(which(has) - 1L) %% NROW(has) + 1L]
  } else {
    lapply(seq_along(labels), function(j) {
      used <- variables[has[, j]]
      list(unname(used), names(used), NULL, NULL, NULL, NULL)
    })
  }
  list(
    spec = list(as.double(n), c(if (intercept) list(intercept_spec), specs)),
    names = c(if (intercept) "(Intercept)", labels),
    assign = c(if (intercept) 0L, seq_along(labels)), contrasts = NULL
  )
}

# A design whose only term is a matrix.
design_from_matrix <- function(x) {
  spec <- if (ncol(x)) list(list(list(x), "x", NULL, NULL, NULL, NULL))
  list(spec = list(as.double(nrow(x)), spec), names = dimnames(x)[[2L]])
}

intercept_spec <- list(NULL, NULL, NULL, NULL, NULL, NULL)

# The variables of the terms, with characters and logicals as factors, as in model.matrix().
with_factors <- function(variables, response, call) {
  for (i in setdiff(seq_along(variables), response)) {
    x <- variables[[i]]
    if (is.character(x)) variables[[i]] <- x <- factor(x)
    # both levels, whether or not both occur
    if (is.logical(x) && is.null(dim(x))) variables[[i]] <- x <- factor(x, levels = c(FALSE, TRUE))
    if (is.factor(x) && nlevels(x) < 2L) {
      name <- names(variables)[i]
      what <- if (nlevels(x)) paste0("only one level, \"", levels(x), "\"") else "no levels"
      message <- paste0("the factor `", name, "` has ", what, ": contrasts need 2 or more")
      abort(
        "factor", message, call, variable = name,
        i = "leave it out of the formula, or look at `subset` and missing values"
      )
    }
  }
  variables
}

# What model.matrix() says of one row: list(names, assign, contrasts) of its columns, and in `matrices` the contrast
# matrix of each factor (or its base level: expand_stand_ins()).
probe_matrix <- function(terms, variables, contrasts) {
  # a response that is a covariate, too, is dropped with a warning, and R says so
  response <- attr(terms, "response")
  factors <- attr(terms, "factors")
  doubled <- response > 0L && length(factors) && any(factors[response, ] > 0L)
  probe <- stats::model.matrix(if (doubled) terms else stats::delete.response(terms), one_row(variables, terms), contrasts)
  used <- attr(probe, "contrasts")
  matrices <- lapply(stats::setNames(nm = names(used)), function(name) contrast_matrix(variables[[name]], used[[name]]))
  list(names = colnames(probe), assign = attr(probe, "assign"), contrasts = used, matrices = matrices)
}

# The first row of the variables, as a model frame with their attributes; without rows, one of missing values.
one_row <- function(variables, terms) {
  first <- lapply(variables, function(x) {
    row <- if (NROW(x)) 1L else NA_integer_
    if (is.matrix(x)) x[row, , drop = FALSE] else if (is.numeric(x)) as.double(x[row]) else x[row]
  })
  structure(first, class = "data.frame", row.names = 1L, terms = terms)
}

# The contrast matrix of a factor, from what model.matrix() says it used: a function's name, a function, or a matrix.
contrast_matrix <- function(x, used) {
  if (is.matrix(used)) return(used)
  stats::contrasts(x) <- used
  stats::contrasts(x)
}

# R's rule for a formula without an intercept: the first factor in the first term that holds one gets a column for each
# level. The entries of `factors` are 0 (not in the term), 1 (by contrasts) and 2 (a column for each level).
full_coding <- function(factors, intercept, variables, response) {
  if (!length(factors)) return(matrix(0L, 0L, 0L))
  # the response as a covariate is dropped, its interactions are not
  if (response > 0L) factors[response, colSums(factors > 0L) == 1L] <- 0L
  if (intercept) return(factors)
  is_factor <- vapply(variables, is.factor, NA)
  for (j in seq_len(ncol(factors))) {
    first <- which(is_factor & factors[, j] > 0L)
    if (length(first)) {
      factors[first[1L], j] <- 2L
      break
    }
  }
  factors
}

# list(numeric, names, codes, levels, contrasts, order) of one term, as term() in args.rs reads it; NULL for a term
# without variables.
term_spec <- function(coding, variables, matrices) {
  used <- which(coding > 0L)
  if (!length(used)) return(NULL)
  parts <- variables[used]
  is_factor <- vapply(parts, is.factor, NA)
  numeric <- lapply(parts[!is_factor], as_numeric_part)
  if (!any(is_factor)) return(list(unname(numeric), names(parts), NULL, NULL, NULL, NULL))
  codes <- lapply(parts[is_factor], unclass)
  contrasts <- Map(function(name, code) {
    if (code == 2L) NULL else short_contrast(matrices[[name]])
  }, names(parts)[is_factor], coding[used][is_factor])
  levels <- vapply(parts[is_factor], nlevels, 1L)
  columns <- vapply(parts, NCOL, 1L)
  columns[is_factor] <- unlist(Map(contrast_columns, contrasts, levels))
  order <- if (is.unsorted(is_factor) && any(columns[!is_factor] > 1L)) interleaved_order(columns, is_factor)
  list(unname(numeric), names(parts)[order(is_factor)], unname(codes), unname(levels), unname(contrasts), order)
}

# What Rust can borrow: doubles and integers as they are, anything else that counts as a number as doubles.
as_numeric_part <- function(x) {
  if (is.double(x) || is.integer(x)) return(x)
  if (is.matrix(x)) return(`storage.mode<-`(x, "double"))
  as.double(x)
}

# A contrast as contrast() in args.rs reads it: the base level where it is a treatment contrast, else the matrix.
short_contrast <- function(matrix) {
  if (!is.matrix(matrix)) return(matrix)
  k <- nrow(matrix)
  if (ncol(matrix) == k - 1L && all(matrix == 0 | matrix == 1)) {
    base <- which(rowSums(matrix) == 0)
    if (length(base) == 1L && identical(unname(matrix[-base, , drop = FALSE] + 0), diag(k - 1L))) return(base)
  }
  `storage.mode<-`(unname(matrix), "double")
}

contrast_columns <- function(contrast, levels) {
  if (is.null(contrast)) levels else if (is.matrix(contrast)) ncol(contrast) else levels - 1L
}

# Columns of a term run first-variable-fastest. The core has the numeric variables before the factors: say where each of
# its columns belongs when the formula mixes them.
interleaved_order <- function(columns, is_factor) {
  place <- array(seq_len(prod(columns)), columns)
  as.integer(aperm(place, c(which(!is_factor), which(is_factor))))
}

# How many columns of the model matrix a term has: a variable stands for itself.
spec_columns <- function(spec) {
  if (!is.list(spec)) return(1L)
  factors <- if (length(spec[[4L]])) unlist(Map(contrast_columns, spec[[5L]], spec[[4L]]))
  prod(vapply(spec[[1L]], NCOL, 1L), factors)
}
