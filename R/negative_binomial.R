# The negative binomial family.

#' Negative binomial family
#'
#' Counts whose variance is `mu + mu^2 / theta` (NB2): Poisson counts with rates that vary by a gamma distribution of shape
#' `theta`.
#'
#' @param theta The shape, a positive number; `NULL` where it is to be estimated, as in [zero_inflated()] and [hurdle()].
#' @param link `"log"`, `"sqrt"` or `"identity"`.
#' @return A family object for [glm_rs()], with the functions that a family of package stats has. Its dispersion is 1.
#' @references Lawless, J. F. (1987) Negative binomial and mixed Poisson regression. *The Canadian Journal of Statistics*
#'   15, 209-225.
#' @examples
#' glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial(2))
#' @export
negative_binomial <- function(theta = NULL, link = c("log", "sqrt", "identity")) {
  call <- sys.call()
  link <- stats::make.link(check_choice(link, c("log", "sqrt", "identity"), "link", call))
  if (is.null(theta)) {
    family <- new_family("Negative Binomial", link, NULL, "negative_binomial", NULL)
    return(structure(family, class = c("glmrs_nb_estimated", class(family))))
  }
  theta <- check_positive(theta, "theta", call)
  variance <- function(mu) mu + mu^2 / theta
  dev.resids <- function(y, mu, wt) {
    2 * wt * (y * log(pmax(1, y) / mu) - (y + theta) * log((y + theta) / (mu + theta)))
  }
  aic <- function(y, n, mu, wt, dev) -2 * sum(wt * stats::dnbinom(y, size = theta, mu = mu, log = TRUE))
  simulate <- function(object, nsim) {
    mu <- stats::fitted(object)
    stats::rnbinom(nsim * length(mu), size = theta, mu = mu)
  }
  functions <- list(
    variance = variance, dev.resids = dev.resids, aic = aic, validmu = function(mu) all(is.finite(mu) & mu > 0),
    initialize = expression({
      if (any(y < 0)) stop("negative values not allowed for the negative binomial family")
      n <- rep(1, nobs)
      mustart <- y + (y == 0) / 6
    }),
    simulate = simulate, dispersion = 1
  )
  new_family(sprintf("Negative Binomial(%s)", format(theta, digits = 4L)), link, functions, "negative_binomial", theta)
}
