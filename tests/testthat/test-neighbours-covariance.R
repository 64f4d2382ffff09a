# sandwich, lmtest and MASS on a fit.
# Not in R CMD check, which would take minutes for them: `make test` runs them.
skip_on_cran()

all_kinds <- names(neighbour_fits)

test_that("sandwich: scores, bread and meat", {
  skip_if_not_installed("sandwich")
  expect_same_by_both(
    all_kinds,
    sandwich::estfun(fit), sandwich::bread(fit), sandwich::meat(fit), sandwich::sandwich(fit), sandwich::vcovOPG(fit)
  )
})

test_that("sandwich: scores are those of the model matrix", {
  skip_if_not_installed("sandwich")
  by_matrix <- getS3method("estfun", "glm", envir = asNamespace("sandwich"))
  for (kind in c("poisson", "weighted", "gamma", "aliased", "excluded", "grouped")) {
    fit <- vcov_pair(kind)$rs
    expect_equal(sandwich::estfun(fit), by_matrix(fit), tolerance = ROUNDING)
  }
})

test_that("sandwich: heteroscedasticity and autocorrelation", {
  skip_if_not_installed("sandwich")
  for (type in c("HC", "const", paste0("HC", 0:5), "HC4m")) {
    eval(bquote(expect_same_by_both(c("poisson", "binary", "gaussian"), sandwich::vcovHC(fit, type = .(type)))))
  }
  expect_same_by_both(
    c("poisson", "gamma"),
    sandwich::vcovHAC(fit), sandwich::kernHAC(fit), sandwich::weave(fit), sandwich::NeweyWest(fit, lag = 3),
    sandwich::vcovPL(fit, ~cluster), sandwich::vcovPC(fit, ~cluster)
  )
})

test_that("sandwich: clusters and the bootstrap", {
  skip_if_not_installed("sandwich")
  expect_same_by_both(
    all_kinds,
    sandwich::vcovCL(fit, ~cluster), sandwich::vcovCL(fit, d$cluster), sandwich::vcovCL(fit, ~ cluster + g),
    sandwich::vcovCL(fit, ~cluster, type = "HC0"), sandwich::vcovCL(fit, ~cluster, type = "HC1"),
    # vcovCL() is not generic and warns of any first class that is not "glm"
    suppressWarnings(sandwich::vcovCL(fit, ~cluster, type = "HC2")),
    suppressWarnings(sandwich::vcovCL(fit, ~cluster, type = "HC3"))
  )
  expect_same_by_both("poisson", sandwich::vcovCL(as_glm(fit), ~cluster, type = "HC3"))
  # refits of samples start from the fit
  expect_same_by_both(
    c("poisson", "binary"), sandwich::vcovBS(fit, R = 20), sandwich::vcovBS(fit, ~cluster, R = 20)
  )
})

test_that("lmtest", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  expect_same_by_both(
    all_kinds,
    lmtest::coeftest(fit), lmtest::coeftest(fit, vcov. = sandwich::vcovHC), lmtest::coeftest(fit, df = 10),
    lmtest::coefci(fit, vcov. = sandwich::vcovHC, level = 0.9), lmtest::waldtest(fit), lmtest::waldtest(smaller, fit),
    lmtest::waldtest(fit, "f", vcov = sandwich::vcovHC, test = "Chisq")
  )
  expect_same_by_both(c("poisson", "binary", "grouped", "gamma"), lmtest::lrtest(fit), lmtest::lrtest(smaller, fit), lmtest::lrtest(fit, "f"))
  expect_same_by_both(c("poisson", "binary"), lmtest::coefci(fit))
})

test_that("lmtest: a negative binomial fit beside a Poisson fit is no other class than beside a glm", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("MASS")
  d <- transform(neighbour_data(), y = rnbinom(120, mu = exp(1 + s), size = 2))
  negbin <- MASS::glm.nb(y ~ x, d)
  rs <- caught(lmtest::lrtest(glm_rs(y ~ x, poisson, d), negbin))
  glm <- caught(lmtest::lrtest(glm(y ~ x, poisson, d), negbin))
  expect_length(rs$warnings, 0)
  expect_same(rs$value, glm$value)
  expect_warning(lmtest::lrtest(glm_rs(t ~ x, data = d), lm(t ~ x, d)), 'updated model is of class "lm"')
})

test_that("MASS", {
  skip_if_not_installed("MASS")
  expect_same_by_both(
    c("poisson", "binary", "gamma"),
    MASS::stepAIC(fit, trace = 0), MASS::dropterm(fit, test = "Chisq"), MASS::addterm(smaller, ~ . + f + z, test = "F"),
    MASS::studres(fit), MASS::stdres(fit)
  )
  expect_same_by_both("gamma", MASS::gamma.shape(fit), MASS::gamma.dispersion(fit))
  expect_same_by_both(c("poisson", "grouped"), confint(fit))
  expect_same_by_both(
    "poisson",
    fitter(y ~ x + f, MASS::negative.binomial(2), d), fitter(y ~ x, MASS::negative.binomial(1.5, "sqrt"), d)
  )
})
