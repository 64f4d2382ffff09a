//! The scale of residuals.

use crate::special::{normal_cdf, normal_density};

/// How the scale of the residuals is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// The median of the absolute residuals, divided by that of a standard normal variable.
    Mad,
    /// Proposal 2 of Huber (1964): the root of Σ min(u², k²) = (n − p)·E min(Z², k²), u the residuals in its units.
    Proposal2 { k: f64 },
}

/// The median of |Z| as `MASS::rlm()` rounds it.
const NORMAL_MAD: f64 = 0.6745;

impl Scale {
    /// The next scale from the residuals and the last one, in the step of a fixed-point iteration. `counts`: how many rows
    /// each row stands for, `None` where all are 1; `df`: their sum less the rank.
    pub fn next(self, residuals: &[f64], counts: Option<&[f64]>, last: f64, df: f64) -> f64 {
        match self {
            Scale::Mad => median_absolute(residuals, counts) / NORMAL_MAD,
            Scale::Proposal2 { k } => {
                let bound = (k * last).powi(2);
                let squares = residuals.iter().map(|r| (r * r).min(bound));
                let sum: f64 = match counts {
                    None => squares.sum(),
                    Some(counts) => squares.zip(counts).map(|(square, count)| count * square).sum(),
                };
                (sum / (df * bounded_variance(k))).sqrt()
            }
        }
    }

    /// Where the iteration starts.
    pub fn first(residuals: &[f64], counts: Option<&[f64]>) -> f64 {
        median_absolute(residuals, counts) / NORMAL_MAD
    }
}

/// E min(Z², k²), Z standard normal. Inlined, it would be worked out ahead of a loop that needs it for proposal 2 alone: for
/// the MAD from a k that nobody has set, which does no harm but is what valgrind looks for.
#[inline(never)]
pub fn bounded_variance(k: f64) -> f64 {
    if k.is_infinite() {
        return 1.0;
    }
    let inside = 2.0 * normal_cdf(k) - 1.0;
    inside + k * k * (1.0 - inside) - 2.0 * k * normal_density(k)
}

/// The median of |x|, where x counts as often as `counts` says.
fn median_absolute(x: &[f64], counts: Option<&[f64]>) -> f64 {
    let Some(counts) = counts else {
        let mut sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        let middle = sizes.len() / 2;
        let even = sizes.len().is_multiple_of(2);
        let (below, &mut upper, _) = sizes.select_nth_unstable_by(middle, f64::total_cmp);
        let lower = below.iter().copied().fold(0.0, f64::max);
        return if even { 0.5 * (lower + upper) } else { upper };
    };
    let mut rows: Vec<(f64, f64)> =
        x.iter().map(|x| x.abs()).zip(counts.iter().copied()).filter(|r| r.1 > 0.0).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = rows.iter().map(|r| r.1).sum();
    let mut sum = 0.0;
    for (i, &(size, count)) in rows.iter().enumerate() {
        sum += count;
        let part = sum / total;
        if part > 0.5 || i + 1 == rows.len() {
            return size;
        }
        if part == 0.5 {
            return 0.5 * (size + rows[i + 1].0);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_repeated_rows() {
        let x = [3.0, -1.0, 2.0, 7.0, -5.0, 11.0];
        let counts = [2.0, 1.0, 3.0, 0.0, 1.0, 2.0];
        let repeated: Vec<f64> =
            x.iter().zip(counts).flat_map(|(&x, count)| std::iter::repeat_n(x, count as usize)).collect();
        for scale in [Scale::Mad, Scale::Proposal2 { k: 1.5 }] {
            let (a, b) = (scale.next(&x, Some(&counts), 2.0, 7.0), scale.next(&repeated, None, 2.0, 7.0));
            assert!((a - b).abs() < 1e-14 * a, "{scale:?}: {a} {b}");
        }
        assert_eq!(median_absolute(&[4.0, -1.0, 3.0, 2.0], None), 2.5);
        assert_eq!(median_absolute(&[4.0, -1.0, 3.0, 2.0], Some(&[1.0; 4])), 2.5);
    }

    /// E min(Z², k²) by Simpson's rule.
    #[test]
    fn the_bounded_variance_is_an_integral() {
        for k in [0.5, 1.345, 3.0] {
            let (n, end) = (200_000, 12.0);
            let h = end / n as f64;
            let f = |i: usize| (i as f64 * h).min(k).powi(2) * 2.0 * normal_density(i as f64 * h);
            let sum: f64 = (0..n).step_by(2).map(|i| f(i) + 4.0 * f(i + 1) + f(i + 2)).sum();
            assert!((bounded_variance(k) - sum * h / 3.0).abs() < 1e-9, "{k}");
        }
    }
}
