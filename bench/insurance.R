# A motor portfolio with the shape of the French one that actuaries know (678,013 policies; 6 areas, 11 brands, 22 regions,
# 2 fuels, 12 powers): skewed factors, a bonus that falls with age, density that goes with the area, one claim to about 20
# policies.

insurance_formula <- paste(
  "ClaimNb ~ VehPower + VehBrand + Region + VehGas + Area + DrivAge + BonusMalus + log(Density) + VehAge +",
  "offset(log(Exposure))"
)

simulate_insurance <- function(n) {
  pick <- function(levels, weights) factor(sample(levels, n, replace = TRUE, prob = weights), levels)

  region <- pick(sprintf("R%02d", 1:22), c(160, 80, 65, 60, 52, 43, 40, 31, 24, 20, 18, 16, 12, 10, 9, 8, 7, 6, 6, 5, 5, 5))
  # the first regions are the urban ones
  urban <- rnorm(n, mean = 0.8 - 0.09 * as.integer(region))
  area <- cut(urban, c(-Inf, -1, -0.35, 0.5, 1.1, 1.9, Inf), labels = LETTERS[1:6])
  density <- as.integer(pmax(1, pmin(27000, round(exp(5.3 + 1.2 * urban + rnorm(n, sd = 0.35))))))

  driver_age <- as.integer(pmin(100, 18 + round(rgamma(n, shape = 4, scale = 7))))
  young <- pmax(0, 30 - driver_age)
  bonus <- ifelse(runif(n) < plogis(-1.2 + 0.06 * (driver_age - 25)), 50, 50 + rgamma(n, 1.3, scale = 9) + 2.5 * young)
  power <- pick(sprintf("P%02d", 4:15), c(115, 125, 149, 145, 47, 30, 31, 18, 8, 5, 5, 5))
  brand <- pick(sprintf("B%02d", c(1:6, 10:14)), c(163, 160, 53, 25, 35, 29, 17, 14, 166, 12, 4))
  vehicle_age <- as.integer(pmin(40, floor(rexp(n, 1 / 7))))
  diesel <- runif(n) < plogis(-0.6 + 0.1 * (as.integer(power) - 4) + 0.03 * vehicle_age)
  exposure <- ifelse(runif(n) < 0.25, 1, pmax(0.003, rbeta(n, 0.8, 1.1)))

  effect <- function(f, sd) rnorm(nlevels(f), sd = sd)[f]
  eta <- log(exposure) - 2.2 + 0.006 * (driver_age - 45) + 0.022 * (bonus - 60) + 0.05 * (log(density) - 6) -
    0.03 * vehicle_age + 0.12 * !diesel + effect(power, 0.1) + effect(brand, 0.12) + effect(region, 0.15) +
    effect(area, 0.06)
  list(columns = list(
    ClaimNb = as.double(rpois(n, exp(eta))),
    VehPower = power, VehBrand = brand, Region = region,
    VehGas = factor(ifelse(diesel, "Diesel", "Regular")), Area = area,
    DrivAge = driver_age, BonusMalus = as.integer(round(pmin(230, bonus))), Density = density, VehAge = vehicle_age,
    Exposure = exposure
  ))
}
