# New responses of a fit, as those of a glm.

#' @export
simulate.glm_rs <- function(object, nsim = 1, seed = NULL, ...) {
  check_count(nsim, "nsim", sys.call())
  NextMethod()
}
