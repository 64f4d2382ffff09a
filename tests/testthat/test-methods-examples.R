# R's own examples print the same when glm() is glm_rs().

topics <- c(
  "glm", "predict.glm", "summary.glm", "family", "plot.lm", "termplot", "alias", "dummy.coef", "effects", "case.names",
  "update", "anova.glm", "add1", "step", "influence.measures", "confint", "expand.model.frame", "extractAIC", "power",
  "formula", "model.frame", "makepredictcall", "esoph", "infert", "relevel"
)

# What an example prints, with `fun` in the place of glm().
example_lines <- function(topic, fun) {
  # the workspace is where examples run
  before <- ls(globalenv(), all.names = TRUE)
  assign("glm", fun, globalenv())
  withr::defer(rm(list = setdiff(ls(globalenv(), all.names = TRUE), before), envir = globalenv()))
  withr::local_options(contrasts = c("contr.treatment", "contr.poly"), na.action = "na.omit")
  withr::local_preserve_seed()
  set.seed(1)
  lines <- utils::capture.output(suppressWarnings(suppressMessages(
    utils::example(topic, package = NULL, lib.loc = .Library, character.only = TRUE, ask = FALSE, prompt.prefix = "")
  )))
  lines <- gsub("<(environment|bytecode): [^>]*>", "<\\1>", lines)
  # who carries a call by value prints the function
  grep("^ *function \\(formula", lines, value = TRUE, invert = TRUE)
}

test_that("examples of package stats and of its data", {
  skip_on_cran()
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  called <- 0L
  counted <- function(...) {
    called <<- called + 1L
    call <- sys.call()
    call[[1L]] <- quote(glmrs::glm_rs)
    fit <- eval(call, parent.frame())
    # what is printed of the call is the function's name
    if (is.list(fit) && is.call(fit$call)) fit$call[[1L]] <- quote(glm)
    fit
  }
  for (topic in topics) expect_identical(example_lines(topic, counted), example_lines(topic, stats::glm), info = topic)
  expect_gt(called, 20L)
})
