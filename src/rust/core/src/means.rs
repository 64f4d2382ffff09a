//! What linear predictors alone say about rows. A fit keeps eta; means and residuals are made from it where they are
//! asked for.

use crate::link::{Link, MeanBlock};

/// Rows at a time: their scratch memory is on the stack.
const BLOCK: usize = 256;

/// mu = g⁻¹(eta). Shapes: `[n]`.
pub fn means_at(link: &dyn Link, eta: &[f64], mu: &mut [f64]) {
    let (mut rest, mut slope) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (eta, mu) in eta.chunks(BLOCK).zip(mu.chunks_mut(BLOCK)) {
        let n = eta.len();
        link.inverse_block(eta, &mut MeanBlock { mu, rest: &mut rest[..n], dmu_deta: &mut slope[..n] });
    }
}

/// (y − mu)/dmu/deta. Shapes: `[n]`.
pub fn working_residuals_at(link: &dyn Link, eta: &[f64], y: &[f64], residuals: &mut [f64]) {
    let (mut mu, mut rest, mut slope) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
    for ((eta, y), residuals) in eta.chunks(BLOCK).zip(y.chunks(BLOCK)).zip(residuals.chunks_mut(BLOCK)) {
        let n = eta.len();
        let (mu, rest, slope) = (&mut mu[..n], &mut rest[..n], &mut slope[..n]);
        link.inverse_block(eta, &mut MeanBlock { mu, rest, dmu_deta: slope });
        let bounded = link.is_bounded();
        for i in 0..n {
            residuals[i] = difference(y[i], mu[i], rest[i], bounded) / slope[i];
        }
    }
}

/// y − mu. `bounded`: means may be so near to 1 that only `rest`, which is 1 − mu, knows how near.
#[inline(always)]
pub fn difference(y: f64, mu: f64, rest: f64, bounded: bool) -> f64 {
    if bounded & (mu > 0.5) {
        rest - (1.0 - y)
    } else {
        y - mu
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{by_name, NAMES};

    #[test]
    fn means_and_residuals_undo_the_link() {
        let n = 3 * BLOCK + 7;
        let mu: Vec<f64> = (0..n).map(|i| 0.01 + 0.98 * i as f64 / n as f64).collect();
        let y: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
        for name in NAMES {
            let link = by_name(name, 0.4).unwrap();
            let eta: Vec<f64> = mu.iter().map(|&mu| link.link(mu)).collect();
            let (mut means, mut residuals) = (vec![f64::NAN; n], vec![f64::NAN; n]);
            means_at(link.as_ref(), &eta, &mut means);
            working_residuals_at(link.as_ref(), &eta, &y, &mut residuals);
            for i in 0..n {
                if !link.valid_eta(eta[i]) {
                    continue;
                }
                assert!((means[i] - mu[i]).abs() <= 1e-14, "{name}: {} for {}", means[i], mu[i]);
                // the same quotient by the link's functions of one row
                let residual = (y[i] - means[i]) / link.dmu_deta(eta[i]);
                assert!((residuals[i] - residual).abs() <= 1e-14 * residual.abs(), "{name}: {}", residuals[i]);
            }
        }
    }
}
