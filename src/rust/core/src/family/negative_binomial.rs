use super::{AicRow, AicSums, DispersionLaw, Family, Means};
use crate::simd::{all_between, dispatch, divergence, divergence_lane};
use crate::special::{is_whole, negative_binomial_log_probability};

/// V(mu) = mu + mu²/theta: counts of gamma-distributed rates (NB2).
pub struct NegativeBinomial {
    /// The shape of the gamma distribution; > 0.
    pub theta: f64,
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
    fn unit_deviance_chunk(&self, y: &[f64], means: Means, out: &mut [f64]) {
        let mut safe = true;
        deviance_terms(y, means.mu, self.theta, out, &mut safe);
        if !safe {
            out.iter_mut().zip(y.iter().zip(means.mu)).for_each(|(o, (&y, &mu))| *o = self.unit_deviance(y, mu));
        }
    }
    fn valid_mean(&self, mu: f64) -> bool {
        mu.is_finite() && mu > 0.0
    }
    fn valid_mean_block(&self, mu: &[f64]) -> bool {
        all_between(mu, 0.0, f64::INFINITY)
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
            0.0
        } else if is_whole(row.y) {
            let half = 0.5 * row.unit_deviance;
            -2.0 * row.weight * negative_binomial_log_probability(row.y, row.mu, self.theta, half)
        } else {
            f64::INFINITY
        }
    }
    fn aic(&self, sums: &AicSums) -> f64 {
        sums.rows
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
