# Which rows of a fit belong together, in what order they are, and the small-sample choices of covariances.

#' Small-sample choices of a robust covariance
#'
#' For `vcov()` of a fit of [glm_rs()] with `type = "cluster"`, `"HAC"` or `"DK"`. For clusters the defaults are those of
#' `sandwich::vcovCL()` for a `glm`; for rows in time the default is no factor, where `vcovPL()` and `kernHAC()` of
#' that package have n / (n - p) by their argument `adjust`: that is `type = "HC1"`.
#'
#' @param cadjust Multiply the sum over G clusters by G / (G - 1)? In several ways each intersection has its own G. For
#'   clusters and the types `"HC0"` and `"HC1"` only.
#' @param type What else is done; it may be given alone, as in `ssc("CR2")`. By the names of package sandwich: `"HC0"`, nothing; `"HC1"`, for clusters a factor of
#'   (n - 1) / (n - p), for rows in time n / (n - p). By those of package clubSandwich, for clusters only:
#'   * `"CR0"`: `"HC0"` without `cadjust`;
#'   * `"CR1"`: `"HC0"` with `cadjust`, the default;
#'   * `"CR1S"`: `"HC1"` with `cadjust`, as Stata does it;
#'   * `"CR1p"`: a factor of G / (G - p), one way only;
#'   * `"CR2"`, `"CR3"`: no factors. Each cluster's residuals are adjusted for its own share in the fit: see
#'     [vcov.glm_rs()].
#' @param df The degrees of freedom of t and F tests and intervals: `"clusters"`, their number (the fewest, of several
#'   clusterings) less 1; `"residual"`, n - p; or a number, `Inf` for the normal distribution. `NULL`: what [vcov.glm_rs()]
#'   says there of degrees of freedom.
#' @param x Small-sample choices.
#' @param ... Not used.
#' @return An object of class `"glmrs_ssc"`, a list of these choices.
#' @examples
#' fit <- glm_rs(breaks ~ wool, data = warpbreaks, family = poisson())
#' vcov(fit, cluster = ~tension, ssc = ssc(type = "HC1"))
#' vcov(fit, cluster = ~ interaction(wool, tension), ssc = ssc("CR2"))
#' summary(fit, vcov = ~ interaction(wool, tension), ssc = ssc(df = "clusters"))
#' @export
ssc <- function(cadjust = TRUE, type = c("HC0", "HC1", "CR0", "CR1", "CR1S", "CR1p", "CR2", "CR3"), df = NULL) {
  call <- sys.call()
  # ssc("CR2") says enough
  if (missing(type) && is_string(cadjust)) return(ssc(type = cadjust, df = df))
  type <- check_choice(type, eval(formals()$type), "type", call)
  given <- !missing(cadjust)
  cadjust <- check_flag(cadjust, "cadjust", call)
  if (startsWith(type, "CR")) {
    implied <- type %in% c("CR1", "CR1S")
    if (given && cadjust != implied) {
      abort("argument", sprintf("`cadjust` is for the types \"HC0\" and \"HC1\": \"%s\" has its own factor", type), call)
    }
    cadjust <- implied
  }
  if (!is.null(df) && !(is_string(df) && df %in% names(df_choices))) {
    if (!is_number(df) || df <= 0) abort("argument", '`df` must be "clusters", "residual" or a number > 0', call)
  }
  structure(list(cadjust = cadjust, type = type, df = df), class = "glmrs_ssc")
}

df_choices <- c(clusters = "G - 1", residual = "n - p")

#' @rdname ssc
#' @export
format.glmrs_ssc <- function(x, ...) {
  named <- startsWith(x$type, "CR")
  df <- if (is.character(x$df)) df_choices[[x$df]] else x$df
  paste0(
    "type ", x$type, if (x$cadjust && !named) ", G / (G - 1) for G clusters", if (!is.null(df)) paste(", degrees of freedom", df)
  )
}

#' @rdname ssc
#' @export
print.glmrs_ssc <- function(x, ...) {
  cat("Small samples: ", format(x), "\n", sep = "")
  invisible(x)
}

check_ssc <- function(x, call) {
  if (is.null(x)) return(ssc())
  if (!inherits(x, "glmrs_ssc")) {
    abort("argument", "`ssc` must be made by ssc() of this package", call, i = if (is_string(x)) sprintf('ssc = ssc("%s")', x))
  }
  x
}

# The choices for rows in time, where there are no clusters.
check_ssc_in_time <- function(x, call) {
  x <- check_ssc(x, call)
  if (startsWith(x$type, "CR")) abort("argument", sprintf("`ssc`: \"%s\" is a type for clusters", x$type), call)
  if (identical(x$df, "clusters")) abort("argument", "`ssc`: there are no clusters to count degrees of freedom by", call)
  x$cadjust <- FALSE
  x
}

# A named list of codes of 1 and more, for each of the variables; `rows` are those of score_rows(). Rows without weight go
# where the first row with one is: nothing is added for them, and they are no clusters of their own.
clusters_of <- function(rows, cluster, call) {
  if (is.null(cluster)) abort_no_cluster(call, "cluster = ~ firm, say")
  weights <- rows$values[[1L]]
  without <- if (rows$n < length(weights)) weights <= 0
  lapply(row_values(rows$fit, cluster, "cluster", call), function(x) {
    codes <- integer_codes(x)
    if (!is.null(without)) codes[without] <- codes[!without][1L]
    codes
  })
}

# Integers that are dense enough are codes already: hashing them would take as long as the sums.
integer_codes <- function(x) {
  if (is.factor(x) || is.integer(x)) x <- as.integer(x)
  if (is.integer(x)) {
    range <- rust_integer_range(x)
    if (range[1L] >= 1L && range[2L] <= 2 * length(x)) return(x)
    if (diff(as.double(range)) < 2 * length(x)) return(x - range[1L] + 1L)
  }
  match(x, unique(x))
}

# The places of the rows in their order; NULL for the order that they are in.
order_of_rows <- function(fit, order_by, call) {
  if (is.null(order_by)) return(NULL)
  do.call(order, unname(as.list(row_values(fit, order_by, "order_by", call))))
}

# A list of variables in the rows of the fit, or in those at its `places`, from a formula, a vector or a data frame of the user's.
row_values <- function(fit, values, arg, call) {
  if (inherits(values, "formula")) {
    frame <- data_of_fit(fit, values, arg, call)
  } else if (is.atomic(values) && length(dim(values)) < 2L) {
    frame <- stats::setNames(list(if (is.null(dim(values))) values else as.vector(values)), arg)
  } else if (is.list(values) || is.matrix(values)) {
    refuse_list_of_rows(fit, values, arg, call)
    frame <- as.list(as_glmrs_error(as.data.frame(values), arg, call))
  } else {
    abort(arg, sprintf("`%s` must be a formula, a vector or a data frame, not %s", arg, describe(values)), call)
  }
  n <- length(fit$linear.predictors)
  left_out <- fit$na.action
  for (name in names(frame)) {
    frame[[name]] <- x <- in_order_of_integer64(frame[[name]], call)
    if (!is.atomic(x) || !is.null(dim(x))) abort(arg, sprintf("`%s` must be one vector", name), call)
    if (length(left_out) && length(x) == n + length(left_out)) frame[[name]] <- x <- x[-left_out]
    if (length(x) != n) {
      abort(arg, sprintf("`%s` must have one value for each of the %d rows, not %d", name, n, length(x)), call)
    }
    if (has_missing(list(x))) {
      row <- which(is.na(x))[1L]
      where <- names(fit$linear.predictors)[row] %||% row
      abort(arg, sprintf("`%s` is missing (row %s)", name, where), call, row = row, i = "fit without such rows, or fill them in")
    }
  }
  if (is.null(fit$places)) frame else lapply(frame, `[`, fit$places)
}

# as.data.frame() would make a variable of each row.
refuse_list_of_rows <- function(fit, values, arg, call) {
  rows <- length(fit$linear.predictors) + c(0L, length(fit$na.action))
  if (is.object(values) || !is.list(values) || !length(values) %in% rows || any(lengths(values) != 1L)) return(invisible())
  message <- sprintf("`%s` must be a vector or a data frame, not a list with an element for each row", arg)
  abort(arg, message, call, i = "unlist() makes a vector of it")
}

# The variables of a one-sided formula in the rows that the data of a fit have, `subset` included.
data_of_fit <- function(fit, formula, arg, call) {
  terms <- as_glmrs_error(stats::terms(formula), arg, call)
  if (length(formula) != 2L || !length(attr(terms, "term.labels")) || any(attr(terms, "order") > 1L)) {
    abort(
      arg, sprintf("`%s` must be a formula like ~ firm + year", arg), call,
      i = "the pairs of two variables are those of ~ interaction(firm, year)"
    )
  }
  evaluated <- function() {
    frame <- stats::model.frame(terms, fit$data, na.action = stats::na.pass)
    rows <- eval(fit$call$subset, fit$data, environment(fit$terms))
    as.list(if (is.null(rows)) frame else frame[rows, , drop = FALSE])
  }
  as_glmrs_error(evaluated(), arg, call)
}
