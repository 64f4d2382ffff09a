# Bootstraps and Wald tests of models of several linear predictors, beside fits with the weights that were drawn.

d <- zero_data_set(300)
categories <- category_data(300)
# 300 cases of three alternatives
choices <- local({
  set.seed(2)
  d <- expand.grid(way = c("car", "bus", "train"), person = 1:120)
  d$cost <- rexp(360)
  d$income <- rep(runif(120), each = 3)
  d$utility <- rexp(360) - d$cost
  d$chosen <- d$utility == ave(d$utility, d$person, FUN = max)
  d$town <- rep(rep(1:12, 10), each = 3)
  d[sample(360), ]
})
fits <- list(
  hurdle = function(d, w) {
    d$given <- if (is.null(w)) 1 else w
    glm_rs(y ~ x | z, family = hurdle(negative_binomial()), data = d, weights = given, control = PRECISE_MODEL)
  },
  inflated = function(d, w) {
    d$given <- if (is.null(w)) 1 else w
    glm_rs(y ~ x + f | z, family = zero_inflated(), data = d, weights = given, control = PRECISE_MODEL)
  },
  nb1 = function(d, w) {
    d$given <- if (is.null(w)) 1 else w
    glm_rs(y ~ x + f, family = negative_binomial(type = "nb1"), data = d, weights = given, offset = log(e), control = PRECISE_MODEL)
  },
  # rows without a weight may be zero
  truncated = function(d, w) {
    d$given <- (d$y > 0) * if (is.null(w)) 1 else w
    glm_rs(y ~ x, family = zero_truncated(negative_binomial()), data = d, weights = given, control = PRECISE_MODEL)
  }
)
of_categories <- list(
  multinomial = function(d, w) {
    d$given <- if (is.null(w)) 1 else w
    glm_rs(y ~ x + f, family = multinomial(), data = d, weights = given, control = PRECISE_MODEL)
  },
  cumulative = function(d, w) {
    d$given <- if (is.null(w)) 1 else w
    glm_rs(y ~ x + f, family = cumulative("probit"), data = d, weights = given, control = PRECISE_MODEL)
  }
)
model_cases <- c(lapply(fits, list, data = d), lapply(of_categories, list, data = categories))
# a replicate and a fit from another start are both within sqrt(epsilon) standard errors of the maximum
NEAR_MAXIMUM <- 1e-6

test_that("replicates are fits with the weights that were drawn", {
  for (name in names(model_cases)) {
    data <- model_cases[[name]]$data
    data$w <- data$w / 2
    fitter <- model_cases[[name]][[1L]]
    fit <- fitter(data, data$w)
    counted <- which(weights(fit) > 0)
    for (type in c("pairs", "bayesian")) {
      b <- bootstrap(fit, 3, type, seed = 5)
      numbers <- if (type == "pairs") tabulate(glmrs:::rust_draw_rows(length(counted), 5, 2), length(counted)) else glmrs:::rust_draw_weights(length(counted), 5, 2)
      data$drawn <- 0
      data$drawn[counted] <- data$w[counted] * numbers
      again <- fitter(data, data$drawn)
      expect_equal(b$replicates[2, ], glmrs:::model_parameters(again), tolerance = NEAR_MAXIMUM, label = paste(name, type))
      expect_equal(b$errors[2, ], sqrt(diag(again$cov.scaled)), tolerance = 1e-4, ignore_attr = TRUE) # of a flat maximum
    }
    expect_equal(b$standard.errors, sqrt(diag(fit$cov.scaled)))
  }
})

test_that("clusters are drawn whole, and cases of choices", {
  fit <- of_categories$cumulative(categories, categories$w)
  counted <- categories$w > 0
  b <- bootstrap(fit, 2, cluster = ~g, seed = 1)
  expect_equal(b$type, "cluster")
  groups <- match(categories$g, unique(categories$g[counted]))
  numbers <- tabulate(glmrs:::rust_draw_rows(length(unique(categories$g[counted])), 1, 1), max(groups))
  again <- of_categories$cumulative(categories, categories$w * numbers[groups])
  expect_equal(b$replicates[1, ], glmrs:::model_parameters(again), tolerance = NEAR_MAXIMUM)

  family <- multinomial(alternatives = ~way, id = ~person)
  fit <- glm_rs(chosen ~ cost | income, family = family, data = choices, control = PRECISE_MODEL)
  b <- bootstrap(fit, 2, seed = 4)
  numbers <- tabulate(glmrs:::rust_draw_rows(120, 4, 1), 120)
  # units are numbered by the rows that scores are at, in the order of the data
  mold <- glmrs:::model_mold(fit)
  first <- mold$order[mold$starts[-121] + 1]
  case_number <- rank(first)[mold$case]
  choices$drawn <- 0
  choices$drawn[mold$order] <- numbers[case_number]
  again <- glm_rs(chosen ~ cost | income, family = family, data = choices, weights = drawn, control = PRECISE_MODEL)
  expect_equal(b$replicates[1, ], coef(again), tolerance = NEAR_MAXIMUM)
  by_town <- bootstrap(fit, 200, cluster = ~town, seed = 4)
  ratio <- sqrt(diag(vcov(by_town))) / sqrt(diag(vcov(fit, cluster = ~town)))
  # twelve clusters say no more than a third of their spread
  expect_true(all(ratio > 0.6 & ratio < 1.8))
})

test_that("wild and score replicates are a step with multiplied scores", {
  for (name in names(model_cases)) {
    data <- model_cases[[name]]$data
    fit <- model_cases[[name]][[1L]](data, data$w)
    influence <- glmrs:::estfun.glm_rs_model(fit) %*% fit$cov.scaled
    influence <- influence[weights(fit) > 0, ]
    b <- bootstrap(fit, 3, "score", seed = 5)
    numbers <- glmrs:::rust_draw_weights(nrow(influence), 5, 2)
    expect_equal(b$replicates[2, ], b$estimate + colSums((numbers - 1) * influence), tolerance = 1e-10, label = name)
    by_cluster <- bootstrap(fit, 400, "wild", cluster = ~g, seed = 1)
    sums <- rowsum(influence, data$g[weights(fit) > 0])
    # of 400 draws of -1 and 1 the second moments are within some percents
    expect_equal(diag(vcov(by_cluster)), colSums(sums^2), tolerance = draws(400, 3), label = name)
    expect_identical(by_cluster$replicates, bootstrap(fit, 400, "wild", cluster = ~g, seed = 1, threads = 2)$replicates)
    mammen <- bootstrap(fit, 3, "wild", distribution = "mammen", seed = 1)$replicates
    expect_false(isTRUE(all.equal(mammen, bootstrap(fit, 3, "wild", seed = 1)$replicates)))
    expect_error(confint(by_cluster, type = "t"), class = "glmrs_error")
  }
  fit <- fits$nb1(d, NULL)
  drawn <- vcov(bootstrap(fit, 20, "wild", distribution = "mammen", seed = 1))
  # of the coefficients alone
  found <- vcov(fit, "bootstrap", boot_type = "wild", distribution = "mammen", times = 20, seed = 1)
  expect_equal(found, drawn[rownames(found), colnames(found)], ignore_attr = TRUE)
  expect_error(bootstrap(fit, 9, "pairs", distribution = "mammen"), "distribution", class = "glmrs_error_argument")
})

test_that("bootstraps of models are near their sandwich, in all their uses", {
  fit <- fits$inflated(d, NULL)
  b <- bootstrap(fit, 300, seed = 2, threads = 1)
  expect_identical(b$replicates, bootstrap(fit, 300, seed = 2, threads = 2)$replicates)
  expect_equal(sqrt(diag(vcov(b))), sqrt(diag(vcov(fit, "HC0"))), tolerance = 0.2) # of 300 replicates
  v <- vcov(fit, "bootstrap", times = 300, seed = 2)
  expect_equal(v, vcov(b), ignore_attr = TRUE)
  expect_equal(vcov(fit, "bootstrap", times = 50, seed = 2, part = "count"), vcov(bootstrap(fit, 50, seed = 2))[1:4, 1:4], ignore_attr = TRUE)
  for (type in c("percentile", "normal", "basic", "bca", "t")) {
    limits <- confint(b, type = type, level = 0.9)
    expect_true(all(limits[, 1] < coef(fit) & coef(fit) < limits[, 2]), label = type)
  }
  expect_match(capture.output(print(summary(fit, vcov = "bootstrap", times = 50, seed = 1))), "bootstrap \\(pairs, 50", all = FALSE)
})

test_that("what was drawn may lack what the model is about", {
  few <- data.frame(y = c(0, 1:29), x = 1:30)
  fit <- suppressWarnings(glm_rs(y ~ 1, family = hurdle(), data = few))
  b <- bootstrap(fit, 60, seed = 1)
  expect_match(names(b$failures), "no zero in the drawn data")
  without <- vapply(1:60, function(r) !any(glmrs:::rust_draw_rows(30, 1, r) == 1), NA)
  expect_equal(sum(b$failures), sum(without))
  rare <- data.frame(y = factor(rep(c("a", "b", "c"), c(15, 14, 1))), x = sin(1:30))
  for (family in list(multinomial(), cumulative())) {
    b <- bootstrap(glm_rs(y ~ x, family = family, data = rare), 60, seed = 1)
    expect_match(names(b$failures), "no row of category 3", all = FALSE)
  }
})

test_that("a replicate of infinite theta has failed, and that of a fit is no parameter", {
  set.seed(3)
  even <- data.frame(y = rnbinom(200, size = 60, mu = 3), x = rnorm(200))
  fit <- glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = even)
  b <- bootstrap(fit, 60, seed = 1)
  expect_named(b$failures, "theta is infinite: the counts vary no more than Poisson counts")
  expect_true(all(is.finite(b$replicates[!is.na(b$replicates[, 1]), ])))
  expect_warning(fit <- glm_rs(x ~ 1, zero_truncated(negative_binomial()), data.frame(x = rep(3:5, 20))), class = "glmrs_warning_boundary")
  b <- bootstrap(fit, 10, seed = 1)
  expect_equal(b$replicates, bootstrap(glm_rs(x ~ 1, zero_truncated(), data.frame(x = rep(3:5, 20))), 10, seed = 1)$replicates)
})

test_that("theta is found again in each replicate", {
  skip_if_not_installed("MASS")
  nb <- glm_rs(y ~ x + f, family = negative_binomial(), data = d, weights = w, control = list(epsilon = 1e-12, maxit = 50))
  b <- bootstrap(nb, 4, seed = 6)
  counts <- tabulate(glmrs:::rust_draw_rows(300, 6, 3), 300)
  d$drawn <- d$w * counts
  again <- glm_rs(y ~ x + f, family = negative_binomial(), data = d, weights = drawn, control = list(epsilon = 1e-12, maxit = 50))
  expect_equal(b$replicates[3, ], coef(again), tolerance = NEAR_MAXIMUM)
  expect_equal(b$errors[3, ], sqrt(diag(vcov(again))), tolerance = STOPPING)
  held <- glm_rs(y ~ x + f, family = negative_binomial(nb$theta), data = d, weights = w)
  expect_gt(max(abs(b$replicates - bootstrap(held, 4, seed = 6)$replicates)), 1e-4)
  expect_identical(b$replicates, bootstrap(nb, 4, seed = 6, threads = 2)$replicates)
  suppressWarnings(aliased <- glm_rs(y ~ x + I(2 * x) + f, family = negative_binomial(), data = d))
  expect_named(bootstrap(aliased, 2, seed = 1)$estimate, c("(Intercept)", "x", "fb", "fc"))
})

test_that("restrictions of models are tested with any covariance", {
  for (name in names(model_cases)) {
    data <- model_cases[[name]]$data
    fit <- model_cases[[name]][[1L]](data, data$w)
    estimates <- glmrs:::model_parameters(fit)
    slopes <- grep("x$|z$|fb$|fc$", names(estimates))
    whole <- function(v) v[slopes, slopes]
    v <- glmrs:::likelihood_covariance(fit, "HC1", list(), NULL)$matrix
    test <- wald_test(fit, vcov = "HC1")
    expect_equal(test$statistic[[1L]], drop(estimates[slopes] %*% solve(whole(v), estimates[slopes])), tolerance = 1e-8, label = name)
    expect_equal(test$parameter, c(df = length(slopes)))
    one <- wald_test(fit, names(estimates)[slopes[1L]], vcov = "cluster", cluster = ~g)
    by_cluster <- glmrs:::likelihood_covariance(fit, "cluster", list(cluster = ~g), NULL)$matrix
    expect_equal(one$statistic[[1L]], estimates[[slopes[1L]]]^2 / diag(by_cluster)[[slopes[1L]]], tolerance = 1e-10)
  }
  for (fit in list(fits$nb1(d, NULL), of_categories$cumulative(categories, NULL))) {
    expect_equal(wald_test(fit, ~f)$statistic, wald_test(fit, c("fb", "fc"))$statistic)
    expect_equal(wald_test(fit, ~ x + f)$statistic, wald_test(fit)$statistic)
  }
  zero <- fits$hurdle(d, NULL)
  expect_equal(wald_test(zero, "count_x = zero_z")$estimate[[1L]], coef(zero)[["count_x"]] - coef(zero)[["zero_z"]])
  expect_equal(wald_test(zero, ~ count_x + zero_z)$statistic, wald_test(zero)$statistic)
  expect_equal(nrow(wald_test(zero, "count_Log(theta)")$restrictions), 1L)
  expect_output(print(wald_test(zero)), "data: y ~ x | z", fixed = TRUE)
  expect_error(wald_test(zero, "x"), "no coefficient `x`", class = "glmrs_error_restriction")
  ordered <- of_categories$cumulative(categories, NULL)
  skip_if_not_installed("MASS")
  polr <- MASS::polr(y ~ x + f, categories, method = "probit", Hess = TRUE)
  # polr() stops at its own tolerance
  want <- drop(coef(polr) %*% solve(vcov(polr)[1:3, 1:3], coef(polr)))
  expect_equal(wald_test(ordered)$statistic[[1L]], want, tolerance = 1e-4) # polr() stops at its own tolerance
})

test_that("what cannot be drawn is refused", {
  fit <- fits$inflated(d, NULL)
  refused <- function(message, ..., class = "argument") {
    expect_error(bootstrap(fit, ...), message, class = paste0("glmrs_error_", class))
  }
  refused("`type` must be one of", type = "parametric")
  refused("`times` must be", times = 0)
  refused("`seed` must be", seed = "a")
  refused("`cluster` is missing", type = "cluster", class = "cluster")
  refused("one cluster", cluster = rep(1, 300), class = "cluster")
  refused("is not used by type = \"pairs\"", type = "pairs", cluster = ~g, class = "cluster")
  refused("`threads` must be", threads = 0)
  expect_error(vcov(fit, "bootstrap", boot_type = "residual"), "`boot_type` must be", class = "glmrs_error_argument")
})
