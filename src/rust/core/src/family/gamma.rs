use super::{AicSums, Family};
use crate::special::log_gamma;

/// V(mu) = mu².
pub struct Gamma;

impl Family for Gamma {
    fn variance(&self, mu: f64) -> f64 {
        mu * mu
    }
    /// A response of zero, which quasi-likelihood allows, is measured from 1 as `stats` does, and never below 0.
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        let log_ratio = if y == 0.0 { -mu.ln() } else { (y / mu).ln() };
        let deviance = -2.0 * (log_ratio - (y - mu) / mu);
        if deviance < 0.0 {
            0.0
        } else {
            deviance
        }
    }
    fn valid_mean(&self, mu: f64) -> bool {
        mu.is_finite() && mu > 0.0
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y <= 0.0).then_some("non-positive values not allowed for the 'Gamma' family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y
    }
    fn quasi_start_mean(&self, y: f64) -> f64 {
        if y == 0.0 {
            0.1
        } else {
            y
        }
    }
    fn aic_row(&self, y: f64, _mu: f64, weight: f64, _trials: Option<f64>) -> f64 {
        if weight == 0.0 {
            0.0
        } else {
            weight * y.ln()
        }
    }
    /// −2 log-likelihood at shape 1/dispersion with dispersion = deviance / Σ weights, and 2 for it.
    fn aic(&self, s: &AicSums) -> f64 {
        let shape = s.weights / s.deviance;
        // Σ w (log(y/mu) − y/mu) = −deviance/2 − Σ w
        let fit = shape * (-0.5 * s.deviance - s.weights);
        -2.0 * (fit - s.rows + s.weights * (shape * shape.ln() - log_gamma(shape))) + 2.0
    }
}
