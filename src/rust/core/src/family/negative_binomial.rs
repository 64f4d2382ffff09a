use super::pair::{log_responses, weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, DispersionLaw, Family};
use crate::link::{Link, LOG_EPS};
use crate::simd::{dispatch, divergence, divergence_lane, exp_lane, is_safe_log, log1p_lane, SAFE_EXP};
use crate::special::{is_whole, negative_binomial_log_probability};

/// Counts below it have the greatest of their log-probabilities in a table.
const SMALL_COUNTS: usize = 64;

/// V(mu) = mu + mu²/theta: counts of gamma-distributed rates (NB2).
pub struct NegativeBinomial {
    /// The shape of the gamma distribution; > 0.
    theta: f64,
    /// log-probability of count y at mean y.
    saturated: [f64; SMALL_COUNTS],
}

impl NegativeBinomial {
    pub fn new(theta: f64) -> Self {
        let log_probability = |y: usize| negative_binomial_log_probability(y as f64, y as f64, theta, 0.0);
        NegativeBinomial { theta, saturated: std::array::from_fn(log_probability) }
    }
}

impl Family for NegativeBinomial {
    fn variance(&self, mu: f64) -> f64 {
        mu + mu * (mu / self.theta)
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Known)
    }
    fn dlog_variance(&self, mu: f64, _rest: f64) -> f64 {
        1.0 / mu + 1.0 / (mu + self.theta)
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        let ratio = (y + self.theta) / (mu + self.theta);
        2.0 * (divergence(y, mu * ratio) + divergence(self.theta, self.theta * ratio))
    }
    fn unit_deviance_lanes(&self, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
        deviance_terms(y, mu, self.theta, out, safe);
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y < 0.0).then_some("negative values not allowed for the negative binomial family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        self.quasi_start_mean(y)
    }
    fn quasi_start_mean(&self, y: f64) -> f64 {
        if y == 0.0 {
            1.0 / 6.0
        } else {
            y
        }
    }
    /// A count that is not whole has probability 0, as for `dnbinom()`.
    fn aic_row(&self, row: &AicRow) -> f64 {
        if row.weight == 0.0 {
            return 0.0;
        }
        let half = 0.5 * row.unit_deviance;
        let count = row.y as usize;
        if count < SMALL_COUNTS && count as f64 == row.y {
            return -2.0 * row.weight * (self.saturated[count] - half);
        }
        if !is_whole(row.y) {
            return f64::INFINITY;
        }
        -2.0 * row.weight * negative_binomial_log_probability(row.y, row.mu, self.theta, half)
    }
    fn aic(&self, sums: &AicSums) -> f64 {
        sums.rows
    }
    fn pair(&self, link: &dyn Link) -> Option<&dyn Pair> {
        link.is_log().then_some(self)
    }
}

/// With the log link, for which the log-likelihood is concave in eta.
impl Pair for NegativeBinomial {
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool) {
        weigh_log(rows, out, safe, self.theta);
    }
    /// y·log(y) − (y + theta)·log(1 + y/theta)
    fn saturated(&self, y: &[f64], out: &mut [f64]) {
        log_responses(y, out);
        complete_saturated(y, self.theta, out);
    }
}

weigh_rows! {
    /// mu = exp(eta): the weight is mu²/V(mu), the residual (y − mu)·mu/V(mu), the term
    /// (y + theta)·log(1 + mu/theta) − y·eta.
    weigh_log => weigh_log_generic(theta: f64), FMA, |y, eta| {
        let mu = exp_lane::<FMA>(eta);
        let x = mu * (1.0 / theta);
        let (log1p, share) = log1p_lane::<FMA>(x);
        let safe = (eta > LOG_EPS) & (eta < SAFE_EXP) & is_safe_log(1.0 + x);
        (safe, mu * share, (y - mu) * share, (y + theta) * log1p - y * eta)
    }
}

dispatch! {
    /// log(y) → y·log(y) − (y + theta)·log(1 + y/theta).
    complete_saturated => complete_saturated_generic(y: &[f64], theta: f64, out: &mut [f64])
}

#[inline(always)]
fn complete_saturated_generic<const FMA: bool>(y: &[f64], theta: f64, out: &mut [f64]) {
    for (&y, out) in y.iter().zip(out) {
        *out = y * *out - (y + theta) * log1p_lane::<FMA>(y / theta).0;
    }
}

dispatch! {
    /// out = unit deviances; `safe` is cleared where a row needs the plain function.
    deviance_terms => deviance_terms_generic(y: &[f64], mu: &[f64], theta: f64, out: &mut [f64], safe: &mut bool)
}

#[inline(always)]
fn deviance_terms_generic<const FMA: bool>(y: &[f64], mu: &[f64], theta: f64, out: &mut [f64], safe: &mut bool) {
    for ((&y, &mu), out) in y.iter().zip(mu).zip(out) {
        let ratio = (y + theta) / (mu + theta);
        *out = 2.0 * (divergence_lane::<FMA>(y, mu * ratio, safe) + divergence_lane::<FMA>(theta, theta * ratio, safe));
    }
}
