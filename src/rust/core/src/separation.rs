//! Separation: directions in which the likelihood never falls, so that coefficients have no finite estimates.
//!
//! A direction d does so if x·d has, for each row, the sign that its response allows: 0 where the response binds the linear
//! predictor from both sides (Albert and Anderson, 1984, for shares; Santos Silva and Tenreyro, 2010, for counts). The search
//! minimises Σ (1 − sign·x·d)₊² over the rows that are free on one side, plus Σ (x·d)² over the bound ones, a quadratic in
//! pieces, by Newton's method on weighted least squares. At the minimum the parts that are left, (1 − sign·x·d)₊, are
//! multipliers whose sum with the rows is 0: a row that has one lies on no direction, and is bound from then on. When none is
//! left, d is a direction for all rows that are still free, and so a proof.

mod overlap;

pub use overlap::Evidence;

use crate::control::{Control, Method};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::predict::linear_predictor;
use crate::watch::Watch;
use crate::wls::{weighted_diagonal, weighted_factor, weighted_information, weighted_least_squares};

/// A multiplier, in units of the distance that is asked for, that is no rounding error; and how far from its bound a row counts
/// as there.
const MULTIPLIER: f64 = 1e-7;
const AT_BOUND: f64 = 1e-10;
/// A row that moves less in a step does not move.
const STILL: f64 = 1e-9;
/// A bound row that moves so far on a direction says that it is none.
const MOVES: f64 = 1e-6;
/// A rise of the sum of squares that is rounding error beside the sum.
const NOISE: f64 = 1e-12;
const HALVINGS: usize = 50;
/// Beside the lengths of columns: an entry of a direction that is none.
const NO_PART: f64 = 1e-6;
const MAX_STEPS: usize = 200;
/// Rows · columns² of data that have all digits whatever the method.
const SMALL: usize = 250_000;
/// A search of so many steps is long: rows of a direction move on by a share of what is left. By then rows that are so far
/// from 1 are likely to lie on no direction.
const PATIENCE: usize = 10;
const BEHIND: f64 = 0.5;
/// How much further than by a later direction the rows of an earlier one move.
const LEAD: f64 = 1e3;

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

/// Rows of weight 0 do not count. `evidence` of a fit may spare the search. Shapes: y and weights `[n]`.
/// Errors: a search that does not end.
pub fn separation(
    design: &Design,
    y: &[f64],
    weights: Option<&[f64]>,
    bounds: Bounds,
    evidence: Option<Evidence>,
    watch: &Watch,
) -> Result<Separation> {
    let p = design.cols();
    // columns without active rows are the rule, and QR for each of them would take long where the data are many
    let method = if y.len().saturating_mul(p * p) <= SMALL { Method::Auto } else { Method::Cholesky };
    let control = Control { epsilon: 1e-8, max_iterations: 1, method };
    let counts: Vec<bool> = (0..y.len()).map(|i| weights.is_none_or(|w| w[i] > 0.0)).collect();
    let side = |y: f64| match bounds {
        _ if y <= 0.0 => -1.0,
        Bounds::Shares if y >= 1.0 => 1.0,
        _ => 0.0,
    };
    let counted = counts.iter().filter(|&&c| c).count();
    let sides: Vec<f64> = y.iter().zip(&counts).map(|(&y, &counts)| if counts { side(y) } else { 0.0 }).collect();
    if let Some(evidence) = evidence {
        if evidence.proves_overlap(design, &counts, &sides, &control, watch)? {
            return Ok(Separation { rows: 0, complete: false, signs: vec![0.0; p] });
        }
    }
    let mut search = Search { design, counts: counts.clone(), sides: sides.clone(), control, watch };
    let mut direction = vec![0.0; p];
    while let Some(Found { direction: found, is_largest }) = search.direction(true)? {
        // the earlier ones lead the way for their rows, which do not count from there on
        direction.iter_mut().zip(found).for_each(|(d, f)| *d = LEAD * *d + f);
        for i in 0..sides.len() {
            search.counts[i] &= search.sides[i] == 0.0;
            search.sides[i] = if search.counts[i] { sides[i] } else { 0.0 };
        }
        if is_largest {
            break;
        }
    }
    let bound: Vec<bool> = search.counts.clone();
    let rows = counted - bound.iter().filter(|&&b| b).count();
    let signs = if rows > 0 { search.signs(&direction, &counts, &bound)? } else { vec![0.0; p] };
    Ok(Separation { rows, complete: rows > 0 && rows == counted, signs })
}

/// A direction of a [`Search`]; its rows are those that are free.
struct Found {
    direction: Vec<f64>,
    /// Are the other rows bound by proof?
    is_largest: bool,
}

/// What a search of so many steps came to: direction and x·direction.
enum Least {
    Reached(Vec<f64>, Vec<f64>),
    NotYet(Vec<f64>),
}

fn undecided() -> Error {
    Error::Solver { message: "whether the data are separated could not be determined".into() }
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

    /// A direction for the rows that are free, after all that it binds; `None` where there is none. With `may_guess`, a long
    /// search is cut short by a direction for rows that may not be all.
    fn direction(&mut self, may_guess: bool) -> Result<Option<Found>> {
        loop {
            if self.design.cols() == 0 || self.free().next().is_none() {
                return Ok(None);
            }
            let (direction, z) = match self.minimum(if may_guess { PATIENCE } else { MAX_STEPS })? {
                Least::Reached(direction, z) => (direction, z),
                Least::NotYet(_) if !may_guess => return Err(undecided()),
                Least::NotYet(z) => {
                    if let Some(direction) = self.guess(&z)? {
                        return Ok(Some(Found { direction, is_largest: false }));
                    }
                    match self.minimum(MAX_STEPS)? {
                        Least::Reached(direction, z) => (direction, z),
                        Least::NotYet(_) => return Err(undecided()),
                    }
                }
            };
            let bound: Vec<usize> = self.free().filter(|&i| 1.0 - self.sides[i] * z[i] > MULTIPLIER).collect();
            if bound.is_empty() {
                let moves = |i: usize| self.counts[i] && self.sides[i] == 0.0 && z[i].abs() > MOVES;
                return if (0..z.len()).any(moves) {
                    Err(undecided())
                } else {
                    Ok(Some(Found { direction, is_largest: true }))
                };
            }
            bound.iter().for_each(|&i| self.sides[i] = 0.0);
        }
    }

    /// A direction that leaves the rows where they are that are far behind at `z`; they are bound then.
    fn guess(&mut self, z: &[f64]) -> Result<Option<Vec<f64>>> {
        let behind = |i: usize| 1.0 - self.sides[i] * z[i] > BEHIND;
        let sides = (0..z.len()).map(|i| if behind(i) { 0.0 } else { self.sides[i] }).collect();
        let mut others = Search { counts: self.counts.clone(), sides, control: self.control.clone(), ..*self };
        match others.direction(false) {
            Ok(Some(found)) => {
                self.sides = others.sides;
                Ok(Some(found.direction))
            }
            Ok(None) | Err(Error::Solver { .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// A direction for which the sum is least, or where `steps` lead.
    fn minimum(&self, steps: usize) -> Result<Least> {
        let n = self.sides.len();
        let (mut d, mut z) = (vec![0.0; self.design.cols()], vec![0.0; n]);
        for _ in 0..steps {
            let weights: Vec<f64> = (0..n).map(|i| f64::from(self.is_active(i, z[i]))).collect();
            let step = weighted_least_squares(self.design, &self.sides, &weights, &self.control, self.watch)?;
            let mut next = vec![0.0; n];
            linear_predictor(self.design, &step.coefficients, None, &mut next, self.watch)?;
            // the least sum over the rows that are active: there the sum over all has no slope, either
            let still = |i: usize| !self.is_active(i, z[i]) || (next[i] - z[i]).abs() <= STILL;
            if (0..n).all(still) {
                return Ok(Least::Reached(d, z));
            }
            let same_rows = (0..n).all(|i| self.is_active(i, z[i]) == self.is_active(i, next[i]));
            if same_rows {
                return Ok(Least::Reached(step.coefficients, next));
            }
            let rises = self.squares(&next) > self.squares(&z) * (1.0 + NOISE);
            let share = if rises { self.best_share(&z, &next) } else { 1.0 };
            let between =
                |from: &mut [f64], to: &[f64]| from.iter_mut().zip(to).for_each(|(a, b)| *a += share * (b - *a));
            between(&mut d, &step.coefficients);
            between(&mut z, &next);
        }
        Ok(Least::NotYet(z))
    }

    /// The sum of squares. Shape: `[n]`.
    fn squares(&self, z: &[f64]) -> f64 {
        let part = |i: usize| if self.is_active(i, z[i]) { (self.sides[i] - z[i]).powi(2) } else { 0.0 };
        (0..z.len()).map(part).sum()
    }

    /// How far to go from `z` towards `next`: the sum is a convex function of it.
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
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if slope(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// The signs on `direction` of the coefficients that the rows `bound`, of all that count, do not determine.
    fn signs(&self, direction: &[f64], counts: &[bool], bound: &[bool]) -> Result<Vec<f64>> {
        let p = self.design.cols();
        let indicator = |rows: &[bool]| -> Vec<f64> { rows.iter().map(|&r| f64::from(r)).collect() };
        let (all, bound) = (indicator(counts), indicator(bound));
        let factor = |weights: &[f64]| weighted_factor(self.design, weights, &[], &self.control, self.watch);
        let information = weighted_information(self.design, &bound, self.watch)?;
        let squares = weighted_diagonal(self.design, &all, self.watch)?;
        let lengths: Vec<f64> = squares.into_iter().map(f64::sqrt).collect();
        let (estimable, of_bound) = (factor(&all)?, factor(&bound)?);
        let largest = direction.iter().zip(&lengths).map(|(d, l)| (d * l).abs()).fold(0.0, f64::max);
        let sign = |j: usize| match (direction[j] * lengths[j]).abs() > NO_PART * largest {
            true => direction[j].signum(),
            false => f64::NAN,
        };
        let mut signs = vec![0.0; p];
        for &j in of_bound.aliased.iter().filter(|j| estimable.kept.contains(j)) {
            let explained = of_bound.solve(&information.column(j));
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
