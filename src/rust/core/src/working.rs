//! From linear predictors to what a step needs: one block of rows at a time.

use crate::family::{FamilySpec, Means, Pair, PairOutput, PairRows};
use crate::link::{Link, MeanBlock};
use crate::means::difference;
use crate::simd::{self, dispatch};

/// Scratch memory of one lane, and the results for the block that was filled in last. Shapes: `[B]`.
#[derive(Default)]
pub struct Working {
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    /// 1 − mu.
    pub rest: Vec<f64>,
    pub dmu_deta: Vec<f64>,
    /// Are the means those of a link that keeps them below 1?
    bounded: bool,
    variance: Vec<f64>,
    /// IRLS weights: weight·(dmu/deta)²/V(mu), 0 for rows of weight 0 and rows without slope.
    pub working_weights: Vec<f64>,
    /// working weight · (y − mu)/dmu/deta: the row's part of the score, but for x.
    pub weighted_residuals: Vec<f64>,
}

/// What a block says about the fit as a whole.
#[derive(Debug, Clone, Copy)]
pub struct BlockFacts {
    pub informative: bool,
    /// A variance of 0 or NaN in a row that counts.
    pub bad_variance: Option<f64>,
}

impl Working {
    pub fn resize(&mut self, n: usize) {
        for v in [
            &mut self.eta,
            &mut self.mu,
            &mut self.rest,
            &mut self.dmu_deta,
            &mut self.variance,
            &mut self.working_weights,
            &mut self.weighted_residuals,
        ] {
            v.resize(n, 0.0);
        }
    }

    /// eta → mu, 1 − mu, dmu/deta.
    pub fn fill_means(&mut self, link: &dyn Link) {
        self.bounded = link.is_bounded();
        let (mu, rest, dmu_deta) = (&mut self.mu, &mut self.rest, &mut self.dmu_deta);
        link.inverse_block(&self.eta, &mut MeanBlock { mu, rest, dmu_deta });
    }

    pub fn means(&self) -> Means<'_> {
        Means { mu: &self.mu, rest: &self.rest }
    }

    /// mu → working weights and weighted residuals.
    pub fn weigh(&mut self, family: &FamilySpec, y: &[f64], prior_weights: Option<&[f64]>) -> BlockFacts {
        let means = Means { mu: &self.mu, rest: &self.rest };
        family.family.variance_block(means, &mut self.variance);
        let rows = Rows { y, means, bounded: self.bounded, dmu_deta: &self.dmu_deta, variance: &self.variance };
        let mut facts = BlockFacts { informative: false, bad_variance: None };
        let mut bad = false;
        let prior_weights = prior_weights.unwrap_or(&[]);
        weigh_rows(
            &rows,
            prior_weights,
            &mut self.working_weights,
            &mut self.weighted_residuals,
            &mut facts.informative,
            &mut bad,
        );
        if bad {
            let counts = |i: usize| prior_weights.get(i).is_none_or(|&w| w > 0.0);
            facts.bad_variance =
                (0..y.len()).find(|&i| counts(i) && is_bad(self.variance[i])).map(|i| self.variance[i]);
        }
        facts
    }
}

impl Working {
    /// eta → working weights and weighted residuals in one loop; means are not made. Returns Σ prior weight · term of
    /// [`Pair`], `None` where the loop does not hold.
    pub fn weigh_pair(&mut self, pair: &dyn Pair, y: &[f64], prior_weights: Option<&[f64]>) -> Option<f64> {
        let rows = PairRows { y, eta: &self.eta, prior_weights: prior_weights.unwrap_or(&[]) };
        // no variances are made: their memory is free
        let mut out = PairOutput {
            weights: &mut self.working_weights,
            residuals: &mut self.weighted_residuals,
            terms: &mut self.variance,
        };
        let mut safe = true;
        pair.weigh(&rows, &mut out, &mut safe);
        safe.then(|| simd::sum(&self.variance))
    }

    /// The same for least squares: Σ prior weight · (y − eta)².
    pub fn weigh_squares(&mut self, y: &[f64], prior_weights: Option<&[f64]>) -> f64 {
        let Working { eta, working_weights, weighted_residuals, variance: terms, .. } = self;
        square_rows(y, eta, prior_weights.unwrap_or(&[]), working_weights, weighted_residuals, terms);
        simd::sum(terms)
    }
}

dispatch! {
    /// Working weights, weighted residuals and weighted squares of least squares. `prior` is empty where all weights are 1.
    square_rows => square_rows_generic(
        y: &[f64], eta: &[f64], prior: &[f64], weights: &mut [f64], residuals: &mut [f64], squares: &mut [f64]
    )
}

#[inline(always)]
fn square_rows_generic<const FMA: bool>(
    y: &[f64],
    eta: &[f64],
    prior: &[f64],
    weights: &mut [f64],
    residuals: &mut [f64],
    squares: &mut [f64],
) {
    let n = y.len();
    assert!(prior.is_empty() || prior.len() == n);
    let (eta, weights, residuals, squares) = (&eta[..n], &mut weights[..n], &mut residuals[..n], &mut squares[..n]);
    for i in 0..n {
        let prior = if prior.is_empty() { 1.0 } else { prior[i] };
        let residual = y[i] - eta[i];
        // whatever a row without weight holds, it adds nothing
        let counts = prior > 0.0;
        weights[i] = if counts { prior } else { 0.0 };
        residuals[i] = if counts { prior * residual } else { 0.0 };
        squares[i] = if counts { prior * residual * residual } else { 0.0 };
    }
}

/// What a step knows of the rows of a block. Shapes: `[B]`.
pub struct Rows<'b> {
    y: &'b [f64],
    means: Means<'b>,
    bounded: bool,
    dmu_deta: &'b [f64],
    variance: &'b [f64],
}

/// V(mu) = 0 or NaN.
#[inline(always)]
fn is_bad(variance: f64) -> bool {
    (variance == 0.0) | variance.is_nan()
}

dispatch! {
    /// Working weights and weighted residuals. `prior` is empty where all weights are 1. `informative` is set where a row
    /// has a working weight, `bad` where one that counts has no variance.
    weigh_rows => weigh_rows_generic(
        rows: &Rows, prior: &[f64], weights: &mut [f64], residuals: &mut [f64], informative: &mut bool, bad: &mut bool
    )
}

#[inline(always)]
fn weigh_rows_generic<const FMA: bool>(
    rows: &Rows,
    prior: &[f64],
    weights: &mut [f64],
    residuals: &mut [f64],
    informative: &mut bool,
    bad: &mut bool,
) {
    let n = rows.y.len();
    assert!(prior.is_empty() || prior.len() == n);
    let (y, mu, rest) = (&rows.y[..n], &rows.means.mu[..n], &rows.means.rest[..n]);
    let (d, v) = (&rows.dmu_deta[..n], &rows.variance[..n]);
    let (weights, residuals) = (&mut weights[..n], &mut residuals[..n]);
    let (mut any, mut any_bad) = (false, false);
    for i in 0..n {
        let prior = if prior.is_empty() { 1.0 } else { prior[i] };
        let counts = prior > 0.0;
        any_bad |= counts & is_bad(v[i]);
        let takes_part = counts & (d[i] != 0.0);
        any |= takes_part;
        let slope = prior * d[i] / v[i];
        weights[i] = if takes_part { slope * d[i] } else { 0.0 };
        residuals[i] = if takes_part { slope * difference(y[i], mu[i], rest[i], rows.bounded) } else { 0.0 };
    }
    *informative |= any;
    *bad |= any_bad;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{by_name, with_shape, SHAPES};
    use crate::link;

    /// One loop, or the functions of family and link: the same weights, residuals and deviance.
    #[test]
    fn pairs_agree_with_family_and_link() {
        let plain = [("poisson", "log"), ("binomial", "logit"), ("Gamma", "log")];
        let families = plain.map(|(name, link_name)| (name, by_name(name).unwrap(), link_name));
        // a Tweedie family above 2 has no such loop
        let has_loop = |&(name, shape): &(&str, f64)| name != "tweedie" || shape < 2.0;
        let shaped = SHAPES.into_iter().filter(has_loop);
        let shaped = shaped.map(|(name, shape)| (name, with_shape(name, shape).unwrap(), "log"));
        for (name, family, link_name) in families.into_iter().chain(shaped) {
            let spec = FamilySpec::new(family);
            let link = link::by_name(link_name, 0.0).unwrap();
            let pair = spec.family.pair(link.as_ref()).unwrap();
            let n = 203;
            let y: Vec<f64> = (0..n)
                .map(|i| match name {
                    "poisson" | "negative_binomial" | "tweedie" => (i % 9) as f64,
                    "binomial" => (i % 5) as f64 / 4.0,
                    _ => 0.3 + (i % 7) as f64,
                })
                .collect();
            let eta: Vec<f64> = (0..n).map(|i| (i as f64 - 100.0) * 0.07).collect();
            let prior: Vec<f64> = (0..n).map(|i| (i % 4) as f64 * 0.7).collect();
            for prior_weights in [None, Some(&prior[..])] {
                let (mut plain, mut paired) = (Working::default(), Working::default());
                plain.resize(n);
                paired.resize(n);
                plain.eta.copy_from_slice(&eta);
                paired.eta.copy_from_slice(&eta);
                plain.fill_means(link.as_ref());
                plain.weigh(&spec, &y, prior_weights);
                let terms = paired.weigh_pair(pair, &y, prior_weights).unwrap();
                let mut saturated = vec![0.0; n];
                pair.saturated(&y, &mut saturated);
                let parts = saturated.iter().enumerate().map(|(i, s)| prior_weights.map_or(1.0, |w| w[i]) * s);
                let deviance = 2.0 * (terms + parts.sum::<f64>());
                let want = spec.family.deviance_block(&y, plain.means(), prior_weights);
                assert!((deviance / want - 1.0).abs() < 1e-12, "{name}: {deviance} {want}");
                for i in 0..n {
                    let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs().max(1e-300);
                    assert!(close(paired.working_weights[i], plain.working_weights[i]), "{name} at {}", eta[i]);
                    let size = prior_weights.map_or(1.0, |w| w[i]) * (y[i] + plain.mu[i].max(1.0 / plain.mu[i]));
                    let error = (paired.weighted_residuals[i] - plain.weighted_residuals[i]).abs();
                    assert!(error <= 1e-14 * size * (1.0 + y[i]) + 1e-300, "{name} at {}: {error}", eta[i]);
                }
            }
            for limit in [-40.0, 710.0, f64::NAN] {
                let mut working = Working::default();
                working.resize(n);
                working.eta.fill(1.0);
                working.eta[77] = limit;
                assert_eq!(working.weigh_pair(pair, &y, None), None, "{name} at {limit}");
            }
        }
    }

    #[test]
    fn squares_agree_with_family_and_link() {
        let spec = FamilySpec::new(by_name("gaussian").unwrap());
        let n = 203;
        let y: Vec<f64> = (0..n).map(|i| (i % 9) as f64 - 3.3).collect();
        let prior: Vec<f64> = (0..n).map(|i| (i % 4) as f64 * 0.7).collect();
        for prior_weights in [None, Some(&prior[..])] {
            let (mut plain, mut squares) = (Working::default(), Working::default());
            for working in [&mut plain, &mut squares] {
                working.resize(n);
                working.eta.iter_mut().enumerate().for_each(|(i, eta)| *eta = (i as f64 - 100.0) * 0.07);
            }
            plain.fill_means(&link::Identity);
            plain.weigh(&spec, &y, prior_weights);
            let deviance = squares.weigh_squares(&y, prior_weights);
            let want = spec.family.deviance_block(&y, plain.means(), prior_weights);
            assert!((deviance / want - 1.0).abs() < 1e-14);
            assert_eq!(squares.working_weights, plain.working_weights);
            assert_eq!(squares.weighted_residuals, plain.weighted_residuals);
        }
    }
}
