# Integers of 64 bits: the fits of glm() to the same numbers as doubles.

d <- grid_data()
set.seed(11)
d$y <- rpois(150, exp(1 + d$s))

test_that("integers of 64 bits are their numbers, as if they were doubles", {
  skip_if_not_installed("bit64")
  as_integer64 <- function(data) {
    whole <- c("big", "many", "off", "y")
    data[whole] <- lapply(data[whole], bit64::as.integer64)
    data
  }
  doubles <- within(d, {
    big <- size * 1000
    many <- k + 4
    off <- size %/% 5
  })
  doubles$big[3] <- NA
  wide <- as_integer64(doubles)
  calls <- alist(
    both(y ~ big + f, poisson, data, control = PRECISE), both(y ~ big * x, poisson, data, control = PRECISE),
    both(y ~ x, poisson, data, weights = many, control = PRECISE), both(y ~ x, poisson, data, offset = off, control = PRECISE),
    both(y ~ x + offset(off), poisson, data, control = PRECISE), both(y ~ x + I(big), poisson, data, control = PRECISE),
    both(y ~ x + cbind(a = big, b = many), poisson, data, na.action = na.exclude, control = PRECISE)
  )
  for (call in calls) {
    want <- eval(call, list(data = doubles))$glm$value
    fit <- eval(call, list(data = wide))$rs$value
    expect_equal(coef(fit), coef(want), tolerance = TOLERANCE)
    expect_equal(fitted(fit), fitted(want), tolerance = TOLERANCE)
    for (new in list(doubles[1:9, ], wide[1:9, ])) expect_equal(predict(fit, new), predict(want, doubles[1:9, ]), tolerance = TOLERANCE)
  }
  by_doubles <- glm_rs(y ~ x + offset(off), poisson, doubles)
  expect_equal(predict(by_doubles, wide[1:9, ]), predict(by_doubles, doubles[1:9, ]))
  counts <- glm_rs(y ~ x, poisson, doubles, exposure = many)
  expect_equal(predict(counts, wide[1:9, ]), predict(counts, doubles[1:9, ]))
  x <- c("many", "x")
  rs <- poisson_fit(wide[x], wide$y, offset = wide$off, weights = wide$many)
  want <- glm(y ~ many + x, poisson, doubles, offset = off, weights = many, control = PRECISE)
  expect_equal(coef(rs), coef(want), tolerance = TOLERANCE)
  expect_equal(predict(rs, wide[1:9, x], "link", wide$off[1:9]), predict(want, doubles[1:9, ]), tolerance = TOLERANCE)
  expect_equal(
    coef(poisson_fit(wide$many, d$y)), coef(glm(y ~ many, poisson, doubles, control = PRECISE)),
    tolerance = TOLERANCE, ignore_attr = TRUE
  )
  expect_equal(
    glm_rs_fit(wide[x], d$y, family = poisson())$coefficients, glm.fit(doubles[x], d$y, family = poisson())$coefficients,
    tolerance = TOLERANCE
  )
  robust <- m_estimate(off ~ many + x, wide, weights = many)
  expect_equal(coef(robust), coef(m_estimate(off ~ many + x, doubles, weights = many)))
})

test_that("clusters and times are told apart and ordered by their numbers", {
  skip_if_not_installed("bit64")
  ids <- rep(-3:2, 25)
  set.seed(2)
  times <- sample(150) - 80
  wide <- list(ids = bit64::as.integer64(ids), times = bit64::as.integer64(times))
  # neighbours that doubles do not tell apart
  huge <- bit64::as.integer64("-9007199254740993") + bit64::as.integer64(ids)
  fit <- glm_rs(y ~ x, poisson, d)
  robust <- m_estimate(off ~ x, transform(d, off = k + s))
  expect_equal(vcov(fit, cluster = wide$ids), vcov(fit, cluster = ids))
  expect_equal(vcov(fit, cluster = huge), vcov(fit, cluster = ids))
  expect_equal(vcov(fit, "HAC", lag = 3, order_by = wide$times), vcov(fit, "HAC", lag = 3, order_by = times))
  expect_equal(vcov(fit, "DK", lag = 2, time = wide$ids), vcov(fit, "DK", lag = 2, time = ids))
  expect_equal(vcov(fit, "DK", lag = 2, time = huge), vcov(fit, "DK", lag = 2, time = ids))
  panel <- function(panel, times) vcov(fit, "HAC", panel = panel, order_by = times, lag = 9)
  expect_equal(panel(wide$ids, wide$times), panel(ids, times))
  expect_equal(bootstrap(fit, 9, cluster = wide$ids, seed = 1)$replicates, bootstrap(fit, 9, cluster = ids, seed = 1)$replicates)
  expect_equal(vcov(robust, cluster = wide$ids), vcov(robust, cluster = ids))
  expect_equal(bootstrap(robust, 9, cluster = wide$ids, seed = 1)$replicates, bootstrap(robust, 9, cluster = ids, seed = 1)$replicates)
  wide$ids[7] <- NA
  expect_error(vcov(fit, cluster = wide$ids), "missing (row", fixed = TRUE, class = "glmrs_error_cluster")
})
