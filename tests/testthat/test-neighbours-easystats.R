# insight, parameters, performance and effectsize on a fit: much there depends on the first class of an object.
# Not in R CMD check, which would take minutes for them: `make test` runs them.
skip_on_cran()

all_kinds <- names(neighbour_fits)

test_that("insight: what a model is", {
  skip_if_not_installed("insight")
  expect_same_by_both(
    all_kinds,
    insight::model_info(fit), insight::find_formula(fit), insight::find_parameters(fit), insight::find_predictors(fit),
    insight::find_response(fit), insight::find_terms(fit), insight::find_variables(fit), insight::find_weights(fit),
    insight::find_offset(fit), insight::find_interactions(fit), insight::find_algorithm(fit), insight::is_model(fit),
    insight::is_model_supported(fit), insight::is_nullmodel(fit), insight::has_intercept(fit), insight::n_obs(fit),
    insight::n_parameters(fit), insight::link_inverse(fit)(0.3), insight::link_function(fit)(0.3),
    insight::model_name(fit), insight::is_converged(fit)
  )
})

test_that("insight: what is in a model", {
  skip_if_not_installed("insight")
  expect_same_by_both(
    all_kinds,
    insight::get_data(fit), insight::get_parameters(fit), insight::get_statistic(fit), insight::get_varcov(fit),
    insight::get_df(fit), insight::get_df(fit, type = "wald"), insight::get_df(fit, type = "model"),
    insight::get_deviance(fit), insight::get_residuals(fit), insight::get_sigma(fit), insight::get_response(fit),
    insight::get_predictors(fit), insight::get_modelmatrix(fit), insight::get_weights(fit), insight::get_family(fit)$link,
    insight::get_predicted(fit), insight::get_predicted(fit, data = d[1:5, ], ci = 0.9),
    insight::get_predicted(fit, predict = "link", ci = 0.9), insight::get_predicted_ci(fit, predict(fit)),
    insight::get_datagrid(fit, at = "x"), insight::null_model(fit), insight::get_loglikelihood(fit)
  )
  skip_if_not_installed("sandwich")
  expect_same_by_both("poisson", insight::get_varcov(fit, vcov = "CL", vcov_args = list(cluster = d$cluster, type = "HC3")))
  expect_same_by_both("poisson", insight::find_statistic(as_glm(fit)))
})

test_that("parameters: tables, intervals and tests", {
  skip_if_not_installed("parameters")
  expect_same_by_both(
    all_kinds,
    parameters::model_parameters(fit, ci_method = "wald"), parameters::model_parameters(fit, ci_method = "normal"),
    parameters::model_parameters(fit, ci_method = "residual"), parameters::standard_error(fit), parameters::p_value(fit),
    parameters::p_value(fit, method = "residual"), parameters::ci(fit, method = "wald"),
    parameters::degrees_of_freedom(fit, method = "any"), capture.output(print(parameters::model_parameters(fit, ci_method = "wald")))
  )
  # splines through the profile
  expect_same_by_both(
    c("poisson", "binary"),
    parameters::model_parameters(fit), parameters::ci(fit), parameters::equivalence_test(fit),
    parameters::model_parameters(fit, exponentiate = TRUE, p_adjust = "holm"), parameters::compare_parameters(fit, smaller)
  )
  expect_same_by_both(
    c("poisson", "gaussian"),
    parameters::standardize_parameters(fit, ci = NULL), parameters::select_parameters(fit),
    parameters::model_parameters(fit, ci_method = "wald", standardize = "refit")
  )
  skip_if_not_installed("sandwich")
  expect_same_by_both(
    c("poisson", "binary"), parameters::standard_error(fit, vcov = "HC3"), parameters::p_value(fit, vcov = "HC3"),
    parameters::model_parameters(fit, vcov = "HC1", ci_method = "wald")
  )
})

test_that("parameters: the bootstrap", {
  skip_if_not_installed("parameters")
  skip_if_not_installed("boot")
  # refits of samples start from the fit
  expect_same_by_both(
    "poisson",
    parameters::bootstrap_model(fit, iterations = 20), parameters::model_parameters(fit, bootstrap = TRUE, iterations = 20)
  )
})

test_that("performance", {
  skip_if_not_installed("performance")
  expect_same_by_both(
    all_kinds,
    performance::model_performance(fit), performance::r2(fit), performance::r2_nagelkerke(fit), performance::r2_coxsnell(fit),
    performance::r2_mcfadden(fit), performance::check_collinearity(fit), performance::performance_rmse(fit),
    performance::performance_aicc(fit), performance::check_convergence(fit)
  )
  expect_same_by_both("poisson", performance::check_overdispersion(fit), performance::check_zeroinflation(fit))
  expect_same_by_both("binary", performance::r2_tjur(fit), performance::performance_hosmer(fit), performance::performance_pcp(fit))
  expect_same_by_both(
    c("poisson", "binary"),
    performance::performance_score(fit), performance::check_outliers(fit), performance::binned_residuals(fit), performance::check_heteroscedasticity(fit),
    # tells the class of the models
    subset(performance::compare_performance(fit, smaller), select = -Model)
  )
})

test_that("effectsize", {
  skip_if_not_installed("effectsize")
  expect_same_by_both(
    c("poisson", "binary", "gaussian"), effectsize::standardize(fit), effectsize::standardize(fit, two_sd = TRUE)
  )
  expect_same_by_both("poisson", effectsize::effectsize(fit), tolerance = 1e-5) # a spline through the profile
})

test_that("a fit keeps the name that the caller gave it", {
  skip_if_not_installed("parameters")
  skip_if_not_installed("insight")
  fits <- list(fitted_by(glm_rs, "poisson")$fit)
  name <- function(...) attr(parameters::model_parameters(..., ci_method = "wald"), "object_name")
  expect_identical(name(fits[[1]]), "fits[[1]]")
  expect_identical(vapply(fits, insight::get_df, 0, type = "wald"), Inf)
  expect_identical(do.call(insight::get_df, list(x = fits[[1]], type = "wald")), Inf)
})
