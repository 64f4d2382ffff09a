#!/bin/bash
# Builds the source package and checks it as CRAN does, without network; fails on ERROR and WARNING.
# The crates inside it are compiled once, for the vignettes, and found again by the check; the package itself anew.
set -euo pipefail
dir=target/check
export GLMRS_TARGET_DIR="$PWD/target/vendored"
tools/build-tarball.sh $dir

# Both need the network; the tests' output is shown in full if they fail.
export _R_CHECK_CRAN_INCOMING_=FALSE _R_CHECK_SYSTEM_CLOCK_=FALSE _R_CHECK_TESTS_NLINES_=0
status=0
(cd $dir && R CMD check --as-cran --no-manual glmrs_*.tar.gz) || status=1

# What was not OK once more, at the end: each item runs from its '* ' to the next one.
log=$dir/glmrs.Rcheck/00check.log
awk '/^\* / { item = ""; show = 0 }
  { item = item $0 "\n" }
  / (NOTE|WARNING|ERROR)$/ && !/^Status/ { show = 1 }
  show { printf "%s", item; item = "" }' $log
grep '^Status:' $log || status=1
if grep -qE '^Status:.*(ERROR|WARNING)' $log; then status=1; fi
exit $status
