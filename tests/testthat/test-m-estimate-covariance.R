# Covariances of M-estimators beside package sandwich's of the same fit by lm() or glm().

d <- vcov_data()
linear <- function(theta, d) (d$t - cbind(1, d$x, d$z) %*% theta)[, 1] * cbind(1, d$x, d$z)
fit <- m_estimate(psi = linear, data = d, start = c(`(Intercept)` = 0, x = 0, z = 0))
lm <- lm(t ~ x + z, d)

same <- function(v, want) {
  attributes(v)[c("ssc", "df")] <- NULL
  expect_equal(c(v), c(want), tolerance = 1e-7) # the bread is by differences
}

test_that("clusters in several ways, kernels, panels and small samples are those of package sandwich", {
  skip_if_not_installed("sandwich")
  for (type in c("HC0", "HC1")) {
    same(vcov(fit, ~firm, ssc = ssc(type = type)), sandwich::vcovCL(lm, ~firm, type = type))
    same(suppressWarnings(vcov(fit, ~ firm + year, ssc = ssc(type = type))), sandwich::vcovCL(lm, ~ firm + year, type = type))
  }
  same(vcov(fit, "cluster", cluster = d$firm, ssc = ssc("CR0")), sandwich::vcovCL(lm, ~firm, cadjust = FALSE, type = "HC0"))
  for (name in c("HC0", "qmle")) same(vcov(fit, name), sandwich::sandwich(lm))
  same(vcov(fit, "HAC", lag = 3, order_by = ~day), sandwich::NeweyWest(lm, lag = 3, prewhite = FALSE, order.by = ~day, data = d))
  same(vcov(fit, "HAC", lag = "andrews", kernel = "Parzen"), sandwich::kernHAC(lm, kernel = "Parzen", prewhite = FALSE, adjust = FALSE))
  same(vcov(fit, "DK", time = ~year, lag = 1), c(vcov(glm_rs(t ~ x + z, gaussian, d), "DK", time = ~year, lag = 1)))
})

test_that("the default follows `moments` where there are as many as parameters", {
  by_firm <- m_estimate(
    psi = linear, data = d, start = c(`(Intercept)` = 0, x = 0, z = 0), moments = "cluster", cluster = d$firm
  )
  expect_equal(vcov(by_firm), vcov(fit, "cluster", cluster = d$firm))
  expect_equal(summary(by_firm)$vcov_type, "cluster")
  in_time <- m_estimate(psi = linear, data = d, start = c(`(Intercept)` = 0, x = 0, z = 0), moments = "HAC", lag = 7)
  expect_equal(vcov(in_time), vcov(fit, "HAC", lag = 7))
  stacked <- m_estimate(psi = stack_psi(m = psi_mean(~x)), data = d, moments = "cluster", cluster = d$firm)
  expect_equal(vcov(stacked), vcov(stacked, ~firm))
  # without weights of moments rows can be drawn again
  expect_equal(nrow(bootstrap(by_firm, times = 3, seed = 1)$replicates), 3L)
})

test_that("a bread that is not symmetric is on both sides as it has to be", {
  equations <- stack_psi(m = psi_mean(~x), line = psi_glm(t ~ z, family = gaussian()))
  stacked <- m_estimate(psi = equations, data = d)
  influence <- glmrs:::estimating_functions(stacked) %*% t(stacked$bread) / nrow(d)
  by_firm <- crossprod(rowsum(influence, d$firm)) * 17 / 16
  expect_equal(unname(vcov(stacked, ~firm)), unname(by_firm), tolerance = 1e-10, ignore_attr = "ssc")
})

test_that("the products of the scores of a likelihood are its information", {
  skip_if_not_installed("sandwich")
  x <- cbind(1, d$x)
  likelihood <- m_estimate(
    objective = function(theta, d) sum(exp(x %*% theta) - d$y * (x %*% theta)),
    score = function(theta, d) drop(d$y - exp(x %*% theta)) * x, data = d, start = c(a = 0, b = 0)
  )
  glm <- glm(y ~ x, poisson, d, epsilon = 1e-14)
  expect_equal(unname(vcov(likelihood, "OPG")), unname(sandwich::vcovOPG(glm)), tolerance = STOPPING)
  expect_error(vcov(fit, "OPG"), "score of a likelihood", class = "glmrs_error_inference")
})

test_that("regressions take formulas of clusters, in the rows that they use", {
  gaps <- transform(d, x = replace(x, c(3, 50), NA))
  by_loss <- m_estimate(t ~ x + f, loss = huber(), data = gaps, subset = z < 0.8)
  used <- which(gaps$z < 0.8 & !is.na(gaps$x))
  expect_equal(vcov(by_loss, ~firm), vcov(by_loss, "cluster", cluster = gaps$firm[used]))
  expect_equal(predict(by_loss, d[1:3, ], se.fit = TRUE, vcov = ~firm)$se.fit[[1L]], {
    x <- c(1, d$x[1], d$f[1] == "b", d$f[1] == "c")
    drop(sqrt(x %*% vcov(by_loss, ~firm) %*% x))
  })
  expect_equal(wald_test(by_loss, ~f, vcov = ~firm)$covariance, "clustered by firm (17 clusters)")
})

test_that("what is asked for in error is told", {
  refused <- function(message, ..., class = "argument") {
    expect_error(vcov(fit, ...), message, class = paste0("glmrs_error_", class))
    expect_error(summary(fit, ...), message, class = paste0("glmrs_error_", class))
  }
  refused("`type` must be one of", "HC3")
  refused("not an option", "sandwich", lag = 2)
  refused("`cluster` is missing", "cluster", class = "cluster")
  refused("each of the 160 rows, not 3", "cluster", cluster = 1:3, class = "cluster")
  refused("one cluster", "cluster", cluster = rep(1, 160), class = "cluster")
  refused("3 x 3", diag(2))
  refused("'nobody' not found", ~nobody, class = "cluster")
})

test_that("the lag of the moments is that of the covariance unless a bandwidth is given", {
  more <- function(theta, d) cbind(linear(theta, d), linear(theta, d)[, 1] * d$x^2)
  moments <- m_estimate(psi = more, data = d, start = c(`(Intercept)` = 0, x = 0, z = 0), moments = "HAC", lag = 2)
  expect_equal(vcov(moments, "HAC"), vcov(moments, "HAC", lag = 2))
  expect_equal(vcov(moments, "HAC", bandwidth = 4), vcov(moments, "HAC", lag = 3))
  expect_error(vcov(moments, "HAC", bandwidth = 4, lag = 2), "say the same", class = "glmrs_error_argument")
})

test_that("what is wrong with a bootstrap covariance is an error of the user's call, without the fit in it", {
  fit <- m_estimate(dist ~ speed, cars)
  error <- expect_error(vcov(fit, "bootstrap", times = 1), "`times`", class = "glmrs_error_argument")
  expect_equal(conditionCall(error), quote(vcov.m_estimate(fit, "bootstrap", times = 1)))
  expect_error(vcov(fit, "bootstrap", distribution = "mammen"), "`distribution` is not an option", class = "glmrs_error_argument")
  expect_error(vcov(fit, "bootstrap", boot_type = "wild"), "`boot_type` must be", class = "glmrs_error_argument")
})
