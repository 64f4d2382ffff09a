# Rows in time: bandwidths, panels and Driscoll and Kraay's covariance beside packages sandwich and plm.

panel_data <- function() {
  d <- vcov_data(140)
  d$unit <- rep(sprintf("unit %d", 1:10), each = 14)
  d$time <- rep(2001:2014, 10)
  d[sample(140), ]
}

test_that("Andrews' bandwidth is that of package sandwich", {
  skip_if_not_installed("sandwich")
  for (kernel in c("Bartlett", "Parzen", "Quadratic Spectral")) {
    expect_same_covariance(
      c("poisson", "weighted", "gaussian", "gamma", "aliased", "one", "excluded"),
      vcov(fit, "HAC", kernel = kernel, lag = "andrews", complete = FALSE),
      sandwich::kernHAC(
        fit, kernel = kernel, prewhite = FALSE, adjust = FALSE, tol = 1e-7,
        bw = sandwich::bwAndrews
      ),
      tolerance = 1e-7 # of autocorrelations by another formula
    )
  }
})

test_that("panels are those of package sandwich", {
  skip_if_not_installed("sandwich")
  d <- panel_data()
  # balanced or not; without `aggregate` the order of rows matters to vcovPL() of version 3.0-2
  d <- d[order(d$unit, d$time), ]
  for (data in list(d, d[-c(3, 50:60, 99), ])) {
    for (call in alist(fitter(y ~ x + z, poisson, data), fitter(t ~ x + f, gaussian, data, weights = w))) {
      rs <- eval(call, list(fitter = glm_rs, data = data))
      glm <- eval(call, list(fitter = stats::glm, data = data))
      for (lag in c(0, 2, 5)) {
        v <- vcov(rs, "DK", time = ~time, lag = lag)
        want <- sandwich::vcovPL(glm, cluster = data$unit, order.by = data$time, lag = lag, adjust = FALSE)
        expect_equal(c(v), c(want), tolerance = 1e-7) # the last steps of two fits
        v <- vcov(rs, "HAC", panel = ~unit, order_by = ~time, lag = lag)
        want <- sandwich::vcovPL(glm, data$unit, data$time, lag = lag, aggregate = FALSE, adjust = FALSE)
        expect_equal(c(v), c(want), tolerance = TOLERANCE)
      }
      v <- vcov(rs, "DK", time = ~time, kernel = "Parzen", lag = 3, ssc = ssc(type = "HC1"))
      want <- sandwich::vcovPL(glm, data$unit, data$time, lag = 3, kernel = "Parzen")
      expect_equal(c(v), c(want), tolerance = TOLERANCE)
    }
  }
})

test_that("Driscoll and Kraay's covariance is that of package plm", {
  skip_if_not_installed("plm")
  d <- panel_data()
  d <- d[order(d$unit, d$time), ]
  pooled <- plm::plm(t ~ x + z, d, model = "pooling", index = c("unit", "time"))
  fit <- glm_rs(t ~ x + z, gaussian, d)
  for (lag in c(0, 1, 4)) {
    expect_equal(c(vcov(fit, "DK", time = ~time, lag = lag)), c(plm::vcovSCC(pooled, maxlag = lag)), tolerance = TOLERANCE)
  }
})

test_that("rows without weight keep their places, as in package sandwich", {
  skip_if_not_installed("sandwich")
  d <- cars
  d$w <- rep(c(1, 1, 0, 1, 1), 10)
  fits <- lapply(list(rs = glm_rs, glm = stats::glm), function(fitter) fitter(dist ~ speed, data = d, weights = w))
  by_formula <- m_estimate(dist ~ speed, d, weights = w)
  for (lag in list(2, NULL)) {
    newey_west <- function(fit) suppressWarnings(sandwich::NeweyWest(fit, lag = lag %||% 3, prewhite = FALSE)) # of 50 rows
    # which counts them in the meat, and not in the bread
    want <- newey_west(fits$glm) * (50 / 40)^2
    expect_equal(vcov(fits$rs, "HAC", lag = lag), want, tolerance = TOLERANCE, ignore_attr = TRUE)
    expect_equal(vcov(by_formula, "HAC", lag = lag), newey_west(by_formula), tolerance = TOLERANCE, ignore_attr = TRUE)
  }
  # where those that are left out leave no gap
  d$x <- ifelse(d$w > 0, d$speed, NA)
  left_out <- glm_rs(dist ~ x, data = d)
  expect_equal(
    vcov(left_out, "HAC", lag = 2), sandwich::NeweyWest(stats::glm(dist ~ x, data = d), lag = 2, prewhite = FALSE),
    tolerance = TOLERANCE, ignore_attr = TRUE
  )
})

# Sums over pairs of rows, by their distance in time.
by_pairs <- function(fit, weight) {
  rows <- model.matrix(fit) * fit$weights * fit$residuals
  bread <- summary(fit)$cov.unscaled
  bread %*% t(rows) %*% weight %*% rows %*% bread
}

test_that("panels are sums over pairs of rows", {
  d <- panel_data()
  fit <- glm_rs(y ~ x + z, poisson, d)
  near <- function(lag) pmax(1 - abs(outer(d$time, d$time, "-")) / (lag + 1), 0)
  same <- outer(d$unit, d$unit, "==")
  expect_equal(vcov(fit, "DK", time = ~time, lag = 3), by_pairs(fit, near(3)), tolerance = TOLERANCE, ignore_attr = "ssc")
  panel <- vcov(fit, "HAC", panel = ~unit, order_by = ~time, lag = 3)
  expect_equal(panel, by_pairs(fit, same * near(3)), tolerance = TOLERANCE, ignore_attr = "ssc")
  # without times a unit's rows are in their order
  d <- d[order(d$time), ]
  fit <- glm_rs(y ~ x + z, poisson, d)
  expect_equal(vcov(fit, "HAC", panel = ~unit, lag = 3), panel, tolerance = 1e-7) # another order of sums in the fit
  # one time is a cluster, and a lag of all times none of a unit's
  expect_equal(
    c(vcov(fit, "DK", time = ~time, lag = 0)), c(vcov(fit, ~time, ssc = ssc("CR0"))), tolerance = ROUNDING * 100 # of sums
  )
})

test_that("automatic lags look at the sums of a time", {
  d <- panel_data()
  fit <- glm_rs(y ~ x + z, poisson, d)
  sums <- rowsum(model.matrix(fit) * fit$weights * fit$residuals, d$time)
  # a series of sums has the covariance of a regression on nothing but them
  for (lag in c("auto", "andrews")) {
    label <- summary(fit, vcov = "DK", time = ~time, lag = lag, kernel = "Parzen")$standard.errors$label
    shown <- as.numeric(sub(".*bandwidth ", "", label))
    skip_if_not_installed("sandwich")
    want <- if (lag == "andrews") sandwich::bwAndrews(sums, kernel = "Parzen", prewhite = 0)
    if (!is.null(want)) expect_equal(shown, want, tolerance = 1e-3) # four digits are shown
  }
})

test_that("what is asked for in error is told", {
  d <- panel_data()
  fit <- glm_rs(y ~ x, poisson, d)
  expect_error(vcov(fit, "DK"), "`time` is missing", class = "glmrs_error_argument")
  expect_error(vcov(fit, "DK", time = ~ time + unit), "one variable, not time and unit", class = "glmrs_error_time")
  expect_error(vcov(fit, "DK", time = rep(1, 140)), "all rows are of one time", class = "glmrs_error_time")
  expect_error(vcov(fit, "DK", time = ~time, lag = 14), "from 0 to 13", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", panel = ~unit, lag = "auto"), "must be a number beside `panel`", class = "glmrs_error_argument")
  d$time[1] <- d$time[d$unit == d$unit[1]][2]
  fit <- glm_rs(y ~ x, poisson, d)
  expect_error(vcov(fit, "HAC", panel = ~unit, order_by = ~time), "two rows at the same time", class = "glmrs_error_panel")
})

test_that("where scores say nothing about lags there are none", {
  perfect <- data.frame(x = 1:8, y = 2 * (1:8))
  fit <- glm_rs(y ~ 0 + x, data = perfect)
  perfect$y[] <- 3
  constant <- glm_rs(y ~ 1, poisson, data = perfect)
  few <- glm_rs(dist ~ speed, data = cars[1:8, ])
  for (kernel in c("Bartlett", "Parzen", "Quadratic Spectral")) {
    for (lag in c("auto", "andrews")) {
      expect_equal(c(vcov(fit, "HAC", lag = lag, kernel = kernel)), 0, tolerance = 1e-20)
      expect_equal(c(vcov(constant, "HAC", lag = lag, kernel = kernel)), 0, tolerance = 1e-20)
      two <- function(...) vcov(few, "DK", time = rep(1:2, 4), kernel = kernel, ...)
      if (lag == "andrews") expect_equal(two(lag = lag), two(bandwidth = 1))
      expect_true(all(is.finite(two(lag = lag))))
    }
  }
})

test_that("Andrews' bandwidth does without the scores of one time", {
  set.seed(5)
  d <- data.frame(x = as.numeric(arima.sim(list(ar = 0.8), 100)), one = seq_len(100) == 50)
  d$y <- rpois(100, exp(1 + 0.3 * as.numeric(arima.sim(list(ar = 0.8), 100))))
  fit <- glm_rs(y ~ x + one, poisson, d, control = PRECISE)
  rest <- glm_rs(y ~ x, poisson, d, weights = as.numeric(!one), control = PRECISE) # its place is kept
  expect_equal(sqrt(vcov(fit, "HAC", lag = "andrews")["x", "x"]), sqrt(vcov(rest, "HAC", lag = "andrews")["x", "x"]), tolerance = 1e-6)
})
