# Bootstraps of regressions by formula, against the same regressions of the rows that were drawn.

set.seed(12)
n <- 120
d <- data.frame(x = rnorm(n), g = factor(sample(letters[1:3], n, TRUE)), w = sample(3, n, TRUE), id = rep(1:24, 5), o = runif(n))
d$y <- 1 + d$x + as.integer(d$g) / 2 + rt(n, 3)
rows_of_replicate <- function(r) rust_draw_rows(n, 4, r)

test_that("robust replicates are the fits of their rows, with weights of either kind and offset", {
  for (method in c("inv.var", "case")) {
    for (scale in c("MAD", "proposal2")) {
      fit <- m_estimate(y ~ x + g + offset(o), d, loss = huber(), scale = scale, weights = w, wt.method = method, tolerance = 1e-9)
      drawn <- bootstrap(fit, 3, seed = 4)$replicates
      for (r in 1:3) {
        again <- m_estimate(
          y ~ x + g + offset(o), d[rows_of_replicate(r), ], loss = huber(), scale = scale, weights = w, wt.method = method,
          tolerance = 1e-9, max_iterations = 1000
        )
        expect_equal(drawn[r, ], coef(again), tolerance = STOPPING)
      }
    }
  }
})

test_that("quantile replicates are optimal for their rows", {
  fit <- m_estimate(y ~ x + g, d, loss = quantile(0.4))
  drawn <- bootstrap(fit, 5, seed = 4)$replicates
  loss <- function(beta, rows) {
    r <- drop(d$y[rows] - model.matrix(fit$terms, d[rows, ]) %*% beta)
    sum(r * (0.4 - (r < 0)))
  }
  for (r in 1:5) {
    rows <- rows_of_replicate(r)
    again <- m_estimate(y ~ x + g, d[rows, ], loss = quantile(0.4))
    # with repeated rows there may be several solutions
    expect_equal(loss(drawn[r, ], rows), loss(coef(again), rows), tolerance = 1e-10)
  }
})

test_that("rows without weight are not drawn", {
  d <- data.frame(stackloss, w = rep(c(1, 2, 0), 7), g = rep(1:7, 3))
  fit <- function(data, loss) m_estimate(stack.loss ~ Air.Flow + Water.Temp, data, loss = loss, weights = w, tolerance = 1e-10)
  for (loss in list(huber(), quantile_loss(0.5))) {
    fits <- lapply(list(d, d[d$w > 0, ]), fit, loss)
    for (type in c("pairs", "cluster")) {
      drawn <- lapply(fits, function(fit) bootstrap(fit, 20, type, cluster = if (type == "cluster") ~ g, seed = 1)$replicates)
      expect_equal(drawn[[1L]], drawn[[2L]], tolerance = TOLERANCE)
    }
  }
})

test_that("clusters are drawn whole, exponential weights are case weights", {
  fit <- m_estimate(y ~ x, d, loss = bisquare(), tolerance = 1e-9)
  rows <- unlist(split(seq_len(n), d$id)[rust_draw_rows(24, 4, 1)])
  again <- m_estimate(y ~ x, d[rows, ], loss = bisquare(), start = coef(fit), tolerance = 1e-9)
  expect_equal(bootstrap(fit, 2, "cluster", cluster = d$id, seed = 4)$replicates[1, ], coef(again), tolerance = STOPPING)
  exponential <- rust_draw_weights(24, 4, 2)[d$id]
  expect_identical(bootstrap(fit, 2, cluster = d$id, seed = 4)$clusters, length(unique(d$id)))
  again <- m_estimate(
    y ~ x, d, loss = bisquare(), weights = exponential, wt.method = "case", start = coef(fit), tolerance = 1e-9
  )
  expect_equal(bootstrap(fit, 2, "bayesian", cluster = d$id, seed = 4)$replicates[2, ], coef(again), tolerance = STOPPING)
})

test_that("threads change nothing, and replicates without a solution are counted", {
  big <- d[rep(seq_len(n), 30), ]
  big$y <- big$y + rnorm(nrow(big))
  fit <- m_estimate(y ~ x + g, big, loss = huber())
  replicates <- function(threads) {
    withr::local_options(glmrs.threads = threads)
    bootstrap(fit, 20, seed = 1)$replicates
  }
  expect_identical(replicates(1), replicates(2))
  d$rare <- as.double(seq_len(n) == 1)
  b <- bootstrap(m_estimate(y ~ x + rare, d, loss = huber()), 30, seed = 4)
  without <- !vapply(1:30, function(r) 1 %in% rows_of_replicate(r), NA)
  expect_identical(is.na(b$replicates[, 1]), without)
  expect_identical(sum(b$failures), sum(without))
  expect_match(names(b$failures), "needed is explained")
})

test_that("replicates that do not converge say so in words", {
  fit <- m_estimate(y ~ x + g, d, loss = huber())
  fit$settings[c("max_iterations", "tolerance")] <- list(1, 1e-14)
  expect_error(
    bootstrap(fit, 5, seed = 1), "did not converge: the largest number of iterations was reached", class = "glmrs_error_bootstrap"
  )
})

test_that("a cluster for each row of the data is one for those that take part", {
  d <- cars
  d$speed[c(3, 20)] <- NA
  d$g <- rep(1:10, 5)
  fit <- m_estimate(dist ~ speed, d)
  for (type in c("cluster", "score")) {
    want <- bootstrap(fit, 9, type, cluster = ~g, seed = 1)$replicates
    expect_identical(bootstrap(fit, 9, type, cluster = d$g, seed = 1)$replicates, want)
    expect_identical(bootstrap(fit, 9, type, cluster = d$g[-c(3, 20)], seed = 1)$replicates, want)
  }
  expect_error(bootstrap(fit, 9, cluster = d$g[-1]), "each of the 48 rows", class = "glmrs_error_cluster")
})
