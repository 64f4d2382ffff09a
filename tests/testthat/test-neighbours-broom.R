# broom, ggplot2, knitr, xtable, boot, caret, statmod, arm, AER, pscl and brglm2 on a fit.
# Not in R CMD check, which would take minutes for them: `make test` runs them.
skip_on_cran()

test_that("broom", {
  skip_if_not_installed("broom")
  # warnings of rlang come once a session: the option makes them come every time
  withr::local_options(rlib_warning_verbosity = "verbose")
  expect_same_by_both(
    names(neighbour_fits),
    broom::tidy(fit), broom::glance(fit), broom::augment(fit), broom::augment(fit, d, type.residuals = "pearson"),
    broom::augment(fit, newdata = d[1:5, ], type.predict = "response", se_fit = TRUE), broom::tidy(anova(fit, test = "Chisq"))
  )
  expect_same_by_both(c("poisson", "binary"), broom::tidy(fit, conf.int = TRUE, exponentiate = TRUE))
})

test_that("ggplot2", {
  skip_if_not_installed("ggplot2")
  skip_if_not_installed("broom")
  expect_same_by_both(
    "poisson",
    ggplot2::fortify(fit, d),
    ggplot2::layer_data(ggplot2::ggplot(broom::augment(fit), ggplot2::aes(.fitted, .resid)) + ggplot2::geom_point()),
    ggplot2::layer_data(
      ggplot2::ggplot(d, ggplot2::aes(x, y)) +
        ggplot2::geom_smooth(method = fitter, formula = y ~ x, method.args = list(family = poisson()))
    )
  )
})

test_that("knitr and xtable", {
  skip_if_not_installed("knitr")
  expect_same_by_both(
    c("poisson", "gaussian"),
    knitr::knit(text = c("```{r}", "fit", "summary(fit)", "anova(fit, test = 'Chisq')", "```"), quiet = TRUE, envir = environment()),
    knitr::kable(coef(summary(fit)))
  )
  skip_if_not_installed("xtable")
  expect_same_by_both(c("poisson", "gaussian"), xtable::xtable(fit), xtable::xtable(summary(fit)), xtable::xtable(anova(fit)))
})

test_that("a document with a fit is rendered", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available())
  folder <- withr::local_tempdir()
  writeLines(
    c("---", "output: rmarkdown::md_document", "---", "", "```{r}", "glmrs::glm_rs(dist ~ speed, data = cars)", "```"),
    file.path(folder, "fit.Rmd")
  )
  rmarkdown::render(file.path(folder, "fit.Rmd"), quiet = TRUE)
  lines <- readLines(file.path(folder, "fit.md"))
  expect_match(lines, "Residual Deviance: 11350", fixed = TRUE, all = FALSE)
})

test_that("boot", {
  skip_if_not_installed("boot")
  expect_same_by_both(
    c("poisson", "gaussian"),
    boot::cv.glm(d, fit, K = 5)$delta, boot::glm.diag(fit),
    boot::boot(d, function(data, rows) coef(update(fit, data = data[rows, ])), R = 10)$t,
    tolerance = 1e-6 # each refit stops where it stops
  )
})

test_that("caret", {
  skip_if_not_installed("caret")
  expect_same_by_both(c("poisson", "binary"), caret::varImp(fit))
  by_glm_rs <- caret::getModelInfo("glm", regex = FALSE)$glm
  by_glm_rs$fit <- function(x, y, wts, param, lev, last, classProbs, ...) {
    glm_rs(.outcome ~ ., data = data.frame(x, .outcome = y), weights = wts, ...)
  }
  d <- neighbour_data()
  d$class <- factor(ifelse(d$b == 1, "yes", "no"))
  folds <- caret::trainControl(method = "cv", number = 3)
  for (train in list(
    function(method) caret::train(t ~ x + f, d, method = method, family = Gamma("log"), trControl = folds),
    function(method) caret::train(class ~ x + f + g, d, method = method, family = binomial(), trControl = folds),
    function(method) caret::train(t ~ x + g, d, weights = w, method = method, family = gaussian(), trControl = folds)
  )) {
    rs <- withr::with_seed(1, train(by_glm_rs))
    glm <- withr::with_seed(1, train("glm"))
    expect_s3_class(rs$finalModel, "glm_rs")
    expect_same(rs$results, glm$results, 1e-6) # both stop at the usual epsilon
    expect_same(coef(rs$finalModel), coef(glm$finalModel))
    expect_same(predict(rs, d), predict(glm, d))
  }
})

test_that("statmod", {
  skip_if_not_installed("statmod")
  # where glmrs was attached last
  expect_equal(tweedie(var.power = 1.5, link.power = 0), statmod::tweedie(1.5, 0), ignore_function_env = TRUE)
  expect_equal(tweedie(1.5, 0), statmod::tweedie(1.5, 0), ignore_function_env = TRUE)
  expect_same_by_both(c("poisson", "binary", "grouped", "gamma"), statmod::qresiduals(fit))
  expect_same_by_both(
    "gamma",
    statmod::glm.scoretest(smaller, d$z), fitter(y ~ x, statmod::tweedie(1.5, 0), d),
    fitter(t ~ x + f, statmod::tweedie(2, 0), d)
  )
})

test_that("arm", {
  skip_if_not_installed("arm")
  expect_same_by_both(
    c("poisson", "binary", "gaussian"),
    arm::se.coef(fit), arm::sigma.hat(fit), arm::standardize(fit), capture.output(arm::coefplot(fit)),
    # without the line of the call
    capture.output(arm::display(fit, detail = TRUE))[-1]
  )
  # the signs of the eigenvectors of a covariance depend on its last digit, and with them what mvrnorm() draws
  expect_same_by_both("poisson", abs(sweep(coef(arm::sim(fit, 5)), 2, coef(fit)) %*% eigen(vcov(fit))$vectors))
})

test_that("AER, pscl and brglm2", {
  skip_if_not_installed("AER")
  expect_same_by_both("poisson", AER::dispersiontest(fit), AER::dispersiontest(fit, trafo = 1))
  skip_if_not_installed("pscl")
  expect_same_by_both(c("poisson", "binary", "gamma"), pscl::pR2(fit))
  expect_same_by_both(c("poisson", "binary"), pscl::predprob(fit))
  expect_same_by_both("binary", capture.output(print(pscl::hitmiss(fit))))
  expect_same_by_both("poisson", capture.output(pscl::vuong(fit, smaller)))
  skip_if_not_installed("brglm2")
  expect_same_by_both("binary", fitter(b ~ x, binomial(brglm2::mis(link = "logit", sensitivity = 0.9, specificity = 0.95)), d))
})
