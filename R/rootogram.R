# Rootograms: how often each count occurs, and how often the model says.

#' Rootograms
#'
#' Observed and expected frequencies of counts. The plot hangs bars of the square roots of the observed frequencies from the
#' curve of those of the expected: a bar that does not reach the axis is a count that occurs less often than the model says,
#' one that goes below the axis a count that occurs more often.
#'
#' @param fit A fit of [glm_rs()] with family `poisson`, [negative_binomial()], [zero_inflated()], [hurdle()] or [zero_truncated()].
#' @param max The greatest count to show; by default the greatest that occurs, but not more than 100.
#' @param x A rootogram.
#' @param xlab,ylab,col,... For the plot, `...` for [plot.default()].
#' @details For zero-inflated and hurdle models the sums of the columns of `predict(fit, type = "prob")` are the expected
#'   frequencies.
#' @return A data frame of class `"glmrs_rootogram"` with `count`, `observed` and `expected`: the frequencies of 0 to `max`,
#'   by their weights where the fit has prior weights.
#' @references Kleiber, C. and Zeileis, A. (2016) Visualizing count data regressions using rootograms. *The American
#'   Statistician* 70, 296-303.
#' @seealso [zero_check()], [quantile_residuals()], [predict.glm_rs_zero()]
#' @examples
#' fit <- glm_rs(Days ~ Sex + Age, data = MASS::quine, family = negative_binomial())
#' head(rootogram(fit))
#' plot(rootogram(fit, max = 30))
#' @export
rootogram <- function(fit, ...) UseMethod("rootogram")

#' @export
rootogram.default <- function(fit, ...) abort("argument", "`fit` must be a fit of counts by glm_rs()", sys.call(-1L))

#' @rdname rootogram
#' @export
rootogram.glm_rs <- function(fit, max = NULL, ...) {
  call <- sys.call()
  check_no_dots(list(...), call)
  fit <- with_rows(fit)
  frequencies(
    count_distribution(fit, call)$mass, response_of(fit), plain_double(fit$prior.weights), max, fit$family$family, call
  )
}

# The rootogram of the counts y, by the function of their probabilities.
frequencies <- function(mass, y, weights, max, family, call) {
  y <- whole_numbers(y)
  max <- if (is.null(max)) min(base::max(y), 100) else check_count(max, "max", call)
  count <- seq(0, max)
  data <- data.frame(
    count = count, observed = vapply(count, function(k) sum(weights[y == k]), 1),
    expected = vapply(count, function(k) sum(weights * mass(k)), 1)
  )
  structure(data, family = family, class = c("glmrs_rootogram", "data.frame"))
}

#' @rdname rootogram
#' @export
plot.glmrs_rootogram <- function(x, xlab = "count", ylab = expression(sqrt(frequency)), col = "grey", ...) {
  top <- sqrt(x$expected)
  bottom <- top - sqrt(x$observed)
  frame <- list(range(x$count) + c(-0.5, 0.5), range(0, top, bottom), type = "n", xlab = xlab, ylab = ylab)
  draw_with(graphics::plot, frame, list(...))
  graphics::rect(x$count - 0.45, bottom, x$count + 0.45, top, col = col)
  graphics::abline(h = 0)
  graphics::lines(x$count, top, type = "o", pch = 19L)
  invisible(x)
}
