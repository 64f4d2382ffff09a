# Seconds for one fit against the number of rows, both on logarithmic scales: a straight line that climbs as fast as it
# goes right is a time linear in n.

OTHERS <- c("#333333", "#1F77B4", "#1B7837", "#7B3294", "#B8860B", "#01808A")

# Heights for labels that keep `gap` between them, as near as can be to where they belong.
spread <- function(y, gap) {
  order <- order(y)
  at <- y[order]
  for (i in seq_along(at)[-1]) at[i] <- max(at[i], at[i - 1] + gap)
  at[order] <- at - mean(at - y[order])
  at
}

# TRUE if there was something to draw.
plot_growth <- function(results, machine, path) {
  rows <- results[grepl("^growth", results$problem) & results$status == "ok", ]
  if (length(unique(rows$n)) < 2) return(FALSE)
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  grDevices::png(path, width = 1150, height = 720, res = 132, type = "cairo")
  on.exit(grDevices::dev.off())
  draw_growth(rows, machine)
  TRUE
}

# On white, since lines that go on to more rows may pass behind them. `y` and `gap` are logarithms.
draw_labels <- function(n, y, gap, names, colour, bold) {
  left <- n * 1.12
  decades_per_inch <- diff(graphics::par("usr")[1:2]) / graphics::par("pin")[1]
  right <- left * 10^(graphics::strwidth(names, units = "inches", cex = 0.85) * decades_per_inch)
  graphics::rect(left, 10^(y - gap / 2), right, 10^(y + gap / 2), col = "#FFFFFFD0", border = NA, xpd = NA)
  graphics::text(left, 10^y, names, adj = 0, col = colour, font = ifelse(bold, 2, 1), xpd = NA, cex = 0.85)
}

draw_growth <- function(rows, machine) {
  rows <- rows[order(rows$n), ]
  series <- split(rows, factor(rows$library, unique(rows$library)))
  ours <- vapply(series, function(s) s$package[1] == "glmrs", NA)
  colour <- ifelse(ours, "#C1301C", NA)
  colour[!ours] <- rep_len(OTHERS, sum(!ours))
  type <- rep.int(1, length(series))
  type[ours] <- seq_len(sum(ours))

  graphics::par(mar = c(3.2, 3.8, 2.6, 11), mgp = c(2.1, 0.5, 0), las = 1, tcl = -0.25, cex = 0.85)
  graphics::plot(rows$n, rows$median, log = "xy", type = "n", axes = FALSE, xlab = "rows", ylab = "")
  y <- 10^(-5:3)
  graphics::abline(h = y, v = 10^(1:9), col = "grey90")
  graphics::axis(1, 10^(1:9), format(10^(1:9), big.mark = ",", scientific = FALSE, trim = TRUE), lwd = 0, lwd.ticks = 1)
  graphics::axis(2, y, ifelse(y < 1, sub("0+$", "", sprintf("%.5f", y)), sprintf("%.0f", y)), lwd = 0, lwd.ticks = 1)
  graphics::title(sprintf("Seconds for one Poisson regression on 20 columns (%s)", machine), cex.main = 1, adj = 0, line = 1)

  for (i in rev(seq_along(series))) {
    s <- series[[i]]
    width <- if (ours[i]) 2.5 else 1.6
    graphics::lines(s$n, s$median, type = "o", pch = 19, cex = 0.6, col = colour[i], lty = type[i], lwd = width)
  }
  # a label where its line ends; lines that end at the same n keep their labels apart
  end <- do.call(rbind, lapply(series, function(s) s[nrow(s), ]))
  gap <- 0.032 * diff(graphics::par("usr")[3:4])
  for (n in unique(end$n)) {
    these <- which(end$n == n)
    draw_labels(n, spread(log10(end$median[these]), gap), gap, names(series)[these], colour[these], ours[these])
  }
}
