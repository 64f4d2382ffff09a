# Least squares of many rows makes its linear predictors when somebody asks for one.

rows <- 66000L

late_data <- function() {
  set.seed(5)
  d <- data.frame(x = stats::rnorm(rows), z = stats::rnorm(rows), f = gl(4L, 1L, rows, c("a", "b", "c", "d")))
  d$w <- stats::runif(rows) + 0.5
  d$o <- stats::rnorm(rows)
  d$y <- 100 + d$x - d$z + d$o + stats::rnorm(rows)
  d
}

test_that("the rows, and what follows from them, are those of glm()", {
  d <- late_data()
  formula <- y ~ x * f + z + offset(o)
  rs <- glm_rs(formula, data = d, weights = w)
  expect_true(is_pending(unclass(rs)$linear.predictors))
  expect_true(is_pending(unclass(glm_rs(formula, data = d))$weights))
  reference <- glm(formula, data = d, weights = w)
  expect_equal(coef(rs), coef(reference), tolerance = TOLERANCE)
  expect_equal(vcov(rs), vcov(reference), tolerance = TOLERANCE)
  for (part in c("deviance", "null.deviance", "aic", "df.residual", "df.null", "rank")) {
    expect_equal(rs[[part]], reference[[part]], tolerance = TOLERANCE, info = part)
  }
  # no number of the rows was needed
  expect_true(is_pending(unclass(rs)$linear.predictors))
  for (part in c("linear.predictors", "fitted.values", "residuals", "weights", "prior.weights", "y")) {
    expect_equal(rs[[part]], reference[[part]], tolerance = TOLERANCE, info = part)
  }
  expect_false(is_pending(unclass(rs)$linear.predictors))
  expect_equal(sandwich::sandwich(rs), sandwich::sandwich(reference), tolerance = TOLERANCE)
  expect_equal(vcov(rs, type = "HC3"), sandwich::vcovHC(reference, "HC3"), tolerance = TOLERANCE, ignore_attr = TRUE)
})

test_that("whoever comes first finds the numbers there", {
  d <- late_data()
  late <- function() glm_rs(y ~ x + z, data = d)
  eta <- glm_rs(y ~ x + z, data = d, model = FALSE)$linear.predictors
  expect_false(is_pending(eta))
  looks <- list(
    function(fit) fit$linear.predictors, fitted, function(fit) predict(fit),
    function(fit) fit$y - residuals(fit, "response"), function(fit) fit$y - residuals(fit, "pearson"),
    function(fit) unserialize(serialize(fit, NULL))$linear.predictors,
    # Rust is the first to need them, or another fit is
    function(fit) {
      vcov(fit, type = "HC0")
      fit$fitted.values
    },
    function(fit) {
      hatvalues(fit)
      fit$fitted.values
    },
    function(fit) {
      confint(fit, parm = "x", test = "LRT")
      fit$fitted.values
    },
    function(fit) glm_rs(linear.predictors ~ x + z, data = cbind(d, unclass(fit)["linear.predictors"]))$fitted.values
  )
  for (i in seq_along(looks)) expect_equal(unname(looks[[i]](late())), unname(eta), tolerance = 1e-12, info = i)
})

test_that("glm_rs_fit() has them, too, with their names", {
  d <- late_data()
  x <- cbind(one = 1, x = d$x, z = d$z)
  y <- setNames(d$y, paste0("r", seq_len(rows)))
  fit <- glm_rs_fit(x, y)
  reference <- glm.fit(x, y)
  expect_true(is_pending(fit$linear.predictors))
  for (part in c("linear.predictors", "fitted.values", "residuals", "weights", "effects")) {
    expect_equal(fit[[part]], reference[[part]], tolerance = TOLERANCE, info = part)
  }
})

test_that("exact fits and responses far from 0 have theirs", {
  d <- late_data()
  for (y in list(3 + 2 * d$x, rep(7, rows), numeric(rows), 1e9 + d$x + d$y)) {
    d$y <- y
    fit <- glm_rs(y ~ x + z, data = d)
    expect_equal(fit$linear.predictors, glm(y ~ x + z, data = d)$linear.predictors, tolerance = TOLERANCE, ignore_attr = TRUE)
  }
})

test_that("data that were changed in memory give no numbers that are wrong", {
  skip_if_not_installed("data.table")
  d <- late_data()
  fit <- glm_rs(y ~ x + z, data = d)
  data.table::set(d, 5L, "x", 9)
  said <- utils::capture.output(values <- unclass(fit)$fitted.values + 0, type = "message")
  expect_true(all(is.nan(values)))
  expect_match(said, "the data have changed in memory", fixed = TRUE)
  # of a data.table the fit has copies
  d <- data.table::as.data.table(late_data())
  fit <- glm_rs(y ~ x + z, data = d)
  data.table::setorderv(d, "x")
  expect_equal(mean(fit$fitted.values), mean(d$y))
})
