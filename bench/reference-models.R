# Score equations of the models beyond glm(): where to start, and the sums over rows of score and information.

# A row's log-likelihood depends on its predictors: that of the counts, with zero inflation that of the share of zeros, and
# log(theta). Their derivatives are columns of `scores(y, at)`; the information is minus those once more, by central
# differences, which leaves 1e-8 of it.
STEP <- 1e-4

negbin_scores <- function(y, at) {
  mu <- exp(at[, 1])
  theta <- exp(at[, 2])
  cbind(
    (y - mu) * theta / (mu + theta),
    theta * (digamma(y + theta) - digamma(theta) + log(theta / (theta + mu)) + (mu - y) / (theta + mu))
  )
}
negbin_zero <- function(at) {
  theta <- exp(at[, 2])
  (theta / (theta + exp(at[, 1])))^theta
}
poisson_scores <- function(y, at) cbind(y - exp(at[, 1]))
poisson_zero <- function(at) exp(-exp(at[, 1]))

# `scores` of the counts, their chance of a zero; the share of other zeros is the second predictor.
inflated <- function(scores, zero) function(y, at) {
  share <- stats::plogis(at[, 2])
  counts <- at[, -2, drop = FALSE]
  # the chance that a row's zero is another one
  other <- (y == 0) * share / (share + (1 - share) * zero(counts))
  of_counts <- (1 - other) * scores(y, counts)
  cbind(of_counts[, 1], other - share, of_counts[, -1])
}

# Counts above zero are truncated Poisson ones; the logit of their share is the second predictor.
hurdle_scores <- function(y, at) {
  mu <- exp(at[, 1])
  cbind((y > 0) * (y + mu / expm1(-mu)), (y > 0) - stats::plogis(at[, 2]))
}

observed <- function(scores, y, at) {
  lapply(seq_len(ncol(at)), function(k) {
    step <- STEP * (col(at) == k)
    (scores(y, at - step) - scores(y, at + step)) / (2 * STEP)
  })
}

# Standard errors of a negative binomial fit are those of the expected information, given theta.
negbin_information <- function(scores, y, at) {
  mu <- exp(at[, 1])
  list(cbind(mu / (1 + mu / exp(at[, 2])), 0), cbind(0, observed(scores, y, at)[[2]][, 2]))
}

# `parts`: the names of the predictors, NA for log(theta), which is one number.
count_model <- function(parts, scores, information = observed) {
  designs <- function(x) {
    lapply(parts, function(part) {
      if (is.na(part)) return(matrix(1, nrow(x), 1, dimnames = list(NULL, "log(theta)")))
      `colnames<-`(x, paste0(part, colnames(x)))
    })
  }
  start <- function(problem) {
    y <- read_variable(problem, problem$response)
    first <- c(log(mean(y[y > 0])), stats::qlogis(mean(y == 0) / 2))
    if (length(parts) == 2 && is.na(parts[2])) first <- log(mean(y))
    others <- 0 * read_matrix(problem)$x[1, -1]
    unlist(lapply(seq_along(parts), function(k) if (is.na(parts[k])) 0 else c(first[k], others)))
  }
  sums <- function(problem, beta) {
    total <- list(score = 0, information = 0, products = 0)
    over_rows(problem, function(x, y, offset, rows) {
      x <- designs(x)
      part <- rep.int(seq_along(x), vapply(x, ncol, 1L))
      at <- vapply(seq_along(x), function(k) drop(x[[k]] %*% beta[part == k]), y)
      slopes <- scores(y, at)
      curvature <- information(scores, y, at)
      block <- function(k, l) crossprod(x[[k]] * curvature[[k]][, l], x[[l]])
      rows_scores <- do.call(cbind, lapply(seq_along(x), function(k) x[[k]] * slopes[, k]))
      total$score <<- total$score + column_sums(rows_scores)
      total$products <<- total$products + crossprod(rows_scores)
      all <- lapply(seq_along(x), function(k) do.call(cbind, lapply(seq_along(x), function(l) block(k, l))))
      total$information <<- total$information + do.call(rbind, all)
    })
    # far from the solution the observed information need not be positive definite
    if (min(eigen(total$information, TRUE, TRUE)$values) <= 0) total$information <- total$products
    total
  }
  list(start = start, sums = sums)
}

# A logistic regression whose score is that of the likelihood times Jeffreys' prior.
firth_sums <- function(problem, beta) {
  data <- read_matrix(problem)
  mu <- stats::plogis(drop(data$x %*% beta))
  weights <- mu * (1 - mu)
  information <- crossprod(data$x * sqrt(weights))
  leverage <- weights * rowSums(data$x %*% inverse(information) * data$x)
  list(score = column_sums(data$x * (data$y - mu + leverage * (0.5 - mu))), information = information)
}

models <- list(
  negbin = count_model(c("", NA), negbin_scores, negbin_information),
  zip = count_model(c("count_", "zero_"), inflated(poisson_scores, poisson_zero)),
  zinb = count_model(c("count_", "zero_", NA), inflated(negbin_scores, negbin_zero)),
  hurdle = count_model(c("count_", "zero_"), hurdle_scores),
  firth = list(start = function(problem) 0 * read_matrix(problem)$x[1, ], sums = firth_sums)
)
