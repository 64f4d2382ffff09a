# Shared by the tests of hypotheses: pairs of nested fits by glm_rs() and by stats::glm().

# Degrees of freedom, statistic and p value.
row_of <- function(test) c(test$parameter[[1L]], test$statistic[[1L]], test$p.value)
nested_data <- function() transform(vcov_data(), z2 = z^2 + x)

# list(rs, glm), each a list of the smaller and the larger fit.
nested_pairs <- function(d) {
  of <- function(fitter) {
    list(
      poisson = list(
        fitter(y ~ x + f + offset(off), poisson, d, control = PRECISE),
        fitter(y ~ x * f + z + offset(off), poisson, d, control = PRECISE)
      ),
      grouped = list(
        fitter(cbind(hits, size - hits) ~ g, binomial, d, control = PRECISE),
        fitter(cbind(hits, size - hits) ~ g + x + f, binomial, d, control = PRECISE)
      ),
      gaussian = list(
        fitter(t ~ f, gaussian, d, weights = w, control = PRECISE), fitter(t ~ f * x + z, gaussian, d, weights = w, control = PRECISE)
      ),
      gamma = list(fitter(t ~ x, Gamma("log"), d, control = PRECISE), fitter(t ~ x + f + z, Gamma("log"), d, control = PRECISE)),
      quasi = list(fitter(y ~ x, quasipoisson, d, control = PRECISE), fitter(y ~ x + g, quasipoisson, d, control = PRECISE)),
      origin = list(fitter(t ~ 0 + x, gaussian, d, control = PRECISE), fitter(t ~ 0 + x + z + z2, gaussian, d, control = PRECISE)),
      custom = list(
        fitter(y ~ x, quasi(power(1 / 3), "mu"), d, start = c(1, 0), control = PRECISE),
        fitter(y ~ x + f, quasi(power(1 / 3), "mu"), d, start = c(1, 0, 0, 0), control = PRECISE)
      ),
      aliased = list(fitter(y ~ x + f, poisson, d, control = PRECISE), fitter(y ~ x + x_twice + f + f_copy + z, poisson, d, control = PRECISE))
    )
  }
  Map(list, rs = of(glmrs::glm_rs), glm = of(stats::glm))
}
