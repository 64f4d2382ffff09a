# What all models that are no glm hold.

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
