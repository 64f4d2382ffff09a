# as_glm(), and when methods for other packages are registered.
# Not in R CMD check, which would take minutes for them: `make test` runs them.
skip_on_cran()

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

test_that("a fit with its own theta is to other packages what one of MASS::glm.nb() is", {
  skip_if_not_installed("MASS")
  fit <- glm_rs(stations ~ mag + depth, negative_binomial(), quakes)
  same <- MASS::glm.nb(stations ~ mag + depth, quakes, control = glm.control(epsilon = 1e-12, maxit = 100))
  if (requireNamespace("performance", quietly = TRUE)) {
    number <- function(fit) performance::check_overdispersion(fit)$dispersion_ratio
    expect_equal(number(fit), number(same), tolerance = OTHER_SEARCH)
  }
  if (requireNamespace("car", quietly = TRUE)) {
    number <- function(fit) unlist(car::residualPlots(fit, plot = FALSE, tests = FALSE))
    expect_equal(number(fit), number(same), tolerance = OTHER_SEARCH)
  }
})

test_that("an exposure is an offset to emmeans", {
  skip_if_not_installed("emmeans")
  skip_if_not_installed("MASS")
  fit <- glm_rs(Claims ~ Group, poisson, MASS::Insurance, exposure = Holders)
  same <- glm(Claims ~ Group, poisson, MASS::Insurance, offset = log(Holders))
  means <- lapply(list(as_glm(fit), same), function(fit) as.data.frame(emmeans::emmeans(fit, ~Group))$emmean)
  expect_equal(means[[1L]], means[[2L]], tolerance = TOLERANCE)
})
