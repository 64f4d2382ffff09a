test_that("fits are maxima of their likelihood, with its curvature", {
  d <- category_data()
  X <- model.matrix(~ x + f, d)
  codes <- as.integer(d$y)
  fit <- glm_rs(y ~ x + f, family = multinomial(), data = d)
  expect_true(fit$converged)
  expect_maximum(fit, function(at) multinomial_rows_again(at, X, codes))
  offset <- cbind(d$o, d$z, -d$o)
  fit <- glm_rs(y ~ x + f + offset(cbind(o, z, -o)), family = multinomial(), data = d, weights = w)
  expect_maximum(fit, function(at) multinomial_rows_again(at, X, codes, offset), d$w)
})

test_that("fits are those of package nnet", {
  skip_if_not_installed("nnet")
  d <- category_data()
  same <- function(ours, theirs, errors = TRUE) {
    expect_true(ours$converged)
    expect_equal(coef(ours), coef(theirs), tolerance = 1e-6) # nnet's search ends where it is flat
    expect_equal(c(logLik(ours)), c(logLik(theirs)), tolerance = 1e-10)
    expect_equal(AIC(ours), AIC(theirs), tolerance = 1e-10)
    if (errors) expect_equal(vcov(ours), vcov(theirs), tolerance = OTHER_SEARCH)
    expect_equal(unname(fitted(ours)), unname(fitted(theirs)), tolerance = 1e-6) # of the same search
    shares <- lapply(list(ours, theirs), function(fit) if (errors) predict(fit, d[1:20, ], "probs"))
    expect_equal(shares[[1L]], shares[[2L]], tolerance = 1e-6) # of the same search
    expect_equal(predict(ours), predict(theirs))
  }
  same(glm_rs(y ~ x + f, family = multinomial(), data = d), converged_multinom(y ~ x + f, d, Hess = TRUE))
  same(
    glm_rs(y ~ x * f + poly(z, 2), family = multinomial(), data = d, weights = w + 1),
    converged_multinom(y ~ x * f + poly(z, 2), d, weights = w + 1, Hess = TRUE)
  )
  same(glm_rs(y ~ 0 + f, family = multinomial, data = d), converged_multinom(y ~ 0 + f, d, Hess = TRUE))
  both <- y ~ x + offset(cbind(0, o, z, -o))
  # with offsets it has no second derivatives, and no predictions for new data
  same(glm_rs(both, family = multinomial(), data = d), converged_multinom(both, d), errors = FALSE)
})

test_that("published models of satisfaction with housing come out", {
  # Venables and Ripley (2002), section 7.3
  fit <- glm_rs(Sat ~ Infl + Type + Cont, family = multinomial(), weights = Freq, data = MASS::housing)
  expect_equal(round(fit$deviance, 1), 3470.1)
  expect_equal(round(AIC(fit), 1), 3498.1)
})

test_that("a factor alone gives the odds that were observed", {
  # programs of 200 pupils by social status (UCLA's data set hsbdemo)
  counts <- matrix(c(16, 20, 9, 19, 44, 42, 12, 31, 7), 3, dimnames = list(NULL, c("general", "academic", "vocation")))
  ses <- factor(c("low", "middle", "high"), levels = c("low", "middle", "high"))
  fit <- glm_rs(counts ~ ses, family = multinomial("academic"))
  odds <- log(counts[, c("general", "vocation")] / counts[, "academic"])
  expect_equal(t(coef(fit)), rbind(odds[1, ], odds[2, ] - odds[1, ], odds[3, ] - odds[1, ]), tolerance = 1e-8, ignore_attr = TRUE)
  expect_equal(fitted(fit)[, colnames(counts)], prop.table(counts, 1), tolerance = 1e-8, ignore_attr = TRUE)
  # the same as single rows with weights
  long <- data.frame(prog = factor(rep(colnames(counts), each = 3)), ses = rep(ses, 3), n = c(counts))
  rows <- glm_rs(prog ~ ses, family = multinomial(), data = long, weights = n)
  expect_equal(coef(rows)[rownames(coef(fit)), ], coef(fit), tolerance = 1e-8)
  expect_equal(rows$loglik, fit$loglik, tolerance = 1e-12)
  expect_equal(vcov(rows), vcov(fit), tolerance = STOPPING)
  expect_equal(nobs(fit), 3)
})

test_that("two categories are a logistic regression", {
  d <- category_data()
  d$two <- d$y != "low"
  fit <- glm_rs(two ~ x + f, family = multinomial(), data = d, weights = w)
  logit <- glm(two ~ x + f, binomial(), d, weights = w, control = list(epsilon = 1e-14))
  expect_equal(coef(fit)["TRUE", ], coef(logit), tolerance = 1e-8)
  expect_equal(vcov(fit), vcov(logit), tolerance = STOPPING, ignore_attr = TRUE)
  expect_equal(fit$deviance, deviance(logit), tolerance = 1e-12)
})

test_that("the reference changes the coefficients, not the model", {
  d <- category_data()
  fit <- glm_rs(y ~ x, family = multinomial(), data = d)
  other <- glm_rs(y ~ x, family = multinomial("high"), data = d)
  expect_equal(rownames(coef(other)), c("low", "mid", "top"))
  expect_equal(coef(other)["top", ], coef(fit)["top", ] - coef(fit)["high", ], tolerance = TOLERANCE)
  expect_equal(fitted(other)[, levels(d$y)], fitted(fit), tolerance = TOLERANCE)
  # offsets follow by name, or by the levels' order
  wide <- cbind(low = 0, mid = d$o, high = d$z, top = -d$o)
  with_names <- glm_rs(y ~ x, family = multinomial("high"), data = d, offset = wide[, c(3, 1, 4, 2)])
  plain <- glm_rs(y ~ x, family = multinomial(), data = d, offset = unname(wide))
  expect_equal(with_names$loglik, plain$loglik, tolerance = 1e-12)
  expect_equal(fitted(with_names)[, levels(d$y)], fitted(plain), tolerance = TOLERANCE)
})

test_that("columns that others explain are aliased for every category", {
  d <- category_data()
  d$x2 <- 2 * d$x
  fit <- glm_rs(y ~ x + x2 + f, family = multinomial(), data = d)
  plain <- glm_rs(y ~ x + f, family = multinomial(), data = d)
  expect_true(all(is.na(coef(fit)[, "x2"])))
  expect_equal(coef(fit)[, -3], coef(plain), tolerance = TOLERANCE)
  expect_equal(vcov(fit, complete = FALSE), vcov(plain), tolerance = TOLERANCE)
  expect_equal(dim(vcov(fit)), c(15L, 15L))
  expect_equal(AIC(fit), AIC(plain))
  expect_equal(sqrt(diag(vcov(fit, "HC0", complete = FALSE))), sqrt(diag(vcov(plain, "HC0"))), tolerance = TOLERANCE)
  expect_warning(p <- predict(fit, d[1:3, ], "probs", se.fit = TRUE), class = "glmrs_warning_rank_deficient")
  expect_equal(p, predict(plain, d[1:3, ], "probs", se.fit = TRUE), tolerance = TOLERANCE)
  expect_error(update(fit, singular.ok = FALSE), "mid:x2", class = "glmrs_error_singular")
})

test_that("rows without weight are not there, weights repeat rows", {
  d <- category_data()
  fit <- glm_rs(y ~ x + f, family = multinomial(), data = d, weights = w)
  rows <- glm_rs(y ~ x + f, family = multinomial(), data = d[rep(seq_len(nrow(d)), d$w), ])
  expect_equal(coef(fit), coef(rows), tolerance = 1e-8)
  expect_equal(vcov(fit), vcov(rows), tolerance = TOLERANCE)
  expect_equal(nobs(fit), sum(d$w > 0))
  expect_equal(vcov(fit, "HC1"), vcov(update(fit, subset = w > 0), "HC1"), tolerance = TOLERANCE)
})

test_that("threads do not change a bit, starts not the maximum", {
  d <- category_data(20000)
  fit <- function(...) glm_rs(y ~ x + f, family = multinomial(), data = d, ...)
  one <- fit(threads = 1)
  expect_identical(coef(fit(threads = 2)), coef(one))
  expect_equal(coef(fit(start = coef(one) + 0.3)), coef(one), tolerance = 1e-9)
  expect_lte(fit(start = coef(one))$iter, 1)
})

test_that("a factor of many levels is fitted without its columns being formed", {
  set.seed(1)
  d <- data.frame(f = factor(sample(300, 9000, TRUE)), y = factor(sample(letters[1:3], 9000, TRUE)))
  fit <- glm_rs(y ~ f, family = multinomial(), data = d)
  counts <- table(d$f, d$y)
  expect_equal(coef(fit)["b", 1:2], c(log(counts[1, 2] / counts[1, 1]), log(counts[2, 2] / counts[2, 1]) - log(counts[1, 2] / counts[1, 1])),
    tolerance = STOPPING, ignore_attr = TRUE
  )
})
