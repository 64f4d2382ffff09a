//! Aliased columns, told without QR of the rows.
//!
//! The digits of an information matrix end where a column's distance from those before it, as a share of the column, is
//! about the root of rounding error: Cholesky cannot tell what is explained from what nearly is. But it says who is
//! suspected and what would explain them, and that can be tried on the rows, in a product that costs a small part of
//! their QR: the distance that a combination of columns leaves is an upper bound of the least.

use super::step::HANDOVER;
use crate::error::Result;
use crate::linalg::{add, add_scaled, dot, Factor, Information};
use crate::objective::{Objective, Point};

/// Products for one proof: each takes the rounding errors of the one before out of the combination.
const TRIALS: usize = 4;
/// More groups of suspects than some, and one for so many columns, take as long as QR may.
const FEW_GROUPS: usize = 4;
const MANY_GROUPS: usize = 8;
/// A share of the tolerance that several suspects, tried at once, may leave: they would hide one another only if
/// what they leave cancelled to so much.
const MARGIN: f64 = 0.1;
/// Entries of a column whose squares are 0 are told from zeros in this unit.
const TINY: f64 = 1e-200;

/// The factor of the columns that are not explained by those before them, if each of the others is proven to be: none of
/// them is farther from the span of those before it than `tolerance` of its norm, and no other column is nearly explained.
/// `None` where QR of the rows must decide. `suspected`: the factor of the columns that Cholesky does not suspect.
pub(super) fn proven(
    objective: &dyn Objective,
    at: Point,
    information: &Information,
    suspected: Factor,
    left_out: &[usize],
    tolerance: f64,
) -> Result<Option<Factor>> {
    let factor = match information {
        Information::Dense(_) => suspected,
        // in another order
        Information::Bordered(matrix) => matrix.factorise_in_order(left_out, HANDOVER).factor,
    };
    let squares = information.squares();
    let suspects: Vec<usize> = factor.aliased.iter().copied().filter(|j| !left_out.contains(j)).collect();
    let (zeros, suspects): (Vec<usize>, Vec<usize>) = suspects.into_iter().partition(|&j| squares[j] == 0.0);
    let groups = between_kept(&suspects, &factor.kept);
    let too_long = groups.len() > FEW_GROUPS + objective.dim() / MANY_GROUPS;
    if too_long || factor.kept.is_empty() || !squares.iter().all(|square| square.is_finite()) {
        return Ok(None);
    }
    if !zeros.is_empty() {
        let v = combination(&zeros, objective.dim(), |_| TINY);
        if objective.information_times(at, &v)?.iter().any(|&x| x != 0.0) {
            return Ok(None);
        }
    }
    let trial = Trial { objective, at, factor: &factor, norms: squares.iter().map(|square| square.sqrt()).collect() };
    let limit = MARGIN * tolerance;
    let explained: Vec<Vec<f64>> = groups.iter().map(|group| trial.explained_by(information, group)).collect();
    let mut all = vec![0.0; objective.dim()];
    explained.iter().for_each(|v| add(&mut all, v));
    let mut in_order = groups.iter().zip(&explained);
    if in_order.all(|(group, v)| trial.later(v, group) <= limit) && trial.left(&all)?.0 <= limit {
        return Ok(Some(factor));
    }
    for (group, v) in groups.iter().zip(explained) {
        if !trial.ends_below(limit, group, v)? {
            return Ok(None);
        }
    }
    Ok(Some(factor))
}

struct Trial<'t> {
    objective: &'t dyn Objective,
    at: Point<'t>,
    factor: &'t Factor,
    /// Of all columns. Shape: `[p]`.
    norms: Vec<f64>,
}

impl Trial<'_> {
    /// Suspects less what explains them, as the information has it. Shape: `[p]`.
    fn explained_by(&self, information: &Information, suspects: &[usize]) -> Vec<f64> {
        let mut v = combination(suspects, self.norms.len(), |j| self.norms[j]);
        let mut products = vec![0.0; v.len()];
        suspects.iter().for_each(|&j| add_scaled(&mut products, v[j], &information.column(j)));
        add_scaled(&mut v, -1.0, &self.factor.solve(&products));
        v
    }

    /// The norm of a combination of columns, and its products with the columns.
    fn left(&self, v: &[f64]) -> Result<(f64, Vec<f64>)> {
        let products = self.objective.information_times(self.at, v)?;
        Ok((dot(v, &products).max(0.0).sqrt(), products))
    }

    /// What kept columns after the suspects contribute at most.
    fn later(&self, v: &[f64], suspects: &[usize]) -> f64 {
        let after = self.factor.kept.iter().filter(|&&j| j > suspects[0]);
        after.map(|&j| v[j].abs() * self.norms[j]).sum()
    }

    /// Can suspects be explained, beginning with `v`, by the kept columns before them, but for `limit`?
    fn ends_below(&self, limit: f64, suspects: &[usize], mut v: Vec<f64>) -> Result<bool> {
        for _ in 0..TRIALS {
            let (left, products) = self.left(&v)?;
            if left + self.later(&v, suspects) <= limit {
                return Ok(true);
            }
            add_scaled(&mut v, -1.0, &self.factor.solve(&products));
        }
        Ok(false)
    }
}

/// The columns as multiples of their units, none of which is a simple multiple of another. Shape: `[p]`.
fn combination(columns: &[usize], p: usize, unit: impl Fn(usize) -> f64) -> Vec<f64> {
    const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;
    let mut v = vec![0.0; p];
    for (i, &j) in columns.iter().enumerate() {
        v[j] = (1.0 + (i as f64 * GOLDEN_RATIO).fract()) / unit(j);
    }
    v
}

/// Suspects, ascending, in groups with no kept column between them.
fn between_kept<'s>(suspects: &'s [usize], kept: &[usize]) -> Vec<&'s [usize]> {
    let before = |j: usize| kept.partition_point(|&k| k < j);
    suspects.chunk_by(|&a, &b| before(a) == before(b)).collect()
}
