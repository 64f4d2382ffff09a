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
