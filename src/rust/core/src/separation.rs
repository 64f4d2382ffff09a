//! Separation: directions in which the likelihood never falls, so that coefficients have no finite estimates.
//!
//! A direction d does so if x·d has, for each row, the sign that its response allows: 0 where the response binds the linear
//! predictor from both sides (Albert and Anderson, 1984, for shares; Santos Silva and Tenreyro, 2010, for counts). The search
//! minimises Σ (1 − sign·x·d)₊² over the rows that are free on one side, plus Σ (x·d)² over the bound ones, a quadratic in
//! pieces, by Newton's method on weighted least squares. At the minimum the parts that are left, (1 − sign·x·d)₊, are
//! multipliers whose sum with the rows is 0: a row that has one lies on no direction, and is bound from then on. When none is
//! left, d is a direction for all rows that are still free, and so a proof.

use crate::control::{Control, Method};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::predict::linear_predictor;
use crate::watch::Watch;
use crate::wls::{weighted_factor, weighted_information, weighted_least_squares, weighted_squares};

/// A multiplier, in units of the distance that is asked for, that is no rounding error; and how far from its bound a row counts
/// as there.
const MULTIPLIER: f64 = 1e-7;
const AT_BOUND: f64 = 1e-10;
/// A row that moves less in a step does not move.
const STILL: f64 = 1e-9;
/// A bound row that moves so far on a direction says that it is none.
const MOVES: f64 = 1e-6;
/// A slope at the end of a step that is so small beside that at its beginning is none; how far a step may go in units of
/// itself, and how often what is between is halved.
const LEVEL: f64 = 1e-2;
const FARTHEST: f64 = 1024.0;
const HALVINGS: usize = 8;
/// Beside the lengths of columns: an entry of a direction that is none.
const NO_PART: f64 = 1e-6;
const MAX_STEPS: usize = 200;

/// What responses say about linear predictors that go to infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// Shares: 1 lets eta rise, 0 lets it fall, a share between binds it.
    Shares,
    /// Counts with means that are 0 at −∞ alone: 0 lets eta fall, all others bind it.
    Counts,
}

#[derive(Debug, Clone)]
pub struct Separation {
    /// Rows whose linear predictor goes to infinity.
    pub rows: usize,
    /// Are these all rows that count?
    pub complete: bool,
    /// The sign of each coefficient that has no finite estimate on the direction that was found, 0 for those that have one,
    /// NaN where that direction leaves it where it is, but another does not. Shape: `[p]`.
    pub signs: Vec<f64>,
}

/// Rows of weight 0 do not count. Shapes: y and weights `[n]`.
/// Errors: a search that does not end.
pub fn separation(
    design: &Design,
    y: &[f64],
    weights: Option<&[f64]>,
    bounds: Bounds,
    watch: &Watch,
) -> Result<Separation> {
    let control = Control { epsilon: 1e-8, max_iterations: 1, method: Method::Auto };
    let p = design.cols();
    let counts: Vec<bool> = (0..y.len()).map(|i| weights.is_none_or(|w| w[i] > 0.0)).collect();
    let side = |y: f64| match bounds {
        _ if y <= 0.0 => -1.0,
        Bounds::Shares if y >= 1.0 => 1.0,
        _ => 0.0,
    };
    let sides = y.iter().zip(&counts).map(|(&y, &counts)| if counts { side(y) } else { 0.0 }).collect();
    let mut search = Search { design, counts, sides, control, watch };
    let direction = loop {
        if p == 0 || search.free().next().is_none() {
            return Ok(Separation { rows: 0, complete: false, signs: vec![0.0; p] });
        }
        let (direction, z) = search.minimum()?;
        let bound: Vec<usize> = search.free().filter(|&i| 1.0 - search.sides[i] * z[i] > MULTIPLIER).collect();
        if bound.is_empty() {
            let moves = |i: usize| search.counts[i] && search.sides[i] == 0.0 && z[i].abs() > MOVES;
            if (0..z.len()).any(moves) {
                return Err(undecided());
            }
            break direction;
        }
        bound.iter().for_each(|&i| search.sides[i] = 0.0);
    };
    let rows = search.free().count();
    let complete = rows == search.counts.iter().filter(|&&c| c).count();
    Ok(Separation { rows, complete, signs: search.signs(&direction)? })
}

fn undecided() -> Error {
    Error::Solver { message: "whether the data are separated cannot be told".into() }
}

struct Search<'a> {
    design: &'a Design<'a>,
    counts: Vec<bool>,
    /// 1 and −1: the row's eta may rise, fall; 0: it is bound. Shape: `[n]`.
    sides: Vec<f64>,
    control: Control,
    watch: &'a Watch,
}

impl Search<'_> {
    /// Rows that may still move.
    fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.sides.len()).filter(|&i| self.sides[i] != 0.0)
    }

    /// Has the row a part in the sum of squares?
    fn is_active(&self, i: usize, z: f64) -> bool {
        self.counts[i] && (self.sides[i] == 0.0 || self.sides[i] * z < 1.0 - AT_BOUND)
    }

    /// A direction for which the sum is least, and x·direction of all rows.
    fn minimum(&self) -> Result<(Vec<f64>, Vec<f64>)> {
        let n = self.sides.len();
        let (mut d, mut z) = (vec![0.0; self.design.cols()], vec![0.0; n]);
        for _ in 0..MAX_STEPS {
            let weights: Vec<f64> = (0..n).map(|i| f64::from(self.is_active(i, z[i]))).collect();
            let step = weighted_least_squares(self.design, &self.sides, &weights, &self.control, self.watch)?;
            let mut next = vec![0.0; n];
            linear_predictor(self.design, &step.coefficients, None, &mut next, self.watch)?;
            // the least sum over the rows that are active: there the sum over all has no slope, either
            let still = |i: usize| !self.is_active(i, z[i]) || (next[i] - z[i]).abs() <= STILL;
            if (0..n).all(still) {
                return Ok((d, z));
            }
            let same_rows = (0..n).all(|i| self.is_active(i, z[i]) == self.is_active(i, next[i]));
            if same_rows {
                return Ok((step.coefficients, next));
            }
            let share = self.best_share(&z, &next);
            let between =
                |from: &mut [f64], to: &[f64]| from.iter_mut().zip(to).for_each(|(a, b)| *a += share * (b - *a));
            between(&mut d, &step.coefficients);
            between(&mut z, &next);
        }
        Err(undecided())
    }

    /// How far to go from `z` towards `next` and beyond: the sum is a convex function of it. Rows that are free let it fall
    /// on where those that were active had their least sum.
    fn best_share(&self, z: &[f64], next: &[f64]) -> f64 {
        let slope = |share: f64| -> f64 {
            let parts = z.iter().zip(next).enumerate().map(|(i, (a, b))| {
                let at = a + share * (b - a);
                if self.is_active(i, at) {
                    (at - self.sides[i]) * (b - a)
                } else {
                    0.0
                }
            });
            parts.sum()
        };
        let (first, at_next) = (slope(0.0).abs(), slope(1.0));
        if at_next.abs() <= LEVEL * first {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while slope(high) < 0.0 && high < FARTHEST {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if slope(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        // where the sum falls still
        if low > 0.0 {
            low
        } else {
            high
        }
    }

    /// The coefficients that the bound rows do not determine.
    fn signs(&self, direction: &[f64]) -> Result<Vec<f64>> {
        let p = self.design.cols();
        let rows = |which: &dyn Fn(usize) -> bool| -> Vec<f64> {
            (0..self.sides.len()).map(|i| f64::from(which(i))).collect()
        };
        let all = rows(&|i| self.counts[i]);
        let bound = rows(&|i| self.counts[i] && self.sides[i] == 0.0);
        let factor = |weights: &[f64]| weighted_factor(self.design, weights, &[], &self.control, self.watch);
        let information = weighted_information(self.design, &bound, self.watch)?;
        let squares = weighted_squares(self.design, &all, self.watch)?;
        let lengths: Vec<f64> = squares.into_iter().map(f64::sqrt).collect();
        let (estimable, of_bound) = (factor(&all)?, factor(&bound)?);
        let largest = direction.iter().zip(&lengths).map(|(d, l)| (d * l).abs()).fold(0.0, f64::max);
        let sign = |j: usize| match (direction[j] * lengths[j]).abs() > NO_PART * largest {
            true => direction[j].signum(),
            false => f64::NAN,
        };
        let mut signs = vec![0.0; p];
        for &j in of_bound.aliased.iter().filter(|j| estimable.kept.contains(j)) {
            let mut unit = vec![0.0; p];
            unit[j] = 1.0;
            let explained = of_bound.solve(&information.times(&unit));
            signs[j] = sign(j);
            for &i in of_bound.kept.iter().filter(|&&i| (explained[i] * lengths[i]).abs() > NO_PART * lengths[j]) {
                signs[i] = sign(i);
            }
        }
        Ok(signs)
    }
}

#[cfg(test)]
mod tests;
