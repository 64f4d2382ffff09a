#' glmrs: Generalized Linear Models with a Rust Core
#'
#' [glm_rs()] takes what [stats::glm()] takes and returns what it returns, computed by Rust without building a model
#' matrix; [glm_rs_fit()] is its matrix-level sibling; [poisson_fit()] fits a Poisson regression with a ridge penalty.
#'
#' @keywords internal
#' @useDynLib glmrs, .registration = TRUE
#' @importFrom stats alias add1 anova coef confint cooks.distance deviance dfbeta dfbetas drop1 extractAIC family fitted formula
#'   hatvalues influence logLik model.frame model.matrix model.offset model.response model.weights napredict naprint naresid
#'   nobs predict profile residuals rstandard rstudent simulate terms update vcov weights
"_PACKAGE"
