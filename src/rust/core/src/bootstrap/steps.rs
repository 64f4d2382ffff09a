//! Replicates without fits: one Newton step from the estimate, with score rows that are multiplied.
//!
//! Kline and Santos (2012), "A score based approach to wild bootstrap inference". For least squares, where a step is a
//! fit, it is the wild bootstrap of the residuals: Wu (1986), "Jackknife, bootstrap and other resampling methods in
//! regression analysis".

use crate::design::BlockScratch;
use crate::error::Result;
use crate::inference::ScoreRows;
use crate::linalg::add;
use crate::pass::{sweep, Plan};
use crate::resample::{Multiplier, Units};
use crate::simd::TILE_ROWS;
use crate::watch::Watch;
use crate::workers::in_turn;

/// estimate + `step`(Σ v_u s_i x_i), v_u the number of the unit of row i, drawn anew `times` times; `step` is the inverse
/// information times a score. Shapes: estimate `[p]`, result `[times][p]`.
/// Errors: lengths that do not fit, and [`crate::Error::Interrupted`].
pub fn steps(
    scores: &ScoreRows,
    step: impl Fn(&[f64]) -> Vec<f64> + Sync,
    estimate: &[f64],
    multiplier: Multiplier,
    units: &Units,
    times: usize,
    seed: u64,
    watch: &Watch,
) -> Result<Vec<Vec<f64>>> {
    scores.check()?;
    let design = scores.design;
    let factors: Vec<f64> = scores.factors(0..design.rows()).collect();
    let plan = Plan::new(design.rows(), design.block_cols(), design.raw_cols(), 2 * design.block_cols());
    in_turn(
        times,
        || vec![0.0; design.rows()],
        |values, i| {
            let numbers = multiplier.draw(seed, i, units.count());
            units.multiply(&numbers, Some(&factors), values);
            let score = sweep(
                &plan,
                watch,
                vec![(); plan.lanes()],
                || vec![0.0; design.raw_cols()],
                BlockScratch::default,
                |sum, (), scratch, block| {
                    let view = design.view(block, scratch);
                    for tile in view.tiles(TILE_ROWS) {
                        let start = block.start + tile.start;
                        tile.add_xtv(&values[start..start + tile.len], sum);
                    }
                },
                |sum, lane| add(sum, &lane),
            )?;
            let change = step(&design.contract_vector(&score));
            Ok(estimate.iter().zip(change).map(|(b, c)| b + c).collect())
        },
    )
}
