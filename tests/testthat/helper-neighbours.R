# Shared by the tests of other packages: the same code run on fits of glm_rs() and of stats::glm().

neighbour_data <- function() {
  d <- droplevels(grid_data(120))
  d$y <- rpois(120, exp(0.5 + d$s))
  d$b <- rbinom(120, 1, plogis(2 * d$s))
  d$hits <- rbinom(120, d$size, plogis(d$s))
  d$t <- exp(d$s) * rgamma(120, 8, 8)
  d$cluster <- sample(15, 120, TRUE)
  d
}

# `fit` and, within it, `smaller`; `fitter` is glm_rs() or glm().
neighbour_fits <- alist(
  poisson = {
    fit <- fitter(y ~ x + f + g, poisson, d, control = PRECISE)
    smaller <- fitter(y ~ x, poisson, d, control = PRECISE)
  },
  binary = {
    fit <- fitter(b ~ x + f + g, binomial, d, control = PRECISE)
    smaller <- fitter(b ~ x, binomial, d, control = PRECISE)
  },
  grouped = {
    fit <- fitter(cbind(hits, size - hits) ~ x + f, binomial, d, control = PRECISE)
    smaller <- fitter(cbind(hits, size - hits) ~ x, binomial, d, control = PRECISE)
  },
  gaussian = {
    fit <- fitter(t ~ x * f, gaussian, d, weights = w, control = PRECISE)
    smaller <- fitter(t ~ x, gaussian, d, weights = w, control = PRECISE)
  },
  gamma = {
    fit <- fitter(t ~ x + f, Gamma("log"), d, control = PRECISE)
    smaller <- fitter(t ~ x, Gamma("log"), d, control = PRECISE)
  },
  quasi = {
    fit <- fitter(y ~ x + f + offset(off), quasipoisson, d, control = PRECISE)
    smaller <- fitter(y ~ x + offset(off), quasipoisson, d, control = PRECISE)
  }
)

# Each of the expressions in `...`, which know `fit`, `smaller` and the data `d`, gives the same values, classes,
# attributes and warnings for both fitters. `kinds` are names of neighbour_fits.
expect_same_by_both <- function(kinds, ..., tolerance = TOLERANCE) {
  expressions <- as.list(substitute(list(...)))[-1L]
  for (kind in kinds) {
    by <- lapply(list(rs = glmrs::glm_rs, glm = stats::glm), fitted_by, kind)
    for (expression in expressions) {
      what <- paste0(kind, ": ", deparse1(expression))
      rs <- outcome(expression, by$rs)
      glm <- outcome(expression, by$glm)
      if (failed(glm)) stop(what, " fails with glm(): ", conditionMessage(glm$value))
      if (failed(rs)) {
        testthat::fail(paste0(what, ": ", conditionMessage(rs$value)))
        next
      }
      found <- all.equal(comparable(rs$value), comparable(glm$value), tolerance = tolerance)
      testthat::expect(isTRUE(found), paste(c(what, found), collapse = "\n"))
      same <- identical(messages_of(rs), messages_of(glm)) || same_warnings(rs, glm)
      testthat::expect(same, paste(c(what, "warnings:", messages_of(rs), "not:", messages_of(glm)), collapse = "\n"))
    }
  }
}

# An environment as a user's workspace would be, with the fits in it.
fitted_by <- function(fitter, kind) {
  workspace <- list2env(list(fitter = fitter, d = neighbour_data(), PRECISE = PRECISE), parent = globalenv())
  eval(neighbour_fits[[kind]], workspace)
  workspace
}

# What caught() says of an expression. Functions that fit anew from within a package look for the call's variables on
# the search path.
outcome <- function(expression, workspace) {
  withr::local_pdf(NULL)
  withr::local_environment(workspace, name = "workspace", warn.conflicts = FALSE)
  withr::local_seed(1)
  utils::capture.output(result <- caught(suppressMessages(eval(expression, workspace))))
  result
}

# A value as plain lists and vectors, attributes included. A fit within it stands for its coefficients, code for its
# text; environments say nothing.
comparable <- function(x) {
  if (inherits(x, "glm") && is.list(x)) return(list(setdiff(class(x), "glm_rs"), coef(x), vcov(x)))
  if (is.environment(x)) return(NULL)
  if (is.function(x) || is.language(x)) return(deparse(x))
  if (isS4(x)) return(lapply(stats::setNames(nm = methods::slotNames(x)), function(name) comparable(methods::slot(x, name))))
  kept <- setdiff(names(attributes(x)), c(".Environment", "names"))
  list(
    value = if (is.list(x)) lapply(unclass(x), comparable) else as.vector(x), names = names(x),
    attributes = lapply(attributes(x)[sort(kept)], comparable)
  )
}
