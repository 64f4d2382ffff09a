# What package broom calls tidy and augmented fits, for when generics is there: what models share that are no glm.

# What tidy() gives of a fit: list(coefficients, limits), the table or tables of summary() and the matrix of confint(), or NULL.
tidy_tables <- function(x, conf.int, conf.level, vcov, ..., call) {
  check_covariance_dots(list(...), vcov, call)
  coefficients <- summary(x, vcov = vcov, ...)$coefficients
  limits <- if (check_flag(conf.int, "conf.int", call)) stats::confint(x, level = conf.level, vcov = vcov, ...)
  list(coefficients = coefficients, limits = limits)
}

# The numbers of tidy(): those of a table of coefficients, and their limits, a matrix or NULL.
tidy_numbers <- function(table, limits, exponentiate, call) {
  shown <- if (check_flag(exponentiate, "exponentiate", call)) exp else identity
  columns <- `dimnames<-`(table, NULL)
  numbers <- data.frame(estimate = shown(columns[, 1L]), std.error = columns[, 2L], statistic = columns[, 3L], p.value = columns[, 4L])
  if (is.null(limits)) return(numbers)
  cbind(numbers, conf.low = shown(unname(limits[, 1L])), conf.high = shown(unname(limits[, 2L])))
}

#' Fitted values of other models for package broom
#'
#' @param x A fit of [glm_rs()] with a family [zero_inflated()], [hurdle()], [zero_truncated()], [multinomial()], [cumulative()] or
#'   `negative_binomial(type = "nb1")`.
#' @param data The data of the fit, of which all rows take part but for those with missing values that `na.exclude` left out; by
#'   default its model frame.
#' @param newdata Other rows, in the place of those of the fit.
#' @param type.predict What `.fitted` is, as `type` of `predict()`: by default the mean, and of models of categories the likeliest
#'   one. Where there are several for each row there are columns `.fitted_<name>`.
#' @param type.residuals What `.resid` is, as `type` of `residuals()`, of models of counts. Those of categories have none, nor have
#'   new rows.
#' @param ... Not used.
#' @return `augment()`: the data with columns `.fitted` and `.resid`.
#' @examples
#' fit <- glm_rs(Sat ~ Infl + Type, family = cumulative(), weights = Freq, data = MASS::housing)
#' if (requireNamespace("generics", quietly = TRUE)) head(generics::augment(fit))
#' @exportS3Method generics::augment
augment.glm_rs_model <- function(x, data = stats::model.frame(x), newdata = NULL, type.predict = NULL, type.residuals = "pearson",
                                 ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  type <- type.predict %||% if (inherits(x, "glm_rs_categorical")) "class" else "response"
  if (!is.null(newdata)) {
    if (!is.data.frame(newdata)) abort("newdata", "`newdata` must be a data frame", call)
    return(beside(newdata, list(.fitted = stats::predict(x, newdata, type = type))))
  }
  if (!is.data.frame(data)) abort("data", "`data` must be a data frame", call)
  columns <- list(.fitted = stats::predict(x, type = type))
  if (inherits(x, c("glm_rs_zero", "glm_rs_count"))) columns$.resid <- stats::residuals(x, type = type.residuals)
  # na.exclude puts NA where rows were left out
  left_out <- x$na.action
  if (inherits(left_out, "exclude") && nrow(data) == NROW(columns$.fitted) - length(left_out)) {
    columns <- lapply(columns, function(values) if (is.matrix(values)) values[-left_out, , drop = FALSE] else values[-left_out])
  }
  if (NROW(columns$.fitted) != nrow(data)) {
    abort("data", sprintf("`data` has %d rows, but the fit has %d", nrow(data), NROW(columns$.fitted)), call,
      i = "fit with na.action = na.exclude to keep the places of rows with missing values"
    )
  }
  beside(data, columns)
}

# The data with further columns; one for each column of a matrix.
beside <- function(data, columns) {
  for (name in names(columns)) {
    values <- columns[[name]]
    if (is.matrix(values)) {
      for (j in seq_len(ncol(values))) data[[paste(name, colnames(values)[j], sep = "_")]] <- unname(values[, j])
    } else {
      data[[name]] <- unname(values)
    }
  }
  as_tibble_if_possible(data)
}
