# Vectors whose numbers are made when somebody asks: to everybody else they are ordinary vectors.

rows <- 2500L

# A fit that is long enough to have such vectors.
long_fit <- function() glm_rs(y ~ x + f, poisson(), long_data(), control = PRECISE)
long_data <- function() family_data(poisson(), 0.5, 3, "count", n = rows)

test_that("nothing is made before it is asked for, and short vectors are made at once", {
  fit <- long_fit()
  parts <- unclass(fit)
  pending <- c("fitted.values", "residuals", "prior.weights")
  for (part in pending) expect_true(is_pending(parts[[part]]), info = part)
  # what asks for no number makes none
  expect_length(parts$fitted.values, rows)
  expect_identical(names(fit$residuals), as.character(seq_len(rows)))
  for (part in pending) expect_true(is_pending(parts[[part]]), info = part)
  expect_true(is.finite(parts$fitted.values[[7L]]))
  expect_match(inspected(parts$fitted.values), "(made)", fixed = TRUE)

  short <- unclass(glm_rs(dist ~ speed, data = cars))
  for (part in pending) expect_no_match(inspected(short[[part]]), "deferred", fixed = TRUE)
})

test_that("the numbers are those of the family's functions and of glm(), for every family and link", {
  cases <- list(
    list(gaussian(), 1, 4, "normal"), list(gaussian("log"), 1, 4, "normal"), list(gaussian("inverse"), 1, 4, "normal"),
    list(binomial(), 0.2, 0.8, "share"), list(binomial("probit"), 0.2, 0.8, "share"),
    list(binomial("cauchit"), 0.2, 0.8, "share"), list(binomial("cloglog"), 0.2, 0.8, "share"),
    list(poisson(), 0.5, 3, "count"), list(poisson("sqrt"), 0.5, 3, "count"),
    list(Gamma(), 0.5, 3, "positive"), list(inverse.gaussian(), 0.5, 1, "positive"),
    list(quasi(power(0.4), "mu"), 0.5, 3, "positive")
  )
  for (case in cases) {
    fits <- lapply(list(glm_rs, stats::glm), function(fun) {
      d <- family_data(case[[1L]], case[[2L]], case[[3L]], case[[4L]], n = rows)
      if (case[[4L]] == "share") fun(y ~ x + f, case[[1L]], d, weights = size, control = PRECISE)
      else fun(y ~ x + f, case[[1L]], d, control = PRECISE)
    })
    rs <- fits[[1L]]
    name <- paste(case[[1L]]$family, case[[1L]]$link)
    expect_true(is_pending(unclass(rs)$fitted.values), info = name)
    eta <- rs$linear.predictors
    # exp, log and their like of two libraries: two units in the last place; a difference y - mu magnifies them
    expect_equal(rs$fitted.values, case[[1L]]$linkinv(eta), tolerance = 1e-14, info = name)
    expect_equal(rs$residuals, (rs$y - rs$fitted.values) / case[[1L]]$mu.eta(eta), tolerance = 1e-14, info = name)
    for (part in c("fitted.values", "residuals", "prior.weights", "y", "weights", "linear.predictors")) {
      expect_equal(rs[[part]], fits[[2L]][[part]], tolerance = TOLERANCE, info = paste(name, part))
      expect_identical(names(rs[[part]]), names(fits[[2L]][[part]]), info = paste(name, part))
    }
  }
})

test_that("no order of looking and changing changes what others see", {
  fit <- long_fit()
  before <- lapply(long_fit()[c("fitted.values", "residuals", "prior.weights")], function(x) x + 0)
  expect_unchanged <- function(fit) {
    for (part in names(before)) expect_identical(fit[[part]] + 0, before[[part]], info = part)
  }
  # a copy that is changed before its numbers were made, and what they are made of
  changed <- fit
  changed$fitted.values[3L] <- 0
  changed$residuals[] <- 1
  changed$prior.weights <- changed$prior.weights * 2
  changed$linear.predictors[1:10] <- 99
  changed$y[1:10] <- -1
  expect_identical(unname(changed$fitted.values[2:4]), c(before$fitted.values[[2L]], 0, before$fitted.values[[4L]]))
  expect_unchanged(fit)
  # the linear predictors of the fit itself
  fit <- long_fit()
  fit$linear.predictors[1:10] <- 99
  fit$y[1:10] <- -1
  expect_unchanged(fit)
  # the response in the user's data
  d <- long_data()
  d$y <- as.double(d$y)
  fit <- glm_rs(y ~ x + f, poisson(), d, control = PRECISE)
  d$y[] <- 1
  expect_unchanged(fit)
  # names alone
  renamed <- fit$residuals
  names(renamed) <- NULL
  expect_null(names(renamed))
  expect_identical(renamed + 0, unname(before$residuals))
  expect_unchanged(fit)
})

test_that("the least of ones is known without a look at them, that of all else is looked for", {
  ones <- rust_ones(1200, NULL)
  expect_identical(c(min(ones), min(ones, na.rm = TRUE)), c(1, 1))
  expect_true(is_pending(ones))
  expect_identical(min(ones, 0.5), 0.5)
  ones[7L] <- -2
  expect_identical(min(ones), -2)
  expect_identical(min(rust_late(1200, function() c(-7, rep(3, 1199)))), -7)
  fitted <- unclass(long_fit())$fitted.values
  expect_identical(min(fitted), min(fitted[TRUE]))
})

test_that("what R does with vectors it does with these", {
  fresh <- function() unclass(long_fit())$fitted.values
  plain <- fresh() + 0
  doing <- list(
    subset = function(x) x[c(5, NA, 2400)], logical = function(x) x[x > 1], name = function(x) x["17"],
    head = utils::head, last = function(x) x[[rows]], reverse = rev, sort = sort, order = order, sum = sum, mean = mean,
    range = range, missing = anyNA, integer = as.integer, text = as.character, list = as.list, matrix = function(x) matrix(x, 2),
    combine = function(x) c(x, 1), apply = function(x) vapply(x, sqrt, 0), frame = function(x) data.frame(x), table = summary,
    rows = function(x) split(x, rep(1:2, length.out = rows)), bytes = function(x) serialize(x, NULL, version = 2),
    size = function(x) as.numeric(utils::object.size(unname(x)))
  )
  for (name in names(doing)) expect_identical(doing[[name]](fresh()), doing[[name]](plain), info = name)
  expect_identical(fresh(), plain)
  expect_output(utils::str(long_fit()), "fitted.values +: Named num \\[1:2500\\]")
})

test_that("methods give for such a fit what they give for glm()'s", {
  d <- long_data()
  methods <- list(
    summary = function(fit) stats::coef(summary(fit)), dispersion = function(fit) summary(fit)$dispersion,
    deviance = function(fit) residuals(fit), pearson = function(fit) residuals(fit, "pearson"),
    response = function(fit) residuals(fit, "response"), partial = function(fit) residuals(fit, "partial"),
    weights = stats::weights, working = function(fit) stats::weights(fit, "working"),
    terms = function(fit) predict(fit, type = "terms"), errors = function(fit) predict(fit, se.fit = TRUE)$se.fit,
    hat = stats::hatvalues, cooks = stats::cooks.distance, standardised = stats::rstandard, deleted = stats::rstudent,
    influence = function(fit) stats::influence(fit)$coefficients, likelihood = function(fit) as.numeric(stats::logLik(fit)),
    anova = function(fit) stats::anova(fit)$Deviance, drop = function(fit) stats::drop1(fit)$AIC,
    refitted = function(fit) stats::coef(stats::update(fit, . ~ . + z))
  )
  for (family in list(poisson(), quasipoisson())) {
    fits <- list(glm_rs(y ~ x + f, family, d, control = PRECISE), stats::glm(y ~ x + f, family, d, control = PRECISE))
    for (name in names(methods)) {
      got <- lapply(fits, methods[[name]])
      # drop1() says NA for quasi-families
      expect_equal(got[[1L]], got[[2L]], tolerance = TOLERANCE, info = paste(family$family, name))
    }
  }
  fits <- list(glm_rs(y ~ x + f, poisson(), d), stats::glm(y ~ x + f, poisson(), d))
  simulated <- lapply(fits, stats::simulate, nsim = 2, seed = 1)
  expect_identical(unlist(simulated[[1L]]), unlist(simulated[[2L]]))
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_silent(plot(fits[[1L]], which = 1:6))
})

test_that("saved fits are ordinary", {
  fit <- long_fit()
  file <- withr::local_tempfile()
  for (version in 2:3) {
    saveRDS(fit, file, version = version)
    back <- readRDS(file)
    for (part in c("fitted.values", "residuals", "prior.weights", "y")) {
      expect_no_match(inspected(unclass(back)[[part]]), "deferred", fixed = TRUE)
      expect_identical(back[[part]], fit[[part]], info = part)
    }
    expect_identical(predict(back, type = "response"), predict(fit, type = "response"))
    expect_equal(summary(back)$coefficients, summary(fit)$coefficients, tolerance = ROUNDING)
  }
})

test_that("a forked process makes the numbers by itself", {
  skip_on_os("windows")
  fit <- long_fit()
  there <- parallel::mclapply(1:2, function(i) fit$residuals + 0, mc.cores = 2)
  expect_true(is_pending(unclass(fit)$residuals))
  expect_identical(there, list(fit$residuals + 0, fit$residuals + 0))
})

test_that("the garbage collector finds nothing loose", {
  skip_on_cran() # it takes seconds
  eta <- stats::setNames(seq(-1, 1, length.out = 1200), seq_len(1200))
  y <- rep(0:1 + 0, 600)
  torture <- function() {
    gctorture(TRUE)
    on.exit(gctorture(FALSE))
    residuals <- rust_working_residuals(eta, y, list("logit", 1), names(eta))
    ones <- rust_ones(1200, names(eta))
    list(residuals[3L], residuals, ones[1200L], ones, names(residuals)[1200L])
  }
  got <- torture()
  mu <- stats::plogis(eta)
  residuals <- (y - mu) / (mu * (1 - mu))
  expect_equal(got[[2L]], residuals, tolerance = 1e-14) # two libraries' exp
  expect_identical(got[c(1L, 3:5)], list(got[[2L]][3L], c("1200" = 1), stats::setNames(rep(1, 1200), names(eta)), "1200"))
})

test_that("neither response, weights nor offset of a fit are copied", {
  skip_if_not(capabilities("profmem"), "R without memory profiling")
  n <- 2e5
  d <- data.frame(x = rep(c(-1, 0, 1, 2), n / 4), y = rep(c(1, 0, 2, 4), n / 4), w = rep(1:2 + 0, n / 2), o = rep(0.1, n))
  large_allocations <- function(expr) {
    file <- withr::local_tempfile()
    utils::Rprofmem(file, threshold = 7 * n)
    force(expr)
    utils::Rprofmem(NULL)
    length(readLines(file))
  }
  # linear predictors and working weights
  expect_identical(large_allocations(glm_rs(y ~ x + offset(o), poisson(), d, weights = w)), 2L)
  expect_identical(large_allocations(glm_rs(y ~ x, poisson(), d, offset = o)), 2L)
  x <- cbind(1, d$x)
  expect_identical(large_allocations(glm_rs_fit(x, d$y, d$w, offset = d$o, family = poisson())), 2L)
  named <- stats::setNames(d$y, seq_len(n))
  expect_identical(large_allocations(glm_rs_fit(x, named, family = poisson())), 2L)
})
