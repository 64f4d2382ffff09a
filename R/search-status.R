# Why searches end, in words: one table for warnings, prints and failed replicates.

# By the names that the core gives them (status() in reply.rs), and what moments add.
search_endings <- c(
  converged = "converged",
  max_iterations = "the largest number of iterations was reached",
  non_finite_step = "a step led to numbers that are not finite",
  uninformative = "no row had any weight left",
  stalled = "no step led further",
  max_rounds = "the weights of the moments still move them"
)

# Of a search that did not converge; status_in_words() in reply.rs says the same.
status_in_words <- function(status) paste("the search did not converge:", search_endings[[status]])
