# Tables of Wald tests: those of package lmtest on the glm() fits.

anova_calls <- alist(
  poisson = fitter(FORMULA, poisson, d, control = PRECISE),
  weighted = fitter(FORMULA, poisson, d, weights = w, offset = off, control = PRECISE),
  quasi = fitter(FORMULA, quasipoisson, d, control = PRECISE),
  gaussian = fitter(FORMULA, gaussian, d, weights = w, control = PRECISE)
)

fits_of <- function(kind, fitter, formulas, d = vcov_data()) {
  lapply(formulas, function(formula) {
    # where package sandwich looks for the clusters
    environment(formula) <- list2env(list(d = d), parent = environment())
    call <- do.call(substitute, list(anova_calls[[kind]], list(FORMULA = formula)))
    eval(call, list(fitter = fitter, d = d), environment())
  })
}
steps <- list(y ~ 1, y ~ x, y ~ x + f, y ~ x + f + g, y ~ x + f + g + x:f)

test_that("terms are tested one after the other", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  d <- vcov_data()
  covariances <- list(
    HC1 = list("HC1", function(x) sandwich::vcovHC(x, "HC1")), firm = list(~firm, function(x) sandwich::vcovCL(x, ~firm)),
    HAC = list("HAC", function(x) sandwich::vcovHAC(x, weights = 1 - (0:4) / 5, adjust = FALSE, sandwich = TRUE))
  )
  for (kind in names(anova_calls)) {
    glm <- fits_of(kind, stats::glm, steps, d)
    rs <- fits_of(kind, glmrs::glm_rs, steps, d)
    for (name in names(covariances)) {
      covariance <- covariances[[name]]
      want <- do.call(lmtest::waldtest, c(unname(glm), list(vcov = covariance[[2L]], test = "Chisq")))
      sequential <- anova(rs[[5L]], vcov = covariance[[1L]], test = "Chisq")
      expect_s3_class(sequential, c("anova", "data.frame"), exact = TRUE)
      expect_identical(rownames(sequential), c("x", "f", "g", "x:f"))
      expect_equal(as.matrix(sequential), as.matrix(want)[-1L, ], tolerance = TOLERANCE, ignore_attr = TRUE, info = paste(kind, name))
      several <- do.call(anova, c(rs, list(vcov = covariance[[1L]], test = "Chisq")))
      expect_equal(as.matrix(several), as.matrix(want), tolerance = TOLERANCE, ignore_attr = TRUE, info = paste(kind, name))
    }
    want <- do.call(lmtest::waldtest, c(unname(glm), list(vcov = covariances$HC1[[2L]], test = "F")))
    expect_equal(as.matrix(anova(rs[[5L]], vcov = "HC1", test = "F")), as.matrix(want)[-1L, ], tolerance = TOLERANCE, ignore_attr = TRUE)
  }
})

test_that("the test is F where the dispersion is estimated, and clusters count", {
  rs <- fits_of("quasi", glmrs::glm_rs, steps)
  expect_named(anova(rs[[3L]], vcov = "HC1"), c("Res.Df", "Df", "F", "Pr(>F)"))
  by_firm <- anova(rs[[3L]], vcov = "cluster", cluster = ~firm, ssc = ssc(type = "HC1"))
  expect_named(by_firm, c("Res.Df", "Df", "Den.Df", "F", "Pr(>F)"))
  last <- wald_test(rs[[3L]], ~f, cluster = ~firm, ssc = ssc(type = "HC1"))
  expect_equal(unlist(by_firm["f", -1L], use.names = FALSE), c(2, 16, last$statistic[[1L]], last$p.value), tolerance = ROUNDING)
  expect_output(print(by_firm), "Covariance: clustered by firm (17 clusters)", fixed = TRUE)
})

test_that("models in reverse, a matrix, rows that are missing or not kept", {
  skip_if_not_installed("lmtest")
  d <- vcov_data()
  d$f[3] <- d$x[7] <- NA
  glm <- glm(y ~ x + f, poisson, d, control = PRECISE)
  rs <- glm_rs(y ~ x + f, poisson, d, control = PRECISE, model = FALSE, y = FALSE)
  # the rows of the fit, in the smaller models, too
  kept <- d[-c(3, 7), ]
  want <- lmtest::waldtest(
    glm(y ~ 1, poisson, kept, control = PRECISE), glm(y ~ x, poisson, kept, control = PRECISE), glm, vcov = function(x) sandwich::vcovHC(x, "HC0"),
    test = "Chisq"
  )
  expect_equal(as.matrix(anova(rs, vcov = "HC0")), as.matrix(want)[-1L, ], tolerance = TOLERANCE, ignore_attr = TRUE)
  larger <- glm_rs(y ~ x + f, poisson, kept)
  smaller <- glm_rs(y ~ x, poisson, kept)
  v <- vcov(larger, ~firm)
  expect_equal(anova(larger, smaller, vcov = v)$Chisq, anova(smaller, larger, vcov = v)$Chisq)
  expect_equal(anova(larger, smaller, vcov = v)$Df, c(NA, -2))
  expect_error(anova(larger, vcov = v), "cannot be a matrix", class = "glmrs_error_argument")
  expect_error(anova(larger, glm_rs(y ~ z, poisson, kept), vcov = "HC0"), "not nested", class = "glmrs_error_nested")
  expect_error(anova(larger, vcov = "HC0", test = "Rao"), '"F"', class = "glmrs_error_argument")
  expect_error(anova(larger, vcov = "HC0", nonsense = 1), "not an option", class = "glmrs_error_argument")
  for (other in list(glm(y ~ x, poisson, kept), "foo", 3, NULL)) {
    expect_error(anova(larger, other, vcov = "HC0"), "must be a fit of glm_rs()", fixed = TRUE, class = "glmrs_error_argument")
    expect_error(anova(larger, other, vcov = "HC0", test = "F"), "must be a fit", class = "glmrs_error_argument")
  }
  # without a term to test
  constant <- glm_rs(y ~ 1, poisson, kept)
  expect_error(anova(constant, vcov = "nonsense"), "kind of covariance", class = "glmrs_error_argument")
  expect_error(anova(constant, vcov = "HC0", foo = 1), "not an option", class = "glmrs_error_argument")
  expect_output(print(anova(constant, vcov = "HC0")), "Covariance: heteroscedasticity")
  expect_equal(nrow(anova(glm_rs(y ~ 0, poisson, kept), vcov = "HC0")), 0)
})
