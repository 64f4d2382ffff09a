//! What a row adds to the log-likelihood, and its derivatives by both linear predictors and both log(theta).

use super::counts::{Counts, Shape};
use super::jet::Jet;
use super::share::ShareLink;
use crate::solver::Curvature;

/// What the zero part is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// The share of zeros that are not the counts'.
    Inflated(ShareLink),
    /// The share of counts that are not zero; the others are truncated at zero.
    Hurdle(ShareLink),
    /// The same, as the probability that a count distribution of its own gives to them.
    HurdleCounts(Shape),
}

impl Kind {
    pub(super) fn shape(self) -> Shape {
        match self {
            Kind::HurdleCounts(shape) => shape,
            _ => Shape::Infinite,
        }
    }

    /// Do the two parts have second derivatives in common?
    pub(super) fn is_mixed(self) -> bool {
        matches!(self, Kind::Inflated(_))
    }
}

/// A linear predictor of each part, and a log(theta) of each.
pub(super) const SLOTS: usize = 4;
/// Where the products of two slots are: (0,0), (0,1), (0,2), (0,3), (1,1), ...
pub(super) const PAIRS: [(usize, usize); 10] =
    [(0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)];

/// The place in [`PAIRS`] of the product of slots s <= u.
pub(super) const fn pair(s: usize, u: usize) -> usize {
    s * (2 * SLOTS - 1 - s) / 2 + u
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    /// Without −log(y!).
    pub log_likelihood: f64,
    pub slope: [f64; SLOTS],
    /// Minus the second derivatives, or what stands for them, in the order of [`PAIRS`].
    pub curvature: [f64; PAIRS.len()],
}

/// The distributions at some parameters.
pub(super) struct RowModel {
    pub counts: Counts,
    pub kind: Kind,
    /// The zero part's own, for [`Kind::HurdleCounts`].
    pub zero_counts: Counts,
}

impl RowModel {
    pub fn row(&self, y: f64, eta: [f64; 2], curvature: Curvature) -> Row {
        let mut row = match self.kind {
            Kind::Inflated(link) if y == 0.0 => self.inflated_zero(link, eta),
            Kind::Inflated(link) => separate(self.counts.log_probability(y, eta[0]), link.logs(eta[1])[1]),
            _ => separate(self.truncated(y, eta[0]), self.outcomes(eta[1])[usize::from(y == 0.0)]),
        };
        if curvature == Curvature::Complete {
            row.curvature = self.complete(y, eta, &row);
        }
        row
    }

    /// log(pi + (1 − pi)·P(0)).
    fn inflated_zero(&self, link: ShareLink, eta: [f64; 2]) -> Row {
        let [share, rest] = link.logs(eta[1]);
        let count = self.counts.log_probability(0.0, eta[0]);
        let (ours, theirs) = (share.value, rest.value + count.value);
        // how likely the zero is of either origin
        let small = (-(ours - theirs).abs()).exp();
        let log_likelihood = ours.max(theirs) + small.ln_1p();
        let (other, counted) = if ours >= theirs { (1.0, small) } else { (small, 1.0) };
        let (other, counted) = (other / (1.0 + small), counted / (1.0 + small));
        // slopes of the two logarithms, by slot
        let slopes = [[0.0, share.slope[0], 0.0, 0.0], [count.slope[0], rest.slope[0], count.slope[1], 0.0]];
        let mut curvature = [0.0; PAIRS.len()];
        for (at, &(s, u)) in PAIRS.iter().enumerate() {
            let apart = (slopes[0][s] - slopes[1][s]) * (slopes[0][u] - slopes[1][u]);
            let bend = match (s, u) {
                (0, 0) => counted * count.bend[0],
                (0, 2) => counted * count.bend[1],
                (2, 2) => counted * count.bend[2],
                (1, 1) => other * share.bend[0] + counted * rest.bend[0],
                _ => 0.0,
            };
            curvature[at] = -(bend + other * counted * apart);
        }
        Row { log_likelihood, slope: std::array::from_fn(|s| other * slopes[0][s] + counted * slopes[1][s]), curvature }
    }

    /// log of P(y) / (1 − P(0)); nothing for a zero.
    fn truncated(&self, y: f64, eta: f64) -> Jet {
        if y == 0.0 {
            return Jet::default();
        }
        let counts = self.counts.at(eta);
        counts.log_probability(y).minus(counts.log_probability(0.0).complement())
    }

    /// Log-probabilities of the zero part's two outcomes: for a hurdle, that it is crossed and that it is not.
    fn outcomes(&self, eta: f64) -> [Jet; 2] {
        match self.kind {
            Kind::Inflated(link) | Kind::Hurdle(link) => link.logs(eta),
            Kind::HurdleCounts(_) => {
                let zero = self.zero_counts.log_probability(0.0, eta);
                [zero.complement(), zero]
            }
        }
    }

    /// The curvature of [`Curvature::Complete`].
    fn complete(&self, y: f64, eta: [f64; 2], row: &Row) -> [f64; PAIRS.len()] {
        let counted = match self.kind {
            Kind::Inflated(link) if y == 0.0 => {
                let theirs = link.logs(eta[1])[1].value + self.counts.log_probability(0.0, eta[0]).value;
                (theirs - row.log_likelihood).exp()
            }
            Kind::Inflated(_) => 1.0,
            _ => f64::from(u8::from(y > 0.0)),
        };
        let mut curvature = [0.0; PAIRS.len()];
        curvature[pair(0, 0)] = -counted * self.counts.log_probability(y, eta[0]).bend[0];
        // the expected information of a share
        let [one, other] = self.outcomes(eta[1]);
        curvature[pair(1, 1)] = -one.slope[0] * other.slope[0];
        curvature[pair(2, 2)] = row.slope[2] * row.slope[2];
        curvature[pair(3, 3)] = row.slope[3] * row.slope[3];
        curvature
    }
}

/// Two parts that have nothing in common.
fn separate(count: Jet, zero: Jet) -> Row {
    let mut curvature = [0.0; PAIRS.len()];
    curvature[pair(0, 0)] = -count.bend[0];
    curvature[pair(0, 2)] = -count.bend[1];
    curvature[pair(2, 2)] = -count.bend[2];
    curvature[pair(1, 1)] = -zero.bend[0];
    curvature[pair(1, 3)] = -zero.bend[1];
    curvature[pair(3, 3)] = -zero.bend[2];
    let slope = [count.slope[0], zero.slope[0], count.slope[1], zero.slope[1]];
    Row { log_likelihood: count.value + zero.value, slope, curvature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_where_they_are_said_to_be() {
        assert!(PAIRS.iter().enumerate().all(|(at, &(s, u))| pair(s, u) == at));
    }
}
