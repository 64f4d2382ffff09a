# Robust covariances: those of package sandwich on the glm() fit, and relations between them.

all_fits <- names(vcov_fits)

test_that("HC covariances are those of package sandwich", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("sandwich")
  for (type in c(paste0("HC", 0:5), "HC4m")) {
    expect_same_covariance(all_fits, vcov(fit, type, complete = FALSE), sandwich::vcovHC(fit, type))
  }
  expect_same_covariance(all_fits, vcov(fit, "OPG", complete = FALSE), sandwich::vcovOPG(fit))
  expect_same_covariance("gamma", vcov(fit, "sandwich"), sandwich::sandwich(fit))
  expect_same_covariance("gamma", vcov(fit, "qmle"), sandwich::sandwich(fit))
})

test_that("covariances by clusters are those of package sandwich", {
  skip_if_not_installed("sandwich")
  for (type in c("HC0", "HC1")) {
    expect_same_covariance(
      all_fits, vcov(fit, cluster = ~firm, ssc = ssc(type = type), complete = FALSE),
      sandwich::vcovCL(fit, ~firm, type = type)
    )
    expect_same_covariance(
      setdiff(all_fits, "one"), vcov(fit, ~ firm + year, ssc = ssc(FALSE, type), complete = FALSE),
      sandwich::vcovCL(fit, ~ firm + year, type = type, cadjust = FALSE)
    )
  }
  expect_same_covariance(
    c("poisson", "gamma", "excluded"), vcov(fit, cluster = ~ firm + year + g), sandwich::vcovCL(fit, ~ firm + year + g)
  )
  # intersections of nearly every row
  expect_same_covariance("poisson", vcov(fit, cluster = ~ firm + day), sandwich::vcovCL(fit, ~ firm + day))
})

test_that("HAC covariances are those of package sandwich", {
  skip_if_not_installed("sandwich")
  kinds <- c("poisson", "weighted", "gaussian", "gamma", "aliased", "one", "excluded")
  for (lag in c(0, 1, 7)) {
    expect_same_covariance(
      kinds, vcov(fit, "HAC", lag = lag, complete = FALSE), sandwich::NeweyWest(fit, lag = lag, prewhite = FALSE)
    )
  }
  expect_same_covariance(
    kinds, vcov(fit, "HAC", lag = "auto", complete = FALSE), sandwich::NeweyWest(fit, prewhite = FALSE)
  )
  d <- vcov_data()
  for (kernel in c("Bartlett", "Parzen", "Quadratic Spectral")) {
    expect_same_covariance(
      setdiff(kinds, "excluded"),
      vcov(fit, "HAC", kernel = kernel, bandwidth = 2.7, order_by = ~day, ssc = ssc(type = "HC1"), complete = FALSE),
      sandwich::kernHAC(fit, order.by = ~day, data = d, bw = 2.7, kernel = kernel, prewhite = FALSE)
    )
  }
  for (kernel in c("Parzen", "Quadratic Spectral")) {
    expect_same_covariance(
      kinds, vcov(fit, "HAC", kernel = kernel, lag = "auto", complete = FALSE),
      sandwich::kernHAC(fit, bw = sandwich::bwNeweyWest, kernel = kernel, prewhite = FALSE, adjust = FALSE)
    )
  }
  expect_same_covariance("poisson", vcov(fit, "HAC"), sandwich::NeweyWest(fit, lag = 4, prewhite = FALSE))
})

test_that("rows without weight take no part", {
  d <- vcov_data()
  d$w[c(2, 11:40)] <- 0
  d$firm[11:40] <- "without weight"
  fit <- glm_rs(y ~ x + f, Gamma("log"), transform(d, y = t), weights = w, control = PRECISE)
  without <- glm_rs(y ~ x + f, Gamma("log"), transform(d, y = t), weights = w, subset = w > 0, control = PRECISE)
  seeded <- function(fit, type) {
    set.seed(1) # the bootstrap draws
    vcov(fit, type)
  }
  for (type in setdiff(names(glmrs:::covariance_kinds), c("model", "cluster", "HAC", "DK"))) { # which need options
    expect_equal(seeded(fit, type), seeded(without, type), tolerance = TOLERANCE)
  }
  for (type in c("HC0", "HC1")) {
    expect_equal(
      vcov(fit, cluster = ~ firm + year, ssc = ssc(type = type)),
      vcov(without, cluster = ~ firm + year, ssc = ssc(type = type)), tolerance = TOLERANCE
    )
  }
})

test_that("weights are squared in the meat", {
  d <- vcov_data()
  fit <- glm_rs(t ~ x, gaussian, d, weights = w)
  x <- cbind(1, d$x)
  bread <- solve(crossprod(x, d$w * x))
  meat <- crossprod(x * (d$w * (d$t - fitted(fit))))
  expect_equal(unname(vcov(fit, "HC0")), bread %*% meat %*% bread, tolerance = 1e-10)
})

test_that("a covariance by clusters of one row each is White's", {
  fit <- vcov_pair("gamma")$rs
  own <- vcov(fit, cluster = vcov_data()$day, ssc = ssc(cadjust = FALSE))
  expect_equal(own, vcov(fit, "HC0"), tolerance = ROUNDING, ignore_attr = "ssc")
  expect_equal(attr(own, "ssc"), ssc(cadjust = FALSE))
  expect_equal(vcov(fit, "HAC", lag = 0), vcov(fit, "HC0"), tolerance = ROUNDING, ignore_attr = "ssc")
})

test_that("clusters are found in the data of the fit, or given", {
  d <- vcov_data()
  d$x[7] <- NA
  fit <- glm_rs(y ~ x + f, poisson, d, subset = z < 0.9, na.action = na.exclude)
  kept <- d$z < 0.9
  want <- vcov(fit, cluster = ~firm)
  expect_identical(vcov(fit, cluster = d$firm[kept]), want)
  expect_identical(vcov(fit, cluster = factor(d$firm[kept & !is.na(d$x)])), want)
  expect_identical(vcov(fit, cluster = data.frame(a = d$firm, b = d$year)[kept, ]), vcov(fit, ~ firm + year))
  numbers <- as.integer(factor(d$firm))[kept]
  for (by in list(-3L * numbers, 1e6L * numbers, structure(numbers, class = "Date"), array(numbers))) {
    expect_equal(vcov(fit, cluster = by), want, tolerance = ROUNDING)
  }
  expect_identical(vcov(fit, ~ interaction(firm, year)), vcov(fit, cluster = paste(d$firm, d$year)[kept]))
  # without the model frame, and without data
  expect_equal(vcov(update(fit, model = FALSE, y = FALSE), ~firm), want, tolerance = TOLERANCE, ignore_attr = TRUE)
  free <- with(d, glm_rs(y ~ x + f, poisson, subset = z < 0.9))
  expect_equal(with(d, vcov(free, ~firm)), want, tolerance = ROUNDING)
})

test_that("the number of threads changes nothing", {
  d <- vcov_data(40000)
  fit <- glm_rs(y ~ x + f + g, poisson, d)
  all <- function(threads) {
    withr::local_options(glmrs.threads = threads)
    list(vcov(fit, "HC3"), vcov(fit, ~ firm + year), vcov(fit, "HAC", lag = 3))
  }
  expect_identical(all(1), all(2))
})

test_that("aliased coefficients are NA in the complete matrix", {
  fit <- vcov_pair("aliased")$rs
  for (v in list(vcov(fit, "HC3"), vcov(fit, ~firm), vcov(fit, "HAC"))) {
    expect_equal(dimnames(v), dimnames(vcov(fit)))
    expect_equal(is.na(v), is.na(vcov(fit)), ignore_attr = "ssc")
  }
})

test_that("a factor of many levels is taken to a matrix of them", {
  skip_if_not_installed("sandwich")
  d <- vcov_data(2000)
  d$id <- factor(sample(300, 2000, TRUE))
  rs <- glm_rs(y ~ x + id, poisson, d, control = PRECISE)
  glm <- stats::glm(y ~ x + id, poisson, d, control = PRECISE)
  expect_false(is.null(rs$cov.blocks))
  expect_equal(vcov(rs, "HC1"), sandwich::vcovHC(glm, "HC1"), tolerance = 1e-7) # means of levels near 0
  expect_equal(vcov(rs, ~firm), sandwich::vcovCL(glm, ~firm), tolerance = TOLERANCE, ignore_attr = "ssc")
})

test_that("the model's covariance is what it was", {
  for (kind in c("poisson", "gaussian", "aliased")) {
    pair <- vcov_pair(kind)
    expect_equal(vcov(pair$rs), vcov(pair$glm), tolerance = TOLERANCE)
    expect_identical(vcov(pair$rs, "model"), vcov(pair$rs))
    expect_equal(vcov(pair$rs, dispersion = 3), vcov(pair$glm, dispersion = 3), tolerance = TOLERANCE)
  }
})

test_that("a fit without coefficients has no covariance", {
  fit <- glm_rs(y ~ 0, poisson, vcov_data())
  for (v in list(vcov(fit, "HC3"), vcov(fit, ~firm), vcov(fit, "HAC"))) expect_equal(dim(v), c(0L, 0L))
})

test_that("what is asked for in error is told", {
  d <- vcov_data()
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(vcov(fit, "HC9"), '"HC5".*a matrix or a function', class = "glmrs_error_argument")
  expect_identical(vcov(fit, FALSE), vcov(fit, complete = FALSE)) # as of a glm, by place
  expect_error(vcov(fit, "HC3", lag = 1), '`lag` is not an option of the covariance "HC3"', class = "glmrs_error_argument")
  expect_error(vcov(fit, "HC3", cluster = ~firm), "`cluster` is not an option", class = "glmrs_error_argument")
  expect_error(vcov(fit, lag = 1), '`lag` is not an option of the covariance "model"', class = "glmrs_error_argument")
  expect_identical(vcov(fit, of = "another package"), vcov(fit))
  expect_error(vcov(fit, "cluster"), "`cluster` is missing", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = 1:3), "each of the 160 rows, not 3", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = rep("a", 160)), "all rows are in one cluster", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = ~nowhere), "nowhere", class = "glmrs_error_cluster")
  expect_error(vcov(fit, cluster = ~ firm:year), "interaction\\(firm, year\\)", class = "glmrs_error_cluster")
  expect_error(vcov(fit, ~firm, cluster = ~year), "two `cluster`s", class = "glmrs_error_argument")
  d$firm[5] <- NA
  rownames(d) <- paste0("r", 1:160)
  fit <- glm_rs(y ~ x + f, poisson, d)
  expect_error(vcov(fit, cluster = ~firm), "`firm` is missing \\(row r5\\)", class = "glmrs_error_cluster")
  expect_error(vcov(fit, ~year, ssc = list()), "`ssc` must be made by ssc\\(\\)", class = "glmrs_error_argument")
  expect_error(ssc(type = "HC7"), "`type` must be one of", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", lag = 160), "from 0 to 159", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", lag = 1, bandwidth = 2), "the same", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", kernel = "flat"), "`kernel` must be one of", class = "glmrs_error_argument")
  expect_error(vcov(fit, "HAC", order_by = 1:3), "`order_by` must have one value", class = "glmrs_error_order_by")
  expect_error(vcov(fit, diag(2)), "numeric matrix of 4 x 4", class = "glmrs_error_argument")
  wrong <- vcov(fit)
  rownames(wrong)[2] <- "z"
  expect_error(vcov(fit, wrong), "is called `z`, but the coefficient `x`", class = "glmrs_error_argument")
})

test_that("rows that decide a coefficient alone are named", {
  d <- vcov_data()
  d$alone <- as.numeric(seq_len(160) %in% 9)
  rownames(d) <- paste0("r", 1:160)
  fit <- glm_rs(t ~ x + alone, gaussian, d)
  expect_error(vcov(fit, "HC3"), "decide a coefficient alone: r9", class = "glmrs_error_leverage")
  expect_equal(diag(vcov(fit, "HC0"))[["alone"]] > 0, TRUE)
})

test_that("negative variances of several ways warn", {
  set.seed(1)
  d <- data.frame(a = rep(1:4, each = 10), b = rep(1:10, 4), y = rep(0, 40))
  # what is common to a and b is nothing: every cell differs from its row and column
  d$y <- ifelse((d$a + d$b) %% 2 == 0, 1, -1)
  fit <- glm_rs(y ~ 1, gaussian, d)
  expect_warning(v <- vcov(fit, ~ a + b), "negative variances.*\\(Intercept\\)", class = "glmrs_warning_covariance")
  expect_true(v < 0)
})
