# Limits that a profile does not show: those of separated data, and of data that are nearly so.

FOUND <- 1e-5 # of a limit by a root search: statistics are of fits that stop a little before their maxima
Q <- qchisq(0.95, 1)
intervals <- function(fit, ...) suppressWarnings(suppressMessages(confint(fit, ...)))
separated <- function(...) suppressWarnings(glm_rs(...))
group <- data.frame(f = gl(2, 10), y = c(rep(0, 10), rep(0:1, 5)))
split <- data.frame(x = 1:10, y = rep(0:1, each = 5))

test_that("a group without events has a likelihood-ratio limit and Wilson's", {
  fit <- separated(y ~ 0 + f, binomial, group)
  upper <- uniroot(function(b) -20 * plogis(-b, log.p = TRUE) - Q, c(-9, 0), tol = 1e-10)$root
  got <- caught(suppressMessages(confint(fit)))
  expect_equal(got$value["f1", ], c(NA, upper), tolerance = FOUND, ignore_attr = TRUE)
  said <- got$warnings[[length(got$warnings)]]
  expect_s3_class(said, "glmrs_warning_profile")
  expect_match(conditionMessage(said), "limit of `f1`.*quasi-complete separation.*f1 \\(-Inf\\)")
  wilson <- function(events, n) prop.test(events, n, correct = FALSE)$conf.int
  by_score <- plogis(intervals(fit, "f1", type = "score"))
  expect_equal(by_score, c(NA, wilson(0, 10)[2L]), tolerance = FOUND, ignore_attr = TRUE)
  # the other group has a profile, which is the same without the first one
  alone <- glm_rs(y ~ 1, binomial, group, subset = f == 2)
  expect_equal(intervals(fit, "f2"), intervals(alone), tolerance = FOUND, ignore_attr = TRUE)
  share <- separated(cbind(12, 0) ~ 1, binomial)
  by_score <- plogis(intervals(share, type = "score"))
  expect_equal(by_score, c(wilson(12, 12)[1L], NA), tolerance = FOUND, ignore_attr = TRUE)
})

test_that("counts that are all 0 have an upper limit of their mean", {
  zeros <- data.frame(y = rep(0, 10))
  fit <- separated(y ~ 1, poisson, zeros)
  expect_equal(intervals(fit), c(NA, log(Q / 20)), tolerance = FOUND, ignore_attr = TRUE)
  expect_equal(intervals(fit, type = "score"), c(NA, log(Q / 10)), tolerance = FOUND, ignore_attr = TRUE)
  # there is no dispersion
  expect_warning(none <- suppressMessages(confint(separated(y ~ 1, quasipoisson, zeros))), class = "glmrs_warning_profile")
  expect_true(all(is.na(none)))
  # a level of zeros beside large counts, and many rows: a deviance in which what the search leaves is not small
  set.seed(1)
  large <- data.frame(g = factor(rep(1:4, each = 1500)), x = rnorm(6000))
  large$y <- rnbinom(6000, size = 0.05, mu = exp(4 + 0.3 * large$x)) * (large$g != 3)
  fit <- separated(y ~ g + x, poisson, large)
  others <- coef(glm_rs(y ~ g + x, poisson, large, subset = g != 3))
  at <- function(b) 2 * sum(exp(others[["(Intercept)"]] + b + others[["x"]] * large$x[large$g == 3])) - Q
  # the other coefficients hardly move with it
  expect_equal(intervals(fit, "g3")[2L], uniroot(at, c(-20, 0), tol = 1e-10)$root, tolerance = FOUND, ignore_attr = TRUE)
})

test_that("complete separation has limits where the likelihood has fallen, or the score test rejects", {
  for (link in c("logit", "probit", "cloglog", "cauchit")) {
    fit <- separated(y ~ x, binomial(link), split)
    limits <- intervals(fit)
    expect_identical(is.na(limits), matrix(c(TRUE, FALSE, FALSE, TRUE), 2L, dimnames = dimnames(limits)))
    inverse <- binomial(link)$linkinv
    deviance_of <- function(a, b) -2 * sum(dbinom(split$y, 1, inverse(a + b * split$x), log = TRUE))
    with_slope <- function(center) deviance_of(-center * limits["x", 1L], limits["x", 1L])
    with_intercept <- function(slope) deviance_of(limits["(Intercept)", 2L], slope)
    expect_equal(optimize(with_slope, c(1, 10), tol = 1e-9)$objective, Q, tolerance = FOUND, label = link)
    expect_equal(optimize(with_intercept, c(0, 3), tol = 1e-9)$objective, Q, tolerance = FOUND, label = link)
  }
  fit <- separated(y ~ x, binomial, split)
  for (vcov in list(NULL, "model", "HC0", ~ I(x %% 5))) {
    limit <- intervals(fit, "x", type = "score", vcov = vcov)
    held <- glm_rs(y ~ 1, binomial, split, offset = limit[1L] * x, control = PRECISE)
    expect_equal(score_test(held, ~x, vcov = vcov)$statistic[[1L]], Q, tolerance = FOUND, label = deparse1(vcov))
    expect_identical(limit[[2L]], NA_real_)
  }
})

test_that("a coefficient that may be anything has no limits", {
  none <- data.frame(f = gl(3, 6), y = c(rep(0, 12), 1, 0, 3, 2, 1, 2))
  limits <- intervals(separated(y ~ f, poisson, none))
  expect_true(all(is.na(limits["f2", ])))
  # the mean of the first level, and the difference of the last one from it
  expect_equal(limits["(Intercept)", 2L], log(Q / 12), tolerance = FOUND)
  last <- function(b) {
    # a is where the score of both levels is 0, of counts 0 and 9
    a <- log(9 / (6 + 6 * exp(b)))
    2 * (6 * exp(a) + 6 * exp(a + b) - 9 * (a + b) - 9 + 9 * log(9 / 6)) - Q
  }
  expect_equal(limits["f3", 1L], uniroot(last, c(0, 9), tol = 1e-10)$root, tolerance = FOUND)
})

test_that("limits between far points of a profile are where the likelihood has fallen", {
  near <- data.frame(x = c(1:5, 5.01, 7:10), y = c(0, 0, 0, 0, 1, 0, 1, 1, 1, 1))
  fit <- glm_rs(y ~ x, binomial, near, control = PRECISE)
  limits <- intervals(fit)
  for (limit in limits["x", ]) {
    at <- function(center) -2 * sum(plogis(ifelse(near$y == 1, 1, -1) * limit * (near$x - center), log.p = TRUE))
    expect_equal(optimize(at, c(1, 10), tol = 1e-9)$objective - deviance(fit), Q, tolerance = FOUND)
  }
  expect_true(all(limits[, 1L] < coef(fit) & coef(fit) < limits[, 2L]))
})
