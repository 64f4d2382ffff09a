# Why two numbers that should be the same differ by more than rounding errors, of which helper-grid.R has the bounds
# (TOLERANCE, ROUNDING): the reasons that are met again and again. Others are told where they are.

# A search ends with a step of Newton's below 1e-4 standard errors, the root of the usual `epsilon` (m_estimate()'s: below
# 1e-6). What is left is of the square of that, and so is what follows from it: the same fit from another start, in other
# coordinates, as another model's special case.
STOPPING <- 1e-7
# Standard errors, working weights and decompositions of a generalized linear model are of the weights before the last
# step, as in glm(): some 1e-5 from those at the solution where that step was among the longest that end a search, ...
LAST_STEP <- 1e-5
# ... and nearer where the fits were asked to be precise (PRECISE).
AT_LAST_STEP <- 1e-7
# optim() and nlminb(), by which MASS, nnet, pscl and glmmTMB search, end where the likelihood has no more digits to tell
# places apart: 1e-15 of it is some 1e-7 of an estimate.
OTHER_SEARCH <- 1e-5
# Second derivatives by differences of first ones over 1e-3, as by stats::optimHess(): errors of the square of that.
DIFFERENCES <- 1e-5
# Variances of n draws have relative standard errors of sqrt(2 / n): so many of them.
draws <- function(n, errors = 4) errors * sqrt(2 / n)
