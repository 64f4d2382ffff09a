#!/bin/sh
# Installs the package where library(glmrs) finds it: the first library of R that can be written to,
# else the user's own, which is made.
set -eu
library=$(Rscript -e '
  paths <- .libPaths()
  ok <- paths[file.access(paths, 2) == 0]
  if (length(ok) == 0) {
    ok <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]]
    dir.create(ok[1], recursive = TRUE)
  }
  cat(ok[1])')
R CMD INSTALL --no-multiarch --library="$library" .
