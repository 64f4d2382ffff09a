# The problems: what they are, and how their data are simulated.
# usage: Rscript bench/problems.R FOLDER SCALE CASE...     writes FOLDER/<problem>/ (data.R says what is in it)
#
# `p` counts the columns beside the intercept. SCALE shrinks the rows, to try the harness in seconds. `draw` makes responses
# of means, `clusters` are so many of each kind. `model` and `covariance` say what the reference solves (reference.R), if not
# the likelihood of the family and its information.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "data.R"))
source(file.path(here, "insurance.R"))

problems <- list(
  A = list(title = "Poisson, log link", family = poisson("log"), n = 1e6, p = 20),
  B = list(title = "Poisson, log link, wide", family = poisson("log"), n = 1e5, p = 100),
  C = list(title = "logistic", family = binomial("logit"), n = 1e6, p = 20),
  D = list(title = "Gamma, log link", family = Gamma("log"), n = 2e5, p = 50),
  E = list(title = "Gaussian, identity link", family = gaussian("identity"), n = 1e6, p = 50),
  F = list(title = "insurance claim frequency, five factors", family = poisson("log"), n = 678013, least = 60000),
  J = list(title = "small: Poisson", family = poisson("log"), n = 100, p = 3, least = 100),
  N = list(
    title = "negative binomial, theta estimated", family = poisson("log"), n = 1e6, p = 20,
    model = "negbin", draw = function(mu) negbin_counts(mu)
  ),
  Z = list(
    title = "zero-inflated Poisson", family = poisson("log"), n = 1e5, p = 10, least = 5000,
    model = "zip", draw = function(mu) more_zeros(rpois(length(mu), mu), mu)
  ),
  Y = list(
    title = "zero-inflated negative binomial", family = poisson("log"), n = 1e5, p = 10, least = 5000,
    model = "zinb", draw = function(mu) more_zeros(negbin_counts(mu), mu)
  ),
  U = list(
    title = "hurdle, Poisson counts", family = poisson("log"), n = 1e5, p = 10, least = 5000,
    model = "hurdle", draw = function(mu) more_zeros(rpois(length(mu), mu), mu)
  ),
  P = list(title = "logistic, Firth's penalty", family = binomial("logit"), n = 1e4, p = 20, model = "firth"),
  Q = list(title = "logistic, Firth's penalty, more rows", family = binomial("logit"), n = 1e5, p = 20, model = "firth"),
  H = list(title = "HC3 covariance of a Poisson fit", family = poisson("log"), n = 1e6, p = 20, covariance = "HC3"),
  O = list(
    title = "covariance of a Poisson fit by clusters", family = poisson("log"), n = 1e6, p = 20,
    covariance = "cluster", clusters = c(person = 10000)
  ),
  T = list(
    title = "covariance of a Poisson fit by clusters of two kinds", family = poisson("log"), n = 1e6, p = 20,
    covariance = "cluster", clusters = c(person = 10000, period = 100)
  ),
  S = list(title = "bootstrap of a Poisson fit, 200 replicates", family = poisson("log"), n = 1e4, p = 5, covariance = "HC0"),
  M = list(title = "logistic M-estimator by closures", family = binomial("logit"), n = 1e4, p = 5, covariance = "HC0")
)
growth <- function(n) list(title = "growth: Poisson, log link", family = poisson("log"), n = n, p = 20)
for (power in 4:7) problems[[sprintf("growth-1e%d", power)]] <- growth(10^power)

negbin_counts <- function(mu) as.double(rnbinom(length(mu), size = 2, mu = mu))
more_zeros <- function(y, mu) as.double(y * (runif(length(y)) > plogis(-0.5 - 0.5 * log(mu))))

# Columns that share a little of their variance; linear predictors with a standard deviation of about 0.6, to which clusters
# add their own.
simulate_dense <- function(n, p, problem) {
  family <- problem$family
  size <- (0.5 + seq_len(p) / p) * rep_len(c(1, -1, 1), p)
  slopes <- 0.6 * size / sqrt(sum(size^2))
  shared <- rnorm(n)
  eta <- rep.int(switch(family$family, poisson = 0.5, binomial = -1, Gamma = 1, gaussian = 2), n)
  columns <- list()
  for (j in seq_len(p)) {
    x <- 0.9 * rnorm(n) + 0.4 * shared
    eta <- eta + slopes[j] * x
    columns[[paste0("x", j)]] <- x
  }
  for (kind in names(problem$clusters)) {
    # with few rows, no fewer than ten to a cluster
    count <- min(problem$clusters[[kind]], n %/% 10)
    columns[[kind]] <- sample.int(count, n, replace = TRUE)
    eta <- eta + rnorm(count, sd = 0.3)[columns[[kind]]]
  }
  mu <- family$linkinv(eta)
  y <- if (is.null(problem$draw)) draw(family, n, mu) else problem$draw(mu)
  c(list(y = y), columns)
}

draw <- function(family, n, mu) {
  switch(family$family,
    poisson = as.double(rpois(n, mu)),
    binomial = as.double(rbinom(n, 1, mu)),
    Gamma = rgamma(n, shape = 2, scale = mu / 2),
    gaussian = rnorm(n, mu)
  )
}

simulate <- function(problem, n) {
  set.seed(20, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  if (is.null(problem$p)) return(c(simulate_insurance(n), formula = insurance_formula))
  columns <- simulate_dense(n, problem$p, problem)
  list(columns = columns, formula = paste("y ~", paste0("x", seq_len(problem$p), collapse = " + ")))
}

# The simulated problem in a folder of its own, unless it is there and younger than this code.
write_if_needed <- function(name, folder, scale) {
  problem <- problems[[name]]
  # never so few rows that a factor's level has no claim, or a wide problem no solution
  n <- max(round(problem$n * scale), min(problem$n, max(problem$least, 1000)))
  target <- file.path(folder, name)
  described <- file.path(target, "problem.dcf")
  sources <- file.path(here, c("problems.R", "insurance.R", "data.R", list.files(here, "^reference.*[.]R$")))
  if (file.exists(described) && all(file.mtime(described) > file.mtime(sources))) return(invisible())
  unlink(target, recursive = TRUE)
  simulated <- simulate(problem, n)
  write_problem(
    target, simulated$columns,
    c(list(
      title = problem$title, family = problem$family$family, link = problem$family$link, formula = simulated$formula,
      model = c(problem$model, "glm")[1], covariance = c(problem$covariance, "model")[1]
    ), if (length(problem$clusters)) list(clusters = paste(names(problem$clusters), collapse = " ")))
  )
}

arguments <- commandArgs(TRUE)
for (name in arguments[-(1:2)]) write_if_needed(name, arguments[1], as.numeric(arguments[2]))
