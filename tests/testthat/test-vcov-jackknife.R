# The jackknife beside its definition: one step, or a fit, without each row or cluster.

jackknife_by_definition <- function(without_each, centre = colMeans(without_each)) {
  g <- nrow(without_each)
  (g - 1) / g * crossprod(sweep(without_each, 2L, centre))
}

test_that("the jackknife is what one step without each row or cluster says", {
  d <- vcov_data()
  # one step of glm.fit() from the estimate
  step_without <- function(fit, rows) {
    w <- fit$weights[-rows]
    x <- model.matrix(fit)[-rows, ]
    z <- (fit$linear.predictors + fit$residuals)[-rows] - (fit$offset %||% 0 * fit$weights)[-rows]
    unname(lm.wfit(x, z, w)$coefficients)
  }
  for (call in alist(fitter(y ~ x + f, poisson, d, weights = w), fitter(t ~ x, gaussian, d), fitter(t ~ x + offset(off), Gamma("log"), d))) {
    fit <- settled_pair(call, d)$rs
    for (groups in list(as.list(1:160), split(1:160, d$firm))) {
      b <- vapply(groups, function(rows) step_without(fit, rows), coef(fit))
      g <- length(groups)
      cluster <- if (g < 160) ~firm
      v <- vcov(fit, "jackknife", cluster = cluster)
      expect_equal(c(v), c(jackknife_by_definition(t(b))), tolerance = TOLERANCE)
      v <- vcov(fit, "jackknife", cluster = cluster, center = "estimate")
      expect_equal(c(v), c(jackknife_by_definition(t(b), coef(fit))), tolerance = TOLERANCE)
      crv <- if (g < 160) vcov(fit, ~firm, ssc = ssc("CR3")) else vcov(fit, "HC3")
      expect_equal(c(v), c((g - 1) / g * crv), tolerance = TOLERANCE)
    }
  }
  # a linear model's one step is the fit without the row
  fit <- glm_rs(t ~ x, gaussian, d)
  b <- vapply(1:160, function(i) coef(glm_rs(t ~ x, gaussian, d[-i, ])), coef(fit))
  expect_equal(vcov(fit, "jackknife"), jackknife_by_definition(t(b)), tolerance = TOLERANCE)
})

test_that("a jackknife of fits is that of the fits without each row or cluster", {
  d <- vcov_data(60)
  d$w[5:6] <- 0
  # fits from other starts stop at the same place but for their tolerance
  for (call in alist(
    fitter(y ~ x + f, poisson, d, weights = w, control = PRECISE), fitter(cbind(hits, size - hits) ~ x, binomial, d, control = PRECISE),
    fitter(t ~ x + x_twice, Gamma("log"), d, control = list(epsilon = 1e-12, maxit = 100)),
    fitter(y ~ x, quasi(power(1 / 3), "mu"), d, start = c(1, 0), control = list(epsilon = 1e-14, maxit = 100))
  )) {
    fit <- eval(call, list(fitter = glm_rs, d = d))
    call$start <- ifelse(is.na(coef(fit)), 0, coef(fit))
    for (cluster in list(NULL, ~year)) {
      counted <- which(fit$prior.weights > 0)
      groups <- split(counted, if (is.null(cluster)) counted else d$year[counted])
      b <- vapply(groups, function(rows) coef(eval(call, list(fitter = stats::glm, d = d[-rows, ]))), coef(fit))
      kept <- !is.na(coef(fit))
      b <- t(b[kept, ])
      v <- vcov(fit, "jackknife", cluster = cluster, refit = TRUE, complete = FALSE)
      expect_equal(v, jackknife_by_definition(b), tolerance = TOLERANCE)
      v <- vcov(fit, "jackknife", cluster = cluster, refit = TRUE, center = "estimate", complete = FALSE)
      expect_equal(v, jackknife_by_definition(b, coef(fit)[kept]), tolerance = TOLERANCE)
    }
  }
  expect_match(capture.output(print(summary(fit, vcov = "jackknife", refit = TRUE))), "60 rows, each fitted without", all = FALSE)
  alone <- glm_rs(y ~ I(x == max(x)), poisson, d)
  expect_error(vcov(alone, "jackknife", refit = TRUE), "no fit without row 18: `I.x == max.x..TRUE` is aliased in the rest", class = "glmrs_error_covariance")
})

# The fits of `fitter(d)` to the data without each row, or each value of `groups`.
fits_to_the_rest <- function(fitter, d, groups = seq_len(nrow(d))) {
  do.call(rbind, lapply(unique(groups), function(g) coef_by_name(fitter(d[groups != g, ]))))
}

# Those of a multinomial model are a matrix.
coef_by_name <- function(fit) {
  b <- coef(fit)
  if (is.matrix(b)) stats::setNames(c(t(b)), rownames(vcov(fit))) else b
}

test_that("models that have no leverages are fitted without each row or cluster", {
  skip_on_cran() # it takes seconds
  d <- zero_data_set(120)
  counts <- nb1_data(120)
  categories <- category_data(120)
  for (case in list(
    list(d, function(d) glm_rs(y ~ x | z, zero_inflated(), d, control = PRECISE_MODEL)),
    list(d, function(d) glm_rs(y ~ x | z, hurdle(), d, weights = w, control = PRECISE_MODEL)),
    list(counts, function(d) glm_rs(y ~ x, negative_binomial(type = "nb1"), d, control = PRECISE_MODEL)),
    list(categories[categories$w > 0, ], function(d) glm_rs(y ~ x, multinomial(), d, control = PRECISE_MODEL)),
    list(categories[categories$w > 0, ], function(d) glm_rs(y ~ x + z, cumulative(), d, weights = w, control = PRECISE_MODEL))
  )) {
    d <- case[[1L]]
    fit <- case[[2L]](d)
    names <- names(coef_by_name(fit))
    for (cluster in list(NULL, ~g)) {
      b <- fits_to_the_rest(case[[2L]], d, if (is.null(cluster)) seq_len(nrow(d)) else d$g)
      v <- vcov(fit, "jackknife", cluster = cluster)
      expect_equal(v[names, names], jackknife_by_definition(b), tolerance = 1e-6, ignore_attr = TRUE) # of the searches
    }
    v <- vcov(fit, "jackknife", cluster = ~g, center = "estimate")
    expect_equal(v[names, names], jackknife_by_definition(b, coef_by_name(fit)), tolerance = 1e-6, ignore_attr = TRUE) # as above
  }
  expect_match(capture.output(print(summary(fit, vcov = "jackknife"))), "rows, each fitted without", all = FALSE)
  expect_error(vcov(fit, "jackknife", refit = FALSE), "needs leverages", class = "glmrs_error_covariance")
})

test_that("rows without weight are no rows of a model's jackknife", {
  d <- category_data(150)
  fit <- glm_rs(y ~ x + z, cumulative(), d, weights = w, control = PRECISE_MODEL)
  rest <- glm_rs(y ~ x + z, cumulative(), d[d$w > 0, ], weights = w, control = PRECISE_MODEL)
  expect_equal(vcov(fit, "jackknife"), vcov(rest, "jackknife"), tolerance = TOLERANCE)
})

test_that("M-estimators are fitted without each row or cluster", {
  d <- vcov_data(60)
  X <- cbind(a = 1, b = d$x)
  psi <- function(theta, d) (d$t - theta[1] - theta[2] * d$x) * cbind(1, d$x)
  fit <- m_estimate(psi = psi, data = d, start = c(a = 0, b = 0))
  # a step is a fit where equations are linear
  linear <- glm_rs(t ~ x, gaussian, d)
  for (cluster in list(NULL, ~firm)) {
    expect_equal(vcov(fit, "jackknife", cluster = cluster), vcov(linear, "jackknife", cluster = cluster), tolerance = TOLERANCE, ignore_attr = TRUE)
  }
  # functions of weights, data by indices, an objective with no score: whatever can be resampled
  loss <- function(theta, data, weights = rep(1, 60)) sum(weights * (d$t - theta[1] - theta[2] * d$x)^2)
  by_weights <- m_estimate(loss, data = list(n = 60), start = c(a = 0, b = 0), tolerance = 1e-12)
  expect_equal(vcov(by_weights, "jackknife"), vcov(fit, "jackknife"), tolerance = 1e-5) # derivatives by differences
  by_indices <- m_estimate(
    psi = function(theta, data) psi(theta, d[data$indices, ]), data = list(n = 60, indices = 1:60), start = c(a = 0, b = 0)
  )
  expect_equal(vcov(by_indices, "jackknife"), vcov(fit, "jackknife"), tolerance = TOLERANCE)
  # in Rust
  stacked <- m_estimate(psi = stack_psi(mean = psi_mean(d$t)))
  expect_equal(sqrt(c(vcov(stacked, "jackknife"))), sd(d$t) / sqrt(60), tolerance = TOLERANCE)
  robust <- function(d) m_estimate(t ~ x + x_twice, data = d, loss = huber(), weights = w, tolerance = 1e-10)
  d$w[3:4] <- 0
  counted <- d[d$w > 0, ]
  for (cluster in list(NULL, ~firm)) {
    b <- fits_to_the_rest(robust, counted, if (is.null(cluster)) seq_len(58) else counted$firm)[, 1:2]
    v <- vcov(robust(d), "jackknife", cluster = cluster, complete = FALSE)
    expect_equal(v, jackknife_by_definition(b), tolerance = 1e-7) # of the searches
  }
  expect_match(capture.output(print(summary(fit, vcov = "jackknife"))), "jackknife, 60 rows, each fitted without", all = FALSE)
})

test_that("a jackknife that there cannot be is refused", {
  d <- vcov_data(60)
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(vcov(fit, "jackknife", cluster = ~ firm + year), "one way", class = "glmrs_error_cluster")
  expect_error(vcov(fit, "jackknife", center = "median"), "`center` must be one of", class = "glmrs_error_argument")
  psi <- function(theta, data) (d$y - theta) * 1
  blind <- m_estimate(psi = psi, data = d, start = c(mean = 0))
  expect_error(vcov(blind, "jackknife"), "do not look at what is resampled", class = "glmrs_error_bootstrap")
  expect_error(vcov(blind, "jackknife", refit = FALSE), "needs leverages", class = "glmrs_error_covariance")
  expect_error(vcov(blind, "jackknife", times = 9), "times", class = "glmrs_error_argument")
  median <- m_estimate(y ~ x, data = d, loss = quantile(0.5))
  expect_error(vcov(median, "jackknife"), "wrong in samples of any size", class = "glmrs_error_covariance")
  alone <- m_estimate(y ~ I(x == max(x)), data = d, loss = huber())
  expect_error(vcov(alone, "jackknife"), "no fit without row", class = "glmrs_error_covariance")
})

test_that("rows that decide a coefficient alone have no jackknife", {
  d <- vcov_data(30)
  d$alone <- seq_len(30) == 4
  for (fit in list(glm_rs(t ~ x + alone, gaussian, d), glm_rs(y ~ x + alone, poisson, d))) {
    expect_error(vcov(fit, "jackknife"), "rows that decide a coefficient alone: 4", class = "glmrs_error_leverage")
    expect_error(vcov(fit, "jackknife", refit = TRUE), "no fit without row 4: `aloneTRUE` is aliased in the rest", class = "glmrs_error_covariance")
  }
})
