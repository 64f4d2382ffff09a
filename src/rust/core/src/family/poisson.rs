use super::pair::{log_responses, weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, DispersionLaw, Family};
use crate::link::{Link, LOG_EPS};
use crate::simd::{dispatch, divergence, divergence_lane, exp_lane, SAFE_EXP};
use crate::special::{is_whole, poisson_log_probability, small_count};

/// V(mu) = mu.
pub struct Poisson;

impl Family for Poisson {
    fn variance(&self, mu: f64) -> f64 {
        mu
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Known)
    }
    fn dlog_variance(&self, mu: f64, _rest: f64) -> f64 {
        1.0 / mu
    }
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        2.0 * divergence(y, mu)
    }
    fn unit_deviance_lanes(&self, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
        deviance_terms(y, mu, out, safe);
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y < 0.0).then_some("negative values not allowed for the 'Poisson' family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y + 0.1
    }
    /// A count that is not whole has probability 0, as for `dpois()`.
    fn aic_row(&self, row: &AicRow) -> f64 {
        if row.weight == 0.0 {
            return 0.0;
        }
        // most counts are
        if let Some(own) = small_count(row.y) {
            return row.weight * (row.unit_deviance + 2.0 * own);
        }
        if !is_whole(row.y) {
            return f64::INFINITY;
        }
        -2.0 * row.weight * poisson_log_probability(row.y, 0.5 * row.unit_deviance)
    }
    fn aic(&self, s: &AicSums) -> f64 {
        s.rows
    }
    fn pair(&self, link: &dyn Link) -> Option<&dyn Pair> {
        link.is_log().then_some(&PoissonLog)
    }
}

struct PoissonLog;

impl Pair for PoissonLog {
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool) {
        weigh_log(rows, out, safe);
    }
    /// y·log(y) − y
    fn saturated(&self, y: &[f64], out: &mut [f64]) {
        log_responses(y, out);
        out.iter_mut().zip(y).for_each(|(o, &y)| *o = y * *o - y);
    }
}

weigh_rows! {
    /// mu = exp(eta): the weight is mu, the residual y − mu, the term mu − y·eta.
    weigh_log => weigh_log_generic, FMA, |y, eta| {
        let mu = exp_lane::<FMA>(eta);
        ((eta > LOG_EPS) & (eta < SAFE_EXP), mu, y - mu, mu - y * eta)
    }
}

dispatch! {
    /// out = 2·(y·log(y/mu) − (y − mu)); `safe` is cleared where a row needs the plain function.
    deviance_terms => deviance_terms_generic(y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool)
}

#[inline(always)]
fn deviance_terms_generic<const FMA: bool>(y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
    for ((&y, &mu), out) in y.iter().zip(mu).zip(out) {
        *out = 2.0 * divergence_lane::<FMA>(y, mu, safe);
    }
}
