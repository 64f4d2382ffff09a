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
