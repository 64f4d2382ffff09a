# The results as text and picture: every row beside the results, a compact table and the plot in the README.
# usage: Rscript bench/report.R RESULTS.csv [--readme]
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "plot.R"))

LOOSE <- 1e-6 # the README has rows whose coefficients are further off in a column of their own

# two digits, and no powers of ten
two_digits <- function(x) {
  ifelse(x < 99.5, sub("[.]$", "", formatC(signif(x, 2), 2, format = "fg", flag = "#")), sprintf("%.0f", x))
}
seconds_text <- function(x) ifelse(x < 1e-3, paste(two_digits(1e6 * x), "µs"), two_digits(x))
ratio_text <- function(x) ifelse(x < 9.95, sprintf("%.1f", x), sprintf("%.0f", x))
number_text <- function(x) format(x, big.mark = ",", scientific = FALSE, trim = TRUE)
difference_text <- function(x) ifelse(is.na(x), "–", ifelse(x == 0, "0", sprintf("%.0e", x)))

# Measured rows from fast to slow, and then the others.
in_order <- function(rows) {
  rows <- rows[order(rows$status != "ok", rows$median, rows$library), ]
  best <- min(rows$median[rows$package == "glmrs" & rows$status == "ok"], Inf)
  rows$ratio <- if (is.finite(best)) rows$median / best else NA_real_
  rows
}

size_text <- function(rows) sprintf("n = %s, %d coefficients", number_text(rows$n[1]), rows$p[1])

# `right`: the columns of numbers.
markdown_table <- function(header, rows, right = integer()) {
  c(
    paste0("| ", paste(header, collapse = " | "), " |"),
    paste0("|", paste0(ifelse(seq_along(header) %in% right, "--:", "---"), "|", collapse = "")),
    paste0("| ", do.call(paste, c(rows, sep = " | ")), " |")
  )
}

case_table <- function(rows) {
  rows <- in_order(rows)
  ok <- rows$status == "ok"
  shown <- function(text) ifelse(ok, text, "")
  partly <- ifelse(ok & rows$compared < rows$p, sprintf(" (%d of %d)", rows$compared, rows$p), "")
  c(
    sprintf("## %s: %s, %s", rows$problem[1], rows$title[1], size_text(rows)), "",
    sprintf("The design matrix alone would take %s MB.", number_text(round(rows$n[1] * rows$p[1] * 8 / 1e6, 1))), "",
    markdown_table(
      c("library", "data as", "median s", "min–max", "× glmrs", "MB over data", "coefficients", "std. errors", "threads"),
      list(
        rows$library, rows$input, ifelse(ok, seconds_text(rows$median), rows$status),
        shown(paste0(seconds_text(rows$min), "–", seconds_text(rows$max))),
        shown(ifelse(is.na(rows$ratio), "", ratio_text(rows$ratio))),
        shown(ifelse(is.na(rows$peak_mb), "–", sprintf("%.0f", rows$peak_mb))),
        shown(paste0(difference_text(rows$coef_diff), partly)), shown(difference_text(rows$se_diff)),
        shown(paste0(rows$threads, ifelse(rows$blas_threads == rows$threads, "", sprintf(" (BLAS %s)", rows$blas_threads))))
      ),
      right = 3:8
    ), ""
  )
}

versions_table <- function(results) {
  known <- unique(results[!is.na(results$version) & nzchar(results$version), c("package", "version", "blas")])
  known <- known[order(known$package), ]
  c("## Versions", "", markdown_table(c("package", "version", "BLAS of its process"), as.list(known)), "")
}

full_report <- function(results, machine) {
  c(
    sprintf("# Measured on %s", machine), "",
    "Medians; memory is the peak of the first fit over the process with its data loaded; differences are the largest",
    "relative ones from the converged solution. [How it is measured](../README.md).", "",
    unlist(lapply(split(results, factor(results$problem, unique(results$problem))), case_table)),
    versions_table(results)
  )
}

# One row a case. Of a package the fastest row that is accurate, and, apart, its fastest one if that is faster and is not.
readme_table <- function(results) {
  cases <- results[!grepl("^growth", results$problem) & results$status == "ok", ]
  if (!nrow(cases)) return(character())
  lines <- vapply(split(cases, factor(cases$problem, unique(cases$problem))), readme_row, character(5))
  header <- c(
    "case", "glmrs, s", "others that agree to 1e-6, s (× the best of glmrs)", "less accurate, s (difference)",
    "MB over the data: glm_rs / stats::glm"
  )
  markdown_table(header, lapply(seq_along(header), function(j) lines[j, ]))
}

readme_row <- function(rows) {
  rows <- in_order(rows)
  ours <- rows$package == "glmrs"
  loose <- !is.na(rows$coef_diff) & rows$coef_diff > LOOSE
  # what is compared with most keeps all of its rows
  group <- ifelse(rows$package %in% c("stats", "base"), rows$library, rows$package)
  accurate <- !ours & !loose & !duplicated(paste(group, loose))
  sooner <- !ours & loose & !duplicated(group)

  seconds <- seconds_text(rows$median)
  ratio <- ifelse(is.na(rows$ratio), "", sprintf(" (%s×)", ratio_text(rows$ratio)))
  off <- ifelse(loose, sprintf(" (%s)", difference_text(rows$coef_diff)), "")
  memory <- rows$peak_mb[match(c("glmrs::glm_rs", "stats::glm"), rows$library)]
  # an item a line
  items <- function(text) paste(gsub(" ", "&nbsp;", text), collapse = "<br>")
  c(
    sprintf("**%s** %s; %s", rows$problem[1], rows$title[1], size_text(rows)),
    items(sprintf("**%s %s**%s", sub("glmrs::", "", rows$library), seconds, off)[ours]),
    items(paste0(rows$library, " ", seconds, ratio)[accurate]), items(paste0(rows$library, " ", seconds, off)[sooner]),
    paste(ifelse(is.na(memory), "–", sprintf("%.0f", memory)), collapse = " / ")
  )
}

rewrite_section <- function(path, text) {
  lines <- readLines(path, encoding = "UTF-8")
  marks <- c(match("<!-- bench: begin -->", lines), match("<!-- bench: end -->", lines))
  if (anyNA(marks) || marks[1] > marks[2]) stop("README.md has no section between the marks of the bench")
  writeLines(c(lines[1:marks[1]], text, lines[marks[2]:length(lines)]), path, useBytes = TRUE)
}

arguments <- commandArgs(TRUE)
results <- utils::read.csv(arguments[1], encoding = "UTF-8", na.strings = c("", "NA"))
about <- strsplit(sub("[.]csv$", "", basename(arguments[1])), "x")[[1]]
machine <- sprintf("%s cores, %s", about[1], paste(about[-1], collapse = "x"))
writeLines(enc2utf8(full_report(results, machine)), sub("[.]csv$", ".md", arguments[1]), useBytes = TRUE)

to_readme <- "--readme" %in% arguments
figure <- sub("[.]csv$", ".png", arguments[1])
if (to_readme) figure <- file.path(here, "..", "man", "figures", "time-by-rows.png")
plotted <- plot_growth(results, machine, figure)
if (to_readme) {
  picture <- "![Seconds for one fit against the number of rows](man/figures/time-by-rows.png)"
  page <- paste0("bench/results/", sub("[.]csv$", ".md", basename(arguments[1])))
  rewrite_section(file.path(here, "..", "README.md"), enc2utf8(c(
    sprintf("On %s ([every row with its spread, memory and accuracy](%s)):", machine, page), "",
    readme_table(results), if (plotted) c("", picture)
  )))
}
