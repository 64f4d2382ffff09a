# What all intervals share: their level, their labels, and which of them are wanted.

check_level <- function(level, call) check_share(level, "level", call)

check_share <- function(x, arg, call) {
  if (!is_number(x) || x <= 0 || x >= 1) abort("argument", sprintf("`%s` must be a number between 0 and 1", arg), call)
  x
}

tails_of <- function(level) c((1 - level) / 2, (1 + level) / 2)

percent_labels <- function(shares) paste(format(100 * shares, trim = TRUE, digits = 3), "%")

# Limits of all estimates, with names, of which those in `parm` are wanted. `what` an estimate is called.
chosen_limits <- function(limits, parm, names, tails, call, what = "parameter") {
  dimnames(limits) <- list(names, percent_labels(tails))
  limits[chosen_places(parm, names, call, what), , drop = FALSE]
}

# The numbers of the estimates in `parm`, all by default.
chosen_places <- function(parm, names, call, what = "parameter") {
  places <- seq_along(names)
  if (missing(parm)) return(places)
  known <- if (is.character(parm)) parm %in% names else !is.na(parm) & abs(parm) <= length(names)
  if (!all(known)) abort("argument", paste0("`parm`: there is no ", what, " ", format(parm[!known][1L])), call)
  if (is.character(parm)) match(parm, names) else places[parm]
}
