# Shared by the parity tests: one data set, a call made twice, and what counts as the same fit.

# Both fits take the same steps, so that only rounding errors separate them: some 1e-14, which a condition number of up
# to 1e4 (interactions, polynomials) turns into 1e-10. A hundred times that is the bound.
TOLERANCE <- 1e-8
# Identical formulas on identical numbers in another order of summation.
ROUNDING <- 1e-12
# Not 1e-12: glm() would find columns aliased below 1e-15 of their norm, which is rounding error, and so by chance.
PRECISE <- list(epsilon = 1e-10, maxit = 50)

# Covariates, factors of several kinds with an empty cell and an unused level, weights and offset.
grid_data <- function(n = 150, seed = 1) {
  set.seed(seed)
  d <- data.frame(x = runif(n, -1, 1), z = runif(n, -1, 1), k = sample(-3:5, n, TRUE))
  d$x_twice <- 2 * d$x
  d$f <- factor(sample(c("a", "b", "c"), n, TRUE), levels = c("a", "b", "unused", "c"))
  d$g <- factor(sample(c("low", "mid", "high"), n, TRUE), levels = c("low", "mid", "high"))
  d$h <- factor(ifelse(d$f == "b" & d$g == "mid", "p", sample(c("p", "q"), n, TRUE)))
  d$f_copy <- factor(c(a = "u", b = "v", c = "w")[as.character(d$f)])
  d$o <- factor(sample(c("s", "m", "l", "xl"), n, TRUE), levels = c("s", "m", "l", "xl"), ordered = TRUE)
  d$chr <- sample(c("red", "green", "blue"), n, TRUE)
  d$lgl <- sample(c(TRUE, FALSE), n, TRUE)
  d$size <- sample(1:6, n, TRUE)
  d$w <- runif(n, 0.5, 2)
  d$off <- runif(n, -1, 1)
  d$s <- with(d, 0.4 * x + 0.1 * z + c(a = -0.2, b = 0, c = 0.2)[as.character(f)] + c(-0.1, 0, 0.1)[as.integer(g)])
  d
}

# Data whose response fits `family`: means between `low` and `high`, linear in s on the scale of the link.
family_data <- function(family, low, high, kind, n = 150, seed = 1) {
  d <- grid_data(n, seed)
  ends <- family$linkfun(c(low, high))
  half <- diff(ends) / 2
  d$off <- 0.1 * half * d$off
  mu <- family$linkinv(mean(ends) + half * d$s + d$off)
  d$y <- switch(kind,
    normal = mu + rnorm(n, sd = 0.2),
    share = rbinom(n, d$size, mu) / d$size,
    count = rpois(n, mu),
    positive = mu * rgamma(n, 20, 20)
  )
  d
}

# Evaluate the call `both(...)` with glm_rs() and with stats::glm(): list(rs = , glm = ), each with its value (a fit or
# the error) and its warnings.
both <- function(...) {
  call <- sys.call()
  env <- parent.frame()
  lapply(c(rs = quote(glmrs::glm_rs), glm = quote(stats::glm)), function(fun) {
    call[[1L]] <- fun
    caught(eval(call, env))
  })
}

caught <- function(expr) {
  warnings <- list()
  value <- withCallingHandlers(tryCatch(expr, error = identity), warning = function(w) {
    warnings[[length(warnings) + 1L]] <<- w
    invokeRestart("muffleWarning")
  })
  list(value = value, warnings = warnings)
}

failed <- function(x) inherits(x$value, "condition")
messages_of <- function(x) {
  sort(unique(sub("^glm.fit: ", "", vapply(x$warnings, conditionMessage, ""))))
}

# The same warnings, but for what ours add to glm()'s words. dpois() has one for every value that is not whole, and the
# null deviance of a model without an intercept "produces NaNs" where the offset alone is no valid mean.
same_warnings <- function(rs, glm) {
  ours <- messages_of(rs)
  theirs <- unique(sub("^non-integer x = .*", "the response has values that are not whole", messages_of(glm)))
  theirs <- setdiff(theirs, if (!any(startsWith(ours, "NaNs produced"))) "NaNs produced")
  length(ours) == length(theirs) && all(startsWith(ours, theirs))
}

# Largest |a - b| / max(|b|, scale), NA where both are.
distance <- function(a, b, scale = 0) {
  if (length(a) != length(b) || !identical(is.na(as.vector(a)), is.na(as.vector(b)))) return(Inf)
  seen <- !is.na(b) & a != b
  if (!any(seen)) return(0)
  max((abs(a - b) / pmax(abs(b), scale))[seen])
}

standard_errors <- function(fit) suppressWarnings(sqrt(diag(as.matrix(vcov(fit, complete = TRUE)))))

# What differs between two fits, as text; empty where they are the same.
differences <- function(rs, glm, tolerance = TOLERANCE) {
  found <- character()
  note <- function(what, size) if (!isTRUE(size <= tolerance)) found <<- c(found, sprintf("%s by %.2g", what, size))
  same <- function(what, a, b) {
    if (!identical(a, b)) {
      text <- function(x) paste(utils::head(format(unlist(x)), 8), collapse = " ")
      found <<- c(found, sprintf("%s: %s, not %s", what, text(a), text(b)))
    }
  }
  same("names of coefficients", names(coef(rs)), names(coef(glm)))
  if (length(found)) return(found)
  same("aliased", is.na(coef(rs)), is.na(coef(glm)))
  same("rank", as.integer(rs$rank), as.integer(glm$rank))
  same("df.residual", as.double(rs$df.residual), as.double(glm$df.residual))
  same("df.null", as.double(rs$df.null), as.double(glm$df.null))
  same("converged", rs$converged, glm$converged)
  same("boundary", rs$boundary, glm$boundary)
  same("iter", as.double(rs$iter), as.double(glm$iter))
  if (length(found)) return(found)
  # a model without residual degrees of freedom has a deviance of rounding errors
  exact <- glm$deviance <= 1e-10 * max(glm$null.deviance, 1e-300, na.rm = TRUE) || glm$df.residual == 0
  # summary() warns of weights of zero
  rs_summary <- suppressWarnings(summary(rs))
  glm_summary <- suppressWarnings(summary(glm))
  se_rs <- standard_errors(rs)
  se_glm <- standard_errors(glm)
  # an estimate near 0 is as exact as its standard error allows
  se_unit <- sqrt(diag(as.matrix(glm_summary$cov.unscaled)))
  scale <- if (length(se_unit)) 1e-2 * max(se_unit[is.finite(se_unit)], 0) else 0
  note("coefficients", distance(coef(rs), coef(glm), scale))
  same("names of standard errors", names(se_rs), names(se_glm))
  if (!exact) note("standard errors", distance(se_rs, se_glm))
  note("cov.unscaled", distance(rs_summary$cov.unscaled, glm_summary$cov.unscaled, max(0, se_unit^2)))
  note("null deviance", distance(rs$null.deviance, glm$null.deviance))
  note("deviance", distance(rs$deviance, glm$deviance, max(1e-6 * glm$null.deviance, 0, na.rm = TRUE)))
  if (!exact) {
    note("AIC", distance(rs$aic, glm$aic))
    note("dispersion", distance(rs_summary$dispersion, glm_summary$dispersion))
  }
  parts <- c("fitted.values", "linear.predictors", if (!exact) "residuals", "weights", "prior.weights", "y")
  for (part in parts) {
    size <- max(abs(glm[[part]]), 0, na.rm = TRUE)
    note(part, distance(rs[[part]], glm[[part]], size))
    same(paste("names of", part), names(rs[[part]]), names(glm[[part]]))
  }
  found
}

# What differs between the two outcomes of both(): fits, or how they failed.
disagreement <- function(pair, tolerance = TOLERANCE) {
  if (failed(pair$glm)) {
    # where glm() finds no coefficients a converged fit is as good as a classed error
    good <- if (failed(pair$rs)) inherits(pair$rs$value, "glmrs_error") else pair$rs$value$converged
    return(if (good) character() else paste("glm() fails, glm_rs():", conditionMessage(pair$rs$value)))
  }
  if (failed(pair$rs)) return(paste("error:", conditionMessage(pair$rs$value)))
  if (!pair$glm$value$converged) {
    classed <- any(vapply(pair$rs$warnings, inherits, NA, "glmrs_warning"))
    return(if (pair$rs$value$converged || classed) character() else "no warning without convergence")
  }
  found <- differences(pair$rs$value, pair$glm$value, tolerance)
  if (!same_warnings(pair$rs, pair$glm)) {
    all <- function(x) paste0("'", messages_of(x), "'", collapse = ", ")
    found <- c(found, paste("warnings:", all(pair$rs), "not", all(pair$glm)))
  }
  found
}

# Both fits succeed and are the same; returns them for more.
expect_same_fit <- function(pair, tolerance = TOLERANCE) {
  if (failed(pair$glm)) stop("glm() itself fails: ", conditionMessage(pair$glm$value))
  expect_none(disagreement(pair, tolerance))
  invisible(list(rs = pair$rs$value, glm = pair$glm$value))
}

# Nothing was found wrong; else all of it is told.
expect_none <- function(found) {
  if (length(found)) testthat::fail(paste(found, collapse = "\n")) else testthat::succeed()
}

# Two numbers, vectors or arrays with the same names and, but for rounding, the same values.
expect_same <- function(a, b, tolerance = TOLERANCE) testthat::expect_equal(a, b, tolerance = tolerance)
