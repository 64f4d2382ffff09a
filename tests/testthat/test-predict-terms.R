# predict(type = "terms") without a model matrix, compared with predict.lm() on glm()'s fit.

d <- grid_data()
set.seed(61)
d$y <- rpois(150, exp(1 + d$s))
d$year <- 2000 + d$k + d$x
d$m <- cbind(d$x, d$z^2)
new <- grid_data(9, seed = 4)
new$year <- 2001 + new$k
new$m <- cbind(new$x, new$z)
new$x[3] <- NA

formulas <- list(
  y ~ x + f * g, y ~ poly(x, 2) + z:f, y ~ year + I(year^2 - 4000 * year), y ~ 0 + f + x, y ~ m + o, y ~ x + x_twice + f,
  y ~ x + offset(off), y ~ lgl + chr:z, y ~ splines::ns(z, 3) + x
)

test_that("terms, their standard errors and constant are those of predict.lm()", {
  for (formula in formulas) {
    fits <- expect_same_fit(both(formula, poisson, d, weights = w, control = PRECISE))
    for (se.fit in c(FALSE, TRUE)) {
      for (newdata in list(NULL, new, new[1, ], new[3, ])) {
        got <- lapply(fits, function(fit) caught(predict(fit, newdata, "terms", se.fit, dispersion = 1.5)))
        values <- lapply(got, `[[`, "value")
        info <- paste(deparse(formula), se.fit)
        expect_equal(values$rs, values$glm, tolerance = 1e-7, info = info) # a quadratic in years loses digits in both
        expect_true(same_warnings(got$rs, got$glm), info = deparse(formula))
      }
    }
  }
})

test_that("some of the terms, by name or number, and rows that were left out", {
  holes <- transform(d, x = replace(x, c(2, 9), NA))
  for (action in list(na.omit, na.exclude)) {
    fits <- expect_same_fit(both(y ~ x + f + z, poisson, holes, na.action = action, control = PRECISE))
    for (terms in list("f", c("z", "x"), 2, -1)) {
      for (se.fit in c(FALSE, TRUE)) {
        expect_equal(
          predict(fits$rs, type = "terms", se.fit = se.fit, terms = terms),
          predict(fits$glm, type = "terms", se.fit = se.fit, terms = terms), tolerance = TOLERANCE
        )
      }
    }
    expect_error(predict(fits$rs, type = "terms", terms = "none"), "subscript out of bounds")
  }
})

test_that("terms and their constant add up to the linear predictor", {
  fit <- glm_rs(y ~ x * f + poly(z, 2) + offset(off), poisson, d)
  terms <- predict(fit, type = "terms")
  expect_equal(rowSums(terms) + attr(terms, "constant") + d$off, predict(fit), tolerance = ROUNDING)
  expect_equal(unname(colMeans(terms)), rep(0, ncol(terms)), tolerance = ROUNDING)
})

test_that("beside a large factor no matrix of its columns is made", {
  n <- 3000
  many <- data.frame(x = sin(1:n), id = factor(rep(1:600, 5)), y = rep(c(5, 2, 1, 3, 1), n / 5))
  fit <- glm_rs(y ~ x + id, poisson, many)
  terms <- predict(fit, type = "terms")
  expect_equal(rowSums(terms) + attr(terms, "constant"), predict(fit), tolerance = ROUNDING)
  expect_equal(terms[, "x"], coef(fit)[["x"]] * (many$x - mean(many$x)), ignore_attr = TRUE, tolerance = 1e-10)
})

test_that("beside a large factor standard errors of terms are those of predict.lm()", {
  skip_on_cran() # it takes seconds
  n <- 1350
  set.seed(7)
  many <- data.frame(x = rnorm(n, 3), z = rnorm(n), id = factor(rep(1:270, 5)), f = factor(sample(3, n, TRUE)))
  many$twice <- 2 * many$x
  many$y <- rpois(n, exp(1 + many$x / 10))
  new <- transform(many[c(1, 5, 700, 1350), ], x = c(2, NA, 4, 1), f = f[c(2, 3, 1, 1)])
  for (formula in list(y ~ x * f + id, y ~ 0 + id + poly(z, 2), y ~ twice + x + id, y ~ id + z:f, y ~ C(id, contr.SAS) + f)) {
    fits <- expect_same_fit(both(formula, poisson, many, control = PRECISE))
    info <- deparse(formula)
    expect_false(is.null(fits$rs$cov.blocks), info = info)
    for (newdata in list(NULL, new)) {
      got <- lapply(fits, function(fit) caught(predict(fit, newdata, "terms", TRUE)))
      expect_type(got$rs$value$se.fit, "double")
      expect_equal(got$rs$value, got$glm$value, tolerance = 1e-7, info = info) # the last digits of 270 levels differ by their solvers
      expect_true(same_warnings(got$rs, got$glm), info = info)
    }
  }
})
