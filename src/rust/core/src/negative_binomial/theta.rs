//! The likelihood of theta where the means are known, and its maximum.
//!
//! In terms of alpha = 1/theta, down to 0, where it is the Poisson distribution: the derivative of a row's log-likelihood is
//! Σ_{k < y} k/(1 + alpha·k) − mu²·h(alpha·mu) + mu·(mu − y)/(1 + alpha·mu), h that of `excess.rs`; nothing large cancels.

use super::counts::Counts;
use super::excess::excess_lane;
use crate::error::{Error, Result};
use crate::pass::{sweep, Plan};
use crate::simd::{dispatch, sum, weighted_sum};
use crate::watch::Watch;

/// Rows at a time: their terms are on the stack.
const CHUNK: usize = 256;
/// The search ends when alpha moves by no more than this part of it: what is left then is about its square.
const NEAR: f64 = 1e-5;
/// A step changes alpha by this power of e at most.
const LONGEST: f64 = 3.0;
const MAX_STEPS: usize = 200;

/// Counts with their means. Shapes: `[n]`.
pub struct Rows<'a> {
    pub y: &'a [f64],
    pub mu: &'a [f64],
    pub weights: Option<&'a [f64]>,
    pub counts: &'a Counts,
}

/// Where the likelihood is greatest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alpha {
    /// 1/theta.
    pub value: f64,
    /// Minus the second derivative of the log-likelihood by alpha, before the last step.
    pub information: f64,
}

impl Rows<'_> {
    /// The first two derivatives of the log-likelihood by alpha.
    pub fn derivatives(&self, alpha: f64, watch: &Watch) -> Result<(f64, f64)> {
        let plan = Plan::new(self.y.len(), 4, 2, 40);
        let rows = sweep(
            &plan,
            watch,
            vec![(); plan.lanes()],
            || (0.0, 0.0),
            || (),
            |total: &mut (f64, f64), (), (), block| {
                let (mut first, mut second) = ([0.0; CHUNK], [0.0; CHUNK]);
                for start in block.range().step_by(CHUNK) {
                    let rows = start..(start + CHUNK).min(block.range().end);
                    let (first, second) = (&mut first[..rows.len()], &mut second[..rows.len()]);
                    row_terms(&self.y[rows.clone()], &self.mu[rows.clone()], alpha, first, second);
                    let add = |terms: &[f64]| {
                        self.weights.map_or_else(|| sum(terms), |w| weighted_sum(terms, &w[rows.clone()]))
                    };
                    total.0 += add(first);
                    total.1 += add(second);
                }
            },
            |total, lane| {
                total.0 += lane.0;
                total.1 += lane.1;
            },
        )?;
        let (first, second) = self.counts.sums(alpha);
        Ok((first + rows.0, second + rows.1))
    }

    /// The maximum of the likelihood over alpha > 0, from a start there. The likelihood rises at alpha = 0, so there is one:
    /// Newton's steps on the scale of log(alpha), within bounds between which the slope changes its sign.
    pub fn maximum(&self, start: f64, watch: &Watch) -> Result<Alpha> {
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut alpha = start;
        for _ in 0..MAX_STEPS {
            let (slope, curvature) = self.derivatives(alpha, watch)?;
            if slope > 0.0 {
                low = alpha;
            } else {
                high = alpha;
            }
            let bend = slope + alpha * curvature;
            let step = if bend < 0.0 { -slope / bend } else { slope.signum() };
            if step.abs() <= NEAR {
                return Ok(Alpha { value: alpha * step.exp(), information: -curvature });
            }
            let next = alpha * step.clamp(-LONGEST, LONGEST).exp();
            alpha =
                if low < next && next < high { next } else { f64::sqrt(low.max(1e-3 * high) * high.min(1e3 * low)) };
        }
        Err(Error::Solver { message: "no maximum of the likelihood of theta was found".into() })
    }
}

dispatch! {
    /// The rows' own part of the derivatives by alpha. Shapes: all the same.
    row_terms => row_terms_generic(y: &[f64], mu: &[f64], alpha: f64, first: &mut [f64], second: &mut [f64])
}

#[inline(always)]
fn row_terms_generic<const FMA: bool>(y: &[f64], mu: &[f64], alpha: f64, first: &mut [f64], second: &mut [f64]) {
    let n = y.len();
    let (mu, first, second) = (&mu[..n], &mut first[..n], &mut second[..n]);
    for i in 0..n {
        let (excess, slope) = excess_lane::<FMA>(alpha * mu[i]);
        let share = mu[i] / (1.0 + alpha * mu[i]);
        let residual = mu[i] - y[i];
        first[i] = residual * share - mu[i] * mu[i] * excess;
        second[i] = -(residual * share * share + mu[i] * mu[i] * mu[i] * slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{with_shape, AicRow};

    fn log_likelihood(y: &[f64], mu: &[f64], weights: &[f64], alpha: f64) -> f64 {
        let family = with_shape("negative_binomial", 1.0 / alpha).unwrap();
        let row = |i: usize| AicRow {
            y: y[i],
            mu: mu[i],
            rest: 1.0 - mu[i],
            weight: weights[i],
            trials: None,
            unit_deviance: family.unit_deviance(y[i], mu[i]),
        };
        (0..y.len()).map(|i| -0.5 * family.aic_row(&row(i))).sum()
    }

    fn data() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let y = (0..300).map(|i| ((i * i) % 17) as f64 * if i % 50 == 0 { 40.0 } else { 1.0 }).collect();
        let mu = (0..300).map(|i| 0.3 + (i % 23) as f64).collect();
        (y, mu, (0..300).map(|i| (i % 4) as f64 * 0.5).collect())
    }

    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let (y, mu, weights) = data();
        let counts = Counts::new(&y, Some(&weights)).unwrap();
        let rows = Rows { y: &y, mu: &mu, weights: Some(&weights), counts: &counts };
        for alpha in [1e-3, 0.2, 1.7, 30.0] {
            let h = 1e-4 * alpha;
            let f = |alpha| log_likelihood(&y, &mu, &weights, alpha);
            let (first, second) = rows.derivatives(alpha, &Watch::default()).unwrap();
            let difference = (f(alpha + h) - f(alpha - h)) / (2.0 * h);
            assert!((first - difference).abs() < 1e-6 * first.abs().max(1.0 / alpha), "{alpha}: {first} {difference}");
            let at = |alpha| rows.derivatives(alpha, &Watch::default()).unwrap().0;
            let difference = (at(alpha + h) - at(alpha - h)) / (2.0 * h);
            assert!((second / difference - 1.0).abs() < 1e-6, "{alpha}: {second} {difference}");
        }
    }

    /// At alpha = 0: half the sum of (y − mu)² − y.
    #[test]
    fn the_slope_at_the_poisson_distribution() {
        let (y, mu, weights) = data();
        let counts = Counts::new(&y, Some(&weights)).unwrap();
        let rows = Rows { y: &y, mu: &mu, weights: Some(&weights), counts: &counts };
        let want: f64 = (0..y.len()).map(|i| 0.5 * weights[i] * ((y[i] - mu[i]).powi(2) - y[i])).sum();
        let (slope, _) = rows.derivatives(0.0, &Watch::default()).unwrap();
        assert!((slope / want - 1.0).abs() < 1e-12);
    }

    /// From far starts, and for a single count that is not 0.
    #[test]
    fn the_maximum_is_found_from_anywhere() {
        let (y, mu, _) = data();
        let counts = Counts::new(&y, None).unwrap();
        let rows = Rows { y: &y, mu: &mu, weights: None, counts: &counts };
        let want = rows.maximum(0.5, &Watch::default()).unwrap();
        for start in [1e-12, 1e-3, 100.0, 1e9] {
            let found = rows.maximum(start, &Watch::default()).unwrap();
            assert!((found.value / want.value - 1.0).abs() < 1e-9, "{start}");
        }
        let mut y = vec![0.0; 1000];
        y[3] = 1000.0;
        let counts = Counts::new(&y, None).unwrap();
        let rows = Rows { y: &y, mu: &vec![1.0; 1000], weights: None, counts: &counts };
        let found = rows.maximum(1.0, &Watch::default()).unwrap();
        assert!(found.value.is_finite() && found.information > 0.0);
    }
}
