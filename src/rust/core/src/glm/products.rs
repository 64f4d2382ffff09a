//! Products with the information matrix that never build it, for designs too wide for a p × p matrix.

use super::GlmObjective;
use crate::accumulate::{Depth, Scratch, Sums};
use crate::design::BlockView;
use crate::error::Result;
use crate::objective::Point;
use crate::pass::{sweep, Plan};
use crate::working::Working;

impl GlmObjective<'_> {
    /// The diagonal of the information. Shape: `[p]`.
    pub(super) fn diagonal(&self, at: Point) -> Result<Vec<f64>> {
        let sums = self.sum_weighed(&self.vector_plan, Depth::Score, at, |view, scratch, sums| {
            view.add_diagonal(&scratch.working.working_weights, &mut sums.score);
        })?;
        Ok(self.problem.design.contract_diagonal(&sums.score))
    }

    /// information · v. Shapes: `[p]`.
    pub(super) fn product(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        let design = self.problem.design;
        let raw_v = design.raw_coefficients(v);
        let sums = self.sum_weighed(&self.vector_plan, Depth::Score, at, |view, scratch, sums| {
            let working = &mut scratch.working;
            working.eta.fill(0.0);
            view.add_xb(&raw_v, &mut working.eta);
            working.eta.iter_mut().zip(&working.working_weights).for_each(|(e, w)| *e *= w);
            view.add_xtv(&working.eta, &mut sums.score);
        })?;
        Ok(design.contract_vector(&sums.score))
    }

    /// The sums over the blocks of what `add` makes of their working weights and weighted residuals.
    pub(crate) fn sum_weighed(
        &self,
        plan: &Plan,
        depth: Depth,
        at: Point,
        add: impl Fn(&BlockView, &mut Weighed, &mut Sums) + Sync,
    ) -> Result<Sums> {
        let problem = self.problem;
        let design = problem.design;
        let raw_coefficients = self.raw_coefficients(at);
        sweep(
            plan,
            self.cancel,
            vec![(); plan.lanes()],
            || Sums::new(depth, design),
            |sums, (), block| {
                let rows = block.range();
                // taken out, so that sums and scratch can be borrowed side by side
                let Scratch { block: mut block_scratch, working, weighted } = std::mem::take(&mut sums.scratch);
                let mut weighed = Weighed { working, weighted };
                let view = design.view(block, &mut block_scratch);
                weighed.working.resize(block.len);
                self.fill_means(&view, rows.clone(), raw_coefficients.as_deref(), &mut weighed.working);
                let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
                weighed.working.weigh(problem.family, &problem.y[rows], prior_weights);
                add(&view, &mut weighed, sums);
                let Weighed { working, weighted } = weighed;
                sums.scratch = Scratch { block: block_scratch, working, weighted };
            },
            Sums::merge,
        )
    }
}

/// A block's working weights and weighted residuals, and scratch memory for products with them.
pub(crate) struct Weighed {
    pub working: Working,
    pub weighted: Vec<f64>,
}
