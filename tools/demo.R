# Two Poisson models with glm_rs() and with stats::glm(): a small one to read, a large one to time.
library(glmrs)

# The largest relative difference, element by element, with its absolute value where `b` is below 1e-8.
difference <- function(a, b) max(abs(a - b) / ifelse(abs(b) > 1e-8, abs(b), 1))
standard_errors <- function(fit) sqrt(diag(vcov(fit)))

cat("\n== Claims of car insurance (MASS::Insurance): 64 rows, log-holders as offset\n")
insurance <- MASS::Insurance
formula <- Claims ~ District + Group + Age + offset(log(Holders))
ours <- glm_rs(formula, family = poisson(), data = insurance)
theirs <- glm(formula, family = poisson(), data = insurance)
print(summary(ours))
cat("Largest relative difference from stats::glm():\n")
cat(sprintf("  %-16s %.1e\n", c("coefficients", "standard errors", "deviance"), c(
  difference(coef(ours), coef(theirs)),
  difference(standard_errors(ours), standard_errors(theirs)),
  difference(deviance(ours), deviance(theirs))
)), sep = "")

simulate_portfolio <- function(n, seed = 1) {
  set.seed(seed)
  portfolio <- data.frame(
    exposure = runif(n, 0.1, 1),
    driver_age = runif(n, 18, 85),
    car_age = rpois(n, 6),
    power = rgamma(n, shape = 9, scale = 12),
    bonus = runif(n, 0.5, 1.5),
    density = rnorm(n, 5, 1.5),
    region = factor(sample(sprintf("R%02d", 1:20), n, replace = TRUE)),
    vehicle = factor(sample(c("compact", "estate", "sport", "suv", "van"), n, replace = TRUE))
  )
  effect_region <- rnorm(20, sd = 0.2)
  effect_vehicle <- c(0, 0.05, 0.35, 0.1, -0.1)
  log_frequency <- with(portfolio, -3 - 0.01 * (driver_age - 45) + 0.01 * car_age + 0.003 * power +
    0.8 * (bonus - 1) + 0.1 * (density - 5) + effect_region[region] + effect_vehicle[vehicle])
  portfolio$claims <- rpois(n, portfolio$exposure * exp(log_frequency))
  portfolio
}

cat("\n== Claim frequency of 1,000,000 policies (simulated): 5 numeric factors, regions, vehicles\n")
portfolio <- simulate_portfolio(1e6)
formula <- claims ~ driver_age + car_age + power + bonus + density + region + vehicle + offset(log(exposure))
seconds_ours <- system.time(ours <- glm_rs(formula, family = poisson(), data = portfolio))[["elapsed"]]
seconds_theirs <- system.time(theirs <- glm(formula, family = poisson(), data = portfolio))[["elapsed"]]
cat(sprintf("%-12s %9s %7s   %s\n", "", "seconds", "ratio", "largest relative difference"))
cat(sprintf("%-12s %9.3f %7s\n", "stats::glm", seconds_theirs, "1"))
cat(sprintf(
  "%-12s %9.3f %7.1f   %.1e coefficients, %.1e standard errors\n", "glm_rs", seconds_ours, seconds_theirs / seconds_ours,
  difference(coef(ours), coef(theirs)), difference(standard_errors(ours), standard_errors(theirs))
))
