# The object itself, and everything in package stats that takes one: on a glm_rs fit as on glm()'s.

d <- grid_data()
set.seed(51)
d$y <- rpois(150, exp(1 + d$s))
d$hits <- rbinom(150, d$size, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)
holes <- d
holes$x[c(4, 9)] <- NA
new <- grid_data(12, seed = 5)

pairs <- lapply(list(
  poisson = both(y ~ x + f, poisson, d, control = PRECISE),
  gaussian = both(t ~ x * g, data = d, control = PRECISE),
  binomial = both(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE),
  gamma = both(t ~ z + o, Gamma("log"), d, weights = w, control = PRECISE),
  quasi = both(y ~ poly(x, 2) + z, quasipoisson, d, offset = off, control = PRECISE),
  aliased = both(y ~ x + x_twice + f, poisson, d, control = PRECISE),
  missing = both(y ~ x + g, poisson, holes, na.action = na.exclude, control = PRECISE),
  kept = both(y ~ x + g + offset(off), poisson, holes, x = TRUE, contrasts = list(g = "contr.sum"), control = PRECISE),
  bare = both(y ~ x + f, poisson, d, model = FALSE, control = PRECISE),
  origin = both(t ~ 0 + x + z, gaussian, d, control = PRECISE),
  constant = both(y ~ 1, poisson, d, control = PRECISE)
), function(pair) lapply(pair, `[[`, "value"))

# `f` gives the same for both fits of every pair: values, names, attributes, types; or it fails in the same words.
expect_same_for_all <- function(f, which = names(pairs), tolerance = TOLERANCE) {
  for (name in which) {
    got <- lapply(pairs[[name]], function(fit) caught(f(fit)))
    if (failed(got$glm)) {
      words <- function(x) gsub("glm_rs\", \"|'glm_rs', ", "", conditionMessage(x$value))
      expect_identical(words(got$rs), words(got$glm), label = name)
    } else if (failed(got$rs)) {
      testthat::fail(paste0(name, ": ", conditionMessage(got$rs$value)))
    } else {
      expect_equal(got$rs$value, got$glm$value, tolerance = tolerance, label = name, ignore_formula_env = TRUE)
      expect_true(same_warnings(got$rs, got$glm), label = paste0(name, ": the warnings of glm()"))
    }
  }
}

test_that("names, their order, and the types of what is in a fit", {
  skip_on_cran() # it takes seconds
  made <- c("effects", "R", "qr")
  for (pair in pairs) {
    expect_identical(setdiff(names(pair$rs), "cov.unscaled"), setdiff(names(pair$glm), made))
    for (part in setdiff(names(pair$glm), "call")) {
      expect_identical(typeof(pair$rs[[part]]), typeof(pair$glm[[part]]), info = part)
      expect_identical(sort(names(attributes(pair$rs[[part]]))), sort(names(attributes(pair$glm[[part]]))), info = part)
    }
  }
})

test_that("what glm_rs_fit() returns: names, order and types of glm.fit()", {
  x <- model.matrix(y ~ x + f, d)
  matrices <- list(named = x, unnamed = unname(x), aliased = cbind(x, z = 2 * x[, 2L]), wide = x[1:3, ], empty = x[, 0L])
  for (x in matrices) {
    rows <- seq_len(nrow(x))
    fits <- lapply(list(rs = glm_rs_fit, glm = glm.fit), function(fit) {
      fit(x, d$y[rows], d$w[rows], family = poisson(), control = list(epsilon = 1e-10))
    })
    expect_identical(names(fits$rs), c(names(fits$glm), "cov.unscaled", "class"))
    # of no columns glm.fit() has a rank that is no integer
    for (part in setdiff(names(fits$glm), if (!ncol(x)) c("rank", "df.residual"))) {
      expect_identical(typeof(fits$rs[[part]]), typeof(fits$glm[[part]]), info = part)
      expect_identical(attributes(fits$rs[[part]]), attributes(fits$glm[[part]]), info = part)
    }
    r <- fits$glm$rank
    kept <- list(function(fit) fit$effects[seq_len(r)], function(fit) fit$R[, seq_len(r)], function(fit) fit$qr$qr[, seq_len(r)])
    if (r) for (f in kept) expect_equal(f(fits$rs), f(fits$glm), tolerance = AT_LAST_STEP)
    expect_identical(fits$rs$qr[c("rank", "pivot", "tol")], fits$glm$qr[c("rank", "pivot", "tol")])
  }
})

test_that("the decomposition of glm_rs_fit() is made when somebody looks at it", {
  d <- data.frame(x = rep(c(0.1, 0.7, 0.3), 1000L), y = rep(c(1, 0, 4, 2, 3), 600L))
  fit <- glm_rs_fit(cbind(1, d$x), d$y, family = poisson())
  pending <- function(x) any(grepl("not made yet", utils::capture.output(.Internal(inspect(x, 0))), fixed = TRUE))
  for (part in list(fit$effects, fit$R, fit$qr$qr, fit$qr$qraux)) expect_true(pending(part))
  expect_identical(dim(fit$qr$qr), c(3000L, 2L))
  expect_true(pending(fit$qr$qr))
  expect_equal(fit$R, glm.fit(cbind(1, d$x), d$y, family = poisson())$R, tolerance = AT_LAST_STEP)
  expect_false(pending(fit$R))
  expect_equal(unserialize(serialize(fit, NULL)), fit)
})

test_that("parts by the beginning of their names", {
  for (part in c("coef", "eff", "resid", "fitted", "linear", "df.r", "contr", "no_such_part")) {
    # `$` does not evaluate a name
    expect_same_for_all(function(fit) do.call(`$`, list(fit, part)), setdiff(names(pairs), "kept"), tolerance = LAST_STEP)
  }
})

test_that("effects, aliases and coefficients by level", {
  for (f in list(effects, function(fit) effects(fit, set.sign = TRUE), proj, function(fit) proj(fit, onedf = TRUE))) {
    expect_same_for_all(f, tolerance = LAST_STEP)
  }
  expect_same_for_all(alias)
  expect_same_for_all(function(fit) capture.output(print(alias(fit))))
  expect_same_for_all(dummy.coef, setdiff(names(pairs), "aliased"))
  expect_same_for_all(function(fit) capture.output(print(dummy.coef(fit))))
  expect_same_for_all(function(fit) model.tables(fit))
  expect_same_for_all(function(fit) se.contrast(fit, list(d$f == "a", d$f == "b")))
})

test_that("the decomposition", {
  expect_same_for_all(function(fit) qr(fit)[c("rank", "pivot", "tol")])
  expect_same_for_all(function(fit) dimnames(qr(fit)$qr))
  expect_same_for_all(function(fit) names(attributes(qr(fit)$qr)))
  # the rest of an aliased column is rounding error
  for (f in list(kappa, function(fit) kappa(fit, exact = TRUE), function(fit) qr(fit)$qr)) {
    expect_same_for_all(f, setdiff(names(pairs), c("aliased", "poisson", "binomial", "bare")))
  }
})

test_that("names of rows, columns and terms", {
  for (f in list(case.names, variable.names, labels, nobs, formula, terms, family)) expect_same_for_all(f)
  expect_same_for_all(function(fit) case.names(fit, full = TRUE))
  expect_same_for_all(function(fit) variable.names(fit, full = TRUE))
  expect_same_for_all(function(fit) add.scope(fit, ~ . + z + k))
  expect_same_for_all(drop.scope)
  expect_same_for_all(function(fit) reformulate(attr(terms(fit), "term.labels"), "t"), setdiff(names(pairs), "constant"))
})

test_that("the data behind a fit", {
  for (f in list(model.matrix, model.frame)) expect_same_for_all(f)
  expect_same_for_all(function(fit) expand.model.frame(fit, ~ w + size))
  expect_same_for_all(function(fit) expand.model.frame(fit, ~k, na.expand = TRUE))
  expect_same_for_all(function(fit) get_all_vars(fit, d))
  expect_same_for_all(function(fit) model.frame(fit, data = d[1:9, ]))
  expect_same_for_all(function(fit) model.matrix(fit, contrasts.arg = list(f = "contr.sum")), "poisson")
  for (f in list(model.response, model.weights, model.offset)) expect_same_for_all(function(fit) f(model.frame(fit)))
  expect_same_for_all(function(fit) replications(formula(fit), d))
})

test_that("summaries", {
  skip_on_cran() # it takes seconds
  whole <- function(...) {
    s <- summary(...)
    s$call <- NULL
    s[order(names(s))]
  }
  expect_same_for_all(function(fit) whole(fit))
  expect_same_for_all(function(fit) whole(fit, dispersion = 2, correlation = TRUE))
  expect_same_for_all(function(fit) names(summary(fit)))
  for (f in list(sigma, logLik, deviance, extractAIC, weighted.residuals)) expect_same_for_all(f)
  expect_same_for_all(function(fit) vcov(fit, dispersion = 3))
})

test_that("pictures of terms and of diagnostics", {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_same_for_all(function(fit) termplot(fit, plot = FALSE), setdiff(names(pairs), c("aliased", "constant")))
  for (pair in pairs[c("poisson", "gaussian", "binomial", "gamma", "missing", "bare", "constant")]) {
    outcomes <- lapply(pair, function(fit) caught(plot(fit, which = 1:6)))
    expect_identical(failed(outcomes$rs), failed(outcomes$glm))
    expect_true(same_warnings(outcomes$rs, outcomes$glm))
  }
})

test_that("method = as glm() takes it", {
  expect_identical(
    glm_rs(y ~ x + f, poisson, d, weights = w, offset = off, subset = k > 0, method = "model.frame"),
    glm(y ~ x + f, poisson, d, weights = w, offset = off, subset = k > 0, method = "model.frame")
  )
  expect_error(glm_rs(y ~ x | f, poisson, d, method = "model.frame"), "two parts", class = "glmrs_error_formula")
  for (method in list("glm.fit", glm.fit)) expect_s3_class(glm_rs(y ~ x, poisson, d, method = method), "glm_rs")
  # the fitter of another package
  fitter <- function(x, y, ..., control) structure(c(glm.fit(x, y, ...), list(asked = control, class = "other")))
  fits <- lapply(both(y ~ x + f, poisson, d, method = fitter, hurry = TRUE), `[[`, "value")
  expect_identical(class(fits$rs), c("other", "glm", "lm"))
  expect_identical(fits$rs$asked, list(hurry = TRUE))
  expect_equal(fits$rs[names(fits$rs) != "call"], fits$glm[names(fits$glm) != "call"], ignore_attr = "srcref")
  expect_identical(class(glm_rs(y ~ x, poisson, d, method = glm_rs_fit)), c("glm_rs", "glm", "lm"))
  expect_error(glm_rs(y ~ x, poisson, d, method = "no_such_method"), "`method`", class = "glmrs_error_argument")
})

test_that("a family may know its dispersion", {
  own <- quasipoisson()
  own$dispersion <- 2
  fits <- both(y ~ x + f, own, d, control = PRECISE)
  expect_same(coef(summary(fits$rs$value)), coef(summary(fits$glm$value)))
  expect_same(vcov(fits$rs$value), vcov(fits$glm$value))
})
