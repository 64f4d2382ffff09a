# Packages that take a glm. Most of them find their way by inheritance. Some ask whether "glm" is the first class, or know
# S4 classes only: for those there are a plain glm, methods that hand it on, and an S4 class.

#' Packages that take a fit of glm_rs()
#'
#' What takes a `glm` takes a `glm_rs`, which is one. The tests of this package compare the results of these packages on
#' fits of [glm_rs()] with those on fits of [stats::glm()]: AER, arm, boot, brglm2, broom, car, caret, effects, effectsize,
#' emmeans, ggplot2, insight, knitr, lmtest, MASS, multcomp, parameters, performance, pscl, sandwich, statmod, xtable.
#'
#' Some functions ask whether `"glm"` is the first class of their argument. Where they are generic, glmrs registers a
#' method when their package is loaded:
#'
#' * bayestestR (`ci()`, `equivalence_test()`), car (`outlierTest()`, `residualPlots()`), insight (`get_df()`, `get_loglikelihood()`,
#'   `get_predicted()`, `get_predicted_ci()`, `get_statistic()`, `get_varcov()`, `model_name()`), parameters
#'   (`degrees_of_freedom()`, `model_parameters()`, `p_value()`), performance (`check_overdispersion()`, `r2()`, `r2_coxsnell()`,
#'   `r2_mcfadden()`, `r2_nagelkerke()`) and pscl (`predprob()`): the call is repeated with [as_glm()] of the fit;
#' * broom (`augment()`) and lmtest (`lrtest()`, `waldtest()`): the usual method, without its warning of an unknown
#'   subclass; `tidy()` and `glance()` are [methods of this package][tidy.glm_rs].
#'
#' emmeans and effects do not know of an `exposure`: their means are for one of 1. Those of `as_glm(fit)` are for the average
#' offset, as they are for an offset of [stats::glm()].
#'
#' Of zero-inflated and hurdle models `car::vif()`, `insight::get_predicted()` and `performance::r2()` are refused, and
#' `performance::check_zeroinflation()`, which is not generic, looks at the mean alone: use [zero_check()].
#'
#' Of bias-reduced fits `car::Anova()` has Wald tests, `test.statistic = "Wald"`, and refuses others.
#'
#' The S4 methods of arm apply by inheritance.
#'
#' Where such a function is not generic, hand it `as_glm(fit)`: `insight::find_statistic()` gives `NULL` for any class that
#' it has not heard of, and `sandwich::vcovCL(type = "HC2")` and `"HC3"` warn (the covariance is right). Tables that tell
#' the class of a model, as `performance::compare_performance()` makes them, say `glm_rs`.
#'
#' Functions that draw random coefficients (`arm::sim()`, `parameters::simulate_model()`) draw from the same distribution,
#' but not the same numbers for a seed: the signs of the eigenvectors of a covariance depend on its last digit.
#'
#' @name glm_rs-packages
#' @aliases neighbours
#' @examples
#' # ggplot2: a curve with its confidence band
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   ggplot2::ggplot(mtcars, ggplot2::aes(wt, am)) +
#'     ggplot2::geom_point() +
#'     ggplot2::geom_smooth(method = glm_rs, formula = y ~ x, method.args = list(family = binomial()))
#' }
#'
#' # caret: its own description of glm(), with another fitter
#' if (requireNamespace("caret", quietly = TRUE)) {
#'   by_glm_rs <- caret::getModelInfo("glm", regex = FALSE)$glm
#'   by_glm_rs$library <- "glmrs"
#'   by_glm_rs$fit <- function(x, y, wts, param, lev, last, classProbs, ...) {
#'     glm_rs(.outcome ~ ., data = data.frame(x, .outcome = y), weights = wts, ...)
#'   }
#'   folds <- caret::trainControl(method = "cv", number = 3)
#'   caret::train(mpg ~ wt + hp, mtcars, method = by_glm_rs, family = Gamma("log"), trControl = folds)
#' }
NULL

#' A fit as a plain `glm`
#'
#' What [stats::glm()] would have returned: the class is `c("glm", "lm")`, and `qr`, `R` and `effects`, which a `glm_rs`
#' object makes when asked for, are stored. For functions that insist on the first class of an object or on its stored
#' parts; see [glm_rs-packages].
#'
#' It costs the time and the memory of a model matrix and its QR decomposition. The call is still that of [glm_rs()], so
#' that [stats::update()] and whatever else fits anew use it; an `exposure` stands in it as the `offset` that it is.
#'
#' @param fit A fit of [glm_rs()]. Any other `glm` object is returned as it is.
#' @return An object of class `c("glm", "lm")`; of a fit with [negative_binomial()] and its theta estimated,
#'   `c("negbin", "glm", "lm")`, as `MASS::glm.nb()` returns it.
#' @examples
#' fit <- glm_rs(dist ~ speed, data = cars)
#' class(fit)
#' class(as_glm(fit))
#' @export
as_glm <- function(fit) {
  if (!inherits(fit, "glm")) abort("argument", "`fit` must be a fit of glm_rs()", sys.call())
  if (!inherits(fit, "glm_rs")) return(fit)
  if (!is.null(fit$bias)) {
    abort("bias", "glm() makes no bias-reduced fits: methods for its fits would refit it by maximum likelihood", sys.call())
  }
  fit <- with_rows(fit)
  negbin <- inherits(fit, "glm_rs_negbin")
  if (negbin && !requireNamespace("MASS", quietly = TRUE)) {
    abort("package", "a negative binomial fit becomes one of MASS::glm.nb(): package MASS is not installed", sys.call())
  }
  parts <- c(fit[names(fit)], decomposition(fit))
  parts$call <- call_with_offset(parts$call)
  if (!is.null(parts$model)) parts$model <- frame_with_offset(parts$model)
  parts <- in_glm_order(parts[setdiff(names(parts), c("cov.unscaled", "cov.blocks"))])
  structure(parts, class = c(if (negbin) "negbin", "glm", "lm"))
}

# Generics that ask for the first class, themselves or in what they call, and would give a "glm_rs" another reference
# distribution (outlierTest(); all that calls insight's find_statistic()), a pseudo R2 of grouped data, for which they have
# none, another name, or a warning without a reason (get_varcov()).
handed_on <- list(
  bayestestR = c("ci", "equivalence_test"),
  car = c("outlierTest", "residualPlots"),
  insight = c(
    "get_df", "get_loglikelihood", "get_predicted", "get_predicted_ci", "get_statistic", "get_varcov", "model_name"
  ),
  parameters = c("degrees_of_freedom", "model_parameters", "p_value"),
  pscl = "predprob",
  performance = c("check_overdispersion", "r2", "r2_coxsnell", "r2_mcfadden", "r2_nagelkerke")
)

# Generics that are right about a "glm_rs" but warn that it is not a "glm": the packages, and what the warnings say.
quietened <- list(
  broom = "augment",
  lmtest = c("lrtest", "waldtest")
)
false_alarms <- 'objects of class `glm_rs(_[a-z]+)?`|class "glm_rs(_[a-z]+)?", updated model is of class "(glm|negbin)"'

# Generics whose default method takes a model of two parts for one of a single linear predictor, and is wrong: means on the
# scale of exp(mean), inflation factors by the columns of both parts.
refused <- list(car = "vif", insight = "get_predicted", performance = "r2")

# Registers the methods of each package when it is loaded, or now if it is; and the class, by which S4 methods for "glm",
# as those of arm, find a "glm_rs".
register_neighbours <- function() {
  methods::setOldClass(c("glm_rs", "glm", "lm"), where = topenv())
  for (own in c("glm_rs_negbin", "glm_rs_tweedie")) {
    methods::setOldClass(c(own, "glm_rs", "glm", "lm"), where = topenv())
  }
  Map(register_when_loaded, names(handed_on), handed_on, list(handing_on))
  Map(register_when_loaded, names(quietened), quietened, list(quietly))
  Map(register_when_loaded, names(refused), refused, list(refusing), "glm_rs_zero")
  register_when_loaded("car", "Anova", by_wald_alone, "glm_rs_bias")
  invisible()
}

register_when_loaded <- function(package, generics, method_for, class = "glm_rs") {
  register <- function(...) {
    namespace <- asNamespace(package)
    # other versions of a package may lack one
    for (name in intersect(generics, getNamespaceExports(namespace))) {
      registerS3method(name, class, method_for(name, getExportedValue(package, name)), namespace)
    }
  }
  if (isNamespaceLoaded(package)) register()
  setHook(packageEvent(package, "onLoad"), register)
}

# A method that repeats the call of a generic with the fit as a plain glm. It stands there under the expression that the
# caller wrote: tables and messages show that.
handing_on <- function(name, generic) {
  first <- names(formals(generic))[1L]
  method <- function() {
    call <- match.call()
    written <- eval(call("substitute", as.name(first)))
    label <- if (is.language(written)) deparse1(written) else first
    scope <- new.env(parent = parent.frame())
    assign(name, generic, scope)
    assign(label, as_glm(get(first)), scope)
    call[[1L]] <- as.name(name)
    call[[first]] <- as.name(label)
    eval(call, scope)
  }
  formals(method) <- formals(generic)
  method
}

# A method that goes on to the next one and drops its false alarms.
quietly <- function(name, generic) {
  method <- function() {
    withCallingHandlers(NextMethod(), warning = function(w) {
      if (grepl(false_alarms, conditionMessage(w))) tryInvokeRestart("muffleWarning")
    })
  }
  formals(method) <- formals(generic)
  method
}

# A method of bias-reduced fits, of whose deviances there are no differences to test: estimates and their covariance have tests.
by_wald_alone <- function(name, generic) {
  function(mod, type, test.statistic = "LR", ...) {
    if (identical(test.statistic, "Wald")) return(NextMethod())
    refuse_bias(
      mod, sprintf("the deviance is not a minimum, and %s() has nothing to compare", name), sys.call(),
      c('test.statistic = "Wald" is of estimates and their covariance', tests_of(mod))
    )
  }
}

# A method that says so.
refusing <- function(name, generic) {
  method <- function(...) refuse(paste0(name, "()"), sys.call())
  formals(method) <- formals(generic)
  method
}
