# Families and links that users write in R, compared with stats::glm().

d <- grid_data()
set.seed(41)
d$y <- rpois(150, exp(1 + d$s))
d$hit <- rbinom(150, 1, plogis(d$s))
d$t <- exp(d$s) * rgamma(150, 10, 10)

# A Poisson family written out, under another name.
own_poisson <- function() {
  structure(class = "family", list(
    family = "own poisson", link = "own log", linkfun = function(mu) log(mu), linkinv = function(eta) exp(eta),
    variance = function(mu) mu, mu.eta = function(eta) exp(eta),
    dev.resids = function(y, mu, wt) 2 * wt * (ifelse(y > 0, y * log(ifelse(y > 0, y, 1) / mu), 0) - (y - mu)),
    aic = function(y, n, mu, wt, dev) -2 * sum(wt * dpois(y, mu, log = TRUE)),
    initialize = expression({
      n <- rep.int(1, nobs)
      mustart <- y + 0.1
    }),
    validmu = function(mu) all(mu > 0), valideta = function(eta) TRUE
  ))
}

# The generalised logit of Atkinson: a link with a parameter in a closure.
logexp <- function(days) {
  structure(class = "link-glm", list(
    linkfun = function(mu) qlogis(mu^(1 / days)), linkinv = function(eta) plogis(eta)^days,
    mu.eta = function(eta) days * plogis(eta)^(days - 1) * dlogis(eta), valideta = function(eta) TRUE,
    name = paste0("logexp(", days, ")")
  ))
}

power_variance <- function(power) {
  list(
    varfun = function(mu) mu^power, validmu = function(mu) all(mu > 0),
    dev.resids = function(y, mu, wt) 2 * wt * (y * (y^(1 - power) - mu^(1 - power)) / (1 - power) - (y^(2 - power) - mu^(2 - power)) / (2 - power)),
    initialize = expression({
      n <- rep.int(1, nobs)
      mustart <- y
    }), name = paste0("mu^", power)
  )
}

expect_same_predictions <- function(fits) {
  new <- grid_data(10, seed = 3)
  for (type in c("link", "response")) {
    expect_same(predict(fits$rs, new, type), predict(fits$glm, new, type))
    expect_same(predict(fits$rs, new, type, se.fit = TRUE), predict(fits$glm, new, type, se.fit = TRUE))
  }
  expect_same(residuals(fits$rs), residuals(fits$glm))
  expect_same(vcov(fits$rs), vcov(fits$glm))
}

test_that("a family written out", {
  for (formula in list(y ~ x + f, y ~ x * f, y ~ 0 + f, y ~ 1, y ~ x + x_twice + z)) {
    expect_same_fit(both(formula, own_poisson(), d, control = PRECISE))
    expect_same_fit(both(formula, own_poisson(), d, weights = w, offset = off, control = PRECISE))
  }
  expect_same_predictions(expect_same_fit(both(y ~ x + f, own_poisson(), d, control = PRECISE)))
  expect_same_fit(both(y ~ x + f, own_poisson, d, control = PRECISE))
  expect_same_fit(both(y ~ 0, own_poisson, d, offset = off, control = PRECISE))
  # it is Poisson all the same, but for the dispersion, which only the name decides
  fit <- glm_rs(y ~ x + f, own_poisson(), d, control = PRECISE)
  expect_same(coef(fit), coef(glm_rs(y ~ x + f, poisson(), d, control = PRECISE)))
})

test_that("the family's initialize may read and make what glm.fit() gives it", {
  family <- own_poisson()
  family$initialize <- expression({
    if (any(y < 0)) stop("negative")
    n <- rep.int(1, nobs)
    weights <- weights * 2
    mustart <- if (is.null(etastart)) y + 0.5 else linkinv(etastart)
    y <- y + 0
  })
  fits <- both(y ~ x + f, family, d, control = PRECISE)
  expect_same(coef(fits$rs$value), coef(fits$glm$value))
  expect_same(fits$rs$value$deviance, fits$glm$value$deviance)
  expect_same(fits$rs$value$prior.weights, fits$glm$value$prior.weights)
})

test_that("links written out", {
  expect_same_predictions(expect_same_fit(both(hit ~ x + f, binomial(link = logexp(3)), d, control = PRECISE)))
  expect_same_fit(both(hit ~ x + f, binomial(link = logexp(3)), d, weights = size, control = PRECISE))
  expect_same_fit(both(hit ~ x * f, quasibinomial(link = logexp(0.5)), d, control = PRECISE))
  expect_same_fit(both(cbind(hit, size) ~ x, binomial(link = logexp(1)), d, control = PRECISE))
  softplus <- structure(class = "link-glm", list(
    linkfun = function(mu) log(expm1(mu)), linkinv = function(eta) pmax(log1p(exp(eta)), .Machine$double.eps),
    mu.eta = function(eta) pmax(plogis(eta), .Machine$double.eps), valideta = function(eta) TRUE, name = "softplus"
  ))
  expect_same_fit(both(y ~ x + f, poisson(link = softplus), d, control = PRECISE))
  expect_same_fit(both(t ~ x + f, Gamma(link = softplus), d, control = PRECISE))
  expect_same_fit(both(t ~ x + f, gaussian(link = power(0.3)), d, control = PRECISE))
  expect_same_fit(both(t ~ x + f, Gamma(link = power(-0.5)), d, control = PRECISE))
  expect_same_fit(both(t ~ x + f, quasi(power(-1), "mu^2"), d, control = PRECISE))
})

test_that("quasi-families with a variance of one's own", {
  for (power in c(1.5, 2.5)) {
    family <- quasi(link = "log", variance = power_variance(power))
    expect_same_predictions(expect_same_fit(both(t ~ x + f, family, d, control = PRECISE)))
    expect_same_fit(both(t ~ x + f, family, d, weights = w, offset = off, control = PRECISE))
  }
})

test_that("families of other packages", {
  skip_if_not_installed("MASS")
  expect_same_predictions(expect_same_fit(both(y ~ x + f, MASS::negative.binomial(2), d, control = PRECISE)))
  expect_same_fit(both(y ~ x * f, MASS::negative.binomial(0.7, "sqrt"), d, weights = w, control = PRECISE))
  expect_same_fit(both(y ~ x + offset(off), MASS::negative.binomial(theta = 3), d, control = PRECISE))
})

test_that("Tweedie families", {
  skip_if_not_installed("statmod")
  expect_same_fit(both(t ~ x + f, statmod::tweedie(1.5, 0), d, control = PRECISE))
})

test_that("singular fits where none are wanted", {
  error <- expect_error(glm_rs(y ~ x + x_twice + z, own_poisson(), d, singular.ok = FALSE), class = "glmrs_error_singular")
  expect_match(conditionMessage(error), "`x_twice`")
})

# Only the parts decide what is fitted, not the names.
test_that("a family that is only called poisson is not fitted as one", {
  liar <- poisson()
  liar$variance <- function(mu) mu^2
  fits <- expect_same_fit(both(y ~ x + f, liar, d, control = PRECISE))
  expect_false(isTRUE(all.equal(coef(fits$rs), coef(glm_rs(y ~ x + f, poisson, d)), tolerance = 1e-4)))
  liar <- binomial()
  liar$linkinv <- function(eta) 0.02 + 0.96 * plogis(eta)
  liar$linkfun <- function(mu) qlogis((mu - 0.02) / 0.96)
  liar$mu.eta <- function(eta) 0.96 * dlogis(eta)
  expect_same_fit(both(hit ~ x + f, liar, d, control = PRECISE))
  liar <- poisson()
  liar$aic <- function(y, n, mu, wt, dev) 17
  fits <- expect_same_fit(both(y ~ x, liar, d, control = PRECISE))
  expect_identical(fits$rs$aic, 17 + 2 * 2)
})

test_that("conditions raised in a family reach the user as they are", {
  broken <- own_poisson()
  broken$variance <- function(mu) stop(structure(class = c("my_error", "error", "condition"), list(message = "mine", call = NULL)))
  expect_error(glm_rs(y ~ x, broken, d), class = "my_error")
  loud <- own_poisson()
  loud$mu.eta <- function(eta) {
    warning("loud")
    exp(eta)
  }
  expect_match(messages_of(caught(glm_rs(y ~ x, loud, d))), "loud")
  fussy <- own_poisson()
  fussy$initialize <- expression(stop("not this response"))
  expect_error(glm_rs(y ~ x, fussy, d), "not this response")
  # an exit that is no error
  leaving <- own_poisson()
  out <- withRestarts(
    {
      leaving$linkinv <- function(eta) invokeRestart("leave", "left")
      glm_rs(y ~ x, leaving, d)
    },
    leave = function(x) x
  )
  expect_identical(out, "left")
})

test_that("families that return nonsense", {
  for (part in c("linkinv", "variance", "mu.eta")) {
    family <- own_poisson()
    family[[part]] <- function(...) NaN
    expect_error(suppressWarnings(glm_rs(y ~ x, family, d)), class = "glmrs_error")
    family[[part]] <- function(...) "text"
    expect_error(glm_rs(y ~ x, family, d), paste0("`", part, "` must give numbers"), class = "glmrs_error_family")
  }
  family <- own_poisson()
  family$variance <- function(mu) 0 * mu
  expect_error(glm_rs(y ~ x, family, d), class = "glmrs_error")
})

test_that("refits, summaries and tests of a fit by closures", {
  fits <- expect_same_fit(both(y ~ x + f, own_poisson(), d, control = PRECISE))
  expect_same(anova(fits$rs, test = "F"), anova(fits$glm, test = "F"))
  expect_same(coef(summary(fits$rs)), coef(summary(fits$glm)))
  expect_same(coef(update(fits$rs, . ~ . + z)), coef(update(fits$glm, . ~ . + z)))
  expect_same(drop1(fits$rs), drop1(fits$glm))
})

test_that("functions of a family that fail or give no numbers are classed errors that name them", {
  for (part in c("linkfun", "linkinv", "variance", "mu.eta", "dev.resids", "aic")) {
    broken <- own_poisson()
    broken[[part]] <- function(...) stop("boom")
    expect_error(glm_rs(y ~ x, broken, d), paste0("`", part, "`.*boom"), class = "glmrs_error_family")
    broken[[part]] <- function(...) list("a")
    expect_error(glm_rs(y ~ x, broken, d), paste0("`", part, "` must give numbers"), class = "glmrs_error_family")
  }
  broken <- own_poisson()
  broken$initialize <- expression(n <- rep.int(1, nobs))
  expect_error(glm_rs(y ~ x, broken, d), "mustart", class = "glmrs_error_family")
})

test_that("validmu and valideta may be left out", {
  for (family in list(own_poisson(), poisson())) {
    family["validmu"] <- family["valideta"] <- list(NULL)
    expect_same_fit(both(y ~ x + f, family, d, control = PRECISE))
  }
})

test_that("a family needs no more than what glm.fit() calls", {
  needed <- c("family", "link", "linkfun", "linkinv", "variance", "mu.eta", "dev.resids", "aic", "initialize")
  bare <- unclass(own_poisson())[needed]
  fits <- expect_same_fit(both(y ~ x + f, bare, d, control = PRECISE))
  expect_same(coef(summary(fits$rs)), coef(summary(fits$glm)))
  for (fit in fits) expect_error(simulate(fit, 1, seed = 1), "not implemented")
  # whole numbers reach the family's functions as such
  expect_identical(fits$rs$y, fits$glm$y)
  typed <- own_poisson()
  typed$initialize <- expression({
    if (!is.integer(y)) stop("not whole")
    n <- rep.int(1, nobs)
    mustart <- y + 0.1
  })
  expect_same_fit(both(y ~ x, typed, d, control = PRECISE))
})

test_that("a family whose functions give too few numbers is refused, as by glm()", {
  for (part in c("linkinv", "variance", "mu.eta")) {
    short <- own_poisson()
    short[[part]] <- function(x) 1
    outcome <- both(y ~ x, short, d)
    expect_true(failed(outcome$glm))
    expect_match(conditionMessage(outcome$rs$value), paste0("`", part, "` must give one number for each of its 150 arguments, not 1"))
    expect_s3_class(outcome$rs$value, "glmrs_error_family")
  }
})

test_that("what else `initialize` sets counts, and it finds the variables of glm.fit()", {
  setups <- list(
    expression(etastart <- log(y + 0.1)),
    expression(start <- c(log(mean(y)), numeric(nvars - 1L))),
    expression({
      offset <- offset + 0.5 * (seq_len(nobs) %% 2)
      mustart <- y + 0.1
    }),
    expression({
      offset <- 0.5
      mustart <- y + 0.1
    }),
    expression({
      stopifnot(is.matrix(x), length(offset) == nobs, !EMPTY, intercept, is.null(start))
      mustart <- exp(drop(x %*% qr.coef(qr(x), log(y + 0.5))) + 1e4 * control$epsilon)
    }),
    expression(mustart <- linkinv(log(y + variance(y) + 0.1)))
  )
  for (setup in setups) {
    family <- own_poisson()
    family$initialize <- as.expression(call("{", quote(n <- rep.int(1, nobs)), setup[[1L]]))
    expect_same_fit(both(y ~ x + f, family, d, control = PRECISE))
    expect_same_fit(both(y ~ x * g, family, d, weights = w, offset = off, control = PRECISE))
    small <- glm_rs(y ~ x + f, family, d, model = FALSE)
    expect_equal(model.matrix(small), model.matrix(glm(y ~ x + f, family, d)), ignore_attr = TRUE)
    expect_equal(hatvalues(small), hatvalues(glm(y ~ x + f, family, d)), tolerance = 1e-6) # the default epsilon
  }
  seen <- own_poisson()
  seen$initialize <- expression({
    n <- rep.int(1, nobs)
    mustart <- y + 0.1
    assign("seen_x", x, globalenv())
  })
  glm_rs(y ~ x * f + poly(z, 2), seen, d)
  on.exit(rm(seen_x, envir = globalenv()))
  expect_equal(seen_x, model.matrix(y ~ x * f + poly(z, 2), droplevels(d)), ignore_attr = TRUE, tolerance = ROUNDING)
  expect_identical(colnames(seen_x), colnames(model.matrix(y ~ x * f + poly(z, 2), droplevels(d))))
  seen$initialize <- expression(start <- c(1, 2))
  expect_error(glm_rs(y ~ x * f, seen, d), "length of `start`", class = "glmrs_error_argument")
})

test_that("a family is known by all of its functions, whatever family was fitted before", {
  family <- poisson()
  before <- glm_rs(y ~ s, family, d)
  calls <- 0
  family$linkinv <- function(eta) {
    calls <<- calls + 1
    exp(eta)
  }
  expect_equal(coef(glm_rs(y ~ s, family, d)), coef(before), tolerance = 1e-7) # two searches that end where epsilon says
  expect_gt(calls, 0)
  calls <- 0
  expect_identical(coef(glm_rs(y ~ s, poisson(), d)), coef(before))
  expect_identical(calls, 0)
})

test_that("a power that no name shows is not that of the family before", {
  for (lambda in c(0.33334, 0.33331)) {
    family <- quasi(power(lambda), "mu")
    expect_identical(family$link, "mu^0.333")
    fit <- glm_rs(y ~ s, family, d, start = c(1, 0), epsilon = 1e-12)
    expect_equal(family$linkfun(fitted(fit)), fit$linear.predictors, tolerance = ROUNDING)
    reference <- glm(y ~ s, family, d, start = c(1, 0), control = list(epsilon = 1e-12))
    expect_equal(coef(fit), coef(reference), tolerance = 1e-9) # both stop where the deviance stands
  }
})

test_that("nothing is no family, in a session without a fit, too", {
  rm(list = ls(recent), envir = recent)
  expect_error(glm_rs(y ~ s, NULL, d), "must be a family object", class = "glmrs_error_family")
  expect_error(glm_rs_fit(cbind(1, d$s), d$y, family = NULL), "must be a family object", class = "glmrs_error_family")
})
