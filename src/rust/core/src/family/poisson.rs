use super::{AicSums, Family};
use crate::special::{is_whole, poisson_log_probability, x_log_ratio};

/// V(mu) = mu.
pub struct Poisson;

impl Family for Poisson {
    fn variance(&self, mu: f64) -> f64 {
        mu
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        2.0 * (x_log_ratio(y, mu) - (y - mu))
    }
    fn valid_mean(&self, mu: f64) -> bool {
        mu.is_finite() && mu > 0.0
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y < 0.0).then_some("negative values not allowed for the 'poisson' family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y + 0.1
    }
    fn quasi_start_mean(&self, y: f64) -> f64 {
        if y == 0.0 {
            0.1
        } else {
            y
        }
    }
    /// A count that is not whole has probability 0, as for `dpois()`.
    fn aic_row(&self, y: f64, mu: f64, weight: f64, _trials: Option<f64>) -> f64 {
        if weight == 0.0 {
            0.0
        } else if !is_whole(y) {
            f64::INFINITY
        } else {
            -2.0 * weight * poisson_log_probability(y, mu, 0.5 * self.unit_deviance(y, mu))
        }
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.rows
    }
}
