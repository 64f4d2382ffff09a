//! Poisson and negative binomial counts with a log link: log-probabilities without the log(y!), which depends on y alone.

use super::jet::Jet;
use crate::special::LN_SQRT_2PI;

/// The shape theta of a negative binomial distribution, whose variance is mu + mu²/theta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Poisson.
    Infinite,
    Known(f64),
    Estimated,
}

/// Sums over the counts below y that are kept in a table; from here on series serve, whose terms then vanish fast.
const TABLE: usize = 1024;

/// A distribution of counts.
pub(crate) struct Counts {
    /// Infinite for Poisson.
    theta: f64,
    /// For y = 0, 1, ...: sums over k < y of log(1 + k/theta), k/(theta + k), k·theta/(theta + k)².
    sums: Vec<[f64; 3]>,
}

impl Counts {
    /// `largest`: the largest count.
    pub fn new(theta: f64, largest: f64) -> Self {
        let mut sums = vec![[0.0; 3]];
        if theta.is_finite() {
            let mut sum = [0.0; 3];
            for k in 0..(largest as usize).min(TABLE) {
                let k = k as f64;
                let part = k / (theta + k);
                sum[0] += (k / theta).ln_1p();
                sum[1] += part;
                sum[2] += part * (theta / (theta + k));
                sums.push(sum);
            }
        }
        Counts { theta, sums }
    }

    /// log P(y) + log(y!).
    pub fn log_probability(&self, y: f64, eta: f64) -> Jet {
        self.at(eta).log_probability(y)
    }

    /// The distribution of one row.
    pub fn at(&self, eta: f64) -> CountsAt<'_> {
        let (mu, theta) = (eta.exp(), self.theta);
        let (log_ratio, p) =
            if theta.is_infinite() { (0.0, 1.0) } else { ((mu / theta).ln_1p(), theta / (theta + mu)) };
        // 1 where mu is infinite
        let q = if p > 0.0 { mu / (theta + mu) } else { 1.0 };
        CountsAt { counts: self, eta, mu, log_ratio, p, q }
    }

    pub(super) fn theta(&self) -> f64 {
        self.theta
    }

    /// The sums over k < y.
    pub(super) fn sums_below(&self, y: f64) -> [f64; 3] {
        if y <= TABLE as f64 {
            return self.sums[y as usize];
        }
        let (theta, first) = (self.theta, TABLE as f64);
        let [high, low] = [theta + y, theta + first].map(log_gamma_jet);
        let (logs, inverses, squares) = (high[0] - low[0], high[1] - low[1], low[2] - high[2]);
        let [a, b, c] = self.sums[TABLE];
        [
            a + logs - (y - first) * theta.ln(),
            b + (y - first) - theta * inverses,
            c + theta * (inverses - theta * squares),
        ]
    }
}

/// A distribution of counts at a linear predictor.
pub(crate) struct CountsAt<'c> {
    counts: &'c Counts,
    eta: f64,
    mu: f64,
    /// log(1 + mu/theta).
    log_ratio: f64,
    /// theta / (theta + mu).
    p: f64,
    /// 1 − p.
    q: f64,
}

impl CountsAt<'_> {
    /// log P(y) + log(y!).
    pub fn log_probability(&self, y: f64) -> Jet {
        let CountsAt { counts, eta, mu, log_ratio, p, q } = *self;
        let y_eta = if y > 0.0 { y * eta } else { 0.0 };
        let theta = counts.theta;
        if theta.is_infinite() {
            return Jet::of_eta(y_eta - mu, y - mu, -mu);
        }
        let sums = counts.sums_below(y);
        let all = y + theta;
        Jet {
            value: sums[0] + y_eta - all * log_ratio,
            slope: [y - all * q, all * q - theta * log_ratio - sums[1]],
            bend: [-all * q * p, (y - all * q) * q, sums[2] + theta * (2.0 * q - log_ratio) - all * q * p],
        }
    }
}

/// log(Gamma(x)) and its two derivatives, for large x.
fn log_gamma_jet(x: f64) -> [f64; 3] {
    let r = 1.0 / x;
    let log = x.ln();
    [
        (x - 0.5) * log - x + LN_SQRT_2PI + r / 12.0 - r.powi(3) / 360.0,
        log - 0.5 * r - r * r / 12.0 + r.powi(4) / 120.0,
        r + 0.5 * r * r + r.powi(3) / 6.0 - r.powi(5) / 30.0,
    ]
}
