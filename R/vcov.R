# Covariances of the coefficients, by their kinds (vcov-kinds.R), and the algebra that is common to them.

#' Covariance of the coefficients, robust kinds included
#'
#' `vcov()` gives the covariance of the model, as for [stats::glm()], or one that does not trust the model's variance: it
#' is a sandwich of the rows' scores, with the inverse of the information on both sides. `summary(vcov = )`,
#' `confint(vcov = )` and `predict(se.fit = TRUE, vcov = )` use it, the options of the kind beside it.
#'
#' The rows' scores are the products of working weight, working residual and covariates, for any family, prior weights
#' included (so that a weighted fit has their squares in the meat). No n x p matrix is built for them. The dispersion
#' plays no part except in `"model"` and `"OPG"`. The numbers are those of package sandwich, except that rows without weight
#' take no part: the covariance is that of the fit without them, but that in time they keep their places (see `"HAC"`). Which
#' kind to choose:
#' `vignette("robust-inference", package = "glmrs")`.
#'
#' Robust covariances are refused for fits of more than 5000 coefficients (an error of class `glmrs_error_covariance`): they
#' take matrices of all coefficients, where that of the model may be kept in blocks.
#'
#' @section Kinds:
#' \describe{
#'   \item{`"model"`}{Dispersion times inverse information. Option: `dispersion`, by default that of `summary()`.}
#'   \item{`"HC0"`, `"HC1"`}{White's; `"HC1"` is n / (n - p) times `"HC0"`. `"sandwich"` and `"qmle"` are other names of
#'     `"HC0"`.}
#'   \item{`"HC2"`, `"HC3"`, `"HC4"`, `"HC4m"`, `"HC5"`}{Squared scores enlarged for the rows' leverages. A row with a
#'     leverage of 1 is an error: leave it out, or use `"HC0"`.}
#'   \item{`"OPG"`}{The inverse of the sum of products of the scores, divided by the dispersion, which is taken as package
#'     sandwich takes it: the sum of squares of weighted working residuals over the sum of the weights.}
#'   \item{`"cluster"`}{Sums of scores by clusters; with several variables by inclusion and exclusion of their
#'     intersections. Options: `cluster`, `ssc`. The difference need not be positive definite; if a variance is negative,
#'     there is a warning and its standard error is `NaN`. For few clusters see below.}
#'   \item{`"jackknife"`}{From the coefficients that one step from the estimate gives when a row is left out (or, with the
#'     option `cluster`, a cluster), G rows or clusters in all: (G - 1) / G times the sum of squared deviations from
#'     their mean, or with `center = "estimate"` from the estimate of all rows, which is (G - 1) / G times `"HC3"` or
#'     `"CR3"`. For Gaussian families with identity link one step is the fit without them; for others `refit = TRUE` makes
#'     these fits, as many as there are rows or clusters, each from the estimate. Models without leverages are always fitted. A row whose
#'     leverage is 1 is an error; where a cluster alone decides a coefficient, one step leaves that coefficient as it is.}
#'   \item{`"HAC"`}{For rows in time. Options: `lag`, the number of lags (by default `floor(4 (n / 100)^(2 / 9))`), `"auto"`
#'     for Newey and West's (1994) choice or `"andrews"` for that of Andrews (1991), by autoregressions of order 1, both
#'     without prewhitening; `kernel`, one of `"Bartlett"`, `"Parzen"` and `"Quadratic Spectral"`; `bandwidth`, in the place
#'     of `lag`: the kernel's argument is the lag divided by it, which is `lag + 1` by default; `order_by`, what orders the
#'     rows (a formula or a vector), by default the order that they are in; `panel`, the unit that a row is of, so that only
#'     rows of the same unit go together, by the times of `order_by`, of which the default number of lags then depends (a
#'     time that a unit has no row of is passed over, but counts); `ssc`. A row without weight has a score of 0 in its place,
#'     as in package sandwich: the lags and this n count it. Rows that are left out (`subset`, missing values) leave no
#'     gap.}
#'   \item{`"DK"`}{Driscoll and Kraay's, for panels whose units move together: the scores are summed by `time` (a formula or a
#'     vector of what can be ordered), and the sums are taken for a series as by `"HAC"`. Options: `time`, and `lag`, `kernel`,
#'     `bandwidth` and `ssc` as for `"HAC"`, n being the number of times. A time whose rows have no weight is none.}
#'   \item{`"bootstrap"`}{Of the replicates of [bootstrap()], of clusters if `cluster` is given. Options: `times`, `boot_type`
#'     (its `type`), `cluster`, `distribution`, `seed`, `threads`.}
#'   \item{a matrix, a function}{Used as they are: the matrix for all coefficients or for those that are not aliased, the
#'     function called with the fit and the further arguments.}
#' }
#'
#' @section Degrees of freedom:
#' Tests and intervals take the t (or F) distribution where the dispersion is estimated, with n - p degrees of freedom, or
#' where the covariance is by clusters, with as many as there are clusters (the fewest, of several clusterings) less 1. Where
#' the dispersion is known, or given, or estimated with less bias (see [glm_rs()]), they take the normal (chi-squared)
#' distribution. Covariances of types `"CR2"` and `"CR3"` have
#' degrees of freedom of their own, for each coefficient (see below), and [ssc()] can say others: then these count, whatever
#' the family is; a combination of coefficients, a prediction too, has its own, and several together have those of the clusters. The rule is that of `summary()`, `confint()`, `predict()`, [wald_test()] and [anova()][anova.glm_rs()].
#' Prediction and tolerance intervals are about the dispersion, too, and keep n - p.
#'
#' @section Few clusters:
#' Residuals are smaller than errors, and those of a cluster that has a large share in the fit much smaller. With
#' `ssc = ssc(type = "CR2")` or `"CR3"` they are multiplied by a matrix for each cluster, made of the cluster's block H of the
#' hat matrix: for `"CR2"` a symmetric inverse root, with which the covariance has no bias where the variances of the model
#' are right (Bell and McCaffrey, 2002), for `"CR3"` the inverse of I - H, which is nearly the jackknife. Both are those of
#' `vcovCR()` of package clubSandwich, whose working model for a `glm` is taken: independent rows with variances
#' V(mu) / weight (the default of that function for a weighted `lm` is another: variances that are all the same). Where a
#' cluster alone decides a combination of the coefficients, I - H has no inverse and the pseudo-inverse is used. Package
#' sandwich's `vcovCL()` of types `"HC2"` and `"HC3"` is the same where the weights of the last step do not differ within
#' clusters.
#'
#' In several ways the same is done for the clusters of each and for their intersections, as package sandwich does it, and
#' added up by inclusion and exclusion. What follows is for one way: no working model says what degrees of freedom such a
#' difference has, and the rule above holds.
#'
#' The covariance then comes with degrees of freedom for each standard error in its attribute `"df"` (up to 256
#' coefficients), Satterthwaite's approximation under the working model (Pustejovsky and Tipton, 2018). Rows are visited by clusters; the work is of the order of n p^2, whatever
#' the size of a cluster.
#'
#' @param object A fit from [glm_rs()].
#' @param type The kind, see below. A formula stands for `type = "cluster"` with that `cluster`.
#' @param vcov The kind, as `type`; `NULL` for the covariance of the model, and in `confint()` the profile likelihood.
#' @param cluster Which rows belong together: a one-sided formula of variables in the data of the fit, a vector or a data
#'   frame with a value for each row of the fit (or of the data, before rows with missing values are left out).
#'   Missing values are an error.
#' @param ... Options of the kind.
#' @param complete Give aliased coefficients rows and columns of `NA`?
#' @param dispersion The dispersion of the model; by default as the family knows it, or Pearson's estimate.
#' @param correlation,symbolic.cor As for [stats::summary.glm()].
#' @return `vcov()`: a matrix with names; one that small-sample choices are made for has them in the attribute `"ssc"`, and
#'   degrees of freedom, if it has some, in `"df"`.
#'   `summary()`: as [stats::summary.glm()], with the standard errors of `vcov` in the table of coefficients, the covariance
#'   in `cov.scaled`, what it is in `standard.errors`, and in `caveats` why standard errors say less than they seem to:
#'   terms were selected by [stats::step()] or the like, data are separated, the fit is at a boundary, did not converge or is
#'   bias-reduced. Both are printed.
#' @references
#' White, H. (1980) A heteroskedasticity-consistent covariance matrix estimator and a direct test for heteroskedasticity.
#' *Econometrica* 48, 817-838.
#'
#' MacKinnon, J. G. and White, H. (1985) Some heteroskedasticity-consistent covariance matrix estimators with improved
#' finite sample properties. *Journal of Econometrics* 29, 305-325.
#'
#' Cribari-Neto, F. (2004) Asymptotic inference under heteroskedasticity of unknown form. *Computational Statistics & Data
#' Analysis* 45, 215-233.
#'
#' Cribari-Neto, F., Souza, T. C. and Vasconcellos, K. L. P. (2007) Inference under heteroskedasticity and leveraged data.
#' *Communications in Statistics - Theory and Methods* 36, 1877-1888.
#'
#' Cribari-Neto, F. and da Silva, W. B. (2011) A new heteroskedasticity-consistent covariance matrix estimator for the
#' linear regression model. *AStA Advances in Statistical Analysis* 95, 129-146.
#'
#' Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011) Robust inference with multiway clustering. *Journal of Business
#' & Economic Statistics* 29, 238-249.
#'
#' Bell, R. M. and McCaffrey, D. F. (2002) Bias reduction in standard errors for linear regression with multi-stage samples.
#' *Survey Methodology* 28, 169-181.
#'
#' Pustejovsky, J. E. and Tipton, E. (2018) Small-sample methods for cluster-robust variance estimation and hypothesis
#' testing in fixed effects models. *Journal of Business & Economic Statistics* 36, 672-683.
#'
#' Andrews, D. W. K. (1991) Heteroskedasticity and autocorrelation consistent covariance matrix estimation. *Econometrica*
#' 59, 817-858.
#'
#' Driscoll, J. C. and Kraay, A. C. (1998) Consistent covariance matrix estimation with spatially dependent panel data.
#' *Review of Economics and Statistics* 80, 549-560.
#'
#' Newey, W. K. and West, K. D. (1987) A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent
#' covariance matrix. *Econometrica* 55, 703-708.
#'
#' Newey, W. K. and West, K. D. (1994) Automatic lag selection in covariance matrix estimation. *Review of Economic
#' Studies* 61, 631-653.
#' @examples
#' fit <- glm_rs(breaks ~ wool + tension, data = warpbreaks, family = poisson())
#' sqrt(diag(vcov(fit)))
#' sqrt(diag(vcov(fit, "HC3")))
#' summary(fit, vcov = ~ interaction(wool, tension))
#' summary(fit, vcov = ~ interaction(wool, tension), ssc = ssc(type = "CR2"))
#' confint(fit, vcov = "HC1")
#' @export
vcov.glm_rs <- function(object, type = "model", cluster = NULL, ..., complete = TRUE) {
  options <- c(list(cluster = cluster)[!is.null(cluster)], list(...))
  # vcov(fit, FALSE), as for a glm, is about aliased coefficients
  if (is.logical(type) && length(type) == 1L) {
    complete <- type
    type <- "model"
  }
  if (missing(type) && !is.null(cluster)) type <- "cluster"
  as_vcov(covariance_of(object, type, options, sys.call()), object$coefficients, complete, sys.call())
}

# What vcov() returns of a covariance.
as_vcov <- function(found, coefficients, complete, call) {
  df <- found$df
  if (!check_flag(complete, "complete", call)) return(structure(found$matrix, ssc = found$ssc, df = df))
  if (!is.null(df)) df <- stats::setNames(with_aliased(df, coefficients), names(coefficients))
  structure(complete_covariance(found$matrix, coefficients), ssc = found$ssc, df = df)
}

# The same of a covariance of more parameters than these `coefficients`, which are called `names`.
vcov_of_some <- function(found, coefficients, names, complete, call) {
  kept <- !is.na(coefficients)
  places <- names(coefficients)[kept]
  found$matrix <- `dimnames<-`(found$matrix[places, places, drop = FALSE], list(names[kept], names[kept]))
  if (!is.null(found$df)) found$df <- stats::setNames(found$df[places], names[kept])
  as_vcov(found, stats::setNames(coefficients, names), complete, call)
}

# The covariance that a method was asked for: NULL for none.
asked_covariance <- function(fit, vcov, options, call) {
  if (is.null(vcov) && !is.null(options$cluster)) vcov <- "cluster"
  if (!is.null(vcov)) return(covariance_of(fit, vcov, options, call))
  # an option without its kind would be passed over
  lost <- setdiff(intersect(names(options), c("type", options_of_kinds())), "dispersion")
  if (length(lost)) {
    abort("argument", sprintf("`%s` is an option of a covariance: give `vcov`, too", lost[1L]), call,
      i = 'as in vcov = "HC3", or vcov = ~ firm'
    )
  }
  check_slips(options, call)
}

# Packages hand on arguments of their own, which vcov() and summary() of a glm pass over; what is a slip of the keyboard away from
# an option is none of those.
check_slips <- function(options, call) {
  refuse_vcov(options, call)
  if ("robust" %in% names(options)) {
    abort("argument", "there is no such argument: `robust`", call,
      i = 'a robust covariance is asked for by its kind, as in vcov(fit, "HC1") or summary(fit, vcov = "HC1")'
    )
  }
  known <- unique(c("type", "vcov", options_of_kinds()))
  for (name in setdiff(names(options), c(known, ""))) {
    hint <- did_you_mean(name, known)
    if (!is.null(hint)) abort("argument", sprintf("a covariance has no option `%s`", name), call, i = hint)
  }
}

# What is called `vcov` everywhere else is not an option, and would be taken for an argument of another package.
refuse_vcov <- function(options, call) {
  if ("vcov" %in% names(options)) {
    abort("argument", "vcov() has no argument `vcov`", call,
      i = 'the kind of covariance is `type`, as in vcov(fit, "HC3"), and which rows belong together is `cluster`'
    )
  }
}

# What goes by deviances has no use for a covariance; `instead`: what has.
refuse_covariance <- function(dots, instead, call) {
  asked <- intersect(names(dots), c("vcov", options_of_kinds()))
  if (!length(asked)) return(invisible())
  abort("argument", sprintf("`%s` is of a covariance, which deviances do not use", asked[1L]), call, i = instead)
}

# Of what only users call: nothing beside the options of covariances is passed over.
check_covariance_dots <- function(options, vcov, call) {
  if (is.function(vcov)) return(invisible())
  check_slips(options, call)
  known <- (names(options) %||% rep("", length(options))) %in% options_of_kinds()
  check_no_dots(options[!known], call)
}

# Options of the covariance that standard errors are of, where they are asked for; else there are none.
check_predict_dots <- function(dots, se.fit, vcov, call) {
  if (se.fit) check_covariance_dots(dots, vcov, call) else check_no_covariance(dots, vcov, call)
}

check_no_covariance <- function(dots, vcov, call) {
  if (!is.null(vcov)) abort("argument", "`vcov` is for standard errors: give `se.fit = TRUE`, too", call)
  check_no_dots(dots, call)
}

# list(matrix, label) of the coefficients that are not aliased; `robust`, if the dispersion is not in it; `clusters`, how
# many there are, `ssc` and `df`, the degrees of freedom of each standard error, for the kinds that have them; `dispersion`, if
# it was given.
covariance_of <- function(fit, type, options, call) {
  if (is.matrix(type)) return(warn_of_negative(given_covariance(fit, type, options, call), call))
  if (is.function(type)) return(warn_of_negative(computed_covariance(fit, type, options, call), call))
  if (inherits(type, "formula")) {
    if (!is.null(options$cluster)) abort("argument", "there are two `cluster`s: a formula as the kind, and `cluster`", call)
    options$cluster <- type
    type <- "cluster"
  }
  kind <- if (is_string(type)) covariance_kinds[[type]]
  if (is.null(kind)) {
    known <- in_quotes(names(covariance_kinds))
    message <- paste0("a kind of covariance must be one of ", known, ", a formula of clusters, a matrix or a function")
    hint <- if (is_string(type)) hint_of_kind(type)
    abort("argument", message, call, i = hint)
  }
  if (type == "model") options <- model_options(options, call) else check_options(options, options_of(kind), type, call)
  warn_of_negative(do.call(kind, c(list(fit, call), options), quote = TRUE), call)
}

# What a summary keeps of a covariance from there: not its numbers, nor the data that go with a function.
said_of <- function(covariance) covariance[setdiff(names(covariance), c("matrix", "df_of"))]

hint_of_kind <- function(type) {
  of_clusters <- grep("^CR", eval(formals(ssc)$type), value = TRUE)
  place <- match(toupper(type), toupper(of_clusters))
  if (!is.na(place)) return(sprintf('a formula of clusters is the kind, and ssc = ssc("%s") beside it', of_clusters[place]))
  hint_of_bootstrap(type) %||% did_you_mean(type, names(covariance_kinds))
}

# What is drawn is not the kind of covariance.
hint_of_bootstrap <- function(type) {
  if (is_string(type) && type %in% glm_bootstraps) sprintf('the kind is "bootstrap", with the option boot_type = "%s"', type)
}

# The options of the covariance of the model, which passes over what vcov() of a glm does.
model_options <- function(options, call) {
  check_slips(options, call)
  options <- options[names(options) %in% options_of_kinds()]
  check_options(options, options_of(model_covariance), "model", call)
  lapply(options, check_dispersion, call)
}

warn_of_negative <- function(found, call) {
  variances <- diag(found$matrix)
  if (any(variances < 0, na.rm = TRUE)) {
    names <- paste(names(variances)[which(variances < 0)], collapse = ", ")
    why <- if (is.null(found$clusters)) "" else ", which the clusters are too few for"
    warn("covariance", paste0("negative variances", why, ": ", names), call)
  }
  found
}

options_of <- function(kind) names(formals(kind))[-(1:2)]
options_of_kinds <- function() unlist(lapply(covariance_kinds, options_of))

# Options that a kind does not have are not passed over.
check_options <- function(options, known, type, call) {
  refuse_vcov(options, call)
  names <- names(options) %||% rep("", length(options))
  unknown <- setdiff(names, known)
  if (!length(unknown)) return(invisible())
  what <- if (nzchar(unknown[1L])) paste0("`", unknown[1L], "`") else "an argument without a name"
  its <- if (length(known)) paste("its options are", quoted(known)) else "it has no options"
  abort("argument", sprintf('%s is not an option of the covariance "%s"', what, type), call, i = its)
}

# inverse information · meat · inverse information; the bread of an M-estimator need not be symmetric.
sandwich_of <- function(fit, meat) {
  bread <- unscaled_covariance(fit)
  product <- bread %*% meat %*% t(bread)
  (product + t(product)) / 2
}

# Standard errors; NaN where a variance is negative.
errors_of <- function(covariance) {
  variances <- diag(covariance)
  variances[variances < 0] <- NaN
  sqrt(variances)
}

# The part of a covariance that is about `names`, 0 for those that it lacks.
covariance_among <- function(covariance, names) {
  among <- matrix(0, length(names), length(names), dimnames = list(names, names))
  kept <- intersect(names, rownames(covariance))
  among[kept, kept] <- covariance[kept, kept]
  among
}

# The covariance of all coefficients, NA for the aliased, from that of the others.
complete_covariance <- function(kept, coefficients) {
  aliased <- is.na(coefficients)
  if (!any(aliased)) return(kept)
  names <- names(coefficients)
  full <- matrix(NA_real_, length(names), length(names), dimnames = list(names, names))
  full[!aliased, !aliased] <- kept
  full
}

# The diagonal of the unscaled covariance; in blocks it is had without the rest.
unscaled_variances <- function(object) {
  if (is.null(object$cov.blocks)) diag(unscaled_covariance(object)) else rust_block_variances(object$cov.blocks)
}

# The unscaled covariance of the coefficients that are not aliased.
unscaled_covariance <- function(object) {
  # one in blocks is made at every look
  covariance <- object$cov.unscaled
  if (!is.null(covariance)) return(covariance)
  abort("covariance", paste(
    "this fit has no covariance matrix: its method forms none for so many columns;",
    "fit with method = \"auto\" for standard errors"
  ), object$call)
}
