# What long work tells while it lasts.

shows_bar <- function() shows_progress() && requireNamespace("cli", quietly = TRUE)

# A function that the core calls now and then with its news: how many passes over the data are done, and the deviances of
# the iterations since the last call. NULL where nobody wants to know.

# Package cli shows the bar after two seconds, and takes it away when the function of `frame` ends.
new_progress <- function(what, frame) {
  if (!shows_bar()) return(NULL)
  state <- new.env(parent = emptyenv())
  function(news) {
    extra <- list(passes = sprintf("%.1f passes over the data", news[1L]))
    if (is.null(state$bar)) {
      state$bar <- cli::cli_progress_bar(
        name = what, total = NA, format = "{cli::pb_spin} {cli::pb_name}{cli::pb_extra$passes} [{cli::pb_elapsed}]",
        extra = extra, .envir = frame
      )
    }
    cli::cli_progress_update(extra = extra, id = state$bar, .envir = frame)
  }
}

# The same of a loop of R's: a function to be called after each of its `total` turns.
new_counter <- function(what, total, frame) {
  if (!shows_bar()) return(function() NULL)
  bar <- cli::cli_progress_bar(name = what, total = total, .envir = frame)
  function() cli::cli_progress_update(id = bar, .envir = frame)
}

# Prints the iterations, in the words of glm.fit(). They are counted on where a search begins anew.
new_trace <- function() {
  told <- new.env(parent = emptyenv())
  told$iterations <- 0L
  function(news) {
    for (deviance in news[-1L]) {
      told$iterations <- told$iterations + 1L
      cat("Deviance = ", deviance, " Iterations - ", told$iterations, "\n", sep = "")
    }
  }
}
