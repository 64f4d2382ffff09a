test_that("fits are maxima of their likelihood, with its curvature", {
  d <- category_data()
  X <- model.matrix(~ x + f, d)[, -1]
  codes <- as.integer(d$y)
  for (link in names(cumulative_cdfs)) {
    fit <- glm_rs(y ~ x + f, family = cumulative(link), data = d)
    expect_true(fit$converged && fit$observed)
    expect_maximum(fit, function(at) cumulative_rows_again(at, X, codes, cumulative_cdfs[[link]]))
    expect_false(is.unsorted(fit$zeta))
  }
  fit <- glm_rs(y ~ x + f, family = cumulative("probit"), data = d, offset = o, weights = w)
  expect_maximum(fit, function(at) cumulative_rows_again(at, X, codes, pnorm, d$o), d$w)
})

test_that("fits are those of MASS::polr()", {
  d <- category_data()
  # its outermost thresholds are 100 off, where a Cauchy distribution still has 0.3 %: "cauchit" is another model there
  for (link in setdiff(names(polr_methods), "cauchit")) {
    ours <- glm_rs(y ~ x + f + offset(o), family = cumulative(link), data = d, weights = w + 1)
    theirs <- MASS::polr(y ~ x + f + offset(o), d, weights = w + 1, method = polr_methods[[link]], Hess = TRUE, control = list(reltol = 1e-15))
    expect_equal(coef(ours), coef(theirs), tolerance = OTHER_SEARCH)
    expect_equal(ours$zeta, theirs$zeta, tolerance = OTHER_SEARCH)
    expect_equal(ours$deviance, deviance(theirs), tolerance = 1e-10)
    expect_equal(vcov(ours), vcov(theirs), tolerance = DIFFERENCES)
    expect_equal(unname(fitted(ours)), unname(fitted(theirs)), tolerance = 1e-6) # where polr()'s search ends
    expect_equal(predict(ours), predict(theirs))
    # their predictions for new data leave the offset out
    expect_equal(predict(ours, d[1:20, ], "probs"), fitted(ours)[1:20, ])
  }
})

test_that("published models of satisfaction with housing come out", {
  # Venables and Ripley (2002), section 7.3
  fit <- glm_rs(Sat ~ Infl + Type + Cont, family = cumulative(), weights = Freq, data = MASS::housing)
  expect_equal(unname(round(coef(fit), 3)), c(0.566, 1.289, -0.572, -0.366, -1.091, 0.360))
  expect_equal(round(fit$zeta, 3), c("Low|Medium" = -0.496, "Medium|High" = 0.691))
  expect_equal(round(fit$deviance, 3), 3479.149)
  expect_equal(round(AIC(fit), 3), 3495.149)
  # their standard errors
  expect_equal(unname(round(sqrt(diag(vcov(fit))), 2)[1:3]), c(0.10, 0.13, 0.12))
})

test_that("without covariates thresholds are quantiles of the shares", {
  d <- category_data()
  shares <- cumsum(prop.table(table(d$y)))[1:3]
  for (link in c("logit", "cauchit")) {
    fit <- glm_rs(y ~ 1, family = cumulative(link), data = d)
    quantile <- if (link == "logit") qlogis else qcauchy
    expect_equal(unname(fit$zeta), unname(quantile(shares)), tolerance = 1e-9)
    expect_length(coef(fit), 0L)
  }
})

test_that("the order turned round turns the signs round, and one extreme value distribution into the other", {
  d <- category_data()
  back <- factor(d$y, levels = rev(levels(d$y)))
  turned <- c(logit = "logit", probit = "probit", cauchit = "cauchit", cloglog = "loglog", loglog = "cloglog")
  for (link in names(turned)) {
    fit <- glm_rs(y ~ x + f, family = cumulative(link), data = d)
    other <- glm_rs(back ~ x + f, family = cumulative(turned[[link]]), data = d)
    expect_equal(coef(other), -coef(fit), tolerance = STOPPING)
    expect_equal(unname(other$zeta), -rev(unname(fit$zeta)), tolerance = STOPPING)
    expect_equal(other$loglik, fit$loglik, tolerance = 1e-12)
  }
})

test_that("two categories are a binomial regression", {
  d <- category_data()
  d$two <- d$y != "low"
  for (link in c("logit", "probit", "cauchit")) {
    fit <- glm_rs(two ~ x + f, family = cumulative(link), data = d)
    binary <- glm(two ~ x + f, binomial(link), d, control = list(epsilon = 1e-14, maxit = 100))
    # Fisher's scoring creeps up to the maximum where the link is not canonical
    expect_equal(unname(c(-fit$zeta, coef(fit))), unname(coef(binary)), tolerance = 1e-6) # glm() stops before
    expect_equal(fit$deviance, deviance(binary), tolerance = 1e-12)
  }
})

test_that("aliased columns, columns that are constant, threads and starts", {
  d <- category_data(20000)
  d$x2 <- 2 * d$x
  d$one <- 3
  fit <- glm_rs(y ~ one + x + x2 + f, family = cumulative(), data = d)
  plain <- glm_rs(y ~ x + f, family = cumulative(), data = d)
  expect_equal(unname(is.na(coef(fit))), c(TRUE, FALSE, TRUE, FALSE, FALSE))
  expect_equal(c(coef(fit)[-c(1, 3)], fit$zeta), c(coef(plain), plain$zeta), tolerance = 1e-9)
  expect_equal(vcov(fit, complete = FALSE), vcov(plain), tolerance = 1e-9)
  expect_identical(coef(update(plain, threads = 2)), coef(update(plain, threads = 1)))
  again <- update(plain, start = c(coef(plain) + 0.1, plain$zeta - 0.2))
  expect_equal(coef(again), coef(plain), tolerance = 1e-9)
  expect_error(update(plain, start = c(coef(plain), rev(plain$zeta))), "must rise", class = "glmrs_error_argument")
})

test_that("rows without weight are not there, weights repeat rows", {
  d <- category_data()
  fit <- glm_rs(y ~ x + f, family = cumulative("cloglog"), data = d, weights = w)
  rows <- glm_rs(y ~ x + f, family = cumulative("cloglog"), data = d[rep(seq_len(nrow(d)), d$w), ])
  expect_equal(c(coef(fit), fit$zeta), c(coef(rows), rows$zeta), tolerance = 1e-8)
  expect_equal(vcov(fit), vcov(rows), tolerance = TOLERANCE)
})
