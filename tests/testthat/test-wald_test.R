# Wald tests: those of packages car and lmtest on the glm() fit, and what is refused.

car_row <- function(table) unlist(table[2L, 2:4], use.names = FALSE)
all_kinds <- setdiff(names(vcov_fits), c("one", "aliased"))

test_that("linear hypotheses are those of package car", {
  skip_on_cran() # it takes seconds
  skip_if_not_installed("car")
  skip_if_not_installed("sandwich")
  for (kind in all_kinds) {
    pair <- vcov_pair(kind)
    second <- names(coef(pair$rs))[2L]
    hypotheses <- list(second, paste0("2*", second, " + (Intercept)/4 = 0.7"))
    for (hypothesis in c(hypotheses, if (length(coef(pair$rs)) > 2L) list(c("x", paste(names(coef(pair$rs))[3L], "= -x + 1"))))) {
      for (type in c("HC0", "HC3")) {
        theirs <- function(test) {
          # car's own parser wants products
          hypothesis <- sub("(Intercept)/4", "0.25*(Intercept)", hypothesis, fixed = TRUE)
          car_row(car::linearHypothesis(pair$glm, hypothesis, vcov. = sandwich::vcovHC(pair$glm, type), test = test))
        }
        ours <- function(test) row_of(wald_test(pair$rs, hypothesis, type, test = test))
        expect_equal(ours("Chisq"), theirs("Chisq"), tolerance = TOLERANCE, info = kind)
        expect_equal(ours("F"), theirs("F"), tolerance = TOLERANCE, info = kind)
      }
    }
  }
})

test_that("terms of the formula are tested jointly, as by package lmtest", {
  skip_if_not_installed("lmtest")
  skip_if_not_installed("sandwich")
  d <- vcov_data()
  for (family in list(poisson(), quasipoisson())) {
    rs <- glm_rs(y ~ x * f + g, family, d, control = PRECISE)
    full <- glm(y ~ x * f + g, family, d, control = PRECISE)
    v <- function(fit) sandwich::vcovCL(fit, ~firm)
    for (case in list(
      list(~ x:f, y ~ x + f + g), list(~ f:x + g, y ~ x + f), list(~g, y ~ x * f), list(~ g + f:x + f, y ~ x), list(NULL, y ~ 1),
      list(~ x * f + g, y ~ 1)
    )) {
      smaller <- glm(case[[2L]], family, d, control = PRECISE)
      want <- lmtest::waldtest(full, smaller, vcov = v(full), test = "Chisq")
      got <- wald_test(rs, case[[1L]], cluster = ~firm, test = "Chisq")
      expect_equal(row_of(got), c(-want$Df[2L], want$Chisq[2L], want$`Pr(>Chisq)`[2L]), tolerance = TOLERANCE)
    }
  }
})

test_that("the distribution is F where the dispersion is estimated, with the clusters' degrees of freedom", {
  d <- vcov_data()
  known <- glm_rs(y ~ x + f, poisson, d)
  estimated <- glm_rs(y ~ x + f, quasipoisson, d)
  expect_equal(wald_test(known)$parameter, c(df = 3))
  expect_equal(wald_test(estimated)$parameter, c(`num df` = 3, `denom df` = 156))
  expect_equal(wald_test(estimated, vcov = ~ firm + year)$parameter, c(`num df` = 3, `denom df` = 5))
  expect_equal(wald_test(known, "x", vcov = ~firm, test = "F")$parameter, c(`num df` = 1, `denom df` = 16))
  # one restriction: the square of the t test of the summary
  summary <- coef(summary(estimated, vcov = "HC1"))["x", ]
  one <- wald_test(estimated, "x", "HC1")
  expect_equal(one$statistic, c(F = summary[["t value"]]^2), tolerance = ROUNDING)
  expect_equal(one$p.value, summary[["Pr(>|t|)"]], tolerance = ROUNDING)
  # the model's covariance has the dispersion in it
  scaled <- wald_test(estimated)$statistic[[1L]] * summary(estimated)$dispersion
  expect_equal(wald_test(known)$statistic[[1L]] / 3, scaled, tolerance = TOLERANCE)
})

test_that("matrices, vectors, equations and names say the same", {
  fit <- glm_rs(log(t) ~ log(size) + poly(x, 2) + f, gaussian, vcov_data())
  v <- vcov(fit, "HC3")
  r <- rbind(c(0, 1, 0, 0, 0, 0), c(0, 0, 1, -1, 0, 0))
  by_matrix <- wald_test(fit, r, v, rhs = c(0.5, 0))
  direct <- drop(r %*% coef(fit)) - c(0.5, 0)
  expect_equal(by_matrix$statistic[[1L]], sum(direct * solve(r %*% v %*% t(r), direct)) / 2, tolerance = 1e-10)
  expect_named(by_matrix$estimate, c("log(size)", "poly(x, 2)1 - poly(x, 2)2"))
  same <- function(...) expect_equal(wald_test(fit, ..., vcov = "HC3")$p.value, by_matrix$p.value, tolerance = 1e-10)
  same(c("log(size) = 0.5", "`poly(x, 2)1` == `poly(x, 2)2`"))
  same(c("-2 * log(size) + 1 = (0)", "3 * (`poly(x, 2)1` - `poly(x, 2)2`) / 7"))
  same(c("log(size)", "`poly(x, 2)1` - `poly(x, 2)2`"), rhs = c(0.5, 0))
  same(c("1/2 = log(size)", "`poly(x, 2)1` - `poly(x, 2)2` + 4 = 4"))
  expect_equal(wald_test(fit, r[1L, ], rhs = 0.5)$p.value, wald_test(fit, "log(size) = .5")$p.value)
  function_of <- wald_test(fit, "fb", vcov = function(fit, by) by * vcov(fit), by = 4)
  expect_equal(function_of$statistic * 4, wald_test(fit, "fb")$statistic, tolerance = ROUNDING)
})

test_that("aliased coefficients take no part in terms and cannot be in a hypothesis", {
  fit <- vcov_pair("aliased")$rs
  expect_equal(wald_test(fit, ~ f + f_copy)$statistic, wald_test(fit, c("fb", "fc"))$statistic)
  expect_equal(wald_test(fit)$parameter, c(df = 3))
  kept <- diag(4)[3:4, ]
  expect_equal(wald_test(fit, kept)$statistic, wald_test(fit, c("fb", "fc"))$statistic)
  expect_error(wald_test(fit, "x_twice"), "`x_twice` is aliased", class = "glmrs_error_restriction")
  expect_error(wald_test(fit, "x = f_copyv"), "`f_copyv` is aliased", class = "glmrs_error_restriction")
  expect_error(wald_test(fit, rep(1, 7)), "`x_twice` is aliased", class = "glmrs_error_restriction")
  expect_error(wald_test(fit, ~f_copy), "no coefficient to test", class = "glmrs_error_restriction")
})

test_that("what cannot be tested is refused by name", {
  fit <- vcov_pair("poisson")$rs
  refused <- function(asked, message, ..., class = "restriction") {
    expect_error(wald_test(fit, asked, ...), message, class = paste0("glmrs_error_", class))
  }
  refused("ghihg", "no coefficient `ghihg`.*\n.*did you mean `ghigh`")
  refused("x * fb = 1", "not linear in the coefficients")
  refused("1 / x", "not linear")
  refused("exp(x) = 1", "not linear in the coefficients: `exp\\(x\\)`")
  refused("x = fb = fc", "not linear")
  refused("x +", "not an equation.*\n.*backticks")
  refused("x = x", "no coefficient is left")
  refused("x / 0", "not finite")
  refused(c("x", "fb", "2 * x - fb = 0"), "depend on each other.*\n.*`2 \\* x - fb = 0`")
  refused(c("x = 1", "x = 2"), "imply or contradict `x = 2`")
  refused(~ x + z, "no term `z`")
  refused(y ~ x, "without a left side")
  refused(matrix(1, 1, 3), "6 columns")
  refused(rbind(c(0, 1, 0, 0, 0, 0), 0), "restriction 2 has no coefficient")
  refused(matrix(c(0, 1, 0, 0, 0, 0), 1, dimnames = list(NULL, c("b", letters[1:5]))), "column 1 .*`b`")
  refused("x", "one number, or one for each of the 1", rhs = 1:2)
  refused("x = 1", "two right sides", rhs = 1)
  refused(list("x"), "must be a formula of terms")
  refused(NULL, "not positive definite.*\n.*2 clusters", vcov = ~lgl, class = "covariance")
  refused(NULL, "not positive definite", vcov = matrix(1, 6, 6), class = "covariance")
  cells <- glm_rs(breaks ~ wool * tension, poisson, warpbreaks)
  message <- "not positive definite"
  expect_error(wald_test(cells, "woolB", cluster = ~ interaction(wool, tension)), message, class = "glmrs_error_covariance")
  refused("x", "not an option", vcov = "HC3", lag = 2, class = "argument")
  expect_error(wald_test(lm(dist ~ speed, cars)), "glm_rs\\(\\), m_estimate\\(\\)", class = "glmrs_error_argument")
  saturated <- glm_rs(y ~ x, gaussian, data.frame(x = 1:2, y = c(1, 3)))
  expect_error(wald_test(saturated, vcov = diag(2)), "no residual degrees", class = "glmrs_error_test")
  expect_error(wald_test(saturated), message, class = "glmrs_error_covariance")
})

test_that("a fit that leaves no residual degrees of freedom is told", {
  d <- data.frame(y = c(1.5, 2, 4, 3, 7), f = factor(1:5))
  fit <- glm_rs(y ~ f, gaussian, d)
  for (vcov in list(NULL, "HC0")) {
    expect_error(wald_test(fit, vcov = vcov), "no residual degrees .*`dispersion`", class = "glmrs_error_covariance")
  }
  # what is advised works
  known <- wald_test(fit, dispersion = 2)
  expect_equal(known$statistic[["Chisq"]], sum((d$y - mean(d$y))^2) / 2, tolerance = TOLERANCE)
})

test_that("fits without rows and with many levels are tested", {
  d <- vcov_data()
  d$many <- factor(rep_len(seq_len(40), nrow(d)))
  small <- glm_rs(y ~ x * f, poisson, d, model = FALSE, y = FALSE)
  fit <- glm_rs(y ~ x * f, poisson, d)
  expect_equal(wald_test(small, ~ x:f, "HC1"), wald_test(fit, ~ x:f, "HC1"), tolerance = ROUNDING)
  wide <- data.frame(y = rpois(2000, 3), x = rnorm(2000), level = factor(rep(1:400, 5)))
  blocks <- glm_rs(y ~ level + x, poisson, wide)
  expect_false(is.null(blocks$cov.blocks))
  expect_equal(wald_test(blocks, ~x)$statistic[[1L]], coef(summary(blocks))["x", 3L]^2, tolerance = 1e-8)
})

test_that("a covariance that is kept in blocks is made once, and for limits not at all", {
  set.seed(9)
  wide <- data.frame(y = rpois(2000, 3), x = rnorm(2000), level = factor(rep(1:400, 5)))
  fit <- glm_rs(y ~ level + x, quasipoisson, wide)
  expected <- confint(fit, "x", vcov = vcov(fit))
  made <- 0
  count <- function() made <<- made + 1
  suppressMessages(trace("block_covariance", bquote(.(count)()), where = asNamespace("glmrs"), print = FALSE))
  withr::defer(suppressMessages(untrace("block_covariance", where = asNamespace("glmrs"))))
  expect_equal(wald_test(fit, "x")$estimate, coef(fit)["x"], ignore_attr = TRUE)
  expect_identical(made, 1)
  for (limits in list(confint(fit, "x", vcov = "model"), confint(fit, "x", type = "Wald"))) {
    expect_equal(limits, expected, tolerance = 1e-12) # another order of sums
  }
  expect_identical(made, 1)
  error <- sqrt(vcov(fit, dispersion = 4)["x", "x"])
  limits <- confint(fit, "x", vcov = "model", dispersion = 4)
  expect_equal(c(limits), coef(fit)[["x"]] + c(-1, 1) * qnorm(0.975) * error)
})

test_that("M-estimators and fits of poisson_fit() are tested, too", {
  d <- vcov_data()
  by_loss <- m_estimate(t ~ x + f, loss = huber(), data = d)
  for (type in c("sandwich", "HC1", "model")) {
    v <- vcov(by_loss, type)[3:4, 3:4]
    got <- wald_test(by_loss, ~f, type)
    expect_equal(got$statistic[[1L]], sum(coef(by_loss)[3:4] * solve(v, coef(by_loss)[3:4])), tolerance = 1e-10)
    expect_equal(c(got$parameter, got$p.value), c(df = 2, pchisq(got$statistic[[1L]], 2, lower.tail = FALSE)))
  }
  expect_equal(wald_test(by_loss, ~f, "cluster", cluster = d$firm, test = "F")$parameter, c(`num df` = 2, `denom df` = 16))
  x <- model.matrix(~ x + f, d)[, -1L]
  fit <- poisson_fit(x, d$y, tolerance = 1e-12)
  rs <- glm_rs(y ~ x + f, poisson, d, epsilon = 1e-14)
  expect_equal(wald_test(fit, ~ fb + fc)$statistic, wald_test(rs, ~f)$statistic, tolerance = AT_LAST_STEP)
  two <- lapply(list(fit, rs), function(fit) wald_test(fit, c("fb = fc", "x = .1"), "HC1")$statistic)
  expect_equal(two[[1L]], two[[2L]], tolerance = AT_LAST_STEP)
  expect_equal(vcov(fit, "HC1"), vcov(rs, "HC1"), tolerance = AT_LAST_STEP, ignore_attr = TRUE)
  for (type in c("model", "HC0")) expect_identical(vcov(fit, type), vcov(fit, c(model = "vanilla", HC0 = "sandwich")[[type]]))
  expect_error(vcov(fit, "HC9"), '`type` must be one of "vanilla", "model", "HC0", "HC1"', class = "glmrs_error_argument")
  expect_error(wald_test(poisson_fit(x, d$y, alpha = 1)), "biases the coefficients", class = "glmrs_error_inference")
  expect_output(print(summary(fit, "HC1")), "sandwich \\(HC1\\)")
})

test_that("a test prints and is a row", {
  fit <- glm_rs(y ~ x + f, quasipoisson, vcov_data())
  test <- wald_test(fit, c("x", "fb = 2 * fc"), vcov = ~firm)
  printed <- capture.output(print(test))
  expect_true("hypothesis: x = 0, fb = 2 * fc" %in% printed)
  expect_true("covariance: clustered by firm (17 clusters)" %in% printed)
  expect_match(printed, "num df = 2, denom df = 16, p-value [=<] ", all = FALSE)
  skip_if_not_installed("generics")
  row <- generics::tidy(test)
  expect_equal(unlist(row[1:4], use.names = FALSE), c(test$statistic[[1L]], test$p.value, 2, 16))
})

test_that("the covariance that vcov() gives is taken where theta is estimated, too", {
  d <- zero_data_set()
  d$again <- 2 * d$x # aliased
  positive <- d[d$y > 0, ]
  for (case in list(
    list(glm_rs(y ~ x + again | z, family = hurdle(negative_binomial()), data = d), "count_x"),
    list(glm_rs(y ~ x | z, family = zero_inflated(negative_binomial()), data = d), "count_x"),
    list(glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = d), "x"),
    list(glm_rs(y ~ x + again, family = zero_truncated(negative_binomial()), data = positive), "x")
  )) {
    fit <- case[[1L]]
    name <- case[[2L]]
    want <- row_of(wald_test(fit, name, vcov = "HC1"))
    expect_equal(row_of(wald_test(fit, name, vcov = vcov(fit, "HC1"))), want)
    expect_equal(row_of(wald_test(fit, name, vcov = vcov(fit, "HC1", complete = FALSE))), want)
    expect_equal(row_of(wald_test(fit, name, vcov = function(fit) vcov(fit, "HC1"))), want)
    one <- 1 * (names(coef(fit)) == name)
    expect_equal(row_of(wald_test(fit, one, vcov = "HC1")), want)
    expect_equal(row_of(wald_test(fit, rbind(`names<-`(one, names(coef(fit)))), vcov = vcov(fit, "HC1"))), want)
    expect_error(wald_test(fit, name, vcov = diag(9)), "numeric matrix", class = "glmrs_error_argument")
  }
  nb1 <- glm_rs(y ~ x, family = negative_binomial(type = "nb1"), data = d)
  whole <- vcov(nb1, "HC1", theta = TRUE)
  expect_equal(row_of(wald_test(nb1, "x", vcov = whole)), row_of(wald_test(nb1, "x", vcov = "HC1")))
  expect_equal(row_of(wald_test(nb1, "Log(theta)", vcov = whole)), row_of(wald_test(nb1, "Log(theta)", vcov = "HC1")))
  expect_error(wald_test(nb1, "Log(theta)", vcov = vcov(nb1)), class = "glmrs_error_restriction")
  expect_equal(summary(nb1, vcov = whole)$coefficients, summary(nb1, vcov = "HC1")$coefficients)
})
