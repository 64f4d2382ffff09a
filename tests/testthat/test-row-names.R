# The names of the rows are kept once, and are wherever glm() has them.

d <- grid_data()
d$y <- rpois(nrow(d), 2)
rownames(d) <- paste0("row", seq_len(nrow(d)))
d$x[c(4, 9)] <- NA
parts <- c("residuals", "fitted.values", "linear.predictors", "weights", "prior.weights", "y")

pairs <- list(
  words = both(y ~ x + f, poisson, d, weights = w), excluded = both(y ~ x, poisson, d, na.action = na.exclude),
  some = both(y ~ x, poisson, d, subset = k > 0), numbers = both(y ~ z, poisson, `rownames<-`(d, NULL)),
  counts = both(cbind(k + 3, 5) ~ z, binomial, d), one = both(y ~ 1, poisson, d[1L, ]),
  # the functions of a family of one's own see no names
  own = both(y ~ z, quasi("log", variance = list(
    varfun = function(mu) mu, validmu = function(mu) all(mu > 0), dev.resids = poisson()$dev.resids,
    initialize = expression(mustart <- y + 0.1), name = "own"
  )), d)
)

test_that("whoever asks for a part gets it with the names that glm() gives it", {
  skip_on_cran() # it takes seconds
  ways <- list(
    dollar = function(fit, part) do.call(`$`, list(fit, part)), double = function(fit, part) fit[[part]],
    place = function(fit, part) fit[[match(part, names(fit))]], single = function(fit, part) fit[part][[1L]],
    applied = function(fit, part) lapply(fit, identity)[[part]], within = function(fit, part) eval(call("with", fit, as.name(part))),
    beginning = function(fit, part) do.call(`$`, list(fit, substr(part, 1L, nchar(part) - 1L))) %||% fit[[part]],
    one = function(fit, part) fit[[part]][1L], saved = function(fit, part) unserialize(serialize(fit, NULL))[[part]]
  )
  for (pair in names(pairs)) {
    fits <- lapply(pairs[[pair]], `[[`, "value")
    for (way in names(ways)) {
      for (part in parts) {
        expect_identical(names(ways[[way]](fits$rs, part)), names(ways[[way]](fits$glm, part)), info = paste(pair, way, part))
      }
    }
    expect_identical(lapply(fits$rs[parts], names), lapply(fits$glm[parts], names))
    expect_identical(lapply(as_glm(fits$rs)[parts], names), lapply(fits$glm[parts], names))
  }
})

test_that("what has no names with glm() has none", {
  one <- pairs$one
  for (part in c("deviance", "aic", "rank", "offset", "df.null")) expect_null(names(one$rs$value[[part]]), info = part)
  expect_null(names(both(y ~ z, poisson, d, offset = off)$rs$value$offset))
})

test_that("a part that is replaced or left out stays so", {
  fit <- pairs$words$rs$value
  fit$y <- stats::setNames(seq_along(fit$y), rev(names(fit$y)))
  expect_identical(names(fit$y), rev(names(fit$weights)))
  fit$weights <- NULL
  expect_null(fit$weights)
  fit$residuals <- 1:3
  expect_identical(fit$residuals, 1:3)
  expect_identical(fit[], fit[names(fit)])
})
