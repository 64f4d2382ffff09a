# What the user gives as the response, as the numbers that a family works on.

# The response that `family` sees. Families that the core does not know have an `initialize` of their own, which decides what
# it may be: it is left as it is.
response_for <- function(y, names, weights, family, call, native = is_native(family)) {
  if (native) return(as_response(y, names, weights, family$family, call))
  if (is.numeric(y) && is.null(dim(y))) y <- if (is.object(y) || is.double(y)) plain_double(y) else as.vector(y)
  list(y = y, names = names, weights = weights)
}

# list(y, given, weights, trials): `y` doubles, `given` what the fit keeps of them: whole numbers stay integers;
# `weights` NULL or doubles, for counts of successes and failures multiplied by their sums, which are the `trials`;
# `mustart` where the family's own would not do.
as_response <- function(y, names, weights, family, call) {
  if (family == "binomial" || family == "quasibinomial") return(binomial_response(y, names, weights, family, call))
  if (is.matrix(y) && ncol(y) == 1L) y <- y[, 1L]
  if (!is.numeric(y) && !is.logical(y) || is.factor(y) || !is.null(dim(y))) {
    what <- if (is.matrix(y)) paste("a matrix of", ncol(y), "columns") else paste("of class", dQuote(class(y)[1L], FALSE))
    abort("response", paste0("the response must be a numeric vector for the '", family, "' family, but is ", what), call)
  }
  given <- if (is.object(y) || is.double(y)) plain_double(y) else as.vector(y)
  list(y = as.double(given), given = given, names = names, weights = weights, trials = NULL)
}

# The same of counts. The core wants whole numbers: those that are so but for rounding errors (0.29 * 100) become whole here, and
# what is none is left for it to refuse.
count_response <- function(y, names, weights, family, call) {
  response <- as_response(y, names, weights, family, call)
  response$y <- whole_numbers(response$y)
  response
}

whole_numbers <- function(x) {
  count <- round(x)
  if (isTRUE(all(x == count))) return(x)
  near <- which(is_whole(x))
  replace(x, near, count[near])
}

# Within the tolerance of R's densities.
is_whole <- function(x) abs(x - round(x)) <= 1e-7 * pmax(1, abs(x))

# Times and events are two columns, but no counts.
refuse_survival <- function(y, family, call) {
  if (!inherits(y, "Surv")) return(invisible())
  abort("response", sprintf("the response is a survival time, of class \"Surv\": the '%s' family has no model of it", family), call)
}

# A 0/1 or logical vector, a factor (its first level is failure), proportions with weights, or a matrix of successes and
# failures.
binomial_response <- function(y, names, weights, family, call) {
  refuse_survival(y, family, call)
  if (NCOL(y) == 2L && (is.numeric(y) || is.logical(y))) {
    if (any(y < 0, na.rm = TRUE)) {
      row <- which(y[, 1L] < 0 | y[, 2L] < 0)[1L]
      abort("response", paste0("counts of successes and failures must not be negative (row ", row, ")"), call, row = row)
    }
    if (family == "binomial" && any(abs(y - round(y)) > 1e-3, na.rm = TRUE)) {
      warn("non_integer", "non-integer counts in a binomial glm!", call)
    }
    trials <- as.double(y[, 1L]) + as.double(y[, 2L])
    share <- as.double(y[, 1L]) / trials
    share[!is.na(trials) & trials == 0] <- 0
    # the start depends on the counts alone, not on the weights beside them
    mustart <- if (!is.null(weights)) (trials * share + 0.5) / (trials + 1)
    weights <- if (is.null(weights)) trials else weights * trials
    trials <- if (any(trials > 1, na.rm = TRUE)) trials
    return(list(y = share, names = names, weights = weights, trials = trials, mustart = mustart))
  }
  if (is.factor(y)) {
    y <- as.double(unclass(y) != 1L)
  } else if (is.matrix(y) && ncol(y) == 1L && (is.numeric(y) || is.logical(y))) {
    y <- as.double(y)
  } else if (!is.null(dim(y)) || !(is.numeric(y) || is.logical(y))) {
    abort("response", paste0(
      "for the '", family, "' family, y must be a vector of 0 and 1's, a factor, or a 2 column matrix ",
      "where col 1 is no. successes and col 2 is no. failures"
    ), call, i = if (is.character(y)) "factor() makes a factor of a character vector: its first level is failure")
  }
  y <- plain_double(y)
  if (!is.null(weights)) y[weights == 0] <- 0
  if (family == "binomial" && !rust_are_counts(y, weights, call)) {
    warn("non_integer", "non-integer #successes in a binomial glm!", call)
  }
  list(y = y, names = names, weights = weights, trials = NULL)
}
