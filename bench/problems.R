# The problems: what they are, and how their data are simulated.
# usage: Rscript bench/problems.R FOLDER SCALE CASE...     writes FOLDER/<problem>/ (data.R says what is in it)
#
# `p` counts the columns beside the intercept. SCALE shrinks the rows, to try the harness in seconds.
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
  J = list(title = "small: Poisson", family = poisson("log"), n = 100, p = 3, least = 100)
)
growth <- function(n) list(title = "growth: Poisson, log link", family = poisson("log"), n = n, p = 20)
for (power in 4:7) problems[[sprintf("growth-1e%d", power)]] <- growth(10^power)

# Columns that share a little of their variance; linear predictors with a standard deviation of about 0.6.
simulate_dense <- function(n, p, family) {
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
  mu <- family$linkinv(eta)
  y <- switch(family$family,
    poisson = as.double(rpois(n, mu)),
    binomial = as.double(rbinom(n, 1, mu)),
    Gamma = rgamma(n, shape = 2, scale = mu / 2),
    gaussian = rnorm(n, mu)
  )
  c(list(y = y), columns)
}

simulate <- function(problem, n) {
  set.seed(20, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  if (is.null(problem$p)) return(c(simulate_insurance(n), formula = insurance_formula))
  columns <- simulate_dense(n, problem$p, problem$family)
  list(columns = columns, formula = paste("y ~", paste(names(columns)[-1], collapse = " + ")))
}

# The simulated problem in a folder of its own, unless it is there and younger than this code.
write_if_needed <- function(name, folder, scale) {
  problem <- problems[[name]]
  # never so few rows that a factor's level has no claim, or a wide problem no solution
  n <- max(round(problem$n * scale), min(problem$n, max(problem$least, 1000)))
  target <- file.path(folder, name)
  described <- file.path(target, "problem.dcf")
  sources <- file.path(here, c("problems.R", "insurance.R", "data.R", "reference.R"))
  if (file.exists(described) && all(file.mtime(described) > file.mtime(sources))) return(invisible())
  unlink(target, recursive = TRUE)
  simulated <- simulate(problem, n)
  write_problem(
    target, simulated$columns,
    list(
      title = problem$title, family = problem$family$family, link = problem$family$link, formula = simulated$formula
    )
  )
}

arguments <- commandArgs(TRUE)
for (name in arguments[-(1:2)]) write_if_needed(name, arguments[1], as.numeric(arguments[2]))
