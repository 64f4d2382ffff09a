# What is shown while work lasts longer than two seconds.

test_that("nobody is told where nobody looks", {
  withr::local_options(glmrs.progress = NULL)
  expect_null(new_progress("Fitting", environment())) # tests are not interactive
  withr::local_options(glmrs.progress = FALSE)
  expect_null(new_progress("Fitting", environment()))
})

test_that("a bar tells the passes over the data, and goes when its work is done", {
  skip_if_not_installed("cli")
  withr::local_options(
    glmrs.progress = TRUE, cli.progress_show_after = 0, cli.dynamic = FALSE, cli.progress_handlers_only = "logger"
  )
  work <- function() {
    tell <- new_progress("Fitting", environment())
    for (passes in c(0.5, 1.25)) tell(passes)
  }
  shown <- capture.output(work())
  expect_match(shown, "created", all = FALSE)
  expect_match(shown, "terminated", all = FALSE)
  expect_length(cli::cli_progress_num(), 1L)
  expect_identical(cli::cli_progress_num(), 0L)
})

test_that("a bar counts the turns of loops in R", {
  skip_if_not_installed("cli")
  withr::local_options(glmrs.progress = FALSE)
  expect_null(new_counter("Replicates", 3, environment())())
  withr::local_options(
    glmrs.progress = TRUE, cli.progress_show_after = 0, cli.dynamic = FALSE, cli.progress_handlers_only = "logger"
  )
  psi <- function(theta, data) cbind(data$dist - theta)
  fit <- m_estimate(psi = psi, data = cars, start = c(mean = 0))
  shown <- capture.output(drawn <- bootstrap(fit, 20, seed = 1))
  expect_match(shown, "created", all = FALSE)
  expect_match(shown, "terminated", all = FALSE)
  withr::local_options(glmrs.progress = FALSE)
  expect_identical(bootstrap(fit, 20, seed = 1)$replicates, drawn$replicates)
})

test_that("iterations are printed as they end, whatever becomes of the fit", {
  d <- grid_data()
  d$y <- rpois(nrow(d), 2)
  lines <- function(...) capture.output(try(invisible(glm_rs(..., trace = TRUE)), silent = TRUE))
  expected <- capture.output(invisible(glm(y ~ x, poisson, d, trace = TRUE)))
  expect_identical(lines(y ~ x, poisson, d), expected)
  # refused after the last iteration
  expect_identical(lines(y ~ x + x_twice, poisson, d, singular.ok = FALSE), expected)
  # a pass and a pool for every iteration
  many <- d[rep(seq_len(nrow(d)), 200), ]
  expect_identical(lines(y ~ x, poisson, many), capture.output(invisible(glm(y ~ x, poisson, many, trace = TRUE))))
})
