# Hostile input: errors have classes and name the argument or variable, and the row; fits that end badly warn.

d <- grid_data()
set.seed(31)
d$y <- rpois(150, exp(1 + d$s))
d$t <- exp(d$s) + 0.1
d$p <- plogis(d$s)

# An error with classes glmrs_error and error whose message matches every pattern and shows no internals.
expect_refusal <- function(expr, ...) {
  said <- paste(deparse(substitute(expr)), collapse = " ")
  outcome <- caught(expr)
  e <- outcome$value
  if (!failed(outcome)) {
    return(testthat::fail(paste("no error from", said)))
  }
  testthat::expect_true(inherits(e, "glmrs_error") && inherits(e, "error"), label = paste0(said, " [", conditionMessage(e), "]"))
  for (pattern in c(...)) testthat::expect_match(conditionMessage(e), pattern, label = said)
  testthat::expect_no_match(conditionMessage(e), "panic|unwrap|\\.rs:|SEXP|Some\\(|NonFinite")
  # the user's own call, not one of ours
  if (!is.null(conditionCall(e))) testthat::expect_match(deparse(conditionCall(e)[[1L]]), "glm_rs", label = said)
  invisible(e)
}

# A fit all the same, with a warning of class glmrs_warning.
expect_warned_fit <- function(expr, ...) {
  said <- paste(deparse(substitute(expr)), collapse = " ")
  outcome <- caught(expr)
  testthat::expect_s3_class(outcome$value, "glm_rs")
  classed <- vapply(outcome$warnings, inherits, NA, "glmrs_warning")
  testthat::expect_true(any(classed), label = paste("a classed warning from", said))
  for (pattern in c(...)) testthat::expect_match(messages_of(outcome), pattern, all = FALSE, label = said)
  invisible(outcome$value)
}

with_value <- function(column, row, value) {
  d[[column]][row] <- value
  d
}

test_that("values that are not finite", {
  for (bad in c(Inf, -Inf)) {
    expect_refusal(glm_rs(t ~ x, gaussian, with_value("t", 7, bad)), "\\by\\b|`t`|response", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x + f, poisson, with_value("x", 7, bad)), "`x`", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x + f, poisson, with_value("w", 7, bad), weights = w), "weights", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x + f, poisson, with_value("off", 7, bad), offset = off), "offset", "\\b7\\b")
    expect_refusal(glm_rs(t ~ x + f, gaussian, with_value("x", 7, bad)), "`x`", "\\b7\\b")
    expect_refusal(glm_rs(p ~ x + f, quasibinomial, with_value("x", 150, bad)), "`x`", "\\b150\\b")
    expect_refusal(glm_rs(y ~ f:x, poisson, with_value("x", 7, bad)), "`x`", "\\b7\\b")
  }
  expect_refusal(glm_rs(y ~ poly(z, 2) + log(x + 1), poisson, with_value("x", 7, Inf)), "log\\(x \\+ 1\\)", "\\b7\\b")
  # log(0)
  expect_refusal(glm_rs(y ~ log(size - 1), poisson, d), "log\\(size - 1\\)", "\\b[0-9]+\\b")
  # in a matrix
  m <- with_value("x", 7, Inf)
  expect_refusal(glm_rs(y ~ as.matrix(m[c("z", "x")]), poisson, m), "\\b7\\b")
  for (bad in c(NA, NaN, Inf)) {
    expect_refusal(glm_rs(y ~ x + f, poisson, with_value("x", 7, bad), na.action = na.pass), "`x`", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x + f, poisson, with_value("y", 7, bad), na.action = na.pass), "\\by\\b|response", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x, poisson, with_value("w", 7, bad), weights = w, na.action = na.pass), "weights", "\\b7\\b")
    expect_refusal(glm_rs(y ~ x, poisson, with_value("off", 7, bad), offset = off, na.action = na.pass), "offset", "\\b7\\b")
  }
  expect_refusal(glm_rs(y ~ x + f, poisson, with_value("f", 7, NA), na.action = na.pass), "`f`", "\\b7\\b")
  expect_refusal(glm_rs(y ~ k, poisson, with_value("k", 7, NA), na.action = na.pass), "`k`", "\\b7\\b")
  expect_refusal(glm_rs(y ~ lgl, poisson, with_value("lgl", 7, NA), na.action = na.pass), "`lgl`", "\\b7\\b")
})

test_that("rows are named as the data name them", {
  named <- with_value("x", 7, Inf)
  rownames(named) <- paste0("patient_", 1:150)
  expect_refusal(glm_rs(y ~ x, poisson, named), "patient_7\\b")
  # the seventh row of the data, whatever was dropped before it
  gone <- with_value("x", 7, Inf)
  gone$z[2:4] <- NA
  expect_refusal(glm_rs(y ~ x + z, poisson, gone), "\\b7\\b")
  expect_refusal(glm_rs(y ~ x, poisson, with_value("x", 7, Inf), subset = 5:20), "\\b7\\b")
})

test_that("responses that the family does not allow", {
  expect_refusal(glm_rs(y ~ x, poisson, with_value("y", 7, -1)), "negative values", "Poisson", "\\b7\\b")
  expect_refusal(glm_rs(y ~ x, quasipoisson, with_value("y", 7, -1)), "negative values", "\\b7\\b")
  expect_refusal(glm_rs(p ~ x, binomial, with_value("p", 7, 1.5)), "0 <= y <= 1", "\\b7\\b")
  expect_refusal(glm_rs(p ~ x, quasibinomial, with_value("p", 7, -0.1)), "0 <= y <= 1", "\\b7\\b")
  expect_refusal(glm_rs(t ~ x, Gamma, with_value("t", 7, 0)), "non-positive", "Gamma", "\\b7\\b")
  expect_refusal(glm_rs(t ~ x, Gamma, with_value("t", 7, -3)), "non-positive", "\\b7\\b")
  expect_refusal(glm_rs(t ~ x, inverse.gaussian, with_value("t", 7, 0)), "positive values", "\\b7\\b")
  expect_refusal(glm_rs(cbind(y, -1) ~ x, binomial, d), "negative")
  expect_refusal(glm_rs(cbind(y, y, y) ~ x, binomial, d), "binomial")
  expect_refusal(glm_rs(cbind(y, y) ~ x, poisson, d), "y|response|column")
  expect_refusal(glm_rs(chr ~ x, poisson, d), "y|response|numeric")
  expect_refusal(glm_rs(f ~ x, gaussian, d), "y|response|numeric|factor")
  expect_refusal(glm_rs(chr ~ x, binomial, d), "y|response|binomial")
  expect_refusal(glm_rs(I(list(1)) ~ x, poisson, d))
  expect_refusal(glm_rs(complex(150) ~ x, gaussian, d))
  expect_refusal(glm_rs(as.Date("2020-01-01") + y ~ chr, poisson, d), "Date")
})

test_that("wrong lengths", {
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = 1:3), "weights")
  expect_refusal(glm_rs(y ~ x, poisson, d, offset = 1:3), "offset")
  expect_refusal(glm_rs(y ~ x, poisson, d, etastart = 1:3), "etastart")
  expect_refusal(glm_rs(y ~ x, poisson, d, mustart = 1:3), "mustart")
  expect_refusal(glm_rs(y ~ x, poisson, d, start = 1), "start", "2")
  expect_refusal(glm_rs(y ~ x, poisson, d, start = c(1, 2, 3)), "start", "2")
  expect_refusal(glm_rs(d$y ~ d$x[1:10], poisson), "length")
  expect_refusal(glm_rs_fit(matrix(1, 3, 1), 1:4, family = poisson()), "3", "4")
  expect_refusal(glm_rs_fit(matrix(1, 4, 1), 1:4, weights = 1:3, family = poisson()), "weights")
  expect_refusal(glm_rs_fit(matrix(1, 4, 1), 1:4, offset = 1:3, family = poisson()), "offset")
})

test_that("wrong types", {
  expect_refusal(glm_rs("not a formula", poisson, d))
  expect_refusal(glm_rs(~x, poisson, d), "response")
  expect_refusal(glm_rs(42, poisson, d), "y ~ x")
  expect_refusal(glm_rs(NULL, poisson, d), "y ~ x")
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = as.character(w)), "weights", "numeric")
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = f), "weights", "numeric")
  expect_refusal(glm_rs(y ~ x, poisson, d, offset = chr), "offset", "numeric")
  expect_refusal(glm_rs(y ~ x, poisson, d, start = "a"), "start")
  expect_refusal(glm_rs(y ~ x, poisson, d, start = list(1, 2)), "start")
  expect_refusal(glm_rs(y ~ x, poisson, d, start = c(1, NA)), "start")
  expect_refusal(glm_rs(y ~ x, poisson, d, etastart = chr), "etastart")
  expect_refusal(glm_rs(y ~ x, poisson, d, singular.ok = NA), "singular.ok")
  expect_refusal(glm_rs(y ~ x, poisson, d, model = NA), "`model`")
  expect_refusal(glm_rs(y ~ x, poisson, d, x = "yes"), "`x`")
  expect_refusal(glm_rs(y ~ x, poisson, d, y = c(TRUE, FALSE)), "`y`")
  expect_refusal(glm_rs(y ~ I(list(x)), poisson, d))
  expect_refusal(glm_rs(y ~ mean, poisson, d), "no column `mean`")
  expect_refusal(glm_rs(mean ~ x, poisson, d), "no column `mean`")
  expect_refusal(glm_rs(y ~ x, poisson, data = 1:3))
  expect_refusal(glm_rs(y ~ x, poisson, data = "d"))
  expect_refusal(glm_rs(y ~ x, poisson, matrix(1:4, 2)))
  expect_refusal(glm_rs_fit(list(1, 2), 1:2, family = poisson()), "`x`", "matrix")
  expect_refusal(glm_rs_fit(matrix("a", 2, 1), 1:2, family = poisson()), "`x`", "numeric")
  expect_refusal(glm_rs_fit(matrix(1, 2, 1), c("a", "b"), family = poisson()))
  expect_refusal(glm_rs_fit(matrix(c(1, NaN), 2, 1), 1:2, family = poisson()), "\\b2\\b")
})

test_that("weights that are logical are refused, as by glm()", {
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = lgl), "weights", "numeric")
})

test_that("too many levels for a matrix of contrasts", {
  skip_on_cran() # it takes seconds
  many <- data.frame(y = rep(1:2, 1e6), id = as.character(seq_len(2e6)))
  expect_refusal(glm_rs(y ~ id, poisson, many, contrasts = list(id = "contr.sum")), "`id`", "2000000 levels")
})

test_that("families and links that are none", {
  expect_refusal(glm_rs(y ~ x, "poison", d), "poison")
  expect_refusal(glm_rs(y ~ x, 3, d), "family")
  expect_refusal(glm_rs(y ~ x, list(family = "poisson"), d), "family")
  expect_refusal(glm_rs(y ~ x, NULL, d), "family")
  expect_refusal(glm_rs(y ~ x, mean, d), "family|argument")
  expect_refusal(glm_rs(y ~ x, c("poisson", "binomial"), d), "family")
  expect_refusal(glm_rs(y ~ x, poisson("wrong"), d), "wrong|link")
  expect_refusal(glm_rs(y ~ x, poisson(link = probit), d), "probit")
  expect_refusal(glm_rs(y ~ x, NA, d), "family")
})

test_that("no rows to fit", {
  expect_refusal(glm_rs(y ~ x, poisson, d[0, ]), "rows|levels")
  expect_refusal(glm_rs(y ~ x + f, poisson, d[0, ]), "rows|levels")
  expect_refusal(glm_rs(y ~ x, poisson, transform(d, x = NA_real_)), "missing|rows")
  expect_refusal(glm_rs(y ~ x, poisson, d, subset = x > 5), "rows")
  expect_refusal(glm_rs_fit(matrix(0, 0, 2), numeric(), family = poisson()), "rows")
})

test_that("weights that leave nothing", {
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = 0 * w), "weights", "zero")
  expect_refusal(glm_rs(y ~ x, gaussian, d, weights = 0 * w), "weights", "zero")
  expect_refusal(glm_rs(y ~ x, poisson, with_value("w", 7, -1), weights = w), "negative weights", "\\b7\\b")
  expect_refusal(glm_rs_fit(matrix(1, 2, 1), 1:2, weights = c(1, -1), family = poisson()), "negative weights")
})

test_that("factors with fewer than two levels", {
  expect_refusal(glm_rs(y ~ x + f, poisson, d[d$f == "b", ]), "`f`", "level")
  expect_refusal(glm_rs(y ~ x + chr, poisson, transform(d, chr = "all")), "`chr`", "level")
  expect_refusal(glm_rs(y ~ x * g, poisson, d, subset = g == "mid"), "`g`", "level")
})

test_that("controls", {
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilon = -1)), "epsilon")
  expect_refusal(glm_rs(y ~ x, poisson, d, epsilon = 0), "epsilon")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilon = NA)), "epsilon")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilon = quote(stop("evaluated")))), "`epsilon` must be")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilon = "a")), "epsilon")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilon = c(1, 2))), "epsilon")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(maxit = 0)), "maxit")
  expect_refusal(glm_rs(y ~ x, poisson, d, maxit = -3), "maxit")
  expect_refusal(glm_rs(y ~ x, poisson, d, maxit = NA), "maxit")
  expect_refusal(glm_rs(y ~ x, poisson, d, maxit = NULL, control = list(maxit = Inf)), "maxit")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(threads = 0)), "threads")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(threads = "two")), "threads")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(method = "magic")), "method")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(trace = NA)), "trace")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(epsilno = 1e-4)), "epsilno")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(eps = 1e-4, epsilon = 1e-4)), "unused|formal")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = as.list(1:9)), "control")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = list(m = 3)), "`m`")
  expect_refusal(glm_rs(y ~ x, poisson, d, control = 1e-4), "control")
  expect_refusal(glm_rs(y ~ x, poisson, d, weigths = w), "weigths")
})

test_that("variables that are missing", {
  expect_refusal(glm_rs(y ~ no_such_variable, poisson, d), "no_such_variable")
  expect_refusal(glm_rs(no_such_response ~ x, poisson, d), "no_such_response")
  expect_refusal(glm_rs(y ~ x, poisson, d, weights = no_such_weights), "no_such_weights")
  expect_refusal(glm_rs(y ~ x, poisson, no_such_data), "no_such_data")
  expect_refusal(glm_rs(y ~ x, poisson, d, subset = no_such_subset), "no_such_subset")
  expect_refusal(glm_rs(y ~ no_such_function(x), poisson, d), "no_such_function")
  expect_refusal(glm_rs(poisson, d))
  expect_refusal(glm_rs(y ~ x, poisson, d, na.action = no_such_action), "no_such_action")
})

test_that("conditions that variables raise keep their classes", {
  shout <- function(x) stop(structure(class = c("my_error", "error", "condition"), list(message = "mine", call = NULL)))
  expect_error(glm_rs(y ~ shout(x), poisson, d), class = "my_error")
  outcome <- caught(glm_rs(y ~ x + sqrt(w - 0.6), poisson, d))
  expect_identical(vapply(outcome$warnings, conditionMessage, ""), "NaNs produced")
})

test_that("singular fits where none are wanted", {
  expect_refusal(glm_rs(y ~ x + x_twice, poisson, d, singular.ok = FALSE), "singular", "x_twice")
  expect_same_fit(both(y ~ x + z, poisson, d, singular.ok = FALSE, control = PRECISE))
})

test_that("starting values out of range", {
  for (bad in c(NA, NaN, Inf)) {
    e <- expect_refusal(glm_rs(y ~ x, poisson, d, start = c(1, bad)), "`start` must be finite", format(bad), "`x`")
    expect_no_match(conditionMessage(e), "row")
  }
  expect_refusal(glm_rs_fit(cbind(1, d$x), d$y, start = c(NA, 0), family = poisson()), "`start` must be finite", "column 1")
  expect_refusal(glm_rs_fit(cbind(1, d$x), d$y, start = 1:3, family = poisson()), "should equal 2")
  expect_refusal(glm_rs(y ~ x, poisson("identity"), d, start = c(-5, 0)), "start")
  expect_refusal(glm_rs(y ~ x, poisson("identity"), d, etastart = -exp(x)), "start|range")
  expect_refusal(glm_rs(p ~ x, binomial("log"), d, start = c(2, 0)), "start")
  expect_refusal(glm_rs(p ~ x, quasibinomial, d, mustart = p + 2), "start|range|NaN")
})

test_that("fits that end badly come back with a warning", {
  fit <- expect_warned_fit(glm_rs(y ~ x + f, poisson, d, maxit = 1), "did not converge")
  expect_false(fit$converged)
  expect_identical(as.integer(fit$iter), 1L)
  apart <- data.frame(x = c(1:10, 21:30), y = rep(0:1, each = 10))
  fit <- expect_warned_fit(glm_rs(y ~ x, binomial, apart), "fitted probabilities numerically 0 or 1 occurred")
  expect_true(all(is.finite(coef(fit))))
  expect_warned_fit(glm_rs(y ~ x, binomial("probit"), apart), "fitted probabilities numerically 0 or 1 occurred")
  empty <- data.frame(f = gl(2, 10), y = c(rpois(10, 3) + 1, rep(0, 10)))
  # rates at zero
  fit <- expect_warned_fit(glm_rs(y ~ f, poisson, empty, control = list(epsilon = 1e-17, maxit = 100)), "fitted rates numerically 0 occurred")
  expect_true(all(is.finite(coef(fit))))
  expect_warned_fit(glm_rs(c(1.5, 2, 3, 4) ~ c(1, 2, 3, 5), poisson), "not whole")
  expect_warned_fit(glm_rs(c(0.5, 0.2, 0.7, 0.9) ~ c(1, 2, 3, 5), binomial), "non-integer")
})

test_that("the same warnings as glm()'s, once each", {
  apart <- data.frame(x = c(1:10, 21:30), y = rep(0:1, each = 10))
  pairs <- list(
    both(y ~ x, binomial, apart), both(y ~ x, binomial, apart, maxit = 3), both(c(1.5, 2, 3, 4) ~ c(1, 2, 3, 5), poisson),
    both(c(0.5, 0.2, 0.7, 0.9) ~ c(1, 2, 3, 5), binomial), both(y ~ x, poisson, d, maxit = 2),
    both(y > 5 ~ x + f, binomial("log"), d, start = c(-2, 0, 0, 0), maxit = 100)
  )
  # a level without large responses has no finite coefficient, which glm() does not say
  expect_length(pairs[[6L]]$rs$warnings, 1L)
  expect_match(messages_of(pairs[[6L]]$rs), "the data are separated.*\\(Intercept\\) \\(-Inf\\)")
  pairs[[6L]]$rs$warnings <- list()
  for (pair in pairs) {
    expect_true(same_warnings(pair$rs, pair$glm), label = toString(messages_of(pair$rs)))
    expect_false(anyDuplicated(vapply(pair$rs$warnings, conditionMessage, "")) > 0)
  }
})

test_that("warnings may be errors", {
  withr::local_options(warn = 2)
  expect_error(glm_rs(y ~ x, poisson, d, maxit = 1), "did not converge")
})

test_that("nothing is left behind by an error", {
  for (i in 1:200) try(glm_rs(y ~ x, poisson, with_value("x", 7, Inf)), silent = TRUE)
  expect_same_fit(both(y ~ x, poisson, d, control = PRECISE))
})

test_that("arguments of methods", {
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_refusal(predict(fit, type = "nope"), "`type`", "response")
  expect_refusal(predict(fit, type = NA), "`type`")
  expect_identical(predict(fit, type = "resp"), predict(fit, type = "response"))
  expect_refusal(predict(fit, se.fit = NA), "`se.fit`")
  expect_refusal(predict(fit, se.fit = TRUE, dispersion = "a"), "`dispersion`")
  expect_refusal(predict(fit, type = "terms", terms = "nope"), "`terms`.*nope", "x, f")
  expect_refusal(predict(fit, type = "terms", terms = 9), "`terms`.*9")
  expect_identical(colnames(predict(fit, type = "terms", terms = -1)), "f")
  expect_refusal(predict(fit, data.frame()), "no columns")
  expect_refusal(summary(fit, dispersion = "a"), "`dispersion`")
  expect_refusal(summary(fit, dispersion = -1), "`dispersion`")
  expect_refusal(summary(fit, correlation = NA), "`correlation`")
  expect_refusal(vcov(fit, complete = NA), "`complete`")
  expect_refusal(drop1(fit, test = "nope"), "`test`", "LRT")
  expect_refusal(drop1(fit, scale = "a"), "`scale`")
  expect_refusal(add1(fit, ~ . + k, test = "nope"), "`test`", "LRT")
  expect_refusal(add1(fit, ~ . + k, scale = -1), "`scale`")
})

test_that("a word that the core does not know is an error, not its default", {
  d <- family_data(poisson(), 0.5, 3, "count", n = 60)
  fit <- glm_rs(y ~ x, poisson, d)
  design <- design_from_fit(fit)
  unknown <- function(code) expect_error(code, "core does not know", class = "glmrs_error_argument")
  unknown(hc_meat(score_rows(fit, NULL), "HC9", NULL))
  unknown(adjusted_meat(score_rows(fit, NULL), seq_len(60), "CR9", FALSE, NULL))
  unknown(rust_separation(design, list(y = as.double(d$y)), "both", NULL, thread_spec(), NULL))
  control <- control_spec(as_control(list(), NULL))
  unknown(rust_count_fit(design, list(as.double(d$y), NULL, NULL), list("nb3", NA_real_, FALSE), NULL, control, NULL))
})
