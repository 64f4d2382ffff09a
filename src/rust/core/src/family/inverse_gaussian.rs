use super::{AicRow, AicSums, DispersionLaw, Family};

/// V(mu) = mu³.
pub struct InverseGaussian {
    /// `stats::quasi(variance = "mu^3")` wants mu > 0; `stats::inverse.gaussian()` accepts every mean, and a variance
    /// of 0 or NaN is caught by the pass.
    pub positive_mean: bool,
}

impl Family for InverseGaussian {
    fn variance(&self, mu: f64) -> f64 {
        mu * mu * mu
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Normal)
    }
    fn dlog_variance(&self, mu: f64, _rest: f64) -> f64 {
        3.0 / mu
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        // mu² may be out of range
        let relative = (y - mu) / mu;
        relative * relative / y
    }
    /// An infinite mean is one, as for `stats`.
    fn valid_mean(&self, mu: f64) -> bool {
        !self.positive_mean || mu > 0.0
    }
    fn valid_mean_block(&self, mu: &[f64]) -> bool {
        // without an early way out: many at a time
        mu.iter().fold(true, |valid, &m| valid & self.valid_mean(m))
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y <= 0.0).then_some("positive values only are allowed for the 'inverse.gaussian' family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y
    }
    fn aic_row(&self, row: &AicRow) -> f64 {
        if row.weight == 0.0 {
            0.0
        } else {
            3.0 * row.weight * row.y.ln()
        }
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.weights * ((2.0 * std::f64::consts::PI * s.deviance / s.weights).ln() + 1.0) + s.rows + 2.0
    }
}
