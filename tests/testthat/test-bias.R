# Bias-reduced fits: against package brglm2, published tables, and relations.

brglm2_types <- c(mean = "AS_mean", median = "AS_median", jeffreys = "MPL_Jeffreys")

# The fit by brglm2, searched to its last digits: further arguments are those of glm().
by_brglm2 <- function(bias, ..., a = 0.5, slowit = 1) {
  call <- match.call(expand.dots = FALSE)$...
  control <- list(type = brglm2_types[[bias]], a = a, epsilon = 1e-11, maxit = 3000, slowit = slowit)
  call <- as.call(c(quote(glm), call, list(method = brglm2::brglmFit, control = control)))
  suppressWarnings(eval(call, parent.frame()))
}

# brglm2 ends some 1e-8 standard errors from the root, and some 1e-7 with its null model.
BY_BRGLM2 <- 1e-6

expect_same_as_brglm2 <- function(rs, other, null = TRUE) {
  expect_true(rs$converged)
  want <- summary(other)$coefficients
  got <- summary(rs)$coefficients
  expect_equal(dimnames(got), dimnames(want))
  expect_lt(max(abs(got[, 1L] - want[, 1L]) / want[, 2L]), BY_BRGLM2)
  expect_equal(got[, 2:4], want[, 2:4], tolerance = BY_BRGLM2)
  parts <- c("deviance", "aic", if (null) "null.deviance", "df.residual", "df.null", "rank")
  for (part in parts) expect_equal(rs[[!!part]], other[[!!part]], tolerance = BY_BRGLM2)
  expect_equal(summary(rs)$dispersion, summary(other)$dispersion, tolerance = BY_BRGLM2)
  expect_equal(vcov(rs), vcov(other), tolerance = BY_BRGLM2)
  expect_equal(fitted(rs), fitted(other), tolerance = BY_BRGLM2)
}

small_data <- function(n = 60) {
  set.seed(1)
  d <- data.frame(x = rnorm(n), f = factor(sample(letters[1:3], n, TRUE)), w = runif(n, 0.5, 2), off = runif(n))
  d$k <- rbinom(n, 1, 0.8)
  d$size <- sample(5, n, TRUE)
  d$y <- rpois(n, exp(0.5 + d$x))
  d$hits <- rbinom(n, d$size, plogis(d$x))
  d$t <- exp(d$x) * rgamma(n, 2, 2)
  d
}

test_that("numbers are those of brglm2 on its own data", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("brglm2")
  d <- new.env()
  data(list = c("endometrial", "lizards", "coalition"), package = "brglm2", envir = d)
  for (bias in names(brglm2_types)) {
    for (link in c("logit", "probit", "cloglog")) {
      expect_same_as_brglm2(
        glm_rs(HG ~ NV + PI + EH, binomial(link), d$endometrial, bias = bias, maxit = 100),
        by_brglm2(bias, HG ~ NV + PI + EH, binomial(link), d$endometrial)
      )
    }
    # without damping brglm2 does not converge
    expect_same_as_brglm2(
      glm_rs(HG ~ NV + PI + EH, binomial("cauchit"), d$endometrial, bias = bias, maxit = 100),
      by_brglm2(bias, HG ~ NV + PI + EH, binomial("cauchit"), d$endometrial, slowit = 0.3), null = FALSE
    )
    formula <- cbind(grahami, opalinus) ~ height + diameter + light + time
    expect_same_as_brglm2(glm_rs(formula, binomial, d$lizards, bias = bias), by_brglm2(bias, formula, binomial, d$lizards))
    for (family in list(Gamma(), Gamma("log"), gaussian("log"), gaussian(), inverse.gaussian("log"))) {
      # here brglm2's null model has a root of its own where its start is far away
      expect_same_as_brglm2(
        glm_rs(duration ~ fract + numst2, family, d$coalition, bias = bias, maxit = 100),
        by_brglm2(bias, duration ~ fract + numst2, family, d$coalition), null = family$family != "inverse.gaussian"
      )
    }
  }
})

test_that("weights, offsets, factors, aliased columns and rows without weight are those of brglm2", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("brglm2")
  d <- small_data()
  for (bias in names(brglm2_types)) {
    same <- function(..., null = TRUE) {
      arguments <- match.call(expand.dots = FALSE)$...
      fit <- eval(as.call(c(quote(glm_rs), arguments, bias = bias)))
      expect_same_as_brglm2(fit, eval(as.call(c(quote(by_brglm2), bias, arguments))), null)
    }
    same(y ~ x + f, poisson, d)
    # with an offset the null deviance of brglm2 is the deviance
    same(y ~ x * f + offset(off), poisson, d, weights = w, null = FALSE)
    same(y ~ x + f, poisson, d, weights = k)
    same(cbind(hits, size - hits) ~ x + f, binomial("probit"), d)
    same(hits / size ~ x, binomial, d, weights = size)
    same(t ~ x + f, Gamma("log"), d, weights = w)
    same(t ~ x + f, Gamma("log"), d, weights = k)
    same(t ~ x + I(2 * x) + f, Gamma("log"), d)
    same(t ~ 0 + f, Gamma("inverse"), d)
    same(y ~ f, poisson("sqrt"), d)
  }
  expect_same_as_brglm2(
    glm_rs(cbind(hits, size - hits) ~ x, binomial, d, bias = jeffreys(0.2)),
    by_brglm2("jeffreys", cbind(hits, size - hits) ~ x, binomial, d, a = 0.2)
  )
})

# 239 women, of whom 130 had a first urinary tract infection (Foxman et al., 1997); counts of equal rows.
infections <- function() {
  read.table(text = "
    case age oc vic vicl vis dia n
    0 0 0 0 0 1 0 1\n 0 0 0 1 0 0 0 2\n 0 0 0 1 0 1 0 1\n 0 0 0 1 1 0 0 8\n 0 0 0 1 1 1 0 18\n 0 0 1 0 0 0 0 42
    0 0 1 0 0 1 0 1\n 0 0 1 1 0 0 0 1\n 0 0 1 1 1 0 0 5\n 0 0 1 1 1 1 0 6\n 0 1 0 1 1 0 0 2\n 0 1 0 1 1 1 0 4
    0 1 1 0 0 0 0 14\n 0 1 1 0 0 1 0 1\n 0 1 1 1 0 0 0 1\n 0 1 1 1 1 1 0 2\n 1 0 0 0 0 1 0 1\n 1 0 0 1 0 0 0 14
    1 0 0 1 0 1 0 3\n 1 0 0 1 1 0 0 10\n 1 0 0 1 1 1 0 12\n 1 0 0 1 1 1 1 1\n 1 0 1 0 0 0 0 44\n 1 0 1 0 0 0 1 3
    1 0 1 1 0 0 0 15\n 1 0 1 1 0 0 1 1\n 1 0 1 1 0 1 0 2\n 1 0 1 1 1 0 0 7\n 1 0 1 1 1 1 0 3\n 1 1 0 1 0 0 0 2
    1 1 0 1 0 1 0 1\n 1 1 0 1 0 1 1 1\n 1 1 0 1 1 0 0 1\n 1 1 0 1 1 1 1 1\n 1 1 1 0 0 0 0 5\n 1 1 1 1 0 0 0 3
  ", header = TRUE)
}

test_that("Firth's estimates, limits and tests are those that package logistf publishes", {
  fit <- glm_rs(case ~ age + oc + vic + vicl + vis + dia, binomial, infections(), weights = n, bias = "firth")
  expect_equal(round(unname(coef(fit)), 2), c(0.12, -1.11, -0.07, 2.27, -2.11, -0.79, 3.10))
  limits <- rbind(
    c(-0.82, 1.07), c(-1.97, -0.31), c(-0.94, 0.79), c(1.27, 3.44), c(-3.26, -1.12), c(-1.61, 0.02), c(0.77, 8.03)
  )
  expect_equal(round(unname(confint(fit)), 2), limits)
  expect_equal(round(drop1(fit)$LRT[-1L], 2), c(7.51, 0.02, 22.93, 19.10, 3.70, 7.90))
  # no finite maximum likelihood estimate
  plain <- suppressWarnings(update(fit, bias = "none"))
  expect_equal(detect_separation(plain)$coefficients[["dia"]], Inf)
  expect_equal(confint(fit, parm = "dia"), confint(fit)["dia", , drop = FALSE])
  expect_equal(
    unname(confint(fit, vcov = "model")["dia", ]), coef(fit)[["dia"]] + c(-1, 1) * qnorm(0.975) * sqrt(vcov(fit)["dia", "dia"])
  )
})

test_that("limits and tests are found where effects are strong, covariates far from 0 or samples small", {
  years <- with(MASS::birthwt, data.frame(low, lwt = lwt + 2000))
  drops <- lapply(c(low ~ lwt, low ~ I(lwt - 2130)), function(f) drop1(glm_rs(f, binomial, years, bias = "firth"))$LRT)
  expect_equal(drops[[1L]], drops[[2L]], tolerance = TOLERANCE)
  set.seed(9)
  d <- data.frame(yr = sample(1990:2019, 20, TRUE), x = rnorm(20))
  d$y <- rpois(20, exp(0.1 * (d$yr - 2005) + 0.5 * d$x + 0.5))
  fits <- lapply(c(y ~ yr + x, y ~ I(yr - 2005) + x), function(f) glm_rs(f, poisson(), d, bias = "firth"))
  expect_true(fits[[1L]]$converged)
  expect_equal(drop1(fits[[1L]])$LRT, drop1(fits[[2L]])$LRT, tolerance = STOPPING)
  expect_equal(unname(confint(fits[[1L]])[-1L, ]), unname(confint(fits[[2L]])[-1L, ]), tolerance = STOPPING)

  penalized <- function(beta, X, y) {
    p <- plogis(drop(X %*% beta))
    sum(dbinom(y, 1, p, log = TRUE)) + 0.5 * determinant(crossprod(X, X * p * (1 - p)))$modulus[[1L]]
  }
  # by optim(), from the estimate and from the tangent
  profile <- function(X, y, fit, column, value) {
    loss <- function(free) -penalized(replace(replace(numeric(ncol(X)), column, value), -column, free), X, y)
    tangent <- coef(fit) + (value - coef(fit)[[column]]) * vcov(fit)[, column] / vcov(fit)[column, column]
    search <- function(from) -optim(from[-column], loss, method = "BFGS", control = list(reltol = 1e-14, maxit = 1000))$value
    max(search(coef(fit)), search(tangent))
  }
  d <- data.frame(x = 1:8, z = c(1, 1, 0, 0, 1, 0, 1, 0), y = c(0, 0, 0, 0, 1, 1, 1, 1))
  X <- cbind(1, d$x, d$z)
  fit <- glm_rs(y ~ x + z, binomial, d, bias = "firth")
  best <- penalized(coef(fit), X, d$y)
  expect_equal(drop1(fit)$LRT[2:3], 2 * (best - sapply(2:3, function(j) profile(X, d$y, fit, j, 0))), tolerance = STOPPING)
  limits <- confint(fit)
  for (column in 1:3) {
    for (limit in limits[column, ]) {
      expect_equal(2 * (best - profile(X, d$y, fit, column, limit)), qchisq(0.95, 1), tolerance = STOPPING)
    }
  }
  d <- data.frame(
    x = c(1.538, -5.534, 1.738, -4.366, 0.387, -1.484, -5.916, 0.056, 4.958, 7.97, -6.864, -1.248),
    z = c(0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0),
    v = c(0.539, -0.077, 1.85, -0.855, 0.033, -1.025, -0.982, 0.004, -0.233, -0.499, 1.55, 0.087),
    y = c(1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0)
  )
  fit <- glm_rs(y ~ x + z + v, binomial, d, bias = "firth")
  lower <- confint(fit, "v")[[1L]]
  X <- cbind(1, d$x, d$z, d$v)
  expect_equal(2 * (penalized(coef(fit), X, d$y) - profile(X, d$y, fit, 4, lower)), qchisq(0.95, 1), tolerance = STOPPING)
})

test_that("in a saturated logistic model Firth's penalty adds 1/2 to each cell", {
  # 2 x 2, one of the cells empty
  d <- data.frame(g = factor(c("a", "b")), yes = c(0, 7), no = c(22, 356))
  fit <- glm_rs(cbind(yes, no) ~ g, binomial, d, bias = "firth")
  odds <- (d$yes + 0.5) / (d$no + 0.5)
  expect_equal(unname(coef(fit)), c(log(odds[1L]), log(odds[2L] / odds[1L])), tolerance = STOPPING)
  # half of a count in a saturated Poisson model
  d <- data.frame(g = factor(1:4), y = c(0, 3, 1, 12))
  fit <- glm_rs(y ~ 0 + g, poisson, d, bias = "mean")
  expect_equal(unname(coef(fit)), log(d$y + 0.5), tolerance = STOPPING)
})

test_that("estimates follow units of covariates, and are those of rows that stand for many", {
  d <- small_data()
  for (bias in names(brglm2_types)) {
    fit <- glm_rs(cbind(hits, size - hits) ~ x + f, binomial, d, bias = bias, epsilon = 1e-10)
    scaled <- glm_rs(cbind(hits, size - hits) ~ I(1000 * x) + f, binomial, d, bias = bias, epsilon = 1e-10)
    expect_equal(unname(coef(scaled))[2L] * 1000, coef(fit)[["x"]], tolerance = 1e-8)
    long <- d[rep(seq_len(nrow(d)), d$size), ]
    long$hit <- unlist(Map(function(hits, size) rep(1:0, c(hits, size - hits)), d$hits, d$size))
    expect_equal(coef(glm_rs(hit ~ x + f, binomial, long, bias = bias, epsilon = 1e-10)), coef(fit), tolerance = 1e-8)
    threads <- lapply(1:2, function(threads) coef(update(fit, threads = threads)))
    expect_identical(threads[[1L]], threads[[2L]])
  }
})

test_that("a large factor has the estimates that the same columns as a matrix have", {
  set.seed(3)
  d <- data.frame(g = factor(rep(1:300, each = 4)), x = rnorm(1200))
  d$y <- rpois(1200, exp(0.5 + 0.3 * d$x))
  for (bias in names(brglm2_types)) {
    fit <- glm_rs(y ~ g + x, poisson, d, bias = bias)
    other <- glm_rs(y ~ model.matrix(~ g + x, d)[, -1L], poisson, d, bias = bias)
    expect_equal(unname(coef(fit)), unname(coef(other)), tolerance = STOPPING)
    expect_equal(fit$deviance, other$deviance, tolerance = STOPPING)
  }
})

test_that("methods are right, or refuse with a reason", {
  d <- small_data()
  fit <- glm_rs(cbind(hits, size - hits) ~ x + f, binomial, d, bias = "firth")
  expect_s3_class(fit, c("glm_rs_bias", "glm_rs", "glm", "lm"), exact = TRUE)
  expect_output(print(fit), "Bias-reduced: Firth's penalized likelihood")
  expect_output(print(summary(fit)), "Bias-reduced: Firth's penalized likelihood")
  expect_equal(predict(fit, d, type = "response"), fitted(fit), tolerance = 1e-12)
  expect_equal(unname(vapply(simulate(fit, 2, seed = 1), nrow, 1L)), c(60L, 60L))
  expect_equal(predict(fit, d[1:3, ], se.fit = TRUE)$se.fit, predict(fit, se.fit = TRUE)$se.fit[1:3], tolerance = 1e-10)
  # penalized likelihood: log-likelihood and half the log of the determinant
  information <- crossprod(model.matrix(fit) * sqrt(fit$weights))
  penalized <- as.numeric(logLik(fit)) + determinant(information)$modulus / 2
  expect_equal(fit$penalized.loglik, as.numeric(penalized), tolerance = 1e-10)
  small <- update(fit, model = FALSE, y = FALSE)
  expect_equal(residuals(small), residuals(fit))
  expect_equal(confint(small), confint(fit))
  expect_equal(attr(terms(update(fit, . ~ x)), "term.labels"), "x")
  expect_s3_class(update(fit, . ~ x), "glm_rs_bias")
  for (f in list(anova, profile, as_glm, function(x) add1(x, . ~ . + w))) expect_error(f(fit), class = "glmrs_error_bias")
  median <- update(fit, bias = "median")
  expect_error(drop1(median), "median", class = "glmrs_error_bias")
  expect_error(drop1(fit, test = "F"), class = "glmrs_error_argument")
  expect_error(step(fit, trace = 0), "AIC", class = "glmrs_error_bias")
  expect_equal(confint(median), confint.default(median), tolerance = 1e-10)
  expect_equal(confint(fit, type = "Wald"), confint.default(fit), tolerance = 1e-10)
  expect_equal(confint(fit, type = "profile"), confint(fit))
  expect_error(confint(median, type = "profile"), "no penalized likelihood", class = "glmrs_error_bias")
  expect_error(confint(fit, type = "score"), class = "glmrs_error_argument")
  expect_equal(coef(glm_rs_fit(model.matrix(fit), d$hits / d$size, d$size, family = binomial(), bias = "firth")), coef(fit))
  skip_if_not_installed("brglm2")
  other <- by_brglm2("mean", cbind(hits, size - hits) ~ x + f, binomial, d)
  expect_equal(hatvalues(fit), hatvalues(other), tolerance = STOPPING)
  expect_equal(residuals(fit, "pearson"), residuals(other, "pearson"), tolerance = STOPPING)
  skip_if_not_installed("sandwich")
  for (type in c("HC0", "HC3")) expect_equal(vcov(fit, type), sandwich::vcovHC(other, type), tolerance = BY_BRGLM2)
})

test_that("a dispersion that the prior outweighs is that of the penalized likelihood's maximum", {
  small <- data.frame(x = c(.1, .4, .5, .7, .9), y = c(1.1, 2.3, 1.9, 3.2, 2.6), z = c(1, 0, 1, 1, 0))
  fit <- glm_rs(y ~ x + z, gaussian(), small, bias = "jeffreys")
  expect_equal(fit$dispersion, deviance(fit) / (5 + 3 + 2), tolerance = 1e-12)
  skip_if_not_installed("brglm2")
  expect_same_as_brglm2(fit, by_brglm2("jeffreys", y ~ x + z, gaussian, small), null = FALSE)
  models <- list(
    list(mpg ~ wt + hp + qsec + drat, gaussian(), 3), list(mpg ~ wt + hp, gaussian("log"), 4),
    list(mpg ~ wt, inverse.gaussian("log"), 6), list(mpg ~ wt, Gamma("log"), 2.5)
  )
  for (m in models) {
    expect_same_as_brglm2(
      glm_rs(m[[1]], m[[2]], mtcars, bias = jeffreys(m[[3]])), by_brglm2("jeffreys", m[[1]], m[[2]], mtcars, a = m[[3]]), FALSE
    )
  }
})

# Where the prior outweighs a Gamma likelihood brglm2 ends at a negative dispersion.
test_that("a dispersion that the prior outweighs is that of the maximum for Gamma, too", {
  for (m in list(list(mpg ~ wt + hp + qsec + drat, "log", 3), list(mpg ~ wt, "inverse", 6), list(mpg ~ wt, "identity", 200))) {
    fit <- glm_rs(m[[1]], Gamma(m[[2]]), mtcars, bias = jeffreys(m[[3]]))
    expect_true(fit$converged)
    mu <- fitted(fit)
    penalized <- function(log) {
      phi <- exp(log)
      information <- log(trigamma(1 / phi) - phi) - 4 * log - length(coef(fit)) * log
      sum(dgamma(mtcars$mpg, 1 / phi, scale = phi * mu, log = TRUE)) + m[[3]] * information
    }
    best <- optimize(penalized, log(fit$dispersion) + c(-2, 3), maximum = TRUE, tol = 1e-8)$maximum
    expect_equal(fit$dispersion, exp(best), tolerance = 1e-6) # where a maximum is flat to the last digits
  }
})

test_that("robust covariances of dispersion families are those of package sandwich", {
  skip_if_not_installed("brglm2")
  skip_if_not_installed("sandwich")
  d <- small_data()
  fit <- glm_rs(t ~ x + f, Gamma("log"), d, bias = "mean")
  other <- by_brglm2("mean", t ~ x + f, Gamma("log"), d)
  expect_equal(vcov(fit, "HC0"), sandwich::vcovHC(other, "HC0"), tolerance = STOPPING)
  expect_equal(vcov(fit, ~f), sandwich::vcovCL(other, ~f), tolerance = STOPPING, ignore_attr = "ssc")
  expect_error(drop1(fit), class = "glmrs_error_bias")
  jeffreys <- update(fit, bias = "jeffreys")
  expect_null(jeffreys$penalized.loglik)
  expect_equal(confint(jeffreys), confint.default(jeffreys), tolerance = 1e-10)
})

test_that("separated data have finite estimates and no warning; without separation large samples hardly change", {
  d <- data.frame(x = 1:8, y = rep(0:1, each = 4))
  for (link in c("logit", "probit", "cloglog", "cauchit")) {
    # medians of Cauchy tails: brglm2, too, has none without damping
    for (bias in setdiff(names(brglm2_types), if (link == "cauchit") "median")) {
      expect_silent(fit <- glm_rs(y ~ x, binomial(link), d, bias = bias, maxit = 200))
      expect_true(fit$converged && all(is.finite(coef(fit))) && all(summary(fit)$coefficients[, 2L] < 100))
    }
  }
  # all alike
  fit <- glm_rs(rep(1, 8) ~ x, binomial, d, bias = "firth")
  expect_true(fit$converged && all(abs(coef(fit)) < 10))
  expect_true(glm_rs(rep(0, 8) ~ x, poisson, d, bias = "firth")$converged)
})

test_that("what has no answer is refused with a reason", {
  d <- small_data()
  refused <- function(..., match = NULL) expect_error(glm_rs(...), match, class = "glmrs_error_argument")
  refused(y ~ x, quasipoisson, d, bias = "mean", match = "quasi-likelihood")
  custom <- poisson()
  custom$variance <- function(mu) mu^1
  refused(y ~ x, custom, d, bias = "mean", match = "this family")
  refused(t ~ x, Gamma, d, bias = "firth", match = "mean")
  refused(y ~ x, poisson, d, bias = "frith")
  refused(y ~ x, poisson, d, bias = "mean", method = "lbfgs", match = "lbfgs")
  refused(y ~ x, poisson, d, bias = jeffreys(-1), match = "a")
  refused(t ~ x + w + off, Gamma("log"), d[1:4, ], bias = "mean", match = "degrees of freedom")
  refused(y ~ 0, poisson, d, bias = "mean", match = "no coefficients")
  expect_error(glm_rs(y ~ x + I(2 * x), poisson, d, bias = "mean", singular.ok = FALSE), class = "glmrs_error_singular")
  # more columns than rows
  wide <- glm_rs(y ~ x + w + off + size, poisson, d[1:4, ], bias = "mean")
  expect_equal(wide$rank, 4L)
  expect_warning(glm_rs(y ~ 0 + x, poisson, d, bias = "mean", maxit = 1), class = "glmrs_warning_not_converged")
})

test_that("what fits again without the adjustment, or takes the deviance for a minimum, is refused", {
  d <- data.frame(x = c(1, 2, 3, 4, 5, 6), z = c(1, 0, 1, 1, 0, 1), y = c(0, 0, 1, 0, 1, 1))
  fit <- glm_rs(y ~ x + z, binomial, d, bias = "firth")
  smaller <- glm_rs(y ~ x, binomial, d, bias = "firth")
  expect_error(bootstrap(fit, 9), "no bootstrap", class = "glmrs_error_bias")
  expect_error(vcov(fit, "bootstrap", times = 9), "no bootstrap", class = "glmrs_error_bias")
  expect_error(lr_test(smaller, fit), "no such test", class = "glmrs_error_bias")
  expect_error(score_test(smaller, ~z), "no such test", class = "glmrs_error_bias")
  expect_s3_class(wald_test(fit, ~z), "glmrs_wald_test")
})

test_that("large dispersions, whose adjusted scores have several roots, lead to the one near the maximum", {
  skip_if_not_installed("brglm2")
  amounts <- c(1.42, 2e-4, 7.14, .0106, 8.7e-4, 8.1e-4, .862, .0232)
  for (bias in c("mean", "median")) {
    ours <- glm_rs(amounts ~ 1, Gamma("log"), bias = bias, epsilon = 1e-11)
    expect_same_as_brglm2(ours, by_brglm2(bias, amounts ~ 1, Gamma("log")), null = FALSE)
  }
  for (seed in 1:5) {
    set.seed(seed)
    d <- data.frame(x = runif(100))
    d$y <- rgamma(100, .2, .2 / exp(d$x))
    ours <- glm_rs(y ~ x, Gamma("log"), d, bias = "mean", epsilon = 1e-11)
    expect_same_as_brglm2(ours, by_brglm2("mean", y ~ x, Gamma("log"), d), null = FALSE)
  }
  # a quotient of a normal square, with the mean and dispersion of the third family
  set.seed(15)
  d <- data.frame(x = runif(100))
  mu <- exp(d$x)
  half <- 5 * mu^2 * rnorm(100)^2 / 2
  low <- mu + half - sqrt(half * (2 * mu + half))
  d$y <- ifelse(runif(100) <= mu / (mu + low), low, mu^2 / low)
  for (bias in c("mean", "jeffreys")) {
    ours <- glm_rs(y ~ x, inverse.gaussian("log"), d, bias = bias, epsilon = 1e-11)
    expect_same_as_brglm2(ours, by_brglm2(bias, y ~ x, inverse.gaussian("log"), d), null = FALSE)
  }
})
