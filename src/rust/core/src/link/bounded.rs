//! Links that keep means between 0 and 1.

use super::blocks::{cloglog_means, logit_means, probit_means};
use super::{at_least_eps, inverse_rows, Link, MeanBlock, EPS, LOGIT_LIMIT};
use crate::simd::{log_block, SAFE_EXP, SAFE_NORMAL};
use crate::special::{cauchy_cdf, cauchy_quantile, normal_cdf, normal_density, normal_quantile};

pub struct Logit;
pub struct Probit;
pub struct Cauchit;
pub struct Cloglog;

impl Link for Logit {
    fn is_logit(&self) -> bool {
        true
    }
    fn link(&self, mu: f64) -> f64 {
        (mu / (1.0 - mu)).ln()
    }
    fn link_block(&self, mu: &[f64], eta: &mut [f64]) {
        let odds: Vec<f64> = mu.iter().map(|mu| mu / (1.0 - mu)).collect();
        log_block(&odds, eta);
    }
    fn inverse(&self, eta: f64) -> f64 {
        let odds = if eta < -LOGIT_LIMIT {
            EPS
        } else if eta > LOGIT_LIMIT {
            1.0 / EPS
        } else {
            eta.exp()
        };
        odds / (1.0 + odds)
    }
    fn rest(&self, eta: f64) -> f64 {
        self.inverse(-eta)
    }
    fn is_bounded(&self) -> bool {
        true
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        if eta.abs() > LOGIT_LIMIT {
            EPS
        } else {
            let odds = eta.exp();
            odds / ((1.0 + odds) * (1.0 + odds))
        }
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        self.rest(eta) - self.inverse(eta)
    }
    fn dlog_slope_block(&self, _eta: &[f64], mu: &[f64], rest: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(rest.iter().zip(mu)).for_each(|(o, (rest, mu))| *o = rest - mu);
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
    fn inverse_block(&self, eta: &[f64], out: &mut MeanBlock) {
        let mut safe = true;
        logit_means(eta, out, &mut safe);
        if !safe {
            inverse_rows(self, eta, out, |_| true);
        }
    }
}

impl Link for Probit {
    fn link(&self, mu: f64) -> f64 {
        normal_quantile(mu)
    }
    fn inverse(&self, eta: f64) -> f64 {
        // -qnorm(EPS)
        const LIMIT: f64 = 8.125890664701906;
        normal_cdf(eta.clamp(-LIMIT, LIMIT))
    }
    fn rest(&self, eta: f64) -> f64 {
        self.inverse(-eta)
    }
    fn is_bounded(&self) -> bool {
        true
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        at_least_eps(normal_density(eta))
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        -eta
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
    fn inverse_block(&self, eta: &[f64], out: &mut MeanBlock) {
        let mut safe = true;
        probit_means(eta, out, &mut safe);
        if !safe {
            inverse_rows_beyond(SAFE_NORMAL, self, eta, out);
        }
    }
}

impl Link for Cauchit {
    fn link(&self, mu: f64) -> f64 {
        cauchy_quantile(mu)
    }
    fn inverse(&self, eta: f64) -> f64 {
        let limit = -cauchy_quantile(EPS);
        cauchy_cdf(eta.clamp(-limit, limit))
    }
    fn rest(&self, eta: f64) -> f64 {
        self.inverse(-eta)
    }
    fn is_bounded(&self) -> bool {
        true
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        at_least_eps(1.0 / (std::f64::consts::PI * (1.0 + eta * eta)))
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        -2.0 * eta / (1.0 + eta * eta)
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
}

impl Link for Cloglog {
    fn link(&self, mu: f64) -> f64 {
        (-(-mu).ln_1p()).ln()
    }
    fn inverse(&self, eta: f64) -> f64 {
        at_least_eps((-(-eta.exp()).exp_m1()).min(1.0 - EPS))
    }
    fn rest(&self, eta: f64) -> f64 {
        at_least_eps((-eta.exp()).exp().min(1.0 - EPS))
    }
    fn is_bounded(&self) -> bool {
        true
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        // e^700 is the last power of e that is safe from overflow
        let rate = eta.min(700.0).exp();
        at_least_eps(rate * (-rate).exp())
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        1.0 - eta.min(700.0).exp()
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
    fn inverse_block(&self, eta: &[f64], out: &mut MeanBlock) {
        let mut safe = true;
        cloglog_means(eta, out, &mut safe);
        if !safe {
            inverse_rows_beyond(SAFE_EXP, self, eta, out);
        }
    }
}

/// mu, 1 − mu and dmu/deta of the rows whose eta is further than `safe` from 0, or NaN.
fn inverse_rows_beyond<L: Link>(safe: f64, link: &L, eta: &[f64], out: &mut MeanBlock) {
    inverse_rows(link, eta, out, |e| e.abs() > safe || e.is_nan());
}
