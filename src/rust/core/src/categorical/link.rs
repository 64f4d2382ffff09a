//! The distributions that thresholds cut into categories.

use crate::link::{self, Link};
use crate::special::{cauchy_cdf, normal_cdf, normal_density};
use std::f64::consts::PI;

/// Named for the link of the cumulative probabilities: P(Y <= k) = F(zeta_k − eta).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CumulativeLink {
    Logit,
    Probit,
    /// log(−log(1 − p)): smallest extreme values.
    Cloglog,
    /// −log(−log(p)): largest extreme values.
    Loglog,
    Cauchit,
}

/// A point of a distribution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// F and 1 − F, neither from the other where digits would be lost.
    pub below: f64,
    pub above: f64,
    pub density: f64,
    /// Of the density.
    pub slope: f64,
}

/// Every name that [`CumulativeLink::by_name`] knows, for tests that must not miss one.
pub(super) const NAMES: [&str; 5] = ["logit", "probit", "cloglog", "loglog", "cauchit"];

impl CumulativeLink {
    pub fn by_name(name: &str) -> Option<Self> {
        use CumulativeLink::*;
        NAMES.iter().position(|&known| known == name).map(|i| [Logit, Probit, Cloglog, Loglog, Cauchit][i])
    }

    /// Is the log-likelihood concave? So it is where the density's logarithm is.
    pub(super) fn is_concave(self) -> bool {
        self != CumulativeLink::Cauchit
    }

    pub(super) fn quantile(self, p: f64) -> f64 {
        match self {
            CumulativeLink::Logit => link::Logit.link(p),
            CumulativeLink::Probit => link::Probit.link(p),
            CumulativeLink::Cloglog => link::Cloglog.link(p),
            CumulativeLink::Loglog => -(-p.ln()).ln(),
            CumulativeLink::Cauchit => link::Cauchit.link(p),
        }
    }

    pub(super) fn at(self, x: f64) -> Cut {
        if x.is_infinite() {
            let below = f64::from(u8::from(x > 0.0));
            return Cut { below, above: 1.0 - below, density: 0.0, slope: 0.0 };
        }
        // the density, and the slope of its logarithm
        let (below, above, density, bend) = match self {
            CumulativeLink::Logit => {
                let small = (-x.abs()).exp();
                let (minor, major) = (small / (1.0 + small), 1.0 / (1.0 + small));
                let (below, above) = if x < 0.0 { (minor, major) } else { (major, minor) };
                (below, above, minor * major, above - below)
            }
            CumulativeLink::Probit => (normal_cdf(x), normal_cdf(-x), normal_density(x), -x),
            CumulativeLink::Cloglog => smallest_extreme(x),
            CumulativeLink::Loglog => {
                let (above, below, density, bend) = smallest_extreme(-x);
                (below, above, density, -bend)
            }
            CumulativeLink::Cauchit => {
                let square = 1.0 + x * x;
                (cauchy_cdf(x), cauchy_cdf(-x), 1.0 / (PI * square), -2.0 * x / square)
            }
        };
        // far out the density is zero, and the slope of its logarithm is not finite
        let slope = if density > 0.0 { density * bend } else { 0.0 };
        Cut { below, above, density, slope }
    }
}

/// (F, 1 − F, density, slope of its logarithm) of F = 1 − exp(−exp(x)).
fn smallest_extreme(x: f64) -> (f64, f64, f64, f64) {
    let e = x.exp();
    (-(-e).exp_m1(), (-e).exp(), (x - e).exp(), 1.0 - e)
}
