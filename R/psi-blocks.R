# The kinds of blocks of a stack. `prepare(name, data, means, call)` gives a block its data: list(start, evaluate,
# has_means, core, rows), where evaluate(own, theta, means) gives n x q rows, or list(rows, means) of a model; `core` is what
# src/rust/src/blocks.rs reads of a block that the core knows, NULL where R has to evaluate it, and `rows` is n.

#' Blocks of estimating equations
#'
#' What [stack_psi()] is made of. Variables are given as one-sided formulas, evaluated in the data, beside the means that
#' the [psi_glm()] blocks before predict, by the names of these blocks; scales and widths that are computed from a variable
#' are those at the starting values.
#'
#' * `psi_glm()`: the score of a generalized linear model with any family that [glm_rs()] fits in Rust. Its rows are
#'   computed by Rust, and again only when its own parameters or weights change.
#' * `psi_mean()`: a (weighted) mean; its parameter has the name of the block.
#' * `psi_variance()`: mean and variance (divided by n), `block.mean` and `block.variance`.
#' * `psi_quantile()`: the `tau` quantile. The step of its estimating function is smoothed over `smoothed` by a normal
#'   distribution, or there would be no derivative, and no bread. By default this is of order n^(-1/3), so that the bias
#'   is less than the standard error.
#' * `psi_huber()`: Huber's location, with a scale that is held fixed: by default the median absolute deviation of the
#'   data, as in `MASS::huber()`.
#' * `psi_function()`: rows of your own, a function of `theta`, `(theta, data)` or `(theta, data, means)`: `theta` is the
#'   vector of all parameters of the stack by name, `means` a list of the means of the [psi_glm()] blocks before, by name.
#'
#' @param formula A formula, as for [glm_rs()].
#' @param family As for [glm_rs()].
#' @param data A data frame; by default the data that [m_estimate()] is given.
#' @param x A variable, as a one-sided formula or a numeric vector.
#' @param weights,offset As `x`; `NULL` for none.
#' @param tau Which quantile, between 0 and 1.
#' @param smoothed The standard deviation of the smoothing, > 0.
#' @param k Tuning constant of Huber's psi, in scales.
#' @param scale The scale, a number > 0.
#' @param f A function that gives an n x q matrix.
#' @param start Starting values with the names of the parameters of `f`.
#' @return A block for [stack_psi()], a list of class `"psi_block"`.
#' @references Huber, P. J. (1964) Robust estimation of a location parameter. *Annals of Mathematical Statistics* 35,
#'   73-101.
#' @examples
#' # median and Huber's location of the same data, with their covariance
#' both <- stack_psi(median = psi_quantile(~ dist), huber = psi_huber(~ dist))
#' m_estimate(psi = both, data = cars)
#' @export
psi_glm <- function(formula, family = stats::gaussian(), data = NULL, weights = NULL, offset = NULL) {
  call <- sys.call()
  if (!inherits(formula, "formula") || length(formula) != 3L) {
    abort("formula", "`formula` must be one with a response, such as y ~ x", call)
  }
  family <- as_family(as_glmrs_error(family, "family", call), parent.frame(), call)
  spec <- family_spec(family)
  if (is.null(spec)) {
    abort("family", sprintf(
      "the family \"%s\" is not native: write its score as psi_function()", family$family
    ), call)
  }
  check_variable(weights, "weights", call)
  check_variable(offset, "offset", call)
  prepare <- function(name, own, means, call) {
    prepare_glm_block(formula, family, spec, data %||% own, weights, offset, name, means, call)
  }
  structure(list(prepare = prepare, data = data), class = "psi_block")
}

#' @rdname psi_glm
#' @export
psi_mean <- function(x, weights = NULL) {
  check_variable(weights, "weights", sys.call())
  new_block(x, sys.call(), function(x, name, weigh, means) {
    values <- x(means)
    weights <- rep_len(weigh(means), length(values))
    list(
      start = stats::setNames(sum(weights * values) / sum(weights), name),
      evaluate = function(own, theta, means) as.matrix(weigh(means) * (x(means) - own)),
      core = list("mean", values, weights)
    )
  }, weights)
}

#' @rdname psi_glm
#' @export
psi_variance <- function(x) {
  new_block(x, sys.call(), function(x, name, weigh, means) {
    values <- x(means)
    center <- mean(values)
    list(
      start = stats::setNames(c(center, mean((values - center)^2)), paste0(name, c(".mean", ".variance"))),
      evaluate = function(own, theta, means) {
        from_mean <- x(means) - own[[1L]]
        cbind(from_mean, from_mean^2 - own[[2L]], deparse.level = 0L)
      },
      core = list("variance", values)
    )
  })
}

#' @rdname psi_glm
#' @export
psi_quantile <- function(x, tau = 0.5, smoothed = NULL) {
  call <- sys.call()
  check_share(tau, "tau", call)
  if (!is.null(smoothed)) smoothed <- check_positive(smoothed, "smoothed", call)
  new_block(x, call, function(x, name, weigh, means) {
    values <- x(means)
    width <- smoothed %||% (stats::bw.nrd0(values) * length(values)^(1 / 5 - 1 / 3))
    list(
      start = stats::setNames(stats::quantile(values, tau, names = FALSE), name),
      evaluate = function(own, theta, means) as.matrix(tau - stats::pnorm((own - x(means)) / width)),
      core = list("quantile", values, as.double(c(tau, width)))
    )
  })
}

#' @rdname psi_glm
#' @export
psi_huber <- function(x, k = 1.5, scale = NULL) {
  call <- sys.call()
  check_positive(k, "k", call)
  if (!is.null(scale)) check_positive(scale, "scale", call)
  new_block(x, call, function(x, name, weigh, means) {
    values <- x(means)
    size <- scale %||% stats::mad(values)
    if (size == 0) {
      abort("data", sprintf("block `%s`: the median absolute deviation is 0; give the `scale`", name), call)
    }
    list(
      start = stats::setNames(stats::median(values), name),
      evaluate = function(own, theta, means) as.matrix(pmax(-k, pmin(k, (x(means) - own) / size))),
      core = list("huber", values, as.double(c(k, size)))
    )
  })
}

#' @rdname psi_glm
#' @export
psi_function <- function(f, start) {
  call <- sys.call()
  if (!is.function(f)) abort("argument", paste("`f` must be a function of (theta, data, means), not", describe(f)), call)
  if (missing(start)) abort("argument", "`start` is missing: it names the parameters that `f` estimates", call)
  if (!is.numeric(start) || !length(start) || !all(is.finite(start)) || is.null(names(start)) || !all(nzchar(names(start)))) {
    abort("argument", "`start` must be finite numbers with names, such as c(mu = 0)", call)
  }
  takes <- names(formals(args(f)))
  count <- if ("..." %in% takes) 3L else min(length(takes), 3L)
  prepare <- function(name, data, means, call) {
    what <- paste0("block ", name)
    evaluate <- function(own, theta, means) {
      value <- do.call(f, list(theta, data, means)[seq_len(count)], quote = TRUE)
      matrix_of()(value, function(expected, value) complain(what, theta, NA, expected, value))
    }
    list(start = start, evaluate = evaluate)
  }
  structure(list(prepare = prepare), class = "psi_block")
}

# A block about a variable: `make(x, name, weigh, means)`, where x(means) and weigh(means) are the values of the variable
# and of its weights (1 for none).
new_block <- function(x, call, make, weights = NULL) {
  check_variable(x, "x", call)
  if (is.null(x)) abort("argument", "`x` is missing: which variable, as a formula such as ~ y?", call)
  prepare <- function(name, data, means, call) {
    value <- function(variable, what) {
      what <- sprintf("`%s` of block `%s`", what, name)
      check_complete(variable_values(variable, data, means, what, call), what, call)
      function(means) variable_values(variable, data, means, what, call)
    }
    values <- value(x, "x")
    weigh <- function(means) 1
    if (!is.null(weights)) {
      given <- value(weights, "weights")
      rows <- length(values(means))
      weigh <- function(means) check_block_weights(given(means), rows, name, call)
      if (sum(rep_len(weigh(means), rows)) == 0) {
        abort("weights", sprintf("`weights` of block `%s` add up to 0: there is nothing to take a mean of", name), call)
      }
    }
    block <- make(values, name, weigh, means)
    if (sees_means(x, data, means) || sees_means(weights, data, means)) block$core <- NULL
    c(block, list(rows = length(block$core[[2L]])))
  }
  structure(list(prepare = prepare), class = "psi_block")
}

check_variable <- function(x, arg, call) {
  if (is.null(x) || is.numeric(x) || inherits(x, "formula") && length(x) == 2L) return(invisible())
  abort("argument", sprintf("`%s` must be a one-sided formula such as ~ y, or numbers, not %s", arg, describe(x)), call)
}

check_block_weights <- function(weights, rows, name, call) {
  if (length(weights) %in% c(1L, rows)) return(weights)
  abort("argument", sprintf(
    "`weights` of block `%s` must have one value for each of the %d rows, not %d", name, rows, length(weights)
  ), call)
}

# A variable's values as doubles: of a formula in the data beside `means`, or given as they are.
variable_values <- function(x, data, means, what, call) {
  if (inherits(x, "formula")) {
    frame <- if (is.list(data)) c(means, as.list(data)) else as.list(means)
    x <- as_glmrs_error(eval(x[[2L]], frame, environment(x)), "data", call)
  }
  if (!is_numbers(x) || !is.null(dim(x)) && NCOL(x) != 1L) {
    abort("data", paste0(what, " must be numbers, not ", describe(x)), call)
  }
  as.double(x)
}

# Does a formula look at what another block says? Then its values change with that block's parameters.
sees_means <- function(x, data, means) {
  if (!inherits(x, "formula") || !length(means)) return(FALSE)
  seen <- new.env(parent = emptyenv())
  watched <- new.env(parent = environment(x))
  watch <- function(name) {
    makeActiveBinding(name, function() {
      seen$any <- TRUE
      means[[name]]
    }, watched)
  }
  lapply(names(means), watch)
  columns <- if (is.list(data)) as.list(data)
  eval(x[[2L]], columns[!names(columns) %in% names(means)], watched)
  isTRUE(seen$any)
}

check_complete <- function(x, what, call) {
  if (!anyNA(x)) return(x)
  row <- which(is.na(x))[1L]
  abort("non_finite", sprintf("%s is missing in row %d: leave the row out of the data", what, row), call, row = row)
}
