# Words for why searches end.

test_that("every status of the core has words, and no other", {
  source <- test_path("..", "..", "src", "rust", "src", "reply.rs")
  skip_if_not(file.exists(source))
  code <- paste(readLines(source), collapse = "\n")
  names_of <- regmatches(code, gregexpr('Status::\\w+ => "\\w+"', code))[[1L]]
  known <- gsub('.*"(\\w+)"', "\\1", names_of)
  expect_length(known, 5)
  expect_setequal(setdiff(names(glmrs:::search_endings), "max_rounds"), known)
})

test_that("the print of a search that did not converge says why in words", {
  fit <- suppressWarnings(m_estimate(psi = function(theta, d) cbind(exp(theta) - d$dist), data = cars, start = c(m = 0), max_iterations = 1))
  expect_equal(fit$status, "max_iterations")
  expect_output(print(fit), "NOT converged (the largest number of iterations was reached) after 1 iteration", fixed = TRUE)
  expect_warning(eval(fit$call), "largest number of iterations was reached (1); try a larger `max_iterations`", fixed = TRUE, class = "glmrs_warning_not_converged")
  fit <- suppressWarnings(poisson_fit(cars$speed, cars$dist, max_iterations = 1))
  expect_equal(fit$termination_reason, "the largest number of iterations was reached")
})
