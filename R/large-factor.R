# Factors with many levels: nothing of K x K is made of them, neither a matrix of contrasts nor a covariance.

# With fewer levels there is nothing to gain.
MANY_LEVELS <- 200L

# For each factor with many levels whose contrasts only leave a level out: which one. These are the contrasts that
# model.matrix() will use, by its own order: the argument, the factor's attribute, the option.
base_levels <- function(variables, contrasts, response) {
  bases <- list()
  for (i in setdiff(which(vapply(variables, nlevels, 1L) > MANY_LEVELS), response)) {
    x <- variables[[i]]
    name <- names(variables)[i]
    asked <- is.list(contrasts) && name %in% names(contrasts)
    used <- if (asked) contrasts[[name]] else attr(x, "contrasts") %||% default_contrasts(is.ordered(x))
    if (is.character(used) && length(used) == 1L) {
      bases[[name]] <- switch(used, contr.treatment = 1L, contr.SAS = nlevels(x))
    }
  }
  bases
}

# Three levels tell how a term is coded and where its columns run; what they are called can be found again in the names.
level_mark <- function(i) sprintf("\001%d\002", i)

# The variables with a factor of three levels in the place of each of those named.
with_stand_ins <- function(variables, names) {
  for (i in seq_along(names)) {
    x <- variables[[names[i]]]
    variables[[names[i]]] <- structure(
      1L, levels = paste0(level_mark(i), 1:3), class = class(x), contrasts = attr(x, "contrasts")
    )
  }
  variables
}

# The names and `assign` of the columns, where `probe` has those of the stand-ins.
expand_stand_ins <- function(probe, variables, bases) {
  for (i in seq_along(bases)) {
    name <- names(bases)[i]
    terms <- split(probe$names, factor(probe$assign, unique(probe$assign)))
    marked <- vapply(terms, function(names) any(grepl(level_mark(i), names, fixed = TRUE)), NA)
    terms[marked] <- lapply(terms[marked], expand_level_names, level_mark(i), levels(variables[[name]]), bases[[i]])
    probe$names <- unlist(terms, use.names = FALSE)
    probe$assign <- rep(unique(probe$assign), lengths(terms))
    probe$matrices[[name]] <- bases[[i]]
  }
  probe
}

# The names of a term's columns with each of a factor's levels where the stand-in has its marked ones. A term runs
# first-variable-fastest: the first level stays for as many columns as the variables before the factor have.
expand_level_names <- function(names, mark, levels, base) {
  at <- regexpr(mark, names, fixed = TRUE)
  which <- substring(names, at + nchar(mark), at + nchar(mark))
  if (length(unique(which)) < 3L) levels <- levels[-base]
  before <- rle(which)$lengths[1L]
  first <- which == which[1L]
  start <- substring(names[first], 1L, at[first] - 1L)
  end <- substring(names[first], at[first] + nchar(mark) + 1L)
  after <- length(start) / before
  column <- rep(matrix(seq_along(start), before), length(levels))
  column <- aperm(array(column, c(before, after, length(levels))), c(1L, 3L, 2L))
  paste0(start[column], rep(rep(levels, each = before), after), end[column])
}

# The unscaled covariance of a fit that keeps it in blocks, or its rows and columns `at`, by place among the coefficients
# that are not aliased; NULL for a fit that does not.
block_covariance <- function(blocks, coefficients, at = NULL) {
  if (is.null(blocks)) return(NULL)
  columns <- which(!is.na(coefficients))
  if (!is.null(at)) columns <- columns[at]
  kept <- names(coefficients)[columns]
  covariance <- rust_block_covariance(blocks, if (!is.null(at)) as.double(columns))
  dim(covariance) <- c(length(kept), length(kept))
  dimnames(covariance) <- list(kept, kept)
  covariance
}
