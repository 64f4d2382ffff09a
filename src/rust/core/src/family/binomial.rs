use super::{AicSums, Family};
use crate::special::{binomial_log_probability, x_log_ratio};

/// V(mu) = mu (1 − mu); y is the share of successes, the weight the number of trials.
pub struct Binomial;

impl Family for Binomial {
    fn variance(&self, mu: f64) -> f64 {
        mu * (1.0 - mu)
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        2.0 * (x_log_ratio(y, mu) + x_log_ratio(1.0 - y, 1.0 - mu))
    }
    fn valid_mean(&self, mu: f64) -> bool {
        mu.is_finite() && mu > 0.0 && mu < 1.0
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (!(0.0..=1.0).contains(&y)).then_some("y values must be 0 <= y <= 1")
    }
    fn start_mean(&self, y: f64, weight: f64) -> f64 {
        (weight * y + 0.5) / (weight + 1.0)
    }
    fn quasi_start_mean(&self, y: f64) -> f64 {
        y.clamp(0.001, 0.999)
    }
    /// `trials` is None where every size is 1: then the weights are the sizes, as in `binomial()$aic`.
    fn aic_row(&self, y: f64, mu: f64, weight: f64, trials: Option<f64>) -> f64 {
        let size = trials.unwrap_or(weight);
        if size <= 0.0 {
            return 0.0;
        }
        -2.0 * weight / size * binomial_log_probability(round_half_even(size * y), round_half_even(size), mu)
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.rows
    }
}

/// R's `round()`.
fn round_half_even(x: f64) -> f64 {
    x.round_ties_even()
}
