# The fit of a model of choices among alternatives, an object of class "glm_rs_choice".

#' @exportS3Method
fit_model.glmrs_choice <- function(family, request) {
  call <- request$call
  check_likelihood_request(request)
  terms <- choice_terms(request$formula, request$data, family, call)
  frame <- two_part_frame(call, terms$full, request$env, request$data)
  mold <- mold_choices(frame, terms$terms, family, request$contrasts, call)
  # the columns that can tell alternatives apart: not the intercept, and no main effects of covariates of the case
  own <- !c(TRUE, attr(mold$terms, "term.labels") %in% terms$individual)[mold$design$assign + 1L]
  names <- choice_names(mold, family, call)
  check_width(length(names), call)
  start <- choice_start(request$start, own, names, call)
  control <- control_spec(request$control, new_progress("Fitting", environment()))
  fit <- rust_choice_fit(mold$design, choice_data(mold), start, control, call, mold$names[mold$order])
  trace_likelihood(fit, request$control)
  wrong <- which(!own & !fit$aliased)[1L]
  if (!is.na(wrong)) {
    abort("formula", sprintf("`%s` varies among the alternatives of a case: it is not a covariate of the case", mold$design$names[wrong]), call,
      i = "covariates of the alternatives are before the `|`"
    )
  }
  if (!request$singular.ok && any(fit$aliased & own)) abort_singular(names[fit$aliased & own], call)
  object <- new_choice(fit, own, names, family, request, mold)
  object$fitted.values <- choice_fitted(object, mold)
  warn_about_choices(object, mold, call)
  with_rows_asked_for(object, request, "fitted.values")
}

# What the core reads of the cases.
choice_data <- function(mold) list(mold$chosen, as.double(mold$starts), mold$offset)

# "bus:(Intercept)", "cost", "bus:income", as in multinomial models. A covariate may have the name of a dummy (`waybus`): the
# columns of an alternative are those whose names change with the names of its levels.
choice_names <- function(mold, family, call) {
  plain <- mold$design$names
  name <- deparse1(family$alternatives)
  marked <- mold$sorted
  if (!name %in% names(marked)) return(plain)
  levels <- levels(marked[[name]])
  levels(marked[[name]]) <- sprintf("\001%d\001", seq_along(levels))
  marked <- design_from_frame(marked, mold$design$contrasts, call)$names
  of_alternative <- marked != plain
  names <- plain
  level <- levels[as.integer(sub(".*\001([0-9]+)\001.*", "\\1", marked[of_alternative]))]
  rest <- gsub("^:|:$", "", sub("(^|:)[^:]*\001[0-9]+\001(:|$)", ":", marked[of_alternative]))
  names[of_alternative] <- paste(level, ifelse(nzchar(rest), rest, "(Intercept)"), sep = ":")
  # `car:income` may be a product of covariates, too
  clash <- names %in% names[duplicated(names)]
  names[clash] <- plain[clash]
  make.unique(names)
}

choice_start <- function(start, own, names, call) {
  if (is.null(start)) return(NULL)
  if (!is.numeric(start) || length(start) != sum(own) || !all(is.finite(start))) {
    abort("argument", sprintf("`start` must be %d numbers, for %s", sum(own), some_of(names[own])), call)
  }
  replace(numeric(length(own)), which(own), as.double(start))
}

new_choice <- function(fit, own, names, family, request, mold) {
  estimates <- stats::setNames(fit$parameters, names)
  estimates[fit$aliased] <- NA
  cases <- rowsum(mold$chosen, mold$case)
  n <- sum(cases > 0)
  rank <- sum(!fit$aliased)
  levels <- covariate_levels(mold$full, mold$frame)
  parts <- list(
    coefficients = estimates[own], own = own, deviance = -2 * fit$log_likelihood, aic = 2 * (rank - fit$log_likelihood),
    # for new data the alternatives of the fit; new cases are as good as those of the fit
    terms = list(design = mold$terms, full = mold$full), xlevels = levels[setdiff(names(levels), deparse1(family$id))],
    contrasts = mold$design$contrasts, y = if (request$y) frame_response(mold$frame)
  )
  object <- new_model(c(parts, likelihood_parts(fit, names, n, rank, family, request, mold$frame)), "glm_rs_choice")
  if (request$x) object$x <- in_data_order(choice_matrix(object, mold), mold)
  object
}

# Alternatives that are never or always chosen, where the likelihood only tells that the linear predictor is far off.
warn_about_choices <- function(fit, mold, call) {
  warn_of_search(fit, call)
  shares <- fit$fitted.values[mold$order]
  extreme <- pmin(shares, 1 - shares) < NO_SHARE
  if (!any(extreme) || !fit$rank) return(invisible())
  eta <- choice_predictors(fit, mold)
  apart <- centred_by_case(choice_matrix(fit, mold), shares, mold)[, rownames(fit$cov.scaled), drop = FALSE]
  errors <- sqrt(rowSums((apart %*% fit$cov.scaled) * apart))
  if (any(extreme & is_unbounded(drop(centred_by_case(as.matrix(eta), shares, mold)), errors))) {
    warn("separation", "fitted probabilities numerically 0 or 1 occurred", call,
      i = "covariates that tell what is chosen have no finite coefficients: look at large standard errors"
    )
  }
}
