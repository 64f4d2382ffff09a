# augment() of models that are no glm: the data beside predict() and residuals().

d <- zero_data_set(200)
categories <- category_data(200)

test_that("augment() puts predictions and residuals beside the data", {
  skip_if_not_installed("generics")
  for (fit in list(
    glm_rs(y ~ x | z, family = hurdle(), data = d), glm_rs(y ~ x + f, family = negative_binomial(type = "nb1"), data = d)
  )) {
    table <- generics::augment(fit)
    expect_equal(table$.fitted, unname(fitted(fit)))
    expect_equal(table$.resid, unname(residuals(fit, "pearson")))
    expect_equal(table[names(model.frame(fit))], as.data.frame(model.frame(fit)), ignore_attr = TRUE)
    expect_equal(generics::augment(fit, data = d, type.residuals = "response")$.resid, unname(residuals(fit, "response")))
    expect_equal(generics::augment(fit, newdata = d[3:4, ])$.fitted, unname(fitted(fit)[3:4]))
    expect_error(generics::augment(fit, data = d[1:5, ]), "5 rows, but the fit has 200", class = "glmrs_error_data")
    expect_error(generics::augment(fit, newdata = 1:3), class = "glmrs_error_newdata")
  }
  for (family in list(multinomial(), cumulative())) {
    fit <- glm_rs(y ~ x + f, family = family, data = categories)
    expect_equal(generics::augment(fit)$.fitted, unname(predict(fit, type = "class")))
    probabilities <- generics::augment(fit, type.predict = "probs")
    expect_equal(unname(as.matrix(probabilities[paste0(".fitted_", fit$lev)])), unname(predict(fit, type = "probs")))
  }
})

test_that("rows with missing values are where na.action leaves them", {
  skip_if_not_installed("generics")
  d$x[c(2, 9)] <- NA
  fit <- glm_rs(y ~ x | z, family = zero_inflated(), data = d, na.action = na.exclude)
  expect_equal(nrow(generics::augment(fit)), 198L)
  expect_equal(which(is.na(generics::augment(fit, data = d)$.fitted)), c(2L, 9L))
  fit <- update(fit, na.action = na.omit)
  expect_error(generics::augment(fit, data = d), "na.exclude", class = "glmrs_error_data")
})

test_that("odds and rate ratios are what package broom makes of the fits of others", {
  skip_if_not_installed("broom")
  skip_if_not_installed("MASS")
  skip_if_not_installed("nnet")
  ordered <- broom::tidy(MASS::polr(y ~ x + f, data = categories, Hess = TRUE), exponentiate = TRUE)
  fit <- glm_rs(y ~ x + f, family = cumulative(), data = categories)
  got <- generics::tidy(fit, exponentiate = TRUE)
  for (column in c("term", "coef.type")) expect_equal(got[[column]], ordered[[column]])
  expect_equal(got$estimate, ordered$estimate, tolerance = 1e-4) # polr()'s search stops earlier
  expect_equal(got$std.error, ordered$std.error, tolerance = 1e-4) # as well
  unordered <- broom::tidy(converged_multinom(y ~ x + f, data = categories), conf.int = TRUE, exponentiate = TRUE)
  got <- generics::tidy(glm_rs(y ~ x + f, family = multinomial(), data = categories), conf.int = TRUE, exponentiate = TRUE)
  expect_equal(got[c("y.level", "term")], unordered[c("y.level", "term")])
  numbers <- c("estimate", "std.error", "statistic", "conf.low", "conf.high")
  expect_equal(got[numbers], unordered[numbers], tolerance = OTHER_SEARCH)
})

test_that("tables are of ratios where asked for, and no argument is passed over", {
  skip_if_not_installed("generics")
  for (fit in list(
    glm_rs(y ~ x | z, family = zero_inflated(negative_binomial()), data = d), glm_rs(y ~ x, family = poisson(), data = d),
    glm_rs(y ~ x + f, family = negative_binomial(type = "nb1"), data = d), glm_rs(y ~ x, family = cumulative(), data = categories)
  )) {
    plain <- generics::tidy(fit, conf.int = TRUE, vcov = "HC1")
    ratios <- generics::tidy(fit, conf.int = TRUE, vcov = "HC1", exponentiate = TRUE)
    shown <- c("estimate", "conf.low", "conf.high")
    expect_equal(ratios[shown], exp(plain[shown]))
    expect_equal(ratios[setdiff(names(plain), shown)], plain[setdiff(names(plain), shown)])
    expect_error(generics::tidy(fit, exponentiate = NA), class = "glmrs_error_argument")
    expect_error(generics::tidy(fit, conf.itn = TRUE), "there is no such argument: `conf.itn`", class = "glmrs_error_argument")
    expect_error(generics::tidy(fit, TRUE, 0.9, FALSE, NULL, 1), "one without a name", class = "glmrs_error_argument")
  }
})

test_that("what package mice hands to fits of all kinds is passed over", {
  skip_if_not_installed("generics")
  fits <- list(
    glm_rs(gear ~ mpg, poisson(), mtcars), glm_rs(gear ~ mpg, cumulative(), mtcars),
    glm_rs(Days ~ Sex, negative_binomial(type = "nb1"), MASS::quine)
  )
  for (fit in fits) expect_equal(generics::tidy(fit, effects = "fixed", parametric = TRUE), generics::tidy(fit))
})
