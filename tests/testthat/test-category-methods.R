fits_of_both <- function(d = category_data()) {
  list(
    glm_rs(y ~ x + f, family = multinomial(), data = d), glm_rs(y ~ x + f, family = cumulative(), data = d),
    glm_rs(y ~ x + f, family = cumulative("loglog"), data = d)
  )
}

test_that("package sandwich makes the same covariances", {
  skip_if_not_installed("sandwich")
  for (fit in fits_of_both()) {
    expect_equal(vcov(fit, "HC0"), sandwich::sandwich(fit), tolerance = 1e-10)
    expect_equal(vcov(fit, "HC1"), sandwich::sandwich(fit, adjust = TRUE), tolerance = 1e-10)
    expect_equal(vcov(fit, "OPG"), solve(crossprod(sandwich::estfun(fit))), tolerance = 1e-8)
    expect_equal(vcov(fit, cluster = ~g), sandwich::vcovCL(fit, ~g, type = "HC0"), tolerance = 1e-10, ignore_attr = TRUE)
    expect_equal(colSums(sandwich::estfun(fit)), 0 * diag(vcov(fit)), tolerance = STOPPING)
    expect_error(vcov(fit, "HC3"), "leverages", class = "glmrs_error_covariance")
  }
})

test_that("scores of ordered categories are those that sandwich finds for MASS::polr()", {
  skip_if_not_installed("sandwich")
  d <- category_data()
  fit <- glm_rs(y ~ x + f, family = cumulative("probit"), data = d)
  theirs <- MASS::polr(y ~ x + f, d, method = "probit", Hess = TRUE, control = list(reltol = 1e-15))
  expect_equal(sandwich::estfun(fit), sandwich::estfun(theirs), tolerance = OTHER_SEARCH, ignore_attr = TRUE)
})

test_that("summaries, intervals and tables have the covariance that was asked for", {
  for (fit in fits_of_both()) {
    estimates <- glmrs:::model_parameters(fit)
    errors <- sqrt(diag(vcov(fit, ~g)))
    said <- summary(fit, vcov = ~g)
    expect_equal(said$coefficients[, 2L], errors, ignore_attr = TRUE)
    expect_equal(rownames(said$coefficients), rownames(vcov(fit)))
    expect_output(print(said), "clustered by g")
    expect_equal(confint(fit, level = 0.9, vcov = ~g)[, 2L], estimates + qnorm(0.95) * errors)
    expect_equal(confint(fit)[, 1L], estimates - qnorm(0.975) * sqrt(diag(vcov(fit))))
    expect_equal(rownames(confint(fit, 2)), names(estimates)[2])
    expect_error(confint(fit, "u"), class = "glmrs_error_argument")
  }
})

test_that("tables for package broom", {
  skip_if_not_installed("generics")
  fits <- fits_of_both()
  tidy <- generics::tidy(fits[[1L]], conf.int = TRUE)
  expect_equal(paste(tidy$y.level, tidy$term, sep = ":"), rownames(vcov(fits[[1L]])))
  expect_equal(tidy$conf.high, unname(confint(fits[[1L]])[, 2L]))
  tidy <- generics::tidy(fits[[2L]], vcov = "HC1")
  expect_equal(tidy$std.error, unname(sqrt(diag(vcov(fits[[2L]], "HC1")))))
  expect_equal(tidy$coef.type, rep(c("coefficient", "scale"), each = 3L))
  expect_equal(generics::glance(fits[[2L]])$BIC, BIC(fits[[2L]]))
})

test_that("likelihood ratios compare nested fits", {
  skip_if_not_installed("nnet")
  skip_if_not_installed("lmtest")
  d <- category_data()
  fit <- glm_rs(y ~ x + f, family = multinomial(), data = d)
  small <- update(fit, . ~ x)
  table <- anova(small, fit)
  theirs <- anova(converged_multinom(y ~ x, d), converged_multinom(y ~ x + f, d))
  expect_equal(table$Chisq[2L], theirs[["LR stat."]][2L], tolerance = 1e-8)
  expect_equal(table$Df[2L], 6)
  expect_equal(lmtest::lrtest(small, fit)[["Pr(>Chisq)"]][2L], table[["Pr(>Chisq)"]][2L])
  ordered <- fits_of_both(d)[[2L]]
  dropped <- drop1(ordered, test = "none")
  expect_equal(dropped["f", "AIC"], AIC(update(ordered, . ~ . - f)))
  theirs <- formula(MASS::stepAIC(MASS::polr(y ~ x + f, d), trace = 0))
  for (chosen in list(step(ordered, trace = 0), step(fit, trace = 0))) {
    expect_named(attributes(formula(chosen)), names(attributes(y ~ x)), ignore.order = TRUE)
    expect_equal(formula(chosen), theirs, ignore_attr = TRUE)
    expect_match(attr(anova(chosen, chosen), "heading")[2L], ": y ~ x$")
  }
  expect_error(anova(fit), class = "glmrs_error_argument")
  expect_error(anova(fit, update(fit, subset = -1)), class = "glmrs_error_argument")
})

test_that("probabilities add up, and their errors are those of the delta method", {
  d <- category_data()
  new <- d[c(3, 8, 40), ]
  for (fit in fits_of_both(d)) {
    found <- predict(fit, new, "response", se.fit = TRUE)
    expect_equal(found$fit, predict(fit, type = "probs")[c(3, 8, 40), ])
    expect_equal(unname(rowSums(found$fit)), rep(1, 3))
    at <- glmrs:::model_parameters(fit)
    moved <- function(p) {
      copy <- fit
      if (is.matrix(copy$coefficients)) {
        copy$coefficients[] <- matrix(p, nrow(copy$coefficients), byrow = TRUE)
      } else {
        copy$coefficients[] <- p[1:3]
        copy$zeta[] <- p[4:6]
      }
      as.vector(predict(copy, new, "probs"))
    }
    slopes <- slopes_of(moved, at)
    for (kind in c("model", "HC1")) {
      errors <- sqrt(diag(slopes %*% vcov(fit, kind) %*% t(slopes)))
      expect_equal(as.vector(predict(fit, new, "probs", se.fit = TRUE, vcov = kind)$se.fit), errors, tolerance = TOLERANCE)
    }
    link <- predict(fit, new, "link")
    if (is.matrix(link)) expect_equal(link, log(found$fit[, -1] / found$fit[, 1]))
    expect_error(predict(fit, new, "class", se.fit = TRUE), class = "glmrs_error_argument")
    expect_equal(predict(fit, new[2, ], "probs"), found$fit[2, , drop = FALSE])
  }
})

test_that("new data: offsets, missing values, levels", {
  d <- category_data()
  fit <- glm_rs(y ~ x + f, family = multinomial(), data = d, offset = cbind(0, o, z, -o))
  expect_equal(predict(fit, d, "probs"), fitted(fit))
  d$x[3] <- NA
  p <- predict(fit, d[1:5, ], "probs", se.fit = TRUE)
  expect_equal(p$fit[-3, ], fitted(fit)[c(1, 2, 4, 5), ])
  expect_true(all(is.na(p$fit[3, ])) && all(is.na(p$se.fit[3, ])))
  expect_equal(is.na(predict(fit, d[1:5, ])), 1:5 == 3)
  expect_error(predict(fit, data.frame(x = 1, f = "q", o = 0, z = 0)), class = "glmrs_error_newdata")
  ordered <- glm_rs(y ~ x + f + offset(o), family = cumulative(), data = d, na.action = na.exclude)
  expect_equal(dim(fitted(ordered)), c(nrow(d), 4L))
  expect_true(all(is.na(fitted(ordered)[3, ])) && all(is.na(residuals(ordered)[3, ])))
  expect_equal(predict(ordered, d[1:5, ], "link")[-3], predict(ordered, type = "link")[c(1, 2, 4, 5)])
})

test_that("residuals are what was observed less what was expected", {
  d <- category_data()
  for (fit in fits_of_both(d)) {
    fit <- update(fit, weights = w + 1)
    observed <- outer(as.character(d$y), levels(d$y), "==") * 1
    expect_equal(residuals(fit), observed - fitted(fit), ignore_attr = TRUE)
    p <- fitted(fit)
    expect_equal(residuals(fit, "pearson"), (observed - p) / sqrt(p * (1 - p)) * sqrt(d$w + 1), ignore_attr = TRUE)
  }
})

test_that("simulated responses have the fit's distribution", {
  d <- category_data()
  fit <- fits_of_both(d)[[1L]]
  draws <- simulate(fit, 200, seed = 1)
  expect_identical(draws, simulate(fit, 200, seed = 1))
  expect_equal(dim(draws), c(500L, 200L))
  expect_equal(levels(draws[[1L]]), levels(d$y))
  shares <- vapply(levels(d$y), function(level) mean(draws == level), 0)
  # 100,000 draws
  expect_lt(max(abs(shares - colMeans(fitted(fit)))), 5 * sqrt(0.25 / 1e5))
  counts <- cbind(a = c(5, 9, 0), b = c(3, 3, 8), c = c(2, 1, 6))
  fit <- glm_rs(counts ~ 1, family = multinomial("b"))
  draw <- simulate(fit, 2, seed = 2)$sim_2
  expect_equal(colnames(draw), colnames(counts))
  expect_equal(rowSums(draw), rowSums(counts))
})

test_that("a fit without rows makes them again, or says that they have changed", {
  d <- category_data()
  for (fit in fits_of_both(d)) {
    small <- update(fit, model = FALSE, y = FALSE)
    expect_null(small$fitted.values)
    expect_equal(fitted(small), fitted(fit))
    expect_equal(vcov(small, "HC0"), vcov(fit, "HC0"))
    expect_equal(residuals(small), residuals(fit))
    expect_equal(predict(small, d[1:2, ], "probs"), predict(fit, d[1:2, ], "probs"))
  }
  d$x[1] <- 0
  expect_error(fitted(small), class = "glmrs_error_rows")
})

test_that("contrasts are those of the fit, whatever the options are now", {
  d <- category_data()
  fit <- glm_rs(y ~ f, family = multinomial(), data = d, contrasts = list(f = "contr.sum"))
  plain <- glm_rs(y ~ f, family = multinomial(), data = d)
  expect_equal(fitted(fit), fitted(plain), tolerance = 1e-8)
  withr::local_options(contrasts = c("contr.helmert", "contr.poly"))
  expect_equal(predict(plain, d[1:9, ], "probs"), fitted(plain)[1:9, ])
  expect_equal(vcov(plain, "HC0"), vcov(plain, "HC0", cluster = NULL))
})

test_that("leverages are refused, prints tell the model", {
  fits <- fits_of_both()
  for (fit in fits) for (f in list(hatvalues, influence, cooks.distance)) expect_error(f(fit), class = "glmrs_error_method")
  expect_output(print(fits[[1L]]), "mid.*high.*top.*multinomial.*Residual deviance")
  expect_output(print(fits[[2L]]), "Thresholds.*low\\|mid")
  expect_output(print(summary(fits[[1L]])), "mid against low.*top against low")
  expect_output(print(summary(fits[[3L]])), "Thresholds.*loglog")
  expect_output(print(multinomial()), "multinomial")
  for (fit in fits) {
    expect_error(plot(fit), class = "glmrs_error_method")
    expect_identical(labels(fit), attr(terms(fit), "term.labels"))
  }
})

test_that("package lmtest tests the coefficients in the order of their covariance", {
  skip_if_not_installed("lmtest")
  fits <- fits_of_both()
  for (fit in fits) {
    table <- lmtest::coeftest(fit)
    ours <- summary(fit)$coefficients[rownames(table), ]
    expect_equal(rownames(table), rownames(vcov(fit)))
    expect_equal(unclass(table)[, ], ours, ignore_attr = TRUE)
  }
  fit <- fits[[1L]]
  robust <- lmtest::coeftest(fit, vcov. = function(x) vcov(x, "HC1"))
  expect_equal(robust[, 2L], sqrt(diag(vcov(fit, "HC1"))))
  expect_equal(lmtest::coefci(fit), confint(fit), ignore_attr = TRUE)
})

test_that("what is for one linear predictor, or for a glm, is refused", {
  for (fit in fits_of_both()) {
    expect_error(vuong_test(fit, fit), class = "glmrs_error")
    expect_error(score_test(fit, ~z), class = "glmrs_error")
    expect_error(as_glm(fit), class = "glmrs_error")
    expect_error(rstandard(fit), "with one linear predictor", class = "glmrs_error_method")
    expect_error(profile(fit), "with one linear predictor", class = "glmrs_error_method")
  }
})

test_that("quantile residuals of ordered categories are normal where the model is right", {
  d <- category_data(2000)
  d$w[5] <- 0
  fit <- glm_rs(y ~ x + f, cumulative(), d, weights = as.double(w > 0))
  residuals <- quantile_residuals(fit, seed = 1)
  expect_identical(is.na(as.double(residuals)), d$w == 0)
  expect_gt(shapiro.test(as.double(residuals))$p.value, 0.001)
  # within the jump of each category's distribution
  p <- pnorm(as.double(residuals))
  above <- t(apply(fitted(fit), 1L, cumsum))
  at <- cbind(seq_along(p), as.integer(d$y))
  expect_true(all(d$w == 0 | p <= above[at] & p >= above[at] - fitted(fit)[at]))
  # two categories: those of a binomial fit
  two <- glm_rs(y > "mid" ~ x, cumulative(), transform(d, y = ordered(y, levels(y))))
  same <- glm_rs(y > "mid" ~ x, binomial(), transform(d, y = ordered(y, levels(y))), epsilon = 1e-12)
  residuals <- lapply(list(two, same), function(fit) as.double(quantile_residuals(fit, seed = 3)))
  expect_equal(residuals[[1L]], residuals[[2L]], tolerance = STOPPING)
})

test_that("what is of leverages and profiles is refused by name", {
  fit <- glm_rs(y ~ x, family = cumulative(), data = category_data(100))
  for (f in list(rstandard, rstudent, dfbeta, dfbetas, profile, hatvalues, cooks.distance)) {
    expect_error(f(fit), "is for generalized linear models", class = "glmrs_error_method")
  }
})

test_that("new data of no rows have no predictions", {
  d <- category_data(200)
  families <- c(list(multinomial()), lapply(names(cumulative_cdfs), cumulative))
  for (family in families) {
    fit <- glm_rs(y ~ x + f, family, d)
    expect_identical(predict(fit, d[0, ]), predict(fit, d[1:2, ])[0L])
    none <- predict(fit, d[0, ], "probs", se.fit = TRUE)
    expect_identical(none, lapply(predict(fit, d[1:2, ], "probs", se.fit = TRUE), function(x) x[0L, ]))
    expect_identical(predict(fit, d[0, ], "probs"), none$fit)
    expect_length(predict(fit, d[0, ], "link"), 0L)
  }
})

test_that("arguments that methods do not have are no longer passed over", {
  d <- expand.grid(way = c("bus", "car", "train"), person = 1:60)
  d$cost <- (seq_len(180) * 37) %% 11
  luck <- (seq_len(180) * 59) %% 181
  d$chosen <- luck == ave(luck, d$person, FUN = max)
  d$g <- d$person %% 9
  choices <- glm_rs(chosen ~ cost, multinomial(alternatives = ~way, id = ~person), d)
  for (fit in c(fits_of_both(), list(choices))) expect_arguments_refused(fit)
})
