# Threads: they change no bit of an answer, and a forked process does not hang.

large <- local({
  set.seed(51)
  n <- 60000
  d <- data.frame(x = rnorm(n), z = runif(n), k = sample(0:9, n, TRUE), f = factor(sample(letters[1:7], n, TRUE)))
  d$y <- rpois(n, exp(0.2 * d$x + 0.1 * d$z))
  d$hit <- rbinom(n, 1, plogis(0.3 * d$x - 0.2))
  d$t <- d$x + rnorm(n)
  d
})

fit_with <- function(threads, formula, family, ...) {
  withr::local_envvar(OMP_THREAD_LIMIT = NA, `_R_CHECK_LIMIT_CORES_` = NA)
  fit <- glm_rs(formula, family, large, control = list(threads = threads, ...))
  numeric <- vapply(unclass(fit), is.numeric, NA)
  c(unclass(fit)[numeric], list(predict(fit, large[1:5000, ], se.fit = TRUE), vcov(fit)))
}

test_that("one, two and three threads give the same bits", {
  cases <- list(
    list(y ~ x + z + k + f, poisson), list(hit ~ x * f, binomial), list(t ~ x + z * f, gaussian),
    list(I(y + 1) ~ x + f, Gamma("log")), list(y ~ 0 + f:z + x, quasipoisson)
  )
  for (case in cases) {
    one <- fit_with(1, case[[1L]], case[[2L]])
    for (threads in 2:3) expect_identical(fit_with(threads, case[[1L]], case[[2L]]), one)
  }
  expect_identical(fit_with(2, y ~ x + f, poisson, method = "qr"), fit_with(1, y ~ x + f, poisson, method = "qr"))
  # a column that QR has to decide on
  large$copy <- large$x + 2 * large$z
  again <- function(threads) {
    fit <- glm_rs(y ~ x + z + copy + f, poisson, large, control = list(threads = threads))
    list(coef(fit), vcov(fit), fitted(fit))
  }
  expect_identical(again(2), again(1))
  expect_identical(unname(which(is.na(again(1)[[1L]]))), 4L)
})

test_that("option and environment bound the threads, not the answer", {
  base <- coef(glm_rs(y ~ x + f, poisson, large))
  withr::local_options(glmrs.threads = 1)
  expect_identical(coef(glm_rs(y ~ x + f, poisson, large)), base)
  withr::local_options(glmrs.threads = 64)
  expect_identical(coef(glm_rs(y ~ x + f, poisson, large)), base)
  withr::local_envvar(OMP_THREAD_LIMIT = "1")
  expect_identical(coef(glm_rs(y ~ x + f, poisson, large)), base)
})

test_that("an option that is no number of threads is an error, a variable of the environment is passed over", {
  for (bad in list(0, -1, "all", NA, c(1, 2), 1.5, mean, list(1))) {
    withr::local_options(glmrs.threads = bad)
    expect_error(glm_rs(dist ~ speed, data = cars), "options\\(glmrs.threads =\\)", class = "glmrs_error_argument")
    expect_error(poisson_fit(cars$speed, cars$dist), "options\\(glmrs.threads =\\)", class = "glmrs_error_argument")
    # what is said with the call comes first
    expect_s3_class(glm_rs(dist ~ speed, data = cars, threads = 1), "glm_rs")
  }
  withr::local_options(glmrs.threads = NULL)
  for (bad in c("0", "-1", "all", "")) {
    withr::local_envvar(OMP_THREAD_LIMIT = bad)
    expect_s3_class(glm_rs(dist ~ speed, data = cars), "glm_rs")
  }
})

# Runs `work` in a child of its own and kills it after `seconds`: NULL for a child that hangs.
within <- function(seconds, work) {
  job <- parallel::mcparallel(work())
  result <- parallel::mccollect(job, wait = FALSE, timeout = seconds)
  if (is.null(result)) {
    tools::pskill(job$pid, tools::SIGKILL)
    parallel::mccollect(job, wait = FALSE, timeout = 1)
  }
  result[[1L]]
}

test_that("forked children fit too", {
  skip_on_os("windows")
  parent <- coef(glm_rs(y ~ x + f, poisson, large)) # the parent has used its threads
  child <- within(60, function() coef(glm_rs(y ~ x + f, poisson, large)))
  expect_identical(child, parent)
  asked <- within(60, function() coef(glm_rs(y ~ x + f, poisson, large, control = list(threads = 2))))
  expect_identical(asked, parent)
  several <- within(90, function() {
    parallel::mclapply(1:4, function(i) coef(glm_rs(y ~ x + f, poisson, large, subset = seq_len(20000 + i))), mc.cores = 2)
  })
  expect_length(several, 4)
  expect_identical(several[[3]], coef(glm_rs(y ~ x + f, poisson, large, subset = 1:20003)))
  # and the parent goes on
  expect_identical(coef(glm_rs(y ~ x + f, poisson, large)), parent)
})

test_that("a fit may be interrupted, and the next one is whole", {
  skip_on_cran() # it takes seconds
  skip_on_os("windows")
  base <- coef(glm_rs(y ~ x + f, poisson, large))
  stopped <- within(60, function() {
    # three million rows take longer than the limit
    wide <- large[rep(seq_len(nrow(large)), 50), ]
    setTimeLimit(elapsed = 0.3, transient = TRUE)
    first <- tryCatch(glm_rs(y ~ poly(x, 9, raw = TRUE) + z:f, poisson, wide, epsilon = 1e-14), error = conditionMessage, interrupt = function(e) "interrupt")
    setTimeLimit()
    list(first = first, second = coef(glm_rs(y ~ x + f, poisson, large)))
  })
  expect_type(stopped$first, "character")
  expect_identical(stopped$second, base)
})
