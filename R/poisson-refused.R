# What a fit of a matrix does not have, for which a fit by formula is there.

refuse_matrix <- function(what, call) {
  refuse(what, call, "fit with glm_rs(family = poisson()), which has it", "is not for fits of poisson_fit()")
}

#' @export
simulate.poisson_fit <- function(object, nsim = 1, seed = NULL, ...) refuse_matrix("simulate()", sys.call())

#' @export
anova.poisson_fit <- function(object, ...) refuse_matrix("anova()", sys.call())

#' @export
profile.poisson_fit <- function(fitted, ...) refuse_matrix("profile()", sys.call())

#' @export
hatvalues.poisson_fit <- function(model, ...) refuse_matrix("hatvalues()", sys.call())

#' @export
influence.poisson_fit <- function(model, ...) refuse_matrix("influence()", sys.call())

#' @export
cooks.distance.poisson_fit <- function(model, ...) refuse_matrix("cooks.distance()", sys.call())

#' @export
rstandard.poisson_fit <- function(model, ...) refuse_matrix("rstandard()", sys.call())

#' @export
rstudent.poisson_fit <- function(model, ...) refuse_matrix("rstudent()", sys.call())

#' @export
dfbeta.poisson_fit <- function(model, ...) refuse_matrix("dfbeta()", sys.call())

#' @export
dfbetas.poisson_fit <- function(model, ...) refuse_matrix("dfbetas()", sys.call())

#' @export
drop1.poisson_fit <- function(object, scope, ...) refuse_matrix("drop1()", sys.call())

#' @export
add1.poisson_fit <- function(object, scope, ...) refuse_matrix("add1()", sys.call())

#' @export
extractAIC.poisson_fit <- function(fit, scale = 0, k = 2, ...) refuse_matrix("step()", sys.call())

#' @export
plot.poisson_fit <- function(x, ...) refuse_matrix("plot()", sys.call())
