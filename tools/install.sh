#!/bin/sh
# Installs the package where library(glmrs) finds it: the first library of R that can be written to (the first of
# R_LIBS is made, if need be: R would pass over it), else the user's own, which is made.
set -eu
[ -z "${R_LIBS:-}" ] || mkdir -p "${R_LIBS%%:*}"
library=$(Rscript -e '
  paths <- .libPaths()
  ok <- paths[file.access(paths, 2) == 0]
  if (length(ok) == 0) {
    ok <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]]
    dir.create(ok[1], recursive = TRUE)
  }
  cat(ok[1])')
R CMD INSTALL --no-multiarch --library="$library" .
