# What can be done with a fit: printing, covariances, predictions, residuals, tests, updates, as with stats::glm().

d <- grid_data()
set.seed(21)
d$y <- rpois(150, exp(1 + d$s))
d$hits <- rbinom(150, d$size, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)
holes <- d
holes$x[c(4, 9)] <- NA
new <- grid_data(12, seed = 5)

# One pair of fits for each kind of model.
pairs <- lapply(list(
  poisson = both(y ~ x + f, poisson, d, control = PRECISE),
  gaussian = both(t ~ x * g, data = d, control = PRECISE),
  binomial = both(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE),
  gamma = both(t ~ z + o, Gamma("log"), d, weights = w, control = PRECISE),
  quasi = both(y ~ x + z, quasipoisson, d, offset = off, control = PRECISE),
  inverse = both(t ~ x, inverse.gaussian("log"), d, control = PRECISE),
  aliased = both(y ~ x + x_twice + f, poisson, d, control = PRECISE),
  missing = both(y ~ x + g, poisson, holes, na.action = na.exclude, control = PRECISE),
  omitted = both(y ~ x + g, poisson, holes, control = PRECISE),
  origin = both(y ~ 0 + x + z, gaussian, d, control = PRECISE),
  constant = both(y ~ 1, poisson, d, control = PRECISE)
), function(pair) lapply(pair, `[[`, "value"))

# `f` gives the same for both fits of every pair.
expect_same_for_all <- function(f, which = names(pairs), tolerance = TOLERANCE) {
  for (name in which) {
    glm <- caught(f(pairs[[name]]$glm))
    rs <- caught(f(pairs[[name]]$rs))
    if (failed(glm)) {
      testthat::expect_true(failed(rs), label = paste(name, "fails, as with glm():", conditionMessage(glm$value)))
    } else if (failed(rs)) {
      testthat::fail(paste0(name, ": ", conditionMessage(rs$value)))
    } else {
      testthat::expect_equal(rs$value, glm$value, tolerance = tolerance, label = name, ignore_formula_env = TRUE)
      testthat::expect_true(same_warnings(rs, glm), label = paste0(name, ": the warnings of glm() [", toString(messages_of(rs)), "]"))
    }
  }
}

# Printed lines without the call, which names the function.
printed <- function(x, ...) {
  lines <- capture.output(print(x, ...))
  start <- grep("^Call:", lines)
  if (length(start)) lines <- lines[-(start:(start + which(lines[-seq_len(start)] == "")[1L]))]
  lines
}

# What predict() says. glm() gives the standard errors no names where there is one coefficient.
predicted <- function(...) {
  result <- predict(...)
  if (is.list(result) && is.null(dim(result$se.fit))) result$se.fit <- unname(result$se.fit)
  result
}

test_that("the fits are the same to begin with", {
  for (pair in pairs) expect_none(differences(pair$rs, pair$glm))
})

test_that("classes", {
  for (pair in pairs) expect_identical(class(pair$rs), c("glm_rs", "glm", "lm"))
  expect_s3_class(summary(pairs$poisson$rs), "summary.glm")
})

test_that("print() and summary() print the same", {
  expect_same_for_all(printed)
  expect_same_for_all(function(fit) printed(fit, digits = 4))
  expect_same_for_all(function(fit) printed(summary(fit)))
  expect_same_for_all(function(fit) printed(summary(fit, correlation = TRUE)))
  expect_same_for_all(function(fit) printed(summary(fit, correlation = TRUE), symbolic.cor = TRUE))
  expect_same_for_all(function(fit) printed(summary(fit, dispersion = 2)))
  expect_same_for_all(function(fit) printed(summary(fit), signif.stars = FALSE, digits = 3))
  expect_match(capture.output(print(pairs$poisson$rs)), "glmrs::glm_rs(formula = y ~ x + f, family = poisson, data = d,", fixed = TRUE, all = FALSE)
})

test_that("the parts of a summary", {
  skip_on_cran() # it takes seconds
  parts <- c(
    "coefficients", "dispersion", "df", "cov.unscaled", "cov.scaled", "aliased", "deviance", "null.deviance", "aic",
    "df.residual", "df.null", "iter", "deviance.resid", "contrasts", "na.action", "family", "terms"
  )
  for (part in parts) expect_same_for_all(function(fit) summary(fit)[[part]])
  expect_same_for_all(function(fit) coef(summary(fit)))
  expect_same_for_all(function(fit) sort(names(summary(fit))))
})

test_that("numbers of a fit", {
  skip_on_cran() # it takes seconds
  expect_same_for_all(coef)
  expect_same_for_all(vcov)
  expect_same_for_all(function(fit) vcov(fit, complete = FALSE))
  expect_same_for_all(confint.default)
  expect_same_for_all(function(fit) confint.default(fit, 1, level = 0.9))
  for (f in list(deviance, AIC, BIC, nobs, df.residual, logLik, extractAIC)) expect_same_for_all(f)
  expect_same_for_all(function(fit) AIC(fit, k = 3))
  for (f in list(fitted, weights, case.names, variable.names)) expect_same_for_all(f)
  expect_same_for_all(effects, tolerance = LAST_STEP)
  expect_same_for_all(function(fit) weights(fit, "working"))
  expect_same_for_all(function(fit) dummy.coef(fit), c("poisson", "gaussian", "binomial"))
  expect_same_for_all(function(fit) alias(fit)$Complete, c("poisson", "aliased"))
})

test_that("parts by name, in any way of asking", {
  skip_on_cran() # it takes seconds
  names_glm <- setdiff(names(pairs$poisson$glm), c("qr", "R", "effects"))
  expect_true(all(names_glm %in% names(pairs$poisson$rs)))
  expect_same_for_all(function(fit) fit$R)
  expect_same_for_all(function(fit) fit$qr[c("rank", "pivot")])
  # the columns of the rank; what is left of the others is rounding error
  expect_same_for_all(function(fit) fit$qr$qr[, seq_len(fit$rank)])
  expect_same_for_all(function(fit) colnames(fit[["qr"]]$qr))
  expect_same_for_all(function(fit) fit[["effects"]], tolerance = LAST_STEP)
  for (part in names_glm) {
    if (part %in% c("call", "data", "formula", "terms", "model", "family", "control")) next
    expect_same_for_all(function(fit) fit[[part]])
    expect_same_for_all(function(fit) `$`(fit, part))
  }
  expect_same_for_all(function(fit) fit$coef) # partial matching, as lists do
  expect_same_for_all(function(fit) fit$family$link)
  expect_same_for_all(function(fit) fit$no_such_part)
})

test_that("residuals", {
  for (type in c("deviance", "pearson", "working", "response", "partial")) {
    expect_same_for_all(function(fit) residuals(fit, type))
  }
  expect_same_for_all(residuals)
  expect_same_for_all(rstandard)
  expect_same_for_all(rstudent)
})

test_that("influence", {
  for (f in list(hatvalues, cooks.distance, dffits, dfbetas, dfbeta, covratio)) expect_same_for_all(f)
  expect_same_for_all(function(fit) influence(fit)[c("hat", "sigma", "dev.res", "pear.res")])
})

test_that("predictions for the data of the fit", {
  for (type in c("link", "response", "terms")) {
    expect_same_for_all(function(fit) predicted(fit, type = type))
    expect_same_for_all(function(fit) predicted(fit, type = type, se.fit = TRUE))
  }
  expect_same_for_all(function(fit) predicted(fit, type = "terms", terms = "x"), c("poisson", "quasi"))
  expect_same_for_all(function(fit) predicted(fit, se.fit = TRUE, dispersion = 2))
})

test_that("predictions for new data", {
  skip_on_cran() # it takes seconds
  for (type in c("link", "response", "terms")) {
    expect_same_for_all(function(fit) predicted(fit, new, type = type))
    expect_same_for_all(function(fit) predicted(fit, new, type = type, se.fit = TRUE))
  }
  expect_same_for_all(function(fit) predicted(fit, new[1, ]))
  expect_same_for_all(function(fit) unname(predicted(fit, new[0, ])))
  gaps <- new
  gaps$x[2] <- NA
  gaps$f[3] <- NA
  for (action in list(na.pass, na.omit, na.exclude)) {
    # glm() adds an offset of all rows to what is left of them
    which <- setdiff(names(pairs), if (!identical(action, na.pass)) "quasi")
    expect_same_for_all(function(fit) predicted(fit, gaps, na.action = action), which)
    expect_same_for_all(function(fit) predicted(fit, gaps, se.fit = TRUE, na.action = action), which)
  }
  expect_same_for_all(function(fit) predicted(fit, gaps, na.action = na.fail))
  # factors in another order of levels, or as characters
  other <- transform(new, f = factor(as.character(f), levels = c("c", "b", "a")), g = as.character(g), o = as.character(o))
  expect_same_for_all(function(fit) predicted(fit, other))
})

test_that("new data that do not fit", {
  unseen <- transform(new, f = factor("never"), g = "neither", o = "xxl")
  expect_error(predict(pairs$poisson$rs, unseen), "new level")
  expect_same_for_all(function(fit) predicted(fit, unseen))
  expect_error(predict(pairs$poisson$rs, new["x"]), "'f' not found")
  expect_same_for_all(function(fit) predicted(fit, transform(new, x = as.character(x))), c("poisson", "gaussian"))
  expect_same_for_all(function(fit) predicted(fit, as.list(new)), setdiff(names(pairs), "constant"))
})

test_that("the model behind a fit", {
  for (f in list(formula, terms, family, model.matrix, model.frame)) expect_same_for_all(f)
  expect_same_for_all(function(fit) model.frame(fit, data = new))
  expect_same_for_all(function(fit) attributes(model.matrix(fit)))
  expect_same_for_all(function(fit) as.character(fit$call)[-1])
  expect_same_for_all(function(fit) fit$data)
  expect_same_for_all(function(fit) fit$method)
  expect_same_for_all(function(fit) fit$control)
})

test_that("update()", {
  rs <- pairs$poisson$rs
  glm <- pairs$poisson$glm
  expect_s3_class(update(rs, . ~ . + z), "glm_rs")
  expect_same(coef(update(rs, . ~ . + z)), coef(update(glm, . ~ . + z)))
  expect_same(coef(update(rs, family = quasipoisson)), coef(update(glm, family = quasipoisson)))
  expect_same(coef(update(rs, subset = k > 0, weights = w)), coef(update(glm, subset = k > 0, weights = w)))
  expect_same(coef(update(rs, data = d[1:60, ])), coef(update(glm, data = d[1:60, ])))
  expect_identical(deparse(update(rs, . ~ z, evaluate = FALSE)$formula), "y ~ z")
})

test_that("anova()", {
  skip_on_cran() # it takes seconds
  expect_same_for_all(anova)
  for (test in c("Chisq", "F", "Rao", "LRT", "Cp")) expect_same_for_all(function(fit) anova(fit, test = test))
  several <- function(fit, ...) {
    anova(update(fit, . ~ 1), update(fit, . ~ . + z), ...)
  }
  for (test in c("Chisq", "F", "Rao")) {
    which <- c("poisson", "gaussian", "binomial", "gamma", "quasi")
    expect_same_for_all(function(fit) unclass(several(fit, test = test)), which)
  }
  expect_same_for_all(function(fit) capture.output(print(anova(fit, test = "Chisq"))))
})

test_that("simulate()", {
  known <- c("poisson", "gaussian", "binomial", "gamma", "aliased", "missing", "omitted", "origin", "constant")
  expect_same_for_all(function(fit) simulate(fit, 3, seed = 4), known)
  expect_same_for_all(function(fit) simulate(fit, 1, seed = 4), "quasi")
})

test_that("drop1(), add1() and step()", {
  which <- c("poisson", "gaussian", "binomial", "gamma", "quasi", "origin")
  expect_same_for_all(drop1, which)
  expect_same_for_all(function(fit) drop1(fit, test = "Chisq"), which)
  expect_same_for_all(function(fit) drop1(fit, test = "F"), which)
  expect_same_for_all(function(fit) add1(fit, ~ . + k + lgl), which)
  expect_same_for_all(function(fit) add1(fit, ~ . + k, test = "Rao"), which)
  expect_same_for_all(function(fit) coef(step(fit, trace = 0)), setdiff(which, "quasi"))
  expect_same_for_all(function(fit) coef(step(fit, ~ . + z + k, trace = 0)), c("poisson", "gaussian"))
})

test_that("a fit survives being saved", {
  for (pair in pairs[c("poisson", "binomial", "aliased", "missing")]) {
    file <- withr::local_tempfile()
    saveRDS(pair$rs, file)
    again <- readRDS(file)
    expect_equal(coef(again), coef(pair$rs), tolerance = 0)
    expect_identical(suppressWarnings(predict(again, new)), suppressWarnings(predict(pair$rs, new)))
    expect_identical(vcov(again), vcov(pair$rs))
    expect_equal(again$qr$qr, pair$rs$qr$qr)
    expect_identical(capture.output(print(summary(again))), capture.output(print(summary(pair$rs))))
  }
})

test_that("a fit is a small list of plain values", {
  plain <- function(x) typeof(x) != "externalptr" && (!is.list(x) || all(vapply(unclass(x), plain, NA)))
  parts <- unclass(pairs$poisson$rs)
  expect_true(plain(parts[setdiff(names(parts), c("family", "terms", "formula", "call"))]))
  expect_lt(object.size(pairs$poisson$rs), object.size(pairs$poisson$glm))
})

test_that("packages that take a glm take this one", {
  skip_if_not_installed("MASS")
  expect_same_for_all(function(fit) MASS::dropterm(fit, test = "Chisq"), c("poisson", "binomial"))
  expect_same_for_all(function(fit) suppressMessages(confint(fit)), c("poisson", "binomial", "gamma"), tolerance = 1e-4) # a spline
  expect_same_for_all(function(fit) MASS::dose.p(fit, cf = 1:2), c("binomial"))
  expect_same_for_all(function(fit) MASS::gamma.shape(fit)$alpha, "gamma")
  expect_same_for_all(function(fit) MASS::studres(fit), "poisson")
  skip_if_not_installed("sandwich")
  expect_same_for_all(sandwich::sandwich)
  for (type in c("HC0", "HC1", "HC3")) {
    expect_same_for_all(function(fit) sandwich::vcovHC(fit, type), setdiff(names(pairs), "missing"))
  }
  expect_same_for_all(sandwich::estfun)
  expect_same_for_all(sandwich::bread)
})

test_that("glm_rs_fit() is glm.fit()", {
  x <- model.matrix(y ~ x + f, d)
  rs <- glm_rs_fit(x, d$y, weights = d$w, offset = d$off, family = poisson())
  glm <- glm.fit(x, d$y, weights = d$w, offset = d$off, family = poisson())
  for (part in setdiff(names(glm), c("qr", "R", "effects", "family"))) expect_same(rs[[part]], glm[[part]])
  fit <- stats::glm(y ~ x + f, poisson, d, method = glm_rs_fit)
  expect_same(coef(fit), coef(pairs$poisson$glm))
  expect_same(vcov(fit), vcov(pairs$poisson$glm))
  expect_same(predict(fit, new, type = "response"), predict(pairs$poisson$glm, new, type = "response"))
  aliased <- glm_rs_fit(cbind(x, x[, 2]), d$y, family = poisson())
  expect_identical(unname(is.na(aliased$coefficients)), c(FALSE, FALSE, FALSE, TRUE, FALSE, TRUE)) # "unused", and the copy
  expect_same(glm_rs_fit(d$x, d$t, intercept = FALSE)$null.deviance, glm.fit(d$x, d$t, intercept = FALSE)$null.deviance)
  bare <- glm_rs_fit(unname(x), d$y, family = poisson())
  expect_same(unname(bare$coefficients), unname(glm.fit(unname(x), d$y, family = poisson())$coefficients))
  start <- c(1, 0.1, 0.2)
  started <- list(
    rs = glm_rs_fit(unname(x[, 1:3]), d$y, family = poisson(), start = start),
    glm = glm.fit(unname(x[, 1:3]), d$y, family = poisson(), start = start)
  )
  expect_same(unname(started$rs$coefficients), unname(started$glm$coefficients))
  expect_identical(started$rs$iter, started$glm$iter)
})

# glm() makes `control` of its dots for glm.fit() alone
test_that("methods of a fit by glm() with glm_rs_fit(), whatever controls glm() keeps", {
  skip_if_not_installed("sandwich")
  for (control in list(list(), list(maxit = 30), list(eps = 1e-12))) {
    fits <- lapply(list(rs = glm_rs_fit, glm = "glm.fit"), function(method) {
      stats::glm(y ~ x + f, poisson, d, method = method, control = control)
    })
    for (f in list(hatvalues, cooks.distance, influence, rstandard, rstudent, dfbetas, residuals)) {
      expect_same(f(fits$rs), f(fits$glm))
    }
    for (type in c("HC1", "HC3")) expect_same(vcov(fits$rs, type), sandwich::vcovHC(fits$glm, type))
    expect_same(summary(fits$rs, vcov = "HC1")$coefficients[, 2], sqrt(diag(sandwich::vcovHC(fits$glm, "HC1"))))
    expect_same(sandwich::vcovHC(fits$rs), sandwich::vcovHC(fits$glm))
    expect_equal(bootstrap(fits$rs, 9, seed = 1)$replicates, bootstrap(glm_rs(y ~ x + f, poisson, d), 9, seed = 1)$replicates,
      tolerance = STOPPING
    )
    expect_identical(fits$rs$qr$rank, fits$glm$qr$rank)
  }
})

test_that("new data without rows, and rows that all have missing values", {
  m <- d
  m$m <- cbind(d$k, d$z)
  fits <- lapply(both(y ~ m + poly(x, 2) + f, poisson, m, control = PRECISE), `[[`, "value")
  expect_identical(predict(fits$rs, m[0, ]), predict(fits$glm, m[0, ]))
  expect_identical(predict(fits$rs, m[0, ], se.fit = TRUE)$fit, predict(fits$glm, m[0, ], se.fit = TRUE)$fit)
  gone <- transform(m[1:3, ], f = factor(NA, levels(f)))
  expect_identical(predict(fits$rs, gone), predict(fits$glm, gone))
})

test_that("the trace is printed as glm() prints it", {
  lines <- function(...) capture.output(invisible(glm(y ~ x + f, poisson, d, trace = TRUE, ...)))
  expect_identical(lines(method = glm_rs_fit), lines())
})

# y of 0 has no finite quasi-likelihood here: the deviance is least where the score is far from 0.
test_that("quasi() with zeros in the response ends at the root of the score, as in glm()", {
  set.seed(1)
  zeros <- data.frame(x = rnorm(100))
  zeros$y <- rpois(100, exp(1 + zeros$x))
  expect_same_fit(both(y ~ x, quasi(variance = "mu^2", link = "log"), zeros))
})

# NIST: Wampler1, whose polynomial fits without error.
test_that("an exact fit has the digits of QR", {
  t <- 0:20
  wampler <- data.frame(t, y = rowSums(outer(t, 0:5, `^`)))
  fit <- glm_rs(y ~ t + I(t^2) + I(t^3) + I(t^4) + I(t^5), data = wampler)
  expect_equal(unname(coef(fit)), rep(1, 6), tolerance = 1e-9)
  expect_lt(max(abs(residuals(fit))), 1e-8)
})

# glm() solves the same equations twice; corrections of rounding errors must not go on and on.
test_that("a gaussian fit with nearly collinear columns takes glm()'s two iterations", {
  near <- transform(d, x2 = x + 1e-10 * z)
  fits <- lapply(both(t ~ x + x2, gaussian, near), `[[`, "value")
  expect_true(fits$rs$converged)
  expect_identical(as.integer(fits$rs$iter), 2L)
  expect_equal(deviance(fits$rs), deviance(fits$glm), tolerance = 1e-6) # columns that differ by 1e-10
})
