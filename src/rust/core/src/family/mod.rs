//! Families: what the mean says about the spread and the likelihood.
//!
//! A family is its variance function with the deviance and likelihood that belong to it: one file each.
//! A quasi-family is the same family without a likelihood ([`FamilySpec::likelihood`]), not another type.
//! To add one: a file here, a line in [`by_name`] and [`NAMES`], its name in `R/family.R`.

mod binomial;
mod gamma;
mod gaussian;
mod inverse_gaussian;
mod poisson;

pub use binomial::Binomial;
pub use gamma::Gamma;
pub use gaussian::Gaussian;
pub use inverse_gaussian::InverseGaussian;
pub use poisson::Poisson;

/// Row functions are called through the block functions, which the compiler specialises for each family.
pub trait Family: Send + Sync {
    /// V(mu).
    fn variance(&self, mu: f64) -> f64;
    /// 2·(saturated − model log-likelihood) of one observation of weight 1; >= 0, 0 where mu = y.
    fn unit_deviance(&self, y: f64, mu: f64) -> f64;
    /// Is mu inside the range that the family allows?
    fn valid_mean(&self, mu: f64) -> bool;
    /// The rule that `y` breaks, in the user's words, or `None`.
    fn broken_rule(&self, y: f64) -> Option<&'static str>;
    /// The mean from which the fit of row (y, weight) starts.
    fn start_mean(&self, y: f64, weight: f64) -> f64;
    /// The mean from which a quasi-likelihood fit starts: `stats::quasi()` has its own.
    fn quasi_start_mean(&self, y: f64) -> f64;
    /// One row's part of −2 log-likelihood, up to what [`Family::aic`] adds. `trials` is the binomial size.
    fn aic_row(&self, y: f64, mu: f64, weight: f64, trials: Option<f64>) -> f64;
    /// −2 log-likelihood + 2·(1 for an estimated dispersion), from sums over rows.
    fn aic(&self, sums: &AicSums) -> f64;

    /// V(mu) of a block. Shapes: `[B]`.
    fn variance_block(&self, mu: &[f64], variance: &mut [f64]) {
        for (&m, v) in mu.iter().zip(variance) {
            *v = self.variance(m);
        }
    }

    /// Sum of weight·unit_deviance over a block; rows of weight zero count nothing.
    fn deviance_block(&self, y: &[f64], mu: &[f64], weights: Option<&[f64]>) -> f64 {
        match weights {
            None => y.iter().zip(mu).map(|(&y, &m)| self.unit_deviance(y, m)).sum(),
            Some(w) => y
                .iter()
                .zip(mu)
                .zip(w)
                .map(|((&y, &m), &w)| if w == 0.0 { 0.0 } else { w * self.unit_deviance(y, m) })
                .sum(),
        }
    }

    fn valid_mean_block(&self, mu: &[f64]) -> bool {
        mu.iter().all(|&m| self.valid_mean(m))
    }
}

/// What [`Family::aic`] needs besides the means: sums over the rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct AicSums {
    /// Σ [`Family::aic_row`].
    pub rows: f64,
    pub deviance: f64,
    pub weights: f64,
    /// Number of rows, those of weight zero included.
    pub count: f64,
}

/// A family as the caller asks for it.
pub struct FamilySpec {
    pub family: Box<dyn Family>,
    /// False for the quasi-families: no log-likelihood, no AIC.
    pub likelihood: bool,
    /// Made by `stats::quasi()`, which checks no response and starts elsewhere than the family whose variance it borrows.
    pub quasi: bool,
}

impl FamilySpec {
    pub fn start_mean(&self, y: f64, weight: f64) -> f64 {
        if self.quasi {
            self.family.quasi_start_mean(y)
        } else {
            self.family.start_mean(y, weight)
        }
    }

    /// The rule that `y` breaks, in the user's words, or `None`.
    pub fn broken_rule(&self, y: f64) -> Option<&'static str> {
        if self.quasi {
            None
        } else {
            self.family.broken_rule(y)
        }
    }
}

/// Every name that [`by_name`] knows, for tests that must not miss a family.
pub const NAMES: [&str; 6] = ["gaussian", "binomial", "poisson", "Gamma", "inverse.gaussian", "mu^3"];

pub fn by_name(name: &str) -> Option<Box<dyn Family>> {
    Some(match name {
        "gaussian" => Box::new(Gaussian),
        "binomial" => Box::new(Binomial),
        "poisson" => Box::new(Poisson),
        "Gamma" => Box::new(Gamma),
        "inverse.gaussian" => Box::new(InverseGaussian { positive_mean: false }),
        "mu^3" => Box::new(InverseGaussian { positive_mean: true }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// d unit_deviance / d mu = −2 (y − mu) / V(mu), and the deviance is least, zero, at mu = y.
    #[test]
    fn deviance_belongs_to_the_variance() {
        for name in NAMES {
            let family = by_name(name).unwrap();
            for y in [0.0, 0.1, 0.5, 0.9, 1.0] {
                if family.broken_rule(y).is_some() {
                    continue;
                }
                for mu in [0.05, 0.3, 0.6, 0.95] {
                    let h = 1e-6 * mu;
                    let slope = (family.unit_deviance(y, mu + h) - family.unit_deviance(y, mu - h)) / (2.0 * h);
                    let expected = -2.0 * (y - mu) / family.variance(mu);
                    assert!((slope - expected).abs() <= 1e-7 * expected.abs().max(1.0), "{name}: y {y}, mu {mu}");
                    assert!(family.unit_deviance(y, mu) >= 0.0);
                }
                if family.valid_mean(y) {
                    assert!(family.unit_deviance(y, y).abs() < 1e-15, "{name}: y {y}");
                }
            }
        }
    }

    /// Differences of −2 log-likelihood are differences of the deviance, where the dispersion is known.
    #[test]
    fn likelihood_belongs_to_the_deviance() {
        let poisson = by_name("poisson").unwrap();
        let binomial = by_name("binomial").unwrap();
        for (mu, other) in [(0.3, 0.6), (2.5, 1.1)] {
            for y in [0.0, 1.0, 5.0, 40.0] {
                let a = poisson.aic_row(y, mu, 1.0, None) - poisson.aic_row(y, other, 1.0, None);
                let d = poisson.unit_deviance(y, mu) - poisson.unit_deviance(y, other);
                assert!((a - d).abs() < 1e-11 * (1.0 + d.abs()));
            }
        }
        for k in [0.0, 3.0, 8.0] {
            let y = k / 8.0;
            let a = binomial.aic_row(y, 0.3, 8.0, Some(8.0)) - binomial.aic_row(y, 0.6, 8.0, Some(8.0));
            let d = 8.0 * (binomial.unit_deviance(y, 0.3) - binomial.unit_deviance(y, 0.6));
            assert!((a - d).abs() < 1e-12 * (1.0 + d.abs()));
        }
    }

    #[test]
    fn zero_weights_hide_impossible_rows() {
        let gamma = by_name("Gamma").unwrap();
        assert_eq!(gamma.deviance_block(&[f64::NAN, 1.0], &[1.0, 1.0], Some(&[0.0, 2.0])), 0.0);
    }
}
