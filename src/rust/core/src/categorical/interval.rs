//! What a row of an ordered response adds to the log-likelihood: the logarithm of the probability between two thresholds.

use super::link::CumulativeLink;
use crate::solver::Curvature;

/// log(F(upper) − F(lower)) with its derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    /// NaN or minus infinity where the thresholds are not in order.
    pub value: f64,
    /// By the lower and by the upper end.
    pub slope: [f64; 2],
    /// Minus the second derivatives, or what stands for them: by the lower end twice, by both, by the upper twice.
    pub curvature: [f64; 3],
}

/// `lower` or `upper` may be infinite.
pub(super) fn interval(link: CumulativeLink, lower: f64, upper: f64, curvature: Curvature) -> Interval {
    let (a, b) = (link.at(lower), link.at(upper));
    // from the tail that is nearer
    let probability = if a.below > 0.5 { a.above - b.above } else { b.below - a.below };
    let slope = [-a.density / probability, b.density / probability];
    let products = [slope[0] * slope[0], slope[0] * slope[1], slope[1] * slope[1]];
    let own = match curvature {
        Curvature::Observed => [a.slope / probability, 0.0, -b.slope / probability],
        Curvature::Complete => [0.0; 3],
    };
    Interval { value: probability.ln(), slope, curvature: std::array::from_fn(|i| own[i] + products[i]) }
}

impl Interval {
    /// By what moves both ends downwards: the linear predictor.
    pub fn slope_by_eta(&self) -> f64 {
        -(self.slope[0] + self.slope[1])
    }

    pub fn curvature_by_eta(&self) -> f64 {
        self.curvature[0] + 2.0 * self.curvature[1] + self.curvature[2]
    }

    /// By the linear predictor and an end: 0 the lower, 1 the upper.
    pub fn curvature_with(&self, end: usize) -> f64 {
        -(self.curvature[1] + self.curvature[2 * end])
    }
}
