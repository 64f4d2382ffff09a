# What summaries say of standard errors that are worth less than they seem.

printed <- function(fit, ...) suppressWarnings(capture.output(print(summary(fit, ...))))
cautions <- function(fit, ...) grep("^Caution: ", printed(fit, ...), value = TRUE)

test_that("a model whose terms were selected says so", {
  d <- vcov_data()
  fit <- glm_rs(y ~ x + f + z, poisson, d)
  expect_length(cautions(fit), 0L)
  chosen <- step(fit, trace = 0)
  selected <- "Caution: the terms were selected, which standard errors and tests do not account for"
  expect_identical(cautions(chosen), selected)
  expect_identical(cautions(chosen, vcov = "HC3"), selected)
  expect_length(cautions(update(chosen, . ~ .)), 0L)
  skip_if_not_installed("MASS")
  expect_identical(cautions(MASS::stepAIC(fit, trace = 0)), selected)
  ordered <- glm_rs(factor(pmin(y, 3)) ~ x + z, family = cumulative(), data = d)
  expect_identical(cautions(step(ordered, trace = 0)), selected)
})

test_that("separated data, boundaries, searches without an end and bias are told", {
  d <- data.frame(x = 1:10, y = rep(0:1, each = 5))
  suppressWarnings(fit <- glm_rs(y ~ x, binomial, d))
  expect_equal(fit$separation, detect_separation(fit))
  expect_match(cautions(fit), "separated", all = FALSE)
  expect_match(summary(fit)$caveats, "separated", all = FALSE)
  expect_identical(cautions(glm_rs(y ~ x, binomial, d, bias = "firth")), "Caution: standard errors do not account for the reduction of bias")
  suppressWarnings(stopped <- glm_rs(breaks ~ wool, poisson, warpbreaks, maxit = 1))
  expect_match(cautions(stopped), "did not converge")
  stopped$boundary <- TRUE
  expect_match(cautions(stopped), "at a boundary", all = FALSE)
})

test_that("models of several linear predictors and Poisson fits keep what was told of them", {
  d <- data.frame(x = 1:12, k = factor(rep(c("a", "b", "c"), each = 4)), n = c(0, 0, 0, 0, 0, 0, 1, 2, 3, 1, 2, 5))
  separated <- "the data are separated, standard errors of infinite estimates say nothing"
  for (fitter in list(
    function(d) glm_rs(k ~ x, multinomial(), d), function(d) glm_rs(k ~ x, cumulative(), d),
    function(d) glm_rs(n ~ 1 | x, hurdle(), d), function(d) glm_rs(n ~ x | x, zero_inflated(), d),
    function(d) poisson_fit(cbind(late = as.numeric(d$x > 6)), d$n)
  )) {
    expect_warning(fit <- fitter(d), class = "glmrs_warning_separation")
    expect_match(cautions(fit), separated, fixed = TRUE, all = FALSE)
    expect_identical(wald_test(fit)$caveats, separated)
    expect_output(print(wald_test(fit)), paste("Caution:", separated), fixed = TRUE)
  }
  # as a penalty keeps estimates finite
  expect_no_warning(fit <- poisson_fit(cbind(late = as.numeric(d$x > 6)), d$n, alpha = 0.1))
  expect_equal(suppressWarnings(poisson_fit(cbind(late = as.numeric(d$x > 6)), d$n))$separation$coefficients, c("(Intercept)" = -Inf, late = Inf))
  expect_warning(fit <- glm_rs(n ~ 1, zero_truncated(negative_binomial()), data.frame(n = rep(1:3, c(9, 4, 1)))), class = "glmrs_warning_boundary")
  expect_match(cautions(fit), "at a boundary", all = FALSE)
})

test_that("tests, tables of tests and bootstraps say what summaries say", {
  d <- vcov_data()
  chosen <- step(glm_rs(y ~ x + f + z, poisson, d), trace = 0)
  selected <- "the terms were selected, which standard errors and tests do not account for"
  smaller <- update(chosen, . ~ 1)
  for (test in list(
    wald_test(chosen, vcov = "HC3"), score_test(chosen, ~ I(x^2)), lr_test(smaller, chosen), bootstrap(chosen, 9, seed = 1),
    anova(chosen, vcov = "HC0"), anova(smaller, chosen, vcov = "HC0")
  )) {
    expect_output(print(test), paste("Caution:", selected), fixed = TRUE)
  }
  separated <- suppressWarnings(glm_rs(y ~ x, binomial, data.frame(x = 1:10, y = rep(0:1, each = 5)), epsilon = 1e-4))
  expect_match(capture.output(print(bootstrap(separated, 9, seed = 1))), "separated", all = FALSE)
  # a likelihood has its limit
  expect_null(lr_test(update(separated, . ~ 1), separated)$caveats)
})
