//! What a row adds to the log-likelihood.

use super::linear::linear_derivatives;
use crate::negative_binomial::excess::excess_lane;
use crate::simd::divergence;
use crate::special::{negative_binomial_log_probability, poisson_log_probability};
use crate::zero::counts::Counts;
use crate::zero::jet::Jet;

/// How the variance grows with the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variance {
    /// mu + mu/theta (NB1).
    Linear,
    /// mu + mu²/theta (NB2).
    Quadratic,
}

pub(super) struct Law {
    variance: Variance,
    /// Infinite for Poisson.
    theta: f64,
    truncated: bool,
    /// Of [`Variance::Quadratic`], and of Poisson.
    counts: Counts,
    /// h(1/theta): see [`linear_derivatives`].
    excess: f64,
}

impl Law {
    /// `largest`: the largest count.
    pub fn new(variance: Variance, theta: f64, truncated: bool, largest: f64) -> Self {
        let variance = if theta.is_finite() { variance } else { Variance::Quadratic };
        let counts = Counts::new(theta, if variance == Variance::Quadratic { largest } else { 0.0 });
        Law { variance, theta, truncated, counts, excess: excess_lane::<false>(theta.recip()).0 }
    }

    /// log P(y), of y > 0 if zeros are not observed.
    pub fn log_probability(&self, y: f64, eta: f64) -> Jet {
        if self.truncated {
            self.count(y, eta).minus(self.count(0.0, eta).complement())
        } else {
            self.count(y, eta)
        }
    }

    fn count(&self, y: f64, eta: f64) -> Jet {
        let (mu, theta) = (eta.exp(), self.theta);
        // a large count's logarithms cancel but for a few digits: the value is not made of them
        if self.variance == Variance::Linear {
            let (slope, bend) = linear_derivatives(y, mu, theta, self.excess);
            return Jet { value: log_probability(y, mu, theta * mu), slope, bend };
        }
        Jet { value: log_probability(y, mu, theta), ..self.counts.log_probability(y, eta) }
    }
}

fn log_probability(y: f64, mu: f64, size: f64) -> f64 {
    if size.is_infinite() {
        return poisson_log_probability(y, divergence(y, mu));
    }
    let ratio = (y + size) / (mu + size);
    let half_deviance = divergence(y, mu * ratio) + divergence(size, size * ratio);
    negative_binomial_log_probability(y, mu, size, half_deviance)
}

/// The derivative of a row's log-probability by 1/theta at the Poisson distribution, and its variance there but for the
/// truncation.
pub(super) fn slope_at_poisson(variance: Variance, truncated: bool, y: f64, eta: f64) -> (f64, f64) {
    let mu = eta.exp();
    let unit = match variance {
        Variance::Linear => 0.5,
        Variance::Quadratic => 0.5 * mu,
    };
    let of_count = |y: f64| unit * ((y - mu) * (y - mu) - y) / mu;
    let of_zero = if truncated { of_count(0.0) / mu.exp_m1() } else { 0.0 };
    (of_count(y) + of_zero, 2.0 * unit * unit)
}
