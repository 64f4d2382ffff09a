# The thinnest whole: a formula, a family, a fit, and the numbers of stats::glm().

test_that("a Poisson fit of real data equals stats::glm()", {
  formula <- Claims ~ District + Group + Age + offset(log(Holders))
  fit <- glm_rs(formula, family = poisson(), data = MASS::Insurance)
  ref <- glm(formula, family = poisson(), data = MASS::Insurance)
  expect_s3_class(fit, c("glm_rs", "glm", "lm"), exact = TRUE)
  for (part in setdiff(names(ref), c("call", "family", "qr", "effects", "R"))) {
    expect_equal(fit[[part]], ref[[part]], tolerance = 1e-10, info = part)
  }
  expect_equal(abs(fit$R), abs(ref$R), tolerance = 1e-6) # at the converged weights, not those before the last step
})

test_that("parts of glm objects that are not stored are made on demand", {
  fit <- glm_rs(dist ~ speed, data = cars)
  ref <- glm(dist ~ speed, data = cars)
  expect_false(any(c("qr", "R", "effects") %in% names(fit)))
  expect_equal(fit$qr$qr, ref$qr$qr)
  expect_equal(fit[["effects"]], ref$effects)
  expect_equal(fit$coef, coef(ref))
  expect_equal(cooks.distance(fit), cooks.distance(ref))
})

test_that("a fit survives saveRDS()", {
  fit <- glm_rs(dist ~ speed, data = cars)
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(fit, file)
  expect_equal(predict(readRDS(file), data.frame(speed = 10)), predict(fit, data.frame(speed = 10)))
})

test_that("data that an expression gives anew each time are evaluated once", {
  d <- vcov_data()
  count <- 0
  draw <- function() {
    count <<- count + 1
    d[sample(nrow(d)), ]
  }
  calls <- alist(
    glm_rs(y ~ x + offset(off), poisson, data = draw()), glm_rs(y ~ log(z^2), poisson, data = draw(), subset = x < 1, weights = w),
    glm_rs(t ~ x, tweedie(1.5), data = draw()), glm_rs(y ~ x | z, family = hurdle(), data = draw()),
    glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = draw()),
    glm_rs(f ~ x, family = multinomial(), data = draw()), glm_rs(y ~ x, poisson, data = draw(), method = "model.frame")
  )
  for (call in calls) {
    count <- 0
    fit <- eval(call)
    expect_equal(count, 1, label = deparse1(call))
    expect_identical(fit$call$data %||% quote(draw()), quote(draw()))
    if (is.data.frame(fit)) next
    expect_identical(environment(formula(fit)), environment())
    # the clusters of the rows that were fitted
    of_rows <- d[row.names(model.frame(fit)), "firm"]
    count <- 0
    expect_equal(vcov(fit, ~firm), vcov(fit, cluster = of_rows), tolerance = 1e-12)
    expect_equal(count, 0)
  }
})

test_that("no fit ends where the intercept alone is better, though glm() does", {
  set.seed(28)
  d <- data.frame(x = rnorm(20))
  d$y <- exp(1 + 0.5 * d$x + rnorm(20, 0, 1.3))
  lost <- glm(y ~ x, inverse.gaussian("log"), d)
  expect_gt(lost$deviance, lost$null.deviance)
  found <- glm_rs(y ~ x, inverse.gaussian("log"), d, epsilon = 1e-12)
  near <- glm(y ~ x, inverse.gaussian("log"), d, start = c(1, 0), epsilon = 1e-12)
  expect_true(found$converged)
  expect_equal(coef(found), coef(near), tolerance = STOPPING)
  by_matrix <- glm(y ~ x, inverse.gaussian("log"), d, method = glm_rs_fit, epsilon = 1e-12)
  expect_equal(coef(by_matrix), coef(near), tolerance = STOPPING)
  # where the search for the mean of some amounts does not even end
  amounts <- c(1.42, 2e-4, 7.14, .0106, 8.7e-4, 8.1e-4, .862, .0232)
  expect_equal(coef(glm_rs(amounts ~ 1, Gamma("log")))[[1L]], log(mean(amounts)))
  offset <- seq(-1, 1, length.out = 20)
  shifted <- glm_rs(y ~ x + offset(offset), inverse.gaussian("log"), d, epsilon = 1e-12, maxit = 500)
  near <- glm(y ~ x + offset(offset), inverse.gaussian("log"), d, start = c(1, 0), epsilon = 1e-12, maxit = 500)
  expect_equal(coef(shifted), coef(near), tolerance = STOPPING)
})
