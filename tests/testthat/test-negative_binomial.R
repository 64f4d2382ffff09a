# MASS converges loosely unless told not to. Its standard error of theta is that of the step before the last, so the
# information is taken at theta itself.
TIGHT <- list(epsilon = 1e-12, maxit = 100)
NB_TOLERANCE <- 1e-6

nb_data <- function(n = 400, theta = 1.5, seed = 3) {
  d <- grid_data(n, seed)
  d$y <- rnbinom(n, size = theta, mu = exp(1 + d$s + 0.3 * d$off))
  d
}

nb_calls <- alist(
  quine = fitter(Days ~ Sex / (Age + Eth * Lrn), data = MASS::quine),
  plain = fitter(y ~ x + f, data = d),
  weighted = fitter(y ~ x + f, data = d, weights = w),
  offset = fitter(y ~ x + g + offset(off), data = d, subset = z < 0.8),
  aliased = fitter(y ~ x + x_twice + f, data = d),
  none = fitter(y ~ 1, data = d),
  sqrt = fitter(y ~ x + g, data = d, link = sqrt),
  identity = fitter(y ~ g, data = d, link = identity)
)

nb_pair <- function(kind, d = nb_data()) {
  call <- nb_calls[[kind]]
  glm <- call
  glm[[1L]] <- quote(MASS::glm.nb)
  glm$control <- quote(glm.control(epsilon = 1e-12, maxit = 100))
  call[[1L]] <- quote(glm_rs)
  call$family <- bquote(negative_binomial(link = .(if (is.null(call$link)) "log" else as.character(call$link))))
  call$link <- NULL
  call$control <- quote(TIGHT)
  list(rs = eval(call), glm = eval(glm))
}

test_that("fits are those of MASS::glm.nb()", {
  skip_if_not_installed("MASS")
  for (kind in names(nb_calls)) {
    pair <- nb_pair(kind)
    rs <- pair$rs
    glm <- pair$glm
    expect_true(rs$converged)
    expect_s3_class(rs, c("glm_rs_negbin", "glm_rs", "glm", "lm"), exact = TRUE)
    expect_equal(coef(rs), coef(glm), tolerance = NB_TOLERANCE, label = kind)
    expect_equal(rs$theta, glm$theta, tolerance = NB_TOLERANCE, label = kind, ignore_attr = TRUE)
    at_theta <- MASS::theta.ml(rs$y, fitted(rs), weights = rs$prior.weights, limit = 100, eps = 1e-10)
    expect_equal(rs$SE.theta, attr(at_theta, "SE"), tolerance = NB_TOLERANCE, label = kind)
    for (part in c("twologlik", "deviance", "null.deviance", "aic", "df.residual", "fitted.values", "weights")) {
      expect_equal(rs[[part]], glm[[part]], tolerance = NB_TOLERANCE, label = paste(kind, part))
    }
    expect_equal(logLik(rs), logLik(glm), tolerance = NB_TOLERANCE, ignore_attr = "nobs")
    expect_equal(AIC(rs), AIC(glm), tolerance = NB_TOLERANCE)
    expect_equal(BIC(rs), BIC(glm), tolerance = NB_TOLERANCE)
    expect_equal(vcov(rs, complete = FALSE), vcov(glm, complete = FALSE), tolerance = NB_TOLERANCE)
    expect_equal(summary(rs)$coefficients, summary(glm)$coefficients, tolerance = NB_TOLERANCE, ignore_attr = TRUE)
    for (type in c("deviance", "pearson", "working", "response")) {
      expect_equal(residuals(rs, type), residuals(glm, type), tolerance = 1e-5) # differences of nearly equal numbers
    }
    expect_equal(hatvalues(rs), hatvalues(glm), tolerance = NB_TOLERANCE)
    expect_equal(cooks.distance(rs), cooks.distance(glm), tolerance = NB_TOLERANCE * 100) # squares of residuals
  }
})

test_that("the numbers of Crawley (2007), The R Book, chapter 14", {
  skip_if_not_installed("MASS")
  fit <- glm_rs(Days ~ Eth * Sex * Age * Lrn, negative_binomial(), MASS::quine)
  expect_equal(round(c(fit$theta, fit$SE.theta), 3), c(1.928, 0.269))
  expect_equal(round(fit$twologlik, 3), -1039.324)
  expect_equal(round(c(fit$null.deviance, fit$deviance), 2), c(272.29, 167.45))
  expect_equal(round(AIC(fit), 1), 1097.3)
  shown <- capture.output(summary(fit))
  expect_match(shown, "Theta: 1.928", all = FALSE, fixed = TRUE)
  expect_match(shown, "Std. Error: 0.269", all = FALSE, fixed = TRUE)
  expect_match(shown, "-1039.324", all = FALSE, fixed = TRUE)
})

test_that("methods hold theta, or count it", {
  skip_if_not_installed("MASS")
  d <- nb_data()
  pair <- nb_pair("plain", d)
  rs <- pair$rs
  theta <- rs$theta
  fixed <- glm_rs(y ~ x + f, negative_binomial(theta), d, control = TIGHT)
  expect_warning(table <- anova(rs, test = "Chisq"), "without re-estimating 'theta'")
  expect_equal(as.data.frame(table), as.data.frame(anova(fixed, test = "Chisq")), tolerance = NB_TOLERANCE)
  expect_warning(table <- anova(glm_rs(y ~ 0, negative_binomial(), d)), "without re-estimating 'theta'")
  expect_identical(dim(table), c(1L, 4L))
  expect_equal(drop1(rs, test = "LRT")[-1L, "LRT"], drop1(fixed, test = "LRT")[-1L, "LRT"], tolerance = NB_TOLERANCE)
  expect_equal(add1(rs, ~ . + z, test = "LRT")$LRT, add1(fixed, ~ . + z, test = "LRT")$LRT, tolerance = NB_TOLERANCE)
  expect_equal(suppressMessages(confint(rs)), suppressMessages(confint(fixed)), tolerance = NB_TOLERANCE)
  for (type in c("HC0", "HC3", "OPG")) expect_equal(vcov(rs, type), vcov(fixed, type), tolerance = NB_TOLERANCE)
  expect_equal(predict(rs, d[1:5, ], se.fit = TRUE), predict(fixed, d[1:5, ], se.fit = TRUE), tolerance = NB_TOLERANCE)
  expect_equal(predict(rs, d[1:5, ], type = "response"), predict(pair$glm, d[1:5, ], type = "response"), tolerance = NB_TOLERANCE)
  expect_equal(logLik(rs)[1L], logLik(fixed)[1L], tolerance = NB_TOLERANCE)
  expect_equal(attr(logLik(rs), "df"), attr(logLik(fixed), "df") + 1)
  expect_equal(extractAIC(rs), c(5, AIC(rs)))
  all <- vcov(rs, theta = TRUE)
  expect_equal(dimnames(all)[[1L]], c(names(coef(rs)), "theta"))
  expect_equal(all["theta", "theta"], rs$SE.theta^2)
  expect_equal(all[-5, -5], vcov(rs))
  expect_error(vcov(rs, "HC0", theta = TRUE), class = "glmrs_error_argument")
  set.seed(1)
  simulated <- simulate(rs, 200)
  expect_equal(mean(as.matrix(simulated)), mean(fitted(rs)), tolerance = 0.03) # of 80,000 counts
  expect_equal(update(rs, . ~ x)$theta, glm_rs(y ~ x, negative_binomial(), d, control = TIGHT)$theta)
})

test_that("an exposure is an offset, and a factor of many levels is one of few", {
  d <- nb_data(600)
  d$years <- exp(d$off)
  fit <- glm_rs(y ~ x, negative_binomial(), d, exposure = years)
  same <- glm_rs(y ~ x, negative_binomial(), d, offset = off)
  expect_equal(fit[c("coefficients", "theta", "SE.theta")], same[c("coefficients", "theta", "SE.theta")])
  expect_error(glm_rs(y ~ x, negative_binomial(link = "sqrt"), d, exposure = years), class = "glmrs_error_argument")
  # from 256 levels on a factor is kept apart
  d <- nb_data(1800)
  d$many <- factor(rep_len(1:300, 1800))
  d$y <- d$y + 1
  apart <- glm_rs(y ~ x + many, negative_binomial(), d, control = TIGHT)
  d$others <- model.matrix(~many, d)[, -1L]
  beside <- glm_rs(y ~ x + others, negative_binomial(), d, control = TIGHT)
  expect_equal(unname(coef(apart)), unname(coef(beside)), tolerance = NB_TOLERANCE)
  expect_equal(apart$theta, beside$theta, tolerance = NB_TOLERANCE)
})

test_that("several fits are compared as anova() of MASS::glm.nb() fits compares them", {
  skip_if_not_installed("MASS")
  d <- nb_data()
  table <- anova(nb_pair("plain", d)$rs, glm_rs(y ~ 1, negative_binomial(), d, control = TIGHT))
  theirs <- anova(
    MASS::glm.nb(y ~ x + f, d, control = glm.control(epsilon = 1e-12, maxit = 100)),
    MASS::glm.nb(y ~ 1, d, control = glm.control(epsilon = 1e-12, maxit = 100))
  )
  expect_equal(table[["LR stat."]], theirs[["LR stat."]], tolerance = 1e-5) # a difference of log-likelihoods
  expect_equal(table[["Pr(>Chi)"]], theirs[["Pr(Chi)"]], tolerance = NB_TOLERANCE)
  poisson_fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(anova(poisson_fit, nb_pair("plain", d)$rs), class = "glmrs_error_anova")
  expect_error(anova(nb_pair("plain", d)$rs, poisson_fit), class = "glmrs_error_anova")
})

test_that("counts that vary no more than Poisson counts have the Poisson fit", {
  d <- grid_data(200)
  d$y <- round(exp(1 + d$s))
  expect_warning(fit <- glm_rs(y ~ x + f, negative_binomial(), d), "infinite", class = "glmrs_warning_boundary")
  same <- glm_rs(y ~ x + f, poisson, d)
  expect_identical(fit$theta, Inf)
  expect_identical(fit$theta.status, "poisson")
  expect_identical(coef(fit), coef(same))
  expect_equal(fit$twologlik, 2 * logLik(same)[1L])
  expect_equal(vcov(fit), vcov(same))
  expect_match(capture.output(summary(fit)), "Theta: Inf", all = FALSE)
  limits <- confint(fit, "theta")
  expect_equal(limits[1L, 2L], Inf, ignore_attr = TRUE)
  expect_true(limits[1L, 1L] > 1)
})

test_that("the interval of theta is where the likelihood has fallen by the quantile", {
  d <- nb_data(150)
  fit <- glm_rs(y ~ x, negative_binomial(), d, control = TIGHT)
  limits <- confint(fit, "theta", level = 0.9)
  expect_equal(dimnames(limits), list("theta", c("5 %", "95 %")))
  expect_true(limits[1L] < fit$theta && fit$theta < limits[2L])
  for (theta in limits) {
    there <- glm_rs(y ~ x, negative_binomial(theta), d, control = TIGHT)
    expect_equal(fit$twologlik - 2 * logLik(there)[1L], qchisq(0.9, 1), tolerance = STOPPING)
  }
  wald <- confint(fit, c("theta", "x"), level = 0.9, type = "Wald")
  expect_equal(wald["theta", ], fit$theta + c(-1, 1) * qnorm(0.95) * fit$SE.theta, ignore_attr = TRUE)
  expect_equal(wald["x", ], confint(fit, "x", level = 0.9, type = "Wald")[1L, ])
  expect_error(confint(fit, "theta", type = "score"), class = "glmrs_error_argument")
  both <- suppressMessages(confint(fit, c("x", "theta"), level = 0.9))
  expect_equal(both["theta", ], limits["theta", ])
  expect_equal(both["x", ], suppressMessages(confint(fit, "x", level = 0.9)))
})

test_that("a fit without rows gets them back", {
  d <- nb_data(120)
  fit <- glm_rs(y ~ x + f, negative_binomial(), d)
  small <- glm_rs(y ~ x + f, negative_binomial(), d, model = FALSE, y = FALSE)
  expect_null(.subset2(small, "residuals"))
  expect_equal(logLik(small), logLik(fit))
  expect_equal(residuals(small), residuals(fit))
  expect_equal(vcov(small, "HC1"), vcov(fit, "HC1"))
  expect_equal(confint(small, "theta"), confint(fit, "theta"))
})

test_that("many rows: the same as few, and as without a sample", {
  set.seed(2)
  n <- 60000
  d <- data.frame(x = runif(n, -1, 1), z = rnorm(n))
  d$y <- rnbinom(n, size = 0.8, mu = exp(0.5 + d$x - 0.3 * d$z))
  fit <- glm_rs(y ~ x + z, negative_binomial(), d)
  tight <- glm_rs(y ~ x + z, negative_binomial(), d, control = list(epsilon = 1e-13), start = c(0.5, 1, -0.3))
  expect_lt(max(abs(coef(fit) - coef(tight)) / sqrt(diag(vcov(tight)))), 1e-4) # standard errors, the usual stopping rule
  expect_equal(fit$theta, tight$theta, tolerance = STOPPING)
})

test_that("the estimated theta asks for counts", {
  d <- nb_data(50)
  expect_error(glm_rs(y + 0.5 ~ x, negative_binomial(), d), "whole numbers", class = "glmrs_error_response")
  expect_error(glm_rs(I(0 * y) ~ x, negative_binomial(), d), "above 0", class = "glmrs_error_argument")
  expect_error(glm_rs(I(y - 1) ~ x, negative_binomial(), d), class = "glmrs_error_response")
  expect_error(negative_binomial(-1), class = "glmrs_error_argument")
  expect_error(negative_binomial(Inf), "poisson", class = "glmrs_error_argument")
  expect_error(negative_binomial(link = "inverse"), class = "glmrs_error_argument")
  expect_error(glm(y ~ x, negative_binomial(), d), class = "glmrs_error_family")
})

test_that("neighbours see a fit of MASS::glm.nb(), or a glm", {
  skip_if_not_installed("MASS")
  d <- nb_data()
  pair <- nb_pair("plain", d)
  plain <- as_glm(pair$rs)
  expect_s3_class(plain, c("negbin", "glm", "lm"), exact = TRUE)
  expect_equal(logLik(plain)[1L], logLik(pair$glm)[1L], tolerance = NB_TOLERANCE)
  skip_if_not_installed("sandwich")
  expect_equal(sandwich::sandwich(pair$rs), sandwich::sandwich(pair$glm), tolerance = NB_TOLERANCE * 10)
  expect_equal(vcov(pair$rs, "HC0"), sandwich::vcovHC(pair$glm, "HC0"), tolerance = NB_TOLERANCE * 10)
})

# expressions of `fit`, the fit of either
nb_neighbours <- alist(
  lmtest = lmtest::lrtest(fit, update(fit, . ~ x))$Chisq,
  car = unlist(car::Anova(fit, type = 3)), emmeans = as.data.frame(emmeans::emmeans(fit, ~f))$emmean,
  pscl = pscl::predprob(fit)[1:5, ], broom = unlist(broom::glance(fit)), performance = performance::r2(fit),
  insight = as.vector(insight::get_loglikelihood(fit)), effects = effects::effect("f", fit)$fit
)

test_that("packages see the same in both", {
  skip_if_not_installed("MASS")
  d <- nb_data()
  pair <- nb_pair("plain", d)
  # functions that fit anew from within a package look for the data on the search path
  withr::local_environment(list2env(list(d = d, TIGHT = TIGHT)), name = "workspace", warn.conflicts = FALSE)
  for (package in names(nb_neighbours)) {
    if (!requireNamespace(package, quietly = TRUE)) next
    values <- lapply(pair, function(fit) {
      suppressWarnings(suppressMessages(eval(nb_neighbours[[package]], list(fit = fit, d = d, TIGHT = TIGHT), globalenv())))
    })
    expect_equal(values$rs, values$glm, tolerance = OTHER_SEARCH, ignore_attr = TRUE, label = package)
  }
})

test_that("clusters say the covariance, and negative counts are of this family", {
  d <- nb_data()
  fit <- glm_rs(y ~ x, negative_binomial(), d)
  expect_equal(vcov(fit, cluster = ~f), vcov(fit, "cluster", cluster = ~f))
  expect_error(vcov(fit, cluster = ~f, theta = TRUE), class = "glmrs_error_argument")
  expect_error(glm_rs(replace(y, 5, -1) ~ x, negative_binomial(), d), "negative binomial.*row 5", class = "glmrs_error_response")
})
