# Models beyond glm(): negative binomial with its theta (N), zero-inflated counts (Z, Y) and a hurdle
# (U), Firth's logistic regression (P, Q).

with_theta <- function(found, theta, se_log_theta) {
  if (is.null(theta)) return(found)
  rbind(found, data.frame(name = "log(theta)", coefficient = log(unname(theta)), se = unname(se_log_theta)))
}
read_negbin <- function(fit, data, problem) {
  with_theta(read_fit(fit, data, problem), fit$theta, fit$SE.theta / fit$theta)
}
read_inflated <- function(fit, data, problem) {
  with_theta(read_fit(fit, data, problem), fit$theta, fit$SE.logtheta)
}

# --- negative binomial

entry("glmrs::glm_rs, negative_binomial()", "glmrs", "formula", "N", read_frame,
  fit = function(data, problem) {
    glmrs::glm_rs(problem$formula, glmrs::negative_binomial(), data, control = control(problem))
  },
  read = read_negbin)
entry("MASS::glm.nb", "MASS", "formula", "N", read_frame, threads = 1,
  fit = function(data, problem) MASS::glm.nb(problem$formula, data),
  read = read_negbin)
entry("fastglm_nb", "fastglm", "matrix", "N", read_matrix, threads = 1,
  fit = function(data, problem) fastglm::fastglm_nb(data$x, data$y),
  read = function(fit, data, problem) {
    with_theta(solution(fit$coefficients, fit$se), fit$theta, fit$SE.theta / fit$theta)
  })

# --- zero-inflated

counts <- function(problem, poisson, negbin) if (problem$model == "zip") poisson else negbin

entry("glmrs::glm_rs, zero_inflated()", "glmrs", "formula", "ZY", read_frame,
  fit = function(data, problem) {
    family <- glmrs::zero_inflated(counts(problem, stats::poisson(), glmrs::negative_binomial()))
    glmrs::glm_rs(problem$formula, family, data, control = control(problem))
  },
  read = read_inflated)
entry("pscl::zeroinfl", "pscl", "formula", "ZY", read_frame, threads = 1,
  fit = function(data, problem) pscl::zeroinfl(problem$formula, data, dist = counts(problem, "poisson", "negbin")),
  read = read_inflated)
entry("fastglm_zi", "fastglm", "formula", "ZY", read_frame, threads = 1,
  fit = function(data, problem) fastglm::fastglm_zi(problem$formula, data, dist = counts(problem, "poisson", "negbin")),
  read = function(fit, data, problem) {
    # its covariance has a last row for theta
    beta <- stats::coef(fit)
    with_theta(solution(beta, sqrt(diag(fit$vcov))[seq_along(beta)]), fit$theta, fit$SE.theta / fit$theta)
  })

# --- a hurdle

entry("glmrs::glm_rs, hurdle()", "glmrs", "formula", "U", read_frame,
  fit = function(data, problem) {
    glmrs::glm_rs(problem$formula, glmrs::hurdle(stats::poisson()), data, control = control(problem))
  },
  read = read_inflated)
entry("pscl::hurdle", "pscl", "formula", "U", read_frame, threads = 1,
  fit = function(data, problem) pscl::hurdle(problem$formula, data),
  read = read_inflated)

# --- Firth's penalty

entry("glmrs::glm_rs, bias = \"firth\"", "glmrs", "formula", "PQ", read_frame,
  fit = function(data, problem) {
    glmrs::glm_rs(problem$formula, problem$family, data, bias = "firth", control = control(problem))
  },
  read = read_fit)
entry("brglm2::brglmFit", "brglm2", "formula", "PQ", read_frame, threads = 1,
  fit = function(data, problem) {
    stats::glm(problem$formula, problem$family, data, method = brglm2::brglmFit, type = "AS_mean")
  },
  read = read_fit)
# without `pl` it would go on to intervals by the profile of each coefficient
entry("logistf", "logistf", "formula", "PQ", read_frame, threads = 1,
  fit = function(data, problem) logistf::logistf(problem$formula, data, pl = FALSE),
  read = read_fit)
entry("fastglm LLT, firth", "fastglm", "matrix", "PQ", read_matrix, threads = 1,
  fit = function(data, problem) {
    fastglm::fastglm(data$x, data$y, family = problem$family, method = 2, firth = TRUE)
  },
  read = function(fit, data, problem) solution(fit$coefficients, fit$se))
