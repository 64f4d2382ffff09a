# The bootstrap of fits of glm_rs(): against loops over glm.fit() with the same draws, and against what it estimates.

d <- vcov_data()
# columns of the model matrix, response, weights and offset as glm.fit() takes them
fit_to <- function(fit, y, weights, family = fit$family) {
  suppressWarnings(stats::glm.fit(
    model.matrix(fit), y, weights, offset = fit$offset, family = family, control = PRECISE, start = coef(fit)
  ))
}
pairs_by_hand <- function(fit, r, seed) {
  y <- fit$y
  counted <- which(fit$prior.weights > 0)
  drawn <- counted[rust_draw_rows(length(counted), seed, r)]
  fit_to(fit, y, fit$prior.weights * tabulate(drawn, length(y)))
}

test_that("pairs are fits to the rows that were drawn, for every family", {
  for (kind in setdiff(names(vcov_fits), c("aliased", "excluded"))) {
    fit <- vcov_pair(kind)$rs
    b <- bootstrap(fit, times = 4, seed = 11)
    for (r in 1:4) {
      again <- pairs_by_hand(fit, r, 11)
      expect_equal(b$replicates[r, ], coef(again), tolerance = STOPPING, label = paste(kind, r))
      known <- known_dispersion(fit$family)
      n <- sum(fit$prior.weights > 0)
      squares <- sum((again$weights * again$residuals^2)[again$weights > 0])
      dispersion <- if (is.na(known)) squares / (n - again$rank) else known
      errors <- sqrt(dispersion * diag(chol2inv(again$qr$qr[seq_len(again$rank), seq_len(again$rank), drop = FALSE])))
      expect_equal(unname(b$errors[r, ]), errors, tolerance = 1e-4, label = paste(kind, r)) # weights before the last step
    }
    expect_equal(b$standard.errors, sqrt(diag(vcov(fit))))
    expect_identical(b$type, "pairs")
  }
})

test_that("the Bayesian bootstrap fits to exponential weights, of clusters, too", {
  fit <- glm_rs(t ~ x + g, Gamma("log"), d, weights = w, control = PRECISE)
  b <- bootstrap(fit, 3, "bayesian", seed = 2)
  drawn <- rust_draw_weights(nrow(d), 2, 3)
  expect_equal(b$replicates[3, ], coef(fit_to(fit, d$t, d$w * drawn)), tolerance = STOPPING)
  firms <- match(d$firm, unique(d$firm))
  b <- bootstrap(fit, 3, "bayesian", cluster = ~firm, seed = 2)
  drawn <- rust_draw_weights(max(firms), 2, 3)
  expect_equal(b$replicates[3, ], coef(fit_to(fit, d$t, d$w * drawn[firms])), tolerance = STOPPING)
})

test_that("clusters are drawn whole; clusters of one row are rows", {
  fit <- glm_rs(y ~ x + f, poisson, d, control = PRECISE)
  b <- bootstrap(fit, 5, cluster = ~firm, seed = 4)
  expect_identical(b$type, "cluster")
  firms <- match(d$firm, unique(d$firm))
  for (r in 1:5) {
    counts <- tabulate(rust_draw_rows(max(firms), 4, r), max(firms))
    expect_equal(b$replicates[r, ], coef(fit_to(fit, d$y, counts[firms])), tolerance = STOPPING)
  }
  pairs <- bootstrap(fit, 5, seed = 4)
  rows <- bootstrap(fit, 5, "cluster", cluster = seq_len(nrow(d)), seed = 4)
  expect_identical(rows$replicates, pairs$replicates)
  expect_equal(rows$acceleration, pairs$acceleration, tolerance = ROUNDING)
})

test_that("rows without weight are not drawn, nor rows that are left out", {
  d$half <- rep(0:1, length.out = nrow(d))
  with_zeros <- bootstrap(glm_rs(y ~ x + f, poisson, d, weights = half, control = PRECISE), 6, seed = 1)
  without <- bootstrap(glm_rs(y ~ x + f, poisson, d[d$half == 1, ], control = PRECISE), 6, seed = 1)
  expect_equal(with_zeros$replicates, without$replicates, tolerance = TOLERANCE)
  expect_equal(with_zeros$errors, without$errors, tolerance = TOLERANCE)
  d$y[c(2, 9)] <- NA
  excluded <- glm_rs(y ~ x + f, poisson, d, na.action = na.exclude, control = PRECISE)
  left_out <- glm_rs(y ~ x + f, poisson, d[!is.na(d$y), ], control = PRECISE)
  replicates <- function(fit) bootstrap(fit, 3, seed = 1)$replicates
  expect_equal(replicates(excluded), replicates(left_out), tolerance = TOLERANCE)
  expect_equal(
    bootstrap(excluded, 3, cluster = ~firm, seed = 1)$replicates,
    bootstrap(left_out, 3, cluster = d$firm[!is.na(d$y)], seed = 1)$replicates,
    tolerance = TOLERANCE
  )
})

test_that("aliased coefficients are left out, and rows that are not kept are made again", {
  aliased <- glm_rs(y ~ x + x_twice + f + f_copy, poisson, d, control = PRECISE)
  plain <- glm_rs(y ~ x + f, poisson, d, control = PRECISE)
  for (type in c("pairs", "bayesian", "wild", "parametric", "residual")) {
    a <- bootstrap(aliased, 4, type, seed = 6)
    b <- bootstrap(plain, 4, type, seed = 6)
    expect_identical(names(a$estimate), names(coef(plain)))
    expect_equal(a$replicates, b$replicates, tolerance = TOLERANCE)
    expect_equal(a$acceleration, b$acceleration, tolerance = TOLERANCE)
  }
  small <- glm_rs(y ~ x + f, poisson, d, model = FALSE, y = FALSE, control = PRECISE)
  for (type in c("pairs", "wild", "residual")) {
    expect_equal(bootstrap(small, 3, type, seed = 6)$replicates, bootstrap(plain, 3, type, seed = 6)$replicates)
  }
})

test_that("other data than those of the fit are refused", {
  here <- d
  fit <- glm_rs(y ~ x + f, poisson, here, model = FALSE)
  expect_silent(bootstrap(fit, 3, seed = 6))
  here$x <- rev(here$x)
  expect_error(bootstrap(fit, 3, seed = 6), "changed since the fit", class = "glmrs_error_rows")
  here$x <- rev(here$x)
  here$y <- rev(here$y)
  expect_error(bootstrap(fit, 3, seed = 6), "changed since the fit", class = "glmrs_error_rows")
  own <- poisson()
  own$initialize <- expression({
    y <- y + 1
    n <- rep.int(1, nobs)
    mustart <- y
  })
  expect_silent(bootstrap(glm_rs(y ~ x + f, own, here, model = FALSE), 3, seed = 6))
  small <- glm_rs(y ~ x + f, poisson, here, model = FALSE, y = FALSE)
  here$x <- rev(here$x)
  for (f in list(drop1, function(fit) add1(fit, ~ . + z))) expect_error(f(small), "have changed", class = "glmrs_error_rows")
})

test_that("least squares: the wild bootstrap is that of the residuals, and its spread is HC3", {
  fit <- glm_rs(t ~ x + g, gaussian, d, weights = w)
  for (distribution in c("rademacher", "mammen")) {
    b <- bootstrap(fit, 2000, "wild", distribution = distribution, seed = 3)
    expect_equal(diag(vcov(b)), diag(vcov(fit, "HC3")), tolerance = draws(2000))
    expect_equal(colMeans(b$replicates), coef(fit), tolerance = 0.02) # of 2000 draws
  }
  clustered <- bootstrap(fit, 2000, "wild", cluster = ~firm, seed = 3)
  score <- bootstrap(fit, 2000, "score", cluster = ~firm, seed = 3)
  target <- diag(vcov(fit, cluster = ~firm, ssc = ssc(cadjust = FALSE)))
  expect_equal(diag(vcov(score)), target, tolerance = draws(2000))
  expect_equal(diag(vcov(clustered)), target, tolerance = 0.25) # its residuals are enlarged
})

test_that("least squares: the spread of pairs is the sandwich's", {
  fit <- glm_rs(t ~ x + g, gaussian, d)
  # between HC0 and HC3, which differ by 10 % here, but for the 3 % of 2000 draws
  b <- diag(vcov(bootstrap(fit, 2000, seed = 3)))
  bayes <- diag(vcov(bootstrap(fit, 2000, "bayesian", seed = 3)))
  expect_equal(b, diag(vcov(fit, "HC2")), tolerance = 0.15) # HC0 and HC3 are 10 % apart
  expect_equal(bayes, diag(vcov(fit, "HC2")), tolerance = 0.15) # as well
  clustered <- diag(vcov(bootstrap(fit, 2000, cluster = ~firm, seed = 3)))
  expect_equal(clustered, diag(vcov(fit, cluster = ~firm)), tolerance = 0.25) # of 17 clusters
})

test_that("scores: the spread is that of the sandwich", {
  for (kind in c("weighted", "grouped", "gamma", "custom")) {
    fit <- vcov_pair(kind)$rs
    for (type in c("wild", "score")) {
      b <- bootstrap(fit, 2000, type, seed = 3)
      expect_equal(diag(vcov(b)), diag(vcov(fit, "HC0")), tolerance = 0.2, label = paste(kind, type)) # of 2000 draws
    }
  }
})

# Inverse Gaussian numbers (Michael, Schucany and Haas, 1976).
wald <- function(mu, lambda) {
  v <- mu * rnorm(length(mu))^2 / (2 * lambda)
  low <- mu * (1 + v - sqrt(v^2 + 2 * v))
  ifelse(runif(length(mu)) < mu / (mu + low), low, mu^2 / low)
}

test_that("parametric and residual bootstraps have the spread of the model", {
  set.seed(8)
  n <- 400
  big <- data.frame(x = runif(n, -1, 1), size = sample(20:30, n, TRUE), w = runif(n, 0.5, 2))
  mu <- exp(2 + 0.5 * big$x)
  big$count <- rpois(n, mu)
  big$normal <- rnorm(n, mu, sqrt(2 / big$w))
  big$gamma <- mu * rgamma(n, 6 * big$w, 6 * big$w)
  big$share <- rbinom(n, big$size, plogis(big$x)) / big$size
  big$wald <- wald(mu, 40 * big$w)
  fits <- list(
    glm_rs(count ~ x, poisson, big), glm_rs(normal ~ x, gaussian, big, weights = w),
    glm_rs(share ~ x, binomial, big, weights = size), glm_rs(gamma ~ x, Gamma("log"), big, weights = w),
    glm_rs(wald ~ x, inverse.gaussian("log"), big, weights = w)
  )
  for (i in seq_along(fits)) {
    for (type in c("parametric", if (i < 4) "residual")) {
      b <- bootstrap(fits[[i]], 1500, type, seed = i)
      # residuals are as dispersed as the data have them, whatever the family says
      fit <- fits[[i]]
      phi <- if (type == "residual") sum(residuals(fit, "pearson")^2) / df.residual(fit) else summary(fit)$dispersion
      expected <- phi * diag(summary(fit)$cov.unscaled)
      expect_equal(diag(vcov(b)), expected, tolerance = draws(1500), label = paste(i, type))
    }
  }
  # of normal responses the means are exact in law: few draws tell little, but not nothing
  expect_equal(bootstrap(fits[[2]], 1500, "parametric", seed = 1)$estimate, coef(fits[[2]]))
})

test_that("the residual bootstrap of least squares draws standardised residuals", {
  fit <- glm_rs(t ~ x, gaussian, d)
  one <- lm(t ~ x, d)
  pool <- residuals(one) / sqrt(1 - hatvalues(one))
  pool <- pool - mean(pool)
  b <- bootstrap(fit, 3, "residual", seed = 9)
  for (r in 1:3) {
    y <- fitted(one) + pool[rust_draw_rows(nrow(d), 9, r)]
    expect_equal(b$replicates[r, ], coef(lm(y ~ x, data.frame(x = d$x, y = y))), tolerance = 1e-9)
  }
})

test_that("seeds govern, threads do not", {
  fit <- glm_rs(y ~ x + f, poisson, d)
  big <- d[rep(seq_len(nrow(d)), 150), ]
  big <- glm_rs(y ~ x + f, poisson, big)
  for (type in c("pairs", "bayesian", "wild", "parametric", "residual", "score")) {
    one <- bootstrap(big, 4, type, seed = 1, threads = 1)
    two <- bootstrap(big, 4, type, seed = 1, threads = 2)
    expect_identical(one[c("replicates", "errors", "acceleration")], two[c("replicates", "errors", "acceleration")])
  }
  set.seed(5)
  a <- bootstrap(fit, 3)
  set.seed(5)
  b <- bootstrap(fit, 3)
  expect_identical(a$replicates, b$replicates)
  expect_false(identical(bootstrap(fit, 3)$replicates, a$replicates))
  before <- .Random.seed
  expect_identical(bootstrap(fit, 7, seed = a$seed)$replicates[1:3, ], a$replicates)
  expect_identical(.Random.seed, before)
})

test_that("what was drawn may not tell all coefficients: that is counted", {
  d$rare <- factor(ifelse(seq_len(nrow(d)) == 7, "rare", "common"))
  fit <- glm_rs(y ~ x + rare, poisson, d)
  b <- bootstrap(fit, 60, seed = 1)
  lacks <- vapply(1:60, function(r) !7 %in% rust_draw_rows(nrow(d), 1, r), NA)
  expect_identical(is.na(b$replicates[, "x"]), lacks)
  expect_identical(c(b$failures), c("`rarerare` is aliased in the drawn data" = sum(lacks)))
  expect_true(all(is.finite(vcov(b))) && all(is.finite(confint(b, type = "t", level = 0.5))))
  expect_warning(
    vcov(fit, "bootstrap", times = 60, seed = 1), paste(sum(lacks), "of 60 replicates failed"),
    class = "glmrs_warning_bootstrap"
  )
  hard <- glm_rs(y ~ x, poisson, d)
  hard$control$maxit <- 1
  hard$control$epsilon <- 1e-14
  failed <- "5 of 5 replicates failed: the search did not converge: the largest number of iterations was reached"
  expect_error(bootstrap(hard, 5, seed = 1), failed, class = "glmrs_error_bootstrap")
})

test_that("what rounding errors have left of counts are counts", {
  d <- data.frame(x = 1:60 / 60, y = rep(c(0, 1, 3, 2, 5, 29), 10), size = 30)
  d$off <- d$y * (1 - 1e-15)
  d$size_off <- d$size * (1 - 1e-15)
  drawn <- function(fit, type) bootstrap(fit, 5, type, seed = 1)$replicates
  expect_equal(drawn(glm_rs(off ~ x, poisson, d), "residual"), drawn(glm_rs(y ~ x, poisson, d), "residual"))
  share <- function(weights) glm_rs(d$y / d$size ~ x, binomial, d, weights = weights)
  for (type in c("parametric", "residual")) expect_equal(drawn(share(d$size_off), type), drawn(share(d$size), type))
})

test_that("families of the user's own are resampled by a loop of R's", {
  own <- poisson()
  own$variance <- function(mu) 1 * mu
  fit <- glm_rs(y ~ x + x_twice, own, d, control = PRECISE)
  expect_null(family_spec(own))
  native <- glm_rs(y ~ x + x_twice, poisson, d, control = PRECISE)
  for (type in c("pairs", "bayesian")) {
    a <- bootstrap(fit, 3, type, seed = 1)
    b <- bootstrap(native, 3, type, seed = 1)
    expect_equal(a$replicates, b$replicates, tolerance = TOLERANCE)
    expect_equal(a$errors, b$errors, tolerance = TOLERANCE)
  }
  replicates <- function(fit) bootstrap(fit, 3, cluster = ~firm, seed = 1)$replicates
  expect_equal(replicates(fit), replicates(native), tolerance = TOLERANCE)
  # a dispersion that is estimated, over all rows that were drawn
  quasi <- vcov_pair("custom")$rs
  b <- expect_silent(bootstrap(quasi, 3, seed = 1))
  again <- pairs_by_hand(quasi, 2, 1)
  dispersion <- sum((again$weights * again$residuals^2)[again$weights > 0]) / (nrow(d) - again$rank)
  expect_equal(unname(b$errors[2, ]), sqrt(dispersion * diag(chol2inv(again$qr$qr[1:2, 1:2]))), tolerance = LAST_STEP)
  expect_error(bootstrap(fit, 3, "parametric"), "not native", class = "glmrs_error_bootstrap")
  expect_error(bootstrap(fit, 3, "residual"), "not native", class = "glmrs_error_bootstrap")
})

test_that("beside a large factor clusters of rows are weighted", {
  set.seed(3)
  wide <- data.frame(g = factor(rep(1:300, each = 8)), x = rnorm(2400))
  wide$y <- rpois(2400, exp(0.3 * wide$x + rep(rnorm(300, 1, 0.3), each = 8)))
  fit <- glm_rs(y ~ x + g, poisson, wide, control = PRECISE)
  expect_false(is.null(fit$cov.blocks))
  b <- bootstrap(fit, 2, "bayesian", seed = 1)
  weights <- rust_draw_weights(2400, 1, 2)
  again <- glm_rs(y ~ x + g, quasipoisson, wide, weights = weights, control = PRECISE)
  expect_equal(b$replicates[2, ], coef(again), tolerance = STOPPING)
  expect_equal(b$errors[2, ], sqrt(diag(vcov(again, dispersion = 1))), tolerance = LAST_STEP)
  expect_error(confint(b, type = "bca"), "influence", class = "glmrs_error_bootstrap")
})

test_that("intervals cover", {
  set.seed(1)
  covered <- replicate(120, {
    x <- runif(60)
    y <- rpois(60, exp(1 + 0.5 * x) * rgamma(60, 4, 4)) # more spread than Poisson's
    limits <- confint(bootstrap(glm_rs(y ~ x, poisson), 199), "x", type = "bca")
    limits[1L] < 0.5 && 0.5 < limits[2L]
  })
  # of 120 intervals of 95 % less than 100 cover once in a million, were they exact
  expect_gte(sum(covered), 100)
})

test_that("it is a covariance like others", {
  fit <- glm_rs(y ~ x + x_twice + f, poisson, d)
  b <- bootstrap(fit, 60, "cluster", cluster = ~firm, seed = 3)
  expect_equal(vcov(fit, "bootstrap", cluster = ~firm, times = 60, seed = 3, complete = FALSE), vcov(b))
  wild <- vcov(bootstrap(fit, 60, "wild", seed = 3))
  expect_equal(vcov(fit, "bootstrap", boot_type = "wild", times = 60, seed = 3, complete = FALSE), wild)
  s <- summary(fit, vcov = "bootstrap", times = 60, seed = 3)
  expect_equal(s$coefficients["x", "Std. Error"], sd(bootstrap(fit, 60, seed = 3)$replicates[, "x"]))
  expect_output(print(s), "bootstrap \\(pairs, 60 replicates\\)")
  limits <- confint(fit, "x", vcov = "bootstrap", times = 60, seed = 3)
  expect_equal(unname(diff(c(limits))), 2 * qnorm(0.975) * s$coefficients["x", "Std. Error"])
  # of aliased columns predict() warns
  se <- suppressWarnings(predict(fit, d[1, ], se.fit = TRUE, vcov = "bootstrap", times = 60, seed = 3)$se.fit)
  kept <- kept_names(fit)
  row <- model.matrix(fit)[1L, kept]
  expect_equal(unname(se), drop(sqrt(row %*% s$cov.scaled[kept, kept] %*% row)), ignore_attr = TRUE)
})

test_that("wrong use is told", {
  fit <- glm_rs(y ~ x, poisson, d)
  expect_error(bootstrap(fit, type = "paris"), "`type`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, times = 0), "`times`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, seed = 0.5), "`seed`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, treads = 1), "`treads`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, threads = 0), "`threads`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, type = "wild", distribution = "webb"), "`distribution`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, distribution = "mammen"), "multipliers of", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, type = "cluster"), "`cluster` is missing", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, type = "pairs", cluster = ~firm), "is not used", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, cluster = ~ firm + year), "one way", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, cluster = rep(1, nrow(d))), "one cluster", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, cluster = 1:3), "160 rows", class = "glmrs_error_cluster")
  expect_error(bootstrap(glm_rs(y ~ 0, poisson, d)), "no coefficients", class = "glmrs_error_bootstrap")
  refused <- function(fit, type, why) {
    expect_error(bootstrap(fit, 5, type), why, class = "glmrs_error_bootstrap")
  }
  refused(glm_rs(y ~ x, quasipoisson, d), "parametric", "quasi-likelihood")
  refused(glm_rs(y ~ x, poisson, d, weights = w), "parametric", "weights that are not 1")
  # of shares that are no counts the fit warns
  refused(suppressWarnings(glm_rs(share ~ x, binomial, d, weights = w)), "parametric", "whole numbers")
  refused(glm_rs(I(y > 1) ~ x, binomial, d), "residual", "binary")
  refused(glm_rs(t ~ x, Gamma("log"), d), "residual", "positive")
  saturated <- glm_rs(t ~ factor(1:6), data = d[1:6, ])
  refused(saturated, "residual", "residual degrees of freedom")
  refused(saturated, "parametric", "residual degrees of freedom")
  # a row without weight is no degree of freedom
  refused(glm_rs(t ~ factor(c(1:6, 1)), data = d[1:7, ], weights = rep(1:0, c(6, 1))), "residual", "residual degrees of freedom")
  b <- bootstrap(fit, 19, "score", seed = 1)
  expect_error(confint(b, type = "bca"), "influence", class = "glmrs_error_bootstrap")
  expect_error(confint(b, type = "t"), "standard error", class = "glmrs_error_bootstrap")
  expect_warning(confint(b), "extremes of 19 replicates.*39 or more", class = "glmrs_warning_bootstrap")
  expect_error(vcov(fit, "bootstrap", boot_type = "pair"), "`boot_type`", class = "glmrs_error_argument")
  expect_error(vcov(fit, "bootstrap", tims = 3), "`tims`", class = "glmrs_error_argument")
})

test_that("families with a parameter that was given hold it", {
  amounts <- transform(d, t = ifelse(k > 0, t, 0))
  for (fit in list(glm_rs(y ~ x, negative_binomial(), d), glm_rs(y ~ x, negative_binomial(2), d), glm_rs(t ~ x, tweedie(1.5), amounts))) {
    b <- bootstrap(fit, 3, "residual", seed = 1)
    expect_false(anyNA(b$replicates))
  }
  # theta is held where it was given: where it was estimated see test-bootstrap-model.R
  held <- glm_rs(y ~ x, negative_binomial(2), d, control = PRECISE)
  drawn <- tabulate(glmrs:::rust_draw_rows(nrow(d), 1, 2), nrow(d))
  again <- glm_rs(y ~ x, negative_binomial(2), cbind(d, drawn), weights = drawn, control = PRECISE)
  drawn <- bootstrap(held, 3, seed = 1)$replicates
  expect_equal(drawn[2, ], coef(again), tolerance = 1e-6) # Fisher's scoring creeps where the link is not canonical
})

test_that("responses of families with a parameter of their own are drawn from the fit", {
  amounts <- transform(d, t = ifelse(k > 0, t, 0))
  fits <- list(
    glm_rs(y ~ x, negative_binomial(2), d), glm_rs(t ~ x, tweedie(1.5), amounts), glm_rs(t ~ x, tweedie(1), amounts),
    glm_rs(t ~ x, tweedie(2), d), glm_rs(t ~ x, tweedie(3), d)
  )
  for (fit in fits) {
    b <- bootstrap(fit, 1999, "parametric", seed = 1)
    # the model's own standard errors, but for a small bias
    errors <- sqrt(diag(vcov(fit)))
    expect_equal(apply(b$replicates, 2L, sd), errors, tolerance = 0.1, label = fit$family$family) # of 1,999 draws
    expect_identical(b$replicates, bootstrap(fit, 1999, "parametric", seed = 1, threads = 1)$replicates)
  }
  expect_error(bootstrap(glm_rs(t ~ x, tweedie(2.5), d), 3, "parametric"), "power 2.5", class = "glmrs_error_bootstrap")
  expect_error(
    bootstrap(glm_rs(y ~ x, negative_binomial(2), d, weights = w), 3, "parametric"), "weights", class = "glmrs_error_bootstrap"
  )
})
