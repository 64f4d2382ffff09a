# Methods that regressions by formula share with other models.

d <- transform(stackloss, w = c(0, rep(1:4, 5)))
robust <- m_estimate(stack.loss ~ ., loss = huber(), data = stackloss)
median <- m_estimate(stack.loss ~ Air.Flow + Acid.Conc., loss = quantile(0.5), data = d)
of_functions <- m_estimate(psi = function(mu, x) cbind(x - mu), data = cars$dist, start = c(mean = 0))

test_that("scale, degrees of freedom and names are those of the fit", {
  expect_identical(sigma(robust), robust$scale)
  expect_equal(df.residual(robust), 21L - 4L)
  weighted <- m_estimate(stack.loss ~ Air.Flow + I(2 * Air.Flow), loss = huber(), data = d, weights = w)
  expect_equal(df.residual(weighted), 20L - 2L)
  expect_identical(variable.names(weighted), c("(Intercept)", "Air.Flow"))
  expect_identical(variable.names(weighted, full = TRUE), names(coef(weighted)))
  expect_identical(case.names(weighted), rownames(d)[-1L])
  expect_identical(case.names(weighted, full = TRUE), rownames(d))
  expect_identical(labels(median), c("Air.Flow", "Acid.Conc."))
  expect_identical(variable.names(of_functions), "mean")
  for (method in list(sigma, deviance, case.names, labels, plot, logLik, hatvalues, influence, cooks.distance, rstandard)) {
    expect_error(method(of_functions), class = "glmrs_error")
  }
})

test_that("the likelihood of a quantile regression is quantreg's; other losses have none", {
  skip_if_not_installed("quantreg")
  rq <- quantreg::rq(stack.loss ~ Air.Flow + Acid.Conc., data = d)
  expect_equal(as.numeric(logLik(median)), as.numeric(logLik(rq)))
  expect_equal(AIC(median), AIC(rq)[[1L]])
  expect_error(logLik(robust), "only quantile", class = "glmrs_error_inference")
  expect_error(sigma(median), "only robust", class = "glmrs_error_inference")
})

test_that("residuals are drawn, leverages refused", {
  withr::local_pdf(NULL)
  expect_identical(plot(robust, main = "stack loss", xlab = "fitted"), robust)
  for (method in list(hatvalues, influence, cooks.distance, rstandard, rstudent, dfbeta, dfbetas)) {
    expect_error(method(robust), "generalized linear models", class = "glmrs_error_method")
  }
})
