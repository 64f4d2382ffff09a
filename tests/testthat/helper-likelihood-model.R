# What all models that are no glm hold.

# As far as their searches go.
PRECISE_MODEL <- list(epsilon = 1e-14, maxit = 100)

# Their methods refuse arguments that they do not have. `fit` is of data with clusters `g`.
expect_arguments_refused <- function(fit) {
  refused <- function(expr, what) expect_error(expr, what, class = "glmrs_error_argument")
  refused(predict(fit, interval = "confidence"), "interval")
  refused(predict(fit, type = "response", se.fit = TRUE, level = 0.9), "level")
  refused(predict(fit, cluster = ~g), "cluster")
  refused(predict(fit, vcov = "HC1"), "se.fit = TRUE")
  for (flag in list(NA, "yes", NULL)) refused(predict(fit, se.fit = flag), "se.fit")
  clustered <- predict(fit, type = "response", se.fit = TRUE, vcov = ~g)
  expect_equal(predict(fit, type = "response", se.fit = TRUE, cluster = ~g), clustered)
  for (method in list(residuals, simulate, fitted, weights)) refused(method(fit, foo = 1), "foo")
  refused(weights(fit, type = "working"), "type")
}

# Central differences with one step of extrapolation: errors of h^4.
slopes_of <- function(f, at, h = 1e-3) {
  vapply(seq_along(at), function(j) {
    by <- function(h) {
      step <- replace(numeric(length(at)), j, h)
      (f(at + step) - f(at - step)) / (2 * h)
    }
    (4 * by(h / 2) - by(h)) / 3
  }, f(at))
}

# The fit is a maximum of its likelihood written down again: `rows(parameters)` are the log-likelihoods of the rows at all
# parameters that are not aliased, in the order of model_parameters().
expect_maximum <- function(fit, rows, weights = 1) {
  at <- glmrs:::model_parameters(fit)
  at <- at[!is.na(at)]
  expect_equal(fit$loglik, sum(weights * rows(at)), tolerance = ROUNDING)
  scores <- weights * slopes_of(rows, at)
  expect_lt(max(abs(colSums(scores)) * sqrt(diag(fit$cov.scaled))), STOPPING)
  own <- glmrs:::model_scores(fit, glmrs:::model_mold(fit))[, names(at)]
  expect_equal(own, scores, tolerance = TOLERANCE, ignore_attr = TRUE)
  information <- -slopes_of(function(at) colSums(weights * slopes_of(rows, at)), at)
  expect_equal(fit$cov.scaled, solve((information + t(information)) / 2), tolerance = DIFFERENCES, ignore_attr = TRUE)
  robust <- fit$cov.scaled %*% crossprod(scores) %*% fit$cov.scaled
  dimnames(robust) <- list(names(at), names(at))
  # vcov() leaves log(theta) out
  ours <- vcov(fit, "HC0", complete = FALSE)
  expect_equal(ours, robust[rownames(ours), rownames(ours)], tolerance = TOLERANCE)
}
