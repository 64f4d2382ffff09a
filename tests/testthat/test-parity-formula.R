# Every feature of a formula and of the arguments beside it: the same model, and the same predictions on new data.

d <- grid_data()
set.seed(11)
d$y <- rpois(150, exp(1 + d$s))
new <- grid_data(20, seed = 99)

# The same fit, the same model matrix, and the same predictions on new data.
expect_same_model <- function(pair, newdata = new, tolerance = TOLERANCE) {
  fits <- expect_same_fit(pair, tolerance)
  testthat::expect_identical(colnames(model.matrix(fits$rs)), colnames(model.matrix(fits$glm)))
  testthat::expect_equal(model.matrix(fits$rs), model.matrix(fits$glm), tolerance = ROUNDING)
  testthat::expect_identical(fits$rs$xlevels, fits$glm$xlevels)
  testthat::expect_identical(fits$rs$contrasts, fits$glm$contrasts)
  testthat::expect_identical(attr(terms(fits$rs), "term.labels"), attr(terms(fits$glm), "term.labels"))
  testthat::expect_identical(attr(terms(fits$rs), "intercept"), attr(terms(fits$glm), "intercept"))
  testthat::expect_identical(deparse(formula(fits$rs)), deparse(formula(fits$glm)))
  if (!is.null(newdata)) {
    rs <- caught(predict(fits$rs, newdata))
    glm <- caught(predict(fits$glm, newdata))
    testthat::expect_equal(rs$value, glm$value, tolerance = tolerance)
    testthat::expect_true(same_warnings(rs, glm))
  }
  invisible(fits)
}

test_that("formulas", {
  skip_on_cran() # it takes seconds
  formulas <- list(
    y ~ 1, y ~ 0, y ~ -1, y ~ x, y ~ x - 1, y ~ 0 + x, y ~ x + 0, y ~ f, y ~ f - 1, y ~ 0 + f + g, y ~ 0 + g + f + x,
    y ~ f:g, y ~ 0 + f:g, y ~ f * g, y ~ f * g - 1, y ~ f * g - f, y ~ f + f:g, y ~ (x + z + f)^2, y ~ (f + g + h)^3,
    y ~ f %in% g, y ~ g + f %in% g, y ~ g / f, y ~ g / x, y ~ g / (x + z), y ~ x * z * k, y ~ x:z, y ~ 0 + x:z,
    y ~ I(x^2) + I(x > 0), y ~ log(w) + exp(x) + sqrt(size), y ~ abs(x):f, y ~ cut(x, c(-1, 0, 0.5, 1)) + z,
    y ~ factor(size) + x, y ~ as.character(size) * x, y ~ interaction(g, h), y ~ relevel(g, "mid") + x,
    y ~ chr + lgl, y ~ chr * x, y ~ lgl * x, y ~ 0 + lgl, y ~ 0 + chr:x + lgl:z, y ~ lgl:f, y ~ o, y ~ 0 + o, y ~ o * x,
    y ~ o:f, y ~ C(g, contr.sum) + x, y ~ C(o, contr.poly, 1), y ~ C(g, contr.helmert):x,
    y ~ x:f, y ~ f:x, y ~ x:f - 1, y ~ f:x - 1, y ~ x + x:f, y ~ f + x:f, y ~ f + f:x, y ~ x:f:z, y ~ f:x:z, y ~ x:z:f,
    y ~ x:f:g, y ~ f:x:g, y ~ f:g:x, y ~ 0 + f:g:x, y ~ 0 + x:g + f, y ~ 0 + f + g + f:g, y ~ f:k + g:size,
    y ~ poly(x, 3), y ~ poly(x, 2, raw = TRUE), y ~ poly(x, z, degree = 2), y ~ poly(x, 2):f, y ~ f:poly(x, 2),
    y ~ f * poly(x, 2), y ~ poly(x, 2):poly(z, 2), y ~ f:poly(x, 2):g, y ~ poly(x, 2):f:poly(z, 2),
    y ~ splines::ns(x, 3), y ~ splines::bs(x, df = 5) + f, y ~ splines::ns(x, 2) * f, y ~ f:splines::bs(x, 4),
    y ~ scale(x) + scale(z, scale = FALSE), y ~ scale(x):f,
    y ~ offset(off), y ~ x + offset(off), y ~ offset(off) + x + offset(log(w)), y ~ f * x + offset(2 * off) - 1,
    y ~ 0 + offset(off), y ~ x + x, y ~ x + x_twice, y ~ x_twice + x + f + f_copy, y ~ f:g:h, y ~ x + I(0 * z),
    log(y + 1) ~ x, sqrt(y) ~ f, I(y > 2) ~ x, y / 2 ~ x
  )
  wrong <- character()
  for (formula in formulas) {
    # wide empty-cell models need a family without limits
    pair <- both(formula, gaussian, d, control = PRECISE)
    found <- if (failed(pair$glm)) "glm() fails" else disagreement(pair)
    if (!length(found)) {
      fits <- lapply(pair, `[[`, "value")
      unlike <- function(f) {
        a <- caught(f(fits$rs))
        b <- caught(f(fits$glm))
        !failed(b) && (failed(a) || !isTRUE(all.equal(a$value, b$value, tolerance = TOLERANCE)))
      }
      if (unlike(model.matrix)) found <- c(found, "model.matrix()")
      if (unlike(function(fit) predict(fit, new))) found <- c(found, "predict() on new data")
      # predict.glm() has a standard error for each row of the fit, not of the new data, where there is no coefficient
      errors <- function(fit) if (length(coef(fit))) unname(predict(fit, new, se.fit = TRUE)$se.fit)
      if (unlike(errors)) found <- c(found, "se.fit")
      if (!identical(fits$rs$xlevels, fits$glm$xlevels)) found <- c(found, "xlevels")
      if (!identical(fits$rs$contrasts, fits$glm$contrasts)) found <- c(found, "contrasts")
    }
    if (length(found)) wrong <- c(wrong, paste0(deparse(formula), ": ", paste(found, collapse = "; ")))
  }
  expect_none(wrong)
})

test_that("a dot is every other variable", {
  few <- d[c("y", "x", "f", "chr", "lgl")]
  expect_same_model(both(y ~ ., poisson, few, control = PRECISE))
  expect_same_model(both(y ~ . - x, poisson, few, control = PRECISE))
  expect_same_model(both(y ~ .^2, poisson, few[1:3], control = PRECISE))
  expect_same_model(both(log(y + 1) ~ . + I(x^2), gaussian, few, control = PRECISE))
})

test_that("offsets add up, in the formula and beside it", {
  fits <- expect_same_model(both(y ~ x + f + offset(off), poisson, d, offset = log(w), control = PRECISE))
  expect_same(fits$rs$offset, fits$glm$offset)
  expect_same_model(both(y ~ x, poisson, d, offset = off, control = PRECISE))
  expect_same_model(both(y ~ 1, poisson, d, offset = off, control = PRECISE))
  expect_same_model(both(y ~ 0, poisson, d, offset = off, control = PRECISE))
  expect_same_model(both(y ~ x - 1, poisson, d, offset = off, control = PRECISE))
})

test_that("matrix columns", {
  m <- d
  m$m <- cbind(a = d$x, b = d$z)
  m$u <- unname(as.matrix(d[c("x", "k")]))
  m$i <- cbind(one = d$k, two = d$size)
  m$small <- data.frame(p = d$x, q = d$z)
  nd <- m[1:9, ]
  for (formula in list(y ~ m, y ~ u, y ~ m:f, y ~ f:m, y ~ m * f, y ~ m:u, y ~ i + m, y ~ i:f - 1, y ~ f:m:g)) {
    expect_same_model(both(formula, gaussian, m, control = PRECISE), nd)
  }
  expect_same_model(both(y ~ as.matrix(small), poisson, m, control = PRECISE), nd)
})

test_that("contrasts", {
  expect_same_model(both(y ~ f * g, poisson, d, contrasts = list(f = "contr.sum"), control = PRECISE))
  expect_same_model(both(y ~ f * g, poisson, d, contrasts = list(f = contr.helmert, g = "contr.poly"), control = PRECISE))
  expect_same_model(both(y ~ g:x, poisson, d, contrasts = list(g = contr.treatment(3, base = 2)), control = PRECISE))
  expect_same_model(both(y ~ 0 + f + g, poisson, d, contrasts = list(f = "contr.sum", g = "contr.sum"), control = PRECISE))
  one <- matrix(c(-1, 0, 1), 3, dimnames = list(NULL, "trend"))
  expect_same_model(both(y ~ g + x, poisson, d, contrasts = list(g = one), control = PRECISE))
  expect_same_model(both(y ~ chr, poisson, d, contrasts = list(chr = "contr.sum"), control = PRECISE))
  expect_same_model(both(y ~ lgl * g, poisson, d, contrasts = list(lgl = "contr.helmert"), control = PRECISE))
  kept <- d
  contrasts(kept$g) <- contr.sum(3)
  expect_same_model(both(y ~ g * f, poisson, kept, control = PRECISE))
  withr::local_options(contrasts = c("contr.sum", "contr.helmert"))
  fits <- expect_same_model(both(y ~ f * o, poisson, d, control = PRECISE))
  # the fit remembers how its factors were coded
  expected <- predict(fits$rs, new)
  options(contrasts = c("contr.treatment", "contr.poly"))
  expect_identical(predict(fits$rs, new), expected)
  expect_same(model.matrix(fits$rs), model.matrix(fits$glm), ROUNDING)
})

test_that("contrasts for what is no factor warn or stop as in glm()", {
  pair <- both(y ~ x + g, poisson, d, contrasts = list(x = "contr.sum"), control = PRECISE)
  expect_identical(failed(pair$rs), failed(pair$glm))
  expect_true(same_warnings(pair$rs, pair$glm))
})

test_that("a logical variable has two levels, whether or not both occur", {
  expect_same_model(both(y ~ x + lgl, poisson, d, subset = lgl, control = PRECISE))
  expect_same_model(both(y ~ x * lgl, poisson, d, subset = !lgl, control = PRECISE))
  fits <- expect_same_model(both(y ~ lgl * f + I(x > 0), poisson, d, control = PRECISE), subset(new, lgl))
  for (rows in list(1, which(!new$lgl), which(new$x < 0))) {
    expect_same(predict(fits$rs, new[rows, ]), predict(fits$glm, new[rows, ]))
  }
})

test_that("one row of new data is enough", {
  fits <- expect_same_model(both(y ~ f * chr + o + lgl + poly(x, 2) + splines::ns(z, 3), poisson, d, control = PRECISE))
  for (row in 1:20) expect_same(predict(fits$rs, new[row, ]), predict(fits$glm, new[row, ]))
})

test_that("subset and weights", {
  expect_same_model(both(y ~ x + f, poisson, d, subset = k > 0, control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, d, subset = 20:90, control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, d, subset = -(1:50), weights = w, offset = off, control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, d, subset = f != "b", control = PRECISE), NULL)
  expect_same_model(both(y ~ x + poly(z, 2), poisson, d, weights = size, subset = lgl, control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, d, weights = w / sum(w), control = PRECISE))
  outside <- rep(1:3, 50)
  expect_same_model(both(y ~ x + f, poisson, d, weights = outside, subset = outside < 3, control = PRECISE))
})

holes <- d
holes$x[c(2, 17)] <- NA
holes$f[40] <- NA
holes$y[c(3, 99)] <- NA
holes$w[61] <- NA
holes$off[62] <- NA
holes$k[63] <- NA

test_that("na.omit and na.exclude", {
  for (action in list(na.omit, na.exclude)) {
    fits <- expect_same_model(both(y ~ x * f + k, poisson, holes, na.action = action, control = PRECISE))
    expect_identical(fits$rs$na.action, fits$glm$na.action)
    for (f in list(fitted, residuals, predict, nobs, function(fit) rstandard(fit), function(fit) napredict(fit$na.action, weights(fit)))) {
      expect_same(f(fits$rs), f(fits$glm))
    }
    fits <- expect_same_model(both(y ~ x * f, poisson, holes, weights = w, offset = off, na.action = action, control = PRECISE))
    expect_identical(fits$rs$na.action, fits$glm$na.action)
    expect_same(residuals(fits$rs, "pearson"), residuals(fits$glm, "pearson"))
  }
  expect_same_model(both(y ~ x + f, poisson, holes, na.action = "na.exclude", control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, holes, subset = lgl, control = PRECISE))
  expect_same_model(both(y ~ log(x + 1) + poly(z, 2), poisson, holes, control = PRECISE))
  withr::local_options(na.action = "na.exclude")
  fits <- expect_same_model(both(y ~ x + f, poisson, holes, control = PRECISE))
  expect_length(fitted(fits$rs), 150)
})

test_that("na.fail and na.pass", {
  expect_error(glm_rs(y ~ x, poisson, holes, na.action = na.fail), class = "glmrs_error")
  expect_error(glm_rs(y ~ x, poisson, holes, na.action = na.pass), class = "glmrs_error")
  expect_same_fit(both(y ~ x, poisson, d, na.action = na.fail, control = PRECISE))
  expect_same_fit(both(y ~ x, poisson, d, na.action = na.pass, control = PRECISE))
  withr::local_options(na.action = "na.fail")
  expect_error(glm_rs(y ~ x, poisson, holes), class = "glmrs_error")
  # NULL: no action at all
  expect_same_fit(both(y ~ x, poisson, d, na.action = NULL, control = PRECISE))
})

test_that("a level whose rows all have missing values is not in the fit", {
  gone <- d
  gone$x[gone$f == "b"] <- NA
  fits <- expect_same_fit(both(y ~ x + f, poisson, gone, control = PRECISE))
  expect_identical(fits$rs$xlevels, fits$glm$xlevels)
})

test_that("starting values", {
  base <- coef(stats::glm(y ~ x + f, poisson, d))
  expect_same_fit(both(y ~ x + f, poisson, d, start = base * 0.9, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, start = unname(base) + 0.1, offset = off, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, etastart = 1 + s, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, mustart = y / 2 + 1, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, mustart = y / 2 + 1, etastart = s, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, start = base, mustart = y / 2 + 1, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson, d, etastart = 1 + s, subset = lgl, control = PRECISE))
  expect_same_fit(both(y ~ x + f, poisson("identity"), d, start = c(3, 0.1, 0, 0), control = PRECISE))
  expect_same_fit(both(I(y > 4) ~ x, binomial("log"), d, start = c(-1.5, 0), control = PRECISE))
})

test_that("data of every kind", {
  expect_same_model(both(y ~ x + f, poisson, as.list(d), control = PRECISE))
  expect_same_model(both(y ~ x + f, poisson, list2env(d), control = PRECISE))
  y <- d$y
  x <- d$x
  f <- d$f
  fits <- expect_same_fit(both(y ~ x + f, poisson, control = PRECISE))
  expect_same(predict(fits$rs, new), predict(fits$glm, new))
  expect_same_fit(both(y ~ x + f + g, poisson, d["g"], control = PRECISE))
  global <- 2
  expect_same_fit(both(y ~ I(x * global), poisson, d, control = PRECISE))
  named <- d
  rownames(named) <- paste0("row", seq_len(150))
  expect_same_model(both(y ~ x + f, poisson, named, control = PRECISE))
})

test_that("tibbles and data tables", {
  skip_if_not_installed("tibble")
  expect_same_model(both(y ~ x + f * chr, poisson, tibble::as_tibble(d), control = PRECISE), tibble::as_tibble(new))
  skip_if_not_installed("data.table")
  expect_same_model(both(y ~ x + f * chr, poisson, data.table::as.data.table(d), control = PRECISE))
})

test_that("names that need quoting, and names of arguments", {
  odd <- data.frame(`a b` = d$x, `weights` = d$w, `family` = d$z, `x:z` = d$k, y = d$y, T = d$off, check.names = FALSE)
  expect_same_model(both(y ~ `a b` + weights + family + `x:z` + T, poisson, odd, control = PRECISE), odd[1:5, ])
  expect_same_model(both(y ~ ., poisson, odd, control = PRECISE), odd[1:5, ])
  expect_same_model(both(y ~ `a b` + T, poisson, odd, weights = weights, control = PRECISE), odd[1:5, ])
})

test_that("the formula may be a variable, a string or made by a function", {
  formula <- y ~ x + f
  expect_same_model(both(formula, poisson, d, control = PRECISE))
  expect_same_model(both(as.formula("y ~ x + f"), poisson, d, control = PRECISE))
  expect_same_model(both(reformulate(c("x", "f"), "y"), poisson, d, control = PRECISE))
  make <- function(power) {
    local_variable <- power
    y ~ I(x^local_variable) + f
  }
  expect_same_model(both(make(2), poisson, d, control = PRECISE))
  inner <- function(data, response) {
    form <- reformulate("x", response)
    own <- data$w
    both(form, poisson, data, weights = own, control = PRECISE)
  }
  caller <- caught(inner(d, "y"))
  expect_identical(failed(caller$value$rs), failed(caller$value$glm))
  expect_same_fit(both("y ~ x", poisson, d, control = PRECISE))
})

test_that("dates, differences of time and wide integers are numbers", {
  dated <- d
  dated$day <- as.Date("2020-01-01") + seq_len(150)
  dated$wait <- as.difftime(d$w, units = "hours")
  dated$raw_count <- d$size * 100000L
  expect_same_fit(both(y ~ wait + raw_count, poisson, dated, control = PRECISE))
  expect_same_fit(both(y ~ day, poisson, dated, control = PRECISE), tolerance = 1e-6) # days since 1970: badly centred
})

test_that("weights and offsets of other classes are their numbers", {
  odd <- d
  odd$wait <- as.difftime(d$w, units = "hours")
  odd$day <- as.Date("2020-01-01") + d$size
  odd$flat <- array(d$w, 150)
  odd$counts <- table(seq_len(150))
  for (w in c("wait", "day", "flat", "counts")) {
    call <- substitute(both(y ~ x, poisson, odd, weights = W, control = PRECISE), list(W = as.name(w)))
    expect_same_fit(eval(call))
  }
  expect_same_fit(both(y ~ x, poisson, odd, offset = flat, control = PRECISE))
  expect_same_fit(both(y ~ x + offset(counts), gaussian, odd, control = PRECISE))
})

test_that("controls may be abbreviated or without names, as in glm()", {
  expect_same_fit(both(y ~ x + f, poisson, d, eps = 1e-12))
  expect_same_fit(both(y ~ x + f, poisson, d, control = list(max = 50, eps = 1e-10)))
  expect_same_fit(both(y ~ x + f, poisson, d, control = list(1e-12, 50)))
  expect_same_fit(both(y ~ x + f, poisson, d, method = stats::glm.fit))
})

test_that("a response that is a covariate, too, is dropped with R's warnings", {
  for (formula in list(y ~ y, y ~ x + y + f, y ~ y:f + x, y ~ 0 + y * f)) {
    expect_same_fit(both(formula, poisson, d, control = PRECISE))
  }
  twice <- setNames(d[c("y", "s", "x", "g")], c("y", "y", "x", "g"))
  expect_same_fit(both(y ~ ., poisson, twice, control = PRECISE))
})

test_that("new data where the response is part of a term on the right", {
  # glm() takes what is left of the term, and warns that the matrix has a column more than the fit
  for (formula in list(y ~ x * y, y ~ y * f, y ~ y * f + z, y ~ 0 + x * y, y ~ x + y, y ~ y, y ~ y:x + f, y ~ x * y * z)) {
    fits <- lapply(suppressWarnings(both(formula, gaussian, d, control = PRECISE)), `[[`, "value")
    for (rows in list(new, new[3:4, ], d)) {
      predicted <- suppressWarnings(lapply(fits, predict, rows, se.fit = TRUE))
      expect_equal(predicted$rs$fit, predicted$glm$fit, tolerance = TOLERANCE, label = format(formula))
      # an exact fit of y by y has errors of rounding alone
      expect_equal(predicted$rs$se.fit, predicted$glm$se.fit, tolerance = TOLERANCE, label = format(formula))
    }
  }
})

test_that("family may be an object, a function or a name", {
  for (family in list(poisson, poisson(), "poisson", quasipoisson(link = "log"), "Gamma")) {
    expect_same_fit(both(y + 1 ~ x + f, family, d, control = PRECISE))
  }
  expect_same_fit(both(y ~ x + f, data = d, control = PRECISE))
})

test_that("parts that are kept or left out", {
  for (what in list(list(model = FALSE), list(x = TRUE), list(y = FALSE), list(model = FALSE, x = TRUE, y = FALSE))) {
    call <- as.call(c(quote(both), y ~ x + f, quote(poisson), quote(d), what, list(control = PRECISE)))
    pair <- eval(call)
    rs <- pair$rs$value
    glm <- pair$glm$value
    expect_same(coef(rs), coef(glm))
    expect_identical(is.null(rs$model), is.null(glm$model))
    expect_identical(is.null(rs$y), is.null(glm$y))
    expect_same(rs$x, glm$x, ROUNDING)
    expect_same(predict(rs, new), predict(glm, new))
    expect_same(vcov(rs), vcov(glm))
    expect_same(residuals(rs), residuals(glm))
    expect_same(model.matrix(rs), model.matrix(glm), ROUNDING)
  }
})

# As often as glm() does: whoever has a random number in a formula gets the same one.
test_that("variables are evaluated once", {
  for (data in list(d, holes)) {
    set.seed(1)
    rs <- glm_rs(y ~ x + I(z + rnorm(150)), poisson, data, control = PRECISE)
    after <- runif(1)
    set.seed(1)
    glm <- stats::glm(y ~ x + I(z + rnorm(150)), poisson, data, control = PRECISE)
    expect_identical(after, runif(1))
    expect_same(coef(rs), coef(glm))
    evaluated <- 0
    count <- function(x) {
      evaluated <<- evaluated + 1
      x
    }
    glm_rs(y ~ count(x), poisson, data)
    expect_identical(evaluated, 1)
  }
})

test_that("terms of plain numbers have the columns of glm()", {
  set.seed(3)
  d <- data.frame(a = runif(40, 1, 2), b = rnorm(40), k = 1:40, y = rpois(40, 3), check.names = FALSE)
  d$`a b` <- rnorm(40)
  formulas <- list(
    y ~ b:a + a, y ~ a * b * k - 1, y ~ 0 + log(a) + b, y ~ 1, y ~ `a b` + a, y ~ a + offset(b) + k:b, y ~ k:a + b + a:b,
    y ~ log(a):b + sin(k)
  )
  for (formula in formulas) {
    fit <- glm_rs(formula, poisson, d)
    other <- glm(formula, poisson, d)
    expect_equal(coef(fit), coef(other), tolerance = TOLERANCE)
    expect_equal(model.matrix(fit), model.matrix(other))
    expect_equal(predict(fit, d[3:5, ]), predict(other, d[3:5, ]), tolerance = TOLERANCE)
  }
})

test_that("two columns of TRUE and FALSE are successes and failures", {
  l <- d
  l$hit <- l$x + l$z > 0.2 * l$k
  l$l <- cbind(l$hit, !l$hit)
  for (family in list(binomial(), quasibinomial(), binomial("cauchit"))) {
    expect_same_model(both(l ~ z + f, family, l, control = PRECISE))
  }
  expect_same_model(both(l ~ z, binomial, l, weights = w, control = PRECISE))
  counts <- glm_rs(l + 0 ~ z, binomial, l, bias = "firth")
  expect_identical(coef(glm_rs(l ~ z, binomial, l, bias = "firth")), coef(counts))
  multi <- glm_rs(cbind(a = hit, b = !hit) ~ z, family = multinomial(), data = l)
  expect_equal(-unname(coef(multi)[1, ]), unname(coef(glm(l ~ z, binomial, l, control = PRECISE))), tolerance = TOLERANCE)
})
