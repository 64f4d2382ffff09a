# Careless input to covariances, bootstraps and tests, of all kinds of fits.

d <- vcov_data()
d$gaps <- replace(d$firm, 7, NA)
every_fit <- list(
  glm = glm_rs(y ~ x + f, poisson, d), matrix = poisson_fit(as.matrix(d[c("x", "z")]), d$y),
  loss = m_estimate(t ~ x + f, loss = huber(), data = d), model = glm_rs(y ~ x | z, family = hurdle(), data = d)
)
for_all <- function(check) for (name in names(every_fit)) check(every_fit[[name]], name)
refused <- function(expr, message, class = "argument", label = NULL) {
  expect_error(expr, message, class = paste0("glmrs_error_", class), label = label)
}

test_that("clusters are one value for each row", {
  for_all(function(fit, name) {
    refused(vcov(fit, cluster = d$gaps), "missing \\(row 7\\)", "cluster", name)
    refused(vcov(fit, cluster = rep(1, 160)), "one cluster", "cluster", name)
    refused(vcov(fit, cluster = 1:10), "160 rows, not 10", "cluster", name)
    refused(vcov(fit, cluster = list(1, 2)), "160 rows, not 1", "cluster", name)
    refused(vcov(fit, cluster = mean), "not a function", "cluster", name)
    refused(vcov(fit, cluster = as.list(d$firm)), "`cluster` must be a vector .* unlist\\(\\)", "cluster", name)
    expect_identical(vcov(fit, cluster = list(firm = d$firm)), vcov(fit, cluster = d["firm"]), label = name)
    refused(vcov(fit, ~nobody), "'nobody' not found", "cluster", name)
    refused(vcov(fit, y ~ firm), "formula like", "cluster", name)
    refused(vcov(fit, ~ firm * year), "interaction", "cluster", name)
    refused(summary(fit, vcov = "cluster"), "`cluster` is missing", "cluster", name)
    refused(bootstrap(fit, 3, cluster = d$gaps), "missing", "cluster", name)
    refused(bootstrap(fit, 3, type = "pairs", cluster = d$firm), "is not used by", "cluster", name)
    expect_equal(bootstrap(fit, 3, cluster = d$firm, seed = 1)$type, "cluster")
  })
})

test_that("covariances are symmetric matrices of the coefficients, in their order", {
  for_all(function(fit, name) {
    v <- vcov(fit)
    p <- nrow(v)
    refused(vcov(fit, replace(v, p + 1, 5)), "symmetric", label = name)
    refused(vcov(fit, v[p:1, p:1]), "row 1 of the covariance is called", label = name)
    refused(confint(fit, vcov = diag(2)[1, , drop = FALSE]), "numeric matrix of", label = name)
    refused(vcov(fit, function(f) "a"), "numeric matrix of", label = name)
    refused(summary(fit, vcov = function(f) diag(1)), "numeric matrix of", label = name)
    expect_error(vcov(fit, function(f) stop("of the user's own")), "of the user's own")
    expect_warning(limits <- confint(fit, vcov = -diag(p)), "negative variances", class = "glmrs_warning_covariance")
    expect_true(all(is.nan(limits)))
    for (singular in list(0 * v, 0 * v + 1, NA * v)) refused(wald_test(fit, vcov = singular), "not positive definite", "covariance", name)
    for (bad in list("HC7", 3, c("HC0", "HC1"), list())) refused(vcov(fit, bad), "must be one of", label = name)
    refused(vcov(fit, "HAC", lag = -1), "`lag` must be", label = name)
    refused(vcov(fit, "HAC", lag = 2.5), "`lag` must be a whole number", label = name)
    refused(vcov(fit, "HAC", kernel = "box"), "`kernel` must be", label = name)
    refused(vcov(fit, "HAC", bandwidth = 0), "`bandwidth` must be", label = name)
    refused(vcov(fit, "DK"), "`time` is missing", label = name)
    refused(vcov(fit, "DK", time = rep(1, 160)), "one time", "time", name)
    refused(vcov(fit, cluster = d$firm, ssc = "CR2"), "made by ssc()", label = name)
    refused(vcov(fit, cluster = d$firm, sss = 2), "`sss` is not an option", label = name)
  })
})

test_that("intervals are for names or numbers of coefficients, flags are TRUE or FALSE", {
  others <- list(
    negbin = suppressWarnings(glm_rs(y ~ x, negative_binomial(), d)), count = suppressWarnings(glm_rs(y ~ x, negative_binomial(type = "nb1"), d)),
    bias = glm_rs(y ~ x, poisson, d, bias = "firth"), bootstrap = bootstrap(every_fit$glm, 99, seed = 1)
  )
  for (name in c(names(every_fit), names(others))) {
    fit <- c(every_fit, others)[[name]]
    limits <- suppressMessages(confint(fit))
    for (bad in list(~x, list(1), mean, factor("x"), quote(x))) {
      refused(confint(fit, bad), "`parm` must be names or numbers", label = name)
    }
    for (bad in list("nobody", 99, NA, NaN, -99)) refused(confint(fit, bad), "`parm`: there is no", label = name)
    refused(confint(fit, c(-1, 2)), "`parm` has numbers above and below 0", label = name)
    expect_equal(dim(confint(fit, NULL)), c(0L, 2L), label = name)
    expect_equal(dimnames(confint(fit, NULL))[[2L]], colnames(limits), label = name)
    expect_equal(as.vector(suppressMessages(confint(fit, -1))), as.vector(limits[-1, ]), label = name)
    if (name != "bootstrap") for (bad in list(NA, "yes", NULL)) refused(vcov(fit, complete = bad), "`complete` must be", label = name)
  }
  refused(glm_rs_fit(cbind(1, d$x), d$y, family = poisson(), intercept = NA), "`intercept` must be")
})

test_that("an option without its kind is not passed over", {
  fit <- every_fit$glm
  refused(summary(fit, type = "HC3"), "give `vcov`, too")
  refused(summary(fit, ssc = ssc("CR2")), "give `vcov`, too")
  refused(predict(fit, se.fit = TRUE, lag = 2), "give `vcov`, too")
  refused(wald_test(fit, kernel = "Parzen"), "give `vcov`, too")
  expect_equal(coef(summary(fit, cluster = ~firm)), coef(summary(fit, vcov = ~firm)))
  for (name in c("loss", "model")) {
    refused(vcov(every_fit[[name]], cluster = d$firm, ssc = ssc("CR2")), "needs leverages", "covariance")
  }
})

test_that("bootstraps have whole numbers of replicates, seeds and threads", {
  for_all(function(fit, name) {
    for (times in list(0, NA, "a", 2.5, 1e10, c(2, 3), NULL)) refused(bootstrap(fit, times), "`times` must be a whole", label = name)
    refused(bootstrap(fit, 1), "at least 2", label = name)
    refused(bootstrap(fit, 1e9), "too many to keep", label = name)
    for (seed in list(NA, "a", -1, 1.5, Inf)) refused(bootstrap(fit, 3, seed = seed), "`seed` must be", label = name)
    for (threads in list(0, -1, NA, "two")) refused(bootstrap(fit, 3, threads = threads), "`threads` must be", label = name)
    refused(bootstrap(fit, 3, type = "nope"), "`type` must be", label = name)
    refused(bootstrap(fit, 3, foo = 1), "no such argument: `foo`", label = name)
    expect_identical(bootstrap(fit, 3, seed = 1, threads = 1)$replicates, bootstrap(fit, 3, seed = 1, threads = 2)$replicates)
  })
})

test_that("what a bootstrap draws is its `boot_type`", {
  for_all(function(fit, name) {
    for (kind in c("wild", "pairs")) {
      refused(vcov(fit, "bootstrap", type = kind), sprintf('boot_type = "%s"', kind), label = name)
      refused(summary(fit, vcov = kind), sprintf('boot_type = "%s"', kind), label = name)
    }
    expect_identical(dim(vcov(fit, "bootstrap", boot_type = "pairs", times = 9)), dim(vcov(fit)))
  })
})

test_that("one row says nothing of a variance, with or without others that have no weight", {
  counts <- data.frame(y = c(3, 1, 4), w = c(1, 0, 0))
  own <- poisson()
  own$family <- "my own"
  lonely <- list(
    glm_rs(y ~ 1, poisson, counts[1, ]), glm_rs(y ~ 1, poisson, counts, weights = w), poisson_fit(matrix(0, 1, 0), 3),
    glm_rs(y ~ 1, own, counts[1, ]), suppressWarnings(glm_rs(y ~ 1, zero_truncated(), counts, weights = w)),
    m_estimate(psi = function(theta, d) cbind(d - theta), data = 3, start = 1)
  )
  for (fit in lonely) {
    types <- c("pairs", "bayesian", "wild", "score")
    if (inherits(fit, "m_estimate")) types <- c("pairs", "score")
    for (type in types) refused(bootstrap(fit, 5, type), "one row with a weight", "cluster", class(fit)[1L])
    refused(vcov(fit, "bootstrap", times = 5), "one row with a weight", "cluster", class(fit)[1L])
    refused(vcov(fit, "jackknife"), "one row with a weight", "cluster", class(fit)[1L])
  }
  # a response that is drawn from the model varies
  expect_gt(vcov(bootstrap(lonely[[1L]], 99, "parametric", seed = 1)), 0)
})

test_that("weights near 0 count as rows, weights of 0 do not", {
  d$w[1:10] <- 1e-10
  tiny <- glm_rs(t ~ x + f, gaussian, d, weights = w)
  d$w[1:10] <- 0
  none <- glm_rs(t ~ x + f, gaussian, d, weights = w)
  # their scores are nothing, but HC1 counts them
  expect_equal(vcov(tiny, "HC0"), vcov(none, "HC0"), tolerance = 1e-8)
  expect_equal(vcov(tiny, "HC1") / vcov(none, "HC1"), matrix(160 / 156 / (150 / 146), 4, 4), tolerance = 1e-8, ignore_attr = TRUE)
})

test_that("a slip of the keyboard is no option that is passed over", {
  d <- zero_data_set(100)
  for (fit in list(
    glm_rs(y ~ x, family = poisson(), data = d), glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = d),
    glm_rs(y ~ x | z, family = zero_inflated(), data = d)
  )) {
    expect_error(vcov(fit, clusters = ~g), "cluster", class = "glmrs_error_argument")
    expect_error(summary(fit, clusters = ~g), "cluster", class = "glmrs_error_argument")
    expect_error(confint(fit, vcv = "HC0"), "did you mean `vcov`", class = "glmrs_error_argument")
    expect_error(wald_test(fit, digits = 3), "no such argument: `digits`", class = "glmrs_error_argument")
    # arguments of other packages
    expect_identical(vcov(fit, verbose = FALSE), vcov(fit))
  }
})

test_that("a dispersion is a number", {
  own_fits <- c(every_fit[c("matrix", "model")], list(
    inflated = glm_rs(y ~ x, zero_inflated(), d), truncated = glm_rs(y ~ x, zero_truncated(), d[d$y > 0, ])
  ))
  for (name in names(own_fits)) for (bad in list(-1, Inf, NA, "a", c(1, 2), data.frame(q = 1), mean)) {
    fit <- own_fits[[name]]
    message <- "`dispersion` must be a number >= 0"
    refused(vcov(fit, dispersion = bad), message, label = name)
    refused(confint(fit, dispersion = bad), message, label = name)
    refused(wald_test(fit, "x", dispersion = bad), message, label = name)
    refused(predict(fit, type = "response", se.fit = TRUE, dispersion = bad), message, label = name)
  }
  refused(vcov(every_fit$glm, dispersion = -1), "`dispersion` must be a number >= 0")
  expect_equal(vcov(own_fits$inflated, dispersion = 4), 4 * vcov(own_fits$inflated))
})
