use super::pair::{log_responses, weigh_rows, Pair, PairOutput, PairRows};
use super::{AicRow, AicSums, DispersionLaw, Family};
use crate::link::{Link, LOG_EPS};
use crate::simd::{dispatch, divergence, divergence_lane, exp_lane, SAFE_EXP};
use crate::special::{stirling_error, LN_SQRT_2PI};

/// V(mu) = mu².
pub struct Gamma;

impl Family for Gamma {
    fn variance(&self, mu: f64) -> f64 {
        mu * mu
    }
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        Some(DispersionLaw::Gamma)
    }
    fn dlog_variance(&self, mu: f64, _rest: f64) -> f64 {
        2.0 / mu
    }
    /// A response of zero, which quasi-likelihood allows, is measured from 1 as `stats` does, and never below 0.
    fn unit_deviance(&self, y: f64, mu: f64) -> f64 {
        let half = if y == 0.0 {
            mu.ln() - 1.0
        } else if mu == 0.0 {
            // as in stats, where it is ∞ − ∞
            f64::NAN
        } else {
            divergence(mu, y) / mu
        };
        // a NaN stays one
        if half < 0.0 {
            0.0
        } else {
            2.0 * half
        }
    }
    fn unit_deviance_lanes(&self, y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
        deviance_terms(y, mu, out, safe);
    }
    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        (y <= 0.0).then_some("non-positive values not allowed for the 'Gamma' family")
    }
    fn start_mean(&self, y: f64, _weight: f64) -> f64 {
        y
    }
    fn aic_row(&self, row: &AicRow) -> f64 {
        if row.weight == 0.0 {
            0.0
        } else {
            row.weight * row.y.ln()
        }
    }
    /// −2 log-likelihood at shape 1/dispersion with dispersion = deviance / Σ weights, and 2 for it.
    fn aic(&self, s: &AicSums) -> f64 {
        let shape = s.weights / s.deviance;
        // Σ w (log(y/mu) − y/mu) = −deviance/2 − Σ w, and shape·deviance = Σ w. By Stirling's formula for log Gamma the
        // largest parts, shape·log(shape) − shape, cancel before they are numbers
        let each = 0.5 * (shape.ln() - 1.0) - LN_SQRT_2PI - stirling_error(shape);
        -2.0 * (s.weights * each - s.rows) + 2.0
    }
    fn pair(&self, link: &dyn Link) -> Option<&dyn Pair> {
        link.is_log().then_some(&GammaLog)
    }
}

struct GammaLog;

impl Pair for GammaLog {
    fn weigh(&self, rows: &PairRows, out: &mut PairOutput, safe: &mut bool) {
        weigh_log(rows, out, safe);
    }
    /// −log(y) − 1; a response of zero is measured from 1, as in [`Gamma::unit_deviance`].
    fn saturated(&self, y: &[f64], out: &mut [f64]) {
        log_responses(y, out);
        out.iter_mut().for_each(|o| *o = -*o - 1.0);
    }
    fn has_constant_weights(&self) -> bool {
        true
    }
}

weigh_rows! {
    /// mu = exp(eta): the weight is mu²/V(mu) = 1, the residual (y − mu)/mu, the term y/mu + eta.
    weigh_log => weigh_log_generic, FMA, |y, eta| {
        let ratio = y * exp_lane::<FMA>(-eta);
        ((eta > LOG_EPS) & (eta < SAFE_EXP), 1.0, ratio - 1.0, ratio + eta)
    }
}

dispatch! {
    /// out = −2·(log(y/mu) − (y − mu)/mu), the divergence of mu from y; `safe` is cleared where a row needs the plain
    /// function.
    deviance_terms => deviance_terms_generic(y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool)
}

#[inline(always)]
fn deviance_terms_generic<const FMA: bool>(y: &[f64], mu: &[f64], out: &mut [f64], safe: &mut bool) {
    for ((&y, &mu), out) in y.iter().zip(mu).zip(out) {
        // a response or mean of zero, too
        *safe &= mu != 0.0;
        *out = 2.0 * divergence_lane::<FMA>(mu, y, safe) / mu;
    }
}
