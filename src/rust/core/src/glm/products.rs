//! Products with the information matrix that never build it, for designs too wide for a p × p matrix.

use super::GlmObjective;
use crate::accumulate::{Depth, Scratch, Sums, TileScratch};
use crate::design::Tile;
use crate::error::Result;
use crate::objective::Point;
use crate::pass::{sweep, Plan};

impl GlmObjective<'_> {
    /// The diagonal of the information. Shape: `[p]`.
    pub(super) fn diagonal(&self, at: Point) -> Result<Vec<f64>> {
        let sums = self.sum_weighed(&self.vector_plan, Depth::Score, at, |tile, scratch, sums| {
            tile.add_diagonal(&scratch.working.working_weights, &mut sums.score);
        })?;
        Ok(self.problem.design.contract_diagonal(&sums.score))
    }

    /// information · v. Shapes: `[p]`.
    pub(super) fn product(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        let design = self.problem.design;
        let raw_v = design.raw_coefficients(v);
        let sums = self.sum_weighed(&self.vector_plan, Depth::Score, at, |tile, scratch, sums| {
            let working = &mut scratch.working;
            working.eta.fill(0.0);
            tile.add_xb(&raw_v, &mut working.eta);
            working.eta.iter_mut().zip(&working.working_weights).for_each(|(e, w)| *e *= w);
            tile.add_xtv(&working.eta, &mut sums.score);
        })?;
        Ok(design.contract_vector(&sums.score))
    }

    /// The sums over the blocks of what `add` makes of their working weights and weighted residuals.
    pub(crate) fn sum_weighed(
        &self,
        plan: &Plan,
        depth: Depth,
        at: Point,
        add: impl Fn(Tile, &mut TileScratch, &mut Sums) + Sync,
    ) -> Result<Sums> {
        let problem = self.problem;
        let design = problem.design;
        let raw_coefficients = self.raw_coefficients(at);
        sweep(
            plan,
            self.watch,
            vec![(); plan.lanes()],
            || Sums::new(depth, design),
            || self.memory.lend(),
            |sums, (), scratch, block| {
                let scratch: &mut Scratch = scratch;
                let rows = block.range();
                let working = &mut scratch.tile.working;
                let view = design.view(block, &mut scratch.block);
                working.resize(block.len);
                self.fill_means(view.whole(), rows.clone(), raw_coefficients.as_deref(), working);
                let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
                working.weigh(problem.family, &problem.y[rows], prior_weights);
                add(view.whole(), &mut scratch.tile, sums);
            },
            Sums::merge,
        )
    }
}
