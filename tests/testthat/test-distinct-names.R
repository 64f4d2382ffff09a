# Coefficients that R gives one name, `f` of level "b" and `fb`, in models that look their parameters up by name.

set.seed(7)
n <- 400
d <- data.frame(f = factor(sample(c("a", "b"), n, TRUE)), fb = rnorm(n), g = sample(40, n, TRUE))
# the same with names of their own
d$h <- d$f
d$x <- d$fb
d$y <- rnbinom(n, size = 1, mu = exp(0.6 + 0.4 * d$fb + 0.5 * (d$f == "b"))) * rbinom(n, 1, 0.8)
d$k <- factor(c("p", "q", "r")[findInterval(d$fb + (d$f == "b") + rlogis(n), c(-0.5, 1)) + 1L])
clash <- list(shared = y ~ f + fb, plain = y ~ h + x)
of_categories <- list(shared = k ~ f + fb, plain = k ~ h + x)

pairs <- list(
  multinomial = lapply(of_categories, glm_rs, family = multinomial(), data = d),
  cumulative = lapply(of_categories, glm_rs, family = cumulative(), data = d),
  nb1 = lapply(clash, glm_rs, family = negative_binomial(type = "nb1"), data = d),
  truncated = lapply(clash, glm_rs, family = zero_truncated(), data = d[d$y > 0, ]),
  inflated = lapply(clash, glm_rs, family = zero_inflated(), data = d),
  hurdle = lapply(clash, glm_rs, family = hurdle(negative_binomial()), data = d)
)

test_that("each coefficient has a name, a standard error and intervals of its own", {
  for (model in names(pairs)) {
    fit <- pairs[[model]]$shared
    plain <- pairs[[model]]$plain
    same <- function(what) expect_equal(unname(what(fit)), unname(what(plain)), tolerance = 1e-10, ignore_attr = TRUE, label = model)
    names <- names(glmrs:::model_parameters(fit))
    expect_identical(anyDuplicated(names), 0L, label = model)
    expect_setequal(sub("fb\\.1$", "x", sub("fb$", "hb", names)), names(glmrs:::model_parameters(plain)))
    for (type in c("model", "HC0")) same(function(fit) vcov(fit, type))
    same(function(fit) vcov(fit, ~g))
    same(confint)
    same(function(fit) confint(fit, tail(rownames(confint(fit)), 1), type = "profile"))
    same(function(fit) unlist(summary(fit)$coefficients))
    same(function(fit) wald_test(fit)$p.value)
    same(function(fit) bootstrap(fit, 3, seed = 1)$replicates)
    type <- if (inherits(fit, "glm_rs_categorical")) "probs" else "response"
    new <- d[5:9, c("f", "fb", "h", "x")]
    for (what in c("fit", "se.fit")) {
      same(function(fit) predict(fit, type = type, se.fit = TRUE)[[what]])
      same(function(fit) predict(fit, new, type, se.fit = TRUE)[[what]])
    }
    same(model.matrix)
    expect_identical(grep("fb", colnames(model.matrix(fit)), value = TRUE), c("fb", "fb.1"), label = model)
  }
})

test_that("standard errors of multinomial models are those of nnet", {
  skip_if_not_installed("nnet")
  theirs <- converged_multinom(k ~ f + fb, d, Hess = TRUE)
  expect_equal(unname(coef(pairs$multinomial$shared)), unname(coef(theirs)), tolerance = OTHER_SEARCH)
  expect_equal(unname(vcov(pairs$multinomial$shared)), unname(vcov(theirs)), tolerance = OTHER_SEARCH)
})
