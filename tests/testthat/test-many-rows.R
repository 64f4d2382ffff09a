# Fits of so many rows that they begin with a sample of them: the numbers are those of stats::glm().

n <- 60000L
set.seed(11)
many <- data.frame(
  x = rnorm(n), z = runif(n), k = rpois(n, 3), f = factor(sample(letters[1:6], n, TRUE)),
  g = factor(sample(c("u", "v", "w"), n, TRUE)), e = rexp(n) + 0.1, w = sample(0:3, n, TRUE)
)
eta <- with(many, -0.8 + 0.4 * x - 0.3 * z + 0.05 * k + 0.2 * (f == "c"))
many$count <- rpois(n, many$e * exp(eta))
many$hit <- rbinom(n, 1, plogis(eta))
many$cost <- rgamma(n, 2, 2 / exp(eta))
formula <- ~ x + z + k + f * g

expect_same_fit <- function(ours, theirs, tolerance = 1e-4) { # standard errors that glm() itself is from the solution
  se <- sqrt(diag(vcov(theirs)))
  expect_lt(max(abs(coef(ours) - coef(theirs)) / se), tolerance)
  expect_equal(sqrt(diag(vcov(ours))), se, tolerance = 1e-4) # glm()'s weights are those before its last step
  expect_equal(deviance(ours), deviance(theirs), tolerance = 1e-10)
  expect_equal(ours$null.deviance, theirs$null.deviance, tolerance = 1e-10)
  expect_equal(AIC(ours), AIC(theirs), tolerance = 1e-10)
  expect_equal(df.residual(ours), df.residual(theirs))
  expect_equal(fitted(ours), fitted(theirs), tolerance = STOPPING)
  expect_true(ours$converged)
}

test_that("counts, chances and amounts agree with glm()", {
  skip_on_cran() # it takes seconds
  cases <- list(
    list(count ~ ., poisson(), NULL), list(count ~ ., poisson(), quote(log(e))), list(hit ~ ., binomial(), NULL),
    list(cost ~ ., Gamma("log"), NULL), list(count ~ ., quasipoisson(), NULL)
  )
  for (case in cases) {
    call <- list(formula = update(formula, case[[1]]), family = case[[2]], data = quote(many))
    if (!is.null(case[[3]])) call$offset <- case[[3]]
    for (weights in list(NULL, quote(w))) {
      if (!is.null(weights)) call$weights <- weights
      # both warn of rows without weight where the dispersion is estimated
      suppressWarnings(expect_same_fit(eval(as.call(c(quote(glm_rs), call))), eval(as.call(c(quote(glm), call)))))
    }
  }
})

test_that("coefficients are as near to the solution as glm()'s, or nearer", {
  x <- model.matrix(~ x + z + k + f, many)
  for (case in list(list(many$count, poisson()), list(many$hit, binomial()), list(many$cost, Gamma("log")))) {
    exact <- glm.fit(x, case[[1]], family = case[[2]], control = list(epsilon = 1e-14, maxit = 50))
    ours <- glm_rs_fit(x, case[[1]], family = case[[2]])
    score <- drop(crossprod(x, case[[1]] - fitted(ours)) / sqrt(colSums(x^2 * fitted(ours))))
    if (case[[2]]$family != "Gamma") expect_lt(max(abs(score)), 1e-6) # standard errors, at the usual epsilon
    se <- sqrt(diag(ours$cov.unscaled))
    expect_lt(max(abs(ours$coefficients - exact$coefficients) / se), 1e-6) # standard errors, at the usual epsilon
  }
})

test_that("threads do not change a digit", {
  fits <- lapply(1:3, function(threads) glm_rs(count ~ x + z + f * g, poisson(), many, threads = threads, offset = log(e)))
  parts <- c("coefficients", "deviance", "null.deviance", "iter", "linear.predictors", "weights", "cov.unscaled")
  for (fit in fits[-1]) expect_identical(unclass(fit)[parts], unclass(fits[[1]])[parts])
})

test_that("aliased columns and a separated level are what glm() makes of them", {
  many$twice <- 2 * many$x
  many$rare <- factor(ifelse(seq_len(n) <= 40, "rare", "usual"), levels = c("usual", "rare"))
  aliased <- glm_rs(count ~ x + twice + f, poisson(), many)
  expect_identical(which(is.na(coef(aliased))), c(twice = 3L))
  expect_same_fit(glm_rs(count ~ x + f, poisson(), many), glm(count ~ x + f, poisson(), many))
  many$count[many$rare == "rare"] <- 0
  ours <- suppressWarnings(glm_rs(count ~ x + rare, poisson(), many))
  theirs <- suppressWarnings(glm(count ~ x + rare, poisson(), many))
  expect_equal(coef(ours), coef(theirs), tolerance = TOLERANCE)
  expect_identical(ours$iter, theirs$iter)
})

test_that("large counts, whose deviance is a small part of its terms, keep their digits", {
  mean <- 1e6 * exp(0.3 * many$x)
  many$large <- round(mean + sqrt(mean) * rnorm(n))
  ours <- glm_rs(large ~ x + z, poisson(), many)
  theirs <- glm(large ~ x + z, poisson(), many)
  expect_equal(deviance(ours), deviance(theirs), tolerance = 1e-10)
  expect_equal(coef(ours), coef(theirs), tolerance = 1e-9)
})

test_that("missing values in any kind of column are found", {
  small <- many[1:300, ]
  small$word <- as.character(small$f)
  small$flag <- small$x > 0
  for (column in c("x", "k", "f", "word", "flag", "count")) {
    holed <- small
    holed[[column]][7] <- NA
    fit <- glm_rs(count ~ x + k + f + word + flag, poisson(), holed)
    expect_identical(unclass(fit$na.action)[[1]], 7L)
  }
})

test_that("a matrix without names has a covariance without names", {
  fit <- glm_rs_fit(unname(cbind(1, many$x)), many$count, family = poisson())
  expect_identical(dim(fit$cov.unscaled), c(2L, 2L))
  expect_null(dimnames(fit$cov.unscaled))
})

test_that("missing values among many numbers are found by the fit, and treated as ever", {
  skip_on_cran() # it takes seconds
  set.seed(8)
  n <- 2e5
  x <- as.data.frame(matrix(rnorm(6 * n), n))
  x$y <- rpois(n, exp(0.1 * x$V1))
  gap <- c(1L, 123456L, n)
  x$V6[gap[1:2]] <- NA
  x$V2[gap[3]] <- NaN
  formula <- reformulate(paste0("V", 1:6), "y")
  expect_gte(n * 6, glmrs:::MUCH_TO_READ)
  for (action in list(na.omit, na.exclude)) {
    for (family in list(poisson(), gaussian())) {
      fit <- glm_rs(formula, family, x, na.action = action)
      want <- glm(formula, family, x, na.action = action)
      expect_equal(coef(fit), coef(want), tolerance = STOPPING)
      expect_identical(fit$na.action, want$na.action)
      expect_identical(names(residuals(fit)), names(residuals(want)))
      expect_identical(model.frame(fit), model.frame(want))
    }
  }
  # numbers of a response, and of one that is looked at before the fit
  incomplete <- x
  incomplete$y <- as.double(x$y)
  incomplete$y[c(5L, 1e5)] <- NA
  incomplete$hit <- as.double(incomplete$y > 1)
  for (family in list(poisson(), gaussian(), negative_binomial(2), binomial())) {
    response <- if (family$family == "binomial") "hit" else "y"
    fit <- glm_rs(reformulate(paste0("V", 1:6), response), family, incomplete)
    expect_identical(as.integer(fit$na.action), c(1L, 5L, 100000L, 123456L, 200000L))
    complete <- na.omit(incomplete)
    expect_identical(coef(fit), coef(glm_rs(formula(fit), family, complete)))
  }
  expect_error(glm_rs(y ~ V1 + V3, poisson(), incomplete, na.action = na.fail), "missing values in object", class = "glmrs_error_data")
  incomplete$y[9L] <- Inf
  expect_error(glm_rs(y ~ V1 + V3, gaussian(), incomplete), "row 9", class = "glmrs_error_non_finite")
  looked <- 0
  once <- function() {
    looked <<- looked + 1
    x$V5
  }
  expect_identical(nobs(glm_rs(y ~ V1 + V2 + V3 + V4 + once() + V6, poisson(), x)), as.integer(n - 3))
  expect_equal(looked, 1)
  expect_error(glm_rs(formula, poisson(), x, na.action = na.fail), "missing values in object", class = "glmrs_error_data")
  expect_error(glm_rs(formula, poisson(), x, na.action = na.pass), "`V2`.*row 2", class = "glmrs_error_non_finite")
  x$V6 <- NA_real_
  expect_error(glm_rs(formula, poisson(), x), "every row has a missing value", class = "glmrs_error_data")
  x$V6 <- x$V1
  x$V6[7] <- Inf
  x$V2[n] <- 0
  expect_error(glm_rs(formula, poisson(), x), "`V6`: the value Inf cannot be used (row 7)", fixed = TRUE, class = "glmrs_error_non_finite")
})
