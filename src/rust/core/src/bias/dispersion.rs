//! The dispersion beside the coefficients: the root of its own adjusted score.
//!
//! Source: Kosmidis, Kenne Pagui and Sartori (2020), "Mean and median bias reduction in generalized linear models".

use crate::error::{Error, Result};
use crate::family::DispersionLaw;
use crate::glm::Problem;
use crate::inference::Bias;

/// A step of log(dispersion) that is this small is the last.
const STEP: f64 = 1e-13;
const MAX_STEPS: usize = 100;

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

    /// The dispersion at coefficients of that deviance, by Fisher scoring of its logarithm.
    pub fn at(&self, deviance: f64) -> f64 {
        if self.is_known() {
            return 1.0;
        }
        let mut dispersion = deviance / self.df;
        for _ in 0..MAX_STEPS {
            // a perfect fit has none
            if dispersion <= 0.0 || !dispersion.is_finite() {
                break;
            }
            let step = self.step(deviance, dispersion).clamp(-1.0, 1.0);
            dispersion *= step.exp();
            if step.abs() < STEP {
                break;
            }
        }
        dispersion
    }

    /// Adjusted score over information, both of log(dispersion).
    fn step(&self, deviance: f64, dispersion: f64) -> f64 {
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
        let score = (deviance - expected) / (2.0 * dispersion) + adjustment;
        score / (second / (2.0 * dispersion * dispersion))
    }
}
