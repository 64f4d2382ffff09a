# The words of the most common mistakes, as users read them. Whether a condition is raised at all is for test-bad-input.R.

d <- data.frame(
  claims = c(2, 0, 1, 4, 3, 1), age = c(22, 35, 41, 28, 60, 52), cost = c(5, 0, 2.5, 11, 8, 3),
  region = factor(c("north", "south", "north", "east", "east", "south")), kind = c("a", "b", "a", "b", "a", "a"),
  exposure = c(1, 1, 0.5, 1, 2, 1), row.names = paste0("policy", 1:6)
)
fit <- glm_rs(claims ~ age, poisson(), d)

test_that("a misspelt variable, argument or family", {
  expect_snapshot(error = TRUE, glm_rs(claims ~ aeg, poisson(), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ mileage, poisson(), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), d, wieghts = exposure))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, "poison", d))
})

test_that("arguments in another order, and no response", {
  expect_snapshot(error = TRUE, glm_rs(d, claims ~ age))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, d))
  expect_snapshot(error = TRUE, glm_rs(~age, poisson(), d))
})

test_that("values that cannot be used, by row", {
  expect_snapshot(error = TRUE, glm_rs(claims ~ log(cost), poisson(), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), transform(d, age = replace(age, 3, NA)), na.action = na.pass))
})

test_that("a variable is named as it is written, an argument without parentheses", {
  told <- function(expr) conditionMessage(tryCatch(expr, glmrs_error = identity))
  for (fitter in list(glm_rs, m_estimate)) {
    variable <- told(fitter(claims ~ log(c(NA, age[-1])), data = d, na.action = na.pass))
    argument <- told(fitter(claims ~ age, data = d, na.action = na.pass, weights = c(NA, exposure[-1])))
    expect_match(variable, "in `log(c(NA, age[-1]))`: the value NA cannot be used (row policy1)", fixed = TRUE)
    expect_match(argument, "in `weights`: the value NA cannot be used (row policy1)", fixed = TRUE)
  }
})

test_that("advice is of arguments that there are", {
  without <- list(
    function() poisson_fit(d$age, replace(d$claims, 2, NA)), function() poisson_fit(replace(d$age, 2, Inf), d$claims),
    function() glm_rs_fit(cbind(1, replace(d$age, 2, NA)), d$claims, family = poisson()),
    function() poisson_fit(d$age, d$claims, offset = rep(900, 6))
  )
  for (fit in without) {
    said <- conditionMessage(expect_error(fit(), class = "glmrs_error"))
    expect_no_match(said, "`subset`|`na.action`|`start`|`mustart`")
    expect_match(said, "leave the row out|`offset` is so large")
  }
  far <- data.frame(y = rep(0:4, 4), x = 1:20, o = c(0, -1e4))
  for (family in list(zero_inflated(), hurdle(), negative_binomial(type = "nb1"))) {
    said <- conditionMessage(expect_error(glm_rs(y ~ x + offset(o), family, far), class = "glmrs_error_start"))
    expect_match(said, "give `start`")
    expect_no_match(said, "mustart")
  }
  for (unit in c(1e154, 1e-170)) {
    said <- tryCatch(conditionMessage(poisson_fit(sin(1:50) * unit, 1:50)), error = conditionMessage)
    expect_no_match(said, "`start`|`mustart`|specify")
    expect_match(said, "columns of other units")
  }
  expect_error(glm_rs(claims ~ log(cost), poisson(), d), "see the arguments `subset` and `na.action`")
  expect_error(m_estimate(claims ~ log(cost), d), "see the arguments `subset` and `na.action`")
})

test_that("a kind of covariance in other letters", {
  for (kind in c("HC3", "HAC", "OPG", "HC4m", "cluster")) {
    for (other in setdiff(c(tolower(kind), toupper(kind)), names(glmrs:::covariance_kinds))) {
      expect_error(vcov(fit, other), sprintf("did you mean `%s`", kind), class = "glmrs_error_argument")
    }
  }
})

test_that("a response that the family does not allow", {
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, binomial(), d))
  expect_snapshot(error = TRUE, glm_rs(cost ~ age, Gamma(), d))
  expect_snapshot(error = TRUE, glm_rs(claims - 1 ~ age, poisson(), d))
  expect_snapshot(error = TRUE, glm_rs(kind ~ age, binomial(), d))
})

test_that("weights of the wrong length or sign", {
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), d, weights = 1:3))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), d, weights = exposure - 1))
})

test_that("nothing to compare", {
  expect_snapshot(error = TRUE, glm_rs(claims ~ kind, poisson(), d, subset = kind == "a"))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), transform(d, age = NA_real_)))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, poisson(), d, subset = age > 90))
})

test_that("new data that the fit does not understand", {
  by_region <- glm_rs(claims ~ region, poisson(), d)
  expect_snapshot(error = TRUE, predict(by_region, data.frame(region = "west")))
  expect_snapshot(error = TRUE, predict(fit, data.frame(Age = 30)))
})

test_that("fits that end badly", {
  expect_snapshot(coef(glm_rs(claims ~ age, poisson(), d, maxit = 1)))
  expect_snapshot(is.list(glm_rs(claims > 1 ~ cost, binomial(), d)))
})

test_that("a family of one's own that does not do what it should", {
  own <- poisson()
  own$family <- "my own"
  with_part <- function(part, f) {
    own[[part]] <- f
    own
  }
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, with_part("variance", function(mu) stop("no mu today")), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, with_part("variance", function(mu) 1), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, with_part("mu.eta", function(eta) replace(exp(eta), 4, NA)), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, with_part("linkinv", function(eta) replace(exp(eta), 4, NaN)), d))
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, with_part("dev.resids", function(y, mu, wt) "many"), d))
})

test_that("rows that are gone", {
  small <- glm_rs(claims ~ age, poisson(), d, model = FALSE, y = FALSE)
  d$age[2] <- 36
  expect_snapshot(error = TRUE, residuals(small))
})

test_that("the message of a condition is plain text, with its signs in colour where there are colours", {
  message_of <- function() conditionMessage(tryCatch(glm_rs(claims ~ aeg, poisson(), d), error = identity))
  expect_identical(message_of(), "object 'aeg' not found\ni did you mean `age`?")
  withr::local_options(cli.num_colors = 8L)
  expect_identical(cli::ansi_strip(message_of()), "object 'aeg' not found\ni did you mean `age`?")
  expect_match(message_of(), "\033[36m", fixed = TRUE)
})

test_that("a fit that succeeds does not load cli", {
  code <- paste0(
    "library(glmrs); fit <- glm_rs(dist ~ speed, data = cars); s <- summary(fit); p <- predict(fit, cars[1:3, ]);",
    "cat(paste('cli' %in% loadedNamespaces()))"
  )
  rscript <- file.path(R.home("bin"), "Rscript")
  expect_identical(system2(rscript, c("-e", shQuote(code)), stdout = TRUE), "FALSE")
})

test_that("a response that is no count, and a test of another fit", {
  d$claims[3] <- 0.5
  expect_snapshot(error = TRUE, glm_rs(claims ~ age, negative_binomial(), d))
  skip_if_not_installed("MASS")
  counts <- subset(MASS::quine, Days > 0)
  poisson <- glm_rs(Days ~ Sex, zero_truncated(), counts)
  for (type in c("dean", "lr")) {
    expect_error(dispersion_test(poisson, type), "family = zero_truncated\\(negative_binomial\\(\\)\\)$", class = "glmrs_error_family")
  }
  # what is advised works
  larger <- update(poisson, family = zero_truncated(negative_binomial()))
  expect_equal(dispersion_test(larger, "lr")$statistic[["LR"]], 2 * (larger$loglik - poisson$loglik))
})

test_that("families of other packages with the names of ours", {
  skip_if_not_installed("MASS")
  quine <- MASS::quine
  coefficients <- list(hurdle = coef(glm_rs(Days ~ Sex, hurdle(), quine)), cumulative = coef(glm_rs(Age ~ Sex, cumulative(), quine)))
  # as package pscl has it
  hurdle <- function(formula, data) stats::model.frame(formula, data)
  expect_equal(coef(glm_rs(Days ~ Sex, "hurdle", quine)), coefficients$hurdle)
  expect_error(glm_rs(Days ~ Sex, hurdle(), quine), "write glmrs::hurdle", class = "glmrs_error_family")
  expect_error(glm_rs(Days ~ Sex, hurdle, quine), "write glmrs::hurdle", class = "glmrs_error_family")
  # as package VGAM has it
  cumulative <- function(link = "logitlink") structure(list(infos = link), class = "vglmff")
  environment(cumulative) <- globalenv()
  expect_equal(coef(glm_rs(Age ~ Sex, "cumulative", quine)), coefficients$cumulative)
  expect_error(glm_rs(Age ~ Sex, family = cumulative(), data = quine), "`cumulative` is another function here", class = "glmrs_error_family")
  skip_if_not_installed("pscl")
  hurdle <- pscl::hurdle
  expect_error(glm_rs(Days ~ Sex, hurdle(), quine), "that of package pscl here: write glmrs::hurdle", class = "glmrs_error_family")
})
