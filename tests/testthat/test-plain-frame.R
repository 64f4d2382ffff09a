# The model frame that is made at once is that of stats::model.frame().

rows <- local({
  set.seed(11)
  data <- data.frame(y = rpois(12, 2), x = rnorm(12), k = 1:12, l = rep(c(TRUE, FALSE), 6), f = gl(3, 4, labels = c("a", "b", "c")))
  data[["odd name"]] <- runif(12)
  data$w <- rep(1:2, 6)
  data$t <- seq(0.1, 1.2, length.out = 12)
  data
})

frames_of <- function(call, env = parent.frame()) {
  call$na.action <- quote(stats::na.pass)
  list(plain = glmrs:::plain_frame(call, env), own = eval(call, env))
}

test_that("plain_frame() is model.frame() where the variables are plain columns", {
  named <- rows
  row.names(named) <- letters[1:12]
  two <- rows[1:2, ]
  gaps <- rows[c(2, 5, 7), ]
  missing <- rows
  missing$x[3] <- NA
  stored <- y ~ x + f
  calls <- list(
    quote(stats::model.frame(formula = y ~ x, data = rows)),
    quote(stats::model.frame(formula = y ~ x * f + l + k:x - 1, data = rows)),
    quote(stats::model.frame(formula = ~ x + `odd name`, data = rows)),
    quote(stats::model.frame(formula = y ~ ., data = rows)),
    quote(stats::model.frame(formula = stored, data = rows, weights = w, offset = t)),
    quote(stats::model.frame(formula = y ~ x, data = rows, exposure = t, etastart = x)),
    quote(stats::model.frame(formula = y ~ x + f, data = named)),
    quote(stats::model.frame(formula = y ~ x, data = two)),
    quote(stats::model.frame(formula = y ~ x, data = gaps)),
    quote(stats::model.frame(formula = y ~ x, data = missing))
  )
  for (call in calls) {
    frames <- frames_of(call)
    expect_identical(frames$plain, frames$own)
    expect_identical(names(attributes(attr(frames$plain, "terms"))), names(attributes(attr(frames$own, "terms"))))
  }
})

test_that("what is not plain is left to model.frame()", {
  outside <- rows$x
  rows$words <- "a"
  rows$day <- as.Date("2020-01-01")
  rows$pair <- cbind(rows$x, rows$t)
  rows$marked <- structure(rows$x, label = "x")
  rows$contrasted <- C(rows$f, contr.sum)
  calls <- list(
    quote(stats::model.frame(formula = y ~ log(t), data = rows)),
    quote(stats::model.frame(formula = y ~ x + offset(t), data = rows)),
    quote(stats::model.frame(formula = y ~ outside, data = rows)),
    quote(stats::model.frame(formula = y ~ words, data = rows)),
    quote(stats::model.frame(formula = y ~ day, data = rows)),
    quote(stats::model.frame(formula = y ~ pair, data = rows)),
    quote(stats::model.frame(formula = y ~ marked, data = rows)),
    quote(stats::model.frame(formula = y ~ contrasted, data = rows)),
    quote(stats::model.frame(formula = y ~ x, data = rows, subset = l)),
    quote(stats::model.frame(formula = y ~ x, data = rows, weights = outside)),
    quote(stats::model.frame(formula = y ~ x, data = rows, weights = w + 1)),
    quote(stats::model.frame(formula = y ~ x, data = rows[1:5, ])),
    quote(stats::model.frame(formula = terms(y ~ x), data = rows)),
    quote(stats::model.frame(formula = y ~ 1 + x, data = as.list(rows)))
  )
  for (call in calls) expect_null(frames_of(call)$plain)
})

test_that("what has effects is evaluated once", {
  count <- 0L
  told <- function() {
    count <<- count + 1L
    rows
  }
  glm_rs(y ~ x, family = poisson, data = told())
  expect_identical(count, 1L)
})

test_that("a formula that an expression gives is as good as one that is written", {
  models <- list(first = y ~ x + f, text = "y ~ x + f")
  for (formula in list(quote(models$first), quote(models[["first"]]), quote(stats::reformulate(c("x", "f"), "y")))) {
    written <- glmrs:::written_formula(formula, environment(), NULL)
    expect_identical(written, eval(formula))
    call <- bquote(glm_rs(formula = .(formula), family = poisson, data = rows))
    expect_identical(glmrs:::evaluate_frame(call, environment()), stats::model.frame(y ~ x + f, rows))
    expect_identical(coef(eval(call)), coef(glm_rs(y ~ x + f, poisson, rows)))
  }
  expect_identical(glmrs:::written_formula(quote(models$text), environment(), NULL), quote(models$text))
  expect_identical(coef(glm_rs(models$text, poisson, rows)), coef(glm_rs(y ~ x + f, poisson, rows)))
})
