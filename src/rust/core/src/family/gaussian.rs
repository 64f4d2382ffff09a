use super::{AicRow, AicSums, DispersionLaw, Family};

/// V(mu) = 1.
pub struct Gaussian;

impl Family for Gaussian {
    fn variance(&self, _mu: f64) -> f64 {
        1.0
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Normal)
    }
    fn dlog_variance(&self, _mu: f64, _rest: f64) -> f64 {
        0.0
    }
    fn has_constant_variance(&self) -> bool {
        true
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        (y - mu) * (y - mu)
    }
    fn mean_range(&self) -> Option<(f64, f64)> {
        None
    }
    fn broken_rule(&self, _y: f64) -> Option<&'static str> {
        None
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y
    }
    fn quasi_start_mean(&self, y: f64) -> f64 {
        y
    }
    fn aic_row(&self, row: &AicRow) -> f64 {
        -row.weight.ln()
    }
    /// Σ over rows of −2 log N(y; mu, deviance / (n·weight)), and 2 for the variance.
    fn aic(&self, s: &AicSums) -> f64 {
        s.count * ((2.0 * std::f64::consts::PI * s.deviance / s.count).ln() + 1.0) + 2.0 + s.rows
    }
}
