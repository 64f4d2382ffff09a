nb <- function(...) negative_binomial(...)

test_that("fits are maxima of their likelihood, with its curvature", {
  skip_on_cran() # it takes seconds
  d <- zero_data_set()
  families <- list(
    zero_inflated(), zero_inflated(nb()), zero_inflated(nb(1), "probit"), zero_inflated(poisson(), "cloglog"),
    zero_inflated(poisson(), "cauchit"), zero_inflated(nb(2)), hurdle(), hurdle(nb()), hurdle(nb(1), binomial("cloglog")),
    hurdle(poisson(), poisson()), hurdle(nb(), nb(1))
  )
  for (family in families) {
    fit <- glm_rs(y ~ x + f + offset(log(e)) | z + offset(x / 4), family = family, data = d)
    expect_true(fit$converged && fit$observed)
    expect_maximum(fit, zero_rows_of(fit, list(count = log(d$e), zero = d$x / 4)))
  }
  fit <- glm_rs(y ~ x | 1, family = zero_inflated(poisson(), "log"), data = d, weights = w)
  expect_maximum(fit, zero_rows_of(fit), d$w)
})

test_that("fits whose share or 1/theta is zero end at the maximum, from wherever", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("pscl")
  tables <- list(c(109, 65, 22, 3, 1), c(20592, 2651, 297, 41, 7, 0, 1), c(50, 20, 20, 8, 2))
  for (table in tables) {
    y <- rep(seq_along(table) - 1, table)
    fit <- suppressWarnings(glm_rs(y ~ 1 | 1, family = zero_inflated(nb())), classes = "glmrs_warning_boundary")
    expect_true(fit$converged)
    theirs <- suppressWarnings(pscl::zeroinfl(y ~ 1 | 1, dist = "negbin"))
    expect_gt(fit$loglik, theirs$loglik - 1e-5)
  }
  draws <- list(
    zip = function(mu) rpois(length(mu), mu) * rbinom(length(mu), 1, 0.6), poisson = function(mu) rpois(length(mu), mu),
    nb = function(mu) rnbinom(length(mu), mu = mu, size = 1.5)
  )
  for (family in list(zero_inflated, hurdle)) {
    for (draw in draws) {
      for (seed in 1:6) {
        set.seed(seed)
        d <- data.frame(x = rnorm(300))
        d$y <- draw(exp(-0.5 + 0.5 * d$x))
        fits <- suppressWarnings(
          lapply(list(poisson(), nb()), function(counts) glm_rs(y ~ x | 1, family = family(counts), data = d)),
          classes = "glmrs_warning_boundary"
        )
        expect_true(fits[[2L]]$converged)
        expect_gt(fits[[2L]]$loglik, fits[[1L]]$loglik - 1e-6)
      }
    }
  }
})

test_that("fits are those of package pscl", {
  skip_if_not_installed("pscl")
  d <- zero_data_set()
  same <- function(ours, theirs) {
    expect_true(ours$converged)
    errors <- sqrt(diag(vcov(theirs)))
    expect_lt(max(abs(coef(ours) - coef(theirs)) / errors), OTHER_SEARCH)
    expect_equal(ours$loglik, theirs$loglik, tolerance = 1e-11)
    expect_equal(vcov(ours), vcov(theirs), tolerance = DIFFERENCES)
    expect_equal(AIC(ours), AIC(theirs), tolerance = 1e-9)
    expect_equal(BIC(ours), BIC(theirs), tolerance = 1e-9)
    # pscl has one there for a geometric distribution, too
    if (length(ours$theta)) expect_equal(ours$theta[["count"]], theirs$theta[[1L]], tolerance = OTHER_SEARCH)
    for (type in c("response", "count", "zero", "prob")) {
      expect_equal(predict(ours, type = type), predict(theirs, type = type), tolerance = OTHER_SEARCH, ignore_attr = TRUE)
      expect_equal(
        predict(ours, d[c(2, 9, 40), ], type = type), predict(theirs, d[c(2, 9, 40), ], type = type),
        tolerance = OTHER_SEARCH, ignore_attr = TRUE
      )
    }
    expect_equal(residuals(ours), residuals(theirs), tolerance = OTHER_SEARCH)
  }
  inflated <- function(...) pscl::zeroinfl(..., data = d, reltol = 1e-15)
  crossed <- function(...) pscl::hurdle(..., data = d, reltol = 1e-15)
  ours <- function(...) glm_rs(..., data = d)
  same(ours(y ~ x + f | z, family = zero_inflated()), inflated(y ~ x + f | z))
  fit <- ours(y ~ x + f | z, family = zero_inflated(nb()))
  theirs <- inflated(y ~ x + f | z, dist = "negbin")
  same(fit, theirs)
  expect_equal(fit$SE.logtheta, theirs$SE.logtheta, tolerance = DIFFERENCES, ignore_attr = TRUE)
  same(ours(y ~ x, family = zero_inflated(nb(1))), inflated(y ~ x, dist = "geometric"))
  for (link in c("probit", "cloglog", "cauchit")) {
    same(ours(y ~ x | z, family = zero_inflated(poisson(), link)), inflated(y ~ x | z, link = link))
  }
  same(ours(y ~ x + f | z, family = hurdle()), crossed(y ~ x + f | z))
  same(ours(y ~ x + f | z, family = hurdle(nb())), crossed(y ~ x + f | z, dist = "negbin"))
  same(ours(y ~ x, family = hurdle(nb(1), poisson())), crossed(y ~ x, dist = "geometric", zero.dist = "poisson"))
  same(ours(y ~ x, family = hurdle(poisson(), nb(1))), crossed(y ~ x, zero.dist = "geometric"))
  same(
    ours(y ~ x + offset(log(e)) | z, family = hurdle(poisson(), binomial("probit"))),
    crossed(y ~ x + offset(log(e)) | z, link = "probit")
  )
})

test_that("published models of visits to physicians come out", {
  skip_if_not_installed("AER")
  data("NMES1988", package = "AER", envir = environment())
  formula <- visits ~ hospital + health + chronic + gender + school + insurance
  # Zeileis, Kleiber and Jackman (2008), Journal of Statistical Software 27(8), section 3.5
  fit <- glm_rs(formula, family = hurdle(nb()), data = NMES1988)
  tables <- summary(fit)$coefficients
  expect_equal(unname(tables$count[, 1L]), c(
    1.197699, 0.211898, 0.315958, -0.331861, 0.126421, -0.068317, 0.020693, 0.100172, 0.333255
  ), tolerance = 1e-5) # six digits in print
  expect_equal(unname(tables$count[, 2L]), c(
    0.058973, 0.021396, 0.048056, 0.066093, 0.012452, 0.032416, 0.004535, 0.042619, 0.042754
  ), tolerance = 2e-3) # by differences, with three to four digits
  expect_equal(unname(tables$zero[, 1L]), c(
    0.043147, 0.312449, -0.008716, -0.289570, 0.535213, -0.415658, 0.058541, 0.747120
  ), tolerance = 1e-5) # six digits in print
  # the same paper's table 2, four decimals
  fit <- glm_rs(
    visits ~ hospital + health + chronic + gender + school + insurance | hospital + chronic + insurance + school + gender,
    family = zero_inflated(nb()), data = NMES1988
  )
  expect_equal(round(unname(coef(fit, "count")), 4), c(1.1937, 0.2015, 0.2851, -0.3193, 0.1290, -0.0803, 0.0214, 0.1259))
  expect_equal(round(unname(coef(fit, "zero"))[-1L], 4), c(-0.8005, -1.2479, -1.1756, -0.0838, 0.6477))
})

test_that("weights repeat rows, and rows without weight are not there", {
  d <- zero_data_set(300)
  for (family in list(zero_inflated(nb()), hurdle(nb()))) {
    fit <- function(data) glm_rs(y ~ x | z, family = family, data = data)
    weighted <- glm_rs(y ~ x | z, family = family, data = d, weights = w)
    repeated <- fit(d[rep(seq_len(nrow(d)), d$w), ])
    expect_equal(coef(weighted), coef(repeated), tolerance = TOLERANCE)
    expect_equal(vcov(weighted), vcov(repeated), tolerance = TOLERANCE)
    expect_equal(weighted$loglik, repeated$loglik, tolerance = 1e-12)
    d$none <- as.double(d$f != "b")
    some <- glm_rs(y ~ x | z, family = family, data = d, weights = none)
    others <- fit(d[d$f != "b", ])
    expect_equal(coef(some), coef(others), tolerance = TOLERANCE)
    expect_equal(c(nobs(some), some$df.residual), c(nobs(others), others$df.residual))
    expect_equal(vcov(some, ~g), vcov(others, ~g), tolerance = TOLERANCE)
    expect_equal(vcov(some, "HC1"), vcov(others, "HC1"), tolerance = TOLERANCE)
  }
})

test_that("exposure, offset and offset() are the same in the count part", {
  d <- zero_data_set(300)
  fits <- list(
    glm_rs(y ~ x | z, family = zero_inflated(), data = d, exposure = e),
    glm_rs(y ~ x | z, family = zero_inflated(), data = d, offset = log(e)),
    glm_rs(y ~ x + offset(log(e)) | z, family = zero_inflated(), data = d)
  )
  for (fit in fits) {
    expect_equal(coef(fit), coef(fits[[1L]]), tolerance = 1e-12)
    expect_equal(predict(fit, d[3:4, ]), fitted(fit)[3:4], tolerance = 1e-12)
  }
})

test_that("formulas: the dot, knots, contrasts, both parts the same, constant parts", {
  d <- zero_data_set(300)
  expect_equal(
    coef(glm_rs(y ~ . | ., family = hurdle(), data = d[c("y", "x", "z")])),
    coef(glm_rs(y ~ x + z, family = hurdle(), data = d))
  )
  fit <- glm_rs(y ~ poly(x, 2) + f | splines::ns(z, 2) + f, family = hurdle(), data = d, contrasts = list(f = "contr.sum"))
  expect_equal(predict(fit, d[5:9, ]), fitted(fit)[5:9], tolerance = 1e-12)
  expect_named(coef(fit, "zero"), c("(Intercept)", "splines::ns(z, 2)1", "splines::ns(z, 2)2", "f1", "f2"))
  expect_length(coef(glm_rs(y ~ 1, family = zero_inflated(), data = d)), 2L)
  # a mean that is the same in all rows: the hurdle's share is that of the data, the truncated mean that of what is not zero
  fit <- glm_rs(y ~ 1, family = hurdle(nb()), data = d)
  expect_equal(plogis(coef(fit)[["zero_(Intercept)"]]), mean(d$y > 0), tolerance = 1e-8)
  expect_equal(fitted(fit)[[1L]], mean(d$y), tolerance = 1e-8)
  # | in a variable's own call is not the formula's
  expect_length(coef(glm_rs(y ~ I(x > 0 | z > 0) | 1, family = hurdle(), data = d)), 3L)
})

test_that("columns that others explain are aliased part by part", {
  d <- zero_data_set(300)
  d$twice <- 2 * d$x
  fit <- glm_rs(y ~ x + twice | z + x + twice, family = zero_inflated(nb()), data = d)
  plain <- glm_rs(y ~ x | z + x, family = zero_inflated(nb()), data = d)
  gone <- c("count_twice", "zero_twice")
  expect_equal(names(which(is.na(coef(fit)))), gone)
  expect_equal(coef(fit)[!is.na(coef(fit))], coef(plain), tolerance = 1e-8)
  expect_equal(vcov(fit, "HC0", complete = FALSE), vcov(plain, "HC0"), tolerance = TOLERANCE)
  expect_equal(dim(vcov(fit)), c(7L, 7L))
  expect_equal(fitted(fit), fitted(plain), tolerance = 1e-8)
  expect_warning(of_new <- predict(fit, d[1:3, ], se.fit = TRUE), class = "glmrs_warning_rank_deficient")
  expect_equal(of_new, predict(plain, d[1:3, ], se.fit = TRUE), tolerance = TOLERANCE)
  expect_output(print(summary(fit)), "NA")
  expect_error(
    glm_rs(y ~ x + twice | z, family = hurdle(), data = d, singular.ok = FALSE), "count_twice", class = "glmrs_error_singular"
  )
  # only rows above zero tell the coefficients of a hurdle's count part
  d$rare <- as.double(d$y == 0 & seq_len(300) < 50)
  expect_true(is.na(coef(glm_rs(y ~ x + rare | z, family = hurdle(), data = d))[["count_rare"]]))
})

test_that("threads do not change a bit, starts not the maximum", {
  d <- zero_data_set(40000)
  fit <- function(...) glm_rs(y ~ x + f | z, family = zero_inflated(nb()), data = d, ...)
  one <- fit(threads = 1)
  two <- fit(threads = 2)
  expect_identical(coef(one), coef(two))
  expect_identical(one$cov.scaled, two$cov.scaled)
  expect_identical(vcov(one, "HC0"), vcov(two, "HC0"))
  d <- d[1:500, ]
  one <- fit()
  errors <- sqrt(diag(vcov(one)))
  starts <- list(
    one$coefficients, 4 + coef(one), c(50, -3, 1, 1, 4, 40), list(count = 1:4, zero = c(-9, 9), theta = 90)
  )
  for (start in starts) expect_lt(max(abs(coef(fit(start = start)) - coef(one)) / errors), STOPPING)
})

test_that("the model frame has the variables of both parts", {
  d <- zero_data_set(100)
  d$x[3] <- NA
  frame <- glm_rs(y ~ x + f + offset(log(e)) | z, zero_inflated(), d, subset = g > 2, weights = w, method = "model.frame")
  expect_identical(frame, glm_rs(y ~ x + f + offset(log(e)) | z, zero_inflated(), d, subset = g > 2, weights = w)$model)
  skip_if_not_installed("pscl")
  theirs <- pscl::zeroinfl(y ~ x + f + offset(log(e)) | z, d, subset = g > 2, weights = w)$model
  expect_equal(frame, theirs[names(frame)], ignore_attr = TRUE)
  expect_setequal(names(frame), names(theirs))
})

test_that("of two maxima at the border the better one is found", {
  set.seed(168)
  d <- data.frame(u = round(rexp(60), 1))
  d$y <- rnbinom(60, size = 1, mu = 3)
  best <- function(...) suppressWarnings(glm_rs(y ~ 1 | u, zero_inflated(nb(1)), d, ...), classes = "glmrs_warning")
  fit <- best()
  # other zeros where u is 0, not none at all
  expect_gt(fit$loglik, best(start = list(zero = c(-0.3, 0)))$loglik + 0.3)
  expect_lt(coef(fit)[["zero_u"]], -20)
  skip_if_not_installed("AER")
  data("NMES1988", package = "AER", envir = environment())
  columns <- c("visits", "hospital", "health", "chronic", "gender", "school", "insurance")
  fit <- suppressWarnings(
    glm_rs(visits ~ . | hospital + insurance, zero_inflated(nb(1)), NMES1988[columns]), classes = "glmrs_warning_separation"
  )
  # as pscl::zeroinfl(dist = "geom") has it; the lower one is -12185.859
  expect_equal(fit$loglik, -12185.18, tolerance = 1e-6) # seven digits are printed
})
