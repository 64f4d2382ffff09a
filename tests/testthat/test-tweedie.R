# Tweedie families: fits against statmod::tweedie(), likelihoods against sums of densities and other families, the power
# against what the data were made with. Densities themselves are held against 60 digits in Rust (tests/tweedie.rs).

amounts <- function(n = 400, p = 1.6, seed = 1) {
  set.seed(seed)
  d <- data.frame(x = runif(n), f = factor(sample(c("a", "b", "c"), n, TRUE)), years = runif(n, 0.2, 1), w = runif(n, 0.5, 2))
  d$y <- rtweedie(n, d$years * exp(1 + d$x), 1.5 / d$w, p)
  d
}

test_that("fits are those of glm() with statmod's family", {
  skip_if_not_installed("statmod")
  d <- amounts()
  d$positive <- d$y + 0.01
  links <- c(log = 0, identity = 1, sqrt = 0.5)
  for (p in c(1.1, 1.5, 1.9, 2.5)) {
    for (link in names(links)) {
      d$response <- if (p > 2) d$positive else d$y
      start <- if (link != "log") c(mean(d$response)^links[[link]], 0, 0, 0)
      fit <- function(f, family, ...) {
        f(response ~ x + f, family, d, weights = w, start = start, control = PRECISE, ...)
      }
      rs <- fit(glm_rs, tweedie(p, link))
      glm <- suppressWarnings(fit(stats::glm, statmod::tweedie(p, links[[link]])))
      label <- paste(p, link)
      expect_lt(distance(coef(rs), coef(glm), 1e-2), TOLERANCE, label = label)
      expect_lt(distance(deviance(rs), deviance(glm)), 1e-10, label = label)
      expect_lt(distance(sqrt(diag(vcov(rs))), sqrt(diag(vcov(glm)))), TOLERANCE, label = label)
      expect_lt(distance(residuals(rs), residuals(glm), 1), TOLERANCE, label = label)
    }
  }
})

test_that("offset, exposure and weights of zero count as they do elsewhere", {
  skip_if_not_installed("statmod")
  d <- amounts()
  d$w[1:50] <- 0
  fit <- glm_rs(y ~ x + f, tweedie(1.6), d, weights = w, exposure = years, control = PRECISE)
  glm <- glm(y ~ x + f, statmod::tweedie(1.6, 0), d, weights = w, offset = log(years), control = PRECISE)
  expect_equal(coef(fit), coef(glm), tolerance = TOLERANCE)
  left <- glm_rs(y ~ x + f, tweedie(1.6), d[d$w > 0, ], weights = w, exposure = years, control = PRECISE)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(left)), tolerance = 1e-12)
  expect_equal(fit$dispersion.ml, left$dispersion.ml, tolerance = 1e-10)
})

# A power for which there is another family has its fit.
test_that("powers 0, 2 and 3 are those families", {
  d <- amounts()
  d$y <- d$y + 0.1
  others <- list("0" = gaussian("log"), "2" = Gamma("log"), "3" = inverse.gaussian("log"))
  for (p in names(others)) {
    fit <- glm_rs(y ~ x, tweedie(as.numeric(p)), d, weights = w, control = PRECISE)
    other <- glm_rs(y ~ x, others[[p]], d, weights = w, control = PRECISE)
    expect_equal(coef(fit), coef(other), tolerance = 1e-10)
    expect_equal(vcov(fit), vcov(other), tolerance = 1e-10)
    # of the Gamma family stats takes the deviance for the dispersion, and weights of the others for numbers of rows
    plain <- function(family) AIC(glm_rs(y ~ x, family, d, control = PRECISE))
    if (p != "2") expect_equal(plain(tweedie(as.numeric(p))), plain(others[[p]]), tolerance = 1e-12)
  }
  skip_if_not_installed("MASS")
  fit <- glm_rs(y ~ x, tweedie(2), d)
  shape <- MASS::gamma.shape(stats::glm(y ~ x, Gamma("log"), d), eps.max = 1e-12, it.lim = 50)
  expect_equal(1 / fit$dispersion.ml, shape$alpha, tolerance = STOPPING)
})

test_that("power 1 has a dispersion and no likelihood", {
  d <- amounts()
  fit <- glm_rs(y ~ x, tweedie(1), d, control = PRECISE)
  expect_equal(coef(summary(fit)), coef(summary(glm_rs(y ~ x, quasipoisson, d, control = PRECISE))), tolerance = 1e-8)
  expect_true(is.na(AIC(fit)))
})

test_that("the likelihood is the sum of densities at its largest dispersion", {
  d <- amounts()
  for (p in c(1.2, 1.6, 1.95)) {
    fit <- glm_rs(y ~ x, tweedie(p), d, weights = w)
    at <- function(phi) sum(dtweedie(d$y, fitted(fit), phi / d$w, p, log = TRUE))
    expect_equal(as.numeric(logLik(fit)), at(fit$dispersion.ml), tolerance = 1e-11)
    best <- optimize(at, fit$dispersion.ml * c(0.7, 1.4), maximum = TRUE, tol = 1e-8)
    expect_equal(best$maximum, fit$dispersion.ml, tolerance = 1e-6) # optimize() knows the root of rounding errors
    expect_identical(attr(logLik(fit), "df"), 3L)
    expect_equal(AIC(fit), 6 - 2 * at(fit$dispersion.ml), tolerance = 1e-11)
    expect_equal(fit$family$aic(d$y, 1, fitted(fit), d$w, deviance(fit)) + 4, AIC(fit), tolerance = 1e-11)
  }
})

test_that("the power is that of the largest likelihood", {
  d <- amounts(2000)
  fit <- glm_rs(y ~ x, tweedie(NULL), d, weights = w, exposure = years)
  known <- function(p) glm_rs(y ~ x, tweedie(p), d, weights = w, exposure = years)
  expect_identical(coef(fit), coef(known(fit$p)))
  height <- function(p) as.numeric(logLik(known(p)))
  # quadratic about the estimate: a twentieth of a standard error costs 1/800
  interval <- confint(fit, "p")
  step <- diff(drop(interval)) / 80
  expect_gt(height(fit$p), height(fit$p + step))
  expect_gt(height(fit$p), height(fit$p - step))
  expect_true(interval[1] < 1.6 && interval[2] > 1.6)
  fall <- function(end) 2 * (height(fit$p) - height(end))
  for (end in interval) expect_equal(fall(end), qchisq(0.95, 1), tolerance = 1e-5) # p is found to 1e-7
  profile <- profile_power(fit, c(1.5, 1.7))
  expect_equal(profile$log_likelihood, c(height(1.5), height(1.7)), tolerance = 1e-9)
  expect_equal(profile$dispersion[1], known(1.5)$dispersion.ml, tolerance = STOPPING)
  withr::local_pdf(NULL)
  expect_silent(plot(profile, type = "l", xlab = "power", ylab = "height"))
  expect_identical(attr(logLik(fit), "df"), 4L)
  expect_equal(AIC(fit), AIC(known(fit$p)) + 2)
  expect_equal(BIC(fit) - BIC(known(fit$p)), log(2000))
})

test_that("responses without zeros may have powers of 2 and more", {
  skip_on_cran() # it takes seconds
  set.seed(2)
  x <- runif(1000)
  gamma <- glm_rs(y ~ x, tweedie(NULL), data.frame(x, y = rgamma(1000, 3, 3 / exp(x))))
  expect_true(abs(gamma$p - 2) < 0.3)
  inverse <- glm_rs(y ~ x, tweedie(NULL), data.frame(x, y = rtweedie(1000, exp(x), 0.5, 3)))
  expect_true(abs(inverse$p - 3) < 0.4)
})

test_that("the highest of several peaks is found near a power of 1", {
  for (seed in c(4, 45)) {
    set.seed(seed)
    d <- data.frame(x = rnorm(150))
    d$y <- rtweedie(150, exp(3.3 + 0.4 * d$x), 3, 1.05)
    fit <- glm_rs(y ~ x, tweedie(NULL), d)
    others <- seq(1.01, 1.3, 0.005)
    heights <- vapply(others, function(p) as.numeric(logLik(glm_rs(y ~ x, tweedie(p), d))), 0)
    expect_lt(abs(fit$p - others[which.max(heights)]), 0.005)
    expect_gt(as.numeric(logLik(fit)), max(heights))
  }
})

test_that("a zero without weight tells nothing of the power", {
  skip_on_cran() # it takes seconds
  set.seed(2)
  d <- data.frame(x = runif(200), w = 1)
  d$y <- rgamma(200, 3, 3 / exp(d$x))
  idle <- rbind(d, data.frame(x = 0, w = 0, y = 0))
  p <- c(glm_rs(y ~ x, tweedie(NULL), d)$p, glm_rs(y ~ x, tweedie(NULL), d[1:120, ])$p)
  # a power below 2, and one above, with which no family takes a zero
  expect_true(p[2] < 2 && p[1] > 2)
  expect_equal(glm_rs(y ~ x, tweedie(NULL), idle[c(1:120, 201), ], weights = w)$p, p[2], tolerance = TOLERANCE)
  expect_error(glm_rs(y ~ x, tweedie(NULL), idle, weights = w), "found 0 \\(row 201\\)", class = "glmrs_error_response")
})

# Above 2 fits may run away to large means, from where those of other powers do not come back.
test_that("the interval and the profile of the power take the fit of largest likelihood", {
  skip_on_cran() # it takes seconds
  set.seed(4)
  d <- data.frame(x = rnorm(21)[-1])
  d$y <- exp(1 + 0.5 * d$x + rnorm(20, 0, 1.3))
  fit <- glm_rs(y ~ x, tweedie(NULL), d)
  # steps turn back and forth at powers about 3
  height <- function(p) as.numeric(logLik(glm_rs(y ~ x, tweedie(p), d, control = list(maxit = 200))))
  fall <- function(end) 2 * (height(fit$p) - height(end))
  for (end in confint(fit, "p")) expect_equal(fall(end), qchisq(0.95, 1), tolerance = 1e-5) # p is found to 1e-7
  powers <- c(fit$p, 5, fit$p, 1.4)
  expect_equal(profile_power(fit, powers)$log_likelihood, vapply(powers, height, 0), tolerance = 1e-8)
  set.seed(30)
  d <- data.frame(x = rnorm(20))
  d$y <- exp(1 + 0.5 * d$x + rnorm(20, 0, 1.3))
  fit <- glm_rs(y ~ x, tweedie(NULL), d)
  for (end in confint(fit, "p")) expect_equal(fall(end), qchisq(0.95, 1), tolerance = 1e-5) # p is found to 1e-7
  expect_s3_class(profile_power(fit), "profile_power")
  # fits that never converge
  nowhere <- list(at = function(p) c(NA_real_, NA_real_), range = c(1.01, 5))
  expect_identical(glmrs:::power_interval(fit, nowhere, 0.95), c(NaN, NaN))
})

test_that("methods of a fit know of the power, or refuse", {
  d <- amounts()
  fit <- glm_rs(y ~ x + f, tweedie(NULL), d)
  known <- glm_rs(y ~ x + f, tweedie(fit$p), d)
  expect_equal(vcov(fit, "HC3"), vcov(known, "HC3"))
  expect_equal(anova(fit, test = "F"), anova(known, test = "F"))
  expect_equal(drop1(fit, test = "F")$Deviance, drop1(known, test = "F")$Deviance)
  expect_equal(suppressMessages(confint(fit, c("x", "p")))["x", ], suppressMessages(confint(fit, "x")))
  expect_error(confint(fit, "p", vcov = "HC1"), "profile likelihood", class = "glmrs_error_argument")
  expect_error(confint(known, "p"), "was given", class = "glmrs_error_argument")
  expect_error(profile_power(glm_rs(y ~ x, data = d)), class = "glmrs_error_argument")
  expect_true(update(fit, . ~ x)$p.estimated)
  small <- glm_rs(y ~ x + f, tweedie(NULL), d, model = FALSE, y = FALSE)
  expect_equal(logLik(small), logLik(fit))
  expect_equal(confint(small, "p"), confint(fit, "p"), tolerance = TOLERANCE)
  expect_equal(residuals(small), residuals(fit))
  expect_equal(summary(small)$aic, AIC(fit))
  expect_output(print(summary(fit)), "Power of the variance: 1\\.[0-9]+ \\(by maximum likelihood\\)")
  by_matrix <- glm_rs_fit(cbind(1, d$x), d$y, family = tweedie(1.6))
  expect_equal(by_matrix$aic, AIC(glm_rs(y ~ x, tweedie(1.6), d)), tolerance = 1e-12)
  expect_error(glm_rs_fit(cbind(1, d$x), d$y, family = tweedie(NULL)), "not known", class = "glmrs_error_family")
  expect_equal(logLik(stats::glm(y ~ x, tweedie(1.6), d, method = glm_rs_fit)), logLik(glm_rs(y ~ x, tweedie(1.6), d)))
})

test_that("glm() itself takes the family", {
  d <- amounts()
  rs <- glm_rs(y ~ x, tweedie(1.6), d, control = PRECISE)
  glm <- stats::glm(y ~ x, tweedie(1.6), d, control = PRECISE)
  expect_equal(coef(rs), coef(glm), tolerance = TOLERANCE)
  expect_equal(deviance(rs), deviance(glm), tolerance = 1e-12)
  expect_equal(rs$aic, glm$aic, tolerance = 1e-10)
  # a link of one's own: R's functions of the family
  own <- structure(unclass(make.link("log")), class = "link-glm")
  own$linkinv <- function(eta) exp(eta)
  custom <- glm_rs(y ~ x, tweedie(1.6, own), d, control = PRECISE)
  expect_equal(coef(custom), coef(rs), tolerance = TOLERANCE)
  expect_equal(custom$dispersion.ml, rs$dispersion.ml, tolerance = 1e-8)
})

test_that("simulated responses have the distribution of the fit", {
  d <- amounts(50)
  fit <- glm_rs(y ~ x, tweedie(1.6), d, weights = w)
  draws <- as.matrix(simulate(fit, 4000, seed = 3))
  mu <- fitted(fit)
  phi <- fit$dispersion.ml / d$w
  # five standard errors of a mean of 4000, 50 times: a chance of 1e-5
  expect_true(all(abs(rowMeans(draws) - mu) < 5 * sqrt(phi * mu^1.6 / 4000)))
  zero <- dtweedie(0, mu, phi, 1.6)
  expect_true(all(abs(rowMeans(draws == 0) - zero) < 5 * sqrt(zero * (1 - zero) / 4000)))
})

test_that("what has no fit is refused, what is at a limit said", {
  d <- amounts()
  expect_error(tweedie(0.5), "between 0 and 1", class = "glmrs_error_argument")
  expect_error(tweedie(-1), "negative", class = "glmrs_error_argument")
  for (link in list("logit", NaN, NA_real_, Inf, c(1, 2), numeric(0))) {
    expect_error(tweedie(1.5, link), "`link` must be one of", class = "glmrs_error_argument")
  }
  d$negative <- replace(d$y, 7, -2)
  for (family in list(tweedie(1.5), tweedie(NULL))) {
    expect_error(glm_rs(negative ~ x, family, d), "found -2 \\(row 7\\)", class = "glmrs_error_response")
  }
  expect_error(glm_rs(y ~ x, tweedie(2.5), d), "found 0 \\(row", class = "glmrs_error_response")
  expect_error(glm_rs(I(0 * y) ~ x, tweedie(NULL), d), class = "glmrs_error_power")
  expect_warning(
    expect_warning(none <- glm_rs(I(0 * y) ~ x, tweedie(1.5), d), class = "glmrs_warning_not_converged"),
    class = "glmrs_warning_separation"
  )
  expect_true(is.na(none$dispersion.ml))
  d$count <- rpois(400, exp(d$x))
  expect_warning(glm_rs(count ~ x, tweedie(NULL), d), "Poisson", class = "glmrs_warning_boundary")
  # units change the dispersion alone
  base <- glm_rs(y ~ x, tweedie(NULL), d, control = PRECISE)
  far <- glm_rs(I(1e100 * y) ~ x, tweedie(NULL), d, control = PRECISE)
  expect_equal(far$p, base$p, tolerance = 1e-6) # p is found to 1e-7
  expect_equal(coef(far)[["x"]], coef(base)[["x"]], tolerance = 1e-5) # p is found to 1e-7
})
