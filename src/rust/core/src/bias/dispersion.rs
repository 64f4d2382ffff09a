//! The dispersion beside the coefficients: the root of its own adjusted score.
//!
//! Source: Kosmidis, Kenne Pagui and Sartori (2020), "Mean and median bias reduction in generalized linear models".

use crate::error::{Error, Result};
use crate::family::DispersionLaw;
use crate::glm::Problem;
use crate::inference::Bias;

/// A step of log(dispersion) that is this small is the last; so is one below [`NOISE`] that is no smaller than the one before,
/// where sums over many rows leave rounding errors.
const STEP: f64 = 1e-13;
const NOISE: f64 = 1e-9;
const MAX_STEPS: usize = 100;
/// Between these is the slope of [`Dispersion::excess`]: what a row that varies more adds to the rest is at most in proportion.
const SLOPES: [f64; 2] = [-2.0, -0.9];

/// What the root depends on besides the deviance.
pub struct Dispersion {
    law: DispersionLaw,
    bias: Bias,
    /// The prior weights that are not 0, each once, and how often they occur.
    weights: Vec<(f64, f64)>,
    rank: f64,
    df: f64,
}

impl Dispersion {
    /// Errors: a dispersion that is to be estimated without residual degrees of freedom.
    pub fn new(problem: &Problem, law: DispersionLaw, bias: Bias, rank: usize) -> Result<Self> {
        let mut weights: Vec<(f64, f64)> = vec![];
        match problem.prior_weights.filter(|_| law != DispersionLaw::Known) {
            None => weights.push((1.0, problem.rows() as f64)),
            Some(given) => {
                let mut sorted: Vec<f64> = given.iter().copied().filter(|&w| w > 0.0).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                for w in sorted {
                    match weights.last_mut().filter(|(last, _)| *last == w) {
                        Some((_, count)) => *count += 1.0,
                        None => weights.push((w, 1.0)),
                    }
                }
            }
        }
        let df = weights.iter().map(|(_, count)| count).sum::<f64>() - rank as f64;
        if law != DispersionLaw::Known && df <= 0.0 {
            let message =
                "needs residual degrees of freedom: the dispersion, on which the bias depends, has no estimate";
            return Err(Error::Argument { arg: "bias", message: message.into() });
        }
        Ok(Dispersion { law, bias, weights, rank: rank as f64, df })
    }

    pub fn is_known(&self) -> bool {
        self.law == DispersionLaw::Known
    }

    /// The dispersion at coefficients of that deviance; NaN if it is not found. The adjusted score falls wherever it is zero, so
    /// there is one: a secant search on the log scale, between the last dispersions that were too small and too large.
    pub fn at(&self, deviance: f64) -> f64 {
        if self.is_known() {
            return 1.0;
        }
        let mut dispersion = deviance / self.df;
        // a perfect fit has none
        if dispersion <= 0.0 || !dispersion.is_finite() {
            return dispersion;
        }
        let (mut below, mut above) = (0.0, f64::INFINITY);
        // that of a law by which the rest of the score does not depend on the dispersion
        let mut slope = -1.0;
        let mut last: Option<[f64; 2]> = None;
        for _ in 0..MAX_STEPS {
            let excess = self.excess(deviance, dispersion);
            if let Some([before, step]) = last {
                slope = ((excess - before) / step).clamp(SLOPES[0], SLOPES[1]);
            }
            let step = -excess / slope;
            let shrinks = last.is_none_or(|[_, last]| step.abs() < last.abs());
            if step.abs() < STEP || step.abs() < NOISE && !shrinks {
                return dispersion * step.exp();
            }
            if excess > 0.0 {
                below = dispersion;
            } else {
                above = dispersion;
            }
            let next = dispersion * step.exp();
            let next = if (below..=above).contains(&next) { next } else { below.sqrt() * above.sqrt() };
            last = Some([excess, (next / dispersion).ln()]);
            dispersion = next;
        }
        f64::NAN
    }

    /// The logarithm of what the deviance says of the adjusted score, as a multiple of the rest: 0 at the root, positive
    /// below it.
    fn excess(&self, deviance: f64, dispersion: f64) -> f64 {
        let mut sums = [0.0; 3];
        for (w, count) in &self.weights {
            let derivatives = self.law.derivatives(w / dispersion);
            sums.iter_mut().zip(derivatives).zip([1, 2, 3]).for_each(|((s, d), k)| *s += count * w.powi(k) * d);
        }
        let [expected, second, third] = sums;
        let skew = third / (2.0 * dispersion * second);
        let adjustment = match self.bias {
            Bias::Mean => (self.rank - 2.0) / 2.0 + skew,
            Bias::Median => self.rank / 2.0 + skew / 3.0,
            Bias::Jeffreys { power } => 2.0 * power * (skew - (self.rank + 4.0) / 2.0),
        };
        (deviance / (expected - 2.0 * dispersion * adjustment)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of n rows, with weights from 1/spread to spread.
    fn dispersion(law: DispersionLaw, bias: Bias, (n, rank): (usize, usize), spread: f64) -> Dispersion {
        let part = |i: usize| 2.0 * i as f64 / (n - 1) as f64 - 1.0;
        let weights = (0..n).map(|i| (spread.powf(part(i)), 1.0)).collect();
        Dispersion { law, bias, weights, rank: rank as f64, df: (n - rank) as f64 }
    }

    const SIZES: [(usize, usize); 6] = [(2, 1), (5, 3), (20, 1), (20, 19), (300, 6), (300, 299)];
    const POWERS: [f64; 4] = [0.01, 0.5, 3.0, 1e4];

    /// The maximum of the likelihood over the dispersion, times the prior's power of the determinant of the information.
    #[test]
    fn the_normal_law_has_closed_forms() {
        for (n, rank) in SIZES {
            let check = |bias, divisor: f64| {
                let found = dispersion(DispersionLaw::Normal, bias, (n, rank), 1.0).at(3.5) * divisor / 3.5;
                assert!((found - 1.0).abs() < 1e-12, "{bias:?} n = {n}, p = {rank}: {found}");
            };
            let (n, p) = (n as f64, rank as f64);
            check(Bias::Mean, n - p);
            check(Bias::Median, n - p - 2.0 / 3.0);
            POWERS.iter().for_each(|&power| check(Bias::Jeffreys { power }, n + 2.0 * power * (p + 2.0)));
        }
    }

    /// The score changes its sign there, whatever the prior outweighs, and is found in few steps.
    #[test]
    fn every_law_has_its_root() {
        let biases = POWERS.iter().map(|&power| Bias::Jeffreys { power }).chain([Bias::Mean, Bias::Median]);
        for bias in biases {
            for law in [DispersionLaw::Normal, DispersionLaw::Gamma] {
                for size in SIZES {
                    for spread in [1.0, 1e4] {
                        for deviance in [1e-90, 1e-3, 1.0, 40.0, 1e5] {
                            let model = dispersion(law, bias, size, spread);
                            let root = model.at(deviance);
                            let about = |part: f64| model.excess(deviance, root * (1.0 + part));
                            let case = format!("{bias:?} {law:?} {size:?} {spread} {deviance}: {root}");
                            assert!(about(-1e-9) > 0.0 && about(1e-9) < 0.0, "{case}");
                        }
                    }
                }
            }
        }
    }
}
