# New data and what is missing in them, as predict() of stats treats them.

set.seed(71)
d <- data.frame(x = rnorm(120), z = runif(120), g = factor(sample(c("a", "b", NA), 120, TRUE)), y = rpois(120, 2) + 1L)

test_that("a factor may have missing values as a level, in new data, too", {
  new <- data.frame(x = c(1, 0, -1, 2), g = factor(c(NA, "a", "b", NA)))
  level <- transform(d, g = addNA(g))
  for (fits in list(
    expect_same_fit(both(y ~ x * addNA(g), poisson, d, control = PRECISE)),
    expect_same_fit(both(y ~ x + g, poisson, level, control = PRECISE))
  )) {
    for (data in list(new, transform(new, g = addNA(g)), transform(new, g = as.character(g)), transform(new[c(1, 4), ], g = addNA(g)))) {
      for (type in c("link", "response", "terms")) {
        pair <- lapply(fits, function(fit) caught(predict(fit, data, type, se.fit = TRUE)))
        expect_identical(failed(pair$rs), failed(pair$glm))
        if (!failed(pair$glm)) expect_same(pair$rs$value, pair$glm$value, 1e-7) # the standard errors come from a QR of X
      }
    }
  }
  same <- function(family, formula = y ~ x + addNA(g)) {
    fit <- suppressWarnings(glm_rs(formula, family, d))
    words <- transform(d, g = ifelse(is.na(g), "none", as.character(g)))
    named <- suppressWarnings(glm_rs(update(formula, . ~ x + g), family, words))
    expect_equal(predict(fit, new), predict(named, transform(new, g = c("none", "a", "b", "none"))), tolerance = TOLERANCE)
  }
  for (family in list(negative_binomial(), negative_binomial(type = "nb1"), zero_truncated(), tweedie(1.5))) same(family)
  same(zero_inflated(), pmax(y - 2L, 0L) ~ x + addNA(g))
  same(multinomial(), cut(y, c(0, 2, 3, 99)) ~ x + addNA(g))
  expect_equal(
    predict(m_estimate(y ~ x + addNA(g), d), new), predict(m_estimate(y ~ x + g, level), transform(new, g = addNA(g)))
  )
})

test_that("what is missing in a variable without coefficients makes no prediction missing", {
  d$twin <- factor(ifelse(is.na(d$g), "none", as.character(d$g)), levels = c("a", "b", "none"))
  d$g <- addNA(d$g)
  d$copy <- 2 * d$x
  new <- d[1:8, ]
  new$copy[2] <- new$twin[3] <- new$x[4] <- new$z[5] <- NA
  for (formula in list(y ~ x + copy + z, y ~ x + g + twin, y ~ x * g + copy:twin + twin, y ~ x + copy + offset(z))) {
    fits <- expect_same_fit(both(formula, poisson, d, control = PRECISE))
    for (type in c("link", "response", "terms")) {
      # the error of a row whose offset is missing is NA here, not in stats
      errors <- is.null(attr(terms(formula), "offset"))
      got <- lapply(fits, function(fit) suppressWarnings(predict(fit, new, type, se.fit = errors)))
      expect_same(got$rs, got$glm, 1e-7) # the standard errors come from a QR of X
    }
  }
  nb1 <- suppressWarnings(lapply(list(y ~ x + copy, y ~ x), glm_rs, negative_binomial(type = "nb1"), d))
  expect_equal(suppressWarnings(predict(nb1[[1L]], new)), predict(nb1[[2L]], new), tolerance = TOLERANCE)
  robust <- lapply(list(y ~ x + copy, y ~ x), m_estimate, d)
  expect_equal(suppressWarnings(predict(robust[[1L]], new)), predict(robust[[2L]], new))
})
