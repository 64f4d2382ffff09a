//! Products with the information matrix that never build it, for designs too wide for a p × p matrix.

use super::GlmObjective;
use crate::accumulate::{Depth, Sums};
use crate::design::BlockView;
use crate::error::Result;
use crate::objective::Point;
use crate::pass::sweep;
use crate::working::Working;

impl GlmObjective<'_> {
    /// The diagonal of the information. Shape: `[p]`.
    pub(super) fn diagonal(&self, at: Point) -> Result<Vec<f64>> {
        let raw = self.sum_working(at, |view, working, out| view.add_diagonal(&working.working_weights, out))?;
        Ok(self.problem.design.contract_diagonal(&raw))
    }

    /// information · v. Shapes: `[p]`.
    pub(super) fn product(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        let design = self.problem.design;
        let raw_v = design.raw_coefficients(v);
        let raw = self.sum_working(at, |view, working, out| {
            working.eta.fill(0.0);
            view.add_xb(&raw_v, &mut working.eta);
            working.eta.iter_mut().zip(&working.working_weights).for_each(|(e, w)| *e *= w);
            view.add_xtv(&working.eta, out);
        })?;
        Ok(design.contract_vector(&raw))
    }

    /// The sum over the blocks of what `add` makes of their working weights. Shape: `[raw_cols]`.
    fn sum_working(&self, at: Point, add: impl Fn(&BlockView, &mut Working, &mut [f64]) + Sync) -> Result<Vec<f64>> {
        let problem = self.problem;
        let design = problem.design;
        let raw_coefficients = match at {
            Point::Start => None,
            Point::At(theta) => Some(design.raw_coefficients(theta)),
        };
        let sums = sweep(
            &self.vector_plan,
            self.cancel,
            vec![(); self.vector_plan.lanes()],
            || Sums::new(Depth::Score, design.raw_cols(), design.cols()),
            |sums, (), block| {
                let rows = block.range();
                let mut scratch = std::mem::take(&mut sums.scratch);
                let view = design.view(block, &mut scratch.block);
                let working = &mut scratch.working;
                working.resize(block.len);
                self.fill_means(&view, rows.clone(), raw_coefficients.as_deref(), working);
                let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
                working.weigh(problem.family, &problem.y[rows], prior_weights);
                add(&view, working, &mut sums.score);
                sums.scratch = scratch;
            },
            Sums::merge,
        )?;
        Ok(sums.score)
    }
}
