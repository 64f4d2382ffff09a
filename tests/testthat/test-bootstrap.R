# The bootstrap against what it estimates, against a bootstrap by hand, and against wrong use.

psi <- function(theta, d) (d$dist - theta[1] - theta[2] * d$speed) * cbind(1, d$speed)
fit <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0))

test_that("each replicate is the fit of the rows that were drawn, whatever the number of replicates", {
  b <- bootstrap(fit, times = 20, seed = 5)
  expect_s3_class(b, "glmrs_bootstrap")
  expect_identical(bootstrap(fit, times = 7, seed = 5)$replicates, b$replicates[1:7, ])
  expect_false(identical(bootstrap(fit, times = 7, seed = 6)$replicates, b$replicates[1:7, ]))
  # weights that count the rows, or the rows themselves: the same draws, the same fits
  weighted <- function(theta, d, weights) psi(theta, d) * weights
  by_weights <- m_estimate(psi = function(theta, d, weights = 1) weighted(theta, d, weights), data = cars, start = c(a = 0, b = 0))
  expect_equal(bootstrap(by_weights, times = 20, seed = 5)$replicates, b$replicates)
  by_list <- m_estimate(psi = psi, data = as.list(cars), start = c(a = 0, b = 0))
  expect_equal(bootstrap(by_list, times = 20, seed = 5)$replicates, b$replicates)
  by_matrix <- m_estimate(psi = function(t, d) psi(t, as.data.frame(d)), data = as.matrix(cars), start = c(a = 0, b = 0))
  expect_equal(bootstrap(by_matrix, times = 20, seed = 5)$replicates, b$replicates)
  by_indices <- m_estimate(psi = function(t, l) psi(t, cars[if (is.null(l$indices)) 1:50 else l$indices, ]), data = list(n = 50), start = c(a = 0, b = 0))
  expect_equal(bootstrap(by_indices, times = 20, seed = 5)$replicates, b$replicates)
  stacked <- m_estimate(psi = stack_psi(m = psi_glm(dist ~ speed)), data = cars)
  expect_equal(unname(bootstrap(stacked, times = 20, seed = 5)$replicates), unname(b$replicates))
  rows <- glmrs:::rust_draw_rows(50, 5, 3)
  expect_true(all(rows %in% 1:50))
  expect_equal(b$replicates[3, ], coef(lm(dist ~ speed, cars[rows, ])), ignore_attr = TRUE)
})

test_that("objectives are resampled, too", {
  x <- cars$dist
  f <- function(theta, x) list(value = sum((x - theta)^2), gradient = -2 * sum(x - theta))
  mean_fit <- m_estimate(f, function(theta, x) cbind(2 * (x - theta)), data = x, start = c(m = 0))
  b <- bootstrap(mean_fit, times = 10, seed = 2)
  expect_equal(b$replicates[4, "m"], mean(x[glmrs:::rust_draw_rows(50, 2, 4)]), ignore_attr = TRUE)
  no_score <- m_estimate(f, data = x, start = c(m = 0))
  expect_equal(bootstrap(no_score, times = 10, seed = 2)$replicates, b$replicates)
})

test_that("set.seed() governs, and with a seed R's generator is left alone", {
  set.seed(1)
  first <- bootstrap(fit, times = 5)
  set.seed(1)
  expect_identical(bootstrap(fit, times = 5)$replicates, first$replicates)
  expect_false(identical(bootstrap(fit, times = 5)$replicates, first$replicates))
  set.seed(1)
  before <- .Random.seed
  bootstrap(fit, times = 5, seed = 9)
  expect_identical(.Random.seed, before)
})

test_that("standard errors of every type are those of the sandwich, within the bootstrap's own error", {
  set.seed(8)
  n <- 400
  big <- data.frame(x = rnorm(n), id = rep(1:80, each = 5))
  big$y <- 1 + big$x + rnorm(80)[big$id] + rnorm(n)
  line <- function(theta, d, weights = 1) weights * (d$y - theta[1] - theta[2] * d$x) * cbind(1, d$x)
  model <- m_estimate(psi = line, data = big, start = c(a = 0, b = 0), cluster = NULL)
  ratio <- function(type, target, ...) sqrt(diag(vcov(bootstrap(model, 400, type, seed = 1, ...))) / diag(target))
  # four standard errors of a standard deviation of 400, 1/sqrt(800), and the terms of order 1/n that tell them apart
  near <- function(r) expect_lt(max(abs(r - 1)), 0.17)
  near(ratio("pairs", vcov(model)))
  near(ratio("bayesian", vcov(model)))
  near(ratio("score", vcov(model)))
  clustered <- vcov(model, "cluster", cluster = big$id)
  near(ratio("cluster", clustered, cluster = big$id))
  near(ratio("bayesian", clustered, cluster = big$id))
  near(ratio("score", clustered, cluster = big$id))
  by_glm <- glm_rs(y ~ x, data = big)
  for (type in c("cluster", "bayesian", "score")) {
    drawn <- lapply(list(model, by_glm), bootstrap, 3, type, cluster = big$id, seed = 1)
    expect_identical(drawn[[1L]]$clusters, drawn[[2L]]$clusters)
  }
  expect_null(bootstrap(model, 3, seed = 1)$clusters)
  # clusters matter here
  expect_gt(clustered[1, 1] / vcov(model)[1, 1], 1.5)
  expect_equal(vcov(model, "bootstrap", times = 50, seed = 3), vcov(bootstrap(model, 50, seed = 3)))
  expect_equal(
    vcov(model, "bootstrap", cluster = big$id, times = 50, seed = 3),
    vcov(bootstrap(model, 50, "cluster", cluster = big$id, seed = 3))
  )
  errors <- sqrt(diag(vcov(model, "bootstrap", times = 50, seed = 3)))
  lower <- confint(model, type = "bootstrap", times = 50, seed = 3)[, 1]
  expect_equal(lower, coef(model) - qnorm(0.975) * errors, tolerance = TOLERANCE)
})

test_that("the sign of a score does not matter", {
  f <- function(theta, x) list(value = mean(exp(x - theta) + theta), gradient = mean(1 - exp(x - theta)))
  x <- cars$speed / 5
  up <- m_estimate(f, function(theta, x) cbind(1 - exp(x - theta)), data = x, start = c(m = 0))
  down <- m_estimate(f, function(theta, x) cbind(exp(x - theta) - 1), data = x, start = c(m = 0))
  expect_equal(bootstrap(up, 10, "score", seed = 1)$replicates, bootstrap(down, 10, "score", seed = 1)$replicates)
  # one step of Newton's is near the fit itself
  full <- bootstrap(down, 200, "pairs", seed = 1)
  expect_gt(mean(bootstrap(down, 200, "score", seed = 1)$replicates > coef(down)), 0.3)
  expect_equal(colMeans(full$replicates), coef(down), tolerance = 0.05) # of 200 draws
})

test_that("intervals are what they are called", {
  b <- bootstrap(fit, 199, seed = 1)
  r <- b$replicates[, "b"]
  expect_equal(unname(confint(b, "b")), t(sort(r)[c(5, 195)]))
  expect_equal(unname(confint(b, "b", type = "basic")), t(2 * coef(fit)[["b"]] - sort(r)[c(195, 5)]))
  expect_equal(unname(confint(b, 2, level = 0.9, type = "normal")), t(2 * coef(fit)[["b"]] - mean(r) + qnorm(c(0.05, 0.95)) * sd(r)))
  expect_identical(dimnames(confint(b)), list(c("a", "b"), c("2.5 %", "97.5 %")))
  expect_equal(vcov(b), var(b$replicates))
  skip_if_not_installed("generics")
  table <- generics::tidy(b, conf.int = TRUE, conf.level = 0.9, type = "basic")
  expect_identical(table$term, c("a", "b"))
  expect_equal(table[2:4], as.data.frame(summary(b)$table[, 1:3]), ignore_attr = TRUE)
  expect_equal(cbind(table$conf.low, table$conf.high), unname(confint(b, level = 0.9, type = "basic")))
  expect_output(print(b), "Bootstrap \\(pairs\\), 199 replicates, seed 1.*Bias.*Std. Error")
  skip_if_not_installed("boot")
  fake <- structure(list(t0 = coef(fit)[["b"]], t = cbind(r), R = 199, sim = "ordinary", call = quote(x)), class = "boot")
  theirs <- boot::boot.ci(fake, type = c("norm", "basic", "perc"), index = 1)
  expect_equal(unname(confint(b, "b", type = "normal")), theirs$normal[, 2:3, drop = FALSE], ignore_attr = TRUE)
})

test_that("plots are drawn", {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  b <- bootstrap(fit, 19, seed = 1)
  expect_identical(plot(b), b)
  expect_silent(plot(b, "a", col = "grey"))
  # what the user gives is in the place of what would be there without
  expect_silent(plot(b, "a", breaks = 5, main = "of the intercept", xlab = "a"))
  for (bad in list("nobody", 3, ~a, NA)) expect_error(plot(b, bad), "`parm`", class = "glmrs_error_argument")
  expect_identical(plot(b, NULL), b)
  wide <- b
  wide$estimate <- setNames(rep(b$estimate, 15), paste0("b", 1:30))
  wide$replicates <- `colnames<-`(b$replicates[, rep(1:2, 15)], names(wide$estimate))
  expect_silent(plot(wide))
})

test_that("failures are counted and shown; if all fail that is an error", {
  fragile <- function(theta, d) {
    if (sum(d$speed == 4) > 2) stop("too many slow cars")
    psi(theta, d)
  }
  b <- bootstrap(m_estimate(psi = fragile, data = cars, start = c(a = 0, b = 0)), 60, seed = 1)
  drawn <- sapply(1:60, function(r) sum(cars$speed[glmrs:::rust_draw_rows(50, 1, r)] == 4) > 2)
  expect_identical(is.na(b$replicates[, 1]), drawn)
  expect_equal(b$failures[["too many slow cars"]], sum(drawn))
  expect_output(print(b), paste(sum(drawn), "of 60 replicates failed"))
  expect_true(all(is.finite(vcov(b))))
  only_once <- m_estimate(psi = function(t, d) if (anyDuplicated(d)) stop("twice") else cbind(d - t), data = c(1, 2, 4.5, 7, 9.5, 12, 1.5, 2.5), start = c(m = 0))
  expect_error(bootstrap(only_once, 20, seed = 1), "20 of 20 replicates failed: twice", class = "glmrs_error_bootstrap")
})

test_that("functions that do not look at what is resampled are refused", {
  blind <- function(theta, d) cbind(cars$dist - theta)
  expect_error(bootstrap(m_estimate(psi = blind, data = cars, start = c(m = 0)), 20), "do not look", class = "glmrs_error_bootstrap")
  ignores <- function(theta, d, weights) cbind(d$dist - theta)
  expect_error(bootstrap(m_estimate(psi = ignores, data = cars, start = c(m = 0)), 20, "bayesian"), "do not look", class = "glmrs_error_bootstrap")
  expect_error(bootstrap(m_estimate(psi = function(theta) cbind(cars$dist - theta), start = c(m = 0))), "no `data`", class = "glmrs_error_bootstrap")
  expect_error(bootstrap(m_estimate(psi = blind, data = cars[1:10, ], start = c(m = 0))), "10 rows.* gave 50", class = "glmrs_error_bootstrap")
  uneven <- m_estimate(psi = function(t, d) cbind(d$x - t), data = list(x = 1:5, y = 1:2), start = c(m = 0))
  expect_error(bootstrap(uneven), "different lengths", class = "glmrs_error_bootstrap")
})

test_that("the clusters of a fit are what is drawn, unless rows are asked for", {
  g <- rep(1:10, each = 5)
  own <- m_estimate(psi = psi, data = cars, start = c(a = 0, b = 0), cluster = g, moments = "cluster")
  b <- bootstrap(own, 9, seed = 1)
  expect_identical(b[c("type", "clusters")], list(type = "cluster", clusters = 10L))
  expect_identical(b$replicates, bootstrap(fit, 9, cluster = g, seed = 1)$replicates)
  # a replicate is the fit of the clusters that were drawn
  rows <- unlist(split(1:50, g)[glmrs:::rust_draw_rows(10, 1, 4)])
  expect_equal(b$replicates[4, ], coef(lm(dist ~ speed, cars[rows, ])), ignore_attr = TRUE)
  expect_identical(bootstrap(own, 9, "pairs", seed = 1)$replicates, bootstrap(fit, 9, seed = 1)$replicates)
  expect_equal(vcov(own, "bootstrap", times = 9, seed = 1), vcov(b))
  expect_equal(vcov(own, "bootstrap", boot_type = "pairs", times = 9, seed = 1), vcov(bootstrap(fit, 9, seed = 1)))
})

test_that("a formula of clusters is of the data frame of an objective without a score", {
  d <- transform(cars, g = rep(1:10, each = 5))
  loss <- function(theta, d) sum((d$dist - theta)^2)
  no_score <- m_estimate(loss, data = d, start = c(m = 0))
  by_vector <- bootstrap(no_score, 9, cluster = d$g, seed = 1)
  drawn <- bootstrap(no_score, 9, cluster = ~g, seed = 1)
  expect_identical(drawn$replicates, by_vector$replicates)
  expect_identical(drawn$type, "cluster")
  expect_equal(vcov(no_score, "bootstrap", cluster = ~g, times = 9, seed = 1), vcov(by_vector))
  expect_identical(vcov(no_score, "jackknife", cluster = ~g), vcov(no_score, "jackknife", cluster = d$g))
  expect_error(bootstrap(no_score, 9, cluster = ~nobody), "'nobody' not found", class = "glmrs_error_cluster")
  # there may be no data frame
  for (data in list(as.list(d), as.matrix(d))) {
    g <- d$g
    other <- m_estimate(function(theta, d) loss(theta, as.data.frame(d)), data = data, start = c(m = 0))
    expect_error(bootstrap(other, 9, cluster = ~g), "data frame, but `data` .* as a vector", class = "glmrs_error_cluster")
    expect_error(vcov(other, "jackknife", cluster = ~g), "as a vector", class = "glmrs_error_cluster")
    expect_identical(bootstrap(other, 9, cluster = g, seed = 1)$replicates, by_vector$replicates)
  }
})

test_that("wrong arguments are named", {
  expect_error(bootstrap(1), "from m_estimate", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, times = 0), "`times`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, type = "wild"), "`type`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, seed = -1), "`seed`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, sed = 1), "`sed`", class = "glmrs_error_argument")
  expect_error(bootstrap(fit, type = "cluster"), "`cluster`", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, type = "cluster", cluster = 1:3), "50 rows", class = "glmrs_error_cluster")
  expect_error(bootstrap(fit, type = "bayesian"), "weights", class = "glmrs_error_bootstrap")
  expect_error(confint(bootstrap(fit, 9, seed = 1), "c"), "no parameter c", class = "glmrs_error_argument")
  half <- m_estimate(function(t, d, weights = 1) sum(weights * (d$dist - t)^2), function(t, d) cbind(2 * (d$dist - t)), data = cars, start = c(m = 1))
  expect_error(bootstrap(half), "`score` has no argument `weights`", class = "glmrs_error_bootstrap")
  no_score <- m_estimate(function(t, d) sum((d$dist - t)^2), data = cars, start = c(m = 1))
  expect_error(bootstrap(no_score, type = "score"), "without `score`", class = "glmrs_error_inference")
})

test_that("regressions by formula are fitted again to their rows", {
  set.seed(2)
  d <- data.frame(x = rnorm(150), g = rep(1:15, 10))
  d$y <- 1 + d$x + rt(150, 3)
  d$twice <- 2 * d$x
  fit <- m_estimate(y ~ x + twice, d, loss = bisquare(), scale = "proposal2")
  errors <- sqrt(diag(vcov(fit)))[1:2]
  for (type in c("pairs", "bayesian", "score")) {
    drawn <- bootstrap(fit, 200, type = type, seed = 1)
    expect_identical(names(drawn$estimate), c("(Intercept)", "x")) # the aliased column has no replicates
    expect_equal(sqrt(diag(vcov(drawn))), errors, tolerance = 0.25) # of 200 draws
  }
  # the first replicate, by hand
  rows <- rust_draw_rows(150, 1, 1)
  again <- m_estimate(y ~ x, d[rows, ], loss = bisquare(), scale = "proposal2")
  drawn <- bootstrap(fit, 2, seed = 1)
  expect_equal(drawn$replicates[1L, ], coef(again), tolerance = 1e-6) # standard errors: where searches stop
  expect_identical(nrow(generics::glance(fit)), 1L)
  median <- m_estimate(y ~ x, d, loss = quantile(0.5))
  expect_true(all(is.finite(vcov(bootstrap(median, 20, type = "cluster", cluster = d$g, seed = 1)))))
  expect_error(bootstrap(m_estimate(y ~ x, d, weights = g), 20, type = "bayesian"), class = "glmrs_error_bootstrap")
})

test_that("functions of the parameters and `weights` alone are fitted and resampled", {
  by_weights <- m_estimate(psi = function(m, weights = 1) weights * (cars$dist - m), data = cars$dist, start = c(m = 0))
  expect_equal(coef(by_weights), c(m = mean(cars$dist)))
  b <- bootstrap(by_weights, times = 9, type = "bayesian", seed = 3)
  w <- glmrs:::rust_draw_weights(50, 3, 4)
  expect_equal(b$replicates[4, "m"], weighted.mean(cars$dist, w), ignore_attr = TRUE)
})

test_that("a stack with derivatives given by hand is resampled without them", {
  stack <- stack_psi(m = psi_function(function(theta, d) d$dist - theta[["m"]], start = c(m = 0)))
  by_hand <- m_estimate(psi = stack, jacobian = function(theta, d) -50, data = cars)
  expect_equal(
    bootstrap(by_hand, times = 9, seed = 1)$replicates, bootstrap(m_estimate(psi = stack, data = cars), times = 9, seed = 1)$replicates
  )
})

test_that("one replicate is too few", {
  expect_error(bootstrap(fit, times = 1), "at least 2", class = "glmrs_error_argument")
})

test_that("replicates of separated data have failed, wherever a search for them stops", {
  d <- data.frame(x = 1:12, y = c(0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1))
  found <- lapply(c(1e-8, 1e-12), function(epsilon) {
    fit <- glm_rs(y ~ x, binomial, d, epsilon = epsilon)
    bootstrap(fit, 200, seed = 1)
  })
  failed <- lapply(found, function(b) is.na(b$replicates[, "x"]))
  expect_identical(failed[[1L]], failed[[2L]])
  expect_equal(vcov(found[[1L]]), vcov(found[[2L]]), tolerance = 1e-4) # of the looser search
  expect_match(names(found[[1L]]$failures), "the drawn data are separated", all = FALSE)
  # each is what detect_separation() says of the rows that were drawn
  drawn <- vapply(seq_len(200), function(r) {
    rows <- d[rust_draw_rows(12, 1, r), ]
    if (length(unique(rows$x)) < 2L) return(NA)
    detect_separation(suppressWarnings(glm_rs(y ~ x, binomial, rows)))$outcome != "none"
  }, NA)
  expect_identical(failed[[1L]][!is.na(drawn)], drawn[!is.na(drawn)])
})

test_that("of replicates that equal the estimate half are below it", {
  set.seed(1)
  x <- as.double(rpois(41, 3))
  fit <- m_estimate(x ~ 1, data = data.frame(x = x), loss = quantile_loss(0.5))
  b <- bootstrap(fit, 500, seed = 2)
  below <- mean(b$replicates < b$estimate - 1e-6) + mean(abs(b$replicates - b$estimate) <= 1e-6) / 2
  bias <- qnorm(below)
  b$acceleration[] <- 0
  shares <- pnorm(2 * bias + qnorm(c(0.025, 0.975)))
  expect_equal(c(confint(b, type = "bca")), order_quantiles(b$replicates[, 1L], shares))
})
