# Agresti (2002), Categorical Data Analysis, table 7.5: mental impairment, social status, life events.
mental <- function() {
  data.frame(
    impairment = factor(rep(c("well", "mild", "moderate", "impaired"), c(12, 12, 7, 9)), levels = c("well", "mild", "moderate", "impaired")),
    ses = c(1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0),
    life = c(1, 9, 4, 3, 2, 0, 1, 3, 3, 7, 1, 2, 5, 6, 3, 1, 8, 2, 5, 5, 9, 3, 3, 1, 0, 4, 3, 9, 6, 4, 3, 8, 2, 7, 5, 4, 4, 8, 8, 9)
  )
}

test_that("the score test is that of the likelihood written down again", {
  d <- mental()
  fit <- glm_rs(impairment ~ ses + life, cumulative(), d)
  # as he prints them
  expect_equal(round(coef(fit), 3), c(ses = -1.111, life = 0.319))
  x <- cbind(1, d$ses, d$life)
  log_share <- function(category) {
    function(p) {
      below <- cbind(0, plogis(x %*% matrix(p, 3L)), 1)
      log(below[cbind(1:40, category + 1L)] - below[cbind(1:40, category)])
    }
  }
  at <- as.vector(rbind(fit$zeta, -coef(fit)[[1L]], -coef(fit)[[2L]]))
  score <- colSums(slopes_of(log_share(as.integer(d$impairment)), at))
  # of each row, over all that it could have been
  expected <- Reduce(`+`, lapply(1:4, function(category) {
    crossprod(sqrt(exp(log_share(category)(at))) * slopes_of(log_share(category), at))
  }))
  observed <- -slopes_of(function(p) colSums(slopes_of(log_share(as.integer(d$impairment)), p)), at)
  test <- parallel_test(fit, "score")
  expect_equal(test$table$statistic, drop(score %*% solve(expected, score)), tolerance = STOPPING)
  expect_equal(test$table$df, 4)
  # SAS has the observed information in its place
  expect_equal(drop(score %*% solve(observed, score)), 2.3255, tolerance = 1e-4) # five digits in print
  expect_output(print(test), "Score test of parallel slopes")
})

test_that("against a model of all cells the score test is Pearson's", {
  skip_if_not_installed("MASS")
  for (link in names(cumulative_links)) {
    fit <- suppressWarnings(glm_rs(Sat ~ Infl * Type * Cont, cumulative(link), MASS::housing, weights = Freq))
    counts <- matrix(MASS::housing$Freq, ncol = 3L, byrow = TRUE)
    cells <- seq(1, 72, by = 3)
    expected <- rowSums(counts) * predict(fit, MASS::housing[cells, ], "probs")
    test <- parallel_test(fit, "score")
    expect_equal(test$table$statistic, sum((counts - expected)^2 / expected), tolerance = TOLERANCE)
    expect_equal(test$table$df, 23)
  }
})

test_that("Brant's test of a table is that of its log odds ratios", {
  counts <- rbind(c(20, 31, 14, 9), c(11, 17, 30, 16))
  d <- data.frame(y = factor(rep(1:4, each = 2)), x = rep(0:1, 4), n = as.vector(counts), o = rep(c(0, 0.4), 4))
  shares <- counts / rowSums(counts)
  # differences of log odds ratios of adjacent thresholds, by the delta method
  of_shares <- function(p) {
    p <- matrix(p, 2L)
    above <- 1 - t(apply(p, 1L, cumsum))[, 1:3]
    logits <- log(above / (1 - above))
    diff(logits[2L, ] - logits[1L, ])
  }
  slopes <- slopes_of(of_shares, as.vector(shares), 1e-4)
  of_group <- function(g) (diag(shares[g, ]) - tcrossprod(shares[g, ])) / sum(counts[g, ])
  covariance <- matrix(0, 8, 8)
  for (g in 1:2) covariance[seq(g, 8, 2), seq(g, 8, 2)] <- of_group(g)
  value <- of_shares(as.vector(shares))
  want <- drop(value %*% solve(slopes %*% covariance %*% t(slopes), value))
  test <- parallel_test(glm_rs(y ~ x, cumulative(), d, weights = n))
  expect_equal(test$table$statistic, want, tolerance = 1e-8)
  expect_equal(test$table$df, 2)
  # an offset along x moves all coefficients by as much
  moved <- parallel_test(glm_rs(y ~ x + offset(o), cumulative(), d, weights = n))
  expect_equal(moved$table, test$table, tolerance = TOLERANCE)
  expect_equal(moved$coefficients, test$coefficients - 0.4, tolerance = TOLERANCE)
})

test_that("coefficients are those of the thresholds, and each has its test", {
  d <- category_data()
  fit <- glm_rs(y ~ x + f, cumulative(), d, weights = w)
  test <- parallel_test(fit)
  for (k in 1:3) {
    above <- glm_rs(as.integer(y) > k ~ x + f, binomial(), d, weights = w, control = list(epsilon = 1e-12))
    expect_equal(test$coefficients[k, ], coef(above)[-1L], tolerance = 1e-6) # where the fits of each threshold end
  }
  expect_equal(rownames(test$table), c("all", "x", "fb", "fc"))
  expect_equal(test$table$df, c(6, 2, 2, 2))
  # what the others explain is left out
  d$twice <- 2 * d$x
  aliased <- glm_rs(y ~ x + twice + f, cumulative(), d, weights = w)
  expect_equal(parallel_test(aliased)$table, test$table, tolerance = TOLERANCE)
  expect_output(print(test), "proportional odds")
})

test_that("what cannot be tested is refused", {
  d <- category_data()
  expect_error(parallel_test(glm_rs(y ~ x, cumulative("probit"), d)), "score", class = "glmrs_error_argument")
  expect_error(parallel_test(glm_rs(y ~ 1, cumulative(), d)), "no covariates", class = "glmrs_error_argument")
  expect_error(parallel_test(glm_rs(y == "low" ~ x, cumulative(), d)), "two categories", class = "glmrs_error_argument")
  expect_error(parallel_test(glm_rs(y ~ x, multinomial(), d)), class = "glmrs_error_argument")
  d$s <- d$y == "top"
  expect_error(parallel_test(suppressWarnings(glm_rs(y ~ s, cumulative(), d))), class = "glmrs_error_separation")
})
