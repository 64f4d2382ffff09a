# The libraries for R, one entry for each way of calling one: how it takes the data, its fit, what it found.
#
# `prepare(problem)` loads the data in the form that the library takes; `fit(data, problem)` alone is timed;
# `read(fit, data, problem)` gives solution(coefficients, standard errors). `growth`: the most rows of the growth series that
# it is asked to fit. `threads`: 1 where it has none. `blas`: threads of BLAS, where as many as its own are not its best.

libraries <- list()
entry <- function(name, package, input, cases, prepare, fit, read, growth = 0, blas = NA, threads = NA) {
  libraries[[name]] <<- list(
    name = name, package = package, input = input, cases = strsplit(cases, "")[[1]], prepare = prepare, fit = fit,
    read = read, growth = growth, blas = blas, threads = threads
  )
}

solution <- function(coefficients, se) {
  data.frame(name = names(coefficients), coefficient = unname(coefficients), se = unname(se))
}

read_fit <- function(fit, data, problem) solution(stats::coef(fit), sqrt(diag(stats::vcov(fit))))

# Standard errors from an unscaled covariance: the dispersion is Pearson's, as in summary.glm().
scaled <- function(unscaled, mu, y, problem) {
  family <- problem$family
  known <- family$family %in% c("poisson", "binomial")
  dispersion <- if (known) 1 else sum((y - mu)^2 / family$variance(mu)) / (length(y) - ncol(unscaled))
  sqrt(dispersion * diag(unscaled))
}

# What glm.fit() and those with its manners return.
read_qr <- function(fit, data, problem) {
  p <- length(fit$coefficients)
  r <- if (is.null(fit$qr$qr)) fit$R else fit$qr$qr
  unscaled <- chol2inv(r[seq_len(p), seq_len(p), drop = FALSE])
  order <- if (is.null(fit$pivot)) fit$qr$pivot else fit$pivot
  if (!is.null(order)) unscaled[order, order] <- unscaled
  solution(fit$coefficients, scaled(unscaled, fit$fitted.values, data$y, problem))
}

# The model matrix of the problem with factors, for libraries that take no formula: made within the timed fit.
model_matrix <- function(frame, problem) {
  terms <- stats::model.frame(problem$formula, frame)
  list(
    x = stats::model.matrix(problem$formula, terms), y = stats::model.response(terms), offset = stats::model.offset(terms)
  )
}

# --- glmrs

control <- function(problem, threads = problem$threads) list(threads = threads)
read_glmrs <- function(fit, data, problem) {
  solution(fit$coefficients, scaled(fit$cov.unscaled, fit$fitted.values, data$y, problem))
}
entry("glmrs::glm_rs", "glmrs", "formula", "ABCDEFJ", read_frame, growth = Inf,
  fit = function(data, problem) glmrs::glm_rs(problem$formula, problem$family, data, control = control(problem)),
  read = read_fit)
entry("glmrs::glm_rs_fit", "glmrs", "matrix", "ABCDEJ", read_matrix, growth = Inf,
  fit = function(data, problem) glmrs::glm_rs_fit(data$x, data$y, family = problem$family, control = control(problem)),
  read = read_glmrs)
entry("glmrs::glm_rs_fit, 1 thread", "glmrs", "matrix", "", read_matrix, growth = Inf, threads = 1,
  fit = function(data, problem) glmrs::glm_rs_fit(data$x, data$y, family = problem$family, control = control(problem, 1)),
  read = read_glmrs)

# --- package stats

entry("stats::glm", "stats", "formula", "ABCDEFJ", read_frame, growth = 1e6, threads = 1,
  fit = function(data, problem) stats::glm(problem$formula, problem$family, data),
  read = read_fit)
entry("stats::glm.fit", "stats", "matrix", "ABCDEJ", read_matrix, threads = 1,
  fit = function(data, problem) stats::glm.fit(data$x, data$y, family = problem$family),
  read = read_qr)
entry("stats::lm", "stats", "formula", "E", read_frame, threads = 1,
  fit = function(data, problem) stats::lm(problem$formula, data),
  read = read_fit)
entry("crossprod + chol", "base", "matrix", "E", read_matrix,
  fit = function(data, problem) {
    root <- chol(crossprod(data$x))
    beta <- backsolve(root, backsolve(root, crossprod(data$x, data$y), transpose = TRUE))
    list(beta = drop(beta), root = root)
  },
  read = function(fit, data, problem) {
    names(fit$beta) <- colnames(data$x)
    solution(fit$beta, scaled(chol2inv(fit$root), drop(data$x %*% fit$beta), data$y, problem))
  })

# --- others

fastglm <- function(name, method, growth = 0) {
  read <- function(fit, data, problem) solution(fit$coefficients, fit$se)
  entry(name, "fastglm", "matrix", "ABCDEJ", read_matrix, growth = growth, threads = 1,
    fit = function(data, problem) fastglm::fastglm(data$x, data$y, family = problem$family, method = method),
    read = read)
  entry(paste0(name, ", model.matrix"), "fastglm", "formula", "F", read_frame, threads = 1,
    fit = function(data, problem) {
      with(model_matrix(data, problem), fastglm::fastglm(x, y, family = problem$family, offset = offset, method = method))
    },
    read = read)
}
fastglm("fastglm LLT", method = 2, growth = 1e6)
fastglm("fastglm QR", method = 0)

entry("parglm.fit FAST", "parglm", "matrix", "ABCDEJ", read_matrix, growth = 1e6, blas = 1,
  fit = function(data, problem) {
    how <- parglm::parglm.control(method = "FAST", nthreads = problem$threads)
    parglm::parglm.fit(data$x, data$y, family = problem$family, control = how)
  },
  read = read_qr)
entry("parglm FAST", "parglm", "formula", "F", read_frame, blas = 1,
  fit = function(data, problem) {
    how <- parglm::parglm.control(method = "FAST", nthreads = problem$threads)
    parglm::parglm(problem$formula, problem$family, data, control = how)
  },
  read = read_fit)

entry("fixest::feglm", "fixest", "formula", "ABCDFJ", read_frame, blas = 1,
  fit = function(data, problem) {
    fixest::feglm(problem$formula, data, problem$family, vcov = "iid", nthreads = problem$threads, notes = FALSE)
  },
  read = read_fit)
entry("fixest::feols", "fixest", "formula", "E", read_frame, blas = 1,
  fit = function(data, problem) {
    fixest::feols(problem$formula, data, vcov = "iid", nthreads = problem$threads, notes = FALSE)
  },
  read = read_fit)
entry("fixest::feglm, factors absorbed", "fixest", "formula", "F", read_frame, blas = 1,
  fit = function(data, problem) {
    fixest::feglm(
      ClaimNb ~ DrivAge + BonusMalus + log(Density) + VehAge + offset(log(Exposure)) |
        VehPower + VehBrand + Region + VehGas + Area,
      data, problem$family, vcov = "iid", nthreads = problem$threads, notes = FALSE
    )
  },
  read = read_fit)

entry("speedglm", "speedglm", "formula", "ABCDEFJ", read_frame,
  fit = function(data, problem) speedglm::speedglm(problem$formula, data, problem$family),
  read = read_fit)
entry("glm2", "glm2", "formula", "ABCDFJ", read_frame, threads = 1,
  fit = function(data, problem) glm2::glm2(problem$formula, problem$family, data),
  read = read_fit)
entry("biglm::bigglm", "biglm", "formula", "ABCDEFJ", read_frame, threads = 1,
  fit = function(data, problem) biglm::bigglm(problem$formula, data, problem$family),
  read = read_fit)
entry("mgcv::bam", "mgcv", "formula", "ABCDEFJ", read_frame, blas = 1,
  fit = function(data, problem) mgcv::bam(problem$formula, problem$family, data, nthreads = problem$threads),
  read = read_fit)
