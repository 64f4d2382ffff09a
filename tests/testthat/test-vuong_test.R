test_that("Vuong's test is that of package pscl", {
  d <- zero_data_set()
  zero <- glm_rs(y ~ x | z, family = zero_inflated(), data = d)
  plain <- glm_rs(y ~ x + f, family = poisson(), data = d)
  test <- vuong_test(zero, plain)
  expect_equal(rownames(test$table), c("Raw", "AIC-corrected", "BIC-corrected"))
  turned <- vuong_test(plain, zero)
  expect_equal(turned$table$statistic, -test$table$statistic)
  expect_equal(turned$table$p.value, test$table$p.value)
  expect_output(print(test), "AIC-corrected")
  skip_if_not_installed("pscl")
  output <- capture.output(pscl::vuong(
    pscl::zeroinfl(y ~ x | z, data = d, reltol = 1e-15), glm(y ~ x + f, family = poisson(), data = d)
  ))
  theirs <- as.numeric(sub("^\\S+\\s+(\\S+)\\s.*", "\\1", grep("^(Raw|AIC|BIC)", output, value = TRUE)))
  expect_equal(test$table$statistic, theirs, tolerance = 1e-6) # seven digits are printed
})

test_that("the log-probabilities of the rows are those of the fits", {
  d <- zero_data_set()
  fits <- list(
    glm_rs(y ~ x | z, family = zero_inflated(negative_binomial()), data = d),
    glm_rs(y ~ x | z, family = hurdle(negative_binomial(), poisson()), data = d),
    glm_rs(y ~ x + z, family = negative_binomial(0.7), data = d), glm_rs(y ~ x + z, family = poisson(), data = d)
  )
  rows <- lapply(fits, log_probabilities, "fit1", NULL)
  for (i in seq_along(fits)) expect_equal(sum(rows[[i]]$value), as.numeric(logLik(fits[[i]])), tolerance = 1e-10)
  difference <- rows[[1L]]$value - rows[[2L]]$value
  expect_equal(vuong_test(fits[[1L]], fits[[2L]])$table$statistic[1L], sqrt(600) * mean(difference) / sd(difference))
  expect_error(vuong_test(fits[[1L]], fits[[1L]]), "nothing to compare", class = "glmrs_error_argument")
  expect_error(vuong_test(fits[[1L]], glm_rs(y ~ x, data = d)), "fit2", class = "glmrs_error_argument")
  half <- glm_rs(y ~ x, family = poisson(), data = d[1:300, ])
  expect_error(vuong_test(fits[[1L]], half), "same counts", class = "glmrs_error_argument")
  weighted <- glm_rs(y ~ x, family = poisson(), data = d, weights = w)
  expect_error(vuong_test(fits[[1L]], weighted), "prior weights", class = "glmrs_error_argument")
})

test_that("counts too far for their probability to be a number have a log-probability", {
  d <- zero_data_set()
  zero <- glm_rs(y ~ x | z, family = zero_inflated(), data = d)
  eta <- list(count = c(2, 2), zero = c(-1, 1))
  expected <- log1p(-plogis(eta$zero)) + dpois(400, exp(2), log = TRUE)
  expect_equal(unname(zero_log_probability(zero, eta, 400)), expected, tolerance = 1e-14)
  d$y[1] <- 400
  test <- vuong_test(update(zero, data = d), glm_rs(y ~ x, negative_binomial(), d))
  expect_true(all(is.finite(test$table$statistic)))
  counts <- glm_rs(y ~ x | z, hurdle(poisson(), poisson()), zero_data_set())
  # -log P(0) is the mean
  expect_equal(zero_log_probability(counts, list(count = 1, zero = log(1000)), 0), -1000)
})
