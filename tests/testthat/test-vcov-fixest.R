# Covariances of package fixest 0.14, whose numbers were made once: fixtures/fixest. Its choices for small samples
# have other names: (n - 1) / (n - p) and G / (G - 1) are ssc("CR1S"), in several ways with cluster.df = "conventional";
# "NW" and "DK" are those without factors.

test_that("covariances are those of fixest", {
  d <- fixest_data()
  precise <- list(epsilon = 1e-14, maxit = 50)
  fits <- list(
    poisson = glm_rs(y ~ x + z + f, poisson(), d, control = precise), gaussian = glm_rs(g ~ x + z + f, gaussian(), d),
    weighted = glm_rs(y ~ x + z + f, poisson(), d, weights = w, control = precise)
  )
  kinds <- list(
    hetero = function(fit) vcov(fit, "HC1"),
    cluster = function(fit) vcov(fit, cluster = ~firm, ssc = ssc("CR1S")),
    cluster_unadjusted = function(fit) vcov(fit, cluster = ~firm),
    twoway = function(fit) vcov(fit, cluster = ~ firm + year, ssc = ssc("CR1S")),
    NW = function(fit) vcov(fit, "HAC", panel = ~firm, order_by = ~year, lag = 2),
    DK = function(fit) vcov(fit, "DK", time = ~year, lag = 2)
  )
  numbers <- utils::read.csv(test_path("fixtures", "fixest", "covariances.csv"))
  for (model in names(fits)) {
    for (kind in names(kinds)) {
      found <- kinds[[kind]](fits[[model]])
      want <- numbers[numbers$model == model & numbers$kind == kind, ]
      expect_equal(nrow(want), 15L)
      at <- cbind(want$row, want$column)
      size <- sqrt(diag(found))
      # in units of the standard errors
      expect_lt(max(abs(found[at] - want$value) / (size[want$row] * size[want$column])), 1e-8, label = paste(model, kind))
    }
  }
})
