# One library on one problem, in a process of its own; what it finds goes to the driver, line by line (README.md, "Lines").
# usage: Rscript bench/measure.R LIBRARY FOLDER THREADS REPEATS BUDGET
#        Rscript bench/measure.R --list       the libraries: name, package, input, cases, growth, blas, threads
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "data.R"))
for (file in c("libraries.R", "libraries-models.R", "libraries-inference.R")) source(file.path(here, file))

say <- function(...) {
  cat(paste(c(...), collapse = "\t"), "\n", sep = "")
  flush(stdout())
}

# Megabytes that the process holds now (VmRSS), and the most since the mark was set back (VmHWM); NA where there is no /proc.
memory <- function(which) {
  if (!file.exists("/proc/self/status")) return(NA)
  line <- grep(which, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("\\D", "", line)) * 1024 / 1e6
}
forget_peak <- function() if (file.exists("/proc/self/clear_refs")) cat("5", file = "/proc/self/clear_refs")

seconds <- function(expression) {
  start <- as.numeric(Sys.time())
  force(expression)
  as.numeric(Sys.time()) - start
}

measure <- function(library, problem, repeats, budget) {
  if (!requireNamespace(library$package, quietly = TRUE)) return(say("missing"))
  say("version", as.character(utils::packageVersion(library$package)))
  say("blas", sub("^lib", "", sub("[.]so.*$", "", basename(La_library()))))
  data <- library$prepare(problem)
  invisible(gc())
  loaded <- memory("VmRSS")
  forget_peak()
  say("loaded", loaded)

  first <- seconds(fit <- library$fit(data, problem))
  say("peak", memory("VmHWM") - loaded)
  found <- library$read(fit, data, problem)
  say("first", first)
  for (i in seq_len(nrow(found))) say("coefficient", found$name[i], sprintf("%.17g", c(found$coefficient[i], found$se[i])))
  rm(fit)

  # fits too short for the clock are timed together
  together <- max(1, ceiling(0.02 / first))
  if (together > 1) together <- ceiling(0.05 * together / seconds(for (i in seq_len(together)) library$fit(data, problem)))
  spent <- first
  for (i in seq_len(repeats)) {
    invisible(gc())
    if (spent > budget) break
    elapsed <- seconds(for (k in seq_len(together)) library$fit(data, problem))
    spent <- spent + elapsed
    say("seconds", elapsed / together)
  }
  say("done")
}

arguments <- commandArgs(TRUE)
if (identical(arguments[1], "--list")) {
  for (l in libraries) say(l$name, l$package, l$input, paste(l$cases, collapse = ""), l$growth, l$blas, l$threads)
} else {
  problem <- read_problem(arguments[2])
  problem$threads <- as.integer(arguments[3])
  tryCatch(
    suppressWarnings(measure(libraries[[arguments[1]]], problem, as.integer(arguments[4]), as.numeric(arguments[5]))),
    error = function(e) say("failed", gsub("\\s+", " ", conditionMessage(e)))
  )
}
