# Arguments that a method has no use for are errors that name them and what to use, but for those that other packages hand on.

d <- vcov_data()
every_fit <- list(
  glm = glm_rs(y ~ x + f, poisson, d), matrix = poisson_fit(as.matrix(d[c("x", "z")]), d$y),
  negbin = suppressWarnings(glm_rs(y ~ x, negative_binomial(), d)), firth = glm_rs(y ~ x, poisson, d, bias = "firth"),
  count = suppressWarnings(glm_rs(y ~ x, negative_binomial(type = "nb1"), d)), hurdle = glm_rs(y ~ x | z, hurdle(), d),
  loss = m_estimate(t ~ x + f, loss = huber(), data = d)
)
refused <- function(expr, message, label = NULL) {
  expect_error(suppressMessages(expr), message, class = "glmrs_error_argument", label = label)
}

test_that("the kind of vcov() is `type`, its clusters are `cluster`", {
  for (name in names(every_fit)) {
    fit <- every_fit[[name]]
    refused(vcov(fit, vcov = "HC1"), "no argument `vcov`.*`type`, as in", name)
    refused(vcov(fit, "cluster", vcov = d$firm), "no argument `vcov`.* is `cluster`", name)
    refused(vcov(fit, cluster = d$firm, vcov = "HC1"), "no argument `vcov`", name)
    # as the methods of a glm take them
    expect_identical(vcov(fit, complete = FALSE), vcov(fit), label = name)
  }
  # a function has its own
  expect_identical(vcov(every_fit$glm, function(fit, vcov) 2 * vcov, vcov = vcov(every_fit$glm)), 2 * vcov(every_fit$glm))
})

test_that("robust standard errors have a kind", {
  for (name in setdiff(names(every_fit), "loss")) {
    fit <- every_fit[[name]]
    refused(summary(fit, robust = TRUE), "`robust`.*vcov = \"HC1\"", name)
    refused(vcov(fit, robust = TRUE), "`robust`.*vcov\\(fit, \"HC1\"\\)", name)
  }
  refused(confint(every_fit$glm, robust = TRUE), "`robust`")
})

test_that("deviances have no covariance", {
  for (name in c("glm", "negbin", "count")) {
    fit <- every_fit[[name]]
    refused(drop1(fit, test = "Chisq", vcov = "HC1"), "`vcov` is of a covariance.*wald_test", name)
    refused(drop1(fit, cluster = ~firm), "`cluster` is of a covariance", name)
    refused(add1(fit, ~ . + z, test = "Chisq", vcov = "HC1"), "`vcov` is of a covariance.*wald_test", name)
    expect_equal(drop1(fit, trace = FALSE), drop1(fit), label = name)
    expect_equal(add1(fit, ~ . + z, trace = FALSE), add1(fit, ~ . + z), label = name)
  }
  refused(drop1(every_fit$glm, foo = 1), "no such argument: `foo`")
  refused(add1(every_fit$glm, ~ . + z, foo = 1), "no such argument: `foo`")
  chosen <- lapply(list(every_fit$glm, as_glm(every_fit$glm)), function(fit) formula(step(fit, trace = 0)))
  expect_equal(chosen[[1L]], chosen[[2L]], ignore_formula_env = TRUE)
})

test_that("profiles have no covariance, and no dispersion of the user's", {
  fit <- every_fit$glm
  refused(profile(fit, vcov = "HC3"), "`vcov` is of a covariance.*confint\\(vcov = \\)")
  refused(profile(fit, foo = 1), "no such argument: `foo`")
  for (own in list(fit, every_fit$negbin, glm_rs(t ~ x, gaussian, d))) {
    for (type in list("profile", "score", c("profile", "Wald", "score"))) {
      refused(confint(own, dispersion = 3, type = type), "`dispersion`.*vcov = \"model\"")
    }
    refused(confint(own, dispersion = 3), "`dispersion`.*vcov = \"model\"")
    # what is advised works
    wald <- confint(own, type = "Wald", dispersion = 3)
    expect_equal(confint(own, vcov = "model", dispersion = 3), wald)
    score <- suppressMessages(confint(own, vcov = "model", dispersion = 3, type = "score"))
    expect_equal(score, wald, tolerance = 0.2) # an interval of another kind, of the same size
  }
  for (vcov in list("HC0", "model", ~firm)) {
    refused(confint(every_fit$firth, vcov = vcov, type = "profile"), "intervals of type \"Wald\"")
  }
  refused(confint(every_fit$firth, cluster = ~firm, type = "profile"), "intervals of type \"Wald\"")
  expect_equal(confint(every_fit$firth, vcov = "HC0"), confint(every_fit$firth, vcov = "HC0", type = "Wald"))
})

test_that("score tests and bootstraps pass over nothing", {
  fit <- every_fit$glm
  refused(score_test(fit, ~z, foo = 1), "no such argument: `foo`")
  refused(score_test(fit, ~z, clusters = ~firm), "did you mean `cluster`")
  expect_equal(score_test(fit, ~z, cluster = ~firm)$statistic, score_test(fit, ~z, vcov = ~firm)$statistic)
  b <- bootstrap(fit, 9, seed = 1)
  refused(vcov(b, type = "HC3"), "`type`.*vcov\\(\\) of the fit")
  expect_identical(vcov(b, complete = FALSE), vcov(b))
})
