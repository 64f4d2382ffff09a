# Fits that are changed and made again, in sessions where the package is not attached, too.

set.seed(8)
# functions of ours are not found from here
apart <- new.env(parent = baseenv())
apart$d <- data.frame(y = rpois(120, 3), x = rnorm(120), z = rnorm(120))
apart$d$k <- factor(c("p", "q", "r")[findInterval(apart$d$x + rlogis(120), c(-1, 1)) + 1L])
apart$t <- apart$d[apart$d$y > 0, ]
of <- function(formula) `environment<-`(formula, apart)
saved <- list(
  glm = glm_rs(of(y ~ x + z), stats::poisson(), apart$d), nb = glm_rs(of(y ~ x + z), negative_binomial(3), apart$d),
  truncated = glm_rs(of(y ~ x + z), family = zero_truncated(negative_binomial(2, type = "nb1")), data = apart$t),
  multinomial = glm_rs(of(k ~ x + z), family = multinomial, data = apart$d),
  cumulative = glm_rs(of(k ~ x + z), family = cumulative("probit"), data = apart$d[, c("k", "x", "z")]),
  inflated = suppressWarnings(glm_rs(of(y ~ x + z), family = zero_inflated(), data = apart$d))
)
for (name in names(saved)) {
  call <- saved[[name]]$call
  call$formula <- stats::formula(saved[[name]])
  call$data <- if (name == "truncated") quote(t) else if (name == "cumulative") quote(d[, c("k", "x", "z")]) else quote(d)
  saved[[name]]$call <- call
}

test_that("calls name the package where its functions are not found", {
  for (name in names(saved)) {
    fit <- saved[[name]]
    call <- update(fit, . ~ x, evaluate = FALSE)
    expect_identical(call[[1L]], quote(glmrs::glm_rs), label = name)
    # base functions alone, and what the call names
    again <- suppressWarnings(eval(call, apart))
    expect_equal(again$rank, fit$rank - switch(name, multinomial = , inflated = 2L, 1L), label = name)
    if (name != "inflated") expect_equal(drop1(fit)["z", "AIC"], AIC(again), tolerance = 1e-10, label = name)
  }
  expect_identical(
    update(saved$truncated, evaluate = FALSE)$family, quote(glmrs::zero_truncated(glmrs::negative_binomial(2, type = "nb1")))
  )
  expect_identical(update(saved$multinomial, evaluate = FALSE)$family, quote(glmrs::multinomial))
})

test_that("calls stay as they are where the functions are found", {
  d <- apart$d
  fit <- glm_rs(y ~ x + z, family = negative_binomial(3), data = d)
  expect_identical(deparse1(update(fit, . ~ x, evaluate = FALSE)), "glm_rs(formula = y ~ x, family = negative_binomial(3), data = d)")
  expect_identical(update(fit, subset = z > 0, evaluate = FALSE)$subset, quote(z > 0))
  truncated <- glm_rs(y ~ x + z, family = zero_truncated(), data = d[d$y > 0, ])
  expect_identical(update(truncated, evaluate = FALSE), truncated$call)
  expect_equal(coef(update(truncated, . ~ x)), coef(glm_rs(y ~ x, family = zero_truncated(), data = d[d$y > 0, ])))
  expect_identical(formula(step(truncated, trace = 0)), formula(step(truncated, y ~ x + z, trace = 0)))
})

test_that("scopes that are none are errors", {
  refused <- function(expr) expect_error(expr, class = "glmrs_error_argument")
  for (name in c("truncated", "multinomial", "cumulative")) {
    for (bad in list("zz", NA, sum)) refused(drop1(saved[[name]], bad))
    for (bad in list(NA, sum, ~zz)) refused(add1(saved[[name]], bad))
    for (bad in list("zz", NA, sum)) refused(update(saved[[name]], bad))
  }
  for (bad in list("zz", NA, sum)) refused(update(saved$glm, bad))
})
