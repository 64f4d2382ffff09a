#!/bin/bash
# Tests of the core (cargo) and of the installed package (testthat); the last line counts both together.
set -uo pipefail
mkdir -p target
log=target/test.log
status=0
cargo test --locked --no-fail-fast 2>&1 | tee "$log" || status=1
Rscript tools/test-r.R 2>&1 | tee -a "$log" || status=1

# Both end in lines 'test result: ok. 12 passed; 0 failed; 1 ignored; ...', R's ends in R. What did not run is a failure.
awk -v status=$status '
  /^test result:/ { passed += $4; failed += $6; skipped += $8 }
  /^test result:.* R$/ { r = 1 }
  END { if (!r || (status && !failed)) failed += 1
        printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$log"
exit $status
