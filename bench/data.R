# A problem on disk, which R and Python read alike:
#   <variable>.f64    doubles;  <variable>.i32  integers, or the codes (from 0) of a factor; little-endian
#   problem.dcf       title, family, link, formula, model, covariance, rows, response; the variables in their order, those
#                     of them that are clusters; the levels of each factor
#   reference.tsv     the converged solution (reference.R)

# The first of the columns is the response.
write_problem <- function(folder, columns, about) {
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  for (name in names(columns)) {
    x <- columns[[name]]
    path <- file.path(folder, name)
    if (is.double(x)) {
      writeBin(x, paste0(path, ".f64"), endian = "little")
    } else {
      writeBin(as.integer(x) - is.factor(x), paste0(path, ".i32"), endian = "little")
    }
  }
  factors <- Filter(is.factor, columns)
  levels <- vapply(factors, function(f) paste(levels(f), collapse = " "), "")
  names(levels) <- sprintf("levels-%s", names(factors))
  about <- c(
    about, list(
      rows = format(length(columns[[1]]), scientific = FALSE), response = names(columns)[1],
      variables = paste(names(columns)[-1], collapse = " ")
    ), levels
  )
  write.dcf(as.data.frame(about, check.names = FALSE), file.path(folder, "problem.dcf"), width = 1e6)
}

read_problem <- function(folder) {
  about <- as.list(read.dcf(file.path(folder, "problem.dcf"))[1, ])
  about$folder <- folder
  about$n <- as.integer(about$rows)
  about$variables <- strsplit(about$variables, " ")[[1]]
  about$clusters <- unlist(strsplit(as.character(about$clusters), " "))
  about$family <- get(about$family, envir = asNamespace("stats"))(about$link)
  about$formula <- stats::as.formula(about$formula, env = globalenv())
  about
}

# One variable of a problem: all of it, or the part of it with these rows.
read_variable <- function(problem, name, rows = c(1, problem$n)) {
  count <- rows[2] - rows[1] + 1
  path <- file.path(problem$folder, name)
  doubles <- file.exists(paste0(path, ".f64"))
  file <- file(paste0(path, if (doubles) ".f64" else ".i32"), "rb")
  on.exit(close(file))
  seek(file, (rows[1] - 1) * (if (doubles) 8 else 4))
  x <- readBin(file, if (doubles) "double" else "integer", count, endian = "little")
  levels <- problem[[paste0("levels-", name)]]
  if (is.null(levels)) x else structure(x + 1L, levels = strsplit(levels, " ")[[1]], class = "factor")
}

read_frame <- function(problem, rows = c(1, problem$n)) {
  names <- c(problem$response, problem$variables)
  columns <- lapply(names, read_variable, problem = problem, rows = rows)
  structure(columns, names = names, row.names = .set_row_names(length(columns[[1]])), class = "data.frame")
}

# list(x, y) for what takes a matrix: numeric variables after a column of ones.
read_matrix <- function(problem) {
  names <- problem$variables
  x <- matrix(1, problem$n, 1 + length(names), dimnames = list(NULL, c("(Intercept)", names)))
  for (j in seq_along(names)) x[, 1 + j] <- read_variable(problem, names[j])
  list(x = x, y = read_variable(problem, problem$response))
}
