# poisson_fit() against stats::glm(), package sandwich and its own score equations; and what it says to bad input.

poisson_data <- function(n = 300) {
  set.seed(11)
  x <- matrix(rnorm(3 * n), n, dimnames = list(NULL, c("a", "b", "c")))
  d <- list(x = x, w = runif(n, 0.5, 2), o = runif(n, -1, 1))
  d$y <- rpois(n, exp(0.3 + d$o + drop(x %*% c(0.5, -0.3, 0.1))) * rgamma(n, 2, 2))
  d
}
d <- poisson_data()

# glm() on the same numbers, stopped by rounding errors alone.
reference <- function(..., intercept = TRUE) {
  suppressWarnings(if (intercept) {
    glm(d$y ~ d$x, family = poisson, control = list(epsilon = 1e-14, maxit = 100), ...)
  } else {
    glm(d$y ~ 0 + d$x, family = poisson, control = list(epsilon = 1e-14, maxit = 100), ...)
  })
}

close_to <- function(a, b, tolerance = 1e-9) expect_equal(unname(a), unname(b), tolerance = tolerance)

expect_fit_of_glm <- function(fit, glm) {
  expect_true(fit$converged)
  expect_equal(fit$termination_reason, "converged")
  close_to(coef(fit), coef(glm), 1e-10)
  close_to(vcov(fit), vcov(glm), AT_LAST_STEP)
  close_to(fitted(fit), fitted(glm))
  close_to(fit$linear.predictors, glm$linear.predictors)
  close_to(deviance(fit), deviance(glm), 1e-12)
  close_to(fit$null.deviance, glm$null.deviance, 1e-12)
  expect_equal(c(df.residual(fit), fit$df.null, fit$rank), c(df.residual(glm), glm$df.null, glm$rank))
  for (type in c("deviance", "pearson", "working", "response")) {
    close_to(residuals(fit, type), residuals(glm, type), 1e-8)
  }
  close_to(vcov(fit, "sandwich"), sandwich::sandwich(glm), AT_LAST_STEP)
}

test_that("without a penalty it is glm()", {
  expect_fit_of_glm(poisson_fit(d$x, d$y), reference())
  expect_fit_of_glm(poisson_fit(d$x, d$y, fit_intercept = FALSE), reference(intercept = FALSE))
  expect_fit_of_glm(poisson_fit(d$x, d$y, weights = d$w), reference(weights = d$w))
  expect_fit_of_glm(poisson_fit(d$x, d$y, offset = d$o), reference(offset = d$o))
  expect_fit_of_glm(poisson_fit(d$x, d$y, weights = d$w, offset = d$o), reference(weights = d$w, offset = d$o))
  expect_fit_of_glm(
    poisson_fit(d$x, d$y, fit_intercept = FALSE, offset = d$o), reference(offset = d$o, intercept = FALSE)
  )
  some <- replace(d$w, 1:50, 0)
  fit <- poisson_fit(d$x, d$y, weights = some)
  close_to(coef(fit), coef(reference(weights = some)), 1e-10)
  expect_equal(df.residual(fit), df.residual(reference(weights = some)))
  expect_equal(nobs(fit), 250)
})

test_that("likelihood and information criteria", {
  fit <- poisson_fit(d$x, d$y)
  expect_equal(logLik(fit), logLik(reference()))
  expect_equal(c(AIC(fit), BIC(fit)), c(AIC(reference()), BIC(reference())))
  expect_equal(nobs(fit), 300)
  expect_true(is.na(AIC(poisson_fit(d$x, d$y, alpha = 1))))
  # counts that are not whole: the quasi-likelihood
  half <- poisson_fit(d$x, d$y / 2)
  close_to(coef(half)[-1], coef(fit)[-1])
  close_to(half$log_likelihood, sum(d$y / 2 * half$linear.predictors - fitted(half) - lgamma(d$y / 2 + 1)))
})

test_that("the score equations hold with a penalty", {
  for (alpha in c(0, 0.1, 5, 1000)) {
    for (intercept in c(TRUE, FALSE)) {
      fit <- poisson_fit(d$x, d$y, alpha, intercept, weights = d$w, offset = d$o)
      slopes <- coef(fit)[colnames(d$x)]
      residual <- d$w * (d$y - fitted(fit))
      expect_equal(drop(crossprod(d$x, residual)), alpha * slopes, tolerance = 1e-8)
      if (intercept) expect_lt(abs(sum(residual)), 1e-8)
      eta <- fit$linear.predictors
      expect_equal(fit$objective, sum(d$w * (exp(eta) - d$y * eta)) + alpha / 2 * sum(slopes^2))
      expect_equal(fit$inference_available, alpha == 0)
    }
  }
})

test_that("numbers of the Python ancestor", {
  # crabbymetrics 0.9.1: Poisson(alpha, tolerance = 1e-12, max_iterations = 1000).fit(x, y); summary(vcov = "qmle")
  x <- cbind(cos(1:40), sin(2 * (1:40)))
  y <- (1:40 * 7) %% 5
  ANCESTOR <- 1e-6 # its search ended some 1e-7 before
  fit <- poisson_fit(x, y)
  close_to(coef(fit), c(0.691135687494, 0.0987948599239, 0.00321666030505), ANCESTOR)
  close_to(summary(fit, "qmle")$coefficients[, 2], c(0.112157853458, 0.159705966332, 0.158341183202), ANCESTOR)
  close_to(summary(fit)$coefficients[, 2], c(0.112031235664, 0.160359025532, 0.156338213449), ANCESTOR)
  fit <- poisson_fit(x, y, alpha = 3)
  close_to(coef(fit), c(0.691438203148, 0.0917333468145, 0.00334531378706), ANCESTOR)
  close_to(fit$objective, 24.3702795343, 1e-8)
})

test_that("covariances, summaries, intervals", {
  fit <- poisson_fit(d$x, d$y)
  glm <- reference()
  close_to(vcov(fit, "sandwich"), sandwich::vcovHC(glm, type = "HC0"), AT_LAST_STEP)
  expect_identical(vcov(fit, "qmle"), vcov(fit, "sandwich"))
  expect_equal(dimnames(vcov(fit)), rep(list(c("(Intercept)", "a", "b", "c")), 2))
  close_to(summary(fit)$coefficients, summary(glm)$coefficients, AT_LAST_STEP)
  expect_equal(colnames(summary(fit)$coefficients), colnames(summary(glm)$coefficients))
  expect_equal(summary(fit, vcov = "qmle")$vcov_type, "sandwich")
  close_to(summary(fit, vcov = "sandwich")$coefficients[, 2], sqrt(diag(sandwich::sandwich(glm))), AT_LAST_STEP)
  close_to(confint(fit, level = 0.9), confint.default(glm, level = 0.9))
  expect_equal(colnames(confint(fit)), colnames(confint.default(glm)))
  expect_equal(dim(confint(fit, c("a", "c"), type = "sandwich")), c(2L, 2L))
  penalised <- poisson_fit(d$x, d$y, alpha = 2)
  expect_error(vcov(penalised), "alpha = 2", class = "glmrs_error_inference")
  expect_error(confint(penalised), class = "glmrs_error_inference")
  expect_equal(colnames(summary(penalised)$coefficients), "Estimate")
  expect_null(summary(penalised)$vcov)
  expect_error(summary(fit, vcov = "HC9"), "`vcov`", class = "glmrs_error")
  expect_error(vcov(fit, type = 3), "`type`", class = "glmrs_error")
  expect_error(confint(fit, level = 2), "`level`", class = "glmrs_error")
})

test_that("predictions", {
  frame <- as.data.frame(d$x)
  glm <- suppressWarnings(glm(d$y ~ a + b + c, poisson, frame, control = list(epsilon = 1e-14, maxit = 100)))
  fit <- poisson_fit(frame, d$y)
  new <- data.frame(c = c(1, 2, NA), b = 0:2, extra = 9, a = c(-1, 0.5, 1))
  expect_equal(predict(fit, new), unname(predict(glm, new, type = "response")))
  expect_equal(predict(fit, as.matrix(new), "link"), unname(predict(glm, new)))
  expect_equal(predict(fit, unname(as.matrix(new[c("a", "b", "c")]))), predict(fit, new))
  expect_equal(predict(fit), fitted(fit))
  expect_equal(predict(fit, type = "link"), log(fitted(fit)))
  integers <- matrix(c(1L, NA, 2L, 3L, 4L, 5L), 2)
  expect_equal(is.na(predict(fit, integers)), c(FALSE, TRUE))
  rownames(integers) <- c("u", "v")
  expect_named(predict(fit, integers), c("u", "v"))

  exposed <- poisson_fit(d$x, d$y, offset = d$o)
  expect_equal(predict(exposed, d$x, offset = d$o), fitted(exposed))
  expect_error(predict(exposed, d$x), "offset", class = "glmrs_error_argument")
  expect_error(predict(exposed, d$x, offset = 1), "`offset`", class = "glmrs_error_argument")
  expect_error(predict(fit, d$x[, 1:2]), "no column `c`", class = "glmrs_error_argument")
  expect_error(predict(fit, unname(d$x[, 1:2])), "3 columns", class = "glmrs_error_argument")
  expect_error(predict(fit, "a"), "`newdata`", class = "glmrs_error_argument")
  expect_error(predict(fit, d$x, "terms"), "`type`", class = "glmrs_error_argument")
})

test_that("predictions where columns have one name, the intercept's or none", {
  set.seed(3)
  x <- cbind(a = cars$speed, b = rnorm(50) / 9, a = runif(50))
  fit <- poisson_fit(x, cars$dist)
  expect_equal(predict(fit, x), fitted(fit))
  expect_equal(predict(fit, x[3:4, ], se.fit = TRUE)$se.fit, predict(fit, se.fit = TRUE)$se.fit[3:4])
  expect_equal(predict(fit, unname(x)), fitted(fit))
  expect_error(predict(fit, x[, c(2, 1, 3)]), "in the order of `x`", class = "glmrs_error_argument")
  expect_error(predict(fit, cbind(x, c = 1)), "3 columns", class = "glmrs_error_argument")
  colnames(x) <- c("a", "", NA)
  fit <- poisson_fit(x, cars$dist)
  expect_equal(predict(fit, x), fitted(fit))

  X <- model.matrix(~ speed, cars)
  plain <- poisson_fit(X, cars$dist, fit_intercept = FALSE)
  expect_equal(predict(plain, X), fitted(plain), ignore_attr = "names")
  expect_warning(both <- poisson_fit(X, cars$dist), class = "glmrs_warning_rank_deficient")
  expect_warning(again <- predict(both, X[, 2:1]), class = "glmrs_warning_rank_deficient")
  expect_equal(again, fitted(both), ignore_attr = "names")
})

test_that("x may be many things", {
  whole <- round(3 * d$x)
  integers <- whole
  storage.mode(integers) <- "integer"
  expect_equal(coef(poisson_fit(integers, d$y)), coef(poisson_fit(whole, d$y)), tolerance = 1e-12)
  expect_equal(coef(poisson_fit(as.data.frame(whole), as.integer(d$y))), coef(poisson_fit(whole, d$y)))
  expect_named(coef(poisson_fit(d$x[, 1], d$y)), c("(Intercept)", "x1"))
  expect_equal(unname(coef(poisson_fit(d$x[, 1] > 0, d$y))), unname(coef(poisson_fit(+(d$x[, 1] > 0), d$y))))
  expect_named(coef(poisson_fit(unname(d$x), matrix(d$y), fit_intercept = FALSE)), c("x1", "x2", "x3"))
  none <- poisson_fit(d$x[, 0], d$y)
  expect_equal(coef(none), c("(Intercept)" = log(mean(d$y))))
  expect_equal(none$deviance, none$null.deviance)
})

test_that("units of the columns do not matter", {
  glm <- reference()
  scales <- c(1e8, 1e-8, 1)
  fit <- poisson_fit(d$x %*% diag(scales), d$y)
  expect_true(fit$converged)
  expect_lt(fit$iterations, 20)
  close_to(coef(fit), coef(glm) / c(1, scales), 1e-9)
  close_to(coef(poisson_fit(sweep(d$x, 2, c(100, -50, 30), "+"), d$y))[-1], coef(glm)[-1], STOPPING)
})

test_that("bad input is refused by name and row", {
  refused <- function(expr, ..., class = "glmrs_error") {
    e <- expect_error(expr, class = class)
    for (pattern in c(...)) expect_match(conditionMessage(e), pattern)
    expect_match(deparse(conditionCall(e)[[1L]]), "poisson_fit")
  }
  for (bad in c(NA, NaN, Inf, -Inf)) {
    refused(poisson_fit(replace(d$x, 307, bad), d$y), "`x\\[, 2\\]`", "row 7\\b", class = "glmrs_error_non_finite")
    refused(poisson_fit(d$x[, 1], replace(d$y, 7, bad)), "`y`", "row 7\\b")
    refused(poisson_fit(d$x, d$y, weights = replace(d$w, 7, bad)), "`weights`", "row 7\\b")
    refused(poisson_fit(d$x, d$y, offset = replace(d$o, 7, bad)), "`offset`", "row 7\\b")
  }
  refused(poisson_fit(matrix(c(1L, NA, 3L)), 1:3), "`x`", "row 2\\b")
  refused(poisson_fit(d$x, replace(d$y, 9, -1)), "`y`", "row 9\\b", class = "glmrs_error_response")
  refused(poisson_fit(d$x, d$y, weights = replace(d$w, 9, -1)), "`weights`", "row 9\\b", class = "glmrs_error_weights")
  refused(poisson_fit(d$x, d$y, weights = 0 * d$w), "`weights`", class = "glmrs_error_weights")
  refused(poisson_fit(d$x, d$y[-1]), "`y`", "300", "299", class = "glmrs_error_argument")
  refused(poisson_fit(d$x, d$y, weights = 1), "`weights`", "300")
  refused(poisson_fit(d$x, d$y, offset = 1:2), "`offset`", "300")
  for (far in c(-900, 900)) refused(poisson_fit(d$x, d$y, offset = d$o + far), "`offset` is so large or small")
  for (y in list("a", NULL, factor(d$y), list(1), cbind(d$y, d$y))) refused(poisson_fit(d$x, y), "`y`")
  for (x in list("a", NULL, factor(d$y), list(1), array(1, c(2, 2, 2)), mean)) refused(poisson_fit(x, d$y), "`x`")
  refused(poisson_fit(data.frame(u = 1:3, v = letters[1:3]), 1:3), "`v`", "`x`")
  refused(poisson_fit(d$x), "`y`")
  refused(poisson_fit(y = d$y), "`x`")
  refused(poisson_fit(d$x[0, ], numeric()), "`x`", class = "glmrs_error_data")
  refused(poisson_fit(d$x[, 0], d$y, fit_intercept = FALSE), class = "glmrs_error_data")
  for (alpha in list(-1, NA, Inf, "1", 1:2, NULL)) refused(poisson_fit(d$x, d$y, alpha), "`alpha`")
  for (bad in list(NA, "yes", NULL, c(TRUE, TRUE))) {
    refused(poisson_fit(d$x, d$y, fit_intercept = bad), "`fit_intercept`")
  }
  for (bad in list(0, -1, NA, Inf, "5", NULL)) {
    refused(poisson_fit(d$x, d$y, max_iterations = bad), "`max_iterations`")
  }
  for (bad in list(0, -1, NA, "a", NULL)) refused(poisson_fit(d$x, d$y, tolerance = bad), "`tolerance`")
})

test_that("a fit that ended badly is returned with a warning", {
  expect_warning(
    fit <- poisson_fit(d$x, d$y, max_iterations = 2), "max_iterations",
    class = "glmrs_warning_not_converged"
  )
  expect_false(fit$converged)
  expect_equal(fit$iterations, 2L)
  expect_true(all(is.finite(coef(fit))))
  expect_warning(
    fit <- poisson_fit(cbind(d$x, e = d$x[, 1] - d$x[, 2]), d$y), "\\be\\b",
    class = "glmrs_warning_rank_deficient"
  )
  close_to(coef(fit), c(coef(reference()), NA), 1e-10)
  expect_equal(is.na(diag(vcov(fit))), c("(Intercept)" = FALSE, a = FALSE, b = FALSE, c = FALSE, e = TRUE))
  expect_equal(dim(vcov(fit, complete = FALSE)), c(4L, 4L))
  expect_equal(nrow(summary(fit)$coefficients), 4L)
  expect_warning(predict(fit, cbind(d$x, e = 0)), "rank-deficient")
  # with a penalty the same columns are no problem
  expect_silent(fit <- poisson_fit(cbind(d$x, e = d$x[, 1] - d$x[, 2]), d$y, alpha = 1))
  expect_true(fit$converged)
})

test_that("weights() are those of a glm, NULL where none were given", {
  glm <- reference(weights = d$w)
  fit <- poisson_fit(d$x, d$y, weights = d$w)
  expect_identical(weights(fit), d$w)
  close_to(weights(fit, "prior"), weights(glm))
  close_to(weights(fit, "working"), weights(glm, "working"), AT_LAST_STEP)
  expect_null(weights(poisson_fit(d$x, d$y)))
  close_to(weights(poisson_fit(d$x, d$y), "working"), weights(reference(), "working"), AT_LAST_STEP)
  expect_error(weights(fit, "robustness"), "`type`", class = "glmrs_error_argument")
})

test_that("no counts at all", {
  fit <- poisson_fit(d$x, 0 * d$y)
  expect_lt(fit$deviance, 1e-8)
})

test_that("fits survive a file and can be printed", {
  fit <- poisson_fit(d$x, d$y, offset = d$o)
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(fit, file)
  again <- readRDS(file)
  expect_equal(again, fit)
  expect_equal(predict(again, d$x, offset = d$o), fitted(fit))
  expect_equal(vcov(again, "sandwich"), vcov(fit, "sandwich"))
  expect_output(print(fit), "Poisson regression, 300 observations.*\\(Intercept\\).*Converged after")
  expect_output(print(summary(fit)), "inverse information.*Estimate Std. Error z value")
  expect_output(print(summary(fit, "qmle")), "sandwich \\(HC0\\)")
  expect_output(print(summary(poisson_fit(d$x, d$y, alpha = 2))), "alpha = 2.*no standard errors")
  expect_output(suppressWarnings(print(poisson_fit(d$x, d$y, max_iterations = 1))), "NOT converged")
})

test_that("confint() of coefficients that are not there", {
  fit <- poisson_fit(cars$speed, cars$dist)
  expect_error(confint(fit, "nobody"), "nobody", class = "glmrs_error_argument")
  expect_error(confint(fit, 3), "`parm`", class = "glmrs_error_argument")
  expect_identical(confint(fit, 2), confint(fit)[2, , drop = FALSE])
  expect_identical(confint(fit, -1), confint(fit)[2, , drop = FALSE])
})

test_that("a ridge with more columns than rows converges to its score equations", {
  set.seed(1)
  for (size in list(c(20, 60), c(50, 200))) {
    x <- matrix(rnorm(prod(size)), size[1])
    y <- rpois(size[1], exp(0.5 + 0.5 * x[, 1] - 0.3 * x[, 2]))
    for (alpha in c(0.01, 0.1, 1)) {
      fit <- poisson_fit(x, y, alpha = alpha)
      expect_true(fit$converged)
      score <- crossprod(cbind(1, x), y - fitted(fit)) - alpha * c(0, coef(fit)[-1])
      expect_lt(max(abs(score)), 1e-8 * sum(y))
    }
  }
})
