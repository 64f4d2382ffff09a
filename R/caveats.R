# Why standard errors and tests say less than they seem to.

# For a fit, what is known of it; NULL where nothing is. A test of `likelihoods` alone does without standard errors.
caveats_of <- function(fit, likelihoods = FALSE) {
  part <- function(name) .subset2(fit, name)
  separated <- !is.null(part("separation")) || isTRUE(part("separated"))
  c(
    if (!is.null(part("anova"))) "the terms were selected, which standard errors and tests do not account for",
    if (isFALSE(part("converged"))) "the search did not converge, standard errors and tests are not those of a maximum",
    if (!likelihoods && separated) "the data are separated, standard errors of infinite estimates say nothing",
    if (isTRUE(part("boundary"))) "the fit is at a boundary, where standard errors and tests are not valid",
    if (!likelihoods && !is.null(part("bias"))) "standard errors do not account for the reduction of bias"
  )
}

caveats_of_all <- function(fits, likelihoods = FALSE) unique(unlist(lapply(fits, caveats_of, likelihoods)))

# What the search for a model of several linear predictors warned of is kept in it, for these caveats.
with_what_was_told <- function(model) {
  told <- new.env(parent = emptyenv())
  model <- withCallingHandlers(
    model,
    glmrs_warning_separation = function(w) told$separated <- TRUE, glmrs_warning_boundary = function(w) told$boundary <- TRUE
  )
  if (inherits(model, "glm_rs_model")) model[names(told)] <- TRUE
  model
}

caveats_in_words <- function(caveats) if (length(caveats)) paste0("Caution: ", caveats)

print_caveats <- function(caveats) if (length(caveats)) cat(paste0(caveats_in_words(caveats), "\n"), sep = "")
