# The mean product of estimating functions, for rows that are independent or not.

# Shape: q x q, divided by n as package sandwich divides it.
meat_of <- function(psi, type, cluster = NULL, lag = NULL, call = NULL) {
  n <- nrow(psi)
  switch(type,
    iid = crossprod(psi) / n,
    cluster = {
      groups <- cluster_codes(cluster, n, call)
      count <- max(groups)
      crossprod(rowsum(psi, groups, reorder = FALSE)) * (count / (count - 1)) / n
    },
    HAC = {
      lag <- if (is.null(lag)) floor(4 * (n / 100)^(2 / 9)) else check_lag(lag, n, call)
      sum <- crossprod(psi)
      for (l in seq_len(lag)) {
        later <- crossprod(psi[-seq_len(l), , drop = FALSE], psi[seq_len(n - l), , drop = FALSE])
        sum <- sum + (1 - l / (lag + 1)) * (later + t(later))
      }
      sum / n
    }
  )
}

# `or`: what it may be beside a number of lags.
check_lag <- function(lag, n, call, or = "") {
  if (!is_number(lag) || lag < 0 || lag >= n || lag != floor(lag)) {
    abort("argument", sprintf("`lag` must be a whole number from 0 to %d%s", n - 1L, or), call)
  }
  lag
}

# From one value a row.
cluster_codes <- function(cluster, n, call) {
  if (is.null(cluster)) abort_no_cluster(call)
  if (is.data.frame(cluster) && ncol(cluster) == 1L) cluster <- cluster[[1L]]
  if (!is.atomic(cluster) || length(cluster) != n) {
    abort("cluster", sprintf("`cluster` must have one value for each of the %d rows, not be %s", n, describe(cluster)), call)
  }
  cluster <- in_order_of_integer64(cluster, call)
  if (anyNA(cluster)) abort("cluster", sprintf("`cluster` is missing for row %d", which(is.na(cluster))[1L]), call)
  codes <- match(cluster, unique(cluster))
  if (max(codes) < 2L) abort("cluster", "all rows are in one cluster: there is no variation between clusters", call)
  codes
}

abort_no_cluster <- function(call, hint = NULL) abort("cluster", "`cluster` is missing: it says which rows belong together", call, i = hint)
