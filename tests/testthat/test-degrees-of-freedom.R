# One rule for the degrees of freedom of tests and intervals, beside package lmtest with the same ones.

d <- vcov_data()
known <- glm_rs(y ~ x + f, poisson, d)
estimated <- glm_rs(t ~ x + f, gaussian, d)

test_that("clusters say how many there are where the dispersion is estimated", {
  skip_if_not_installed("lmtest")
  for (case in list(
    list(estimated, ~firm, NULL, 16), list(estimated, ~ firm + year, NULL, 5), list(known, ~firm, NULL, Inf),
    list(known, ~firm, "clusters", 16), list(known, ~firm, "residual", 156), list(estimated, ~firm, "residual", 156),
    list(estimated, ~firm, 9.5, 9.5), list(estimated, ~firm, Inf, Inf), list(known, ~firm, 7, 7)
  )) {
    fit <- case[[1L]]
    choice <- ssc(df = case[[3L]])
    v <- suppressWarnings(vcov(fit, case[[2L]], ssc = choice))
    attributes(v)[c("ssc", "df")] <- NULL
    # with df = Inf package lmtest calls its statistic z
    want <- unclass(lmtest::coeftest(fit, vcov. = v, df = case[[4L]]))[, ]
    table <- suppressWarnings(coef(summary(fit, vcov = case[[2L]], ssc = choice)))
    expect_equal(unname(table[, c(1:2, ncol(table) - 1:0)]), unname(want), tolerance = ROUNDING)
    limits <- suppressWarnings(confint(fit, vcov = case[[2L]], ssc = choice))
    expect_equal(unname(limits), unname(lmtest::coefci(fit, vcov. = v, df = case[[4L]])), tolerance = ROUNDING)
    if (anyNA(want)) next
    test <- suppressWarnings(wald_test(fit, "x", vcov = case[[2L]], ssc = choice))
    expect_equal(test$p.value, want["x", 4L], tolerance = 1e-10)
    interval <- suppressWarnings(predict(fit, d[1:2, ], interval = "confidence", vcov = case[[2L]], ssc = choice))
    errors <- suppressWarnings(predict(fit, d[1:2, ], se.fit = TRUE, vcov = case[[2L]], ssc = choice))
    expect_equal(unname(interval[, "upr"]), unname(errors$fit + qt(0.975, case[[4L]]) * errors$se.fit), tolerance = ROUNDING)
  }
})

test_that("a test of one coefficient is that of the summary, with the covariance's own degrees of freedom, too", {
  for (fit in list(known, estimated)) {
    for (type in c("CR2", "CR3")) {
      table <- coef(summary(fit, vcov = ~firm, ssc = ssc(type)))
      test <- wald_test(fit, "fb", vcov = ~firm, ssc = ssc(type))
      expect_equal(test$p.value, table["fb", 5L], tolerance = 1e-10)
      expect_equal(test$parameter[["denom df"]], table["fb", "df"])
    }
  }
  # several have none in common: then those of the clusters count
  for (fit in list(known, estimated)) {
    several <- wald_test(fit, ~f, vcov = ~firm, ssc = ssc("CR2"))
    expect_equal(several$parameter, c(`num df` = 2, `denom df` = 16))
  }
  chosen <- summary(known, vcov = ~firm, ssc = ssc("CR2", df = "clusters"))
  expect_equal(unname(coef(chosen)[, "df"]), rep(16, 4))
})

test_that("rows in time and other models take a number", {
  drawn <- summary(estimated, vcov = "bootstrap", cluster = ~firm, times = 50, seed = 1)
  expect_equal(coef(drawn)["x", 4L], 2 * pt(-abs(coef(drawn)["x", 3L]), 16), tolerance = ROUNDING)
  hac <- summary(known, vcov = "HAC", lag = 2, ssc = ssc(df = 20))
  expect_equal(unname(coef(hac)[, "df"]), rep(20, 4))
  expect_error(vcov(known, "HAC", ssc = ssc(df = "clusters")), "no clusters", class = "glmrs_error_argument")
  zero <- glm_rs(y ~ x | z, family = hurdle(), data = d)
  limits <- confint(zero, vcov = "cluster", cluster = ~firm, ssc = ssc(df = "clusters"))
  errors <- sqrt(diag(vcov(zero, cluster = ~firm)))
  expect_equal(limits[, 2L], coef(zero) + qt(0.975, 16) * errors, tolerance = ROUNDING)
  expect_identical(colnames(summary(zero, vcov = ~firm, ssc = ssc(df = 5))$coefficients$count)[3L], "t value")
  counts <- glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = d)
  truncated <- update(counts, family = zero_truncated(), subset = y > 0)
  for (fit in list(counts, truncated)) {
    limits <- confint(fit, vcov = ~firm, ssc = ssc(df = 6))
    errors <- sqrt(diag(vcov(fit, ~firm)))
    expect_equal(limits[, 2L], coef(fit) + qt(0.975, 6) * errors, tolerance = ROUNDING)
    table <- summary(fit, vcov = ~firm, ssc = ssc(df = 6))$coefficients
    expect_identical(rownames(table), names(coef(fit)))
    expect_equal(table[, "Pr(>|t|)"], 2 * pt(-abs(coef(fit) / errors), 6), tolerance = ROUNDING)
    expect_equal(wald_test(fit, "x", vcov = ~firm, ssc = ssc(df = 6))$p.value, table["x", 4L], tolerance = 1e-10)
    expect_equal(attr(vcov(fit, ~firm, ssc = ssc(df = 6)), "df"), c(`(Intercept)` = 6, x = 6))
    skip_if_not_installed("generics")
    expect_equal(generics::tidy(fit, vcov = ~firm, ssc = ssc(df = 6))$p.value, unname(table[, 4L]))
  }
  expect_equal(attr(vcov(counts, ~firm, ssc = ssc(df = 6), theta = TRUE), "df"), c(`(Intercept)` = 6, x = 6, theta = 6))
  expect_equal(attr(vcov(zero, ~firm, ssc = ssc(df = 6), part = "zero"), "df"), c(`(Intercept)` = 6, z = 6))
  expect_named(attr(vcov(zero, ~firm, ssc = ssc(df = 6)), "df"), names(coef(zero)))
  by_loss <- m_estimate(t ~ x, loss = huber(), data = d)
  v <- vcov(by_loss, "cluster", cluster = ~firm, ssc = ssc(df = 16))
  expect_equal(attr(v, "df"), c(`(Intercept)` = 16, x = 16))
  limits <- confint(by_loss, vcov = ~firm, ssc = ssc(df = "clusters"))
  expect_equal(limits[, 1L], coef(by_loss) - qt(0.975, 16) * sqrt(diag(v)), tolerance = ROUNDING)
})

test_that("what they are is printed", {
  printed <- function(fit, ...) capture.output(print(summary(fit, ...)))
  expect_true("Degrees of freedom: 16, the number of clusters less 1" %in% printed(estimated, vcov = ~firm))
  expect_false(any(grepl("Degrees of freedom", printed(known, vcov = ~firm))))
  expect_true("Small samples: type CR0, degrees of freedom n - p" %in% printed(known, vcov = ~firm, ssc = ssc("CR0", df = "residual")))
  expect_true("Degrees of freedom: Satterthwaite's" %in% printed(known, vcov = ~firm, ssc = ssc("CR2")))
  expect_equal(format(ssc(df = 7)), "type HC0, G / (G - 1) for G clusters, degrees of freedom 7")
  for (bad in list("all", 0, -1, NA, c(1, 2), "7")) expect_error(ssc(df = bad), "`df` must be", class = "glmrs_error_argument")
})

test_that("a tidy table has the statistic of the summary", {
  skip_if_not_installed("generics")
  table <- coef(summary(known, vcov = ~firm, ssc = ssc("CR2")))
  row <- generics::tidy(known, vcov = ~firm, ssc = ssc("CR2"))
  expect_equal(row$statistic, unname(table[, "t value"]))
  expect_equal(row$p.value, unname(table[, 5L]))
})

# What each method makes of the covariance: the p-value of x, and the quantile of intervals about it
rule_of <- function(fit, vcov = "model", ...) {
  table <- coef(summary(fit, vcov = vcov, ...))
  test <- wald_test(fit, "x", vcov = vcov, ...)
  limits <- confint(fit, "x", type = "Wald", vcov = vcov, ...)
  at <- predict(fit, d[1:2, ], interval = "confidence", se.fit = TRUE, vcov = vcov, ...)
  list(
    p = c(table["x", 4L], test$p.value), statistic = c(table["x", 3L]^2, test$statistic[[1L]]),
    quantile = c((limits[2L] - coef(fit)[["x"]]) / table["x", 2L], (at$fit[, "upr"] - at$fit[, "fit"]) / at$se.fit)
  )
}

test_that("a dispersion that is given, or estimated with less bias, is known to all methods", {
  normal <- function(rule) {
    expect_equal(rule$p, rep(2 * pnorm(-sqrt(rule$statistic[1L])), 2), tolerance = 1e-10)
    expect_equal(rule$statistic[1L], rule$statistic[2L], tolerance = ROUNDING)
    expect_equal(unname(rule$quantile), rep(qnorm(0.975), 3), tolerance = ROUNDING)
  }
  normal(rule_of(estimated, dispersion = 2))
  for (bias in c("mean", "median")) {
    fit <- glm_rs(t ~ x + f, gaussian, d, bias = bias)
    normal(rule_of(fit))
    for (vcov in list("HC0", ~firm)) normal(rule_of(fit, vcov))
    expect_equal(wald_test(fit, "x", ~firm, ssc = ssc(df = 9))$parameter, c(`num df` = 1, `denom df` = 9))
  }
  expect_equal(unname(rule_of(estimated)$quantile), rep(qt(0.975, 156), 3), tolerance = ROUNDING)
  expect_named(wald_test(estimated, "x", vcov = "model", dispersion = 2)$statistic, "Chisq")
  expect_named(anova(estimated, vcov = "model", dispersion = 2), c("Res.Df", "Df", "Chisq", "Pr(>Chisq)"))
})

test_that("tests and all summaries say what was chosen for small samples", {
  printed <- function(x) capture.output(print(x))
  expect_true("small samples: type CR2" %in% printed(wald_test(known, "x", ~firm, ssc = ssc("CR2"))))
  expect_true("small samples: type CR1S" %in% printed(score_test(known, ~z, ~firm, ssc = ssc("CR1S"))))
  expect_false(any(grepl("small", printed(wald_test(known, "x", "HC0")))))
  plain <- poisson_fit(d[c("x", "z")], d$y)
  said <- printed(summary(plain, vcov = "cluster", cluster = d$firm, ssc = ssc("CR2")))
  expect_true(all(c("Small samples: type CR2", "Degrees of freedom: Satterthwaite's") %in% said))
  by_loss <- m_estimate(t ~ x, loss = huber(), data = d)
  expect_true("Small samples: type CR0, degrees of freedom 8" %in% printed(summary(by_loss, vcov = ~firm, ssc = ssc("CR0", df = 8))))
  wild <- summary(known, vcov = "bootstrap", boot_type = "wild", cluster = ~firm, times = 9, seed = 1)
  expect_equal(wild$standard.errors$label, "bootstrap (wild, 9 replicates of 17 clusters by firm)")
  expect_equal(wild$standard.errors$clusters, c(firm = 17))
  drawn <- summary(known, vcov = "bootstrap", times = 9, seed = 1)
  expect_equal(drawn$standard.errors$label, "bootstrap (pairs, 9 replicates)")
})

test_that("combinations and predictions have degrees of freedom of their own, as coefficients of other columns", {
  d$moved <- d$x - 0.3
  for (type in c("CR2", "CR3")) {
    for (fit in list(known, estimated)) {
      other <- update(fit, . ~ . - x + moved)
      df <- function(fit) attr(vcov(fit, ~firm, ssc = ssc(type)), "df")
      # the intercept of `moved` is the mean at x = 0.3
      at <- wald_test(fit, "(Intercept) + 0.3 * x = 0.1", vcov = ~firm, ssc = ssc(type))
      expect_equal(at$parameter[["denom df"]], df(other)[["(Intercept)"]], tolerance = 1e-7) # of two searches
      new <- data.frame(x = c(0.3, NA, 0, 0.3), f = "a")
      interval <- predict(fit, new, interval = "confidence", vcov = ~firm, ssc = ssc(type))
      errors <- predict(fit, new, se.fit = TRUE, vcov = ~firm, ssc = ssc(type))
      rows <- c(df(other)[["(Intercept)"]], NA, df(fit)[["(Intercept)"]], df(other)[["(Intercept)"]])
      expect_equal(unname(interval[, "upr"]), unname(errors$fit + qt(0.975, rows) * errors$se.fit), tolerance = 1e-8) # as above
    }
  }
  # rows of the fit
  interval <- predict(known, interval = "confidence", vcov = ~firm, ssc = ssc("CR2"))
  expect_equal(interval[1:3, ], predict(known, d[1:3, ], interval = "confidence", vcov = ~firm, ssc = ssc("CR2")), tolerance = ROUNDING)
  # no data go with a summary
  expect_null(summary(known, vcov = ~firm, ssc = ssc("CR2"))$standard.errors$df_of)
})
