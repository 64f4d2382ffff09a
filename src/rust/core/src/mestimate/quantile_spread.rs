//! The covariance of quantile regression: the density of the errors at 0 by a kernel. Sources: Powell (1991), "Estimation of
//! monotonic regression models under quantile restrictions" (the sandwich); Hall and Sheather (1988), "On the distribution
//! of a studentized quantile" (the bandwidth); as in package quantreg (`se = "ker"`).

use super::design_sums::DesignSums;
use super::regression::{inverse, kept_part, Regression, Spread};
use crate::error::Result;
use crate::special::{normal_density, normal_quantile};
use faer::Mat;

pub(super) fn spread(
    regression: &Regression,
    sums: &DesignSums,
    kept: &[usize],
    residuals: &[f64],
    tau: f64,
) -> Result<Spread> {
    let n = regression.rows();
    let weighted: Vec<f64> = (0..n).map(|row| regression.weight(row) * residuals[row]).collect();
    let taking_part = || (0..n).filter(|&row| regression.weight(row) > 0.0).map(|row| weighted[row]);
    let width = bandwidth(tau, taking_part().collect());
    let density: Vec<f64> = weighted.iter().map(|r| normal_density(r / width) / width).collect();
    let squares: Vec<f64> = (0..n).map(|row| regression.weight(row).powi(2)).collect();
    let slopes: Vec<f64> = squares.iter().zip(&density).map(|(w, f)| w * f).collect();
    let counted = taking_part().count() as f64;
    let products = kept_part(&sums.products(&squares)?, kept, tau * (1.0 - tau));
    if taking_part().all(|r| r == 0.0) {
        // no spread: the density is without bound
        let (n, nothing) = (n as f64, Mat::zeros(kept.len(), kept.len()));
        let meat = Mat::from_fn(kept.len(), kept.len(), |i, j| products[(i, j)] / n);
        return Ok(Spread { bread: nothing.clone(), meat, model: nothing });
    }
    let at_zero = (0..n).filter(|&row| squares[row] > 0.0).map(|row| density[row]).sum::<f64>() / counted;
    let bread = inverse(&kept_part(&sums.products(&slopes)?, kept, 1.0), kept)?;
    let unscaled = inverse(&products, kept)?;
    let (n, r) = (n as f64, kept.len());
    let model = (tau * (1.0 - tau) / at_zero).powi(2);
    Ok(Spread {
        bread: Mat::from_fn(r, r, |i, j| n * bread[(i, j)]),
        meat: Mat::from_fn(r, r, |i, j| products[(i, j)] / n),
        model: Mat::from_fn(r, r, |i, j| model * unscaled[(i, j)]),
    })
}

/// In units of the residuals: Hall and Sheather's, for tests at the 5 % level, by the normal distribution.
fn bandwidth(tau: f64, mut residuals: Vec<f64>) -> f64 {
    let n = residuals.len() as f64;
    let at = normal_quantile(tau);
    let curvature = 1.5 * normal_density(at).powi(2) / (2.0 * at * at + 1.0);
    let mut h = n.powf(-1.0 / 3.0) * normal_quantile(0.975).powf(2.0 / 3.0) * curvature.powf(1.0 / 3.0);
    while tau - h <= 0.0 || tau + h >= 1.0 {
        h /= 2.0;
    }
    let mean = residuals.iter().sum::<f64>() / n;
    let deviation = (residuals.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    residuals.sort_by(f64::total_cmp);
    let quarters = (quantile(&residuals, 0.75) - quantile(&residuals, 0.25)) / 1.34;
    let size = if quarters > 0.0 { deviation.min(quarters) } else { deviation };
    (normal_quantile(tau + h) - normal_quantile(tau - h)) * size
}

/// Between the order statistics, as R's default does.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * p;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}
