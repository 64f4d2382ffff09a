# tidy() and glance() of a fit: those of package broom on the glm() fit, and of lmtest with another covariance.

skip_if_not_installed("broom")

test_that("without a covariance the tables are broom's on the glm() fit", {
  for (kind in names(vcov_fits)) {
    pair <- vcov_pair(kind)
    for (expression in expression(broom::tidy(fit), broom::glance(fit), generics::tidy(fit), generics::glance(fit))) {
      by <- lapply(pair, function(fit) eval(expression, list(fit = fit)))
      expect_equal(by$rs, by$glm, tolerance = TOLERANCE, info = paste(kind, deparse1(expression)))
      expect_identical(class(by$rs), class(by$glm))
      expect_identical(lapply(by$rs, typeof), lapply(by$glm, typeof))
    }
  }
  # limits are from a spline through points, the same for both
  for (kind in c("poisson", "aliased", "one")) {
    by <- lapply(vcov_pair(kind), function(fit) broom::tidy(fit, conf.int = TRUE, conf.level = 0.8, exponentiate = TRUE))
    expect_equal(by$rs, by$glm, tolerance = TOLERANCE, info = kind)
  }
})

test_that("with one they are those of package lmtest", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  for (kind in c("poisson", "gaussian", "excluded")) {
    pair <- vcov_pair(kind)
    df <- if (kind == "gaussian") 17 - 1 else Inf
    v <- sandwich::vcovCL(pair$glm, ~firm)
    table <- unclass(lmtest::coeftest(pair$glm, vcov. = v, df = df))
    limits <- lmtest::coefci(pair$glm, vcov. = v, df = df, level = 0.9)
    got <- generics::tidy(pair$rs, conf.int = TRUE, conf.level = 0.9, cluster = ~firm)
    expect_identical(got$term, rownames(table))
    expect_equal(as.matrix(got[, -1L]), cbind(table[, ], limits), tolerance = TOLERANCE, ignore_attr = TRUE)
    shown <- generics::tidy(pair$rs, conf.int = TRUE, conf.level = 0.9, exponentiate = TRUE, vcov = v)
    expect_equal(shown$estimate, exp(got$estimate))
    # a matrix does not tell how many clusters it is from
    of_rows <- lmtest::coefci(pair$glm, vcov. = v, df = if (kind == "gaussian") pair$glm$df.residual else Inf, level = 0.9)
    expect_equal(shown$conf.low, exp(unname(of_rows[, 1L])), tolerance = TOLERANCE)
    expect_equal(shown$std.error, got$std.error, tolerance = TOLERANCE)
  }
})

test_that("tables of all fits are tibbles, and facts of a fit take no further arguments", {
  skip_if_not_installed("tibble")
  d <- data.frame(x = rep(1:10, 10), y = rep(c(0, 0, 1, 3, 0, 2, 5, 0, 0, 4), 10), k = gl(3, 1, 100, letters[1:3]))
  fits <- list(
    glm_rs(y ~ x, quasipoisson, d), poisson_fit(cbind(x = d$x), d$y), m_estimate(y ~ x, d), glm_rs(y ~ x | 1, zero_inflated(), d),
    glm_rs(y ~ x, negative_binomial(type = "nb1"), d), glm_rs(k ~ x, multinomial(), d), glm_rs(ordered(k) ~ x, cumulative(), d)
  )
  for (fit in fits) {
    expect_s3_class(generics::tidy(fit), "tbl_df")
    expect_s3_class(generics::tidy(fit, conf.int = TRUE), "tbl_df")
    expect_s3_class(generics::glance(fit), "tbl_df")
    expect_error(generics::glance(fit, foo = 1), "`foo`", class = "glmrs_error_argument")
  }
  drawn <- bootstrap(fits[[1L]], 39, seed = 1)
  for (table in list(generics::tidy(drawn), generics::tidy(drawn, conf.int = TRUE))) expect_s3_class(table, "tbl_df")
})
