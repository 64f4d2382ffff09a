# Robust covariances at the solution of a problem: the inverse information on both sides of what the rows' scores vary.

# HC0, HC3, or clusters without any factor but G / (G - 1) for G of them; two kinds by inclusion and exclusion.
robust <- function(problem, beta, bread) {
  meat <- if (problem$covariance == "cluster") clusters_meat(problem, beta) else rows_meat(problem, beta, bread)
  bread %*% meat %*% bread
}

rows_meat <- function(problem, beta, bread) {
  meat <- 0
  over_rows(problem, function(x, y, offset, rows) {
    at <- working(problem$family, beta, x, y, offset)
    leverage <- if (problem$covariance == "HC3") at$weights * rowSums(x %*% bread * x) else 0
    meat <<- meat + crossprod(x * (at$weights * at$towards / (1 - leverage)))
  })
  meat
}

clusters_meat <- function(problem, beta) {
  kinds <- lapply(problem$clusters, read_variable, problem = problem)
  meat <- one_way(problem, beta, kinds[[1]])
  if (length(kinds) == 1) return(meat)
  both <- kinds[[1]] + max(kinds[[1]]) * (kinds[[2]] - 1)
  meat + one_way(problem, beta, kinds[[2]]) - one_way(problem, beta, both)
}

one_way <- function(problem, beta, cluster) {
  known <- unique(cluster)
  cluster <- match(cluster, known)
  sums <- matrix(0, length(known), length(beta))
  over_rows(problem, function(x, y, offset, rows) {
    at <- working(problem$family, beta, x, y, offset)
    of_block <- rowsum(x * (at$weights * at$towards), cluster[rows[1]:rows[2]])
    these <- as.integer(rownames(of_block))
    sums[these, ] <<- sums[these, ] + of_block
  })
  crossprod(sums) * length(known) / (length(known) - 1)
}
