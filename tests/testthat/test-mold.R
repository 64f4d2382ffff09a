# Missing values, as stats::model.frame() treats them.

set.seed(71)
d <- data.frame(x = rnorm(120), z = runif(120), g = factor(sample(c("a", "b", NA), 120, TRUE)), y = rpois(120, 2) + 1L)

test_that("data may say themselves how missing values are treated", {
  d$x[c(4, 9)] <- NA
  attr(d, "na.action") <- "na.exclude"
  expect_identical(names(residuals(glm_rs(y ~ x, poisson, d))), as.character(1:120))
  fits <- expect_same_fit(both(y ~ x, poisson, d, control = PRECISE))
  expect_same(residuals(fits$rs), residuals(fits$glm))
  expect_s3_class(glm_rs(y ~ x, poisson, d, na.action = na.omit)$na.action, "omit")
  expect_s3_class(glm_rs(y ~ x, poisson, identity(d))$na.action, "exclude")
  expect_s3_class(glm_rs(y ~ x, zero_truncated(), d)$na.action, "exclude")
  attr(d, "na.action") <- na.fail
  expect_error(glm_rs(y ~ x, poisson, d), "missing values", class = "glmrs_error_data")
  # first rows alone, an action of one's own
  attr(d, "na.action") <- function(object, ...) na.omit(object[1:50, ])
  expect_same_fit(both(y ~ x, poisson, d, control = PRECISE))
  omitted <- na.omit(d)
  expect_type(attr(omitted, "na.action"), "integer")
  omitted$z[2] <- NA
  expect_same_fit(both(y ~ x + z, poisson, omitted, control = PRECISE))
})
