# The reference of a problem: its score equations solved until nothing moves, standard errors from the information at the
# solution, or robust ones. Rows are read in blocks, and each score is summed in extended precision (R's sum()), so the
# solution does not inherit the rounding of any fit that it judges.
# usage: Rscript bench/reference.R FOLDER     writes FOLDER/reference.tsv; fails if the score is not zero
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
for (file in c("data.R", "reference-models.R", "reference-robust.R")) source(file.path(here, file))

BLOCK <- 1e5

# `what(x, y, offset, rows)` for one block of rows after the other.
over_rows <- function(problem, what) {
  for (first in seq(1, problem$n, by = BLOCK)) {
    rows <- c(first, min(first + BLOCK - 1, problem$n))
    frame <- stats::model.frame(problem$formula, read_frame(problem, rows))
    y <- stats::model.response(frame)
    offset <- stats::model.offset(frame)
    if (is.null(offset)) offset <- rep.int(0, length(y))
    what(stats::model.matrix(problem$formula, frame), y, offset, rows)
  }
}

column_sums <- function(x) apply(x, 2, sum)

# Working weights and residuals at the linear predictors of `beta`, or at the family's starting means where there is none
# yet. A step from starting means solves for the linear predictor itself (`towards`), as in glm.fit().
working <- function(family, beta, x, y, offset) {
  eta <- if (is.null(beta)) family$linkfun(starting_means(y, family)) else offset + drop(x %*% beta)
  mu <- family$linkinv(eta)
  slope <- family$mu.eta(eta)
  variance <- family$variance(mu)
  list(
    weights = slope^2 / variance, towards = (y - mu) / slope + if (is.null(beta)) eta - offset else 0,
    pearson = sum((y - mu)^2 / variance)
  )
}

starting_means <- function(y, family) {
  switch(family$family, poisson = y + 0.1, binomial = (y + 0.5) / 2, y)
}

sums_over_rows <- function(problem, beta) {
  total <- list(score = 0, information = 0, pearson = 0)
  over_rows(problem, function(x, y, offset, rows) {
    at <- working(problem$family, beta, x, y, offset)
    total$score <<- total$score + column_sums(x * (at$weights * at$towards))
    total$information <<- total$information + crossprod(x * sqrt(at$weights))
    total$pearson <<- total$pearson + at$pearson
  })
  total
}

# Columns brought to unit length first: their units (a density, a share) must not cost digits.
inverse <- function(information) {
  length <- sqrt(diag(information))
  chol2inv(chol(information / outer(length, length))) / outer(length, length)
}

solve_problem <- function(problem) {
  model <- if (problem$model == "glm") list(start = function(problem) NULL, sums = sums_over_rows) else models[[problem$model]]
  beta <- model$start(problem)
  previous <- Inf
  for (iteration in 1:100) {
    sums <- model$sums(problem, beta)
    covariance <- inverse(sums$information)
    step <- drop(covariance %*% sums$score)
    # what is left of the score, in its own standard deviations; when it no longer falls, only rounding moves
    left <- max(abs(sums$score) / sqrt(diag(sums$information)))
    if (!is.null(beta) && (max(abs(step / beta)) < 1e-15 || left < 1e-9 && left > previous / 2)) break
    previous <- left
    # what starts far off must not run away
    beta <- if (is.null(beta)) step else beta + step / max(1, abs(step))
  }
  names(beta) <- names(sums$score)
  known <- problem$model != "glm" || problem$family$family %in% c("poisson", "binomial")
  dispersion <- if (known) 1 else sums$pearson / (problem$n - length(step))
  covariance <- if (problem$covariance == "model") dispersion * covariance else robust(problem, beta, covariance)
  list(beta = beta, se = sqrt(diag(covariance)), iterations = iteration, left = left, step = max(abs(step / beta)))
}

folder <- commandArgs(TRUE)[1]
if (!file.exists(file.path(folder, "reference.tsv"))) {
  solution <- solve_problem(read_problem(folder))
  if (!(solution$left <= 1e-9)) stop(sprintf("the score is not zero: %.1e standard deviations", solution$left))
  writeLines(sprintf(
    "# score %.1e of its standard deviations, next step %.1e of the coefficients, after %d iterations",
    solution$left, solution$step, solution$iterations
  ), con <- file(file.path(folder, "reference.tsv"), "w"))
  writeLines(sprintf("%s\t%.17g\t%.17g", names(solution$beta), solution$beta, solution$se), con)
  close(con)
}
