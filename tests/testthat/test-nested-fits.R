# Fits that are compared: no likelihood ratio where none compares them.

skip_if_not_installed("MASS")
set.seed(5)
quine <- transform(MASS::quine, x = rnorm(146))
housing <- MASS::housing
weighted <- function(formula, family = cumulative()) glm_rs(formula, family, data = housing, weights = Freq)
nb1 <- function(formula) glm_rs(formula, family = negative_binomial(type = "nb1"), data = quine)
refused <- function(expr, why, kind = "argument") expect_error(expr, why, class = paste0("glmrs_error_", kind))

test_that("a glm and another model are not compared, whichever comes first", {
  counts <- list(glm_rs(Days ~ Sex, poisson, quine), glm_rs(Days ~ Sex, negative_binomial(), quine))
  for (model in list(glm_rs(Days ~ Sex | 1, zero_inflated(), quine), nb1(Days ~ Sex))) {
    for (fit in counts) {
      refused(anova(fit, model), "different kinds.*AIC\\(\\) and vuong_test\\(\\) compare them")
      refused(anova(model, fit), "different kinds.*AIC\\(\\) and vuong_test\\(\\) compare them")
      expect_s3_class(vuong_test(fit, model), "glmrs_vuong")
    }
  }
  # what is advised is what works
  categories <- weighted(Sat ~ Infl, cumulative())
  refused(anova(categories, weighted(Sat ~ Infl, multinomial())), "AIC\\(\\) compares them$")
  refused(anova(categories, test = "Chisq"), "no such argument: `test`")
})

test_that("weights, links and responses must be the same", {
  small <- weighted(Sat ~ 1, cumulative())
  for (compare in list(anova, lr_test)) {
    refused(compare(glm_rs(Sat ~ 1, cumulative(), housing), weighted(Sat ~ Infl, cumulative())), "different weights")
    refused(compare(small, weighted(Sat ~ Infl, cumulative("probit"))), "different links")
    refused(compare(small, weighted(Cont ~ Infl, cumulative())), "same response")
    refused(compare(nb1(Days ~ 1), nb1(rev(Days) ~ Sex)), "same response")
    # weights of 1 are none
    expect_no_error(compare(glm_rs(Days ~ 1, negative_binomial(type = "nb1"), quine, rep(1, 146)), nb1(Days ~ Sex)))
  }
})

test_that("columns and offsets of the smaller fit must be within the larger one", {
  d <- zero_data_set(300)
  pairs <- list(
    list(nb1(Days ~ Eth), nb1(Days ~ Sex + Lrn)), list(nb1(Days ~ Sex + offset(x)), nb1(Days ~ Sex + Eth)),
    list(weighted(Sat ~ Infl, cumulative()), weighted(Sat ~ Type, cumulative())),
    list(weighted(Sat ~ Cont, multinomial()), weighted(Sat ~ Type, multinomial())),
    list(glm_rs(y ~ 1 | z, hurdle(), d), glm_rs(y ~ x + f | 1, hurdle(), d)),
    list(glm_rs(y ~ offset(z), zero_inflated(), d), glm_rs(y ~ x, zero_inflated(), d))
  )
  for (pair in pairs) {
    refused(anova(pair[[1L]], pair[[2L]]), "not nested", "nested")
    refused(lr_test(pair[[1L]], pair[[2L]]), "not nested", "nested")
  }
  # an offset that the larger fit estimates is a hypothesis about it; other columns may span the same
  held <- nb1(Days ~ Sex + offset(0.5 * x))
  larger <- nb1(Days ~ I(3 - 2 * (Sex == "M")) + x)
  expect_equal(anova(held, larger)$Chisq[2L], 2 * (larger$loglik - held$loglik))
  # as in the ratio of MASS::polr() fits
  tested <- anova(weighted(Sat ~ 1, cumulative()), weighted(Sat ~ Infl, cumulative()))
  theirs <- anova(MASS::polr(Sat ~ 1, housing, Freq), MASS::polr(Sat ~ Infl, housing, Freq))
  expect_equal(tested$Chisq[2L], theirs[["LR stat."]][2L], tolerance = 1e-6) # where polr()'s search ends
})

test_that("theta of the smaller fit is within that of the larger one", {
  d <- zero_data_set(300)
  nb <- negative_binomial
  fit <- function(formula, family) suppressWarnings(glm_rs(formula, family, d))
  larger <- y ~ x + z | 1
  compared <- list(poisson(), nb(2), nb())
  for (i in 1:3) {
    for (j in 1:3) {
      fits <- list(fit(y ~ x | 1, zero_inflated(compared[[i]])), fit(larger, zero_inflated(compared[[j]])))
      if (i == j || j == 3L) {
        want <- 2 * (fits[[2L]]$loglik - fits[[1L]]$loglik)
        expect_equal(lr_test(fits[[1L]], fits[[2L]])$statistic[[1L]], want, tolerance = TOLERANCE)
      } else {
        expect_error(lr_test(fits[[1L]], fits[[2L]]), class = "glmrs_error_nested")
      }
    }
  }
  nb1 <- function(theta) nb(theta, type = "nb1")
  expect_error(lr_test(fit(y ~ 1, nb1(5)), fit(y ~ x + z, nb1(2))), "theta", class = "glmrs_error_nested")
  truncated <- function(formula, counts) suppressWarnings(glm_rs(formula, zero_truncated(counts), d[d$y > 0, ]))
  expect_error(lr_test(truncated(y ~ 1, nb1(2)), truncated(y ~ x, nb())), "theta", class = "glmrs_error_nested")
})
