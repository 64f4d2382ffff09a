# Families × links × weights × offset × formulas × contrasts × aliasing: the same numbers as stats::glm().

# family, least and largest mean, kind of response
families <- list(
  list(gaussian(), 1, 4, "normal"),
  list(gaussian("log"), 1, 4, "normal"),
  list(gaussian("inverse"), 1, 4, "normal"),
  list(binomial(), 0.15, 0.85, "share"),
  list(binomial("probit"), 0.15, 0.85, "share"),
  list(binomial("cauchit"), 0.15, 0.85, "share"),
  list(binomial("cloglog"), 0.15, 0.85, "share"),
  list(binomial("log"), 0.05, 0.3, "share"),
  list(poisson(), 1, 8, "count"),
  list(poisson("identity"), 3, 9, "count"),
  list(poisson("sqrt"), 3, 9, "count"),
  list(Gamma(), 1, 4, "positive"),
  list(Gamma("identity"), 1, 4, "positive"),
  list(Gamma("log"), 1, 4, "positive"),
  list(inverse.gaussian(), 1, 3, "positive"),
  list(inverse.gaussian("inverse"), 1, 3, "positive"),
  list(inverse.gaussian("identity"), 1, 3, "positive"),
  list(inverse.gaussian("log"), 1, 3, "positive"),
  list(quasibinomial(), 0.15, 0.85, "share"),
  list(quasibinomial("probit"), 0.15, 0.85, "share"),
  list(quasibinomial("cauchit"), 0.15, 0.85, "share"),
  list(quasibinomial("cloglog"), 0.15, 0.85, "share"),
  list(quasipoisson(), 1, 8, "count"),
  list(quasipoisson("identity"), 3, 9, "count"),
  list(quasipoisson("sqrt"), 3, 9, "count"),
  list(quasi(), 1, 4, "normal"),
  list(quasi("inverse", "constant"), 1, 4, "normal"),
  list(quasi("logit", "mu(1-mu)"), 0.15, 0.85, "share"),
  list(quasi("probit", "mu(1-mu)"), 0.15, 0.85, "share"),
  list(quasi("log", "mu"), 1, 8, "count"),
  list(quasi("sqrt", "mu"), 3, 9, "count"),
  list(quasi("inverse", "mu^2"), 1, 4, "positive"),
  list(quasi("log", "mu^2"), 1, 4, "positive"),
  list(quasi("1/mu^2", "mu^3"), 1, 3, "positive"),
  list(quasi("log", "mu^3"), 1, 3, "positive"),
  list(quasi(power(1 / 3), "mu^2"), 1, 4, "positive"),
  list(quasi(power(0.5), "mu"), 3, 9, "count")
)

# formula, contrasts
models <- list(
  list(y ~ 1),
  list(y ~ x + k),
  list(y ~ x + f),
  list(y ~ x * f),
  list(y ~ 0 + f + x),
  list(y ~ x + x_twice + z + f + f_copy),
  list(y ~ g * f, list(g = "contr.sum", f = "contr.helmert")),
  list(y ~ f:h + g:h),
  list(y ~ poly(x, 2) + o),
  list(y ~ z:f + g, list(g = "contr.poly")),
  list(y ~ 0 + g + x:z + f:x:g)
)

grid_case <- function(family, data, model, weighted, shifted, control) {
  call <- list(quote(both), model[[1L]], quote(family), quote(data), control = quote(control))
  if (length(model) > 1L) call$contrasts <- model[[2L]]
  # binomial responses are shares of `size` trials
  if (weighted || is.element(family$family, "binomial")) call$weights <- if (is.null(data$trials)) quote(w) else quote(trials)
  if (shifted) call$offset <- quote(off)
  eval(as.call(call))
}

label <- function(model, weighted, shifted) {
  paste0(deparse(model[[1L]]), if (length(model) > 1L) " with contrasts", if (weighted) ", weights", if (shifted) ", offset")
}

for (case in families) {
  family <- case[[1L]]
  name <- paste0(family$family, "(", family$link, ") ", family$varfun)
  data <- family_data(family, case[[2L]], case[[3L]], case[[4L]])
  if (family$family == "binomial") data$trials <- data$size
  test_that(paste(name, "fits as glm() does"), {
    wrong <- character()
    for (model in models) for (weighted in c(FALSE, TRUE)) for (shifted in c(FALSE, TRUE)) {
      pair <- grid_case(family, data, model, weighted, shifted, PRECISE)
      found <- disagreement(pair)
      if (length(found)) wrong <- c(wrong, paste0(label(model, weighted, shifted), ": ", paste(found, collapse = "; ")))
    }
    expect_none(wrong)
  })
}

test_that("the grid is one that glm() can fit", {
  skipped <- total <- 0
  for (case in families) {
    data <- family_data(case[[1L]], case[[2L]], case[[3L]], case[[4L]])
    if (case[[1L]]$family == "binomial") data$trials <- data$size
    for (model in models) {
      family <- case[[1L]]
      args <- list(model[[1L]], family, data, control = PRECISE, contrasts = if (length(model) > 1L) model[[2L]])
      if (!is.null(data$trials)) args$weights <- data$trials
      fit <- caught(do.call(stats::glm, args))
      total <- total + 1
      if (failed(fit) || !fit$value$converged) skipped <- skipped + 1
    }
  }
  expect_lt(skipped, 0.1 * total)
})

# What the default controls stop at is not the limit: only equal iterations give equal numbers.
test_that("default controls take the same iterations to the same place", {
  wrong <- character()
  for (case in families) {
    family <- case[[1L]]
    data <- family_data(family, case[[2L]], case[[3L]], case[[4L]], seed = 2)
    if (family$family == "binomial") data$trials <- data$size
    for (model in models[c(3, 6, 9)]) {
      found <- disagreement(grid_case(family, data, model, TRUE, TRUE, list()))
      if (length(found)) wrong <- c(wrong, paste0(family$family, "(", family$link, ") ", label(model, TRUE, TRUE), ": ", paste(found, collapse = "; ")))
    }
  }
  expect_none(wrong)
})

test_that("responses of every shape that glm() takes", {
  d <- grid_data()
  set.seed(3)
  d$two <- cbind(yes = rbinom(150, d$size, 0.4), no = 0L)
  d$two[, "no"] <- d$size - d$two[, "yes"]
  d$hit <- d$two[, "yes"] > 1
  d$kind <- factor(ifelse(d$hit, "yes", "no"), levels = c("no", "yes"))
  expect_same_fit(both(two ~ x + f, binomial, d, control = PRECISE))
  expect_same_fit(both(two ~ x + f, binomial, d, weights = w, control = PRECISE))
  expect_same_fit(both(cbind(two[, 1], two[, 2]) ~ x + f, quasibinomial("probit"), d, control = PRECISE))
  expect_same_fit(both(hit ~ x + f, binomial("cloglog"), d, control = PRECISE))
  expect_same_fit(both(kind ~ x + f, binomial, d, control = PRECISE))
  expect_same_fit(both(hit ~ x + f, binomial, d, weights = w, control = PRECISE))
  expect_same_fit(both(two[, 1] ~ x + f, poisson, d, control = PRECISE))
  expect_same_fit(both(log1p(two[, 1]) ~ x + f, gaussian, d, control = PRECISE))
  expect_same_fit(both(as.matrix(k) ~ x + f, gaussian, d, control = PRECISE))
  expect_same_fit(both(w ~ x + f, poisson, d, control = PRECISE))
})

test_that("weights of zero", {
  d <- grid_data()
  d$w[c(1, 5, 77)] <- 0
  d$y <- rpois(150, exp(1 + d$s))
  expect_same_fit(both(y ~ x + f, poisson, d, weights = w, control = PRECISE))
  expect_same_fit(both(y ~ x + f, gaussian, d, weights = w, control = PRECISE))
  expect_same_fit(both(y + 1 ~ x + f, Gamma, d, weights = w, control = PRECISE))
  expect_same_fit(both(I(y > 2) ~ x + f, quasibinomial, d, weights = w, control = PRECISE))
  # a level of which no row has weight
  d$w[d$f == "b"] <- 0
  expect_same_fit(both(y ~ x + f, poisson, d, weights = w, control = PRECISE))
})

test_that("units of measurement do not matter", {
  d <- grid_data()
  d$y <- rpois(150, exp(1 + d$s))
  d$tiny <- d$x * 1e-9
  d$huge <- d$z * 1e9
  d$year <- 2000 + d$k
  d$copy <- d$tiny * 3 - d$year / 2 + 1
  pair <- both(y ~ tiny + huge + year, poisson, d, control = PRECISE)
  expect_same_fit(pair, tolerance = 1e-7) # year: the condition number is 2000 times that of a centred covariate
  expect_same_fit(both(y ~ tiny + huge + year + I(year^2), poisson, d, control = PRECISE), tolerance = 1e-5) # 1e6 times
  pair <- both(y ~ tiny + year + copy + huge, gaussian, d, control = PRECISE)
  expect_identical(is.na(coef(pair$rs$value)), is.na(coef(pair$glm$value)))
})
