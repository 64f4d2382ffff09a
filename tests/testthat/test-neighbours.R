# as_glm(), and when methods for other packages are registered.

test_that("as_glm() is what glm() returns", {
  for (kind in names(neighbour_fits)) {
    rs <- as_glm(fitted_by(glm_rs, kind)$fit)
    glm <- fitted_by(stats::glm, kind)$fit
    expect_identical(class(rs), class(glm))
    expect_identical(names(rs), names(glm))
    expect_none(differences(rs, glm))
    expect_same(rs$qr$qr, glm$qr$qr)
    expect_same(summary(rs)$coefficients, summary(glm)$coefficients)
    expect_same(hatvalues(rs), hatvalues(glm))
  }
})

test_that("as_glm() of fits with aliased columns, without columns, with levels kept apart", {
  d <- neighbour_data()
  for (fits in list(
    both(y ~ x + x_twice + f, poisson, d, control = PRECISE),
    both(y ~ 0, poisson, d),
    both(t ~ x + factor(seq_along(x) %% 300), data = d[rep(seq_len(120), 5), ])
  )) {
    fits <- lapply(fits, `[[`, "value")
    rs <- as_glm(fits$rs)
    expect_identical(names(rs), names(fits$glm))
    expect_same(vcov(rs), vcov(fits$glm))
  }
})

test_that("as_glm() of other things", {
  glm <- glm(dist ~ speed, data = cars)
  expect_identical(as_glm(glm), glm)
  expect_error(as_glm(lm(dist ~ speed, cars)), "`fit` must be a fit of glm_rs()", class = "glmrs_error_argument", fixed = TRUE)
})

test_that("methods are there whichever package is loaded first", {
  skip_if_not_installed("insight")
  withr::local_envvar(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
  ask <- "stopifnot(insight::get_df(glm_rs(carb ~ wt, poisson, mtcars), type = 'wald') == Inf)"
  for (first in c("loadNamespace('insight'); library(glmrs)", "library(glmrs); loadNamespace('insight')")) {
    code <- shQuote(paste(first, ask, sep = "; "))
    expect_identical(system2(file.path(R.home("bin"), "Rscript"), c("-e", code), stdout = FALSE, stderr = FALSE), 0L)
  }
})
