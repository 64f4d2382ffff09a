use super::pair::{weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, Family, CHUNK};
use crate::link::{Link, LOGIT_LIMIT};
use crate::simd::{all_between, exp_lane, log_block, log_lane};
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
    fn unit_deviance_chunk(&self, y: &[f64], mu: &[f64], out: &mut [f64]) {
        let n = out.len();
        if y.iter().fold(true, |whole, &y| whole & (y == 0.0 || y == 1.0)) {
            // one logarithm, of the probability of what happened
            let (mut likelihood, mut log) = ([1.0; CHUNK], [0.0; CHUNK]);
            for i in 0..n {
                likelihood[i] = if y[i] == 0.0 { 1.0 - mu[i] } else { mu[i] };
            }
            log_block(&likelihood[..n], &mut log[..n]);
            out.iter_mut().zip(&log).for_each(|(o, l)| *o = -2.0 * l);
        } else {
            out.iter_mut().zip(y.iter().zip(mu)).for_each(|(o, (&y, &mu))| *o = self.unit_deviance(y, mu));
        }
    }
    fn valid_mean_block(&self, mu: &[f64]) -> bool {
        all_between(mu, 0.0, 1.0)
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
    fn aic_row(&self, row: &AicRow) -> f64 {
        let size = row.trials.unwrap_or(row.weight);
        if size <= 0.0 {
            return 0.0;
        }
        if size == 1.0 && (row.y == 0.0 || row.y == 1.0) {
            return row.weight * row.unit_deviance;
        }
        let successes = round_half_even(size * row.y);
        -2.0 * row.weight / size * binomial_log_probability(successes, round_half_even(size), row.mu)
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.rows
    }
    fn pair(&self, link: &dyn Link) -> Option<&'static dyn Pair> {
        link.is_logit().then_some(&BinomialLogit)
    }
}

struct BinomialLogit;

impl Pair for BinomialLogit {
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool) {
        weigh_logit(rows, out, safe);
    }
    /// y·log(y) + (1 − y)·log(1 − y)
    fn saturated(&self, y: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(y).for_each(|(o, &y)| *o = x_log_ratio(y, 1.0) + x_log_ratio(1.0 - y, 1.0));
    }
}

weigh_rows! {
    /// mu = odds/(1 + odds): the weight is mu (1 − mu), the residual y − mu, the term log(1 + odds) − y·eta.
    weigh_logit => weigh_logit_generic, FMA, |y, eta| {
        let odds = exp_lane::<FMA>(eta);
        let rest = 1.0 / (1.0 + odds);
        let mu = odds * rest;
        (eta.abs() <= LOGIT_LIMIT, mu * rest, y - mu, log_lane::<FMA>(1.0 + odds) - y * eta)
    }
}

/// R's `round()`.
fn round_half_even(x: f64) -> f64 {
    x.round_ties_even()
}
