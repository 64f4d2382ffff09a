# Fits without rows: as small as their coefficients, and what they leave out is made again or refused, never wrong.

rows <- 2000L
d <- family_data(poisson(), 0.5, 3, "count", n = rows)
d$y[5] <- NA
d$share <- ifelse(is.na(d$y), 0, pmin(d$y, 4) / 4)
d$t <- exp(d$s)

# Of a call, the fit with its rows, without them, and glm()'s.
three <- function(call) {
  full <- call
  full[[1L]] <- quote(glmrs::glm_rs)
  small <- full
  small[c("model", "y")] <- FALSE
  glm <- call
  glm[[1L]] <- quote(stats::glm)
  suppressWarnings(list(full = eval(full, globalenv()), small = eval(small, globalenv()), glm = eval(glm, globalenv())))
}

calls <- alist(
  poisson = fit(y ~ x + f * g, poisson, data = d, offset = off),
  weighted = fit(share ~ x + poly(z, 2), binomial, data = d, weights = size, na.action = na.exclude),
  counts = fit(cbind(k + 3, 5) ~ x + chr, quasibinomial, data = d, subset = k > -2),
  gamma = fit(t ~ o + lgl, Gamma("log"), data = d, contrasts = list(o = "contr.sum")),
  aliased = fit(t ~ x + x_twice, data = d, weights = ifelse(k == 0, 0, w)),
  own = fit(y ~ x, quasi(variance = list(
    varfun = function(mu) mu, validmu = function(mu) all(mu > 0), dev.resids = poisson()$dev.resids,
    initialize = expression({
      n <- rep.int(1, nobs)
      mustart <- y + 0.1
    }), name = "own"
  ), link = "log"), data = d)
)

local_data <- function(env = parent.frame()) {
  assign("d", d, globalenv())
  withr::defer(suppressWarnings(rm("d", envir = globalenv())), env)
}

bytes <- function(x) as.numeric(utils::object.size(x))

test_that("a fit holds six vectors of n numbers besides the model frame and the data, one of them the response", {
  size <- function(n) {
    fit <- glm_rs(exp(s) ~ x + f, Gamma("log"), grid_data(n))
    fit[c("model", "data")] <- NULL
    bytes(fit)
  }
  # a vector has some bytes of its own, and small ones come in steps; the rest does not depend on n
  expect_lte(size(12000L) - size(2000L), 6 * 8 * 10000 + 500)
  fit <- glm_rs(y ~ x + f, poisson, data = d)
  # whole numbers stay what they are, as in glm()
  expect_type(fit$y, "integer")
  expect_identical(glm_rs(lgl ~ x, gaussian, data = d)$y, glm(lgl ~ x, gaussian, data = d)$y)
})

test_that("a fit without rows does not grow with them", {
  small <- function(n) glm_rs(y ~ x + f, poisson, family_data(poisson(), 0.5, 3, "count", n = n), model = FALSE, y = FALSE)
  # the family and the terms have closures' bodies in them, whatever n is
  expect_lt(abs(bytes(small(20000L)) - bytes(small(2000L))), 500)
  expect_lt(length(serialize(small(20000L)$coefficients, NULL)), 1000)
})

test_that("what is left out is made again, as it was and as glm() has it", {
  local_data()
  for (name in names(calls)) {
    fits <- three(calls[[name]])
    # what is left: the family's functions with their sources, and the rows that na.exclude() has left out
    expect_lt(bytes(fits$small), bytes(fits$glm) / 4)
    left_out <- setdiff(names(fits$full), c(names(fits$small), "model", "y"))
    expect_true(all(c("residuals", "fitted.values", "linear.predictors", "weights", "prior.weights") %in% left_out))
    for (part in left_out) {
      expect_identical(fits$small[[part]], fits$full[[part]], info = paste(name, part))
      expect_equal(fits$small[[part]], fits$glm[[part]], tolerance = TOLERANCE, info = paste(name, part))
    }
    expect_null(fits$small$model)
    expect_null(fits$small$y)
    expect_identical(fits$small$qr$qr, fits$full$qr$qr)
    # by the beginning of a name
    expect_identical(fits$small$resid, fits$full$residuals)
    expect_identical(fits$small$fitted, fits$full$fitted.values)
  }
})

test_that("methods give what they give for the fit with rows", {
  skip_on_cran() # it takes seconds
  local_data()
  methods <- list(
    summary = function(fit) summary(fit)[c("coefficients", "dispersion", "deviance.resid", "cov.scaled", "df")],
    printed = function(fit) utils::tail(capture.output(print(fit)), 4), vcov = vcov, logLik = logLik, aic = AIC, bic = BIC,
    nobs = nobs, extractAIC = extractAIC, fitted = fitted, weights = weights, confint = confint.default,
    working = function(fit) weights(fit, "working"), deviance = deviance, df = df.residual, formula = formula,
    predict = function(fit) predict(fit, se.fit = TRUE), new = function(fit) predict(fit, d[1:9, ], "response", se.fit = TRUE),
    terms = function(fit) predict(fit, type = "terms"), frame = function(fit) unclass(model.frame(fit)),
    deviance_resid = residuals, pearson = function(fit) residuals(fit, "pearson"),
    partial = function(fit) residuals(fit, "partial"), hat = hatvalues, cooks = cooks.distance, standard = rstandard,
    drop = drop1, refit = function(fit) coef(update(fit, . ~ 1)), matrix = model.matrix, alias = function(fit) alias(fit)$Complete
  )
  for (name in names(calls)) {
    fits <- three(calls[[name]])
    for (method in names(methods)) {
      # drop1() takes the model frame's response where there is no `y`: for counts that is wrong after glm(y = FALSE), too
      if (name == "counts" && method == "drop") next
      got <- suppressWarnings(lapply(fits[c("small", "full")], methods[[method]]))
      expect_equal(got$small, got$full, tolerance = ROUNDING, info = paste(name, method), ignore_formula_env = TRUE)
    }
  }
  expect_output(str(three(calls$poisson)$small), "List of")
  expect_true("coefficients" %in% names(lapply(three(calls$poisson)$small, class)))
})

test_that("data that have changed are refused, whatever changed", {
  local_data()
  fit <- three(calls$poisson)$small
  sums <- three(quote(fit(k ~ g, gaussian, data = d)))$small
  refused <- function(expr, pattern = "changed since the fit") {
    error <- testthat::expect_error(expr, class = "glmrs_error_rows")
    testthat::expect_match(conditionMessage(error), pattern)
  }
  changes <- list(
    one_value = function(d) transform(d, x = replace(x, 7, x[7] + 1e-12)), level = function(d) transform(d, f = rev(f)),
    order = function(d) d[nrow(d):1, ], fewer = function(d) d[-9, ], offset = function(d) transform(d, off = off + 1)
  )
  for (name in names(changes)) {
    assign("d", changes[[name]](d), globalenv())
    for (part in c("residuals", "fitted.values", "qr", "weights")) refused(fit[[part]])
    refused(residuals(fit))
    refused(predict(fit))
  }
  # sums of whole numbers are the same in any order: the rows are not
  assign("d", d[order(d$x), ], globalenv())
  refused(residuals(sums))
  # what needs no rows is there all the same
  rm("d", envir = globalenv())
  refused(residuals(fit), "'d' not found")
  full <- glm_rs(y ~ x + f * g, poisson, data = d, offset = off)
  for (f in list(coef, deviance, logLik, AIC, BIC, nobs, vcov, confint.default)) expect_identical(f(fit), f(full))
  off <- 0
  expect_warning(table <- coef(summary(fit)), class = "glmrs_warning_rows")
  expect_identical(table, coef(summary(full)))
})

test_that("a saved fit without rows is small, and works where its data are", {
  local_data()
  fit <- three(calls$gamma)$small
  file <- withr::local_tempfile()
  saveRDS(fit, file, compress = FALSE)
  expect_lt(file.size(file), 40000)
  again <- readRDS(file)
  expect_identical(residuals(again), residuals(fit))
  expect_identical(predict(again, d[1:5, ]), predict(three(calls$gamma)$full, d[1:5, ]))
})

test_that("starting values that have changed do not lead to other rows", {
  local_data()
  assign("most", 1, globalenv())
  withr::defer(rm("most", envir = globalenv()))
  fit <- suppressWarnings(eval(quote(glmrs::glm_rs(y ~ x, poisson, d, maxit = most, model = FALSE, y = FALSE)), globalenv()))
  assign("most", 25, globalenv())
  expect_error(residuals(fit), "other coefficients", class = "glmrs_error_rows")
})

test_that("parts from data that have changed are refused where the model frame was not kept", {
  local_data()
  call <- quote(glmrs::glm_rs(y ~ x + f, poisson, d, model = FALSE))
  fit <- eval(call, globalenv())
  full <- glm_rs(y ~ x + f, poisson, d)
  expect_identical(fit$qr, full$qr)
  expect_equal(predict(fit, se.fit = TRUE), predict(full, se.fit = TRUE), tolerance = ROUNDING)
  assign("d", transform(d, x = x^2), globalenv())
  for (part in c("qr", "R", "effects")) expect_error(fit[[part]], "changed since the fit", class = "glmrs_error_rows")
  expect_error(predict(fit, se.fit = TRUE), "changed since the fit", class = "glmrs_error_rows")
  expect_identical(residuals(fit), residuals(full))
})

test_that("what fits parts of a fit again has its rows, too", {
  without <- glm_rs(am ~ wt + hp, binomial, mtcars, model = FALSE, y = FALSE)
  glm <- glm(am ~ wt + hp, binomial, mtcars)
  expect_alike <- function(f, ...) expect_equal(suppressMessages(f(without)), f(glm), tolerance = TOLERANCE, ...)
  expect_alike(influence)
  expect_alike(cooks.distance)
  expect_alike(function(fit) drop1(fit, test = "LRT"))
  expect_alike(function(fit) add1(fit, ~ . + qsec, test = "Rao"))
  expect_alike(function(fit) anova(fit, test = "Chisq"))
  expect_alike(function(fit) if (inherits(fit, "glm_rs")) as_glm(fit)$qr$qr else fit$qr$qr)
  skip_if_not_installed("MASS")
  expect_alike(function(fit) suppressWarnings(suppressMessages(confint(fit)))) # some paths come near 0 and 1
})

test_that("a fit knows its data in another version of R", {
  local_data()
  fit <- glm_rs(y ~ x + chr, poisson, data = d, model = FALSE, y = FALSE)
  own <- getFromNamespace("serialized", "glmrs")
  # bytes 7 to 10 of what serialize() writes are the version of R
  newer <- function(x) replace(own(x), 7:10, as.raw(c(0L, 9L, 8L, 7L)))
  withr::defer(assignInNamespace("serialized", own, "glmrs"))
  assignInNamespace("serialized", newer, "glmrs")
  expect_length(fit$fitted.values, rows - 1L)
})

test_that("rows are made again where the package is not attached", {
  # functions of ours are not found from here
  apart <- new.env(parent = baseenv())
  apart$d <- data.frame(x = c(1, 2, 3, 4, 5, 6), y = c(0, 1, 0, 0, 1, 1))
  formula <- `environment<-`(y ~ x, apart)
  fit <- glm_rs(formula, binomial(), apart$d, bias = jeffreys(0.2), model = FALSE, y = FALSE)
  call <- fit$call
  call$data <- quote(d)
  fit$call <- call
  expect_equal(fitted(fit), fitted(glm_rs(formula, binomial(), apart$d, bias = jeffreys(0.2))))
})
