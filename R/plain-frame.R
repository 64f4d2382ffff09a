# The model frame of plain calls, made as stats::model.frame() makes it, but at once for all variables: where the rows are few,
# its calls for each of them take longer than the fit.

# NULL where `frame_call`, which treats no missing values, is not plain: there is more to evaluate than a formula, a data frame
# and names of its columns, or a column is neither numbers nor a factor.
plain_frame <- function(frame_call, env) {
  arguments <- as.list(frame_call)[-1L]
  arguments$na.action <- NULL
  extras <- arguments[!names(arguments) %in% c("formula", "data")]
  # what is a name may be evaluated twice
  data <- if (is.name(arguments$data)) get0(as.character(arguments$data), env) else arguments$data
  if (!is.data.frame(data) || "subset" %in% names(extras) || !all(vapply(extras, is.name, NA))) return(NULL)
  formula <- arguments$formula
  if (is.name(formula)) {
    formula <- get0(as.character(formula), env)
  } else if (is.call(formula) && identical(formula[[1L]], quote(`~`))) {
    formula <- eval(formula, env)
  }
  if (!identical(class(formula), "formula")) return(NULL)
  terms <- tryCatch(stats::terms(formula, data = data), error = function(e) NULL)
  variables <- attr(terms, "variables")
  covariates <- all.names(variables, functions = FALSE)
  # a call has more names, or none that is not a function's
  if (!length(covariates) || any(c(length(covariates), length(all.names(variables)) - 1L) != length(variables) - 1L)) return(NULL)
  names <- c(covariates, vapply(extras, as.character, ""))
  if (!all(names %in% names(data))) return(NULL)
  columns <- .subset(data, names)
  classes <- plain_classes(columns, .row_names_info(data, 2L))
  if (anyNA(classes)) return(NULL)
  if (length(extras)) names(columns) <- c(covariates, paste0("(", names(extras), ")"))
  names(classes) <- names(columns)
  attr(terms, "predvars") <- attr(terms, "variables")
  attr(terms, "dataClasses") <- classes
  structure(columns, terms = terms, row.names = .row_names_info(data, 0L), class = "data.frame")
}

# What .MFclass() says of columns that model.frame() takes as they are; NA for others.
plain_classes <- function(columns, rows) {
  classes <- rep(NA_character_, length(columns))
  attributes <- lapply(columns, attributes)
  bare <- lengths(attributes) == 0L
  numeric <- bare & vapply(columns, is.numeric, NA)
  classes[numeric] <- "numeric"
  if (!all(numeric)) {
    classes[bare & vapply(columns, is.logical, NA)] <- "logical"
    is_factor <- function(x) length(x) == 2L && identical(x$class, "factor") && is.character(x$levels)
    classes[!bare][vapply(attributes[!bare], is_factor, NA)] <- "factor"
  }
  classes[lengths(columns) != rows] <- NA
  classes
}
