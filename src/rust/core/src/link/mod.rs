//! Link functions: g, its inverse and the inverse's derivative, with the limits that `stats::make.link()` sets,
//! so that fits at the edge of the range (separation, zero rates) take the same path as in R.

mod blocks;
mod bounded;

use crate::simd::log_block;
use blocks::log_means;
pub use bounded::{Cauchit, Cloglog, Logit, Probit};

/// R's `.Machine$double.eps`: the least mean or slope that the bounded links return.
const EPS: f64 = f64::EPSILON;
/// `-log(EPS)` rounded up, as R's logit uses it: beyond it the probability is `EPS` or `1 - EPS`.
pub const LOGIT_LIMIT: f64 = 30.0;
/// log(EPS) rounded up: from here on the log link's mean is e^eta.
pub const LOG_EPS: f64 = -36.04;

/// A link g with eta = g(mu).
pub trait Link: Send + Sync {
    /// g(mu).
    fn link(&self, mu: f64) -> f64;
    /// mu = g⁻¹(eta).
    fn inverse(&self, eta: f64) -> f64;
    /// 1 − mu at eta: to the last digits where the link keeps means below 1.
    fn rest(&self, eta: f64) -> f64 {
        1.0 - self.inverse(eta)
    }
    /// dmu/deta at eta.
    fn dmu_deta(&self, eta: f64) -> f64;
    /// The second derivative of mu as a share of the first, d log|dmu/deta| / deta, where no limit binds.
    fn dlog_slope(&self, eta: f64) -> f64;
    /// The same of a block whose means are known. Shapes: `[B]`.
    fn dlog_slope_block(&self, eta: &[f64], _mu: &[f64], _rest: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(eta).for_each(|(o, &e)| *o = self.dlog_slope(e));
    }
    fn is_identity(&self) -> bool {
        false
    }
    fn is_log(&self) -> bool {
        false
    }
    fn is_logit(&self) -> bool {
        false
    }
    /// Are all means between 0 and 1? Then [`Link::rest`] is exact where 1 − mu is not.
    fn is_bounded(&self) -> bool {
        false
    }
    /// Is eta in the link's range?
    fn valid_eta(&self, _eta: f64) -> bool {
        true
    }
    /// Are all of them? Links without limits need not look.
    fn valid_eta_block(&self, eta: &[f64]) -> bool {
        eta.iter().all(|&e| self.valid_eta(e))
    }
    /// eta = g(mu) of a block. Shapes: `[B]`.
    fn link_block(&self, mu: &[f64], eta: &mut [f64]) {
        for (&m, e) in mu.iter().zip(eta) {
            *e = self.link(m);
        }
    }
    /// mu, 1 − mu and dmu/deta of a block. Shapes: all `[B]`.
    fn inverse_block(&self, eta: &[f64], out: &mut MeanBlock) {
        inverse_rows(self, eta, out, |_| true);
    }
}

/// Where the means of a block go. Shapes: `[B]`.
pub struct MeanBlock<'b> {
    pub mu: &'b mut [f64],
    /// 1 − mu.
    pub rest: &'b mut [f64],
    pub dmu_deta: &'b mut [f64],
}

/// mu, 1 − mu and dmu/deta of the rows that `which` is true of, row by row.
fn inverse_rows<L: Link + ?Sized>(link: &L, eta: &[f64], out: &mut MeanBlock, which: impl Fn(f64) -> bool) {
    for (i, &e) in eta.iter().enumerate().filter(|(_, &e)| which(e)) {
        out.mu[i] = link.inverse(e);
        out.rest[i] = link.rest(e);
        out.dmu_deta[i] = link.dmu_deta(e);
    }
}

pub struct Identity;
pub struct Log;
pub struct Inverse;
pub struct Sqrt;
pub struct InverseSquare;
/// mu^lambda, lambda > 0 and not 1.
pub struct Power {
    pub lambda: f64,
}

impl Link for Identity {
    fn is_identity(&self) -> bool {
        true
    }
    fn link(&self, mu: f64) -> f64 {
        mu
    }
    fn inverse(&self, eta: f64) -> f64 {
        eta
    }
    fn dmu_deta(&self, _eta: f64) -> f64 {
        1.0
    }
    fn dlog_slope(&self, _eta: f64) -> f64 {
        0.0
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
}

impl Link for Log {
    fn is_log(&self) -> bool {
        true
    }
    fn link(&self, mu: f64) -> f64 {
        mu.ln()
    }
    fn link_block(&self, mu: &[f64], eta: &mut [f64]) {
        log_block(mu, eta);
    }
    fn inverse(&self, eta: f64) -> f64 {
        at_least_eps(eta.exp())
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        at_least_eps(eta.exp())
    }
    fn dlog_slope(&self, _eta: f64) -> f64 {
        1.0
    }
    fn valid_eta_block(&self, _eta: &[f64]) -> bool {
        true
    }
    fn inverse_block(&self, eta: &[f64], out: &mut MeanBlock) {
        let mut safe = true;
        log_means(eta, out, &mut safe);
        if !safe {
            inverse_rows(self, eta, out, |_| true);
        }
    }
}

impl Link for Inverse {
    fn link(&self, mu: f64) -> f64 {
        1.0 / mu
    }
    fn inverse(&self, eta: f64) -> f64 {
        1.0 / eta
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        -1.0 / (eta * eta)
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        -2.0 / eta
    }
    fn valid_eta(&self, eta: f64) -> bool {
        eta.is_finite() && eta != 0.0
    }
}

impl Link for Sqrt {
    fn link(&self, mu: f64) -> f64 {
        mu.sqrt()
    }
    fn inverse(&self, eta: f64) -> f64 {
        eta * eta
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        2.0 * eta
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        1.0 / eta
    }
    fn valid_eta(&self, eta: f64) -> bool {
        eta.is_finite() && eta > 0.0
    }
}

impl Link for InverseSquare {
    fn link(&self, mu: f64) -> f64 {
        1.0 / (mu * mu)
    }
    fn inverse(&self, eta: f64) -> f64 {
        1.0 / eta.sqrt()
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        -1.0 / (2.0 * eta * eta.sqrt())
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        -1.5 / eta
    }
    fn valid_eta(&self, eta: f64) -> bool {
        eta.is_finite() && eta > 0.0
    }
}

impl Link for Power {
    fn link(&self, mu: f64) -> f64 {
        mu.powf(self.lambda)
    }
    fn inverse(&self, eta: f64) -> f64 {
        at_least_eps(eta.powf(1.0 / self.lambda))
    }
    fn dmu_deta(&self, eta: f64) -> f64 {
        at_least_eps(eta.powf(1.0 / self.lambda - 1.0) / self.lambda)
    }
    fn dlog_slope(&self, eta: f64) -> f64 {
        (1.0 / self.lambda - 1.0) / eta
    }
    fn valid_eta(&self, eta: f64) -> bool {
        eta.is_finite() && eta > 0.0
    }
}

/// `pmax(x, EPS)`; a NaN stays one.
fn at_least_eps(x: f64) -> f64 {
    if x < EPS {
        EPS
    } else {
        x
    }
}

/// The links by the names that `stats` gives them; `lambda` belongs to the power link alone.
pub fn by_name(name: &str, lambda: f64) -> Option<Box<dyn Link>> {
    Some(match name {
        "identity" => Box::new(Identity),
        "log" => Box::new(Log),
        "logit" => Box::new(Logit),
        "probit" => Box::new(Probit),
        "cauchit" => Box::new(Cauchit),
        "cloglog" => Box::new(Cloglog),
        "inverse" => Box::new(Inverse),
        "sqrt" => Box::new(Sqrt),
        "1/mu^2" => Box::new(InverseSquare),
        "power" if lambda > 0.0 && lambda != 1.0 => Box::new(Power { lambda }),
        _ => return None,
    })
}

/// Every name that [`by_name`] knows, for tests that must not miss a link.
pub const NAMES: [&str; 10] =
    ["identity", "log", "logit", "probit", "cauchit", "cloglog", "inverse", "sqrt", "1/mu^2", "power"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_hold_for_every_link() {
        for name in NAMES {
            let g = by_name(name, 0.4).unwrap();
            for mu in [0.03, 0.2, 0.5, 0.77, 0.96] {
                let eta = g.link(mu);
                assert!(g.valid_eta(eta) || eta <= 0.0, "{name}: eta {eta}");
                if !g.valid_eta(eta) {
                    continue;
                }
                let back = g.inverse(eta);
                assert!((back - mu).abs() <= 4e-15, "{name}: {mu} came back as {back}");
                let h = 1e-5 * eta.abs().max(1e-2);
                let slope = (g.inverse(eta + h) - g.inverse(eta - h)) / (2.0 * h);
                let d = g.dmu_deta(eta);
                assert!((slope - d).abs() <= 1e-8 * d.abs(), "{name}: slope {slope} but dmu_deta {d}");
                let log_slope = |eta| g.dmu_deta(eta).abs().ln();
                let bend = (log_slope(eta + h) - log_slope(eta - h)) / (2.0 * h);
                assert!((bend - g.dlog_slope(eta)).abs() <= 1e-7 * bend.abs().max(1.0), "{name}: {bend}");
            }
        }
    }

    #[test]
    fn blocks_agree_with_rows() {
        let eta: Vec<f64> = (0..203).map(|i| 0.07 + (i as f64 - 90.0) * 0.41).collect();
        for name in NAMES {
            let g = by_name(name, 0.4).unwrap();
            let [mut mu, mut rest, mut d] = [(); 3].map(|()| vec![0.0; eta.len()]);
            g.inverse_block(&eta, &mut MeanBlock { mu: &mut mu, rest: &mut rest, dmu_deta: &mut d });
            let close = |a: f64, b: f64| a == b || (a - b).abs() <= 4.0 * EPS * b.abs() || (a.is_nan() && b.is_nan());
            for (i, &e) in eta.iter().enumerate() {
                assert!(close(mu[i], g.inverse(e)), "{name} at {e}: {} {}", mu[i], g.inverse(e));
                // e^-rate: a last digit of the rate counts `rate` times
                let room = if name == "cloglog" { 2.0 + e.exp().min(40.0) } else { 4.0 };
                let close_rest = (rest[i] - g.rest(e)).abs() <= room * EPS * rest[i].abs() || !g.is_bounded();
                assert!(close_rest, "{name} at {e}: {} {}", rest[i], g.rest(e));
                assert!(close(d[i], g.dmu_deta(e)), "{name} at {e}");
            }
            let mut back = vec![0.0; eta.len()];
            g.link_block(&mu, &mut back);
            for (&b, &m) in back.iter().zip(&mu) {
                assert!(close(b, g.link(m)), "{name} of {m}");
            }
        }
    }

    #[test]
    fn the_limits_are_those_of_r() {
        assert_eq!(Logit.inverse(-31.0), EPS / (1.0 + EPS));
        assert_eq!(Logit.dmu_deta(40.0), EPS);
        assert_eq!(Log.inverse(-50.0), EPS);
        assert_eq!(Cloglog.inverse(5.0), 1.0 - EPS);
        assert!((Probit.inverse(-50.0) / EPS - 1.0).abs() < 1e-13);
        assert!((Cauchit.inverse(-1e300) / EPS - 1.0).abs() < 1e-13);
    }
}
