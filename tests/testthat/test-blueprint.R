# New data and missing values, as stats::model.frame() and predict() of stats treat them.

set.seed(71)
d <- data.frame(x = rnorm(120), z = runif(120), g = factor(sample(c("a", "b", NA), 120, TRUE)), y = rpois(120, 2) + 1L)

test_that("a factor may have missing values as a level, in new data, too", {
  new <- data.frame(x = c(1, 0, -1, 2), g = factor(c(NA, "a", "b", NA)))
  level <- transform(d, g = addNA(g))
  for (fits in list(
    expect_same_fit(both(y ~ x * addNA(g), poisson, d, control = PRECISE)),
    expect_same_fit(both(y ~ x + g, poisson, level, control = PRECISE))
  )) {
    for (data in list(new, transform(new, g = addNA(g)), transform(new, g = as.character(g)), transform(new[c(1, 4), ], g = addNA(g)))) {
      for (type in c("link", "response", "terms")) {
        pair <- lapply(fits, function(fit) caught(predict(fit, data, type, se.fit = TRUE)))
        expect_identical(failed(pair$rs), failed(pair$glm))
        if (!failed(pair$glm)) expect_same(pair$rs$value, pair$glm$value, 1e-7) # the standard errors come from a QR of X
      }
    }
  }
  same <- function(family, formula = y ~ x + addNA(g)) {
    fit <- suppressWarnings(glm_rs(formula, family, d))
    words <- transform(d, g = ifelse(is.na(g), "none", as.character(g)))
    named <- suppressWarnings(glm_rs(update(formula, . ~ x + g), family, words))
    expect_equal(predict(fit, new), predict(named, transform(new, g = c("none", "a", "b", "none"))), tolerance = 1e-6)
  }
  for (family in list(negative_binomial(), negative_binomial(type = "nb1"), zero_truncated(), tweedie(1.5))) same(family)
  same(zero_inflated(), pmax(y - 2L, 0L) ~ x + addNA(g))
  same(multinomial(), cut(y, c(0, 2, 3, 99)) ~ x + addNA(g))
  expect_equal(
    predict(m_estimate(y ~ x + addNA(g), d), new), predict(m_estimate(y ~ x + g, level), transform(new, g = addNA(g)))
  )
})

test_that("data may say themselves how missing values are treated", {
  d$x[c(4, 9)] <- NA
  attr(d, "na.action") <- "na.exclude"
  expect_identical(names(residuals(glm_rs(y ~ x, poisson, d))), as.character(1:120))
  fits <- expect_same_fit(both(y ~ x, poisson, d, control = PRECISE))
  expect_same(residuals(fits$rs), residuals(fits$glm), 1e-7)
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
