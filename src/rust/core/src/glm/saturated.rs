//! What the terms of a [`Pair`] lack to make a deviance: the part that depends on y alone.

use super::{GlmObjective, Problem};
use crate::error::Result;
use crate::family::Pair;
use crate::pass::{sweep, Plan};
use crate::simd;
use crate::watch::Watch;
use crate::working::Working;

/// Relative rounding error of a deviance below which its two parts may be added.
const PRECISE: f64 = 1e-13;
/// Relative rounding error of a sum over many rows: some units in the last place.
const NOISE: f64 = 4.0 * f64::EPSILON;

impl GlmObjective<'_> {
    /// The deviance where all rows have the linear predictor `eta`; the mean of the response is `mean`, and the rows weigh
    /// `weight` together. A term is linear in y: that of the mean row stands for all of them. `None` where there are no terms, or
    /// they are not precise.
    pub(crate) fn deviance_from_sums(&self, mean: f64, weight: f64, eta: f64) -> Option<f64> {
        let (pair, saturated) = self.pair.as_ref()?;
        let mut row = Working::default();
        row.resize(1);
        row.eta[0] = eta;
        let terms = 2.0 * row.weigh_pair(*pair, &[mean], Some(&[weight]))?;
        let deviance = saturated.deviance_of_parts(terms, terms.abs() + 2.0 * (weight * mean * eta).abs());
        deviance.filter(|deviance| deviance.is_finite())
    }
}

/// Σ prior weight · [`Pair::saturated`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Saturated {
    pub sum: f64,
    /// The sum of the absolute values.
    size: f64,
}

impl Saturated {
    /// Of the rows that `plan` visits.
    pub fn of(pair: &dyn Pair, problem: &Problem, plan: &Plan, watch: &Watch) -> Result<Self> {
        sweep(
            plan,
            watch,
            vec![(); plan.lanes()],
            Saturated::default,
            || (),
            |total, (), (), block| {
                let rows = block.range();
                total.add(Self::of_rows(pair, &problem.y[rows.clone()], problem.prior_weights.map(|w| &w[rows])));
            },
            |total, lane| total.add(lane),
        )
    }

    pub fn of_rows(pair: &dyn Pair, y: &[f64], prior_weights: Option<&[f64]>) -> Self {
        let mut parts = vec![0.0; y.len()];
        pair.saturated(y, &mut parts);
        if let Some(weights) = prior_weights {
            parts.iter_mut().zip(weights).for_each(|(part, &w)| *part = if w > 0.0 { w * *part } else { 0.0 });
        }
        let sum = simd::sum(&parts);
        parts.iter_mut().for_each(|part| *part = part.abs());
        Saturated { sum, size: simd::sum(&parts) }
    }

    fn add(&mut self, other: Saturated) {
        self.sum += other.sum;
        self.size += other.size;
    }

    /// The deviance of which `terms` is all but this part; `None` where too little is left of them to be precise.
    pub fn deviance(&self, terms: f64) -> Option<f64> {
        self.deviance_of_parts(terms, terms.abs())
    }

    /// The same where `terms` are sums of numbers as large as `size`.
    fn deviance_of_parts(&self, terms: f64, size: f64) -> Option<f64> {
        let deviance = terms + 2.0 * self.sum;
        let noise = NOISE * (size + 2.0 * self.size);
        // an overflow is no cancellation
        (!deviance.is_finite() || noise <= PRECISE * (deviance.abs() + 0.1)).then_some(deviance)
    }
}
