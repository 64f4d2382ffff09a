test_that("expected frequencies are sums of probabilities", {
  skip_if_not_installed("MASS")
  d <- MASS::quine
  for (family in list(poisson(), negative_binomial(), negative_binomial(1.3))) {
    fit <- glm_rs(Days ~ Sex + Age, family, d)
    table <- rootogram(fit)
    mass <- if (fit$family$family == "poisson") {
      function(k) dpois(k, fitted(fit))
    } else {
      function(k) dnbinom(k, size = fit$family$shape, mu = fitted(fit))
    }
    expect_equal(table$count, 0:81)
    expect_equal(table$observed, as.vector(table(factor(d$Days, 0:81))))
    expect_equal(table$expected[c(1, 30)], c(sum(mass(0)), sum(mass(29))))
    # what the greatest counts leave out is all that is missing
    expect_lt(sum(table$expected), 146 + 1e-9)
  }
  weighted <- rootogram(glm_rs(Days ~ Sex, poisson, d, weights = rep(2, 146)), max = 5)
  expect_equal(weighted$observed, 2 * as.vector(table(factor(d$Days, 0:5))))
  withr::local_pdf(NULL)
  expect_identical(plot(weighted), weighted)
  expect_silent(plot(weighted, type = "p", main = "days", ylim = c(0, 10)))
  expect_error(rootogram(glm_rs(dist ~ speed, data = cars)), class = "glmrs_error_family")
})

test_that("quantile residuals of continuous responses are those of package statmod", {
  skip_if_not_installed("statmod")
  d <- grid_data(120)
  set.seed(9)
  d$t <- exp(0.3 + d$s) * rgamma(120, 5, 5)
  for (family in list(gaussian(), Gamma("log"), Gamma(), inverse.gaussian("log"))) {
    fit <- glm_rs(t ~ x + g, family, d, weights = if (family$family == "inverse.gaussian") NULL else w, control = PRECISE)
    expect_equal(as.vector(quantile_residuals(fit)), unname(statmod::qresiduals(fit)), tolerance = TOLERANCE)
  }
})

test_that("quantile residuals of amounts: a zero is drawn within its probability, the others are at theirs", {
  set.seed(2)
  d <- data.frame(x = runif(1500), w = sample(1:3, 1500, TRUE))
  d$y <- rtweedie(1500, exp(0.2 + d$x), 1.5 / d$w, 1.5)
  fit <- glm_rs(y ~ x, tweedie(1.5), d, weights = w)
  residuals <- as.vector(quantile_residuals(fit, seed = 1))
  phi <- sum(residuals(fit, "pearson")^2) / fit$df.residual / d$w
  want <- ptweedie(d$y, unname(fitted(fit)), phi, 1.5)
  expect_equal(pnorm(residuals)[d$y > 0], want[d$y > 0], tolerance = 1e-10)
  expect_true(all((pnorm(residuals) < want)[d$y == 0]))
  expect_gt(stats::ks.test(residuals, "pnorm")$p.value, 0.01)
  positive <- transform(d, y = y + 0.1)
  pair <- lapply(list(tweedie(2), Gamma("log")), function(family) glm_rs(y ~ x, family, positive, weights = w))
  residuals <- lapply(pair, function(fit) as.vector(quantile_residuals(fit)))
  expect_equal(residuals[[1L]], residuals[[2L]], tolerance = TOLERANCE)
  expect_error(quantile_residuals(glm_rs(y ~ x, tweedie(2.5), positive)), "2.5", class = "glmrs_error_family")
})

test_that("quantile residuals of counts are within their jumps, and normal where the model is right", {
  d <- grid_data(2000)
  set.seed(8)
  d$y <- rnbinom(2000, size = 1.2, mu = exp(1 + d$s))
  d$hits <- rbinom(2000, d$size, plogis(d$s))
  fits <- list(
    glm_rs(y ~ x + z + f + g, negative_binomial(), d),
    glm_rs(rpois(2000, exp(1 + s)) ~ x + z + f + g, poisson, d),
    glm_rs(cbind(hits, size - hits) ~ x + z + f + g, binomial, d)
  )
  for (fit in fits) {
    r <- quantile_residuals(fit, seed = 1)
    expect_identical(r, quantile_residuals(fit, seed = 1))
    expect_gt(ks.test(as.vector(r), "pnorm")$p.value, 0.01)
    # nothing is left of the covariates
    expect_gt(summary(lm(as.vector(r) ~ x + f, d))$coefficients["x", 4L], 0.001)
  }
  fit <- fits[[1L]]
  low <- pnbinom(d$y - 1, size = fit$theta, mu = fitted(fit))
  high <- pnbinom(d$y, size = fit$theta, mu = fitted(fit))
  p <- pnorm(as.vector(quantile_residuals(fit, seed = 2)))
  expect_true(all(p >= low - 1e-12 & p <= high + 1e-12))
  set.seed(1)
  before <- .Random.seed
  quantile_residuals(fit, seed = 3)
  expect_identical(.Random.seed, before)
  # far beyond what the model expects
  far <- glm_rs(y ~ 1, poisson, data.frame(y = c(rep(1, 200), 300)))
  expect_true(all(is.finite(quantile_residuals(far, seed = 1))))
  withr::local_pdf(NULL)
  expect_invisible(plot(quantile_residuals(fit, seed = 1)))
  expect_error(quantile_residuals(glm_rs(y ~ x, quasipoisson, d)), class = "glmrs_error_family")
})

test_that("a far amount has the residual of its probability", {
  set.seed(1)
  y <- rtweedie(1e4, 1, 0.2, 1.05)
  y[1] <- 40
  fit <- glm_rs(y ~ 1, tweedie(1.05))
  phi <- sum(residuals(fit, "pearson")^2) / fit$df.residual
  tail <- ptweedie(40, fitted(fit)[[1]], phi, 1.05, lower.tail = FALSE, log.p = TRUE)
  expect_silent(residuals <- quantile_residuals(fit, seed = 1))
  expect_equal(residuals[[1]], qnorm(tail, lower.tail = FALSE, log.p = TRUE), tolerance = TOLERANCE)
  expect_equal(round(residuals[[1]], 2), 23.92)
})

test_that("what is no fit has neither", {
  expect_error(rootogram(cars), class = "glmrs_error_argument")
  expect_error(quantile_residuals(1), class = "glmrs_error_argument")
})

test_that("missing rows keep their places in quantile residuals", {
  d <- grid_data(60)
  d$y <- rpois(60, exp(d$s))
  d$x[7] <- NA
  fit <- glm_rs(y ~ x, poisson, d, na.action = na.exclude)
  r <- quantile_residuals(fit, seed = 1)
  expect_equal(names(r), names(residuals(fit)))
  expect_true(is.na(r[7]) && !anyNA(r[-7]))
})

test_that("counts with rounding errors are counts", {
  d <- nb1_data(200)
  for (off in 1 + c(-1, 1) * 1e-15) {
    d$off <- d$y * off
    expect_false(all(d$off == d$y))
    for (family in list(poisson(), negative_binomial(2))) {
      want <- glm_rs(y ~ x, family, d)
      # without y it is made of means and residuals, which leaves rounding errors, too
      for (fit in list(glm_rs(off ~ x, family, d), glm_rs(y ~ x, family, d, y = FALSE))) {
        expect_equal(rootogram(fit), rootogram(want))
        expect_equal(zero_check(fit), zero_check(want))
        against_f <- function(fit) vuong_test(fit, glm_rs(y ~ f, family, d))
        expect_equal(against_f(fit), against_f(want))
      }
    }
    expect_equal(
      dispersion_test(glm_rs(off ~ x, poisson, d), "lr", variance = "NB1")$statistic,
      dispersion_test(glm_rs(y ~ x, poisson, d), "lr", variance = "NB1")$statistic
    )
  }
  d$none <- 0.1 * 3 - 0.3 + d$y
  expect_equal(zero_check(glm_rs(none ~ x, poisson, d))$observed, sum(d$y == 0))
})
