//! The dispersion of a Tweedie family by maximum likelihood, and the log-likelihood there.
//!
//! The means matter by the deviance alone; what else depends on the dispersion is the correction of each positive response
//! ([`super::tweedie_density`]), a smooth function of one number that all rows share. Where there are many rows it is
//! interpolated by Chebyshev's polynomials on short intervals.

use super::tweedie_density::correction;
use crate::error::{Error, Result};
use crate::pass::{sweep, Plan};
use crate::special::LN_SQRT_2PI;
use crate::watch::Watch;
use argmin::core::{CostFunction, Executor, State};
use argmin::solver::brent::BrentRoot;
use std::cell::RefCell;
use std::f64::consts::PI;

/// Interpolation points of an interval.
const NODES: usize = 16;
/// Length of an interval of log xi; shorter where single amounts can be told apart.
const LENGTH: f64 = 0.5;
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
    let count = rows.log_xi.len() as f64;
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
    /// (p − 2)·log(y) − log(w), that is log xi at dispersion 1, of rows with an amount.
    log_xi: Vec<f64>,
    /// Σ p·log(y) − log(w) over them.
    logs: f64,
    /// Rows with a weight.
    weighted: f64,
}

impl Amounts {
    fn of(y: &[f64], weights: Option<&[f64]>, power: f64) -> Self {
        let mut amounts = Amounts { power, log_xi: vec![], logs: 0.0, weighted: 0.0 };
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
                for x in &log_xi[block.range()] {
                    let x = x + log_phi;
                    let (value, slope) = if interpolated { table.at(x) } else { correction(x, power) };
                    *sums = (sums.0 + value, sums.1 + slope);
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

/// Chebyshev coefficients of the correction on the intervals from `first`·`length` on.
struct Table {
    power: f64,
    length: f64,
    first: i64,
    intervals: Vec<[f64; NODES]>,
}

impl Table {
    fn new(power: f64) -> Self {
        // near 1 the density of y has a peak at each multiple of phi
        let length = if power > 1.0 && power < 2.0 { LENGTH * (2.0 * (power - 1.0)).min(1.0) } else { LENGTH };
        Table { power, length, first: 0, intervals: vec![] }
    }

    fn place(&self, x: f64) -> i64 {
        (x / self.length).floor() as i64
    }

    /// How many corrections a table from `least` to `largest` takes.
    fn cost(&self, least: f64, largest: f64) -> f64 {
        NODES as f64 * (2.0 + (largest - least) / self.length)
    }

    /// Make the intervals from `least` to `largest`, but for those that are there.
    fn cover(&mut self, least: f64, largest: f64) {
        let (low, high) = (self.place(least), self.place(largest));
        let (power, length) = (self.power, self.length);
        let make = |at: std::ops::Range<i64>| at.map(|i| interval(power, length, i)).collect::<Vec<_>>();
        if self.intervals.is_empty() {
            (self.first, self.intervals) = (low, make(low..high + 1));
            return;
        }
        if low < self.first {
            self.intervals.splice(0..0, make(low..self.first));
            self.first = low;
        }
        let end = self.first + self.intervals.len() as i64;
        if high >= end {
            self.intervals.extend(make(end..high + 1));
        }
    }

    /// The correction and its derivative, by Clenshaw's recurrences.
    fn at(&self, x: f64) -> (f64, f64) {
        let place = self.place(x);
        let c = &self.intervals[(place - self.first) as usize];
        let t = 2.0 * (x / self.length - place as f64) - 1.0;
        let (mut b1, mut b2, mut d1, mut d2) = (0.0, 0.0, 0.0, 0.0);
        for &c in c[1..].iter().rev() {
            (d1, d2) = (2.0 * (t * d1 + b1) - d2, d1);
            (b1, b2) = (2.0 * t * b1 - b2 + c, b1);
        }
        (t * b1 - b2 + c[0], (b1 + t * d1 - d2) * 2.0 / self.length)
    }
}

/// The coefficients on one interval, from the correction at Chebyshev's points.
fn interval(power: f64, length: f64, place: i64) -> [f64; NODES] {
    let angle = |k: usize| PI * (k as f64 + 0.5) / NODES as f64;
    let values: [f64; NODES] =
        std::array::from_fn(|k| correction(length * (place as f64 + 0.5 * (1.0 + angle(k).cos())), power).0);
    std::array::from_fn(|j| {
        let sum: f64 = (0..NODES).map(|k| values[k] * (j as f64 * angle(k)).cos()).sum();
        sum * if j == 0 { 1.0 } else { 2.0 } / NODES as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{tweedie_log_density, with_shape};
    use crate::pass::pool;

    #[test]
    fn tables_hold_the_correction() {
        for power in [1.01, 1.05, 1.2, 1.5, 1.8, 1.99, 2.02, 2.5, 4.0] {
            let mut table = Table::new(power);
            table.cover(-3.0, -1.0);
            table.cover(-9.0, 6.0);
            for i in 0..400 {
                let x = -8.9 + f64::from(i) * 0.037;
                let ((value, slope), (want, want_slope)) = (table.at(x), correction(x, power));
                assert!((value - want).abs() < 1e-11 * want.abs().max(1.0), "power {power}, {x}: {value}, not {want}");
                assert!((slope - want_slope).abs() < 1e-8 * want_slope.abs().max(1.0), "slope at {power}, {x}");
            }
        }
    }

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
            let found = pool(threads).unwrap().install(run);
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
