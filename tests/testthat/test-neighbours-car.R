# car, effects, emmeans and multcomp on a fit.
# Not in R CMD check, which would take minutes for them: `make test` runs them.
skip_on_cran()

test_that("car: tests", {
  skip_if_not_installed("car")
  expect_same_by_both(
    names(neighbour_fits),
    car::Anova(fit), car::Anova(fit, type = "III"), car::Anova(fit, test.statistic = "Wald"),
    car::Anova(fit, type = "III", test.statistic = "Wald"), car::Anova(fit, test.statistic = "F"),
    car::Anova(fit, type = "III", test.statistic = "F"), car::outlierTest(fit, cutoff = Inf), car::vif(fit)
  )
  expect_same_by_both(
    c("poisson", "gaussian"),
    car::linearHypothesis(fit, "x = 0"), car::linearHypothesis(fit, car::matchCoefs(fit, "f"), test = "F"),
    car::deltaMethod(fit, "exp(x)"), car::deltaMethod(fit, "fb/x"), car::residualPlots(fit, plot = FALSE)
  )
  expect_same_by_both("poisson", car::residualPlots(fit, ~x, type = "pearson"))
})

test_that("car: tables", {
  skip_if_not_installed("car")
  skip_if_not_installed("sandwich")
  expect_same_by_both(
    c("poisson", "binary"),
    unclass(car::S(fit, exponentiate = FALSE)), capture.output(car::brief(fit)),
    # compareCoefs() names the columns by its arguments
    car::compareCoefs(smaller, fit, print = FALSE), car::S(fit, vcov. = sandwich::vcovHC)$coefficients
  )
  expect_same_by_both("poisson", car::Confint(fit), tolerance = 1e-5) # a spline through the profile
  expect_same_by_both("poisson", car::Confint(fit, vcov. = sandwich::vcovHC))
})

test_that("car: pictures", {
  skip_if_not_installed("car")
  expect_same_by_both(
    c("poisson", "binary"),
    car::influencePlot(fit), car::influenceIndexPlot(fit), car::crPlots(fit), car::avPlots(fit), car::mmps(fit),
    car::residualPlot(fit), car::dfbetasPlots(fit), car::confidenceEllipse(fit, which.coef = 2:3)
  )
})

test_that("car: Boot()", {
  skip_if_not_installed("car")
  # refits of samples start from the fit
  expect_same_by_both("poisson", car::Boot(fit, R = 15)$t)
})

test_that("emmeans", {
  skip_if_not_installed("emmeans")
  expect_same_by_both(
    c("poisson", "binary", "grouped", "gaussian"),
    as.data.frame(emmeans::emmeans(fit, "f")), as.data.frame(emmeans::emmeans(fit, "f", type = "response")),
    as.data.frame(summary(pairs(emmeans::emmeans(fit, "f")), infer = TRUE, type = "response")),
    as.data.frame(emmeans::contrast(emmeans::emmeans(fit, "f"), "poly")), as.data.frame(emmeans::joint_tests(fit)),
    as.data.frame(emmeans::emtrends(fit, "f", "x")), emmeans::ref_grid(fit, at = list(x = 0:1), regrid = "response")
  )
  expect_same_by_both("quasi", as.data.frame(emmeans::emmeans(fit, "f", offset = 1)))
})

test_that("effects", {
  skip_if_not_installed("effects")
  expect_same_by_both(
    c("poisson", "gaussian"),
    as.data.frame(effects::Effect(c("x", "f"), fit)), as.data.frame(effects::allEffects(fit)),
    summary(effects::Effect("f", fit)), as.data.frame(effects::predictorEffect("x", fit)),
    effects::Effect("x", fit, partial.residuals = TRUE)$residuals
  )
})

test_that("multcomp", {
  skip_if_not_installed("multcomp")
  expect_same_by_both(
    c("poisson", "gamma"),
    multcomp::glht(fit)[c("coef", "vcov", "df", "linfct")],
    summary(multcomp::glht(fit, multcomp::mcp(f = "Tukey")))$test,
    summary(multcomp::glht(fit, multcomp::mcp(f = "Dunnett")), multcomp::Chisqtest())$test,
    confint(multcomp::glht(fit, multcomp::mcp(f = "Dunnett")), calpha = 2)$confint
  )
})

test_that("Anova() subtracts no deviances of bias-reduced fits", {
  skip_if_not_installed("car")
  d <- data.frame(x = 1:8, z = c(1, 1, 0, 0, 1, 0, 1, 0), y = c(0, 0, 0, 0, 1, 1, 1, 1))
  for (bias in c("firth", "mean")) {
    fit <- glm_rs(y ~ x + z, binomial, d, bias = bias)
    for (call in expression(car::Anova(fit), car::Anova(fit, type = 3, test.statistic = "F"))) {
      expect_error(eval(call), 'test.statistic = "Wald"', class = "glmrs_error_bias")
    }
    wald <- car::Anova(fit, type = 3, test.statistic = "Wald")
    expect_equal(wald[c("x", "z"), "Chisq"], unname((coef(fit)^2 / diag(vcov(fit)))[-1L]), tolerance = 1e-8)
  }
})
