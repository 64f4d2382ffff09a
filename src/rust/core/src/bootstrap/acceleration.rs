//! How the spread of an estimate changes with its value: the acceleration of BCa intervals.
//!
//! Efron (1987), "Better bootstrap confidence intervals", by the infinitesimal jackknife.

use crate::accumulate::Scratch;
use crate::error::Result;
use crate::inference::ScoreRows;
use crate::linalg::{add, Factor};
use crate::pass::{sweep, Plan};
use crate::resample::Units;
use crate::watch::Watch;

/// Σ l³ / (6 (Σ l²)^(3/2)) for each coefficient, l the influence of a unit: information⁻¹ · the sum of its score
/// rows. NaN for aliased columns. Shape: `[p]`.
/// Errors: lengths that do not fit, and [`crate::Error::Interrupted`].
pub fn acceleration(scores: &ScoreRows, factor: &Factor, units: &Units, watch: &Watch) -> Result<Vec<f64>> {
    scores.check()?;
    let p = scores.design.cols();
    let summed = if units.are_rows() { 0 } else { units.count() * p };
    let empty = || Sums { units: vec![0.0; summed], squares: vec![0.0; p], cubes: vec![0.0; p] };
    let plan = Plan::new(scores.design.rows(), p, summed + 2 * p, p * p);
    let mut sums = sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        empty,
        Scratch::default,
        |sums, (), scratch, block| {
            let view = scores.design.view(block, &mut scratch.block);
            let rows = &mut scratch.tile.rows;
            rows.resize(block.len * p, 0.0);
            scores.fill(&view.whole(), block.start, 0..p, rows, p);
            for (row, score) in block.range().zip(rows.chunks_exact(p.max(1))) {
                if units.are_rows() {
                    sums.add_influence(factor, score);
                } else if let Some(unit) = units.of(row) {
                    add(&mut sums.units[unit * p..(unit + 1) * p], score);
                }
            }
        },
        |sums, lane| {
            add(&mut sums.units, &lane.units);
            add(&mut sums.squares, &lane.squares);
            add(&mut sums.cubes, &lane.cubes);
        },
    )?;
    let units = std::mem::take(&mut sums.units);
    units.chunks_exact(p.max(1)).for_each(|score| sums.add_influence(factor, score));
    Ok(sums.cubes.iter().zip(&sums.squares).map(|(c, s)| c / (6.0 * s.powf(1.5))).collect())
}

/// A lane's sums.
struct Sums {
    /// The score of each unit. Shape: `[units][p]`.
    units: Vec<f64>,
    /// Powers of the influence. Shapes: `[p]`.
    squares: Vec<f64>,
    cubes: Vec<f64>,
}

impl Sums {
    fn add_influence(&mut self, factor: &Factor, score: &[f64]) {
        for (j, l) in factor.solve(score).into_iter().enumerate() {
            self.squares[j] += l * l;
            self.cubes[j] += l * l * l;
        }
    }
}
