# Profile likelihoods and the intervals from them, beside those of package MASS (from R 4.4 on of stats) for glm().

skip_if_not_installed("MASS")

d <- grid_data()
set.seed(61)
d$y <- rpois(150, exp(1 + d$s))
d$hits <- rbinom(150, d$size, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)
holes <- d
holes$x[c(4, 9)] <- NA
nb <- MASS::negative.binomial(2)
growth <- data.frame(x = 1:30, y = c(2, 1, 0, 3, 1, 2, 4, 1, 2, 3, 1, 5, 2, 4, 3, 2, 6, 3, 2, 5, 4, 3, 7, 2, 5, 4, 3, 6, 5, 4))

pairs <- lapply(list(
  poisson = both(y ~ x + f, poisson, d, control = PRECISE),
  gaussian = both(t ~ x * g, data = d, control = PRECISE),
  binomial = both(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE),
  share = both(hits / size ~ z + lgl, binomial("probit"), d, weights = size, control = PRECISE),
  gamma = both(t ~ z + o, Gamma("log"), d, weights = w, control = PRECISE),
  reciprocal = both(t ~ x, Gamma, d, control = PRECISE),
  quasi = both(y ~ x + z + offset(off), quasipoisson, d, offset = off / 2, control = PRECISE),
  inverse = both(t ~ x, inverse.gaussian("log"), d, control = PRECISE),
  aliased = both(y ~ x + x_twice + f, poisson, d, control = PRECISE),
  missing = both(y ~ x + g, poisson, holes, na.action = na.exclude, control = PRECISE),
  origin = both(y ~ 0 + g + z, gaussian, d, control = PRECISE),
  constant = both(y ~ 1, poisson, d, control = PRECISE),
  identity = both(y ~ x, poisson("identity"), growth, start = c(1, 0.1), control = PRECISE),
  custom = both(y ~ x + z, nb, d, control = PRECISE)
), function(pair) lapply(pair, `[[`, "value"))

profiled <- function(fit, ...) {
  profile <- profile(fit, ...)
  # the fits are compared elsewhere; `test` is an attribute from R 4.4 on
  attr(profile, "original.fit") <- attr(profile, "summary") <- attr(profile, "test") <- NULL
  profile
}

limits <- function(fit, ...) suppressMessages(confint(fit, ...))

# A spline goes through the points: what separates them are the rounding errors of the fits.
test_that("intervals", {
  for (name in names(pairs)) {
    expect_same(limits(pairs[[name]]$rs), limits(pairs[[name]]$glm), 1e-8)
    expect_same(limits(pairs[[name]]$rs, level = 0.9), limits(pairs[[name]]$glm, level = 0.9), 1e-8)
  }
})

test_that("coefficients by name and number", {
  fits <- pairs$aliased
  for (parm in list("x", c("fc", "x"), 2, 4:5, c("x_twice", "x"))) {
    expect_same(limits(fits$rs, parm), limits(fits$glm, parm), 1e-8)
  }
  expect_identical(names(profile(fits$rs, c("fb", "x"))), c("fb", "x"))
  expect_null(profile(fits$rs)$x_twice)
  expect_identical(limits(fits$rs, -1), limits(fits$rs)[-1, ])
})

test_that("the whole object", {
  skip_on_cran() # it takes seconds
  # where the deviance is a quadratic, rounding errors decide whether MASS takes one step more
  for (name in setdiff(names(pairs), c("gaussian", "origin"))) {
    expect_same(profiled(pairs[[name]]$rs), profiled(pairs[[name]]$glm), 1e-5) # a step of Fisher's from their limit
    for (coefficient in names(profiled(pairs[[name]]$rs))) {
      roots <- lapply(pairs[[name]], function(fit) profiled(fit)[[coefficient]][[1L]])
      expect_same(roots$rs, roots$glm, 1e-8)
    }
  }
  profile <- profile(pairs$poisson$rs)
  expect_identical(class(profile), c("profile.glm", "profile"))
  expect_identical(attr(profile, "original.fit"), pairs$poisson$rs)
  expect_s3_class(attr(profile, "summary"), "summary.glm")
})

test_that("steps, their size and their number", {
  fits <- pairs$binomial
  expect_same(profiled(fits$rs, maxsteps = 3), profiled(fits$glm, maxsteps = 3))
  expect_same(profiled(fits$rs, del = 0.1, alpha = 0.1), profiled(fits$glm, del = 0.1, alpha = 0.1))
  # a quadratic: steps of equal size in the statistic, as many as lead to the limit
  exact <- profile(pairs$gaussian$rs, "x", alpha = 0.05)$x$tau
  expect_equal(exact, seq(-5, 5) / 5 * sqrt(qf(0.95, 1, 144)), tolerance = 1e-8)
})

# Rao's statistic as R 4.4 has it: what all columns explain of the working residuals.
test_that("the score statistic", {
  for (name in c("poisson", "gaussian", "gamma", "quasi", "custom")) {
    fit <- pairs[[name]]$rs
    profile <- profile(fit, 2, test = "Rao")[[1L]]
    x <- model.matrix(fit)
    for (i in c(1L, nrow(profile))) {
      held <- profile$par.vals[i, 2L]
      offset <- if (is.null(fit$offset)) 0 else fit$offset
      there <- glm.fit(x[, -2L], fit$y, fit$prior.weights, offset = offset + x[, 2L] * held, family = fit$family, control = PRECISE)
      explained <- lm.wfit(x, there$residuals, there$weights)
      score <- sum(there$weights * there$residuals^2) - sum(there$weights * explained$residuals^2)
      expect_equal(profile[i, 1L]^2, score / summary(fit)$dispersion, tolerance = LAST_STEP, label = name)
    }
  }
})

test_that("messages", {
  expect_message(confint(pairs$constant$rs), "Waiting for profiling to be done...", fixed = TRUE)
  said <- function(fit) capture.output(invisible(profile(fit, trace = TRUE)), type = "message")
  expect_identical(said(pairs$poisson$rs), said(pairs$poisson$glm))
  expect_identical(suppressMessages(profiled(pairs$poisson$rs, trace = TRUE)), profiled(pairs$poisson$rs))
})

test_that("methods for profiles", {
  # as far as confint() goes
  profile <- profile(pairs$poisson$rs, alpha = 0.05 / 4)
  expect_same(confint(profile), limits(pairs$poisson$rs))
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_no_error(plot(profile))
  expect_no_error(pairs(profile))
})

test_that("a limit that is infinite is NA, with a warning", {
  set.seed(3)
  one <- data.frame(g = gl(3, 8), x = rnorm(24))
  one$y <- c(0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, rep(1, 8))
  fits <- lapply(both(y ~ g + x, binomial, one), `[[`, "value")
  intervals <- lapply(fits, function(fit) caught(limits(fit)))
  expect_same(intervals$rs$value[-3, ], intervals$glm$value[-3, ])
  expect_identical(is.na(intervals$rs$value), is.na(intervals$glm$value))
  expect_true(is.na(intervals$rs$value["g3", 2L]))
  expect_match(messages_of(intervals$rs), "fitted probabilities numerically 0 or 1 occurred", all = FALSE)
  # without any events in a group glm.fit() stops on the way: this is where a path ends
  none <- data.frame(g = gl(3, 6), y = c(1, 3, 2, 0, 4, 2, rep(0, 6), 5, 3, 6, 2, 3, 4))
  fit <- suppressWarnings(glm_rs(y ~ g, poisson, none))
  expect_match(messages_of(caught(profile(fit, "g2"))), "profile of `g2` ends early", fixed = TRUE, all = FALSE)
  expect_true(is.na(suppressWarnings(limits(fit, "g2"))[1L]))
  others <- glm(y ~ g, poisson, none, subset = g != 2)
  expect_same(unname(suppressWarnings(limits(fit, "g3"))), unname(limits(others, "g3")), 1e-6) # beside an infinite one
  # all is separated
  all <- data.frame(x = 1:10, y = rep(0:1, each = 5))
  expect_true(anyNA(suppressWarnings(limits(glm_rs(y ~ x, binomial, all)))))
})

test_that("a fit that is not at its maximum has no profile", {
  off <- pairs$poisson$rs
  off$deviance <- off$deviance + 1
  expect_error(profile(off), "better solution", class = "glmrs_error_not_converged")
  off <- pairs$custom$rs
  off$deviance <- off$deviance + 1
  expect_error(profile(off), "better solution", class = "glmrs_error_not_converged")
})

test_that("bad arguments", {
  fit <- pairs$poisson$rs
  expect_error(profile(fit, "none"), "there is no coefficient none", class = "glmrs_error_argument")
  expect_error(limits(fit, 9), "there is no coefficient 9", class = "glmrs_error_argument")
  expect_error(limits(fit, level = 95), "level", class = "glmrs_error_argument")
  expect_error(profile(fit, alpha = 0), "alpha", class = "glmrs_error_argument")
  expect_error(profile(fit, del = -1), "del", class = "glmrs_error_argument")
  expect_error(profile(fit, maxsteps = 0), "maxsteps", class = "glmrs_error_argument")
  expect_error(profile(fit, test = "Wald"), "test", class = "glmrs_error_argument")
  full <- glm_rs(t ~ x + z, data = d[1:3, ])
  expect_error(profile(full), "residual degrees of freedom", class = "glmrs_error_profile")
})

test_that("a factor with many levels", {
  skip_on_cran() # it takes seconds
  set.seed(62)
  n <- 6000
  many <- data.frame(x = rnorm(n), g = factor(sample(300, n, TRUE)))
  many$y <- rpois(n, exp(0.5 + 0.3 * many$x))
  fits <- lapply(both(y ~ x + g, poisson, many, control = PRECISE), `[[`, "value")
  expect_false(is.null(fits$rs$cov.blocks))
  # the intercept, the covariate, a level
  parm <- c("(Intercept)", "x", "g17")
  expect_same(limits(fits$rs, parm), limits(fits$glm, parm))
})

test_that("threads do not change a bit, and an interrupt stops it", {
  skip_on_cran() # it takes seconds
  set.seed(63)
  n <- 20000
  large <- data.frame(x = rnorm(n), z = runif(n), f = factor(sample(letters[1:5], n, TRUE)))
  large$y <- rpois(n, exp(0.2 * large$x))
  fit <- glm_rs(y ~ x + z + f, poisson, large)
  withr::local_envvar(OMP_THREAD_LIMIT = NA, `_R_CHECK_LIMIT_CORES_` = NA)
  with_threads <- function(threads) {
    withr::local_options(glmrs.threads = threads)
    profiled(fit)
  }
  expect_identical(with_threads(2), with_threads(1))
  expect_identical(with_threads(3), with_threads(1))
  # glm() is too slow to be asked for all coefficients
  plain <- glm(y ~ x + z + f, poisson, large)
  expect_same(limits(fit, "x"), limits(plain, "x"))
  wide <- glm_rs(y ~ poly(x, 12) * f + z, poisson, large)
  # R looks at the limit only from time to time
  setTimeLimit(elapsed = 0.2, transient = TRUE)
  stopped <- tryCatch(profile(wide, del = 1e-3, maxsteps = 1e5), error = conditionMessage)
  setTimeLimit()
  expect_match(stopped, "time limit")
})
