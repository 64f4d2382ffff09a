//! The last pass: what the fit says about each row. Means and residuals follow from the linear predictors: see `means.rs`.

use super::GlmObjective;
use crate::accumulate::{Scratch, TileScratch};
use crate::error::Result;
use crate::family::AicSums;
use crate::objective::{Objective, Point};
use crate::pass::sweep;
use crate::simd;

/// Where the rows' results go, in the caller's memory. Shapes: `[n]`.
pub struct RowOutput<'o> {
    pub linear_predictors: &'o mut [f64],
    /// At the point before the last step, as `stats::glm.fit()` reports them.
    pub working_weights: &'o mut [f64],
}

/// What the rows add up to.
#[derive(Debug, Clone, Copy)]
pub struct RowSums {
    pub aic: AicSums,
    pub least_mean: f64,
    pub largest_mean: f64,
}

/// Fill `output` for the solution `at`, reached by a step from `before`.
pub fn write_rows(objective: &GlmObjective, at: Point, before: Point, output: RowOutput) -> Result<RowSums> {
    let problem = objective.problem;
    let plan = &objective.plan;
    let raw_at = objective.raw_coefficients(at);
    // where the weights are the same everywhere, there is no need to look at the point before
    let raw_before = (!objective.has_constant_information()).then(|| objective.raw_coefficients(before));
    let lanes: Vec<_> = plan
        .split(output.linear_predictors)
        .into_iter()
        .zip(plan.split(output.working_weights))
        .enumerate()
        .map(|(lane, (eta, weights))| (plan.lane_rows(lane).start, eta, weights, Scratch::default()))
        .collect();
    let empty = RowSums { aic: AicSums::default(), least_mean: f64::INFINITY, largest_mean: f64::NEG_INFINITY };
    sweep(
        plan,
        objective.cancel,
        lanes,
        || empty,
        |sums, (lane_start, eta, weights, scratch), block| {
            let rows = block.range();
            let local = block.start - *lane_start..block.start - *lane_start + block.len;
            let y = &problem.y[rows.clone()];
            let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
            let trials = problem.trials.map(|t| &t[rows.clone()]);
            let Scratch { block: block_scratch, tile: TileScratch { working, .. } } = scratch;
            let view = problem.design.view(block, block_scratch);
            working.resize(block.len);
            let weighed_at = raw_before.as_ref().unwrap_or(&raw_at);
            objective.fill_means(view.whole(), rows.clone(), weighed_at.as_deref(), working);
            working.weigh(problem.family, y, prior_weights);
            weights[local.clone()].copy_from_slice(&working.working_weights);
            if raw_before.is_some() {
                objective.fill_means(view.whole(), rows, raw_at.as_deref(), working);
            }
            eta[local].copy_from_slice(&working.eta);
            for &mu in &working.mu {
                sums.least_mean = sums.least_mean.min(mu);
                sums.largest_mean = sums.largest_mean.max(mu);
            }
            sums.aic.weights += prior_weights.map_or(block.len as f64, simd::sum);
            sums.aic.count += block.len as f64;
            if problem.family.likelihood {
                sums.aic.rows += problem.family.family.aic_block(y, &working.mu, prior_weights, trials);
            }
        },
        |total, sums| {
            total.aic.rows += sums.aic.rows;
            total.aic.weights += sums.aic.weights;
            total.aic.count += sums.aic.count;
            total.least_mean = total.least_mean.min(sums.least_mean);
            total.largest_mean = total.largest_mean.max(sums.largest_mean);
        },
    )
}
