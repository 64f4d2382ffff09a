# Covariances, tests and bootstraps of poisson_fit() beside package sandwich's of the same glm(), and those of glm_rs().

poisson_pairs <- function() {
  d <- vcov_data()
  d$x_twice <- NULL
  x <- as.matrix(d[c("x", "z")])
  control <- list(epsilon = 1e-14, maxit = 100)
  environment <- environment()
  env <- function(call) eval(call, environment)
  list(
    d = d, x = x,
    plain = list(fit = poisson_fit(x, d$y), glm = env(quote(glm(y ~ x + z, poisson, d, control = control)))),
    weighted = list(
      fit = poisson_fit(x, d$y, weights = d$w, offset = d$off),
      glm = env(quote(glm(y ~ x + z, poisson, d, weights = w, offset = off, control = control)))
    ),
    origin = list(
      fit = poisson_fit(x, d$y, fit_intercept = FALSE), glm = env(quote(glm(y ~ 0 + x + z, poisson, d, control = control)))
    ),
    constant = list(fit = poisson_fit(x[, 0], d$y), glm = env(quote(glm(y ~ 1, poisson, d, control = control))))
  )
}
pairs <- poisson_pairs()
d <- pairs$d

test_that("all kinds are those of package sandwich", {
  skip_if_not_installed("sandwich")
  same <- function(v, want, label) {
    attr(v, "ssc") <- NULL
    expect_equal(unname(v), unname(want), tolerance = AT_LAST_STEP, label = label)
  }
  for (name in c("plain", "weighted", "origin", "constant")) {
    fit <- pairs[[name]]$fit
    glm <- pairs[[name]]$glm
    for (type in c("HC0", "HC1", "HC2", "HC3", "HC4", "HC4m", "HC5")) {
      same(vcov(fit, type), sandwich::vcovHC(glm, type = type), paste(name, type))
    }
    same(vcov(fit, "OPG"), sandwich::vcovOPG(glm), paste(name, "OPG"))
    same(vcov(fit, cluster = d$firm), sandwich::vcovCL(glm, d$firm), paste(name, "one way"))
    ways <- d[c("firm", "year")]
    same(suppressWarnings(vcov(fit, cluster = ways)), sandwich::vcovCL(glm, ways), paste(name, "two ways"))
    same(vcov(fit, "HAC", lag = 3), sandwich::NeweyWest(glm, lag = 3, prewhite = FALSE), paste(name, "HAC"))
  }
})

test_that("other kinds are those of glm_rs()", {
  fit <- pairs$weighted$fit
  rs <- glm_rs(y ~ x + z, poisson, d, weights = w, offset = off, epsilon = 1e-14)
  firm <- d$firm
  for (options in list(
    list("cluster", cluster = ~firm, ssc = ssc("CR2")), list("jackknife"), list(~firm), list("DK", time = d$year),
    list("bootstrap", times = 50, seed = 1), list(function(fit, by) by * vcov(fit), by = 2)
  )) {
    got <- do.call(vcov, c(list(fit), options))
    want <- do.call(vcov, c(list(rs), options))
    # a bootstrap's searches stop at the tolerance of each fit
    tolerance <- if (identical(options[[1L]], "bootstrap")) 1e-5 else AT_LAST_STEP
    expect_equal(got, want, tolerance = tolerance, label = deparse1(options[[1L]]))
    names(options)[1L] <- "vcov"
    of_both <- function(f) lapply(list(fit, rs), function(fit) do.call(f, c(list(fit), options)))
    tables <- lapply(of_both("summary"), coef)
    expect_equal(tables[[1L]], tables[[2L]], tolerance = tolerance)
    limits <- of_both("confint")
    expect_equal(limits[[1L]], limits[[2L]], tolerance = tolerance)
  }
  expect_equal(
    wald_test(fit, "x = z", vcov = ~firm, ssc = ssc("CR2"))[1:3], wald_test(rs, "x = z", vcov = ~firm, ssc = ssc("CR2"))[1:3],
    tolerance = AT_LAST_STEP
  )
  expect_equal(confint(fit, type = "HC3"), confint(fit, vcov = "HC3"))
  expect_error(confint(fit, vcov = "HC3", type = "HC1"), "give one of them", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HC3", lag = 2), "not an option", class = "glmrs_error_argument")
})

test_that("aliased columns and rows without weight take no part", {
  x <- cbind(pairs$x, sum = rowSums(pairs$x))
  weights <- replace(d$w, 1:20, 0)
  suppressWarnings(fit <- poisson_fit(x, d$y, weights = weights))
  rest <- poisson_fit(pairs$x[-(1:20), ], d$y[-(1:20)], weights = d$w[-(1:20)])
  for (type in c("HC1", "HC3", "OPG", "jackknife")) {
    expect_equal(vcov(fit, type, complete = FALSE), vcov(rest, type), tolerance = TOLERANCE, label = type)
  }
  expect_equal(vcov(fit, cluster = d$firm)[1:3, 1:3], vcov(rest, cluster = d$firm[-(1:20)]), tolerance = TOLERANCE, ignore_attr = "ssc")
  expect_true(all(is.na(vcov(fit, "HC3")["sum", ])))
  expect_identical(rownames(confint(fit, vcov = "HC3")), names(coef(fit)))
})

test_that("bootstraps fit again, whatever the number of threads", {
  fit <- pairs$weighted$fit
  drawn <- bootstrap(fit, 20, seed = 3, threads = 1)
  expect_identical(drawn$replicates, bootstrap(fit, 20, seed = 3, threads = 2)$replicates)
  counts <- tabulate(glmrs:::rust_draw_rows(160, 3, 1), 160)
  again <- poisson_fit(pairs$x, d$y, weights = d$w * counts, offset = d$off)
  expect_equal(drawn$replicates[1, ], coef(again), tolerance = 1e-6) # a replicate stops where glm() does
  by_firm <- bootstrap(fit, 20, cluster = d$firm, seed = 3)
  expect_equal(by_firm$type, "cluster")
  expect_equal(dim(confint(by_firm, type = "percentile", level = 0.8)), c(3L, 2L))
  expect_error(bootstrap(poisson_fit(pairs$x, d$y, alpha = 1)), "biases", class = "glmrs_error_inference")
})

test_that("predictions and tables have the standard errors that were asked for", {
  fit <- pairs$plain$fit
  new <- rbind(pairs$x[1:3, ], NA)
  got <- predict(fit, new, "link", se.fit = TRUE, vcov = "HC3")
  x <- cbind(1, pairs$x[1:3, ])
  expect_equal(unname(got$se.fit), c(sqrt(rowSums(x %*% vcov(fit, "HC3") * x)), NA), tolerance = 1e-10)
  expect_equal(predict(fit, new, se.fit = TRUE, vcov = "HC3")$se.fit, got$se.fit * exp(got$fit))
  at_fit <- predict(fit, se.fit = TRUE)
  glm <- predict(pairs$plain$glm, type = "response", se.fit = TRUE)
  expect_equal(at_fit$se.fit, unname(glm$se.fit), tolerance = AT_LAST_STEP)
  expect_error(predict(fit, vcov = "HC3"), "se.fit = TRUE", class = "glmrs_error_argument")
  skip_if_not_installed("generics")
  row <- generics::tidy(fit, conf.int = TRUE, vcov = "HC3")
  expect_equal(row$std.error, unname(sqrt(diag(vcov(fit, "HC3")))))
  expect_equal(row$conf.low, unname(confint(fit, vcov = "HC3")[, 1]))
  expect_equal(generics::glance(fit)$deviance, fit$deviance)
  expect_error(generics::tidy(poisson_fit(pairs$x, d$y, alpha = 1)), class = "glmrs_error_inference")
})

test_that("a summary says what its standard errors are", {
  fit <- pairs$plain$fit
  firm <- d$firm
  expect_output(print(summary(fit, ~firm)), "standard errors: clustered by firm \\(17 clusters\\)")
  expect_output(print(summary(fit, "HC3")), "heteroscedasticity-consistent \\(HC3\\)")
  expect_identical(summary(fit, "vanilla")$vcov_type, "vanilla")
  expect_identical(summary(fit, cluster = firm)$vcov_type, "cluster")
})

test_that("package sandwich finds the scores", {
  skip_if_not_installed("sandwich")
  fit <- pairs$plain$fit
  expect_equal(sandwich::sandwich(fit), vcov(fit, "HC0"), tolerance = 1e-12)
  expect_equal(sandwich::estfun(fit), sandwich::estfun(pairs$plain$glm), tolerance = 1e-6, ignore_attr = TRUE) # at the last step
  expect_equal(colSums(sandwich::estfun(fit)), 0 * coef(fit), tolerance = STOPPING)
})

test_that("package lmtest takes the normal distribution, as for a glm", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  bare <- function(x) unname(unclass(x)[, ])
  for (pair in pairs[c("plain", "weighted", "origin")]) {
    for (v in list(NULL, sandwich::sandwich)) {
      expect_equal(bare(lmtest::coeftest(pair$fit, v)), bare(lmtest::coeftest(pair$glm, v)), tolerance = AT_LAST_STEP)
      expect_equal(bare(lmtest::coefci(pair$fit, vcov. = v)), bare(lmtest::coefci(pair$glm, vcov. = v)), tolerance = AT_LAST_STEP)
    }
    of_t <- list(lmtest::coeftest(pair$fit, df = 9), lmtest::coeftest(pair$glm, df = 9))
    expect_equal(bare(of_t[[1L]]), bare(of_t[[2L]]), tolerance = AT_LAST_STEP)
    expect_equal(bare(lmtest::coefci(pair$fit, 1, 0.9)), bare(lmtest::coefci(pair$glm, 1, 0.9)), tolerance = AT_LAST_STEP)
  }
})
