# Where estimates are as good as at the border of what they can be: there searches go on until they are stopped.

# A share of rows, and a mean or a rate of counts, that is none.
NO_SHARE <- 1e-5
NO_MEAN <- 1e-5

# Negative binomial counts of such a theta are Poisson counts; of such a size they are those of a logarithmic series.
POISSON_THETA <- 1e5
NO_SIZE <- 1e-5

# Of linear predictors that have no bound the likelihood only tells that they are far off: their standard errors are many times as
# large as they are.
UNBOUNDED <- 10

is_unbounded <- function(eta, errors) errors > UNBOUNDED * abs(eta)
