# Functions of the user's that fail, lie, jump or misbehave: R must see what they do, and nothing else may happen.

x <- c(2.1, 3.4, 0.7, 5.2, 4.4, 1.9)
mean_psi <- function(theta, x) cbind(x - theta)
solve_mean <- function(psi, ...) m_estimate(psi = psi, data = x, start = c(mu = 1), ...)
square <- function(theta, x) list(value = sum((x - theta)^2), gradient = -2 * sum(x - theta))

# `f` after `after` calls of `g`.
later <- function(after, f, g = mean_psi) {
  calls <- 0
  function(theta, x) {
    calls <<- calls + 1
    if (calls > after) f(theta, x) else g(theta, x)
  }
}

test_that("a condition of the user's own arrives as it was raised, at the start and later", {
  own <- structure(class = c("my_error", "error", "condition"), list(message = "100% wrong: %s %d", call = NULL, payload = 7))
  for (after in c(0, 1, 2, 3)) {
    caught <- tryCatch(solve_mean(later(after, function(...) stop(own))), my_error = identity)
    expect_identical(caught, own)
  }
  expect_error(m_estimate(later(2, function(...) stop("50% off"), square), data = x, start = 0), "50% off", fixed = TRUE)
  seen <- NULL
  try(withCallingHandlers(solve_mean(later(2, function(...) stop(own))), my_error = function(e) seen <<- sys.nframe()), TRUE)
  expect_gt(seen, 3)
})

test_that("warnings are seen by handlers and may be errors", {
  noisy <- function(theta, x) {
    warning("hm, 10%")
    mean_psi(theta, x)
  }
  count <- 0
  fit <- withCallingHandlers(solve_mean(noisy), warning = function(w) {
    count <<- count + 1
    invokeRestart("muffleWarning")
  })
  expect_equal(coef(fit)[["mu"]], mean(x))
  expect_gte(count, 2)
  expect_match(tryCatch(solve_mean(noisy), warning = conditionMessage), "hm, 10%", fixed = TRUE)
  withr::local_options(warn = 2)
  expect_error(solve_mean(noisy), "hm, 10%", fixed = TRUE)
})

test_that("what is no matrix of the right shape is an error with function, call and parameters", {
  for (bad in list(NULL, "a", list(1), matrix("a", 6, 1), matrix(0, 5, 1), matrix(0, 6, 2), sum, quote(a), factor(x), 1i * x)) {
    for (after in 1:3) {
      e <- expect_error(solve_mean(later(after, function(...) bad)), class = "glmrs_error_callback")
      expect_match(conditionMessage(e), "`psi` returned .* \\(call [0-9]+, theta = c\\(mu = ")
    }
  }
  for (bad in list(NULL, "a", c(1, 2), list(value = 1), list(value = 1, gradient = 1:2), list(value = NULL, gradient = 1))) {
    e <- expect_error(m_estimate(later(3, function(...) bad, square), data = x, start = c(m = 0)), class = "glmrs_error_callback")
    expect_match(conditionMessage(e), "`objective` returned .* theta = c\\(m = ")
  }
  expect_error(solve_mean(function(theta, x) NULL), class = "glmrs_error_callback")
})

test_that("whatever holds the right numbers will do", {
  expected <- coef(solve_mean(mean_psi))
  y <- c(2L, 3L, 10L)
  int <- m_estimate(psi = function(theta, y) cbind(y - as.integer(round(theta))), data = y, start = c(m = 3), jacobian = function(...) -3L)
  expect_true(is.double(coef(int)))
  same <- list(
    data_frame = function(theta, x) data.frame(a = x - theta),
    named = function(theta, x) matrix(x - theta, dimnames = list(letters[1:6], "moment")),
    vector = function(theta, x) x - theta,
    classed = function(theta, x) structure(cbind(x - theta), class = c("mine", "matrix"))
  )
  for (f in same) expect_equal(coef(solve_mean(f)), expected)
  # ALTREP: a compact sequence, a wrapper with metadata, a deferred vector
  fit <- m_estimate(psi = function(theta, d) 1:10 - theta, start = c(m = 1))
  expect_equal(coef(fit), c(m = 5.5))
  flat <- m_estimate(psi = function(theta, d) sort(x - theta), start = c(m = 1))
  expect_equal(coef(flat), c(m = mean(x)))
  always <- m_estimate(function(t, d) (t - 3)^2, gradient = function(t, d) 1:1 * 2 * (t - 3), start = c(m = 0))
  expect_equal(coef(always), c(m = 3))
  expect_equal(coef(m_estimate(psi = function(t, d) c(TRUE, FALSE, TRUE) - t, start = c(p = 0.2))), c(p = 2 / 3))
})

test_that("without a value the search steps back; at the start it is an error", {
  for (void in c(NA, NaN, Inf, -Inf)) {
    # Newton's first step from 0.05 leads below zero
    root <- function(theta, d) cbind(if (theta > 0) 1 - 1 / theta - 0.01 * theta + d * 0 else void + d * 0)
    fit <- m_estimate(psi = root, data = c(0, 0), start = c(t = 2.5))
    expect_equal(1 - 1 / coef(fit)[["t"]] - 0.01 * coef(fit)[["t"]], 0)
    log_barrier <- function(t, d) if (t > 0) list(value = t - log(t), gradient = 1 - 1 / t) else list(value = void, gradient = void)
    for (method in c("lbfgs", "bfgs", "cg", "newton", "trust-region")) {
      expect_equal(coef(m_estimate(log_barrier, start = c(t = 8), method = method))[["t"]], 1)
    }
    expect_error(m_estimate(log_barrier, start = c(t = -1)), class = "glmrs_error_start")
    expect_error(m_estimate(psi = root, data = c(0, 0), start = c(t = -1)), class = "glmrs_error_start")
  }
})

test_that("a search ends at the edge of all values, and asks for none that are not numbers", {
  edge <- function(t) {
    asked <<- c(asked, t)
    if (t < 1) Inf else t^2
  }
  for (method in c("lbfgs", "bfgs", "cg")) {
    asked <- NULL
    expect_warning(fit <- m_estimate(edge, start = c(t = 5), method = method), class = "glmrs_warning_not_converged")
    expect_true(all(is.finite(asked)))
    expect_equal(coef(fit)[["t"]], 1, tolerance = 1e-6) # as near as the search comes, from one side
    expect_error(vcov(fit), "no second derivatives", class = "glmrs_error_singular")
  }
  # what needs second derivatives on the way says where there are none
  for (method in c("newton", "trust-region")) {
    asked <- NULL
    expect_error(m_estimate(edge, start = c(t = 5), method = method), "at theta", class = "glmrs_error_no_derivative")
    expect_true(all(is.finite(asked)))
  }
})

test_that("a log-likelihood in place of its negative is told", {
  eta <- function(b) b[1] + b[2] * mtcars$wt
  of_counts <- function(b) sum(dpois(mtcars$carb, exp(eta(b)), log = TRUE))
  of_shares <- function(b) sum(mtcars$am * eta(b) - log1p(exp(eta(b))))
  of_normal <- function(b) sum(dnorm(mtcars$mpg, b[1], exp(b[2]), log = TRUE))
  for (f in list(of_counts, of_shares, of_normal)) {
    said <- tryCatch(m_estimate(f, start = c(a = 0, b = 0)), error = identity, warning = identity)
    expect_match(conditionMessage(said), "curves down at `start`.*negative logarithm")
  }
})

test_that("functions may fit models, change what is around them and what they were given", {
  skip_on_cran() # it takes seconds
  nested <- function(theta, x) {
    inner <- m_estimate(psi = mean_psi, data = x, start = c(m = 0))
    model <- glm_rs(x ~ 1)
    cbind(coef(inner) + coef(model)[[1L]] - 2 * theta, deparse.level = 0)[rep(1, 6), , drop = FALSE] + (x - mean(x))
  }
  expect_equal(coef(solve_mean(nested))[["mu"]], mean(x))
  trail <- numeric(0)
  fit <- solve_mean(function(theta, x) {
    trail <<- c(trail, theta)
    theta[1L] <- theta[1L] + 0
    names(theta) <- "other"
    junk <- lapply(1:50, function(i) numeric(1e4))
    gc(FALSE)
    mean_psi(unname(theta), x)
  })
  expect_equal(coef(fit), c(mu = mean(x)))
  expect_equal(unname(trail[1L]), 1)
  # an error handled inside is nobody's business
  quiet <- function(theta, x) {
    try(m_estimate(psi = function(...) stop("inner"), start = 1), silent = TRUE)
    mean_psi(theta, x)
  }
  expect_equal(coef(solve_mean(quiet))[["mu"]], mean(x))
})

test_that("jumps out of a function arrive", {
  expect_identical(callCC(function(k) solve_mean(later(2, function(...) k("out")))), "out")
  expect_identical(withRestarts(solve_mean(later(2, function(...) invokeRestart("mine", 5))), mine = function(v) v), 5)
  deep <- function(theta, x) deep(theta, x)
  # not by expect_error(), whose handlers need what is left of the stack
  caught <- tryCatch(solve_mean(later(2, deep)), error = conditionMessage)
  expect_match(caught, "nested too deeply|stack|infinite recursion")
  expect_equal(coef(solve_mean(mean_psi))[["mu"]], mean(x))
})

test_that("errors show the user's call, and what was returned in R's words", {
  expect_identical(conditionCall(tryCatch(m_estimate(psi = function(theta) stop("no"), start = 1), error = identity)), quote(f(theta)))
  expect_identical(conditionCall(tryCatch(solve_mean(function(theta, x) stop("no")), error = identity)), quote(f(theta, data)))
  for (what in list(list(Sys.Date(), "class \"Date\""), list(quote(a), "class \"name\""), list(globalenv(), "class \"environment\""),
                    list(array(0, c(6, 1, 1)), "a double array of dimension 6 x 1 x 1"), list(1L, "an integer vector"))) {
    expect_error(solve_mean(later(1, function(...) what[[1L]])), what[[2L]], fixed = TRUE, class = "glmrs_error_callback")
  }
  expect_error(solve_mean(function() x), "without arguments", class = "glmrs_error_argument")
})

test_that("deep in R's stack a call fails as R fails there, and R goes on", {
  nested <- function(theta, x) solve_mean(nested)
  caught <- tryCatch(solve_mean(nested), error = conditionMessage)
  expect_match(caught, "nested too deeply|stack|infinite recursion")
  expect_equal(coef(solve_mean(mean_psi))[["mu"]], mean(x))
})

test_that("an interrupt ends the search and reaches the caller", {
  skip_on_os("windows")
  code <- tempfile(fileext = ".R")
  on.exit(unlink(code))
  writeLines(c(
    "library(glmrs)",
    "psi <- function(theta, x) { if (theta != 1) { tools::pskill(Sys.getpid(), tools::SIGINT); Sys.sleep(5) }; cbind(x - theta) }",
    "value <- tryCatch(m_estimate(psi = psi, data = 1:3, start = 1), interrupt = function(e) 'interrupted')",
    "cat(value, coef(m_estimate(psi = function(theta, x) cbind(x - theta), data = 1:3, start = 1)))"
  ), code)
  lines <- system2(file.path(R.home("bin"), "Rscript"), shQuote(code), stdout = TRUE, stderr = TRUE)
  expect_identical(lines[length(lines)], "interrupted 2")
})

test_that("failing calls leave no memory behind", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/statm"))
  resident <- function() {
    gc(FALSE)
    scan("/proc/self/statm", quiet = TRUE)[2L] * 4096
  }
  big <- as.double(1:2000)
  failing <- function(theta, d) if (theta == 1) cbind(d - theta) else stop("no")
  fail <- function(times) for (i in seq_len(times)) try(m_estimate(psi = failing, data = big, start = 1), silent = TRUE)
  fail(2000)
  before <- resident()
  fail(20000)
  # one lost vector of rows a call would be 320 MB; R's heap and the table of what Rust protects grow by steps of some MB
  expect_lt(resident() - before, 64e6)
})

test_that("a gradient that is not that of the value is an error, in whatever units; a right one is none", {
  x <- cars$dist
  for (unit in c(1, 1e6, 1e-6)) {
    squares <- function(factor) {
      function(mu, d) list(value = sum((d - mu * unit)^2), gradient = factor * -2 * unit * sum(d - mu * unit))
    }
    fit <- m_estimate(squares(1), data = x, start = c(mu = 0))
    expect_equal(unname(coef(fit)) * unit, mean(x), tolerance = 1e-8)
    expect_error(m_estimate(squares(1.5), data = x, start = c(mu = 0)), "gradient", class = "glmrs_error_gradient")
  }
  # at the solution there is nothing to tell
  at_end <- m_estimate(squares(1), data = x, start = c(mu = mean(x) / unit))
  expect_true(at_end$converged)
  # a function that bends at once
  steep <- function(b, d) list(value = sum(exp(1e6 * d * b) - b), gradient = sum(1e6 * d * exp(1e6 * d * b) - 1))
  expect_true(m_estimate(steep, data = c(0.5, 1), start = c(b = 0))$converged)
})
