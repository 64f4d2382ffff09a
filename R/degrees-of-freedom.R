# How many degrees of freedom tests and intervals have under a covariance.

# Those that ssc() says, one for each coefficient that is not aliased; NULL where it says none.
chosen_df <- function(choice, fit, clusters = NULL) {
  if (is.null(choice)) return(NULL)
  df <- if (is.numeric(choice)) choice else if (choice == "residual") fit$df.residual else min(clusters) - 1
  names <- kept_names(fit)
  stats::setNames(rep(df, length(names)), names)
}

# Those that are left where the covariance has none of its own.
left_df <- function(fit, covariance) {
  if (is.null(covariance$clusters)) fit$df.residual else min(covariance$clusters) - 1
}

# Of each coefficient of a generalized linear model that is not aliased, or one number for all.
df_of_coefficients <- function(fit, covariance) {
  covariance$df %||% if (uses_t(fit, covariance)) left_df(fit, covariance) else Inf
}

# Of an interval about predictions: those of the standard errors of a mean (see df_of_rows() for covariances that have some for
# each), else those of the dispersion.
df_of_prediction <- function(fit, covariance, dispersion, interval) {
  if (interval != "confidence") return(if (is.null(dispersion) && is.na(known_dispersion(fit$family))) fit$df.residual else Inf)
  common_df(covariance$df) %||% if (is.null(dispersion) && uses_t(fit, covariance)) left_df(fit, covariance) else Inf
}

# Of several coefficients jointly: the covariance's own if they have them in common, else NULL.
common_df <- function(df) {
  df <- unique(unname(df))
  if (length(df) == 1L) df
}

# What a summary says of them, beside the words of ssc(); `t` for a table of t tests.
df_in_words <- function(said, t) {
  if (!is.null(said$ssc$df)) return(NULL)
  if (!is.null(said$df)) return("Satterthwaite's")
  if (t && !is.null(said$clusters)) sprintf("%d, the number of clusters less 1", min(said$clusters) - 1)
}
