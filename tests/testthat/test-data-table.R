# Data that data.table changes in place: a fit stays as it was.

skip_if_not_installed("data.table")
set.seed(51)
plain <- data.frame(
  x = rnorm(80), y = rpois(80, 3) + 1L, g = gl(4, 1, 80, c("a", "b", "c", "d")), w = runif(80, 1, 2), off = runif(80), id = gl(20, 4),
  alt = gl(4, 1, 80, paste0("m", 1:4))
)
plain$chosen <- as.integer(plain$alt == "m2")
# of memory of its own
table_of <- function(data) data.table::copy(data.table::as.data.table(data))

# Everything late that reads rows again, before and after the changes.
expect_unchanged <- function(fit_to, ...) {
  D <- table_of(plain)
  fit <- fit_to(D)
  asked <- list(...)
  reference <- fit_to(plain)
  before <- lapply(asked, function(f) f(reference))
  data.table::setkeyv(D, c("w", "x"))
  data.table::set(D, 1L, "y", 999L)
  data.table::setattr(D$g, "levels", c("w", "x", "y", "z"))
  data.table::set(D, NULL, "off", rev(D$off))
  testthat::expect_equal(lapply(asked, function(f) f(fit)), before)
}

test_that("setkey(), set() and setattr() leave a fit as it was", {
  late <- list(
    residuals, function(fit) residuals(fit, "pearson"), function(fit) vcov(fit, "HC3"), function(fit) as.data.frame(drop1(fit)),
    function(fit) lapply(model.frame(fit), identity), model.matrix, hatvalues, function(fit) predict(fit, type = "terms")
  )
  of <- function(call) function(data) eval(call, list(data = data))
  do.call(expect_unchanged, c(of(quote(glm_rs(y ~ x + g, poisson(), data, weights = w, offset = off))), late))
  do.call(expect_unchanged, c(of(quote(glm_rs(log(y) ~ x + g, gaussian(), data, subset = x < 1))), late))
  do.call(expect_unchanged, c(of(quote(glm_rs(y ~ x + g, poisson(), identity(data)))), late))
  expect_unchanged(of(quote(glm_rs(y ~ x + g, zero_truncated(), data))), fitted, function(fit) vcov(fit, "HC1"))
  expect_unchanged(of(quote(glm_rs(pmax(y - 3L, 0L) ~ x | g, hurdle(), data))), fitted, function(fit) vcov(fit, "HC1"))
  expect_unchanged(of(quote(glm_rs(g ~ x, multinomial(), data))), fitted, function(fit) vcov(fit, "HC1"))
  expect_unchanged(
    of(quote(suppressWarnings(glm_rs(chosen ~ x, multinomial(alternatives = ~alt, id = ~id), data)))), fitted, residuals
  )
  expect_unchanged(of(quote(m_estimate(y ~ x + g, data))), residuals, vcov, model.matrix)
})

test_that("so do functions of the data", {
  psi <- function(theta, data) cbind(data$y - theta[["mean"]], (data$y - theta[["mean"]]) * data$x - theta[["slope"]])
  expect_unchanged(function(data) m_estimate(psi = psi, start = c(mean = 1, slope = 0), data = data), vcov, function(fit) {
    bootstrap(fit, 5, seed = 1)$replicates
  })
})

test_that("columns of a plain data frame are not copied", {
  fit <- glm_rs(y ~ x, poisson(), plain)
  expect_identical(data.table::address(fit$model$x), data.table::address(plain$x))
})
