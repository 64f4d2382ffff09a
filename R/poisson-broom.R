# What package broom calls a tidy fit, for when generics is there.

#' @rdname tidy.glm_rs
#' @exportS3Method generics::tidy
tidy.poisson_fit <- function(x, ...) {
  if (!x$inference_available) abort("inference", no_inference(x), sys.call())
  tidy.glm_rs(x, ...)
}

#' @rdname tidy.glm_rs
#' @exportS3Method generics::glance
glance.poisson_fit <- function(x, ...) glance.glm_rs(x, ...)
