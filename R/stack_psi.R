# Estimating equations in blocks that may depend on one another, as one function of all parameters.

#' Stacked estimating equations
#'
#' Blocks of estimating equations that are solved together by [m_estimate()], with the joint sandwich: what one block
#' estimates is not a constant for the next, and the standard errors allow for that. A propensity score and the means that it weights,
#' two-stage least squares and mediated effects are of this kind.
#'
#' Each argument is a block, and its name is that of the block. The parameters of [psi_glm()] are called
#' `block.coefficient`, such as `"ps.(Intercept)"`; those of the other kinds of block see below. A block sees the means
#' that the [psi_glm()] blocks before it predict at the present parameters: a formula by the block's name, and a function
#' as `means$block`. Blocks bring their own starting values: models are fitted by Rust, and the means and variances of
#' data are computed; where every block comes with its solution the search only verifies it.
#'
#' A stack without [psi_function()] in which no formula looks at the means of another block is solved, and resampled by
#' [bootstrap()] on all cores, in Rust alone. In all others R evaluates the formulas and functions at every step.
#'
#' Rows are not left out: every block has a row for each row of the data, and a missing value is an error.
#'
#' @param ... Blocks with names, from [psi_glm()], [psi_mean()], [psi_variance()], [psi_quantile()], [psi_huber()] or
#'   [psi_function()].
#' @return Equations for the argument `psi` of [m_estimate()], a list of class `"glmrs_psi"`.
#' @references Stefanski, L. A. and Boos, D. D. (2002) The calculus of M-estimation. *The American Statistician* 56, 29-38.
#' @seealso [psi_glm()] for the blocks, [bootstrap()]
#' @examples
#' # inverse-probability weighting: the standard errors know that the propensity scores are estimated
#' equations <- stack_psi(
#'   ps = psi_glm(am ~ wt, family = binomial()),
#'   manual = psi_mean(~ mpg, weights = ~ am / ps),
#'   automatic = psi_mean(~ mpg, weights = ~ (1 - am) / (1 - ps))
#' )
#' summary(m_estimate(psi = equations, data = mtcars))
#'
#' # two-stage least squares: mpg on hp, with disp as the instrument
#' second <- function(theta, data, means) {
#'   cbind(1, means$first) * (data$mpg - theta[["a"]] - theta[["b"]] * data$hp)
#' }
#' equations <- stack_psi(
#'   first = psi_glm(hp ~ disp),
#'   second = psi_function(second, start = c(a = 0, b = 0))
#' )
#' vcov(m_estimate(psi = equations, data = mtcars))
#' @export
stack_psi <- function(...) {
  blocks <- list(...)
  call <- sys.call()
  if (!length(blocks)) abort("argument", "a stack needs at least one block, such as ps = psi_glm(a ~ x)", call)
  names <- names(blocks) %||% character(length(blocks))
  if (!all(nzchar(names))) {
    abort("argument", sprintf("block %d has no name: write name = psi_...()", which(!nzchar(names))[1L]), call)
  }
  if (anyDuplicated(names)) {
    abort("argument", sprintf("two blocks are called `%s`", names[anyDuplicated(names)]), call)
  }
  known <- vapply(blocks, inherits, NA, "psi_block")
  if (!all(known)) {
    first <- which(!known)[1L]
    what <- describe(blocks[[first]])
    hint <- if (is.function(blocks[[first]])) ": give it as psi_function(f, start = c(name = value))" else ""
    abort("argument", sprintf("block `%s` is %s, not from psi_glm(), psi_mean(), ...%s", names[first], what, hint), call)
  }
  structure(list(blocks = blocks), class = "glmrs_psi")
}

# list(start, rows, data, core): the blocks as one function rows(theta, data), for these data, and as the core takes them.
prepare_stack <- function(psi, data, call) {
  data <- data %||% Find(Negate(is.null), lapply(psi$blocks, `[[`, "data"))
  prepared <- list()
  start <- means <- NULL
  for (name in names(psi$blocks)) {
    block <- psi$blocks[[name]]$prepare(name, data, means, call)
    place <- length(start) + seq_along(block$start)
    start <- c(start, block$start)
    # what a block says at its start is what the next one starts from
    at_start <- if (isTRUE(block$has_means)) block$evaluate(block$start, start, means)$means
    if (!is.null(at_start)) means[[name]] <- at_start
    prepared[[name]] <- c(block, list(place = place))
  }
  twice <- anyDuplicated(names(start))
  if (twice) abort("argument", sprintf("two parameters of the stack are called `%s`", names(start)[twice]), call)
  rows <- function(theta, data) stacked_rows(prepared, theta, call)
  list(start = start, rows = rows, data = data, core = core_blocks(prepared))
}

# The estimating functions of all blocks, one after another.
stacked_rows <- function(blocks, theta, call) {
  parts <- means <- list()
  for (name in names(blocks)) {
    block <- blocks[[name]]
    value <- block$evaluate(theta[block$place], theta, means)
    if (isTRUE(block$has_means)) means[[name]] <- value$means
    rows <- if (is.list(value)) value$rows else value
    if (length(parts) && nrow(rows) != nrow(parts[[1L]])) {
      abort("data", sprintf(
        "block `%s` has %d rows, block `%s` has %d: all blocks are about the same rows", name, nrow(rows),
        names(blocks)[1L], nrow(parts[[1L]])
      ), call)
    }
    parts[[name]] <- rows
  }
  do.call(cbind, unname(parts))
}

# Starting values of a stack, some of them from the user.
stack_start <- function(stack, given, call) {
  if (is.null(given)) return(stack$start)
  unknown <- setdiff(names(given), names(stack$start))
  if (is.null(names(given)) || length(unknown)) {
    what <- if (length(unknown)) sprintf("`%s` is none of them", unknown[1L]) else "it has no names"
    abort("argument", sprintf("`start` replaces starting values of the parameters %s; %s", quoted(names(stack$start)), what), call)
  }
  replace(stack$start, names(given), given)
}
