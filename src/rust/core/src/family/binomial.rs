use super::pair::{weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, DispersionLaw, Family, Means, CHUNK};
use crate::link::{Link, LOGIT_LIMIT};
use crate::simd::{dispatch, divergence, divergence_lane, exp_lane, log_block, log_lane, multiply_add};
use crate::special::{binomial_log_probability, x_log_x};

/// V(mu) = mu (1 − mu); y is the share of successes, the weight the number of trials.
pub struct Binomial;

impl Family for Binomial {
    fn variance(&self, mu: f64) -> f64 {
        mu * (1.0 - mu)
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Known)
    }
    fn dlog_variance(&self, mu: f64, rest: f64) -> f64 {
        (rest - mu) / (mu * rest)
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        share_deviance(y, mu, 1.0 - mu)
    }
    fn unit_deviance_chunk(&self, y: &[f64], means: Means, out: &mut [f64]) {
        let Means { mu, rest } = means;
        let n = out.len();
        if all_outcomes(y) {
            // one logarithm, of the probability of what happened
            let (mut likelihood, mut other, mut log) = ([1.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
            likelihoods(y, mu, rest, &mut likelihood[..n], &mut other[..n]);
            log_block(&likelihood[..n], &mut log[..n]);
            for i in 0..n {
                // near 1 the probability lacks the last digits of what did not happen
                out[i] = -2.0 * (log[i] + ((1.0 - likelihood[i]) - other[i]));
            }
            return;
        }
        let mut safe = true;
        share_deviances(y, mu, rest, out, &mut safe);
        if !safe {
            (0..n).for_each(|i| out[i] = share_deviance(y[i], mu[i], rest[i]));
        }
    }
    fn variance_block(&self, means: Means, variance: &mut [f64]) {
        variance.iter_mut().zip(means.mu.iter().zip(means.rest)).for_each(|(v, (mu, rest))| *v = mu * rest);
    }
    fn mean_range(&self) -> Option<(f64, f64)> {
        Some((0.0, 1.0))
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
        if size == 1.0 && is_outcome(row.y) {
            return row.weight * row.unit_deviance;
        }
        let successes = round_half_even(size * row.y);
        -2.0 * row.weight / size * binomial_log_probability(successes, round_half_even(size), row.mu, row.rest)
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.rows
    }
    fn pair(&self, link: &dyn Link) -> Option<&dyn Pair> {
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
        if all_outcomes(y) {
            return out.fill(0.0);
        }
        out.iter_mut().zip(y).for_each(|(o, &y)| *o = x_log_x(y) + x_log_x(1.0 - y));
    }
}

weigh_rows! {
    /// mu = odds/(1 + odds): the weight is mu (1 − mu), the residual y − mu, the term log(1 + odds) − y·eta. They are made
    /// from the odds of the rarer outcome, so that no digits are lost in either tail.
    weigh_logit => weigh_logit_generic, FMA, |y, eta| {
        let odds = exp_lane::<FMA>(-eta.abs());
        let total = 1.0 + odds;
        let often = 1.0 / total;
        let rare = odds * often;
        let likely = eta > 0.0;
        let residual = if likely { rare - (1.0 - y) } else { y - rare };
        let term = log_lane::<FMA>(total) + multiply_add::<FMA>(-y, eta, eta.max(0.0));
        (eta.abs() <= LOGIT_LIMIT, often * rare, residual, term)
    }
}

/// 0 or 1? Without a branch, which of the two could not be foreseen.
fn is_outcome(share: f64) -> bool {
    share * (1.0 - share) == 0.0
}

fn all_outcomes(shares: &[f64]) -> bool {
    shares.iter().fold(true, |all, &share| all & is_outcome(share))
}

dispatch! {
    /// The probabilities of outcomes 0 or 1, and of what did not happen. Shapes: all the same.
    likelihoods => likelihoods_generic(y: &[f64], mu: &[f64], rest: &[f64], likelihood: &mut [f64], other: &mut [f64])
}

#[inline(always)]
fn likelihoods_generic<const FMA: bool>(
    y: &[f64],
    mu: &[f64],
    rest: &[f64],
    likelihood: &mut [f64],
    other: &mut [f64],
) {
    let out = likelihood.iter_mut().zip(other);
    for (((likelihood, other), &y), (&mu, &rest)) in out.zip(y).zip(mu.iter().zip(rest)) {
        (*likelihood, *other) = if y == 0.0 { (rest, mu) } else { (mu, rest) };
    }
}

/// The unit deviance of a share; `rest` is 1 − mu.
fn share_deviance(y: f64, mu: f64, rest: f64) -> f64 {
    2.0 * (divergence(y, mu) + divergence(1.0 - y, rest))
}

dispatch! {
    /// Unit deviances of shares; `safe` is cleared where a row needs the plain function.
    share_deviances => share_deviances_generic(y: &[f64], mu: &[f64], rest: &[f64], out: &mut [f64], safe: &mut bool)
}

#[inline(always)]
fn share_deviances_generic<const FMA: bool>(y: &[f64], mu: &[f64], rest: &[f64], out: &mut [f64], safe: &mut bool) {
    for (((&y, &mu), &rest), out) in y.iter().zip(mu).zip(rest).zip(out) {
        *out = 2.0 * (divergence_lane::<FMA>(y, mu, safe) + divergence_lane::<FMA>(1.0 - y, rest, safe));
    }
}

/// R's `round()`.
fn round_half_even(x: f64) -> f64 {
    x.round_ties_even()
}
