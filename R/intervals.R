# What all intervals share: their level, their labels, and which of them are wanted.

check_level <- function(level, call) check_share(level, "level", call)

check_share <- function(x, arg, call) {
  if (!is_number(x) || x <= 0 || x >= 1) abort("argument", sprintf("`%s` must be a number between 0 and 1", arg), call)
  x
}

# A function that is the covariance may have a `type` of its own, none of ours.
is_type_of_function <- function(type, vcov, ours) is.function(vcov) && length(type) == 1L && !type %in% ours

tails_of <- function(level) c((1 - level) / 2, (1 + level) / 2)

percent_labels <- function(shares) paste(format(100 * shares, trim = TRUE, scientific = FALSE, digits = 3), "%")

# Limits of all estimates, with names, of which those in `parm` are wanted. `what` an estimate is called.
chosen_limits <- function(limits, parm, names, tails, call, what = "parameter") {
  dimnames(limits) <- list(names, percent_labels(tails))
  limits[chosen_places(parm, names, call, what), , drop = FALSE]
}

# The numbers of the estimates in `parm`, all by default.
chosen_places <- function(parm, names, call, what) {
  if (missing(parm)) seq_along(names) else coefficient_places(parm, names, "parm", call, what)
}

# The numbers of the coefficients that a user names or numbers; none for NULL.
coefficient_places <- function(which, names, arg, call, what = "coefficient") {
  if (is.null(which)) return(integer())
  if (is.factor(which) || !(is.character(which) || is.numeric(which) || is.logical(which))) {
    abort("argument", sprintf("`%s` must be names or numbers of %ss, not %s", arg, what, describe(which)), call)
  }
  unknown <- if (is.character(which)) !which %in% names else is.na(which) | abs(which) > length(names)
  if (any(unknown)) abort("argument", paste0("`", arg, "`: there is no ", what, " ", format(which[unknown][1L])), call)
  if (is.character(which)) return(match(which, names))
  if (any(which < 0) && any(which > 0)) {
    abort("argument", sprintf("`%s` has numbers above and below 0: those below say what is left out", arg), call)
  }
  seq_along(names)[which]
}
