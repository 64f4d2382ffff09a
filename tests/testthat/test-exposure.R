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
  twice <- insurance(exposure = Holders, offset = log(Holders))
  expect_equal(coef(twice), coef(insurance(offset = 2 * log(Holders))), tolerance = 1e-10)
  small <- insurance(exposure = Holders, model = FALSE, y = FALSE)
  expect_equal(residuals(small), residuals(fit))
  expect_equal(coef(update(fit, . ~ District)), coef(update(same, . ~ District)), tolerance = 1e-12)
})

test_that("an exposure that makes no sense is refused", {
  skip_if_not_installed("MASS")
  expect_error(insurance(exposure = Holders - 3), "is 0 \\(row 61\\)", class = "glmrs_error_exposure")
  expect_error(insurance(exposure = District), class = "glmrs_error_argument")
  expect_error(
    glm_rs(Claims ~ Group, exposure = Holders, data = MASS::Insurance), "log link", class = "glmrs_error_argument"
  )
})
