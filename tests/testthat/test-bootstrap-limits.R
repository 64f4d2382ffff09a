# Intervals from replicates, against package boot on the same replicates.

fit <- glm_rs(breaks ~ wool + tension, poisson, warpbreaks, control = PRECISE)
# what boot calls L, by the infinitesimal jackknife: information^-1 times score rows, n times
influence_values <- function(fit) {
  x <- model.matrix(fit)
  n <- nrow(x)
  n * (x * (fit$weights * fit$residuals)) %*% fit$cov.unscaled
}

test_that("they are those of boot.ci(), bca and t among them", {
  skip_if_not_installed("boot")
  values <- influence_values(fit)
  for (type in c("pairs", "bayesian")) {
    b <- bootstrap(fit, 222, type, seed = 2) # order statistics between two replicates
    all <- as.boot(b)
    for (level in c(0.8, 0.95)) {
      for (j in 1:4) {
        theirs <- boot::boot.ci(all, level, c("norm", "basic", "perc", "bca"), index = j, L = values[, j])
        ours <- function(type) unname(confint(b, j, level, type))
        ends <- function(x) x[, ncol(x) - 1:0, drop = FALSE]
        expect_equal(ours("normal"), ends(theirs$normal), tolerance = 1e-8, ignore_attr = TRUE)
        expect_equal(ours("basic"), ends(theirs$basic), tolerance = 1e-8, ignore_attr = TRUE)
        expect_equal(ours("percentile"), ends(theirs$percent), tolerance = 1e-8, ignore_attr = TRUE)
        expect_equal(ours("bca"), ends(theirs$bca), tolerance = 1e-8, ignore_attr = TRUE)
        student <- boot::boot.ci(
          all, level, "stud", t0 = b$estimate[[j]], t = b$replicates[, j], var.t0 = b$standard.errors[[j]]^2,
          var.t = b$errors[, j]^2, index = c(1, 2)
        )
        expect_equal(ours("t"), ends(student$student), tolerance = 1e-8, ignore_attr = TRUE)
      }
    }
  }
})

test_that("boot takes them", {
  skip_if_not_installed("boot")
  loadNamespace("boot")
  b <- bootstrap(fit, 99, seed = 2)
  all <- as.boot(b)
  expect_s3_class(all, "boot")
  shown <- capture.output(print(all))
  expect_match(shown, "ORDINARY NONPARAMETRIC BOOTSTRAP", all = FALSE)
  expect_match(shown, "^t4\\*", all = FALSE)
  expect_match(capture.output(print(as.boot(bootstrap(fit, 9, "parametric", seed = 1)))), "PARAMETRIC BOOTSTRAP", all = FALSE)
  expect_equal(boot::boot.ci(all, type = c("norm", "basic", "perc"), index = 2)$R, 99)
})

test_that("clusters have an influence of their own", {
  firm <- rep(1:18, each = 3)
  b <- bootstrap(fit, 99, cluster = firm, seed = 2)
  sums <- rowsum(influence_values(fit), firm)
  expect_equal(b$acceleration, colSums(sums^3) / (6 * colSums(sums^2)^1.5), tolerance = TOLERANCE)
})

test_that("M-estimators have bca intervals, too", {
  psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
  by_psi <- bootstrap(m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0)), 99, seed = 1)
  by_glm <- bootstrap(glm_rs(dist ~ speed, data = cars), 99, seed = 1)
  expect_equal(unname(confint(by_psi, type = "bca")), unname(confint(by_glm, type = "bca")), tolerance = TOLERANCE)
  expect_error(confint(by_psi, type = "t"), "standard error", class = "glmrs_error_bootstrap")
})

test_that("replicates on one side have no bias that could be corrected", {
  b <- bootstrap(fit, 99, seed = 2)
  b$replicates[, "woolB"] <- b$estimate[["woolB"]] + seq_len(99)
  expect_error(confint(b, type = "bca"), "`woolB` are on one side", class = "glmrs_error_bootstrap")
})
