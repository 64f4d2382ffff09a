library(testthat)
library(glmrs)

test_check("glmrs")
