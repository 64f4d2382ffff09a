# Arguments of another kind than what is asked for are errors that name them, not those of R's own innards.

set.seed(5)
d <- data.frame(y = rpois(80, 2), x = rnorm(80), z = rnorm(80), f = factor(rep(c("p", "q"), 40)))
fits <- list(
  glm = glm_rs(y ~ x + z, poisson, d), nb = glm_rs(y ~ x, negative_binomial(3), d),
  truncated = glm_rs(y ~ x, zero_truncated(), d[d$y > 0, ]), multinomial = glm_rs(f ~ x, multinomial(), d)
)
refused <- function(expr, message, class = "argument", label = NULL) {
  expect_error(expr, message, class = paste0("glmrs_error_", class), label = label)
}

test_that("a formula is no function and no name", {
  for (family in list(poisson(), multinomial(), zero_inflated(), negative_binomial(type = "nb1"))) {
    for (bad in list(sum, function(x) x, quote(a))) refused(glm_rs(bad, family = family, data = d), "`formula` must be a formula")
    refused(glm_rs(bad, family = family), "`formula` must be a formula")
  }
})

test_that("what the Tweedie distribution lacks is named", {
  refused(dtweedie(1, 2, 1), '"p" is missing')
  refused(ptweedie(1, p = 1.5, phi = 1), '"mu" is missing')
  refused(rtweedie(1, 2, p = 1.5), '"phi" is missing')
})

test_that("a reference is a category", {
  for (bad in list(function(x) x, quote(a), list("a"))) refused(multinomial(bad), "`reference`")
})

test_that("simulations are counted", {
  for (name in names(fits)) for (bad in list(-1, 0, "a", NA, c(1, 2), 1.5, NULL, sum)) {
    refused(simulate(fits[[name]], nsim = bad), "`nsim`", label = name)
  }
  expect_equal(simulate(fits$glm, 2, seed = 1), simulate(as_glm(fits$glm), 2, seed = 1))
})

test_that("terms and scopes are labels or formulas", {
  refused(predict(fits$glm, type = "terms", terms = sum), "`terms`")
  for (bad in list(NA, sum)) {
    refused(drop1(fits$glm, bad), "")
    refused(add1(fits$glm, bad), "")
  }
  inflated <- suppressWarnings(glm_rs(y ~ x, zero_inflated(), d))
  for (bad in list("zz", NA, sum)) refused(update(inflated, bad), "")
})

test_that("survival times are no counts of successes", {
  skip_if_not_installed("survival")
  d$s <- survival::Surv(rexp(80), d$y > 1)
  for (family in list(binomial(), quasibinomial(), multinomial(), cumulative())) {
    refused(glm_rs(s ~ x, family, d), "survival time", "response")
  }
})

test_that("what a fit does not have is refused in words", {
  matrix <- poisson_fit(as.matrix(d[c("x", "z")]), d$y)
  loss <- m_estimate(y ~ x, loss = huber(), data = d)
  for (method in list(simulate, anova, profile, drop1, extractAIC, hatvalues, influence, cooks.distance, rstandard, rstudent, dfbeta, dfbetas)) {
    refused(method(matrix), "not for fits of poisson_fit\\(\\)", "method")
    refused(method(loss), "generalized linear models", "method")
  }
  refused(add1(matrix, ~ . + z), "add1", "method")
  refused(add1(loss, ~ . + z), "add1", "method")
  refused(plot(matrix), "plot", "method")
  # what works goes on working
  expect_equal(AIC(matrix), AIC(glm(y ~ x + z, poisson, d)), tolerance = 1e-8)
})
