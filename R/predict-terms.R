# What each term adds to the linear predictor, centred at its mean over the rows of the fit, as predict.lm() says it.

# `frame` has new data, from new_frame(); NULL for the rows of the fit.
predict_terms <- function(object, frame, se.fit, dispersion, terms) {
  of_fit <- fitted_frame(object)
  at_fit <- design_from_frame(of_fit, object$contrasts, object$call)
  missing <- if (!is.null(frame)) lapply(frame, function(x) !stats::complete.cases(x))
  design <- at_fit
  if (!is.null(frame)) {
    design <- design_from_new_frame(object, fill_missing(frame, missing, object$xlevels), object$call)
  }
  labels <- attr(object$terms, "term.labels")
  terms <- which_terms(terms, labels, object$call)
  # a row has no value of a term that one of its missing variables is in, unless the term adds nothing
  used <- attr(stats::delete.response(object$terms), "factors") > 0L
  each_term <- function(values_of) {
    rows <- row.names(frame %||% of_fit)
    values <- matrix(NA_real_, length(rows), length(labels), dimnames = list(rows, labels))
    for (j in seq_along(labels)) {
      own <- at_fit$assign == j
      values[, j] <- values_of(own)
      if (!all(is.na(object$coefficients[own]))) values[Reduce(`|`, missing[used[, j]], FALSE), j] <- NA
    }
    values[, terms, drop = FALSE]
  }
  coefficients <- as.double(ifelse(is.na(object$coefficients), 0, object$coefficients))
  center <- if (attr(object$terms, "intercept")) rust_column_means(at_fit, object$call) else 0 * coefficients
  fit <- each_term(function(own) {
    rust_linear_predictor(design, own * coefficients, call = object$call) - sum(center[own] * coefficients[own])
  })
  errors <- if (se.fit) {
    variance_of <- if (is.null(object$cov.blocks)) dense_term_variance else block_term_variance
    variance <- variance_of(object, design, center)
    each_term(function(own) sqrt(dispersion * variance(own)))
  }
  list(fit = structure(fit, constant = sum(center * coefficients)), errors = errors)
}

# A function of which columns a term has: (x - center)'V(x - center) of them for every row x.
dense_term_variance <- function(object, design, center) {
  covariance <- unname(complete_covariance(unscaled_covariance(object), object$coefficients))
  covariance[is.na(covariance)] <- 0
  function(own) rust_quadratic_form(design, covariance * outer(own, own), center, object$call)
}

# The same of a covariance in blocks. A term of few columns has a matrix of its own, one of many is multiplied out: its columns
# are those of levels, whose means are shares, so that no digits are lost.
block_term_variance <- function(object, design, center) {
  blocks <- object$cov.blocks
  known <- !is.na(object$coefficients)
  function(own) {
    if (sum(own) > MANY_LEVELS) {
      product <- own * rust_block_product(blocks, own * center)
      squares <- rust_block_quadratic_form(design, blocks, own, object$call)
      crossed <- rust_linear_predictor(design, product, call = object$call)
      return(pmax(squares - 2 * crossed + sum(product * center), 0))
    }
    covariance <- matrix(0, sum(own), sum(own))
    has <- known[own]
    if (any(has)) covariance[has, has] <- block_covariance(blocks, object$coefficients, which(own[known]))
    rust_quadratic_form(design_of_terms(design, design$assign[own]), covariance, center[own], object$call)
  }
}

# The places of the terms that the user wants, by their labels or in another way of `[`; NULL for all.
which_terms <- function(terms, labels, call) {
  if (is.null(terms)) return(seq_along(labels))
  places <- tryCatch(stats::setNames(seq_along(labels), labels)[terms], error = function(e) NULL)
  if (is.null(places) || anyNA(places)) {
    if (!is.atomic(terms)) abort("argument", "`terms` must be labels of terms, or their places", call)
    unknown <- setdiff(as.character(terms), labels)
    abort("argument", paste0("`terms`: subscript out of bounds, there is no term ", some_of(unknown)), call, i = paste("the terms are", some_of(labels)))
  }
  unname(places)
}

# The frame with some value wherever one is missing: what comes of it is not used.
fill_missing <- function(frame, missing, levels) {
  for (i in which(vapply(missing, any, NA))) {
    x <- frame[[i]]
    value <- if (is.factor(x) || is.character(x)) levels[[names(frame)[i]]][1L] else if (is.logical(x)) FALSE else 0
    if (is.matrix(x)) x[missing[[i]], ] <- value else x[missing[[i]]] <- value
    frame[[i]] <- x
  }
  frame
}
