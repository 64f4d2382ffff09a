# The offset and the exposure of new data: of the rows that are asked for, or an error of class "newdata".

set.seed(21)
D <- data.frame(x = rnorm(50), y = rpois(50, 3), g = gl(5, 10))
off <- seq(0, 4.9, by = 0.1)
about <- exp(off)

fits_with <- function(...) {
  arguments <- substitute(list(...))
  families <- alist(
    poisson(), negative_binomial(), negative_binomial(type = "nb1"), tweedie(1.5, link = "log"), zero_truncated(), hurdle(),
    zero_inflated()
  )
  lapply(families, function(family) {
    call <- as.call(c(quote(glm_rs), quote(y ~ x), family, quote(subset(D, y > -1)), as.list(arguments)[-1L]))
    if (identical(family[[1L]], quote(zero_truncated))) call[[4L]] <- quote(transform(D, y = y + 1L))
    suppressWarnings(eval(call))
  })
}

test_that("an offset or exposure that is not one for each row of the new data is refused", {
  for (fit in c(fits_with(offset = off), fits_with(exposure = about))) {
    what <- if (is.null(fit$call$exposure)) "offset" else "exposure"
    said <- sprintf("the %s has 50 values for %%d rows of `newdata`.*put `%s`", what, if (what == "offset") "off" else "about")
    expect_error(predict(fit, D[11:13, ]), sprintf(said, 3L), class = "glmrs_error_newdata")
    expect_error(predict(fit, rbind(D, D)[1:60, ], type = "response"), sprintf(said, 60L), class = "glmrs_error_newdata")
    expect_error(predict(fit, replace(D[11:13, ], "x", c(1, NA, 2))), sprintf(said, 3L), class = "glmrs_error_newdata")
    expect_equal(predict(fit, D), predict(fit))
    expect_equal(predict(fit, cbind(D, off, about)[11:13, ]), predict(fit)[11:13])
  }
  ordered <- suppressWarnings(glm_rs(g ~ x, cumulative(), D, offset = off))
  expect_error(predict(ordered, D[1:3, ], "probs"), "50 values for 3 rows", class = "glmrs_error_newdata")
  wide <- matrix(off, 50, 5)
  nominal <- suppressWarnings(glm_rs(g ~ x, multinomial(), D, offset = wide))
  expect_error(predict(nominal, D[1:3, ], "probs"), "50 values for 3 rows", class = "glmrs_error_newdata")
  expect_error(predict(m_estimate(y ~ x, D, offset = off), D[1:3, ]), "50 values for 3 rows", class = "glmrs_error_newdata")
  choices <- data.frame(id = gl(20, 2), mode = c("a", "b"), cost = rnorm(40), chosen = c(1, 0, 0, 1))
  along <- rnorm(40)
  fit <- glm_rs(chosen ~ cost, multinomial(alternatives = ~mode, id = ~id), choices, offset = along)
  expect_error(predict(fit, choices[5:8, ]), "40 values for 4 rows", class = "glmrs_error_newdata")
  inline <- do.call(glm_rs, list(y ~ x, poisson(), D, offset = off))
  expect_error(predict(inline, D[1:3, ]), "50 values for 3 rows.*a column of the data", class = "glmrs_error_newdata")
})

test_that("a single offset or exposure is that of all new rows", {
  new <- list(x = c(-1, 0, 1), o = 2)
  b <- glm_rs(y ~ x, poisson, transform(D, o = off), offset = o)
  want <- glm(y ~ x, poisson, transform(D, o = off), offset = o)
  expect_equal(predict(b, new), predict(want, new))
  for (fit in fits_with(offset = off)) {
    expect_equal(predict(fit, list(x = 1:3, off = 2)), predict(fit, data.frame(x = 1:3, off = 2)))
  }
  for (fit in fits_with(exposure = about)) {
    expect_equal(predict(fit, list(x = 1:3, about = 2)), predict(fit, data.frame(x = 1:3, about = 2)))
  }
})

test_that("rows that `na.action` leaves out have no offset either", {
  new <- transform(D, off = off)[c(3, 9, 30), ]
  new$x[2] <- NA
  fit <- glm_rs(y ~ x, poisson, D, offset = off)
  expect_equal(predict(fit, new, na.action = na.omit), predict(fit)[c(3, 30)])
  expect_equal(predict(fit, new), c(predict(fit)[3], "9" = NA, predict(fit)[30]))
})

test_that("new offsets of categories are taken by the names of their columns, as those of the fit", {
  D$o <- matrix(rnorm(150), 50, dimnames = list(NULL, c("c", "a", "b")))
  D$k <- factor(rep(c("a", "b", "c"), length.out = 50))
  fit <- glm_rs(k ~ x, multinomial(), D, offset = o)
  expect_equal(predict(fit, D[4:9, ], "probs"), predict(fit, type = "probs")[4:9, ])
})
