# The arguments are variables of the data: they go into the call as they are written.
insurance <- function(...) {
  call <- match.call()
  call[[1L]] <- quote(glm_rs)
  call[c("formula", "data", "family")] <- list(Claims ~ District + Group, quote(MASS::Insurance), quote(poisson()))
  eval(call, parent.frame())
}

test_that("an exposure is an offset by its logarithm, wherever offsets count", {
  skip_if_not_installed("MASS")
  fit <- insurance(exposure = Holders)
  same <- insurance(offset = log(Holders))
  for (f in list(coef, vcov, logLik, residuals, hatvalues, drop1, anova)) {
    expect_equal(unclass(f(fit)), unclass(f(same)), ignore_attr = "heading", tolerance = 1e-12)
  }
  new <- MASS::Insurance[c(3, 60), ]
  expect_equal(predict(fit, new, type = "response"), fitted(fit)[c(3, 60)], tolerance = 1e-12)
  expect_error(predict(fit, new[c("District", "Group")]), "exposure", class = "glmrs_error_newdata")
  twice <- insurance(exposure = Holders, offset = log(Holders))
  expect_equal(coef(twice), coef(insurance(offset = 2 * log(Holders))), tolerance = 1e-10)
  small <- insurance(exposure = Holders, model = FALSE, y = FALSE)
  expect_equal(residuals(small), residuals(fit))
  expect_equal(coef(update(fit, . ~ District)), coef(update(same, . ~ District)), tolerance = 1e-12)
})

test_that("an exposure stays with what is fitted again, model frame or not, here and in other packages", {
  skip_if_not_installed("MASS")
  same <- insurance(offset = log(Holders))
  for (fit in list(insurance(exposure = Holders), insurance(exposure = Holders, model = FALSE))) {
    for (f in list(drop1, function(x) add1(x, ~ . + Age), function(x) add1(x, ~ . + Age, test = "Rao"), anova)) {
      expect_equal(unclass(f(fit)), unclass(f(same)), ignore_attr = "heading", tolerance = 1e-12)
    }
    expect_equal(score_test(fit, ~Age)$statistic, score_test(same, ~Age)$statistic, tolerance = 1e-12)
    expect_equal(
      bootstrap(fit, 20, seed = 1)$replicates, bootstrap(same, 20, seed = 1)$replicates, tolerance = 1e-12
    )
    plain <- as_glm(fit)
    new <- MASS::Insurance[c(3, 60), ]
    expect_equal(predict(plain, new), predict(same, new), tolerance = 1e-12)
    expect_equal(add1(plain, ~ . + Age)$Deviance, add1(same, ~ . + Age)$Deviance, tolerance = 1e-8)
  }
  both <- insurance(exposure = Holders, offset = log(Holders))
  expect_equal(as.vector(model.offset(as_glm(both)$model)), 2 * log(MASS::Insurance$Holders))
})

test_that("an exposure that makes no sense is refused", {
  skip_if_not_installed("MASS")
  expect_error(insurance(exposure = Holders - 3), "is 0 \\(row 61\\)", class = "glmrs_error_exposure")
  expect_error(insurance(exposure = District), class = "glmrs_error_argument")
  expect_error(
    glm_rs(Claims ~ Group, exposure = Holders, data = MASS::Insurance), "log link", class = "glmrs_error_argument"
  )
})
