# From a family object to what the core knows by name.

# The family as an object, from what users may pass: an object, a function or a name.
as_family <- function(family, env, call) {
  if (is.character(family) && length(family) == 1L) {
    family <- tryCatch(get(family, mode = "function", envir = env), error = function(e) {
      abort("family", paste0("there is no family \"", family, "\""), call)
    })
  }
  if (is.function(family)) family <- as_glmrs_error(family(), "family", call)
  needed <- c("linkfun", "linkinv", "variance", "dev.resids", "mu.eta")
  is_family <- is.list(family) && is.character(family$family) && all(vapply(family[needed], is.function, NA))
  if (!is_family) {
    abort("family", "`family` must be a family object, such as poisson() or binomial(\"probit\")", call)
  }
  family
}

# The core's name for a variance function of stats::quasi().
quasi_variances <- c(constant = "gaussian", "mu(1-mu)" = "binomial", mu = "poisson", "mu^2" = "Gamma", "mu^3" = "mu^3")

# list(family, likelihood, quasi, link, lambda), as family() in args.rs reads it; NULL where any part of the family is
# not that of package stats: such a family is fitted by its own R functions (fit-custom.R).
family_spec <- function(family) {
  link <- link_spec(family)
  if (is.null(link)) return(NULL)
  name <- family$family
  reference <- switch(name,
    gaussian = stats::gaussian(), binomial = stats::binomial(), poisson = stats::poisson(), Gamma = stats::Gamma(),
    inverse.gaussian = stats::inverse.gaussian(), quasibinomial = stats::quasibinomial(),
    quasipoisson = stats::quasipoisson(),
    quasi = if (!is.na(match(family$varfun, names(quasi_variances)))) do.call(stats::quasi, list(variance = family$varfun))
  )
  parts <- c("variance", "dev.resids", "aic", "validmu")
  if (is.null(reference) || !same_functions(family, reference, parts)) return(NULL)
  if (!identical(family$initialize, reference$initialize)) return(NULL)
  core <- switch(name, quasi = quasi_variances[[family$varfun]], quasibinomial = "binomial", quasipoisson = "poisson", name)
  likelihood <- !startsWith(name, "quasi")
  c(list(core, likelihood, name == "quasi"), link)
}

# list(link, lambda) of a link of package stats, NULL for any other.
link_spec <- function(family) {
  name <- family$link
  parts <- c("linkfun", "linkinv", "mu.eta", "valideta")
  if (length(name) != 1L || !is.character(name)) return(NULL)
  known <- c("identity", "log", "logit", "probit", "cauchit", "cloglog", "inverse", "sqrt", "1/mu^2")
  if (name %in% known) {
    if (same_functions(family, stats::make.link(name), parts)) return(list(name, 1))
    return(NULL)
  }
  lambda <- environment(family$linkfun)$lambda
  if (!startsWith(name, "mu^") || !is_number(lambda) || lambda <= 0 || lambda == 1) return(NULL)
  if (same_functions(family, stats::power(lambda), parts)) list("power", lambda)
}

same_functions <- function(a, b, parts) {
  same <- function(f, g) is.function(f) == is.function(g) && (!is.function(f) || identical(body(f), body(g)))
  all(vapply(parts, function(part) same(a[[part]], b[[part]]), NA))
}

# Is the dispersion known to be 1?
has_known_dispersion <- function(family) family$family %in% c("poisson", "binomial")
