# Few clusters: CR2, CR3 and their degrees of freedom beside package clubSandwich.

few_kinds <- setdiff(names(vcov_fits), c("excluded", "one"))

expect_same_as_club <- function(pair, cluster, types = c("CR2", "CR3"), tolerance = TOLERANCE) {
  for (type in types) {
    v <- vcov(pair$rs, cluster = cluster, ssc = ssc(type), complete = FALSE)
    club <- clubSandwich::vcovCR(pair$glm, cluster = factor(cluster), type = type)
    expect_equal(c(v), c(unclass(club)), tolerance = tolerance, label = paste(type, deparse1(pair$rs$call$family)))
    if (startsWith(type, "CR1") || type == "CR0") next
    df <- clubSandwich::coef_test(pair$glm, club, test = "Satterthwaite")$df_Satt
    expect_equal(unname(attr(v, "df")), df, tolerance = TOLERANCE, label = paste("df of", type))
  }
}

test_that("few clusters are those of package clubSandwich", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("clubSandwich")
  d <- vcov_data()
  d$three <- rep(1:3, c(100, 30, 30)) # one cluster of most rows
  for (kind in few_kinds) {
    pair <- settled_pair(vcov_fits[[kind]], d)
    expect_same_as_club(pair, d$firm, c("CR0", "CR1", "CR1S", "CR1p", "CR2", "CR3"))
    expect_same_as_club(pair, d$year)
    expect_same_as_club(pair, seq_len(nrow(d)))
    # a mean of one covariate can hardly be told from three clusters
    expect_same_as_club(pair, d$three)
  }
})

test_that("a cluster that decides a coefficient alone has a pseudo-inverse", {
  skip_if_not_installed("clubSandwich")
  d <- vcov_data()
  d$year <- factor(d$year)
  for (call in alist(
    fitter(t ~ x + year, gaussian, d),
    fitter(t ~ x + year, gaussian, d, weights = w),
    fitter(y ~ x + year, poisson, d, control = PRECISE)
  )) {
    pair <- settled_pair(call, d)
    v <- vcov(pair$rs, ~year, ssc = ssc("CR2"))
    club <- clubSandwich::vcovCR(pair$glm, cluster = d$year, type = "CR2")
    expect_equal(v["x", "x"], club["x", "x"], tolerance = TOLERANCE)
    df <- clubSandwich::coef_test(pair$glm, club, coefs = "x", test = "Satterthwaite")$df_Satt
    expect_equal(attr(v, "df")[["x"]], df, tolerance = TOLERANCE)
  }
})

# By matrices of all rows, without weights of zero: list(matrix, df) of a kind.
by_matrices <- function(fit, cluster, root) {
  x <- model.matrix(fit)
  mu <- fitted(fit)
  d <- fit$family$mu.eta(fit$linear.predictors)
  theta <- fit$family$variance(mu) / fit$prior.weights
  x <- x * d
  bread <- solve(crossprod(x, x / theta))
  hat <- x %*% bread %*% t(x / theta)
  groups <- split(seq_along(mu), cluster)
  rows <- sapply(groups, function(g) {
    left <- diag(length(g)) - hat[g, g, drop = FALSE]
    if (root) {
      size <- sqrt(theta[g])
      inside <- size * left %*% diag(theta[g], length(g)) * rep(size, each = length(g))
      e <- eigen((inside + t(inside)) / 2)
      a <- size * (e$vectors %*% (t(e$vectors) / sqrt(e$values))) * rep(size, each = length(g))
    } else {
      a <- solve(left)
    }
    out <- matrix(0, length(mu), ncol(x))
    out[g, ] <- t(bread %*% t(x[g, , drop = FALSE] / theta[g]) %*% a)
    out
  }, simplify = "array")
  changes <- apply(rows, 3, function(r) crossprod(r, fit$y - mu))
  through <- diag(length(mu)) - hat
  moments <- through %*% (theta * t(through))
  df <- sapply(seq_len(ncol(x)), function(j) {
    inner <- crossprod(rows[, j, ], moments %*% rows[, j, ])
    sum(diag(inner))^2 / sum(inner^2)
  })
  list(matrix = tcrossprod(changes), df = df)
}

test_that("few clusters are what the matrices of all rows say", {
  d <- vcov_data(600)
  d$block <- rep(1:4, c(400, 100, 60, 40))
  for (call in alist(
    fitter(y ~ x + z, poisson, d, control = PRECISE),
    fitter(t ~ x + f, Gamma("log"), d, weights = w, control = PRECISE),
    fitter(cbind(hits, size - hits) ~ x + z, binomial, d, control = PRECISE)
  )) {
    fit <- settled_pair(call, d)$rs
    for (type in c("CR2", "CR3")) {
      v <- vcov(fit, ~block, ssc = ssc(type))
      want <- by_matrices(fit, d$block, type == "CR2")
      expect_equal(c(v), c(want$matrix), tolerance = 1e-8)
      expect_equal(unname(attr(v, "df")), want$df, tolerance = TOLERANCE)
    }
  }
})

test_that("rows without weight are in no cluster", {
  d <- vcov_data()
  d$w[c(2, 11:40)] <- 0
  d$firm[11:40] <- "without weight"
  fit <- glm_rs(t ~ x + f, Gamma("log"), d, weights = w, control = PRECISE)
  rest <- glm_rs(t ~ x + f, Gamma("log"), d[d$w > 0, ], weights = w, control = PRECISE)
  for (type in c("CR1p", "CR2", "CR3")) {
    expect_equal(vcov(fit, ~firm, ssc = ssc(type)), vcov(rest, ~firm, ssc = ssc(type)), tolerance = TOLERANCE)
  }
  expect_equal(vcov(fit, "jackknife"), vcov(rest, "jackknife"), tolerance = TOLERANCE)
  expect_equal(vcov(fit, "DK", time = ~year), vcov(rest, "DK", time = ~year), tolerance = TOLERANCE)
})

test_that("clusters of one row are rows", {
  fit <- vcov_pair("gaussian")$rs
  ids <- seq_along(fit$y)
  expect_equal(vcov(fit, cluster = ids, ssc = ssc("CR2")), vcov(fit, "HC2"), tolerance = TOLERANCE, ignore_attr = TRUE)
  expect_equal(vcov(fit, cluster = ids, ssc = ssc("CR3")), vcov(fit, "HC3"), tolerance = TOLERANCE, ignore_attr = TRUE)
})

test_that("package sandwich's clustered HC2 and HC3 are the same for least squares", {
  skip_if_not_installed("sandwich")
  d <- vcov_data()
  rs <- glm_rs(t ~ x + f, gaussian, d)
  glm <- glm(t ~ x + f, gaussian, d)
  for (type in 2:3) {
    v <- sandwich::vcovCL(glm, ~firm, type = paste0("HC", type))
    expect_equal(vcov(rs, ~firm, ssc = ssc(paste0("CR", type))), v, tolerance = TOLERANCE, ignore_attr = c("ssc", "df"))
  }
})

test_that("several ways are package sandwich's, by inclusion and exclusion", {
  skip_if_not_installed("sandwich")
  d <- vcov_data(300)
  d$of_firm <- as.integer(factor(d$firm)) %% 3
  for (ways in list(~ firm + year, ~ firm + year + lgl)) {
    for (type in 2:3) {
      rs <- glm_rs(t ~ x + f, gaussian, d)
      theirs <- sandwich::vcovCL(glm(t ~ x + f, gaussian, d), ways, type = paste0("HC", type))
      v <- suppressWarnings(vcov(rs, ways, ssc = ssc(paste0("CR", type))))
      expect_equal(v, theirs, tolerance = TOLERANCE, ignore_attr = "ssc")
      expect_null(attr(v, "df"))
    }
  }
  # for other families of the one-way covariances
  pair <- vcov_pair("weighted", d)$rs
  d$both <- interaction(d$firm, d$year)
  for (type in c("CR2", "CR3")) {
    of <- function(cluster) suppressWarnings(c(vcov(pair, cluster = cluster, ssc = ssc(type))))
    expect_equal(of(d[c("firm", "year")]), of(d$firm) + of(d$year) - of(d$both), tolerance = ROUNDING)
    # clusters within clusters add nothing
    expect_equal(of(d[c("firm", "of_firm")]), of(d$of_firm), tolerance = ROUNDING)
  }
  summary <- suppressWarnings(summary(glm_rs(t ~ x, gaussian, d), vcov = ~ firm + year, ssc = ssc("CR2")))
  expect_true("Degrees of freedom: 5, the number of clusters less 1" %in% capture.output(print(summary)))
})

test_that("names of small-sample choices stand for one another", {
  fit <- vcov_pair("poisson")$rs
  by <- function(...) c(vcov(fit, ~firm, ssc = ssc(...)))
  expect_identical(by("CR0"), by(cadjust = FALSE))
  expect_identical(by("CR1"), by())
  expect_identical(by("CR1S"), by(type = "HC1"))
  expect_equal(by("CR1p"), by("CR0") * 17 / (17 - fit$rank), tolerance = ROUNDING)
  expect_equal(format(ssc("CR2")), "type CR2")
})

test_that("summaries and intervals use the degrees of freedom", {
  fit <- vcov_pair("aliased")$rs
  v <- vcov(fit, ~firm, ssc = ssc("CR2"))
  df <- attr(v, "df")
  expect_identical(names(df), names(coef(fit)))
  expect_identical(is.na(df), is.na(coef(fit)))
  summary <- summary(fit, vcov = ~firm, ssc = ssc("CR2"))
  table <- coef(summary)
  expect_identical(colnames(table), c("Estimate", "Std. Error", "df", "t value", "Pr(>|t|)"))
  expect_identical(table[, "df"], df[!is.na(df)])
  expect_equal(table[, 5], 2 * pt(-abs(table[, 1] / table[, 2]), table[, 3]), tolerance = ROUNDING)
  expect_identical(summary$standard.errors$df, df[!is.na(df)])
  limits <- confint(fit, level = 0.9, vcov = ~firm, ssc = ssc("CR2"))
  expect_equal(limits[, 2], coef(fit) + qt(0.95, df) * sqrt(diag(v)), tolerance = ROUNDING)
  expect_true("Degrees of freedom: Satterthwaite's" %in% capture.output(print(summary)))
})

test_that("the number of threads changes nothing", {
  d <- vcov_data(40000)
  fit <- glm_rs(y ~ x + f + g, poisson, d)
  all <- function(threads) {
    withr::local_options(glmrs.threads = threads)
    list(
      vcov(fit, ~firm, ssc = ssc("CR2")), vcov(fit, cluster = seq_len(40000) %/% 5, ssc = ssc("CR2")),
      vcov(fit, ~firm, ssc = ssc("CR3")), vcov(fit, "jackknife"), vcov(fit, "DK", time = ~year),
      vcov(fit, cluster = cbind(seq_len(40000) %/% 5, d$year))
    )
  }
  expect_identical(all(1), all(2))
})

test_that("what is asked for in error is told", {
  d <- vcov_data()
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(vcov(fit, ~ firm + year, ssc = ssc("CR1p")), "one way, not by firm and year", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = rep("a", 160), ssc = ssc("CR3")), "all rows are in one", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = rep(1:3, length.out = 160), ssc = ssc("CR1p")), "more clusters", class = "glmrs_error_cluster")
  expect_error(ssc(TRUE, "CR2"), '"CR2" has its own factor', class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", ssc = ssc("CR1")), "a type for clusters", class = "glmrs_error_argument")
})

test_that("CR2 of rows whose working variances differ by orders of magnitude is that of the same rows in parts", {
  set.seed(1)
  d <- data.frame(x = rnorm(48), cl = rep(1:12, each = 4))
  d$y <- exp(1.5 * d$x) * rgamma(48, 3, 3)
  control <- list(epsilon = 1e-14, maxit = 200)
  fit <- glm_rs(y ~ x, inverse.gaussian("log"), d, control = control)
  # five rows of a fifth of the weight are one row: clusters of 4 rows take another way than those of 20
  parts <- glm_rs(y ~ x, inverse.gaussian("log"), d[rep(1:48, 5), ], weights = rep(0.2, 240), control = control)
  for (type in c("CR2", "CR3")) {
    v <- vcov(fit, ~cl, ssc = ssc(type, cadjust = FALSE))
    expect_equal(v, vcov(parts, ~cl, ssc = ssc(type, cadjust = FALSE)), tolerance = 1e-8) # of two searches
  }
  # by numbers of 80 digits
  expect_equal(sqrt(vcov(fit, ~cl, ssc = ssc("CR2"))["x", "x"]), 0.15174, tolerance = 1e-4) # digits that are known
  expect_equal(attr(vcov(fit, ~cl, ssc = ssc("CR2")), "df")[["x"]], 5.599, tolerance = 1e-3) # as above
})

test_that("clusters of a row with a leverage near 1 are HC3", {
  set.seed(1)
  fit <- glm_rs(y ~ x, data = data.frame(x = c(1e6, rnorm(29)), y = rnorm(30)))
  expect_equal(vcov(fit, cluster = 1:30, ssc = ssc("CR3", cadjust = FALSE))["x", "x"], vcov(fit, "HC3")["x", "x"], tolerance = 1e-3) # 1 - h has few digits
})

test_that("a contrast is that of package clubSandwich, with its degrees of freedom", {
  skip_if_not_installed("clubSandwich")
  d <- vcov_data()
  pair <- settled_pair(quote(fitter(y ~ x + z, poisson, d, control = PRECISE)), d)
  contrast <- matrix(c(1, 0.5, -1), 1L)
  for (type in c("CR2", "CR3")) {
    covariance <- clubSandwich::vcovCR(pair$glm, cluster = d$year, type = type)
    want <- clubSandwich::linear_contrast(pair$glm, covariance, contrasts = contrast, cluster = d$year)
    found <- wald_test(pair$rs, contrast, vcov = ~year, ssc = ssc(type))
    expect_equal(c(found$parameter[["denom df"]], sqrt(c(found$vcov))), c(want$df, want$SE), tolerance = TOLERANCE)
  }
})
