# What a user may have meant, and what to do about an error. Asked only when there is one.

# Names between backticks, words between quotation marks.
quoted <- function(words) paste0("`", words, "`", collapse = ", ")
in_quotes <- function(words) paste0('"', words, '"', collapse = ", ")

# A few of many words.
some_of <- function(words, most = 8L) {
  more <- if (length(words) > most) sprintf(" and %d more", length(words) - most) else ""
  paste0(paste(utils::head(words, most), collapse = ", "), more)
}

# "did you mean ...?", where one of the choices is a slip of the keyboard away.
did_you_mean <- function(word, choices) {
  distance <- utils::adist(word, choices, ignore.case = TRUE)
  # two letters in the wrong order are one slip; the same in capitals are none
  letters_of <- function(words) vapply(strsplit(tolower(words), ""), function(x) paste(sort(x), collapse = ""), "")
  permuted <- letters_of(choices) == letters_of(word)
  distance[permuted] <- pmin(distance[permuted], 1L)
  best <- which.min(distance)
  slips <- if (nchar(word) > 1L) max(1L, nchar(word) %/% 3L) else 0L
  if (length(best) && distance[best] <= slips) paste0("did you mean `", choices[best], "`?")
}

# There is no model frame: a variable of the call is nowhere, or has not a value for each row.
hint_no_frame <- function(call, env) {
  data <- value_or_null(call$data, env)
  if (is.matrix(data)) return("as.data.frame() makes a data frame of a matrix")
  formula <- value_or_null(call$formula, env)
  if (is.null(formula) || is.numeric(formula)) return("the first argument is the formula: y ~ x")
  if (!is.list(data) || !inherits(formula, "formula")) return(NULL)
  arguments <- as.list(call)[intersect(c("weights", "offset", "exposure", "etastart", "mustart", "subset"), names(call))]
  words <- unique(unlist(lapply(c(formula, arguments), all.vars)))
  gone <- hint_missing_column(setdiff(words, "."), data, environment(formula), "data")
  if (!is.null(gone)) return(gone)
  length_of <- function(x) NROW(value_or_null(x, data, environment(formula)))
  lengths <- vapply(arguments[names(arguments) != "subset"], length_of, 1L)
  wrong <- lengths[lengths != NROW(data[[1L]])]
  if (length(wrong)) sprintf("`%s` has length %d, `data` has %d rows", names(wrong)[1L], wrong[1L], NROW(data[[1L]]))
}

value_or_null <- function(expr, ...) tryCatch(eval(expr, ...), error = function(e) NULL)

hint_missing_column <- function(words, data, env, arg) {
  others <- setdiff(words, names(data))
  # R finds the function of that name
  gone <- c(
    Filter(function(word) !exists(word, envir = env), others),
    Filter(function(word) is.function(get0(word, envir = env)), others)
  )
  if (!length(gone)) return(NULL)
  if (!length(data)) return(sprintf("`%s` has no columns", arg))
  meant <- did_you_mean(gone[1L], names(data))
  if (is.null(meant)) sprintf("`%s` has no column `%s`, but %s", arg, gone[1L], some_of(names(data))) else meant
}

# Of new data that a fit does not understand: a variable that is not there, or levels that it has not seen.
hint_new_data <- function(fit, newdata) {
  if (!is.list(newdata)) return("give a data frame with the covariates of the fit")
  terms <- stats::delete.response(stats::terms(fit))
  gone <- hint_missing_column(all.vars(terms), newdata, environment(terms), "newdata")
  if (!is.null(gone)) return(gone)
  levels <- fit$xlevels[vapply(names(fit$xlevels), function(name) {
    !is.null(newdata[[name]]) && !all(is.na(newdata[[name]]) | newdata[[name]] %in% fit$xlevels[[name]])
  }, NA)]
  if (length(levels)) sprintf("`%s` had these levels in the fit: %s", names(levels)[1L], some_of(levels[[1L]]))
}

# No row is left: why?
hint_no_rows <- function(call, env) {
  if (!is.null(call$subset)) return(paste("no row is left by subset =", paste(deparse(call$subset), collapse = " ")))
  call$na.action <- quote(stats::na.pass)
  frame <- evaluate_frame(call, env)
  empty <- names(frame)[nrow(frame) > 0L & vapply(frame, function(x) all(is.na(x)), NA)]
  if (length(empty)) paste(quoted(empty), "is missing in every row")
}

# By the kind of an error of the core, the user's call, the family that it is about, and whether there are arguments for where
# to `start`.
hint_core_error <- function(condition, call = NULL, family = "", start = TRUE) {
  switch(condition$kind,
    response = switch(family,
      binomial = paste(
        "for counts give two columns, cbind(successes, failures);",
        "for proportions give the numbers of trials as `weights`"
      ),
      tweedie = "amounts are positive, or zero where the power is below 2: look at that row",
      poisson = if (condition$value < 0) {
        "look at that row, or choose a family that has negative values, such as gaussian()"
      } else {
        "look at that row; amounts that are no counts have families such as quasipoisson() and tweedie()"
      },
      Gamma = , inverse.gaussian =
        "leave such rows out, or choose a family that has zeros, such as quasi() or a Tweedie family"
    ),
    non_finite = if (!is.null(condition$variable)) {
      # what takes a matrix has no such arguments
      by_formula <- any(c("formula", "objective") %in% names(call))
      paste0("mend the value, or leave the row out", if (by_formula) ": see the arguments `subset` and `na.action`")
    },
    start = if (start) {
      paste0(
        "give `start`, one value for each coefficient",
        # what is no generalized linear model, and has no such family, begins with parameters
        if (nzchar(family)) ", or `mustart`, one mean for each row"
      )
    } else {
      hint_other_units
    },
    step = if (!start) hint_other_units,
    # the models of families that the core has by name; what is no glm has no other method
    too_wide = if (nzchar(family)) 'fit it with method = "lbfgs" or "trust-region"',
    memory = "more memory, fewer coefficients or fewer threads may help"
  )
}

hint_other_units <- "give columns of other units: as those of scale(), they should be neither huge nor tiny"

# The family that was written is one of ours by name, but where the call is from another function has that name.
hint_masked_family <- function(written, env) {
  name <- if (is.call(written)) written[[1L]] else written
  if (!is.name(name) || !as.character(name) %in% own_families) return(NULL)
  name <- as.character(name)
  found <- get0(name, envir = env, mode = "function")
  if (is.null(found) || identical(found, get(name, topenv()))) return(NULL)
  home <- topenv(environment(found))
  by <- if (isNamespace(home)) paste("that of package", getNamespaceName(home)) else "another function"
  sprintf("`%s` is %s here: write glmrs::%s", name, by, name)
}

hint_new_offset <- function() "`newdata` needs the variables of the fit's offset or exposure, too"
