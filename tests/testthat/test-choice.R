# Cases of two to four ways to go, with costs of the ways, incomes of the cases, weights of the cases and clusters.
travel_data <- function(n = 400, seed = 5) {
  set.seed(seed)
  d <- expand.grid(way = c("bus", "car", "ferry", "train"), person = seq_len(n))
  person <- data.frame(income = rnorm(n), town = factor(sample(c("a", "b"), n, TRUE)), w = sample(0:3, n, TRUE), g = sample(20, n, TRUE))
  d <- cbind(d, person[d$person, ])
  d$cost <- round(rexp(nrow(d)), 2)
  d$o <- round(rnorm(nrow(d), sd = 0.3), 2)
  d <- d[!(d$way == "ferry" & d$person %% 3 == 0) & !(d$way == "car" & d$person %% 5 == 0), ]
  utility <- -0.8 * d$cost + 0.5 * (d$way == "car") + 0.6 * d$income * (d$way == "train") - log(-log(runif(nrow(d))))
  d$chosen <- utility == ave(utility, d$person, FUN = max)
  row.names(d) <- NULL
  d
}

chosen_by <- function(reference = NULL) multinomial(reference, alternatives = ~way, id = ~person)

test_that("covariates of alternatives: the fits are those of survival::clogit()", {
  skip_if_not_installed("survival")
  d <- travel_data()
  d$dummy <- 1 * (d$way == "car")
  # it looks for coxph() where it is called
  withr::local_package("survival")
  theirs <- clogit(chosen ~ cost + o + dummy + strata(person), d, control = coxph.control(eps = 1e-10))
  ours <- glm_rs(chosen ~ cost + o + dummy | 0, family = chosen_by(), data = d)
  expect_true(ours$converged)
  expect_equal(coef(ours), coef(theirs), tolerance = 1e-8)
  expect_equal(vcov(ours), vcov(theirs), tolerance = TOLERANCE, ignore_attr = TRUE)
  expect_equal(c(logLik(ours)), c(logLik(theirs)), tolerance = 1e-10)
  expect_equal(nobs(ours), 400)
})

test_that("the published study of infertility after abortions comes out", {
  # Trichopoulos et al. (1976), as in example(infert)
  d <- infert
  d$row <- factor(ave(d$stratum, d$stratum, FUN = seq_along))
  fit <- glm_rs(case ~ spontaneous + induced | 0, family = multinomial(alternatives = ~row, id = ~stratum), data = d)
  expect_equal(round(coef(fit), 3), c(spontaneous = 1.986, induced = 1.409))
  expect_equal(unname(round(sqrt(diag(vcov(fit))), 3)), c(0.352, 0.361))
})

test_that("fits with covariates of cases are maxima of the likelihood, whatever the order of the rows", {
  d <- travel_data()
  fit <- glm_rs(chosen ~ cost + offset(o) | income + town, family = chosen_by("car"), data = d, weights = w)
  dummies <- sapply(c("bus", "ferry", "train"), function(way) 1 * (d$way == way))
  X <- cbind(dummies, d$cost, dummies * d$income, dummies * (d$town == "b"))
  colnames(X) <- c(
    paste0(colnames(dummies), ":(Intercept)"), "cost", paste0(colnames(dummies), ":income"), paste0(colnames(dummies), ":townb")
  )
  expect_setequal(names(coef(fit)), colnames(X))
  X <- X[, names(coef(fit))]
  first <- which(!duplicated(d$person))
  # that of a case is at its first row
  rows <- function(at) {
    eta <- drop(X %*% at) + d$o
    replace(numeric(nrow(d)), first, eta[d$chosen] - log(rowsum(exp(eta), d$person)[, 1]))
  }
  expect_maximum(fit, rows, d$w)
  bread <- vcov(fit)
  scores <- slopes_of(rows, coef(fit)) * d$w
  clusters <- crossprod(rowsum(scores, d$g))
  counted <- length(unique(d$g[d$w > 0]))
  sandwich <- bread %*% clusters %*% bread * counted / (counted - 1)
  expect_equal(vcov(fit, ~g), sandwich, tolerance = TOLERANCE, ignore_attr = TRUE)
  set.seed(2)
  shuffled <- sample(nrow(d))
  other <- update(fit, data = d[shuffled, ])
  expect_equal(coef(other), coef(fit), tolerance = 1e-9)
  expect_equal(fitted(other)[as.character(1:20)], fitted(fit)[1:20], tolerance = 1e-9)
  expect_equal(vcov(other, ~g), vcov(fit, ~g), tolerance = 1e-8)
})

test_that("without covariates of alternatives it is the multinomial model", {
  d <- travel_data()
  d <- d[d$person %in% names(which(table(d$person) == 4)), ]
  frame <- glm_rs(chosen ~ 0 | income + town, family = chosen_by(), data = d, method = "model.frame")
  fit <- glm_rs(chosen ~ 0 | income + town, family = chosen_by(), data = d)
  expect_identical(frame, fit$model)
  rows <- glm_rs(way ~ income + town, family = multinomial(), data = d[d$chosen, ])
  estimates <- glmrs:::model_parameters(rows)
  expect_setequal(names(coef(fit)), names(estimates))
  expect_equal(coef(fit), estimates[names(coef(fit))], tolerance = 1e-8)
  expect_equal(fit$loglik, rows$loglik, tolerance = 1e-12)
  expect_equal(vcov(fit), vcov(rows)[names(coef(fit)), names(coef(fit))], tolerance = TOLERANCE)
  expect_equal(vcov(fit, "HC1"), vcov(rows, "HC1")[names(coef(fit)), names(coef(fit))], tolerance = TOLERANCE)
})

test_that("what does not vary within cases is aliased; constants are there unless they are taken out", {
  d <- travel_data()
  fit <- glm_rs(chosen ~ cost + income, family = chosen_by(), data = d)
  expect_equal(is.na(coef(fit)), names(coef(fit)) == "income", ignore_attr = TRUE)
  plain <- glm_rs(chosen ~ cost | 1, family = chosen_by(), data = d)
  expect_equal(coef(fit)[names(coef(plain))], coef(plain))
  expect_equal(vcov(fit, complete = FALSE), vcov(plain), tolerance = 1e-10)
  expect_named(coef(glm_rs(chosen ~ cost | 0 + income, family = chosen_by(), data = d)), c("cost", "car:income", "ferry:income", "train:income"))
  by_way <- glm_rs(chosen ~ cost:way, family = chosen_by(), data = d)
  expect_length(coef(by_way), 7)
  expect_identical(coef(update(fit, threads = 1)), coef(update(fit, threads = 2)))
  expect_equal(coef(update(plain, start = coef(plain) + 1)), coef(plain), tolerance = 1e-9)
})

test_that("update() is about the parts of the formula", {
  d <- travel_data()
  fit <- glm_rs(chosen ~ cost + o | income, family = chosen_by(), data = d)
  formula_of <- function(...) deparse1(update(fit, ..., evaluate = FALSE)$formula)
  expect_equal(formula_of(. ~ . - o), "chosen ~ cost | income")
  expect_equal(formula_of(. ~ . | . + town), "chosen ~ cost + o | income + town")
  expect_equal(formula_of(. ~ . | 0), "chosen ~ cost + o | 1 - 1")
  expect_named(coef(update(fit, . ~ . - o | 0)), "cost")
})

test_that("predictions are among the alternatives that are there, in the order of the rows", {
  d <- travel_data()
  fit <- glm_rs(chosen ~ cost + offset(o) | income, family = chosen_by(), data = d)
  expect_equal(unname(c(rowsum(predict(fit), d$person))), rep(1, 400))
  new <- d[d$person %in% 7:9, ]
  expect_equal(predict(fit, new), predict(fit)[d$person %in% 7:9])
  new <- new[rev(seq_len(nrow(new))), ]
  expect_equal(predict(fit, new), rev(predict(fit)[d$person %in% 7:9]))
  expect_equal(predict(fit, new[new$way != "bus", ], "link"), predict(fit, new, "link")[new$way != "bus"])
  some <- new[new$way != "bus", ]
  odds <- exp(predict(fit, some, "link"))
  expect_equal(predict(fit, some), odds / ave(odds, some$person, FUN = sum))
  found <- predict(fit, new, se.fit = TRUE, vcov = "HC0")
  slopes <- slopes_of(function(at) {
    fit$coefficients[] <- at
    predict(fit, new)
  }, coef(fit))
  errors <- sqrt(diag(slopes %*% vcov(fit, "HC0") %*% t(slopes)))
  expect_equal(found$se.fit, errors, tolerance = TOLERANCE, ignore_attr = TRUE)
  small <- update(fit, model = FALSE, y = FALSE)
  expect_equal(fitted(small), fitted(fit))
  expect_equal(residuals(small), residuals(fit))
  expect_equal(unname(residuals(fit)), d$chosen - unname(fitted(fit)))
  draw <- simulate(fit, 2, seed = 1)
  expect_equal(unname(c(rowsum(draw$sim_2, d$person))), rep(1, 400))
  expect_output(print(summary(fit, vcov = "HC1")), "train:income.*HC1.*400 cases")
  skip_if_not_installed("lmtest")
  expect_equal(lmtest::coeftest(fit, vcov. = vcov(fit, "HC1"))[, 4], summary(fit, vcov = "HC1")$coefficients[, 4])
  expect_equal(anova(update(fit, . ~ . | 1), fit)$Df[2], 3)
})

test_that("what is no choice is refused", {
  d <- travel_data(30)
  fit <- function(formula = chosen ~ cost, data = d, family = chosen_by()) glm_rs(formula, family = family, data = data)
  expect_error(fit(chosen ~ cost | o), "varies among the alternatives", class = "glmrs_error_formula")
  expect_error(fit(chosen ~ cost | income | town), class = "glmrs_error_formula")
  expect_error(fit(way ~ cost), class = "glmrs_error_response")
  expect_error(fit(-chosen ~ cost), class = "glmrs_error_response")
  expect_error(fit(data = d[!(d$person == 2 & d$chosen), ]), "case 2 has no alternative", class = "glmrs_error_response")
  expect_error(fit(data = rbind(d, d[1, ])), "twice", class = "glmrs_error_data")
  expect_error(fit(family = chosen_by("plane")), "none of the alternatives", class = "glmrs_error_family")
  expect_error(glm_rs(chosen ~ cost, family = chosen_by(), data = d, weights = o + 9), "within one", class = "glmrs_error_weights")
  expect_error(fit(data = transform(d, way = as.integer(way))), "a factor or a character vector", class = "glmrs_error_data")
  words <- transform(d, way = as.character(way))
  expect_equal(coef(fit(data = words)), coef(fit()))
  expect_equal(predict(fit(data = words), words[1:8, ]), predict(fit(), d[1:8, ]))
  expect_error(multinomial(alternatives = ~way), "`id`", class = "glmrs_error_argument")
  expect_error(multinomial(alternatives = "way", id = ~person), "`alternatives`", class = "glmrs_error_argument")
  for (f in list(hatvalues, drop1, add1)) expect_error(f(fit()), class = "glmrs_error_method")
  # rows times alternatives are more than integers hold
  many <- seq_len(5e4)
  expect_identical(alternative_twice(c(many, 7L), c(many, 7L)), 50001L)
  expect_identical(alternative_twice(many, many), 0L)
  d$best <- -d$cost + 10 * d$chosen
  expect_warning(fit(chosen ~ best | 0), class = "glmrs_warning_separation")
})

test_that("cases are the observations of rows in time", {
  d <- travel_data()
  d$unit <- d$person %% 10
  fit <- glm_rs(chosen ~ cost | income, family = chosen_by(), data = d)
  by_time <- function(lag) c(vcov(fit, "DK", time = ~person, lag = lag))
  for (lag in c(0, 2, 6)) expect_equal(c(vcov(fit, "HAC", lag = lag)), by_time(lag), tolerance = 1e-12)
  # of 400 cases
  expect_equal(vcov(fit, "HAC"), vcov(fit, "HAC", lag = floor(4 * 4^(2 / 9))))
  expect_error(vcov(fit, "HAC", lag = 400), "from 0 to 399", class = "glmrs_error_argument")
  set.seed(3)
  rows <- d[sample(nrow(d)), ]
  mixed <- update(fit, data = rows)
  expect_equal(c(vcov(mixed, "HAC", lag = 2, order_by = ~person)), by_time(2), tolerance = 1e-8) # the last steps of two fits
  skip_if_not_installed("sandwich")
  scores <- sandwich::estfun(fit)[!duplicated(d$person), ]
  person <- unique(d$person)
  near <- outer(person %% 10, person %% 10, "==") * pmax(1 - abs(outer(person, person, "-")) / 31, 0)
  want <- vcov(fit) %*% t(scores) %*% near %*% scores %*% vcov(fit)
  expect_equal(c(vcov(fit, "HAC", panel = ~unit, order_by = ~person, lag = 30)), c(want), tolerance = 1e-10)
})

test_that("a covariate that is called as a dummy of an alternative keeps its name and its standard error", {
  d <- travel_data(100)
  d$waycar <- d$cost
  d$car <- d$cost + d$o
  plain <- glm_rs(chosen ~ cost + o | income, family = chosen_by(), data = d)
  fit <- glm_rs(chosen ~ waycar + o | income, family = chosen_by(), data = d)
  expect_named(coef(fit), sub("cost", "waycar", names(coef(plain))))
  expect_equal(summary(fit)$coefficients, summary(plain)$coefficients, ignore_attr = TRUE)
  # a product of covariates beside a slope of an alternative
  both <- glm_rs(chosen ~ car:o + way:o, family = chosen_by(), data = d)
  expect_true(all(c("car:o", "waycar:o", "train:o") %in% names(coef(both))))
  expect_identical(anyDuplicated(names(coef(both))), 0L)
  d[["my way"]] <- d$way
  spaced <- glm_rs(chosen ~ cost:`my way` | income, multinomial(alternatives = ~`my way`, id = ~person), d)
  expect_named(coef(spaced), names(coef(glm_rs(chosen ~ cost:way | income, chosen_by(), d))))
})
