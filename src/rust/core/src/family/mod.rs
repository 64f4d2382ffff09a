//! Families: what the mean says about the spread and the likelihood.
//!
//! A family is its variance function with the deviance and likelihood that belong to it: one file each.
//! A quasi-family is the same family without a likelihood ([`FamilySpec::likelihood`]), not another type.
//! To add one: a file here, a line in [`by_name`] and [`NAMES`] (in [`with_shape`] and [`SHAPES`] if it has a parameter of
//! its own), its name in `R/family.R`.

mod binomial;
mod counts;
mod dispersion;
mod gamma;
mod gaussian;
mod inverse_gaussian;
mod negative_binomial;
mod pair;
mod poisson;
mod tweedie;
mod tweedie_density;

pub use binomial::Binomial;
pub use counts::are_counts;
pub use dispersion::DispersionLaw;
pub use gamma::Gamma;
pub use gaussian::Gaussian;
pub use inverse_gaussian::InverseGaussian;
pub use negative_binomial::NegativeBinomial;
pub use pair::{Pair, PairOutput, PairRows};
pub use poisson::Poisson;
pub use tweedie::Tweedie;
pub use tweedie_density::{tweedie_correction, tweedie_log_density};

use crate::link::Link;
use crate::simd;

/// Rows that the chunk functions take at a time: their scratch memory is on the stack.
pub const CHUNK: usize = 128;

/// Means of some rows. Shapes: all the same.
#[derive(Debug, Clone, Copy)]
pub struct Means<'b> {
    pub mu: &'b [f64],
    /// 1 − mu, which for means near 1 cannot be had from them. Families of shares look at it.
    pub rest: &'b [f64],
}

impl<'b> Means<'b> {
    fn rows(self, rows: std::ops::Range<usize>) -> Means<'b> {
        Means { mu: &self.mu[rows.clone()], rest: &self.rest[rows] }
    }
}

/// Row functions are called through the block functions, which the compiler specialises for each family.
pub trait Family: Send + Sync {
    /// V(mu).
    fn variance(&self, mu: f64) -> f64;
    /// How the likelihood depends on the dispersion; `None` where it is not an exponential dispersion model's, or not known
    /// in closed form. What asks for more than the first two moments refuses such a family.
    fn dispersion_law(&self) -> Option<DispersionLaw> {
        None
    }
    /// d log V(mu) / dmu. `rest` is 1 − mu.
    fn dlog_variance(&self, mu: f64, rest: f64) -> f64;
    /// The same of a block. Shapes: `[B]`.
    fn dlog_variance_block(&self, means: Means, out: &mut [f64]) {
        let means = means.mu.iter().zip(means.rest);
        out.iter_mut().zip(means).for_each(|(o, (&mu, &rest))| *o = self.dlog_variance(mu, rest));
    }
    /// Is V(mu) the same for every mu?
    fn has_constant_variance(&self) -> bool {
        false
    }
    /// 2·(saturated − model log-likelihood) of one observation of weight 1; >= 0, 0 where mu = y.
    fn unit_deviance(&self, y: f64, mu: f64) -> f64;
    /// The open interval of the means that the family allows; `None`: anything goes.
    fn mean_range(&self) -> Option<(f64, f64)> {
        Some((0.0, f64::INFINITY))
    }
    /// Is mu inside the range that the family allows?
    fn valid_mean(&self, mu: f64) -> bool {
        self.mean_range().is_none_or(|(low, high)| low < mu && mu < high)
    }
    /// The rule that `y` breaks, in the user's words, or `None`.
    fn broken_rule(&self, y: f64) -> Option<&'static str>;
    /// The mean from which the fit of row (y, weight) starts.
    fn start_mean(&self, y: f64, weight: f64) -> f64;
    /// The mean from which a quasi-likelihood fit starts: `stats::quasi()` has its own.
    fn quasi_start_mean(&self, y: f64) -> f64 {
        if y == 0.0 {
            0.1
        } else {
            y
        }
    }
    /// One row's part of −2 log-likelihood, up to what [`Family::aic`] adds.
    fn aic_row(&self, row: &AicRow) -> f64;
    /// −2 log-likelihood + 2·(1 for an estimated dispersion), from sums over rows.
    fn aic(&self, sums: &AicSums) -> f64;

    /// The loop that this family and `link` have in common, if they have one.
    fn pair(&self, _link: &dyn Link) -> Option<&dyn Pair> {
        None
    }

    /// V(mu) of a block. Shapes: `[B]`.
    fn variance_block(&self, means: Means, variance: &mut [f64]) {
        for (&m, v) in means.mu.iter().zip(variance) {
            *v = self.variance(m);
        }
    }

    /// Unit deviances in a loop that is compiled for the best instruction set at hand, if the family has one; `safe` is
    /// cleared where a row needs the plain function. Shapes: all the same.
    fn unit_deviance_lanes(&self, _y: &[f64], _mu: &[f64], _out: &mut [f64], safe: &mut bool) {
        *safe = false;
    }

    /// Unit deviances of at most [`CHUNK`] rows. Shapes: all the same.
    fn unit_deviance_chunk(&self, y: &[f64], means: Means, out: &mut [f64]) {
        let mut safe = true;
        self.unit_deviance_lanes(y, means.mu, out, &mut safe);
        if !safe {
            out.iter_mut().zip(y.iter().zip(means.mu)).for_each(|(o, (&y, &mu))| *o = self.unit_deviance(y, mu));
        }
    }

    /// Sum of weight·unit_deviance over a block; rows of weight zero count nothing.
    fn deviance_block(&self, y: &[f64], means: Means, weights: Option<&[f64]>) -> f64 {
        let mut terms = [0.0; CHUNK];
        let mut total = 0.0;
        for start in (0..y.len()).step_by(CHUNK) {
            let rows = start..(start + CHUNK).min(y.len());
            let terms = &mut terms[..rows.len()];
            self.unit_deviance_chunk(&y[rows.clone()], means.rows(rows.clone()), terms);
            total += weights.map_or_else(|| simd::sum(terms), |w| simd::weighted_sum(terms, &w[rows]));
        }
        total
    }

    /// [`Family::deviance_block`], and the sum of [`Family::aic_row`] over the block. Shapes: all the same.
    fn aic_block(&self, y: &[f64], means: Means, weights: Option<&[f64]>, trials: Option<&[f64]>) -> (f64, f64) {
        let (mut unit, mut terms) = ([0.0; CHUNK], [0.0; CHUNK]);
        let (mut deviance, mut aic) = (0.0, 0.0);
        for start in (0..y.len()).step_by(CHUNK) {
            let rows = start..(start + CHUNK).min(y.len());
            let (unit, terms) = (&mut unit[..rows.len()], &mut terms[..rows.len()]);
            self.unit_deviance_chunk(&y[rows.clone()], means.rows(rows.clone()), unit);
            deviance += weights.map_or_else(|| simd::sum(unit), |w| simd::weighted_sum(unit, &w[rows.clone()]));
            for (i, row) in rows.enumerate() {
                terms[i] = self.aic_row(&AicRow {
                    y: y[row],
                    mu: means.mu[row],
                    rest: means.rest[row],
                    weight: weights.map_or(1.0, |w| w[row]),
                    trials: trials.map(|t| t[row]),
                    unit_deviance: unit[i],
                });
            }
            aic += simd::sum(terms);
        }
        (deviance, aic)
    }

    /// [`Family::start_mean`] of some rows. Shapes: all the same.
    fn start_means(&self, y: &[f64], weights: Option<&[f64]>, out: &mut [f64]) {
        for (i, (o, &y)) in out.iter_mut().zip(y).enumerate() {
            *o = self.start_mean(y, weights.map_or(1.0, |w| w[i]));
        }
    }

    /// Position and rule of the first response that breaks one.
    fn first_broken_rule(&self, y: &[f64]) -> Option<(usize, &'static str)> {
        y.iter().enumerate().find_map(|(i, &y)| Some((i, self.broken_rule(y)?)))
    }

    /// Are all means in the range?
    fn valid_mean_block(&self, mu: &[f64]) -> bool {
        self.mean_range().is_none_or(|(low, high)| simd::all_between(mu, low, high))
    }
}

/// What [`Family::aic_row`] sees of a row.
#[derive(Debug, Clone, Copy)]
pub struct AicRow {
    pub y: f64,
    pub mu: f64,
    /// 1 − mu.
    pub rest: f64,
    pub weight: f64,
    /// The binomial size; `None` where every size is 1.
    pub trials: Option<f64>,
    /// [`Family::unit_deviance`] of the row.
    pub unit_deviance: f64,
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
    /// The family with its likelihood.
    pub fn new(family: Box<dyn Family>) -> Self {
        FamilySpec { family, likelihood: true, quasi: false }
    }

    /// Starting means of some rows. Shapes: all the same.
    pub fn start_means(&self, y: &[f64], weights: Option<&[f64]>, out: &mut [f64]) {
        if self.quasi {
            out.iter_mut().zip(y).for_each(|(o, &y)| *o = self.family.quasi_start_mean(y));
        } else {
            self.family.start_means(y, weights, out);
        }
    }

    /// Position and rule, in the user's words, of the first response that the family does not allow.
    pub fn first_broken_rule(&self, y: &[f64]) -> Option<(usize, &'static str)> {
        if self.quasi {
            None
        } else {
            self.family.first_broken_rule(y)
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

/// Families with a parameter of their own, and values of it, for tests that must not miss one.
pub const SHAPES: [(&str, f64); 6] = [
    ("negative_binomial", 1.7),
    ("negative_binomial", 1e7),
    ("tweedie", 1.05),
    ("tweedie", 1.5),
    ("tweedie", 1.95),
    ("tweedie", 3.5),
];

/// A family with a parameter of its own: theta of the negative binomial, the power of a Tweedie family.
pub fn with_shape(name: &str, shape: f64) -> Option<Box<dyn Family>> {
    Some(match name {
        "negative_binomial" => Box::new(NegativeBinomial::new(shape)),
        "tweedie" => return Tweedie::of_power(shape),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(&'static str, Box<dyn Family>)> {
        let plain = NAMES.map(|name| (name, by_name(name).unwrap()));
        let shaped = SHAPES.map(|(name, shape)| (name, with_shape(name, shape).unwrap()));
        plain.into_iter().chain(shaped).collect()
    }

    /// d unit_deviance / d mu = −2 (y − mu) / V(mu), and the deviance is least, zero, at mu = y; the growth of V is its slope.
    #[test]
    fn deviance_belongs_to_the_variance() {
        for (name, family) in all() {
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
                    let bend = ((family.variance(mu + h) / family.variance(mu - h)).ln()) / (2.0 * h);
                    let stated = family.dlog_variance(mu, 1.0 - mu);
                    assert!((stated - bend).abs() <= 1e-6 * bend.abs().max(1.0), "{name}: {stated} {bend}");
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
        let negative_binomial = with_shape("negative_binomial", 1.7).unwrap();
        for family in [poisson, negative_binomial] {
            for (mu, other) in [(0.3, 0.6), (2.5, 1.1)] {
                for y in [0.0, 1.0, 5.0, 40.0] {
                    let aic = |mu| family.aic_row(&row(family.as_ref(), y, mu, 1.0, None));
                    let a = aic(mu) - aic(other);
                    let d = family.unit_deviance(y, mu) - family.unit_deviance(y, other);
                    assert!((a - d).abs() < 1e-11 * (1.0 + d.abs()));
                }
            }
        }
        for k in [0.0, 3.0, 8.0] {
            let y = k / 8.0;
            let aic = |mu| binomial.aic_row(&row(binomial.as_ref(), y, mu, 8.0, Some(8.0)));
            let a = aic(0.3) - aic(0.6);
            let d = 8.0 * (binomial.unit_deviance(y, 0.3) - binomial.unit_deviance(y, 0.6));
            assert!((a - d).abs() < 1e-12 * (1.0 + d.abs()));
        }
    }

    fn row(family: &dyn Family, y: f64, mu: f64, weight: f64, trials: Option<f64>) -> AicRow {
        AicRow { y, mu, rest: 1.0 - mu, weight, trials, unit_deviance: family.unit_deviance(y, mu) }
    }

    /// The chunks, which have code of their own, and the rows.
    #[test]
    fn chunks_agree_with_rows() {
        for (name, family) in all() {
            let share = family.broken_rule(2.0).is_some();
            for whole in [true, false] {
                let y: Vec<f64> = (0..CHUNK)
                    .map(|i| match (share, whole) {
                        (true, true) => (i % 2) as f64,
                        (true, false) => (i % 5) as f64 / 4.0,
                        (false, true) => (i % 4) as f64,
                        (false, false) => 0.3 + (i % 7) as f64,
                    })
                    .collect();
                let mu: Vec<f64> = (0..CHUNK).map(|i| (0.5 + i as f64) / (CHUNK as f64 + 1.0)).collect();
                let mut chunk = vec![0.0; CHUNK];
                let rest: Vec<f64> = mu.iter().map(|mu| 1.0 - mu).collect();
                family.unit_deviance_chunk(&y, Means { mu: &mu, rest: &rest }, &mut chunk);
                for i in 0..CHUNK {
                    let want = family.unit_deviance(y[i], mu[i]);
                    let close = (chunk[i] - want).abs() <= 1e-14 * want.abs().max(1.0);
                    let same = chunk[i] == want || chunk[i].is_nan() && want.is_nan();
                    assert!(close || same, "{name}: {} {want}", chunk[i]);
                }
            }
        }
    }

    #[test]
    fn blocks_of_means_are_valid_where_rows_are() {
        for (name, family) in all() {
            for mu in [-1.0, 0.0, 1e-300, 0.5, 1.0, 2.0, f64::INFINITY, f64::NAN] {
                assert_eq!(family.valid_mean_block(&[0.5, mu]), family.valid_mean(mu), "{name}: {mu}");
            }
        }
    }

    #[test]
    fn zero_weights_hide_impossible_rows() {
        let gamma = by_name("Gamma").unwrap();
        let ones = Means { mu: &[1.0, 1.0], rest: &[0.0, 0.0] };
        assert_eq!(gamma.deviance_block(&[f64::NAN, 1.0], ones, Some(&[0.0, 2.0])), 0.0);
    }
}
