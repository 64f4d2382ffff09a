# Robust regression by formula: the numbers of MASS::rlm(), and relations that hold at a solution.

skip_if_not_installed("MASS")

# Both stop where steps are far below what is compared; rlm() measures them otherwise.
NEAR <- 1e-6

robust_data <- function(n = 200) {
  d <- grid_data(n, seed = 3)
  d$y <- 1 + 2 * d$x - d$z + as.integer(d$g) / 3 + d$off + 0.5 * rt(n, 2)
  d$count <- as.double(d$k + 4)
  d$id <- rep(seq_len(n / 5), each = 5)
  d
}
d <- robust_data()

losses <- list(
  huber = list(huber(), MASS::psi.huber), bisquare = list(bisquare(), MASS::psi.bisquare),
  hampel = list(hampel(), MASS::psi.hampel), narrow = list(huber(0.8), function(u, deriv = 0) MASS::psi.huber(u, 0.8, deriv))
)

# The same call with m_estimate() and rlm(), for each loss and scale.
expect_rlm <- function(formula, data, ..., which = names(losses)) {
  more <- as.list(substitute(list(...)))[-1L]
  fit <- function(...) eval(as.call(c(list(...), more)), list(data = data))
  for (name in which) {
    for (scale in c("MAD", "proposal 2")) {
      rs <- fit(
        m_estimate, formula, quote(data), loss = losses[[name]][[1L]], scale = sub(" ", "", scale), tolerance = 1e-10,
        max_iterations = 2000
      )
      rlm <- fit(
        MASS::rlm, formula, quote(data), psi = losses[[name]][[2L]], scale.est = scale, acc = 1e-12, maxit = 2000
      )
      label <- function(what) paste(name, scale, what)
      expect_equal(coef(rs), coef(rlm), tolerance = NEAR, label = label("coefficients"))
      expect_equal(rs$scale, unname(rlm$s), tolerance = NEAR, label = label("scale"))
      expect_equal(unname(rs$w), unname(rlm$w), tolerance = NEAR, label = label("weights"))
      expect_equal(vcov(rs, "model"), vcov(rlm), tolerance = NEAR, label = label("covariance"))
      expect_equal(residuals(rs), residuals(rlm), tolerance = NEAR, label = label("residuals"))
      expect_equal(fitted(rs), fitted(rlm), tolerance = NEAR, label = label("fitted values"))
    }
  }
}

test_that("losses and scales are those of rlm()", {
  expect_rlm(stack.loss ~ ., stackloss)
  expect_rlm(calls ~ year, as.data.frame(MASS::phones), which = c("huber", "bisquare"))
  expect_rlm(y ~ x * g + poly(z, 2), d)
})

test_that("weights, offsets, rows and contrasts are", {
  expect_rlm(y ~ x + h, d, weights = w)
  expect_rlm(y ~ x + h + offset(off), d)
  expect_rlm(y ~ x + h, d, weights = count, wt.method = "case", which = c("huber", "bisquare"))
  expect_rlm(y ~ x + g, d, subset = z > -0.5, contrasts = list(g = "contr.sum"), which = "huber")
  holes <- d
  holes$x[c(3, 17)] <- NA
  expect_rlm(y ~ x + g, holes, na.action = na.omit, which = "huber")
  expect_rlm(y ~ x + g, holes, na.action = na.exclude, which = "huber")
})

test_that("the offset may be an argument", {
  in_formula <- m_estimate(y ~ x + offset(off), d)
  as_argument <- m_estimate(y ~ x, d, offset = off)
  expect_equal(coef(as_argument), coef(in_formula), tolerance = ROUNDING)
  expect_equal(predict(as_argument, d[1:5, ]), predict(in_formula, d[1:5, ]), tolerance = ROUNDING)
})

test_that("the sandwich is that of the equations, stacked where the scale has one", {
  x <- model.matrix(y ~ x + g, d)
  psi_huber <- function(u) pmax(-1.345, pmin(1.345, u))
  for (scale in c("MAD", "proposal2")) {
    fit <- m_estimate(y ~ x + g, d, scale = scale, tolerance = 1e-10, max_iterations = 2000)
    mean_chi <- (1 - ncol(x) / nrow(x)) * integrate(function(z) pmin(z^2, 1.345^2) * dnorm(z), -Inf, Inf, rel.tol = 1e-10)$value
    psi <- function(theta, d) {
      s <- if (scale == "MAD") fit$scale else theta[["s"]]
      u <- drop(d$y - x %*% theta[seq_len(ncol(x))]) / s
      cbind(psi_huber(u) * x, if (scale == "proposal2") pmin(u^2, 1.345^2) - mean_chi)
    }
    start <- c(coef(fit), if (scale == "proposal2") c(s = fit$scale))
    stacked <- m_estimate(psi = psi, data = d, start = start)
    own <- seq_along(coef(fit))
    expect_equal(coef(stacked), start, tolerance = NEAR)
    for (type in c("sandwich", "HAC", "cluster")) {
      # derivatives by differences
      cluster <- if (type == "cluster") d$id
      expect_equal(vcov(fit, type, cluster = cluster), vcov(stacked, type, cluster = cluster)[own, own], tolerance = NEAR)
    }
  }
})

test_that("HC1 and package sandwich agree with the sandwich", {
  skip_if_not_installed("sandwich")
  for (scale in c("MAD", "proposal2")) {
    fit <- m_estimate(y ~ x + g, d, loss = bisquare(), scale = scale, weights = w)
    expect_equal(sandwich::sandwich(fit), vcov(fit), tolerance = 1e-10)
    expect_equal(vcov(fit, "HC1"), vcov(fit) * 200 / 196, tolerance = ROUNDING)
    expect_lt(max(abs(colSums(sandwich::estfun(fit))) / sqrt(diag(crossprod(sandwich::estfun(fit))))), NEAR)
  }
})

test_that("case weights: so many rows to the model, one row of so many times the score to the sandwich", {
  skip_if_not_installed("sandwich")
  for (scale in c("MAD", "proposal2")) {
    fit <- m_estimate(y ~ x + g, d, weights = count, wt.method = "case", scale = scale, tolerance = 1e-10, max_iterations = 2000)
    repeated <- update(fit, data = d[rep(seq_len(nrow(d)), d$count), ], weights = NULL, wt.method = NULL)
    expect_equal(coef(fit), coef(repeated), tolerance = NEAR)
    expect_equal(fit$scale, repeated$scale, tolerance = NEAR)
    expect_equal(vcov(fit, "model"), vcov(repeated, "model"), tolerance = NEAR)
    # rows of a cluster add up, however they are written
    expect_equal(vcov(fit, ~id), vcov(repeated, ~id), tolerance = NEAR)
  }
  rlm <- MASS::rlm(y ~ x + g, d, weights = count, wt.method = "case", acc = 1e-12, maxit = 2000)
  fit <- m_estimate(y ~ x + g, d, weights = count, wt.method = "case", tolerance = 1e-10, max_iterations = 2000)
  expect_equal(unname(sandwich::estfun(fit)), unname(sandwich::estfun(rlm)), tolerance = NEAR, ignore_attr = TRUE)
  expect_equal(fit$meat, sandwich::meat(rlm), tolerance = NEAR)
})

test_that("huber(Inf) is least squares", {
  fit <- m_estimate(y ~ x + g, d, loss = huber(Inf))
  lm <- lm(y ~ x + g, d)
  expect_equal(coef(fit), coef(lm), tolerance = ROUNDING)
  expect_equal(vcov(fit, "model"), vcov(lm), tolerance = 1e-10)
})

test_that("aliased columns are NA and rows of weight 0 take no part", {
  fit <- m_estimate(y ~ x + x_twice + g, d)
  without <- m_estimate(y ~ x + g, d)
  expect_equal(coef(fit)[names(coef(without))], coef(without), tolerance = 1e-10)
  expect_true(is.na(coef(fit)[["x_twice"]]))
  kept <- names(coef(without))
  for (type in c("sandwich", "HC1", "HAC", "model")) {
    expect_equal(vcov(fit, type)[kept, kept], vcov(without, type), tolerance = 1e-8)
  }
  expect_equal(is.na(confint(fit)[, 1L]), is.na(coef(fit)))
  expect_warning(aliased <- predict(fit, d[1:4, ]), class = "glmrs_warning_rank_deficient")
  expect_equal(aliased, predict(without, d[1:4, ]), tolerance = 1e-10)
  d$some <- rep(c(1, 1, 0, 1), 50)
  for (method in c("inv.var", "case")) {
    weighted <- m_estimate(y ~ x + g, d, weights = some, wt.method = method)
    fewer <- m_estimate(y ~ x + g, d, subset = some > 0)
    expect_equal(coef(weighted), coef(fewer), tolerance = ROUNDING)
    for (type in c("sandwich", "HC1", "model")) expect_equal(vcov(weighted, type), vcov(fewer, type), tolerance = 1e-10)
    expect_equal(vcov(weighted, "cluster", cluster = d$id), vcov(fewer, ~id), tolerance = 1e-10)
    expect_equal(wald_test(weighted, ~g)$p.value, wald_test(fewer, ~g)$p.value, tolerance = 1e-8)
    expect_equal(c(nobs(weighted), nobs(fewer), summary(weighted)$nobs, generics::glance(weighted)$nobs), rep(150L, 4))
    expect_output(print(weighted), "150 rows")
  }
  median <- m_estimate(y ~ x + g, d, loss = quantile(0.5), weights = some)
  expect_equal(nobs(median), nobs(lm(y ~ x + g, d, weights = some)))
  expect_equal(vcov(median), vcov(update(median, weights = NULL, subset = some > 0)), tolerance = 1e-8)
})

test_that("the methods of a fit by formula work", {
  holes <- d
  holes$x[c(3, 17)] <- NA
  fit <- m_estimate(y ~ x + g, holes, na.action = na.exclude, weights = w)
  expect_equal(formula(fit), y ~ x + g, ignore_formula_env = TRUE)
  expect_equal(nobs(fit), 198L)
  expect_equal(nrow(model.frame(fit)), 198L)
  expect_length(fitted(fit), 200L)
  expect_equal(is.na(residuals(fit)), is.na(predict(fit)))
  expect_equal(unname(weights(fit))[1:2], d$w[1:2])
  expect_length(weights(fit, "robustness"), 200L)
  new <- d[1:6, ]
  x <- model.matrix(~ x + g, new)
  predicted <- predict(fit, new, se.fit = TRUE, vcov = "HC1")
  expect_equal(predicted$fit, drop(x %*% coef(fit)), tolerance = ROUNDING)
  expect_equal(predicted$se.fit, sqrt(diag(x %*% vcov(fit, "HC1") %*% t(x))), tolerance = 1e-10)
  expect_equal(predict(fit, se.fit = TRUE)$se.fit[1:2], predict(fit, new, se.fit = TRUE)$se.fit[1:2], tolerance = 1e-10)
  expect_output(print(fit), "huber\\(k = 1.345\\).*Scale.*MAD")
  expect_output(print(summary(fit, vcov = "model")), "standard errors: model")
  expect_equal(summary(fit)$coefficients[, 2L], sqrt(diag(vcov(fit))))
  expect_equal(coef(update(fit, weights = NULL)), coef(m_estimate(y ~ x + g, holes)))
})

test_that("a start decides where a loss bends back", {
  far <- c(rnorm(60), rnorm(40, 30))
  near_zero <- m_estimate(far ~ 1, loss = bisquare(), start = 0)
  expect_lt(abs(coef(near_zero)), 1)
  expect_true(near_zero$converged)
})

test_that("one gross outlier does not take the rows of its group with it", {
  set.seed(1)
  e <- data.frame(f = gl(3, 20, labels = c("a", "b", "c")), y = rnorm(60) + rep(0:2, each = 20))
  e$y[25] <- 1e4
  for (loss in list(bisquare(), hampel())) {
    for (formula in list(y ~ f, y ~ 0 + f)) {
      fit <- m_estimate(formula, e, loss = loss)
      expect_true(fit$converged)
      u <- residuals(fit) / fit$scale
      expect_lt(max(abs(colSums(model.matrix(fit) * u * weights(fit, "robustness")))), 1e-5) # units of a row's spread
      expect_lt(abs(predict(fit)[["21"]] - mean(e$y[c(21:24, 26:40)])), 0.3)
    }
  }
  b <- bootstrap(m_estimate(y ~ f, e, loss = bisquare()), 20, seed = 1)
  expect_lt(sum(b$failures), 3)
})

test_that("what has no answer is an error that says so", {
  kind <- function(expr) sub("glmrs_error_", "", class(expect_error(expr, class = "glmrs_error"))[1L])
  expect_equal(kind(huber(-1)), "argument")
  expect_equal(kind(huber(NA)), "argument")
  expect_equal(kind(bisquare(Inf)), "argument")
  expect_equal(kind(hampel(2, 1, 8)), "argument")
  expect_error(hampel(a = -1), "`a` must be a number > 0", class = "glmrs_error_argument")
  expect_error(hampel(b = "x"), "`b` must be a number > 0", class = "glmrs_error_argument")
  expect_error(hampel(c = Inf), "`c` must be finite", class = "glmrs_error_argument")
  expect_equal(kind(m_estimate(y ~ x, d, loss = "huber")), "argument")
  expect_equal(kind(m_estimate(y ~ x, d, loss = huber(0))), "argument")
  expect_equal(kind(m_estimate(y ~ x, d, scale = "Qn")), "argument")
  expect_equal(kind(m_estimate(y ~ x, d, tau = 0.5)), "argument")
  expect_equal(kind(m_estimate(y ~ x, d, start = 1)), "argument")
  expect_equal(kind(m_estimate(y ~ x, d, weights = -w)), "weights")
  expect_equal(kind(m_estimate(y ~ x, d, weights = 0 * w)), "weights")
  expect_equal(kind(m_estimate(g ~ x, d)), "response")
  expect_equal(kind(m_estimate(~x, d)), "formula")
  expect_equal(kind(m_estimate(y ~ 0, d)), "formula")
  expect_equal(kind(m_estimate(y ~ x, d[1:2, ])), "argument")
  expect_equal(kind(m_estimate(I(ifelse(id < 30, 1, y)) ~ 1, d, max_iterations = 500)), "scale")
  d$y[7] <- Inf
  expect_error(m_estimate(y ~ x, d), "`y`.*row 7", class = "glmrs_error_non_finite")
  expect_warning(m_estimate(x ~ z + g, d, max_iterations = 1), class = "glmrs_warning_not_converged")
  d$rare <- factor(seq_len(200) == 9)
  d$z[9] <- 1e4
  # nothing but a row that is rejected tells of its level
  expect_error(
    m_estimate(z ~ x + rare, d, loss = bisquare(), start = c(0, 0, 0)), "rare", class = "glmrs_error_singular"
  )
})

test_that("methods ask for what other regressions have", {
  fit <- m_estimate(y ~ x + z + I(2 * x), data = d, loss = huber()) |> suppressWarnings()
  new <- suppressWarnings(list(predict(fit, d[1:3, ], type = "response"), predict(fit, d[1:3, ])))
  expect_identical(new[[1]], new[[2]])
  expect_error(predict(fit, type = "link"), "`type`", class = "glmrs_error_argument")
  expect_error(predict(fit, vcov = "HC1"), "give `se.fit = TRUE`", class = "glmrs_error_argument")
  expect_error(predict(fit, level = 0.9), "no such argument: `level`", class = "glmrs_error_argument")
  expect_equal(dim(vcov(fit, complete = FALSE)), c(3L, 3L))
  expect_equal(vcov(fit)[1:3, 1:3], vcov(fit, complete = FALSE), ignore_attr = TRUE)
})
