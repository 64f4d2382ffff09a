# The reference of a problem: maximum likelihood by Fisher scoring, run until nothing moves, and standard errors from the
# weights at the solution. Rows are read in blocks, and each score is summed in extended precision (R's sum()), so the
# solution does not inherit the rounding of any fit that it judges.
# usage: Rscript bench/reference.R FOLDER     writes FOLDER/reference.tsv; fails if the score is not zero
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "data.R"))

BLOCK <- 1e5

# Sums over all rows at the linear predictors of `beta`, or at the family's starting means where there is none yet.
# A step from starting means solves for the linear predictor itself (`target`), as in glm.fit().
sums_over_rows <- function(problem, beta) {
  family <- problem$family
  total <- list(score = 0, information = 0, pearson = 0)
  for (first in seq(1, problem$n, by = BLOCK)) {
    frame <- stats::model.frame(problem$formula, read_frame(problem, c(first, min(first + BLOCK - 1, problem$n))))
    x <- stats::model.matrix(problem$formula, frame)
    y <- stats::model.response(frame)
    offset <- stats::model.offset(frame)
    if (is.null(offset)) offset <- rep.int(0, length(y))
    eta <- if (is.null(beta)) family$linkfun(starting_means(y, family)) else offset + drop(x %*% beta)
    mu <- family$linkinv(eta)
    slope <- family$mu.eta(eta)
    variance <- family$variance(mu)
    towards <- (y - mu) / slope + if (is.null(beta)) eta - offset else 0
    weights <- slope^2 / variance
    score <- apply(x, 2, function(column) sum(column * weights * towards))
    total$score <- total$score + score
    total$information <- total$information + crossprod(x * sqrt(weights))
    total$pearson <- total$pearson + sum((y - mu)^2 / variance)
  }
  total
}

starting_means <- function(y, family) {
  switch(family$family, poisson = y + 0.1, binomial = (y + 0.5) / 2, y)
}

# Columns brought to unit length first: their units (a density, a share) must not cost digits.
inverse <- function(information) {
  length <- sqrt(diag(information))
  chol2inv(chol(information / outer(length, length))) / outer(length, length)
}

solve_problem <- function(problem) {
  beta <- NULL
  previous <- Inf
  for (iteration in 1:100) {
    sums <- sums_over_rows(problem, beta)
    covariance <- inverse(sums$information)
    step <- drop(covariance %*% sums$score)
    # what is left of the score, in its own standard deviations; when it no longer falls, only rounding moves
    left <- max(abs(sums$score) / sqrt(diag(sums$information)))
    known <- problem$family$family %in% c("poisson", "binomial")
    dispersion <- if (known) 1 else sums$pearson / (problem$n - length(step))
    if (!is.null(beta) && (max(abs(step / beta)) < 1e-15 || left < 1e-9 && left > previous / 2)) break
    previous <- left
    beta <- if (is.null(beta)) step else beta + step
  }
  se <- sqrt(dispersion * diag(covariance))
  list(beta = beta, se = se, iterations = iteration, left = left, step = max(abs(step / beta)))
}

folder <- commandArgs(TRUE)[1]
if (!file.exists(file.path(folder, "reference.tsv"))) {
  solution <- solve_problem(read_problem(folder))
  if (solution$left > 1e-9) stop(sprintf("the score is not zero: %.1e standard deviations", solution$left))
  writeLines(sprintf(
    "# score %.1e of its standard deviations, next step %.1e of the coefficients, after %d iterations",
    solution$left, solution$step, solution$iterations
  ), con <- file(file.path(folder, "reference.tsv"), "w"))
  writeLines(sprintf("%s\t%.17g\t%.17g", names(solution$beta), solution$beta, solution$se), con)
  close(con)
}
