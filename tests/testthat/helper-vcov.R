# Shared by the tests of robust covariances: fits by glm_rs() and by stats::glm(), whose covariances package sandwich knows.

vcov_data <- function(n = 160) {
  d <- droplevels(grid_data(n))
  d$y <- rpois(n, exp(0.5 + d$s))
  d$share <- rbinom(n, d$size, plogis(d$s)) / d$size
  d$hits <- round(d$share * d$size)
  d$t <- exp(0.3 + d$s) * rgamma(n, 8, 8)
  d$firm <- sample(sprintf("firm %d", 1:17), n, TRUE)
  d$year <- 2000 + sample(6, n, TRUE)
  d$day <- sample(n)
  d
}

# Calls of `fitter`, which is glm_rs() or glm().
vcov_fits <- alist(
  poisson = fitter(y ~ x + f + g, poisson, d, control = PRECISE),
  weighted = fitter(y ~ x + f + offset(off), poisson, d, weights = w, control = PRECISE),
  binary = fitter(I(y > 1) ~ x + f, binomial, d, control = PRECISE),
  grouped = fitter(cbind(hits, size - hits) ~ x + g, binomial, d, control = PRECISE),
  shares = fitter(share ~ x + g, binomial("probit"), d, weights = size, control = PRECISE),
  gaussian = fitter(t ~ x * f, gaussian, d, weights = w, control = PRECISE),
  gamma = fitter(t ~ x + f, Gamma("log"), d, weights = w, control = PRECISE),
  inverse = fitter(t ~ x + g, inverse.gaussian("log"), d, control = PRECISE),
  quasi = fitter(y ~ x + f, quasipoisson, d, control = PRECISE),
  aliased = fitter(y ~ x + x_twice + f + f_copy, poisson, d, control = PRECISE),
  one = fitter(y ~ 1, poisson, d, control = PRECISE),
  custom = fitter(y ~ x, quasi(link = power(1 / 3), variance = "mu"), d, start = c(1, 0), control = PRECISE),
  excluded = fitter(y ~ x + f, poisson, gaps, na.action = na.exclude, subset = z < 0.8, control = PRECISE)
)

# list(rs, glm) of a name of vcov_fits.
vcov_pair <- function(kind, d = vcov_data()) {
  gaps <- d
  gaps$x[c(3, 50)] <- NA
  # model frames are made again by package sandwich, from where the formula is from
  of <- function(fitter) suppressWarnings(eval(vcov_fits[[kind]], list(fitter = fitter, d = d, gaps = gaps), environment()))
  list(rs = of(glmrs::glm_rs), glm = of(stats::glm))
}

# `rs` and `glm` are expressions of `fit`, the fit by either, that give the same numbers.
expect_same_covariance <- function(kinds, rs, glm, tolerance = TOLERANCE) {
  expressions <- list(substitute(rs), substitute(glm))
  env <- parent.frame()
  for (kind in kinds) {
    pair <- vcov_pair(kind)
    # several ways may have negative variances in such data, in both packages
    got <- withCallingHandlers(eval(expressions[[1L]], list(fit = pair$rs), env), glmrs_warning_covariance = function(w) {
      invokeRestart("muffleWarning")
    })
    want <- suppressWarnings(eval(expressions[[2L]], list(fit = pair$glm), env))
    attr(got, "ssc") <- NULL
    expect_equal(got, want, tolerance = tolerance, label = paste(kind, deparse1(expressions[[1L]])))
  }
}

# Fits by glm_rs() and by stats::glm() that start at the estimate: the weights of the last step, which standard errors use,
# are then those of the fitted means, which package clubSandwich uses. Often, since scoring converges slowly where the link is not canonical.
settled_pair <- function(call, d) {
  lapply(c(rs = glmrs::glm_rs, glm = stats::glm), function(fitter) {
    call$start <- NULL
    for (round in 1:20) {
      fit <- suppressWarnings(eval(call, list(fitter = fitter, d = d)))
      call$start <- ifelse(is.na(coef(fit)), 0, coef(fit))
    }
    fit
  })
}
