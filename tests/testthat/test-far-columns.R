# Columns that hardly vary beside their size, in models that Newton's method fits: the same as with the mean taken away.

# What is added to a covariate.
shifts <- c(1e4, 1e6, 1e7)

# `far` has an intercept in the place `lost`, for a covariate `slope` that is `shift` larger than that of `near`.
moved_back <- function(at, lost, slope, shift) {
  at[lost] <- at[lost] + shift * at[slope]
  at
}

test_that("multinomial models are those of package nnet for the centred column", {
  skip_if_not_installed("nnet")
  d <- category_data()
  theirs <- converged_multinom(y ~ x + z, d, Hess = TRUE)
  for (shift in shifts) {
    fit <- glm_rs(y ~ I(x + shift) + z, multinomial(), d)
    expect_true(fit$converged)
    b <- coef(fit)
    expect_equal(unname(b[, -1]), unname(coef(theirs)[, -1]), tolerance = 1e-6) # 1e-9 of the column's variation is left
    expect_equal(unname(b[, 1] + shift * b[, 2]), unname(coef(theirs)[, 1]), tolerance = 1e-6) # as well
    expect_equal(c(logLik(fit)), c(logLik(theirs)), tolerance = 1e-10)
    slopes <- c(2, 3, 5, 6, 8, 9)
    expect_equal(unname(vcov(fit)[slopes, slopes]), unname(vcov(theirs)[slopes, slopes]), tolerance = OTHER_SEARCH)
    # but for the intercept's own
    expect_equal(sqrt(vcov(fit)[1, 1]), shift * sqrt(vcov(theirs)[2, 2]), tolerance = 1e-3) # 1 / shift
  }
})

test_that("cumulative models are those of MASS::polr() for the centred column", {
  d <- category_data()
  theirs <- MASS::polr(y ~ x + z, d, Hess = TRUE, control = list(reltol = 1e-15))
  for (shift in shifts) {
    fit <- glm_rs(y ~ I(x + shift) + z, cumulative(), d)
    expect_true(fit$converged)
    expect_equal(unname(coef(fit)), unname(coef(theirs)), tolerance = OTHER_SEARCH)
    expect_equal(unname(fit$zeta - shift * coef(fit)[[1]]), unname(theirs$zeta), tolerance = OTHER_SEARCH)
    expect_equal(unname(vcov(fit)[1:2, 1:2]), unname(vcov(theirs)[1:2, 1:2]), tolerance = DIFFERENCES)
    expect_equal(fit$deviance, deviance(theirs), tolerance = 1e-10)
  }
})

test_that("models of counts are those for the centred column", {
  d <- zero_data_set()
  families <- list(negative_binomial(type = "nb1"), zero_inflated(), zero_inflated(negative_binomial()), hurdle(negative_binomial()))
  for (family in c(families, list(zero_truncated()))) {
    data <- if (identical(family$spec$range, "truncated")) subset(d, y > 0) else d
    near <- glm_rs(y ~ x + f, family, data)
    part <- sum(!startsWith(names(coef(near)), "zero_"))
    for (shift in shifts) {
      fit <- glm_rs(y ~ I(x + shift) + f, family, data)
      expect_true(fit$converged)
      b <- unname(coef(fit))
      for (lost in seq(1, length(b), part)) b <- moved_back(b, lost, lost + 1, shift)
      expect_equal(b, unname(coef(near)), tolerance = STOPPING)
      expect_equal(fit$loglik, near$loglik, tolerance = 1e-10)
      expect_equal(unname(sqrt(diag(vcov(fit))))[2:3], unname(sqrt(diag(vcov(near))))[2:3], tolerance = STOPPING)
    }
  }
})

test_that("the NB1 model is that of glmmTMB for the centred column", {
  skip_if_not_installed("glmmTMB")
  d <- transform(MASS::quine, x = as.numeric(Age) - 2.5)
  theirs <- glmmTMB::glmmTMB(Days ~ x, d, family = glmmTMB::nbinom1)
  fit <- glm_rs(Days ~ I(x + 1e7), negative_binomial(type = "nb1"), d)
  expect_equal(coef(fit)[[2]], glmmTMB::fixef(theirs)$cond[["x"]], tolerance = OTHER_SEARCH)
  expect_equal(vcov(fit)[2, 2], vcov(theirs)$cond[2, 2], tolerance = DIFFERENCES)
})

test_that("slopes of groups, and groups without an intercept", {
  d <- transform(iris, x = Sepal.Width - mean(Sepal.Width), y = cut(Petal.Length, c(0, 1.5, 4.5, 9)), f = factor(rep(c("a", "b", "c"), 50)))
  near <- glm_rs(y ~ x * f, cumulative(), d)
  far <- glm_rs(y ~ I(x + 1e6) * f, cumulative(), d)
  slopes <- c(1, 4, 5)
  expect_equal(unname(coef(far)[slopes]), unname(coef(near)[slopes]), tolerance = STOPPING)
  expect_equal(far$loglik, near$loglik, tolerance = 1e-10)
  expect_equal(diag(vcov(far))[slopes], diag(vcov(near))[slopes], tolerance = STOPPING, ignore_attr = TRUE)
  # a slope for each group, and other contrasts
  expect_equal(glm_rs(y ~ f + f:I(x + 1e6), cumulative(), d)$loglik, near$loglik, tolerance = 1e-10)
  far <- glm_rs(y ~ I(x + 1e6) * C(f, contr.sum), cumulative(), d)
  expect_equal(unname(coef(far)[1]), mean(coef(near)[1] + c(0, coef(near)[4:5])), tolerance = STOPPING)
  near <- glm_rs(y ~ 0 + f + x, multinomial(), d)
  far <- glm_rs(y ~ 0 + f + I(x + 1e6), multinomial(), d)
  expect_equal(unname(coef(far)[, 4]), unname(coef(near)[, 4]), tolerance = STOPPING)
  expect_equal(unname(coef(far)[, 1:3] + 1e6 * coef(far)[, 4]), unname(coef(near)[, 1:3]), tolerance = STOPPING)
})

test_that("choices: the fits are those of survival::clogit()", {
  skip_if_not_installed("survival")
  d <- infert
  d$row <- factor(ave(d$stratum, d$stratum, FUN = seq_along))
  withr::local_package("survival")
  theirs <- clogit(case ~ spontaneous + induced + strata(stratum), d, control = coxph.control(eps = 1e-10))
  for (shift in shifts) {
    fit <- glm_rs(case ~ I(spontaneous + shift) + induced | 0, family = multinomial(alternatives = ~row, id = ~stratum), data = d)
    expect_equal(unname(coef(fit)), unname(coef(theirs)), tolerance = STOPPING)
    expect_equal(vcov(fit), vcov(theirs), tolerance = STOPPING, ignore_attr = TRUE)
  }
})

test_that("a column whose mean no other column can take is named", {
  d <- category_data()
  message <- "`I(x + 1e+07)` varies very little relative to its size: subtract its mean"
  expect_error(glm_rs(y ~ I(x + 1e7):f, multinomial(), d), message, fixed = TRUE, class = "glmrs_error_solver")
  expect_error(glm_rs(y ~ I(x + 1e7):f, cumulative(), d), message, fixed = TRUE, class = "glmrs_error_solver")
  counts <- zero_data_set()
  for (family in list(negative_binomial(type = "nb1"), zero_inflated(), hurdle())) {
    expect_error(glm_rs(y ~ I(x + 1e7):f, family, counts), message, fixed = TRUE, class = "glmrs_error_solver")
  }
  expect_error(glm_rs(y ~ x | I(x + 1e7):f, zero_inflated(), counts), message, fixed = TRUE, class = "glmrs_error_solver")
})

test_that("columns that double precision does not hold are aliased", {
  d <- category_data()
  expect_true(all(is.na(coef(glm_rs(y ~ I(x + 1e13), multinomial(), d))[, 2])))
  expect_identical(is.na(unname(coef(glm_rs(y ~ I(x + 1e13), cumulative(), d)))), TRUE)
  # small variances are lost in the rounding of large ones
  fits <- lapply(c(Species ~ I(Sepal.Length + 1e10), Species ~ Sepal.Length), glm_rs, multinomial(), iris)
  expect_equal(unname(coef(fits[[1L]])[, 2]), unname(coef(fits[[2L]])[, 2]), tolerance = 1e-5) # 1e10 leaves six digits
})
