# The response and the weights that a family fitted by its own R functions sees, compared with stats::glm().

d <- grid_data()
set.seed(43)
d$s_of_m <- rbinom(150, d$size, plogis(d$s))
d$failures <- d$size - d$s_of_m
d$hit <- rbinom(150, 1, plogis(d$s))
d$words <- ifelse(d$hit > 0, "yes", "no")

own_link <- function(name = "mylogit") {
  link <- make.link("logit")
  link$linkfun <- function(mu) qlogis(mu)
  link$name <- name
  link
}

own_binomial <- function() {
  family <- binomial()
  family$family <- "mybinomial"
  family
}

expect_same_methods <- function(pair, ...) {
  fits <- expect_same_fit(pair, ...)
  expect_identical(fits$rs$y, fits$glm$y)
  expect_same(as.numeric(logLik(fits$rs)), as.numeric(logLik(fits$glm)))
  expect_same(BIC(fits$rs), BIC(fits$glm))
  # which warn of weights of zero
  tables <- suppressWarnings(lapply(fits, function(fit) list(as.data.frame(drop1(fit)), as.data.frame(anova(fit)))))
  expect_same(tables$rs, tables$glm)
  expect_same(residuals(fits$rs), residuals(fits$glm))
  invisible(fits)
}

test_that("counts of successes and failures with weights beside them, and a link of one's own", {
  d$w[c(3, 8)] <- 0
  empty <- transform(d, s_of_m = replace(s_of_m, 5, 0), failures = replace(failures, 5, 0))
  for (family in list(binomial(own_link()), quasibinomial(own_link()), own_binomial())) {
    expect_same_methods(both(cbind(s_of_m, failures) ~ x + z, family, d, weights = w, control = PRECISE))
    expect_same_methods(both(cbind(s_of_m, failures) ~ x + z, family, empty, control = PRECISE))
    expect_same_methods(both(cbind(s_of_m, failures) ~ x + z, family, empty, weights = rep(2, 150), control = PRECISE))
    expect_same_fit(both(hit ~ x + z, family, d, weights = round(w), control = PRECISE))
    expect_same_fit(both(hit / 2 ~ x + z, family, d, control = PRECISE))
  }
  expect_warning(glm_rs(hit / 2 ~ x, binomial(own_link()), d), "non-integer #successes", class = "glmrs_warning_non_integer")
})

test_that("a matrix, factor or words, as far as `initialize` takes them", {
  for (formula in list(cbind(s_of_m, failures) ~ x + f, factor(hit) ~ x + f, factor(words) ~ x, hit == 1 ~ x)) {
    expect_same_methods(both(formula, own_binomial(), d, control = PRECISE))
  }
  of_words <- own_binomial()
  of_words$initialize <- expression({
    if (is.character(y)) y <- as.numeric(y == "yes")
    n <- rep.int(1, nobs)
    mustart <- (y + 0.5) / 2
  })
  expect_same_methods(both(words ~ x + f, of_words, d, control = PRECISE))
  expect_error(glm_rs(words ~ x, own_binomial(), d), class = "glmrs_error_response")
  lazy <- own_binomial()
  lazy$initialize <- expression(mustart <- rep(0.5, nobs))
  expect_error(glm_rs(words ~ x, lazy, d), "150 numbers.*`initialize`", class = "glmrs_error_response")
  expect_error(
    glm_rs(cbind(s_of_m, failures) ~ x, own_binomial(), replace(d, "s_of_m", replace(d$s_of_m, 7, NA)), na.action = na.pass),
    "row 7", class = "glmrs_error"
  )
})

test_that("what comes after such fits", {
  fit <- glm_rs(cbind(s_of_m, failures) ~ x, binomial(own_link()), d, weights = w, control = PRECISE)
  native <- suppressWarnings(glm_rs(cbind(s_of_m, failures) ~ x, binomial(), d, weights = w, control = PRECISE))
  expect_equal(confint(fit, type = "score"), confint(native, type = "score"), tolerance = 1e-6) # as limits are found
  expect_equal(confint(fit, type = "profile"), confint(native, type = "profile"), tolerance = TOLERANCE)
  expect_equal(bootstrap(fit, 9, seed = 1)$replicates, bootstrap(native, 9, seed = 1)$replicates, tolerance = TOLERANCE)
  expect_equal(vcov(fit, "HC3"), vcov(native, "HC3"), tolerance = TOLERANCE)
  small <- glm_rs(cbind(s_of_m, failures) ~ x, binomial(own_link()), d, weights = w, control = PRECISE, model = FALSE)
  expect_equal(hatvalues(small), hatvalues(fit))
  expect_equal(model.frame(small)$x, d$x)
  expect_equal(vcov(small, "HC3"), vcov(fit, "HC3"))
})

test_that("a matrix without names of columns", {
  fits <- list(
    rs = glm_rs_fit(cbind(1, d$x), cbind(d$s_of_m, d$failures), family = own_binomial()),
    glm = glm.fit(cbind(1, d$x), cbind(d$s_of_m, d$failures), family = own_binomial())
  )
  for (part in c("aic", "deviance", "null.deviance", "prior.weights", "y", "df.residual")) {
    expect_equal(fits$rs[[part]], fits$glm[[part]], tolerance = TOLERANCE)
  }
})
