# From a family object to what the core knows by name.

# The family as an object, from what users may pass: an object, a function or a name.
as_family <- function(family, env, call, arg = "family") {
  if (is_recent(family)) return(family)
  if (is_string(family)) {
    # other packages have models of these names
    if (family %in% own_families) env <- topenv()
    family <- tryCatch(get(family, mode = "function", envir = env), error = function(e) {
      meant <- did_you_mean(family, c(own_families, names(stats_families)[!grepl(" ", names(stats_families))]))
      abort("family", paste0("there is no family \"", family, "\""), call, i = meant)
    })
  }
  masked <- function() hint_masked_family(call[[arg]], env)
  if (is.function(family)) family <- as_glmrs_error(family(), "family", call, masked)
  if (inherits(family, "glmrs_family")) return(family)
  is_family <- is.list(family) && is.character(family$family) && is.function(family$linkfun) &&
    is.function(family$linkinv) && is.function(family$mu.eta) && is.function(family$variance) &&
    is.function(family$dev.resids)
  if (!is_family) {
    abort(
      "family", sprintf("`%s` must be a family object, such as poisson() or binomial(\"probit\")", arg), call,
      i = if (is.data.frame(family)) "the second argument is the family: name the data, `data = `" else masked()
    )
  }
  family
}

own_families <- c("negative_binomial", "tweedie", "zero_inflated", "hurdle", "zero_truncated", "multinomial", "cumulative")

# A family of this package: `core` is its name there, `shape` the parameter of its own.
new_family <- function(name, link, functions, core, shape) {
  parts <- c(list(family = name, link = link$name), unclass(link)[link_parts], functions, list(core = core, shape = shape))
  structure(parts, class = c("glmrs_family", "family"))
}

# What a family is, whatever the parameter of its own that its name may show.
kind_of_family <- function(family) family$core %||% family$family

# The core's name for a variance function of stats::quasi().
quasi_variances <- c(constant = "gaussian", "mu(1-mu)" = "binomial", mu = "poisson", "mu^2" = "Gamma", "mu^3" = "mu^3")

# What makes a family and a link what they are.
family_parts <- c("variance", "dev.resids", "aic", "validmu", "initialize")
link_parts <- c("linkfun", "linkinv", "mu.eta", "valideta")

# These parts of the families and links of package stats, to compare a user's with: made once, when the package is loaded.
stats_families <- stats_links <- list()

.onLoad <- function(libname, pkgname) {
  families <- list(
    gaussian = stats::gaussian(), binomial = stats::binomial(), poisson = stats::poisson(), Gamma = stats::Gamma(),
    inverse.gaussian = stats::inverse.gaussian(), quasibinomial = stats::quasibinomial(),
    quasipoisson = stats::quasipoisson()
  )
  quasi <- lapply(names(quasi_variances), function(variance) do.call(stats::quasi, list(variance = variance)))
  names(quasi) <- paste("quasi", names(quasi_variances))
  links <- c("identity", "log", "logit", "probit", "cauchit", "cloglog", "inverse", "sqrt", "1/mu^2")
  links <- sapply(links, stats::make.link, simplify = FALSE)
  namespace <- topenv()
  assign("stats_families", lapply(c(families, quasi), parts_of, family_parts), namespace)
  assign("stats_links", lapply(links, parts_of, link_parts), namespace)
  register_neighbours()
}

parts_of <- function(x, parts) unclass(x)[parts]

# list(family, likelihood, quasi, link, lambda, shape), as family() in args.rs reads it, by place; `shape` for families of this
# package only; NULL where any part of another family is not that of package stats: such a family is fitted by its own R
# functions (fit-custom.R).
family_spec <- function(family) {
  link <- link_spec(family)
  if (is.null(link)) return(NULL)
  if (inherits(family, "glmrs_family") && anyNA(family$shape)) {
    abort("family", paste0("the parameter of the ", family$family, " family is not known: glm_rs() estimates it"))
  }
  if (inherits(family, "glmrs_family")) {
    return(c(list(family = family$core, likelihood = TRUE, quasi = FALSE), link, list(shape = family$shape)))
  }
  name <- family$family
  if (!is_string(name)) return(NULL)
  reference <- stats_families[[if (name == "quasi") paste("quasi", family$varfun) else name]]
  if (is.null(reference) || !same_code(parts_of(family, family_parts), reference)) return(NULL)
  core <- switch(name, quasi = quasi_variances[[family$varfun]], quasibinomial = "binomial", quasipoisson = "poisson", name)
  c(list(family = core, likelihood = !startsWith(name, "quasi"), quasi = name == "quasi"), link)
}

# The same for a fit: the search for theta begins with a family that has none.
spec_of_fit <- function(family) {
  if (is_recent(family)) return(recent$spec)
  spec <- if (inherits(family, "glmrs_theta")) theta_spec(family) else family_spec(family)
  # a power that is not in the name is in the environment of functions
  if (!is.null(spec) && spec$link != "power") list2env(list(family = family, spec = spec), recent)
  spec
}

# The last family that the core knew: to find out takes a part of the time of a small fit, and who fits one model after the
# other has one family, the same object or another with the same functions.
recent <- new.env(parent = emptyenv())

is_recent <- function(family) {
  !is.null(family) && identical(family, recent$family, ignore.environment = TRUE, ignore.srcref = FALSE)
}

# Does the core know the family, its parameter aside?
is_native <- function(family) inherits(family, "glmrs_family") || !is.null(family_spec(family))

# list(link, lambda) of a link of package stats, NULL for any other.
link_spec <- function(family) {
  name <- family$link
  if (!is_string(name)) return(NULL)
  lambda <- 1
  reference <- stats_links[[name]]
  if (is.null(reference)) {
    lambda <- environment(family$linkfun)$lambda
    if (!startsWith(name, "mu^") || !is_number(lambda) || lambda <= 0 || lambda == 1) return(NULL)
    name <- "power"
    reference <- parts_of(stats::power(lambda), link_parts)
  }
  if (same_code(parts_of(family, link_parts), reference)) list(link = name, lambda = lambda)
}

# Functions are made anew with every family object: the environment that they were made in says nothing. To leave out where
# they were written identical() copies them, which functions of package stats have no need of.
same_code <- function(a, b) {
  identical(a, b, ignore.environment = TRUE, ignore.srcref = FALSE) || identical(a, b, ignore.environment = TRUE)
}

# The dispersion where it is known, else NA. From R 4.3 on a family may say it.
known_dispersion <- function(family) {
  if (!is.null(family$dispersion) && (inherits(family, "glmrs_family") || getRversion() >= "4.3.0")) return(family$dispersion)
  if (family$family %in% c("poisson", "binomial")) 1 else NA_real_
}
