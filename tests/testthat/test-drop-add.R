# Tables of one term at a time, and of terms in their order, as of stats::glm().

d <- grid_data()
set.seed(71)
d$y <- rpois(150, exp(1 + d$s))
d$hits <- rbinom(150, d$size, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)
d$m <- cbind(one = d$k, two = d$z^2)
holes <- d
holes$x[c(4, 9)] <- NA
holes$k[c(9, 11, 12)] <- NA
twice <- MASS::negative.binomial(2)

pairs <- lapply(list(
  poisson = both(y ~ x + f, poisson, d, control = PRECISE),
  gaussian = both(t ~ x * g, data = d, control = PRECISE),
  binomial = both(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE),
  share = both(hits / size ~ x + lgl, binomial("probit"), d, weights = size, control = PRECISE),
  event = both(h ~ x + z, binomial, d, control = PRECISE),
  gamma = both(t ~ z + o, Gamma("log"), d, weights = w, control = PRECISE),
  quasi = both(y ~ x + f, quasipoisson, d, control = PRECISE),
  offset = both(y ~ x * f + z + offset(off), poisson, d, control = PRECISE),
  both_offsets = both(y ~ x + offset(off), poisson, d, offset = off / 2, control = PRECISE),
  aliased = both(y ~ x + x_twice + f, poisson, d, control = PRECISE),
  missing = both(y ~ x + g, poisson, holes, na.action = na.exclude, control = PRECISE),
  frameless = both(y ~ x + g, poisson, holes, model = FALSE, y = FALSE, control = PRECISE),
  origin = both(y ~ 0 + g + x, gaussian, d, control = PRECISE),
  origin_twice = both(y ~ 0 + f:g + x + f, poisson, d, control = PRECISE),
  matrices = both(y ~ poly(x, 2) + m + I(z > 0), poisson, d, control = PRECISE),
  contrasts = both(y ~ f * g + x, poisson, d, contrasts = list(f = "contr.sum"), control = PRECISE),
  subset = both(t ~ x + f + z, data = d, subset = k > 0, weights = w, control = PRECISE),
  unweighted = both(y ~ x + z, poisson, d, weights = as.numeric(k > 0), control = PRECISE),
  constant = both(y ~ 1, poisson, d, control = PRECISE),
  custom = both(y ~ x + g, twice, d, control = PRECISE)
), function(pair) lapply(pair, `[[`, "value"))

# `f` gives the same table for both fits, or fails for both, with the same warnings.
expect_same_tables <- function(f, which = names(pairs), tolerance = TOLERANCE) {
  for (name in which) {
    results <- lapply(pairs[[name]], function(fit) caught(f(fit)))
    if (failed(results$glm)) {
      testthat::expect_true(failed(results$rs), label = paste(name, "fails:", conditionMessage(results$glm$value)))
    } else {
      testthat::expect_equal(results$rs$value, results$glm$value, tolerance = tolerance, label = name)
      testthat::expect_identical(attr(results$rs$value, "heading"), attr(results$glm$value, "heading"))
      testthat::expect_true(same_warnings(results$rs, results$glm), label = paste(name, toString(messages_of(results$rs))))
    }
  }
}

tests <- c("none", "Rao", "LRT", "Chisq", "F")
# a score test has the weights before the last step
tolerance_of <- function(test) if (identical(test, "Rao")) 1e-5 else TOLERANCE

test_that("terms left out", {
  skip_on_cran() # it takes seconds
  for (test in tests) expect_same_tables(function(fit) drop1(fit, test = test), tolerance = tolerance_of(test))
  expect_same_tables(function(fit) drop1(fit, scale = 2, test = "LRT", k = log(150)))
  expect_same_tables(function(fit) drop1(fit, "x", test = "F"))
  expect_same_tables(function(fit) drop1(fit, ~x), setdiff(names(pairs), "constant"))
  # whatever marginality says: the columns of the interaction stay as they are
  expect_same_tables(function(fit) drop1(fit, . ~ ., test = "LRT"))
})

test_that("terms added", {
  skip_on_cran() # it takes seconds
  for (test in tests) {
    add <- function(fit) add1(fit, ~ . + z + o + k + lgl, test = test)
    expect_same_tables(add, tolerance = tolerance_of(test))
  }
  expect_same_tables(function(fit) add1(fit, "z", scale = 2, test = "LRT", k = 3))
  expect_same_tables(function(fit) add1(fit, c("z", "z:x"), test = "F"))
  expect_same_tables(function(fit) add1(fit, ~ .^2 + poly(z, 2), test = "LRT"), c("poisson", "binomial", "contrasts", "origin", "subset"))
  x <- model.matrix(y ~ x + f + z, d)
  expect_same_tables(function(fit) add1(fit, ~ . + z, x = x, test = "LRT"), "poisson")
})

test_that("terms in their order", {
  skip_on_cran() # it takes seconds
  for (test in list(NULL, "Chisq", "LRT", "Rao", "F", "Cp")) {
    # without a response glm()'s score test stops: "NAs in V(mu)"
    which <- setdiff(names(pairs), if (identical(test, "Rao")) "frameless")
    expect_same_tables(function(fit) anova(fit, test = test), which, tolerance = tolerance_of(test))
  }
  expect_same_tables(anova)
  expect_same_tables(function(fit) anova(fit, test = "Chisq", dispersion = 2))
  expect_same_tables(function(fit) anova(fit, update(fit, . ~ . - x), test = "Chisq"), setdiff(names(pairs), "constant"))
  expect_same_tables(function(fit) anova(fit, nonsense = 1), "poisson")
})

test_that("stepwise selection ends at the same model", {
  for (name in c("poisson", "gaussian", "binomial", "gamma", "contrasts", "subset")) {
    chosen <- lapply(pairs[[name]], function(fit) step(fit, ~ . + z + k + o, trace = 0))
    expect_identical(formula(chosen$rs), formula(chosen$glm), ignore_attr = TRUE)
    expect_equal(chosen$rs$anova, chosen$glm$anova, tolerance = TOLERANCE)
    expect_same(coef(chosen$rs), coef(chosen$glm))
  }
})

test_that("the fit of a matrix, by glm() itself", {
  fit <- glm(y ~ x + f, poisson, d, method = glm_rs_fit, control = PRECISE)
  plain <- pairs$poisson$glm
  expect_equal(drop1(fit, test = "LRT"), drop1(plain, test = "LRT"), tolerance = TOLERANCE)
  expect_equal(add1(fit, ~ . + z, test = "Rao"), add1(plain, ~ . + z, test = "Rao"), tolerance = STOPPING)
  expect_equal(anova(fit, test = "Chisq"), anova(plain, test = "Chisq"), tolerance = TOLERANCE)
})

test_that("scopes that make no sense", {
  fit <- pairs$poisson$rs
  expect_error(drop1(fit, "z"), "scope is not a subset of term labels", class = "glmrs_error_argument")
  expect_error(add1(fit, ~.), "no terms in scope", class = "glmrs_error_argument")
  expect_error(drop1(fit, test = "Wald"), "should be one of")
})
