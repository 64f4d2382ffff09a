# Data of formulas, so that another program can be given the same: 24 firms in each of 10 years.
fixest_data <- function() {
  i <- seq_len(240)
  d <- data.frame(
    x = sin(1.7 * i), z = cos(0.9 * i)^2, f = factor(c("a", "b", "c")[i %% 3 + 1]), firm = (7 * i) %% 24 + 1,
    year = (i - 1) %/% 24 + 1, w = 1 + i %% 4
  )
  d$y <- floor(exp(0.6 + 0.5 * d$x - 0.3 * d$z + 0.8 * sin(0.37 * i^2) + 0.3 * sin(d$firm)))
  d$g <- 1 + d$x + 0.5 * d$z + sin(0.11 * i^2) + 0.4 * cos(d$firm)
  d
}
