//! How far the means go.

use super::GlmObjective;
use crate::accumulate::Scratch;
use crate::error::Result;
use crate::objective::Point;
use crate::pass::sweep;
use crate::simd;

impl GlmObjective<'_> {
    /// The least and the largest mean.
    pub fn range_of_means(&self, at: Point) -> Result<(f64, f64)> {
        let raw_coefficients = self.raw_coefficients(at);
        let join = |range: &mut (f64, f64), (least, largest): (f64, f64)| {
            *range = (range.0.min(least), range.1.max(largest));
        };
        sweep(
            &self.vector_plan,
            self.watch,
            vec![(); self.vector_plan.lanes()],
            || (f64::INFINITY, f64::NEG_INFINITY),
            || self.memory.lend(),
            |range, (), scratch, block| {
                let scratch: &mut Scratch = scratch;
                let working = &mut scratch.tile.working;
                let view = self.problem.design.view(block, &mut scratch.block);
                working.resize(block.len);
                self.fill_means(view.whole(), block.range(), raw_coefficients.as_deref(), working);
                join(range, simd::range(&working.mu));
            },
            join,
        )
    }
}
