# Factors with hundreds of levels: no matrix of contrasts, no K x K, and what glm() and model.matrix() say all the same.

many <- local({
  set.seed(71)
  n <- 6000
  k <- 260
  level <- c(seq_len(k), sample.int(k, n - k, TRUE))
  d <- data.frame(x = rnorm(n), z = runif(n), m = I(matrix(rnorm(2 * n), n, 2, dimnames = list(NULL, c("u", "v")))))
  d$f <- factor(sprintf("l%03d", level))
  # R's names for levels are whatever the user's are
  d$odd <- factor(d$f, labels = c("", ":", "a:b", "\u00e4", sprintf("%d", seq_len(k - 4))))
  d$region <- factor(level %% 7L) # constant within f
  d$g <- factor(sample(c("p", "q", "r"), n, TRUE))
  d$id <- sample(sprintf("id%d", 1:230), n, TRUE)
  d$o <- factor(d$f, ordered = TRUE)
  d$w <- runif(n, 0.5, 2)
  d$off <- runif(n, -1, 1)
  d$y <- rpois(n, exp(0.5 + 0.2 * d$x + rnorm(k, sd = 0.3)[level] + 0.1 * as.integer(d$g)))
  d$hit <- rbinom(n, 1, plogis(0.3 * d$x + rnorm(k, sd = 0.3)[level]))
  d$t <- 1 + d$x + d$off + rnorm(n, sd = 0.1)
  d
})

# Names, `assign` and contrasts are those of model.matrix(), and so are the products of its columns.
same_design <- function(formula, data = many, contrasts = NULL) {
  frame <- model.frame(formula, data, drop.unused.levels = TRUE)
  x <- model.matrix(formula, frame, contrasts)
  design <- glmrs:::design_from_frame(frame, contrasts)
  expect_identical(design$names, colnames(x))
  expect_identical(design$assign, attr(x, "assign"))
  expect_identical(design$contrasts, attr(x, "contrasts"))
  beta <- sin(seq_len(ncol(x)))
  expect_equal(glmrs:::rust_linear_predictor(design, beta), as.vector(x %*% beta), tolerance = ROUNDING)
}

test_that("columns are those of model.matrix()", {
  few <- many[1:700, ]
  formulas <- list(
    y ~ f, y ~ 0 + f, y ~ x + f + g, y ~ g + f, y ~ 0 + g + f, y ~ x * f, y ~ f:x, y ~ f:g, y ~ 0 + f:g, y ~ g * f,
    y ~ g:f:x, y ~ m:f, y ~ f:m + z, y ~ f + odd, y ~ odd:g, y ~ id + f, y ~ id:x, y ~ f - 1 + x:g,
    y ~ factor(f) + interaction(g, region), f ~ x + id
  )
  for (formula in formulas) same_design(formula, few)
})

test_that("contrasts are chosen as model.matrix() chooses them", {
  few <- many[1:500, ]
  k <- nlevels(few$f)
  chosen <- list(
    list(f = "contr.treatment"), list(f = "contr.SAS"), list(f = "contr.sum"), list(f = contr.treatment), list(f = contr.sum(k)),
    list(f = contr.treatment(k, base = 7)), list(g = "contr.SAS"), list(f = contr.helmert(k)[, 1:3]), list(o = "contr.treatment")
  )
  for (contrasts in chosen) {
    # R's own contrasts of an ordered factor end at 95 levels
    formulas <- if (identical(names(contrasts), "o")) c(y ~ x + o, y ~ x:o:g) else c(y ~ x + f + g, y ~ x:f, y ~ 0 + f:g)
    for (formula in formulas) if (all(names(contrasts) %in% all.vars(formula))) same_design(formula, few, contrasts)
  }
  few$sas <- `contrasts<-`(few$f, value = "contr.SAS")
  few$sum <- `contrasts<-`(few$f, value = contr.sum(k))
  same_design(y ~ sas + x, few)
  same_design(y ~ sas:g + sum, few)
  same_design(y ~ sas, few, list(sas = "contr.treatment"))
  withr::with_options(list(contrasts = c("contr.SAS", "contr.treatment")), {
    same_design(y ~ f:x + g, few)
    same_design(y ~ o:g, few)
  })
  withr::with_options(list(contrasts = c("contr.sum", "contr.poly")), same_design(y ~ f, few))
})

test_that("fits are those of glm()", {
  skip_on_cran() # it takes seconds
  expect_same_fit(both(y ~ x + f, poisson, many))
  expect_same_fit(both(y ~ f + x + g, poisson, many, weights = w, offset = off))
  expect_same_fit(both(hit ~ 0 + f + x, binomial, many))
  expect_same_fit(both(t ~ g + f + z, gaussian, many, contrasts = list(f = "contr.SAS")))
  expect_same_fit(both(t ~ 0 + g + f + x, Gamma("log"), transform(many, t = exp(t / 4))))
})

test_that("custom families, missing values, unused levels", {
  skip_on_cran() # it takes seconds
  holes <- many
  holes$f[c(3, 3000)] <- NA
  holes <- holes[holes$f != "l005" | is.na(holes$f), ]
  expect_same_fit(both(y ~ x + f, poisson, holes))
  own <- poisson()
  own$family <- "mine"
  expect_same_fit(both(y ~ x + f, own, holes, na.action = na.exclude))
})

test_that("rank is decided as glm() decides it", {
  skip_on_cran() # it takes seconds
  # a level without weight, the base without weight
  for (gone in c("l017", "l001", "l260")) {
    empty <- transform(many, w = ifelse(f == gone, 0, w))
    fits <- expect_same_fit(both(y ~ x + f, poisson, empty, weights = w))
    expect_identical(sum(is.na(coef(fits$rs))), 1L)
  }
  # a factor that groups the levels, and a covariate of them
  many$covariate <- sqrt(as.integer(many$region)) + (as.integer(many$f) %% 5L)
  expect_same_fit(both(y ~ f + region + x, poisson, many))
  expect_same_fit(both(y ~ region + f + x, poisson, many))
  expect_same_fit(both(t ~ covariate + x + f, gaussian, many))
  # where the information matrix decides alone it finds the same columns
  for (formula in c(y ~ f + region + x, y ~ region + x + f, y ~ covariate + region + f + g, y ~ 0 + region + f + covariate)) {
    qr <- glm_rs(formula, poisson, many)
    alone <- glm_rs(formula, poisson, many, method = "cholesky")
    expect_identical(is.na(coef(alone)), is.na(coef(qr)))
    expect_equal(coef(alone), coef(qr), tolerance = 1e-7) # QR has more digits where columns nearly coincide
    expect_equal(summary(alone)$coefficients, summary(qr)$coefficients, tolerance = 1e-7) # as before
  }
})

test_that("levels without events drift, and nothing breaks", {
  skip_on_cran() # it takes seconds
  none <- transform(many, y = ifelse(f %in% c("l001", "l100"), 0, y))
  pair <- both(y ~ x + f, poisson, none)
  fit <- pair$rs$value
  expect_true(all(is.finite(coef(fit))))
  expect_equal(fit$deviance, pair$glm$value$deviance, tolerance = 1e-7) # glm.fit() stops on the way to minus infinity, too
  seen <- setdiff(names(coef(fit)), c("(Intercept)", grep("^f", names(coef(fit)), value = TRUE)))
  expect_equal(coef(fit)[seen], coef(pair$glm$value)[seen], tolerance = 1e-6) # as before
})

test_that("what a fit with a covariance in blocks can do", {
  fits <- expect_same_fit(both(t ~ x + f + g, gaussian, many))
  fit <- fits$rs
  expect_null(unclass(fit)$cov.unscaled)
  expect_equal(fit$cov.unscaled, summary(fits$glm)$cov.unscaled, tolerance = TOLERANCE)
  expect_identical(fit[["cov.unscaled"]], fit$cov.unscaled)
  expect_equal(confint.default(fit), confint.default(fits$glm), tolerance = TOLERANCE)
  summaries <- lapply(fits, summary, correlation = TRUE)
  for (part in c("coefficients", "cov.unscaled", "cov.scaled", "correlation", "df", "dispersion")) {
    expect_equal(summaries$rs[[part]], summaries$glm[[part]], tolerance = TOLERANCE)
  }
  expect_equal(vcov(summaries$rs), vcov(summaries$glm), tolerance = TOLERANCE)
  expect_identical(capture.output(print(summary(fit)))[-(1:4)], capture.output(print(summary(fits$glm)))[-(1:4)])
  expect_output(str(fit, 1), "cov.blocks")
  again <- unserialize(serialize(fit, NULL))
  expect_identical(vcov(again), vcov(fit))
  for (new in list(NULL, many[c(1:50, 5999), ])) {
    expect_equal(predict(fit, new, se.fit = TRUE), predict(fits$glm, new, se.fit = TRUE), tolerance = TOLERANCE)
  }
  expect_error(predict(fit, data.frame(x = 1, f = "new", g = "p")), "new level")
})

test_that("threads change no bit", {
  fit_with <- function(threads) {
    withr::local_envvar(OMP_THREAD_LIMIT = NA, `_R_CHECK_LIMIT_CORES_` = NA)
    fit <- glm_rs(y ~ x + f + g + odd:z, poisson, many[rep(1:6000, 8), ], threads = threads)
    list(coef(fit), unclass(fit)$cov.blocks, fitted(fit))
  }
  expect_identical(fit_with(2), fit_with(1))
})

test_that("ten thousand levels, with effects that solve their own equations", {
  skip_on_cran() # it takes seconds
  set.seed(72)
  n <- 1e5
  k <- 1e4
  level <- c(seq_len(k), sample.int(k, n - k, TRUE))
  d <- data.frame(x = rnorm(n), z = runif(n), f = factor(level), g = factor(sample.int(400, n, TRUE)))
  d$y <- rpois(n, exp(1 + 0.3 * d$x - 0.2 * d$z + rnorm(k, sd = 0.2)[level]))
  fit <- glm_rs(y ~ x + z + f, poisson, d, epsilon = 1e-12)
  # an effect is log(events / sum of the rest of the means): with the effects profiled out two coefficients are left
  slopes <- c(0, 0)
  events <- rowsum(d$y, level)[, 1L]
  some <- events[level] > 0
  x <- as.matrix(d[c("x", "z")])[some, ]
  for (i in 1:20) {
    rest <- exp(drop(x %*% slopes))
    share <- rest / rowsum(rest, level[some])[as.character(level[some]), ]
    mu <- events[level[some]] * share
    centred <- x - rowsum(share * x, level[some])[as.character(level[some]), ]
    information <- crossprod(centred, mu * centred)
    slopes <- slopes + drop(solve(information, crossprod(centred, d$y[some] - mu)))
  }
  expect_equal(unname(coef(fit)[2:3]), unname(slopes), tolerance = 1e-9) # both converge quadratically
  expect_equal(unname(summary(fit)$coefficients[2:3, 2L]), unname(sqrt(diag(solve(information)))), tolerance = STOPPING)
  expect_lt(object.size(unclass(fit)$cov.blocks), 2e6)
  # and with a second factor the score of every column is zero
  both <- glm_rs(y ~ x + f + g, poisson, d, epsilon = 1e-10)
  left <- d$y - fitted(both)
  expect_lt(max(abs(rowsum(left, d$g)), abs(rowsum(left, d$f)), abs(sum(left * d$x))), 1e-5) # counts, at epsilon = 1e-10
  # a row's linear predictor is the intercept where its levels are the bases and its covariate is zero
  row <- transform(d[77L, ], x = 0)
  based <- transform(d, f = relevel(f, as.character(row$f)), g = relevel(g, as.character(row$g)))
  intercept <- summary(glm_rs(y ~ x + f + g, poisson, based, epsilon = 1e-10))$coefficients[1L, ]
  predicted <- predict(both, row, se.fit = TRUE)
  expect_equal(c(predicted$fit, predicted$se.fit), intercept[1:2], ignore_attr = TRUE, tolerance = 1e-7) # both within epsilon
})

test_that("tests of some coefficients need no covariance of all of them", {
  skip_on_cran() # it takes seconds
  set.seed(12)
  d <- data.frame(x = rnorm(4000), z = rnorm(4000), f = factor(sample.int(800, 4000, TRUE)))
  d$f[d$f == "9"] <- "10"
  d$g <- as.numeric(d$f) %% 2
  d$y <- 1 + rpois(4000, exp(0.2 * d$x)) # no level without an event
  fit <- glm_rs(y ~ x + f + z + g, poisson(), d)
  expect_equal(sum(is.na(coef(fit))), 1L) # one of the levels' own
  whole <- vcov(fit, complete = FALSE)
  for (asked in list(c("x", "z"), "f17 = f5", c("x = 2 * z", "f3", "(Intercept)", "f800 = f799"))) {
    test <- wald_test(fit, asked)
    expect_equal(test$vcov, test$restrictions %*% whole %*% t(test$restrictions), tolerance = 1e-12)
    expect_equal(wald_test(fit, asked, vcov = "model")$p.value, test$p.value)
    expect_equal(wald_test(fit, asked, vcov = whole)$p.value, test$p.value, tolerance = 1e-12)
    expect_equal(wald_test(fit, asked, dispersion = 4)$statistic, test$statistic / 4, tolerance = 1e-12)
  }
  expect_error(wald_test(fit, "x", vcov = "model", cluster = ~g), class = "glmrs_error_argument")
  # 20,000 of them would take 3 GB
  large <- data.frame(x = rnorm(4e4), f = factor(rep(1:20000, 2)))
  large$y <- 1 + rpois(4e4, 2)
  fit <- glm_rs(y ~ x + f, poisson(), large)
  gc(reset = TRUE)
  expect_equal(wald_test(fit, "x")$statistic[[1L]], summary(fit)$coefficients["x", 3L]^2, tolerance = 1e-10)
  expect_lt(sum(gc()[, 6L]), 400) # MB
})
