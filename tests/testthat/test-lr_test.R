# Likelihood ratio tests: R's own tables and package lmtest; which fits are nested.

pairs <- nested_pairs(nested_data())

test_that("likelihood ratios are those of anova()", {
  for (kind in names(pairs)) {
    glm <- pairs[[kind]][[2L]]
    rs <- pairs[[kind]][[1L]]
    want <- anova(glm[[1L]], glm[[2L]], test = "LRT")
    dispersion <- summary(glm[[2L]])$dispersion
    got <- lr_test(rs[[1L]], rs[[2L]], test = "Chisq")
    expect_equal(row_of(got), c(want$Df[2L], want$Deviance[2L] / dispersion, want$`Pr(>Chi)`[2L]), tolerance = TOLERANCE, info = kind)
    want <- suppressWarnings(anova(glm[[1L]], glm[[2L]], test = "F"))
    got <- lr_test(rs[[1L]], rs[[2L]])
    if (names(got$statistic) == "F") {
      expect_equal(row_of(got), c(want$Df[2L], want$F[2L], want$`Pr(>F)`[2L]), tolerance = TOLERANCE, info = kind)
      expect_equal(got$parameter[[2L]], glm[[2L]]$df.residual)
    }
  }
  skip_if_not_installed("lmtest")
  for (kind in c("poisson", "grouped", "aliased")) {
    glm <- pairs[[kind]][[2L]]
    want <- lmtest::lrtest(glm[[1L]], glm[[2L]])
    got <- do.call(lr_test, pairs[[kind]][[1L]])
    expect_equal(row_of(got), c(want$Df[2L], want$Chisq[2L], want$`Pr(>Chisq)`[2L]), tolerance = TOLERANCE)
  }
})

test_that("fits are nested by their columns, not by their names", {
  d <- nested_data()
  fit <- function(formula) glm_rs(formula, poisson, d)
  # the same columns in other words; an offset that is a column of the larger fit
  expect_equal(row_of(lr_test(fit(y ~ x_twice), fit(y ~ poly(x, 2))))[1:2], row_of(lr_test(fit(y ~ x), fit(y ~ x + I(x^2))))[1:2])
  expect_equal(lr_test(fit(y ~ offset(x)), fit(y ~ x))$parameter, c(df = 1))
  expect_equal(lr_test(glm_rs(y ~ 1, poisson, d, offset = off), fit(y ~ x + offset(off)))$parameter, c(df = 1))
  refused <- function(a, b, message) expect_error(lr_test(a, b), message, class = "glmrs_error_nested")
  refused(fit(y ~ x), fit(y ~ z + f), "not nested")
  refused(fit(y ~ x + offset(off)), fit(y ~ x + z), "not nested")
  refused(fit(y ~ I(1e-6 * z)), fit(y ~ x + f), "not nested")
  refused(fit(y ~ x), fit(y ~ 1), "smaller fit comes first")
  refused(fit(y ~ 1), glm_rs(y ~ x, poisson, d, subset = z > 0), "rows")
  refused(fit(y ~ 1), glm_rs(y ~ x, poisson, d, weights = w), "different weights")
  refused(fit(y ~ 1), fit(I(y + 1) ~ x), "different responses")
  refused(fit(y ~ 1), glm_rs(y ~ x, quasipoisson, d), "families")
  expect_error(lr_test(fit(y ~ 1), lm(y ~ x, d)), "`fit1`", class = "glmrs_error_argument")
})

test_that("parameters of the families' own are not mixed up", {
  set.seed(5)
  d <- data.frame(x = rnorm(300), z = rnorm(300))
  d$y <- rnbinom(300, size = 2, mu = exp(0.5 + 0.3 * d$x))
  d$t <- rtweedie(300, exp(0.5 + 0.3 * d$x), 1, 1.5)
  nb <- function(formula, ...) glm_rs(formula, negative_binomial(...), d)
  fits <- list(nb(y ~ z), nb(y ~ x + z))
  want <- anova(fits[[1L]], fits[[2L]])
  expect_equal(row_of(lr_test(fits[[1L]], fits[[2L]])), c(1, want[["LR stat."]][2L], want[["Pr(>Chi)"]][2L]), tolerance = 1e-10)
  # a Wald test of fits with thetas of their own
  expect_equal(
    anova(fits[[1L]], fits[[2L]], vcov = "HC1", test = "Chisq")[["Chisq"]][2L],
    wald_test(fits[[2L]], "x", vcov = "HC1", test = "Chisq")$statistic[[1L]], tolerance = 1e-10
  )
  known <- lr_test(nb(y ~ z, 2), nb(y ~ x + z, 2))
  expect_equal(known$statistic[[1L]], anova(nb(y ~ z, 2), nb(y ~ x + z, 2))$Deviance[2L], tolerance = 1e-10)
  poisson <- glm_rs(y ~ z, poisson, d)
  expect_error(lr_test(poisson, fits[[2L]]), "dispersion_test", class = "glmrs_error_nested")
  expect_error(lr_test(nb(y ~ z, 1), nb(y ~ x + z, 2)), "\\(1, 2\\)", class = "glmrs_error_nested")
  expect_error(anova(nb(y ~ z, 1), nb(y ~ x + z, 2)), "parameters of their own", class = "glmrs_error_anova")
  expect_error(anova(poisson, nb(y ~ x + z, 2)), "parameters of their own", class = "glmrs_error_anova")
  amounts <- list(glm_rs(t ~ z, tweedie(NULL), d), glm_rs(t ~ x + z, tweedie(NULL), d))
  expect_error(lr_test(amounts[[1L]], amounts[[2L]]), "parameters of their own", class = "glmrs_error_nested")
  expect_error(anova(amounts[[1L]], amounts[[2L]]), "parameters of their own", class = "glmrs_error_anova")
  held <- update(amounts[[1L]], family = tweedie(amounts[[2L]]$p))
  expect_equal(lr_test(held, amounts[[2L]])$statistic[[1L]], anova(held, amounts[[2L]], test = "F")$F[2L], tolerance = 1e-10)
  # an added term is tested at the theta of the smaller fit
  expect_equal(score_test(fits[[1L]], fits[[2L]])$statistic, score_test(fits[[1L]], ~x)$statistic)
})

test_that("models of other likelihoods are compared by them", {
  d <- zero_data_set(300)
  larger <- list(
    glm_rs(y ~ x + f | z, family = hurdle(negative_binomial()), data = d), glm_rs(y ~ x + f, family = negative_binomial(type = "nb1"), data = d),
    glm_rs(f ~ x + z, family = multinomial(), data = d), glm_rs(f ~ x + z, family = cumulative(), data = d)
  )
  for (fit in larger) {
    smaller <- if (inherits(fit, "glm_rs_zero")) update(fit, . ~ x | 1) else update(fit, . ~ x)
    test <- lr_test(smaller, fit)
    table <- anova(smaller, fit)
    expect_equal(test$statistic[["Chisq"]], table$Chisq[2])
    expect_equal(test$p.value, table$`Pr(>Chisq)`[2])
    expect_error(lr_test(fit, smaller), "smaller fit comes first", class = "glmrs_error_nested")
    expect_error(lr_test(smaller, fit, test = "F"), class = "glmrs_error_test")
  }
  expect_error(lr_test(larger[[1]], larger[[2]]), "different kinds", class = "glmrs_error_argument")
  poisson <- glm_rs(y ~ x + f | z, family = hurdle(), data = d)
  expect_match(lr_test(poisson, larger[[1]])$method, "boundary")
  expect_error(lr_test(glm_rs(y ~ x, family = poisson(), data = d), larger[[2]]), "different kinds", class = "glmrs_error_argument")
})

test_that("what compares a generalized linear model and another is said", {
  d <- data.frame(y = rep(c(0, 1, 0, 4, 9, 2), 20), x = rep(1:12, 10))
  poisson <- glm_rs(y ~ x, poisson, d)
  nb1 <- glm_rs(y ~ x, negative_binomial(type = "nb1"), d)
  nb2 <- glm_rs(y ~ x, negative_binomial(), d)
  refused <- function(expr, message) expect_error(expr, message, class = "glmrs_error_argument")
  for (pair in list(list(poisson, nb1), list(nb1, poisson))) {
    refused(lr_test(pair[[1L]], pair[[2L]]), "different kinds.*AIC\\(\\) and .*dispersion_test\\(fit, \"lr\"\\)")
    refused(anova(pair[[1L]], pair[[2L]]), "dispersion_test\\(fit, \"lr\"\\)")
  }
  for (pair in list(list(nb2, nb1), list(nb1, nb2), list(nb2, glm_rs(y ~ x | 1, hurdle(), d)))) {
    refused(lr_test(pair[[1L]], pair[[2L]]), "different kinds.*AIC\\(\\) and vuong_test\\(\\)")
  }
  refused(lr_test(glm_rs(x ~ y, gaussian, d), nb1), "AIC\\(\\) compares them")
  refused(lr_test(nb1, 3), "`fit1` must be a fit of glm_rs\\(\\)$")
  # what is advised works
  gain <- 2 * as.double(logLik(nb1) - logLik(poisson))
  expect_equal(dispersion_test(nb1, "lr")$statistic[["LR"]], gain, tolerance = TOLERANCE)
  expect_s3_class(vuong_test(nb1, nb2), "glmrs_vuong")
})
