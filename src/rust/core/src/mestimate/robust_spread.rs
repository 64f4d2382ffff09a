//! The covariance of a robust regression's coefficients.

use super::regression::{inverse, kept_part, Spread};
use super::robust::{RobustOptions, Rows};
use super::scale::{bounded_variance, Scale};
use crate::error::Result;
use crate::linalg::Factor;
use faer::Mat;

pub(super) struct Influence {
    pub spread: Spread,
    /// Empty where the scale has no equation of its own.
    pub scale_rows: Vec<f64>,
    pub scale_slope: Vec<f64>,
}

/// `first`: the factor of Xᵀ·diag(prior weights)·X; `weighted`: the weighted residuals; `scores`: each row's factor of x in
/// the estimating functions.
///
/// Proposal 2 is an equation, Σ chi = 0 with chi = min(u², k²) − its mean, and is solved for the scale in the derivatives:
/// what is left are p functions, psi − slope·chi. The influence of the MAD is left out, as usual: where the errors are
/// symmetric, the coefficients do not depend on the scale to first order.
pub(super) fn spread(
    rows: &Rows,
    options: &RobustOptions,
    first: &Factor,
    kept: &[usize],
    weighted: &[f64],
    scale: f64,
    scores: &[f64],
) -> Result<Influence> {
    let loss = options.loss;
    let sums = rows.regression.sums();
    let n = weighted.len();
    let each =
        |f: &dyn Fn(usize, f64) -> f64| -> Vec<f64> { (0..n).map(|row| f(row, weighted[row] / scale)).collect() };
    let kept_of = |v: Vec<f64>| -> Vec<f64> { kept.iter().map(|&j| v[j]).collect() };
    let slopes = each(&|row, u| rows.count(row) * rows.root(row).powi(2) * loss.slope(u) / scale);
    let squares: Vec<f64> = scores.iter().map(|s| s * s).collect();
    let mut derivatives = kept_part(&sums.products(&slopes)?, kept, 1.0);
    let mut meat = kept_part(&sums.products(&squares)?, kept, 1.0);
    let (mut scale_rows, mut scale_slope) = (vec![], vec![]);
    if let Scale::Proposal2 { k } = options.scale {
        let mean = rows.df * bounded_variance(k) / rows.total;
        let is_inside = |u: f64| u.abs() <= k;
        let chi = each(&|row, u| rows.count(row) * ((u * u).min(k * k) - mean));
        let chi_by_scale =
            rows.sum(weighted, |r| if is_inside(r / scale) { 2.0 * (r / scale).powi(2) / scale } else { 0.0 });
        let psi_by_scale = each(&|row, u| rows.count(row) * rows.root(row) * loss.slope(u) * u / scale);
        let chi_by_beta =
            each(&|row, u| if is_inside(u) { rows.count(row) * rows.root(row) * 2.0 * u / scale } else { 0.0 });
        let both: Vec<f64> = scores.iter().zip(&chi).map(|(s, c)| s * c).collect();
        let slope: Vec<f64> = kept_of(sums.times(&psi_by_scale)?).iter().map(|v| v / chi_by_scale).collect();
        let chi_by_beta = kept_of(sums.times(&chi_by_beta)?);
        let both = kept_of(sums.times(&both)?);
        let chi_squares: f64 = chi.iter().map(|c| c * c).sum();
        for i in 0..kept.len() {
            for j in 0..kept.len() {
                derivatives[(i, j)] -= slope[i] * chi_by_beta[j];
                meat[(i, j)] += slope[i] * slope[j] * chi_squares - slope[i] * both[j] - both[i] * slope[j];
            }
        }
        (scale_rows, scale_slope) = (chi, slope);
    }
    let bread = inverse(&derivatives, kept)?;
    let n = n as f64;
    let r = kept.len();
    let model = model_variance(rows, options, weighted, scale, r);
    let unscaled = first.inverse();
    let spread = Spread {
        bread: Mat::from_fn(r, r, |i, j| n * bread[(i, j)]),
        meat: Mat::from_fn(r, r, |i, j| meat[(i, j)] / n),
        model: Mat::from_fn(r, r, |i, j| model * unscaled.at(i, j)),
    };
    Ok(Influence { spread, scale_rows, scale_slope })
}

/// What (XᵀWX)⁻¹ is multiplied by where the errors have one distribution: s²·κ²·(Σψ²/(n − r))/(mean ψ′)², with the
/// correction κ = 1 + (r/n)·var(ψ′)/(mean ψ′)². Source: Huber (1973), "Robust regression: asymptotics, conjectures and
/// Monte Carlo".
fn model_variance(rows: &Rows, options: &RobustOptions, weighted: &[f64], scale: f64, rank: usize) -> f64 {
    let loss = options.loss;
    let total = rows.total;
    let squares = rows.sum(weighted, |r| (scale * loss.psi(r / scale)).powi(2)) / rows.df;
    let mean = rows.sum(weighted, |r| loss.slope(r / scale)) / total;
    let variance = rows.sum(weighted, |r| (loss.slope(r / scale) - mean).powi(2)) / (total - 1.0);
    let correction = 1.0 + rank as f64 * variance / (total * mean * mean);
    squares * (correction / mean).powi(2)
}
