#' Fit a generalized linear model to a model matrix
#'
#' The sibling of [stats::glm.fit()]: a numeric matrix and a response in, a list out. It can be given to [stats::glm()] as
#' `method = glm_rs_fit`: what comes back is then a `glm_rs` object.
#'
#' @param bias As for [glm_rs()].
#' @param x A numeric matrix, n x p, with a column of ones for the intercept if there is to be one.
#' @param y The response: n values, or what the family takes otherwise.
#' @param weights,offset Prior weights and offset: n numbers, or `NULL`.
#' @param start,etastart,mustart,family,singular.ok As for [glm_rs()].
#' @param control A list of controls, as from [glm_rs_control()].
#' @param intercept Does `x` hold an intercept? It decides what the null deviance is.
#' @return A list with the components that [stats::glm.fit()] returns, and with `cov.unscaled`, the unscaled covariance matrix
#'   of the coefficients that are not aliased, and `class`, by which [stats::glm()] makes the result a `glm_rs` object. The
#'   numbers of `qr`, `R` and `effects` are made when somebody looks at one of them.
#' @examples
#' x <- cbind(1, MASS::Insurance$Holders)
#' glm_rs_fit(x, MASS::Insurance$Claims, family = poisson())$coefficients
#' glm(Claims ~ Group, poisson(), MASS::Insurance, method = glm_rs_fit)
#' @export
glm_rs_fit <- function(x, y, weights = NULL, start = NULL, etastart = NULL, mustart = NULL, offset = NULL,
                       family = stats::gaussian(), control = list(), intercept = TRUE, singular.ok = TRUE,
                       bias = c("none", "firth", "mean", "median", "jeffreys")) {
  call <- sys.call()
  family <- as_family(family, parent.frame(), call)
  if (!is.function(family$variance)) {
    abort("family", sprintf('the family "%s" is not a generalized linear model with one linear predictor', family$family), call, i = "use glm_rs()")
  }
  control <- as_control(control, call, default_maxit(family, bias))
  bias <- as_bias(bias, family, control, call)
  x <- as_model_matrix(x, call)
  n <- nrow(x)
  if (!n) abort("data", "there are no rows to fit", call)
  if (NROW(y) != n) abort("argument", sprintf("`x` has %d rows, but `y` has %d", n, NROW(y)), call)
  weights <- check_rows(weights, n, "weights", call)
  if (!is.null(weights) && all(weights == 0, na.rm = TRUE)) {
    abort("weights", "all weights are zero: there is nothing to fit", call)
  }
  names <- if (is.matrix(y)) rownames(y) else names(y)
  spec <- bias$spec %||% spec_of_fit(family)
  response <- response_for(y, names, weights, family, call, !is.null(spec))
  offset <- check_rows(offset, n, "offset", call)
  parts <- fit_design(
    design_from_matrix(x), response, family, call, offset, control, list(coefficients = start, eta = etastart, mu = mustart),
    null_model = if (check_flag(intercept, "intercept", call)) "mean" else "offset",
    singular.ok = check_flag(singular.ok, "singular.ok", call), rows = names, bias = bias, spec = spec,
    keeps_data = TRUE
  )
  made <- late_decomposition(x, parts, offset, rank_tolerance(control$epsilon))
  in_glm_order(c(parts, made, list(class = own_classes(parts))))
}

# What glm.fit() returns before all else.
GLM_FIT_ORDER <- c("coefficients", "residuals", "fitted.values", "effects", "R", "rank", "qr")

in_glm_order <- function(parts) {
  first <- match(GLM_FIT_ORDER, names(parts))
  parts[c(first, seq_along(parts)[-first])]
}

# A numeric matrix whose memory Rust can borrow.
as_model_matrix <- function(x, call) {
  x <- if (is.data.frame(x)) as.matrix(columns_without_integer64(x, call)) else without_integer64(x, call)
  if (is.numeric(x) && is.null(dim(x))) x <- as.matrix(x)
  if (!is.matrix(x) || !(is.numeric(x) || is.logical(x))) {
    abort("argument", "`x` must be a numeric matrix with one row for each observation", call)
  }
  if (is.logical(x)) storage.mode(x) <- "double"
  x
}
