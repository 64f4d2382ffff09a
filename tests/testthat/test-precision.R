# Fits at the edges of double precision, held against 120 digits (fixtures/precision, tools/numerics/fits.py): means within
# 1e-12 of 0 and 1, counts of 1e15, weights from 1e-10 to 1e10, columns of 1e-150 beside 1e150.

reference <- local({
  dir <- test_path("fixtures", "precision")
  data <- read.csv(file.path(dir, "data.csv"))
  fits <- read.csv(file.path(dir, "fits.csv"))
  lapply(split(seq_len(nrow(data)), data$case), function(rows) {
    said <- fits[fits$case == data$case[rows[1]], ]
    list(data = data[rows, ], wanted = split(said$value, said$quantity))
  })
})

# The fit, started near its solution and continued until the coefficients stay: glm()'s rule stops at a deviance that
# does, half as many digits before.
settled_fit <- function(case, fit = glm_rs) {
  d <- case$data
  family <- match.fun(d$family[1])(link = d$link[1])
  formula <- if (anyNA(d$x2)) y ~ x1 else y ~ x1 + x2
  start <- signif(case$wanted$coefficient, 4)
  for (i in 1:100) {
    found <- suppressWarnings(fit(formula, family, d, weights = weight, offset = offset, start = start))
    if (max(relative(coef(found), start)) < 1e-15) break
    start <- unname(coef(found))
  }
  found
}

relative <- function(a, b) ifelse(a == b, 0, abs(a - b) / abs(b))

# Largest relative errors. A coefficient counts by what it adds to the linear predictors.
errors_of <- function(fit, case) {
  wanted <- case$wanted
  x <- abs(model.matrix(fit))
  spread <- apply(x, 2, max) / max(abs(wanted$eta))
  unscaled <- diag(summary(fit)$cov.unscaled)
  # a variance may be beyond the range of numbers
  known <- wanted$error > 1e-150 & wanted$error < 1e150
  list(
    coefficients = max(pmin(relative(coef(fit), wanted$coefficient), abs(coef(fit) - wanted$coefficient) * spread)),
    errors = max(relative(sqrt(unscaled), wanted$error)[known]),
    predictors = max(relative(fit$linear.predictors, wanted$eta)),
    means = max(relative(fitted(fit), wanted$mean)),
    # y - mu of a row that is met is a difference of rounding errors
    residuals = max(abs(fit$residuals - wanted$working) / max(abs(wanted$eta), abs(wanted$working))),
    deviance = relative(deviance(fit), wanted$deviance),
    null_deviance = relative(fit$null.deviance, wanted$null),
    aic = relative(fit$aic, wanted$aic)
  )
}

# All but the last digit or two; errors of linear predictors of 70 are 70 times as large in the mean, and a covariance
# adds up a row's errors.
bounds <- c(
  coefficients = 1e-14, errors = 1e-14, predictors = 1e-14, means = 1e-12, residuals = 1e-14, deviance = 1e-13,
  null_deviance = 1e-14, aic = 1e-13
)

# Deviances of means that differ from responses by a part d only: rounding the linear predictor eta costs eta/d units.
near_fits <- c(
  "poisson log, counts of 1e15" = 1e-5, "poisson sqrt, counts of 1e15" = 1e-9, "Gamma log, shape of 1e16" = 1e-6,
  "Gamma inverse, shape of 1e16" = 1e-6, "Gamma log, shape of 1e6, weights" = 1e-9, "inverse gaussian 1/mu^2" = 1e-11
)

test_that("fits at the edges have all but the last digits", {
  expect_true(all(names(near_fits) %in% names(reference)))
  for (name in names(reference)) {
    case <- reference[[name]]
    found <- unlist(errors_of(settled_fit(case), case))
    allowed <- bounds
    if (name %in% names(near_fits)) allowed[c("deviance", "aic")] <- near_fits[[name]]
    wrong <- found[!(found <= allowed)]
    expect_true(!length(wrong), label = paste0(name, ": ", paste(names(wrong), "off by", signif(wrong, 2), collapse = ", ")))
  }
})

# Powers of two change no digit of a response.
test_that("responses of 1e150 and 1e300 are fitted where their families allow it", {
  set.seed(3)
  d <- data.frame(x = rnorm(30), z = rnorm(30))
  d$y <- exp(1 + d$x / 2 + 0.3 * d$z)
  shifted <- function(family, power) {
    near <- glm_rs(y ~ x, family, d, control = list(epsilon = 1e-14))
    far <- glm_rs(I(2^power * y) ~ x, family, d, control = list(epsilon = 1e-14))
    coef(far) - coef(near) - c(power * log(2), 0)
  }
  for (power in c(500, 1000)) {
    # eta has an error of 700 units in the last place
    expect_lt(max(abs(shifted(quasipoisson, power))), 1e-12)
    # gains a factor a step, so that the root of epsilon is left
    expect_lt(max(abs(shifted(Gamma("log"), power / 2))), 1e-8)
  }
  expect_equal(coef(glm_rs(I(2^500 * y) ~ x, Gamma, d)), 2^-500 * coef(glm_rs(y ~ x, Gamma, d)), tolerance = 1e-12)
  # exact: neither squares nor their sum are needed
  expect_equal(unname(coef(glm_rs(I(2^1000 * x) ~ x, data = d))), c(0, 2^1000), tolerance = 1e-15)
})

test_that("a response beyond the range of a fit is an error that names its row", {
  set.seed(4)
  d <- data.frame(x = rnorm(20), z = rnorm(20), y = 1 + rpois(20, 5))
  d$y[3] <- 1e300
  families <- list(
    gaussian(), gaussian("log"), poisson(), poisson("sqrt"), quasipoisson(), Gamma(), Gamma("log"), inverse.gaussian(),
    inverse.gaussian("log")
  )
  for (family in families) {
    label <- paste(family$family, family$link)
    error <- expect_error(glm_rs(y ~ x + z, family, d), class = "glmrs_error_response", label = label)
    expect_match(conditionMessage(error), "but found 1e+300 (row 3)", fixed = TRUE, label = label)
    expect_match(conditionMessage(error), "other units", label = label)
  }
})
