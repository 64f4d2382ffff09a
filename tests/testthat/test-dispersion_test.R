counts_fit <- function(...) glm_rs(Days ~ Sex + Age + Lrn, data = MASS::quine, family = poisson(), ...)

test_that("the auxiliary regression is that of package AER, and of Cameron and Trivedi's book", {
  skip_if_not_installed("AER")
  data("RecreationDemand", package = "AER", envir = environment())
  fit <- glm_rs(trips ~ ., data = RecreationDemand, family = poisson())
  for (alternative in c("greater", "two.sided", "less")) {
    for (trafo in 1:2) {
      ours <- dispersion_test(fit, variance = paste0("NB", trafo), alternative = alternative)
      theirs <- AER::dispersiontest(fit, trafo = trafo, alternative = alternative)
      expect_equal(ours$statistic, theirs$statistic, tolerance = 1e-10)
      expect_equal(ours$estimate, theirs$estimate, tolerance = 1e-10)
      expect_equal(ours$p.value, theirs$p.value, tolerance = 1e-10)
    }
  }
  # Kleiber and Zeileis (2008), Applied Econometrics with R, section 5.3
  expect_equal(round(unname(dispersion_test(fit, variance = "NB1")$statistic), 3), 2.412)
  expect_equal(round(unname(dispersion_test(fit)$statistic), 3), 2.938)
  expect_equal(round(unname(dispersion_test(fit)$estimate), 3), 1.316)
})

test_that("Dean's statistics are the scores of a variance component in their standard deviations", {
  skip_if_not_installed("MASS")
  fit <- counts_fit()
  y <- MASS::quine$Days
  mu <- fitted(fit)
  plain <- function(...) unname(dispersion_test(fit, "dean", adjusted = FALSE, ...)$statistic)
  # the slope of the log-likelihood in 1/theta, by differences
  likelihood <- function(alpha) sum(dnbinom(y, size = 1 / alpha, mu = mu, log = TRUE))
  slope <- (likelihood(2e-5) - likelihood(1e-5)) / 1e-5
  expect_equal(plain(), slope / sqrt(sum(mu^2) / 2), tolerance = 1e-3) # a difference one-sided
  likelihood <- function(alpha) sum(dnbinom(y, size = mu / alpha, mu = mu, log = TRUE))
  slope <- (likelihood(2e-5) - likelihood(1e-5)) / 1e-5
  expect_equal(plain(variance = "NB1"), slope / sqrt(length(y) / 2), tolerance = 1e-3) # a difference one-sided
  gap <- dispersion_test(fit, "dean")$statistic - plain()
  expect_equal(unname(gap), sum(hatvalues(fit) * mu) / sqrt(2 * sum(mu^2)), tolerance = 1e-10)
})

test_that("Pearson's test is of the residuals' squares", {
  skip_if_not_installed("MASS")
  for (family in list(poisson(), negative_binomial())) {
    fit <- glm_rs(Days ~ Sex + Age, data = MASS::quine, family = family)
    test <- dispersion_test(fit, "pearson")
    expect_equal(unname(test$statistic), sum(residuals(fit, "pearson")^2))
    expect_equal(unname(test$parameter), 141)
  }
  expect_error(dispersion_test(glm_rs(dist ~ speed, data = cars), "pearson"), class = "glmrs_error_family")
})

test_that("the likelihood ratio has half the p-value, from either fit", {
  skip_if_not_installed("MASS")
  nb <- glm_rs(Days ~ Sex + Age + Lrn, data = MASS::quine, family = negative_binomial())
  test <- dispersion_test(counts_fit(), "lr")
  expect_equal(unname(test$statistic), nb$twologlik - 2 * logLik(counts_fit())[1L], tolerance = 1e-8)
  expect_equal(test$p.value, pchisq(unname(test$statistic), 1, lower.tail = FALSE) / 2)
  expect_equal(dispersion_test(nb, "lr")$statistic, test$statistic, tolerance = 1e-8)
  d <- data.frame(x = 1:60, y = rep(c(2, 3, 2), 20))
  for (fit in list(glm_rs(y ~ x, poisson, d), suppressWarnings(glm_rs(y ~ x, negative_binomial(), d)))) {
    expect_equal(dispersion_test(fit, "lr")[c("statistic", "p.value")], list(statistic = c(LR = 0), p.value = 1))
  }
})

test_that("what cannot be tested is said", {
  skip_if_not_installed("MASS")
  expect_error(dispersion_test(glm_rs(dist ~ speed, data = cars)), class = "glmrs_error_family")
  expect_error(dispersion_test(counts_fit(weights = rep(2, 146))), class = "glmrs_error_weights")
  expect_error(dispersion_test(counts_fit(), "lr", alternative = "less"), class = "glmrs_error_argument")
  expect_error(dispersion_test(1), class = "glmrs_error_argument")
})

test_that("zeros are counted, and van den Broek's test is the score test", {
  set.seed(4)
  d <- data.frame(x = runif(300, -1, 1))
  d$y <- rpois(300, exp(0.4 + d$x)) * rbinom(300, 1, 0.85)
  fit <- glm_rs(y ~ x, poisson, d, control = list(epsilon = 1e-14))
  check <- zero_check(fit)
  mu <- fitted(fit)
  p0 <- exp(-mu)
  expect_equal(c(check$observed, check$expected), c(sum(d$y == 0), sum(p0)))
  # the paper's formula, for log link with an intercept
  want <- sum((d$y == 0) / p0 - 1)^2 / (sum((1 - p0) / p0) - sum(d$y))
  expect_equal(check$statistic, want, tolerance = 1e-8)
  expect_lt(check$p.value, 0.05)
  # any link: the information about the share that the coefficients leave
  root <- glm_rs(y ~ 0 + x + I(x^2 + 1), poisson("sqrt"), d, control = list(epsilon = 1e-14))
  mu <- fitted(root)
  slopes <- model.matrix(root) * poisson("sqrt")$mu.eta(root$linear.predictors)
  v <- colSums(slopes)
  left <- sum(exp(mu) - 1) - drop(v %*% solve(crossprod(slopes / sqrt(mu)), v))
  expect_equal(zero_check(root)$statistic, sum((d$y == 0) * exp(mu) - 1)^2 / left, tolerance = TOLERANCE)
  expect_output(print(check), "zero")
  expect_true(is.na(zero_check(glm_rs(y ~ x, negative_binomial(), d))$statistic))
  expect_error(zero_check(glm_rs(dist ~ speed, data = cars)), class = "glmrs_error_family")
})

test_that("an overdispersed fit's summary says so, once, unless it is not to", {
  skip_if_not_installed("MASS")
  told <- glmrs:::informed
  withr::defer(assign("overdispersion", TRUE, told))
  forget <- function() suppressWarnings(rm(list = ls(told), envir = told))
  forget()
  expect_message(summary(counts_fit()), "negative_binomial", class = "glmrs_message_overdispersion")
  expect_no_message(summary(counts_fit()))
  forget()
  withr::with_options(list(glmrs.hints = FALSE), expect_no_message(summary(counts_fit())))
  expect_no_message(summary(counts_fit(), vcov = "HC1"))
  expect_no_message(summary(glm_rs(breaks ~ 1, poisson, data.frame(breaks = rep(3:5, 9)))))
})

test_that("the likelihood ratio against NB1, and of zero-truncated fits", {
  d <- nb1_data()
  poisson <- glm_rs(y ~ x + f, poisson(), d, weights = w)
  nb1 <- glm_rs(y ~ x + f, negative_binomial(type = "nb1"), d, weights = w)
  test <- dispersion_test(poisson, "lr", variance = "NB1")
  expect_equal(test$statistic, c(LR = 2 * (nb1$loglik - as.double(logLik(poisson)))), tolerance = 1e-8)
  expect_equal(test$p.value, pchisq(test$statistic[[1L]], 1, lower.tail = FALSE) / 2)
  expect_equal(dispersion_test(nb1, "lr")$statistic, test$statistic, tolerance = 1e-8)
  above <- subset(d, y > 0)
  truncated <- glm_rs(y ~ x, zero_truncated(negative_binomial()), above)
  plain <- glm_rs(y ~ x, zero_truncated(), above)
  expect_equal(dispersion_test(truncated, "lr")$statistic, c(LR = 2 * (truncated$loglik - plain$loglik)), tolerance = 1e-8)
  d$y <- rep_len(1:2, 500)
  expect_warning(even <- glm_rs(y ~ x, negative_binomial(type = "nb1"), d), class = "glmrs_warning_boundary")
  for (fit in list(even, glm_rs(y ~ x, poisson(), d))) {
    expect_equal(dispersion_test(fit, "lr", variance = "NB1")[c("statistic", "p.value")], list(statistic = c(LR = 0), p.value = 1))
  }
  expect_error(dispersion_test(nb1, "lr", variance = "NB2"), "NB1", class = "glmrs_error_argument")
  expect_error(dispersion_test(nb1, "dean"), class = "glmrs_error_family")
  expect_error(dispersion_test(plain, "lr"), class = "glmrs_error_family")
  expect_error(dispersion_test(glm_rs(y ~ 1, poisson("sqrt"), d), "lr", variance = "NB1"), "log link", class = "glmrs_error_argument")
})
