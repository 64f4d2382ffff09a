# Leverages, deletions, residuals and what is made of them, as with stats::glm().

d <- grid_data()
set.seed(61)
d$y <- rpois(150, exp(1 + d$s))
d$hits <- rbinom(150, d$size, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)
d$w0 <- ifelse(d$k > 3, 0, d$w)
d$alone <- factor(c("one", "two", sample(letters[1:5], 148, TRUE)))
holes <- d
holes$x[c(4, 9)] <- NA
holes$w0[c(3, 4)] <- c(0, 1)

pairs <- lapply(list(
  poisson = both(y ~ x + f, poisson, d, control = PRECISE),
  gaussian = both(t ~ x * g, data = d, control = PRECISE),
  binomial = both(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE),
  cauchit = both(hits / size ~ x + o, binomial("cauchit"), d, weights = size, control = PRECISE),
  gamma = both(t ~ z + o, Gamma, d, weights = w, control = PRECISE),
  quasi = both(y ~ x + z, quasipoisson, d, offset = off, control = PRECISE),
  inverse = both(t ~ x, inverse.gaussian("log"), d, control = PRECISE),
  custom = both(y ~ x + f, structure(within(unclass(poisson()), family <- "mine"), class = "family"), d, control = PRECISE),
  aliased = both(y ~ x + x_twice + f + f_copy + z + g * h, poisson, d, control = PRECISE),
  weights = both(y ~ x + f, poisson, d, weights = w0, control = PRECISE),
  trials = both(cbind(hits, size - hits) ~ x, binomial, transform(d, size = size * (k > 0), hits = hits * (k > 0)), control = PRECISE),
  excluded = both(y ~ x + g, poisson, holes, na.action = na.exclude, control = PRECISE),
  omitted = both(y ~ x + g, poisson, holes, weights = w0, control = PRECISE),
  both_ways = both(t ~ x + g, gaussian, holes, weights = w0, na.action = na.exclude, control = PRECISE),
  origin = both(y ~ 0 + x + z, gaussian, d, control = PRECISE),
  constant = both(y ~ 1, poisson, d, control = PRECISE),
  alone = both(y ~ x + alone, poisson, d, control = PRECISE),
  alone_twice = both(t ~ 0 + alone:z + I(k == 5 & seq_along(k) == which.max(k)), gaussian, d, control = PRECISE),
  longley = both(Employed ~ ., data = longley),
  powers = both(y ~ poly(x, 4, raw = TRUE), poisson, transform(d, x = 10 + x), control = PRECISE),
  saturated = both(y ~ factor(seq_along(y)), poisson, d[1:12, ], control = PRECISE),
  plain_y = both(t ~ x + g, Gamma("log"), holes, y = FALSE, na.action = na.exclude, control = PRECISE)
), function(pair) lapply(pair, `[[`, "value"))

# glm() fits without columns, too, but has no decomposition for some of what is asked.
empty <- lapply(list(
  empty = both(y ~ 0, poisson, d), offset = both(t ~ 0 + offset(off * x), gaussian, holes, weights = w0, na.action = na.exclude)
), function(pair) lapply(pair, `[[`, "value"))

# `f` gives the same for both fits of every pair.
expect_same_for_all <- function(f, which = pairs, tolerance = TOLERANCE) {
  for (name in names(which)) {
    rs <- suppressWarnings(f(which[[name]]$rs))
    expect_equal(rs, suppressWarnings(f(which[[name]]$glm)), tolerance = tolerance, label = name)
  }
}

test_that("the fits are the same to begin with", {
  for (pair in c(pairs, empty)) expect_s3_class(pair$rs, "glm_rs")
  for (name in setdiff(names(pairs), c("saturated", "plain_y"))) {
    expect_none(differences(pairs[[name]]$rs, pairs[[name]]$glm))
  }
})

test_that("influence() and its methods", {
  skip_on_cran() # it takes seconds
  expect_same_for_all(influence, c(pairs, empty))
  # stats leaves an element without a name in the place of the coefficients
  expect_same_for_all(function(fit) Filter(length, unname(influence(fit, do.coef = FALSE))), c(pairs, empty))
  for (f in list(hatvalues, dfbeta, rstandard, cooks.distance)) expect_same_for_all(f, c(pairs, empty))
  expect_same_for_all(function(fit) rstandard(fit, type = "pearson"))
  for (f in list(rstudent, dfbetas)) expect_same_for_all(f)
  expect_identical(dim(dfbetas(empty$empty$rs)), c(150L, 0L))
})

test_that("functions of stats that take the QR decomposition still do", {
  some <- pairs[setdiff(names(pairs), "saturated")]
  for (f in list(lm.influence, dffits, covratio)) expect_same_for_all(f, some)
  expect_same_for_all(function(fit) influence.measures(fit)[c("infmat", "is.inf")], some)
})

test_that("an influence() that is there is not made again", {
  infl <- influence(pairs$gamma$rs)
  infl$hat[] <- 0.5
  expect_identical(hatvalues(pairs$gamma$rs, infl), infl$hat)
  expect_identical(dfbeta(pairs$gamma$rs, infl), infl$coefficients)
  expect_same(cooks.distance(pairs$gamma$rs, infl), cooks.distance(pairs$gamma$glm, infl))
})

test_that("a fit by glm() with glm_rs_fit()", {
  fit <- stats::glm(y ~ x + f, poisson, d, method = glm_rs_fit, control = PRECISE)
  for (f in list(influence, hatvalues, rstudent, cooks.distance, dfbetas)) expect_same(f(fit), f(pairs$poisson$glm))
})

test_that("whatever found the coefficients", {
  for (method in c("cholesky", "qr", "lbfgs", "trust-region")) {
    # the searches end where the deviance stands still, at about the root of epsilon from the solution
    fit <- glm_rs(y ~ x + f, poisson, d, method = method, epsilon = 1e-14, maxit = 1000)
    expect_same(hatvalues(fit), hatvalues(pairs$poisson$glm), 1e-6) # where the deviance stands still: the root of epsilon
    expect_same(dfbeta(fit), dfbeta(pairs$poisson$glm), 1e-5) # as well
  }
})

test_that("a large factor", {
  skip_on_cran() # it takes seconds
  set.seed(62)
  many <- data.frame(f = factor(c(sample(300, 2000, TRUE), 301:303)), x = rnorm(2003), z = runif(2003))
  many$y <- rpois(2003, exp(0.2 * many$x + 1))
  many$x[7] <- NA
  fits <- lapply(both(y ~ x + f + z, poisson, many, na.action = na.exclude), `[[`, "value")
  expect_false(is.null(fits$rs$cov.blocks))
  expect_identical(unname(hatvalues(fits$rs)[2001:2003]), rep(1, 3)) # alone in their levels
  for (f in list(hatvalues, rstudent, cooks.distance, dfbetas)) expect_same(f(fits$rs), f(fits$glm))
  expect_same(influence(fits$rs), influence(fits$glm))
})

# A leverage near one has the digits of a number near one for its distance from it, in lm.influence() and here.
test_that("an outlying row", {
  for (far in c(1e2, 1e4)) {
    fits <- lapply(both(t ~ x + z, data = transform(d, x = c(far, x[-1])), control = PRECISE), `[[`, "value")
    expect_lt(abs(hatvalues(fits$rs)[1] - hatvalues(fits$glm)[1]), 20 * .Machine$double.eps)
    expect_same(hatvalues(fits$rs), hatvalues(fits$glm))
    expect_same(influence(fits$rs), influence(fits$glm), 1e-8 + far^2 * 1e-16)
  }
})

test_that("plots are the same, and take no QR decomposition", {
  plotted <- function(fit) {
    file <- withr::local_tempfile(fileext = ".ps")
    grDevices::postscript(file)
    suppressWarnings(plot(fit, which = 1:6, sub.caption = ""))
    grDevices::dev.off()
    readLines(file)
  }
  # rounding may show in the last place of a coordinate
  coordinates <- function(lines) suppressWarnings(as.numeric(unlist(strsplit(lines, " +"))))
  for (name in c("poisson", "gaussian", "excluded", "alone")) {
    rs <- pairs[[name]]$rs
    rs$qr <- "none" # whoever asks for it gets this
    glm <- plotted(pairs[[name]]$glm)
    expect_equal(coordinates(plotted(rs)), coordinates(glm), tolerance = 1e-4, label = name) # a coordinate's last place
    expect_error(lm.influence(rs))
    for (f in list(influence, hatvalues, rstandard, rstudent, cooks.distance, dfbeta, dfbetas)) expect_silent(f(rs))
  }
})

test_that("threads change no bit", {
  wide <- d[rep(1:150, 300), ]
  wide$x <- wide$x + seq_along(wide$x) * 1e-6
  wide$x[1] <- 1e5
  fit <- glm_rs(t ~ x + z + o, data = wide)
  influence_with <- function(threads) {
    withr::local_envvar(OMP_THREAD_LIMIT = NA, `_R_CHECK_LIMIT_CORES_` = NA)
    withr::local_options(glmrs.threads = threads)
    influence(fit)
  }
  expect_identical(influence_with(2), influence_with(1))
})

test_that("residuals and weights", {
  for (type in c("deviance", "pearson", "working", "response")) {
    expect_same_for_all(function(fit) residuals(fit, type), c(pairs, empty))
  }
  expect_same_for_all(function(fit) residuals(fit, "partial"), pairs[c("poisson", "excluded", "both_ways", "plain_y")])
  for (type in c("prior", "working")) expect_same_for_all(function(fit) weights(fit, type = type), c(pairs, empty))
  expect_error(residuals(pairs$poisson$rs, "no such type"), "should be one of")
})

# Where stats takes rounding errors of y for shares below 0 and above 1, it has NaN.
test_that("residuals of shares without y are those with it", {
  set.seed(63)
  d <- data.frame(x = rnorm(2000))
  d$y <- rbinom(2000, 1, plogis(3 * d$x))
  for (family in list(binomial(), quasibinomial("probit"), quasi("logit", "mu(1-mu)"))) {
    with_y <- glm_rs(y ~ x, family, d)
    without <- glm_rs(y ~ x, family, d, y = FALSE)
    for (type in c("deviance", "pearson", "working", "response")) {
      expect_same(residuals(without, type), residuals(with_y, type), ROUNDING)
    }
    expect_same(rstudent(without), rstudent(with_y), ROUNDING)
  }
})

test_that("bad input", {
  expect_error(influence(pairs$poisson$rs, do.coef = NA), class = "glmrs_error_argument")
  expect_error(influence(pairs$poisson$rs, do.coef = "yes"), "`do.coef` must be TRUE or FALSE")
})
