d <- category_data(60)

test_that("responses that are no categories are refused, with what to do", {
  fit <- function(y, family = multinomial(), action = na.omit) {
    d$y <- y
    glm_rs(y ~ x, family = family, data = d, na.action = action)
  }
  refused <- function(expr, message) expect_error(expr, message, class = "glmrs_error_response")
  refused(fit("a"), "all rows are of one category")
  refused(fit(rnorm(60)), "not whole.*\n.*cut")
  refused(fit(seq_len(60)), "60 distinct values")
  refused(fit(sample(letters[1:3], 60, TRUE), cumulative()), "character vector.*\n.*levels")
  refused(fit(Sys.Date() + 1:60), "Date")
  refused(glm_rs(cbind(w, -w) ~ x, family = multinomial(), data = d), "negative")
  refused(glm_rs(cbind(w, w) ~ x, family = cumulative(), data = d), "one factor")
  expect_error(glm_rs(y ~ x, family = multinomial("lo"), data = d), "did you mean `low`", class = "glmrs_error_family")
  expect_error(multinomial(1:2), class = "glmrs_error_argument")
  expect_error(cumulative("log"), class = "glmrs_error_argument")
  expect_error(fit(c(NA, rep(c("a", "b"), length.out = 59)), action = na.fail), class = "glmrs_error_data")
})

test_that("words, logicals and whole numbers are categories", {
  words <- glm_rs(as.character(y) ~ x, family = multinomial("low"), data = d)
  expect_equal(words$loglik, glm_rs(y ~ x, family = multinomial(), data = d)$loglik)
  numbers <- glm_rs(as.integer(y) ~ x, family = cumulative(), data = d)
  expect_equal(coef(numbers), coef(glm_rs(y ~ x, family = cumulative(), data = d)))
  expect_equal(names(numbers$zeta), c("1|2", "2|3", "3|4"))
  expect_equal(rownames(coef(glm_rs(x > 0 ~ z, family = multinomial(), data = d))), "TRUE")
})

test_that("arguments without meaning are refused", {
  plain <- glm_rs(y ~ x, family = multinomial(), data = d)
  argument <- function(expr, message) expect_error(expr, message, class = "glmrs_error_argument")
  argument(update(plain, exposure = w + 1), "log link")
  argument(update(plain, offset = o), "one for each category")
  argument(update(plain, offset = cbind(o, o)), "one for each category")
  argument(update(plain, mustart = z), "mustart")
  argument(update(plain, method = "lbfgs"), "generalized linear models")
  argument(update(plain, start = 1:3), "6 numbers")
  expect_error(glm_rs(y ~ 0 + x, family = cumulative(), data = d), "intercepts", class = "glmrs_error_formula")
  expect_error(glm_rs(y ~ 0, family = multinomial(), data = d), "no columns", class = "glmrs_error_formula")
  expect_error(glm_rs(~x, family = multinomial(), data = d), class = "glmrs_error_formula")
  expect_error(glm_rs_fit(cbind(1, d$x), d$w, family = multinomial()), class = "glmrs_error_family")
  expect_error(lr_test(plain, plain), "smaller fit comes first", class = "glmrs_error_nested")
})

test_that("too many coefficients are refused", {
  wide <- list(y = factor(rep(1:40, 10)), x = matrix(rnorm(400 * 130), 400))
  expect_error(glm_rs(y ~ x, family = multinomial(), data = wide), "5109 coefficients", class = "glmrs_error_too_wide")
})

test_that("empty categories are left out and named", {
  d$y[d$y == "high"] <- "mid"
  for (family in list(multinomial(), cumulative())) {
    expect_warning(fit <- glm_rs(y ~ x, family = family, data = d), "\"high\": left out", class = "glmrs_warning_empty")
    expect_equal(fit$lev, c("low", "mid", "top"))
    expect_equal(fit$loglik, glm_rs(factor(y) ~ x, family = family, data = d)$loglik)
    expect_warning(fit <- glm_rs(factor(y) ~ x, family = family, data = d, weights = (y != "mid") * 1), "\"mid\"")
    expect_equal(fit$lev, c("low", "top"))
    two <- glm_rs(as.character(y) == "top" ~ x, family = binomial(), data = d, subset = y != "mid", epsilon = 1e-14)
    expect_equal(coef(fit)[length(coef(fit))], coef(two)[2], tolerance = STOPPING, ignore_attr = TRUE)
    robust <- vcov(fit, "HC0")["x" == sub(".*:", "", rownames(vcov(fit))), ]
    expect_equal(robust[[length(coef(fit))]], vcov(two, "HC0")[2, 2], tolerance = STOPPING)
  }
})

test_that("separation is said, with its category", {
  expect_warning(
    glm_rs(Species ~ Sepal.Length + Petal.Length, family = multinomial("versicolor"), data = iris), "\"setosa\"",
    class = "glmrs_warning_separation"
  )
  d <- data.frame(y = factor(rep(1:3, each = 20)), x = seq_len(60))
  for (link in c("logit", "probit", "cloglog")) {
    expect_warning(glm_rs(y ~ x, family = cumulative(link), data = d), class = "glmrs_warning_separation") |> suppressWarnings()
  }
  expect_silent(glm_rs(y ~ x + f, family = multinomial(), data = category_data()))
  # rare, but not separated
  set.seed(1)
  rare <- data.frame(x = rnorm(2e5))
  rare$y <- factor(c("a", "b", "c")[1 + (runif(2e5) < 0.4) + (runif(2e5) < 1e-4 * exp(2 * rare$x))])
  expect_silent(glm_rs(y ~ x, family = multinomial(), data = rare))
  # two that are rare, and a covariate that says nothing
  rare$y <- factor(c("a", "b", "c")[1 + (seq_len(2e5) %% 50000 == 1) + 2 * (seq_len(2e5) %% 50000 == 2)])
  expect_silent(glm_rs(y ~ x, family = multinomial("b"), data = rare))
  expect_silent(glm_rs(y ~ x, family = cumulative(), data = rare))
})

test_that("a formula of two parts is refused", {
  d <- category_data()
  for (family in list(cumulative(), multinomial())) {
    expect_error(glm_rs(y ~ x | f, family, d), "two parts", class = "glmrs_error_formula")
  }
})

test_that("numbers with rounding errors are categories, and numbers of draws", {
  d <- category_data(100)
  d$k <- as.integer(d$y)
  for (family in list(cumulative(), multinomial())) {
    other <- glm_rs(I(k * (1 - 1e-15)) ~ x, family = family, data = d)
    expect_equal(coef(other), coef(glm_rs(k ~ x, family = family, data = d)))
  }
  counts <- cbind(a = 29 * d$z, b = 29 * (1 - d$z))
  fit <- glm_rs(counts ~ x, family = multinomial(), data = d)
  expect_equal(rowSums(simulate(fit, seed = 1)[[1L]]), rep(29, 100), ignore_attr = TRUE)
})

test_that("columns of counts are named by their place where they have no name, and none twice", {
  counts <- with(d, cbind(a = w + 1, b = rev(w), c = w))
  fit_of <- function(names) {
    colnames(counts) <- names
    glm_rs(counts ~ d$x, family = multinomial())
  }
  plain <- fit_of(c("a", "b", "c"))
  named <- function(names, expected) {
    fit <- fit_of(names)
    expect_equal(unname(coef(fit)), unname(coef(plain)))
    expect_identical(fit$lev, expected)
  }
  named(NULL, c("1", "2", "3"))
  named(c("", "b", "c"), c("1", "b", "c"))
  named(c("a", NA, "c"), c("a", "2", "c"))
  expect_error(fit_of(c("a", "a", "c")), "two columns .* \"a\"", class = "glmrs_error_response")
})
