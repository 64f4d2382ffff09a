# NIST's linear regression sets (StRD, doi 10.18434/T43G6C; fixtures/nist, tools/numerics/nist.py), beside lm() and glm().

nist <- local({
  dir <- test_path("fixtures", "nist")
  list(data = read.csv(file.path(dir, "data.csv")), certified = read.csv(file.path(dir, "certified.csv")))
})
sets <- unique(nist$data$set)

nist_formula <- function(set) {
  degree <- switch(set, Norris = 1, Pontius = 2, Filip = 10, 5)
  switch(set,
    NoInt1 = , NoInt2 = y ~ 0 + x1,
    Longley = y ~ x1 + x2 + x3 + x4 + x5 + x6,
    reformulate(c("x1", if (degree > 1) sprintf("I(x1^%d)", 2:degree)), "y")
  )
}

# Correct digits: -log10 of the relative error, of the error itself where 0 is right; at most the 15 that are certified.
digits <- function(estimate, certified, most = 15) {
  error <- abs(estimate - certified) / ifelse(certified == 0, 1, abs(certified))
  pmin(most, ifelse(error == 0, Inf, -log10(error)))
}

# The least digits of coefficients and standard deviations, and those of the residual standard deviation. `columns`: of
# certified.csv.
digits_of <- function(fit, set, columns = c("estimate", "sd"), most = 15) {
  certified <- nist$certified[nist$certified$set == set, ]
  parts <- certified$term != "residuals"
  errors <- suppressWarnings(sqrt(diag(as.matrix(vcov(fit)))))
  estimates <- list(
    coefficients = digits(coef(fit), certified[parts, columns[1]], most),
    errors = digits(errors, certified[parts, columns[2]], most),
    residuals = digits(sqrt(deviance(fit) / df.residual(fit)), certified[!parts, columns[2]], most)
  )
  vapply(estimates, min, 0)
}

fit_set <- function(fit, set, ...) fit(nist_formula(set), data = nist$data[nist$data$set == set, ], ...)

test_that("a fit is the exact solution of the numbers that it was given", {
  # all but the last digit or two, whatever the condition: 15 digits are 1e-15
  for (set in sets) {
    found <- digits_of(fit_set(glm_rs, set), set, c("estimate_double", "sd_double"), most = 16)
    least <- if (set == "Filip") 13 else 14.9
    expect_gt(min(found), least, label = paste(set, toString(round(found, 1))))
  }
})

test_that("as many certified digits as lm() and glm() have, where the data as doubles hold them", {
  for (set in sets) {
    rs <- digits_of(fit_set(glm_rs, set), set)
    # what rounding y and the powers of x to doubles leaves: less than that is no fault, more is luck
    certified <- nist$certified[nist$certified$set == set, ]
    parts <- certified$term != "residuals"
    held <- c(
      min(digits(certified$estimate_double, certified$estimate)[parts]),
      min(digits(certified$sd_double, certified$sd)[parts]), digits(certified$sd_double, certified$sd)[!parts]
    )
    for (other in list(fit_set(lm, set), fit_set(glm, set))) {
      # lm() drops a column of Filip
      if (anyNA(coef(other))) next
      # the last certified digit
      worse <- rs < pmin(digits_of(other, set), held, 14.5) - 0.1
      expect_false(any(worse), label = paste0(set, ": ", toString(round(rs, 1)), " of ", toString(round(held, 1))))
    }
  }
})

test_that("certified digits", {
  # digits of coefficients, their standard deviations, the residual standard deviation
  least <- list(
    Norris = c(13, 13, 13), Pontius = c(13, 13, 13), NoInt1 = c(14, 14, 14), NoInt2 = c(14, 14, 14),
    Filip = c(7, 7, 9), Longley = c(14, 14, 14), Wampler1 = c(14, 14, 14), Wampler2 = c(13, 14, 14),
    Wampler3 = c(14, 14, 14), Wampler4 = c(14, 14, 14), Wampler5 = c(14, 14, 14)
  )
  for (set in sets) {
    found <- digits_of(fit_set(glm_rs, set), set)
    expect_true(all(found >= least[[set]]), label = paste(set, "has", toString(round(found, 1))))
  }
})

# The rank tolerance is min(1e-7, epsilon / 1000).
test_that("Filip loses the columns that glm() drops, whatever epsilon is", {
  for (epsilon in c(1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10)) {
    ours <- fit_set(glm_rs, "Filip", control = list(epsilon = epsilon))
    theirs <- fit_set(glm, "Filip", control = list(epsilon = epsilon))
    expect_identical(is.na(coef(ours)), is.na(coef(theirs)), label = paste("epsilon", epsilon))
  }
})

test_that("nearly collinear columns are dropped as glm() drops them", {
  set.seed(8)
  d <- data.frame(x = rnorm(40), z = rnorm(40), y = rpois(40, 3))
  for (distance in 10^-(5:12)) {
    d$near <- d$x + distance * d$z
    for (epsilon in c(1e-4, 1e-6, 1e-8, 1e-10)) {
      for (family in list(gaussian(), poisson())) {
        control <- list(epsilon = epsilon, maxit = 100)
        # rounding errors may keep the deviance of the nearest from settling, there as here
        ours <- suppressWarnings(glm_rs(y ~ x + near, family, d, control = control))
        theirs <- suppressWarnings(glm(y ~ x + near, family, d, control = control))
        label <- paste(family$family, "near", distance, "epsilon", epsilon)
        expect_identical(is.na(coef(ours)), is.na(coef(theirs)), label = label)
      }
    }
  }
})
