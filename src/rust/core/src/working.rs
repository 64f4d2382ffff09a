//! From linear predictors to what a step needs: one block of rows at a time.

use crate::family::FamilySpec;
use crate::link::Link;

/// Scratch memory of one lane, and the results for the block that was filled in last. Shapes: `[B]`.
#[derive(Default)]
pub struct Working {
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    pub dmu_deta: Vec<f64>,
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
            &mut self.dmu_deta,
            &mut self.variance,
            &mut self.working_weights,
            &mut self.weighted_residuals,
        ] {
            v.resize(n, 0.0);
        }
    }

    /// eta → mu, dmu/deta.
    pub fn means(&mut self, link: &dyn Link) {
        link.inverse_block(&self.eta, &mut self.mu, &mut self.dmu_deta);
    }

    /// mu → working weights and weighted residuals.
    pub fn weigh(&mut self, family: &FamilySpec, y: &[f64], prior_weights: Option<&[f64]>) -> BlockFacts {
        family.family.variance_block(&self.mu, &mut self.variance);
        let mut facts = BlockFacts { informative: false, bad_variance: None };
        for i in 0..y.len() {
            let prior = prior_weights.map_or(1.0, |w| w[i]);
            let (d, v) = (self.dmu_deta[i], self.variance[i]);
            let (mut weight, mut residual) = (0.0, 0.0);
            if prior > 0.0 {
                if v == 0.0 || v.is_nan() {
                    facts.bad_variance = Some(v);
                }
                if d != 0.0 {
                    let slope = prior * d / v;
                    weight = slope * d;
                    residual = slope * (y[i] - self.mu[i]);
                    facts.informative = true;
                }
            }
            self.working_weights[i] = weight;
            self.weighted_residuals[i] = residual;
        }
        facts
    }
}
