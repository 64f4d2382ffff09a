# The only caller of the generated wrappers of zero.rs.

rust_zero_fit <- function(designs, data, model, start, control, call, rows) {
  rust(rs_zero_fit(designs, data, model, start, control), call, rows)
}

# n x p, without names.
rust_zero_scores <- function(designs, data, model, parameters, call) {
  scores <- rust(rs_zero_scores(designs, data, model, parameters, thread_spec()), call)
  matrix(scores, length(data[[1L]]), length(parameters))
}
