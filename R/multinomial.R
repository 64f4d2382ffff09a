# Families of responses that are one of several categories.

#' Multinomial and ordinal regression
#'
#' Families for [glm_rs()] of responses that are one of K categories. `multinomial()` has a logit of each category against
#' the reference, with coefficients of its own. `cumulative()` is for categories in an order: the probability of category k
#' or a lower one is F(zeta_k - eta), with thresholds zeta that rise with k and one linear predictor eta without an intercept;
#' with the logit link these are proportional odds. The signs are those of `MASS::polr()`: a positive coefficient makes high
#' categories more likely.
#'
#' The response is a factor (for `cumulative()` its levels are in their order, whether or not it is an ordered one), logical, or
#' of whole numbers of which at most 50 differ; for `multinomial()` also of words, or a matrix of counts with a column for each
#' category. Levels that no row with weight has are left out, with a warning.
#'
#' Prior weights multiply the rows' log-likelihoods; those of counts leave out the multinomial coefficients, so that a matrix
#' of counts has the likelihood of its single observations. For `multinomial()` an offset is a matrix with a column for each
#' category, in the order of the levels or with their names, or for each but the reference: what is the same for all of them
#' changes no probability. `exposure` is refused: the links are no logarithms. Columns that the columns before them explain are
#' aliased (`NA`), for every category.
#'
#' Starting values (`start`) are one vector in the order of `vcov()`; for `multinomial()` also a matrix as `coef()` gives it, for
#' `cumulative()` coefficients and then thresholds.
#'
#' The likelihood is maximised by Newton's method on the observed information, each step halved until the likelihood rises
#' (thresholds out of order have the likelihood zero). It ends with the step that is shorter than `sqrt(epsilon)` standard
#' errors. The likelihood of `cumulative("cauchit")` has no one maximum by construction; where its information is not positive
#' definite, the products of the scores stand for it. Standard errors are those of the observed information.
#'
#' @param reference The category that the others are compared with, one of the levels; `NULL` for the first.
#' @param alternatives,id For rows that are alternatives of cases: formulas of the variable that says which alternative a row is,
#'   and of that which says of which case. See the section on choices.
#' @param link F is the distribution function of the logistic (`"logit"`), normal (`"probit"`), smallest (`"cloglog"`) and
#'   largest (`"loglog"`) extreme values and Cauchy (`"cauchit"`) distribution.
#' @section Choices among alternatives:
#' With `alternatives` and `id` a row is an alternative that a case could have chosen, and the response says whether it did (`TRUE`
#' or 1), or how often: the conditional logit. An alternative without a row was not available. In
#' `chosen ~ cost + time | income` the covariates before the bar are those of the alternatives, with one coefficient each;
#' those after it are the same for all alternatives of a case, and have a coefficient for each alternative but the reference, as
#' has the constant, unless the part begins with `0 +`. Without a bar there are constants alone (`| 1`). Coefficients are named
#' `cost`, `bus:(Intercept)`, `bus:income`. Weights are those of the cases; an offset belongs to the rows. Covariates that do not
#' vary within any case are aliased.
#'
#' The fit is of class `c("glm_rs_choice", "glm_rs_model")`; its `fitted.values` are the probabilities of the rows. See
#' [glm_rs_choice-methods].
#' @section The fit:
#' An object of class `c("glm_rs_multinomial", "glm_rs_categorical", "glm_rs_model")`, or with `"glm_rs_cumulative"` first: a
#' list of `coefficients` (for `multinomial()` a matrix with a row for each category but the reference), `zeta` (thresholds, for
#' `cumulative()`), `lev` (the categories, the reference first), `deviance` (-2 log-likelihood), `loglik`, `n` (rows with weight),
#' `df.residual`, `cov.scaled` (of all parameters), `fitted.values` (probabilities, n x K), and what else a `glm` has. It is no
#' `glm`: see [glm_rs_categorical-methods] for what it can do.
#'
#' Errors: fewer than two categories, numbers that are no categories (class `glmrs_error_response`); a reference that is no
#' category (`glmrs_error_family`); more than 5000 coefficients (`glmrs_error_too_wide`). Warnings: no convergence
#' (`glmrs_warning_not_converged`); categories that the covariates tell from the others without error
#' (`glmrs_warning_separation`); empty categories (`glmrs_warning_empty`).
#' @return A family object.
#' @references
#' Agresti, A. (2013) *Categorical Data Analysis*, 3rd edition, chapter 8. Wiley.
#'
#' McFadden, D. (1974) Conditional logit analysis of qualitative choice behavior. In Zarembka, P. (ed.) *Frontiers in
#' Econometrics*, 105-142. Academic Press.
#'
#' McCullagh, P. (1980) Regression models for ordinal data. *Journal of the Royal Statistical Society B* 42, 109-142.
#' @examples
#' fit <- glm_rs(Species ~ Sepal.Length, family = multinomial("versicolor"), data = iris)
#' summary(fit)
#' predict(fit, iris[c(1, 51, 101), ], type = "probs")
#' glm_rs(Sat ~ Infl + Type + Cont, family = cumulative(), weights = Freq, data = MASS::housing)
#'
#' # 50 travellers, three ways to go
#' set.seed(1)
#' trips <- expand.grid(way = c("car", "bus", "train"), person = 1:50)
#' trips$cost <- rexp(150)
#' trips$utility <- rexp(150) - trips$cost
#' trips$chosen <- trips$utility == ave(trips$utility, trips$person, FUN = max)
#' glm_rs(chosen ~ cost, family = multinomial(alternatives = ~way, id = ~person), data = trips)
#' @export
multinomial <- function(reference = NULL, alternatives = NULL, id = NULL) {
  call <- sys.call()
  if (!is.null(reference) && (!is.atomic(reference) || length(reference) != 1L || is.na(reference))) {
    abort("argument", "`reference` must be one of the categories", call)
  }
  if (!is.null(reference)) reference <- as.character(reference)
  parts <- list(family = "multinomial", link = "logit", reference = reference, dispersion = 1)
  if (is.null(alternatives) && is.null(id)) {
    return(structure(parts, class = c("glmrs_multinomial", "glmrs_categorical", "glmrs_family", "family")))
  }
  parts$alternatives <- check_variable_formula(alternatives, "alternatives", call)
  parts$id <- check_variable_formula(id, "id", call)
  structure(parts, class = c("glmrs_choice", "glmrs_family", "family"))
}

#' @rdname multinomial
#' @export
cumulative <- function(link = c("logit", "probit", "cloglog", "loglog", "cauchit")) {
  link <- check_choice(link, names(cumulative_links), "link", sys.call())
  parts <- list(family = "cumulative", link = link, dispersion = 1)
  structure(parts, class = c("glmrs_cumulative", "glmrs_categorical", "glmrs_family", "family"))
}

# Distribution functions (lower or upper tail) and densities.
cumulative_links <- list(
  logit = list(cdf = stats::plogis, density = stats::dlogis),
  probit = list(cdf = stats::pnorm, density = stats::dnorm),
  cloglog = list(
    cdf = function(q, lower.tail = TRUE) if (lower.tail) -expm1(-exp(q)) else exp(-exp(q)),
    density = function(x) ifelse(is.infinite(x), 0, exp(x - exp(x)))
  ),
  loglog = list(
    cdf = function(q, lower.tail = TRUE) if (lower.tail) exp(-exp(-q)) else -expm1(-exp(-q)),
    density = function(x) ifelse(is.infinite(x), 0, exp(-x - exp(-x)))
  ),
  cauchit = list(cdf = stats::pcauchy, density = stats::dcauchy)
)
