# Runs the tests of the installed package; fails if one does. For tools/test.sh, which adds up the last line.
Sys.setenv(NOT_CRAN = "true")
results <- as.data.frame(testthat::test_dir(
  file.path("tests", "testthat"),
  package = "glmrs", load_package = "installed", reporter = "check", stop_on_failure = FALSE
))
bad <- results$failed > 0 | results$error
skipped <- results$skipped & !bad
for (i in which(bad)) cat("FAILED ", results$file[i], ": ", results$test[i], "\n", sep = "")
cat(sprintf(
  "\ntest result: %s. %d passed; %d failed; %d ignored; R\n",
  if (any(bad)) "FAILED" else "ok", sum(!bad & !skipped), sum(bad), sum(skipped)
))
if (any(bad)) quit(status = 1)
