# The calls to Rust that are about Tweedie families.

# list(dispersion, log_likelihood) at the dispersion of largest likelihood.
rust_tweedie_likelihood <- function(y, weights, deviance, p, threads, call) {
  rust(rs_tweedie_likelihood(y, weights, list(deviance, p), thread_spec(threads)), call)
}

rust_tweedie_density <- function(y, mu, phi, p) rust(rs_tweedie_density(y, mu, phi, p))
