# Stacks of blocks that the core knows: solved, and solved again for resampled rows, without a call of R's.

# The blocks' descriptions for blocks.rs, or NULL where R has to be asked: one has a function of the user's, or looks at the
# means of another.
core_blocks <- function(prepared) {
  cores <- lapply(unname(prepared), `[[`, "core")
  rows <- unique(vapply(prepared, function(block) block$rows %||% 0L, 1L))
  if (length(rows) == 1L && rows > 0L && !any(vapply(cores, is.null, NA))) list(blocks = cores, rows = rows)
}

fit_stack <- function(core, start, limits, call) {
  labels <- names(start)
  n <- core$rows
  solved <- rust_stack_root(core$blocks, start, limits, call)
  found <- solved$found
  bread <- solve_general(-found$derivatives / n, labels, call)
  meat <- `dimnames<-`(solved$products / n, dimnames(bread))
  fit <- list(
    coefficients = stats::setNames(found$coefficients, labels), kind = "equations", nobs = n, bread = bread, meat = meat,
    combine = NULL
  )
  c(fit, search_facts(found), list(calls = 0L))
}

# For each replicate its parameters, or a message that says why there are none.
resampled_stack <- function(fit, times, type, cluster, seed, threads, call) {
  groups <- if (!is.null(cluster)) cluster_codes(cluster, fit$nobs, call)
  settings <- fit$settings
  draws <- list(type, seed, times, groups, new_progress("Replicates", environment()))
  start <- fit$coefficients
  found <- rust_resample_stack(settings$core$blocks, start, settings$limits, draws, threads, call)
  replicates_or_reasons(found, names(start))
}
