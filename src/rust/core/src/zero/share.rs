//! Shares: log(pi) and log(1 − pi) of a linear predictor, neither of them from the other where digits would be lost.

use super::jet::Jet;
use crate::link::{self, Link};
use crate::special::{cauchy_cdf, normal_cdf, normal_density, LN_SQRT_2PI};
use std::f64::consts::PI;

/// Where the normal distribution's tail is taken from its expansion.
const NORMAL_TAIL: f64 = -35.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareLink {
    Logit,
    Probit,
    Cloglog,
    Cauchit,
    Log,
}

/// Every name that [`ShareLink::by_name`] knows, for tests that must not miss one.
pub(super) const NAMES: [&str; 5] = ["logit", "probit", "cloglog", "cauchit", "log"];

impl ShareLink {
    pub fn by_name(name: &str) -> Option<Self> {
        let links = [ShareLink::Logit, ShareLink::Probit, ShareLink::Cloglog, ShareLink::Cauchit, ShareLink::Log];
        NAMES.iter().position(|&known| known == name).map(|i| links[i])
    }

    /// The linear predictor of a share.
    pub(super) fn link(self, share: f64) -> f64 {
        match self {
            ShareLink::Logit => link::Logit.link(share),
            ShareLink::Probit => link::Probit.link(share),
            ShareLink::Cloglog => link::Cloglog.link(share),
            ShareLink::Cauchit => link::Cauchit.link(share),
            ShareLink::Log => link::Log.link(share),
        }
    }

    /// log(pi) and log(1 − pi).
    pub(super) fn logs(self, eta: f64) -> [Jet; 2] {
        match self {
            ShareLink::Logit => logit(eta),
            ShareLink::Probit => [probit(eta), probit(-eta).mirrored()],
            ShareLink::Cloglog => {
                let rest = cloglog_rest(eta);
                [rest.complement(), rest]
            }
            ShareLink::Cauchit => [cauchit(eta), cauchit(-eta).mirrored()],
            ShareLink::Log => [log(eta), log(eta).complement()],
        }
    }
}

fn logit(eta: f64) -> [Jet; 2] {
    let small = (-eta.abs()).exp();
    let (share, rest) = if eta >= 0.0 { (1.0, small) } else { (small, 1.0) };
    let (share, rest) = (share / (1.0 + small), rest / (1.0 + small));
    let log = small.ln_1p();
    let bend = -share * rest;
    [Jet::of_eta(eta.min(0.0) - log, rest, bend), Jet::of_eta((-eta).min(0.0) - log, -share, bend)]
}

fn probit(eta: f64) -> Jet {
    if eta < NORMAL_TAIL {
        let value = -0.5 * eta * eta - (-eta).ln() - LN_SQRT_2PI;
        return Jet::of_eta(value, -eta - 1.0 / eta, -1.0 + 1.0 / (eta * eta));
    }
    let share = normal_cdf(eta);
    let slope = normal_density(eta) / share;
    Jet::of_eta(share.ln(), slope, -slope * (eta + slope))
}

fn cloglog_rest(eta: f64) -> Jet {
    let e = eta.exp();
    Jet::of_eta(-e, -e, -e)
}

fn cauchit(eta: f64) -> Jet {
    let share = cauchy_cdf(eta);
    let slope = 1.0 / (PI * (1.0 + eta * eta) * share);
    Jet::of_eta(share.ln(), slope, -slope * (2.0 * eta / (1.0 + eta * eta) + slope))
}

/// A share of 1 or more is none.
fn log(eta: f64) -> Jet {
    Jet::of_eta(if eta < 0.0 { eta } else { f64::NAN }, 1.0, 0.0)
}
