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
  if (length(names) > MANY_COEFFICIENTS) {
    abort("too_wide", sprintf("the model has %d columns: more than %d are not fitted", length(names), MANY_COEFFICIENTS), call)
  }
  start <- choice_start(request$start, own, names, call)
  control <- control_spec(request$control, new_progress("Fitting", environment()))
  fit <- rust_choice_fit(mold$design$spec, choice_data(mold), start, control, call, mold$names[mold$order])
  trace_likelihood(fit, request$control)
  wrong <- which(!own & !fit$aliased)[1L]
  if (!is.na(wrong)) {
    abort("formula", sprintf("`%s` varies among the alternatives of a case: it is not a covariate of the case", mold$design$names[wrong]), call,
      i = "covariates of the alternatives are before the `|`"
    )
  }
  if (!request$singular.ok && any(fit$aliased & own)) abort_singular(names[fit$aliased & own], call)
  object <- new_choice(fit, own, names, family, request, mold)
  object$fitted.values <- in_data_order(choice_shares(choice_predictors(object, mold), mold), mold)
  warn_about_choices(object, mold, call)
  if (request$model || request$y) return(object)
  kept <- unclass(object)[setdiff(names(object), c("fitted.values", "data"))]
  `class<-`(kept, class(object))
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
  kept <- names[!fit$aliased]
  levels <- covariate_levels(mold$full, mold$frame)
  object <- list(
    coefficients = estimates[own], own = own, cov.scaled = `dimnames<-`(fit$covariance, list(kept, kept)),
    deviance = -2 * fit$log_likelihood, loglik = fit$log_likelihood, aic = 2 * (rank - fit$log_likelihood), n = n, rank = rank,
    df.residual = n - rank, iter = length(fit$history), converged = fit$status == "converged", status = fit$status,
    family = family, call = request$call, formula = request$formula,
    # for new data the alternatives of the fit; new cases are as good as those of the fit
    terms = list(design = mold$terms, full = mold$full), xlevels = levels[setdiff(names(levels), deparse1(family$id))],
    contrasts = mold$design$contrasts, control = request$control[c("epsilon", "maxit", "trace")], data = request$data,
    na.action = attr(mold$frame, "na.action"), y = if (request$y) frame_response(mold$frame),
    model = if (request$model) mold$frame, fingerprint = if (!request$model) fingerprint(mold$frame)
  )
  object <- object[!vapply(object, is.null, NA)]
  class(object) <- c("glm_rs_choice", "glm_rs_model")
  if (request$x) object$x <- in_data_order(choice_matrix(object, mold), mold)
  object
}

# Alternatives that are never or always chosen, where the likelihood only tells that the linear predictor is far off.
warn_about_choices <- function(fit, mold, call) {
  if (!fit$converged) warn_not_converged(fit$iter, call)
  shares <- fit$fitted.values[mold$order]
  extreme <- pmin(shares, 1 - shares) < FEW
  if (!any(extreme) || !fit$rank) return(invisible())
  eta <- choice_predictors(fit, mold)
  apart <- centred_by_case(choice_matrix(fit, mold), shares, mold)[, rownames(fit$cov.scaled), drop = FALSE]
  errors <- sqrt(rowSums((apart %*% fit$cov.scaled) * apart))
  if (any(extreme & errors > 10 * abs(drop(centred_by_case(as.matrix(eta), shares, mold))))) {
    warn("separation", "fitted probabilities numerically 0 or 1 occurred", call,
      i = "covariates that tell what is chosen have no finite coefficients: look at large standard errors"
    )
  }
}
