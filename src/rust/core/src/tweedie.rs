//! The dispersion of a Tweedie family by maximum likelihood, and the log-likelihood there.
//!
//! The means matter by the deviance alone; what else depends on the dispersion is the correction of each positive response
//! ([`tweedie_correction`]), a smooth function of one number that all rows share. So a few thousand weighted places stand
//! for any number of rows ([`table`]), and the data are passed over once. [`densities`]: those of many responses.

mod densities;
mod table;

pub use densities::tweedie_log_densities;

use crate::error::{Error, Result};
use crate::family::tweedie_correction;
use crate::pass::{sweep, Plan};
use crate::special::LN_SQRT_2PI;
use crate::watch::Watch;
use argmin::core::{CostFunction, Executor, State};
use argmin::solver::brent::BrentRoot;
use std::cell::RefCell;
use table::{stand_ins, Table};

/// log dispersion is found to this.
const PRECISE: f64 = 1e-12;
/// The first step of log dispersion in which a root is looked for, and how many there are, each twice the one before.
const STEP: f64 = 0.25;
const MOST_STEPS: i32 = 9;
/// Powers below it may have a maximum wherever responses are near multiples of the dispersion: it is looked for this far
/// from the guess, in steps that are a part of the width of such a peak.
const SEVERAL: f64 = 1.1;
const AROUND: f64 = 1.5;
const PART: f64 = 0.3;

#[derive(Debug, Clone, Copy)]
pub struct TweedieLikelihood {
    pub dispersion: f64,
    pub log_likelihood: f64,
}

/// The dispersion at which the likelihood is largest, for a power that is 0 or above 1. Without a positive response there is none: NaN. Without a deviance the
/// likelihood has no bound: 0 and ∞. Shapes: `[n]`.
pub fn tweedie_likelihood(
    y: &[f64],
    weights: Option<&[f64]>,
    deviance: f64,
    power: f64,
    watch: &Watch,
) -> Result<TweedieLikelihood> {
    let rows = Amounts::of(y, weights, power);
    if rows.log_xi.is_empty() || !deviance.is_finite() {
        return Ok(TweedieLikelihood { dispersion: f64::NAN, log_likelihood: f64::NAN });
    }
    if deviance <= 0.0 {
        return Ok(TweedieLikelihood { dispersion: 0.0, log_likelihood: f64::INFINITY });
    }
    let count = rows.count;
    let search = Search { rows: &rows, table: RefCell::new(Table::new(power)), watch, failure: RefCell::new(None) };
    let score = |log_phi: f64| -> Result<f64> {
        Ok(0.5 * deviance * (-log_phi).exp() - 0.5 * count + search.corrections(log_phi)?.1)
    };
    let height = |log_phi: f64| -> Result<f64> {
        let corrections = search.corrections(log_phi)?.0;
        Ok(corrections - count * (LN_SQRT_2PI + 0.5 * log_phi) - 0.5 * rows.logs - 0.5 * deviance * (-log_phi).exp())
    };
    let guess = (deviance / rows.weighted).ln();
    let several = power > 1.0 && power < SEVERAL;
    let step = if several { PART * (power - 1.0).sqrt() } else { STEP };
    let start = if several { highest(&height, guess, step)? } else { guess };
    let log_phi = root(&search, &score, start, step)?;
    Ok(TweedieLikelihood { dispersion: log_phi.exp(), log_likelihood: height(log_phi)? })
}

/// What the rows' corrections and normalising constants need.
struct Amounts {
    power: f64,
    /// (p − 2)·log(y) − log(w), that is log xi at dispersion 1, of rows with an amount, or of what stands for them, with
    /// its weights.
    log_xi: Vec<f64>,
    stands_for: Vec<f64>,
    /// Σ p·log(y) − log(w) over rows with an amount, and how many there are.
    logs: f64,
    count: f64,
    /// Rows with a weight.
    weighted: f64,
}

impl Amounts {
    fn of(y: &[f64], weights: Option<&[f64]>, power: f64) -> Self {
        let mut amounts = Amounts { power, log_xi: vec![], stands_for: vec![], logs: 0.0, count: 0.0, weighted: 0.0 };
        for (i, &y) in y.iter().enumerate() {
            let weight = weights.map_or(1.0, |w| w[i]);
            if weight == 0.0 {
                continue;
            }
            amounts.weighted += 1.0;
            // every normal response has a density
            if y > 0.0 || power == 0.0 {
                let log_y = if power == 0.0 { 0.0 } else { y.ln() };
                amounts.log_xi.push((power - 2.0) * log_y - weight.ln());
                amounts.logs += power * log_y - weight.ln();
            }
        }
        amounts.count = amounts.log_xi.len() as f64;
        (amounts.log_xi, amounts.stands_for) = stand_ins(amounts.log_xi, power);
        amounts
    }
}

struct Search<'a> {
    rows: &'a Amounts,
    table: RefCell<Table>,
    watch: &'a Watch,
    /// argmin's errors do not keep theirs.
    failure: RefCell<Option<Error>>,
}

impl Search<'_> {
    /// Σ of the corrections, and of their derivatives, at a dispersion.
    fn corrections(&self, log_phi: f64) -> Result<(f64, f64)> {
        let mut table = self.table.borrow_mut();
        let log_xi = &self.rows.log_xi;
        let (least, largest) = crate::simd::range(log_xi);
        let interpolated = table.cost(least + log_phi, largest + log_phi) < log_xi.len() as f64;
        if interpolated {
            table.cover(least + log_phi, largest + log_phi);
        }
        let (table, power) = (&*table, self.rows.power);
        let plan = Plan::new(log_xi.len(), 1, 2, if interpolated { 100 } else { 10_000 });
        sweep(
            &plan,
            self.watch,
            vec![(); plan.lanes()],
            || (0.0, 0.0),
            || (),
            |sums, (), (), block| {
                for i in block.range() {
                    let (x, rows) = (log_xi[i] + log_phi, self.rows.stands_for[i]);
                    let (value, slope) = if interpolated { table.at(x) } else { tweedie_correction(x, power) };
                    *sums = (sums.0 + rows * value, sums.1 + rows * slope);
                }
            },
            |total, sums| *total = (total.0 + sums.0, total.1 + sums.1),
        )
    }
}

/// The place of the highest of the values around `guess`, `step` apart.
fn highest(height: &dyn Fn(f64) -> Result<f64>, guess: f64, step: f64) -> Result<f64> {
    let most = (AROUND / step) as i32;
    let mut best = (guess, f64::NEG_INFINITY);
    for k in -most..=most {
        let at = guess + f64::from(k) * step;
        let value = height(at)?;
        if value > best.1 {
            best = (at, value);
        }
    }
    Ok(best.0)
}

/// A root of the score near `guess`: it falls from ∞ to below 0.
fn root(search: &Search, score: &dyn Fn(f64) -> Result<f64>, guess: f64, step: f64) -> Result<f64> {
    let upwards = score(guess)? > 0.0;
    let sign = if upwards { 1.0 } else { -1.0 };
    let mut far = guess;
    for k in 0..MOST_STEPS {
        let near = far;
        far = near + sign * step * f64::from(1 << k);
        if (score(far)? > 0.0) != upwards {
            let solver = BrentRoot::new(near, far, PRECISE);
            let found = Executor::new(Score { search, score }, solver)
                .configure(|state| state.param(near).max_iters(100))
                .run()
                .ok()
                .and_then(|result| result.state.get_best_param().copied());
            let no_root = || Error::Solver { message: "no root of the score of the dispersion".into() };
            return found.ok_or_else(|| search.failure.take().unwrap_or_else(no_root));
        }
    }
    Ok(f64::NAN)
}

/// The score as argmin sees it.
struct Score<'a> {
    search: &'a Search<'a>,
    score: &'a dyn Fn(f64) -> Result<f64>,
}

impl CostFunction for Score<'_> {
    type Param = f64;
    type Output = f64;
    fn cost(&self, log_phi: &f64) -> std::result::Result<f64, argmin::core::Error> {
        (self.score)(*log_phi).map_err(|e| {
            let message = e.to_string();
            self.search.failure.replace(Some(e));
            argmin::core::Error::msg(message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{tweedie_log_density, with_shape};
    use crate::pool::Pool;

    fn responses(n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let unit = |i: usize, k: f64| (i as f64 * k).fract();
        let y = (0..n).map(|i| if unit(i, 0.618) < 0.4 { 0.0 } else { -1.5 * (1.0 - unit(i, 0.414)).ln() }).collect();
        let mu = (0..n).map(|i| 0.5 + unit(i, 0.732)).collect();
        let weights = (0..n).map(|i| (i % 4) as f64 * 0.6).collect();
        (y, mu, weights)
    }

    /// The sum of the log densities, largest there; by a table or not.
    #[test]
    fn the_likelihood_is_largest() {
        let power = 1.6;
        let family = with_shape("tweedie", power).unwrap();
        for n in [300, 9_000] {
            let (y, mu, weights) = responses(n);
            let deviance: f64 = (0..n).map(|i| weights[i] * family.unit_deviance(y[i], mu[i])).sum();
            let found = tweedie_likelihood(&y, Some(&weights), deviance, power, &Watch::default()).unwrap();
            let at = |phi: f64| -> f64 {
                let row = |i: usize| {
                    tweedie_log_density(y[i], 0.5 * family.unit_deviance(y[i], mu[i]), phi / weights[i], power)
                };
                (0..n).filter(|&i| weights[i] > 0.0).map(row).sum()
            };
            let want = at(found.dispersion);
            assert!((found.log_likelihood - want).abs() < 1e-10 * want.abs(), "{found:?}, not {want}");
            // the slope that is left, in units of the curvature n/2, is that of differences
            let slope = (at(found.dispersion * 1.0001) - at(found.dispersion * 0.9999)) / 2e-4 / n as f64;
            assert!(slope.abs() < 1e-8, "{slope}");
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (y, _, weights) = responses(120_000);
        let with = |threads| {
            let run = || tweedie_likelihood(&y, Some(&weights), 1e5, 1.4, &Watch::default()).unwrap();
            let found = Pool::new(threads).unwrap().install(run);
            (found.dispersion.to_bits(), found.log_likelihood.to_bits())
        };
        assert_eq!(with(1), with(2));
    }

    #[test]
    fn without_amounts_or_deviance() {
        let likelihood = |y: &[f64], deviance| tweedie_likelihood(y, None, deviance, 1.5, &Watch::default()).unwrap();
        assert!(likelihood(&[0.0, 0.0], 1.0).dispersion.is_nan());
        assert_eq!(likelihood(&[0.0, 2.0], 0.0).dispersion, 0.0);
    }
}
