//! Small problems to the last digits: their normal equations in twofold precision.

use super::GlmObjective;
use crate::accumulate::Scratch;
use crate::error::Result;
use crate::linalg::{NormalEquations, Twofold};
use crate::objective::{Objective, Point};
use crate::pass::sweep;

/// Rows · columns² up to which it is done: some tenths of a millisecond.
const WORK: usize = 250_000;

/// Columns of X and the right-hand side, what the doubles of that leave out, and weights.
struct Rows {
    columns: Vec<Vec<f64>>,
    low: Vec<f64>,
    weights: Vec<f64>,
}

impl GlmObjective<'_> {
    /// Is the problem small enough?
    pub(super) fn has_twofold_equations(&self) -> bool {
        let (n, p) = (self.problem.rows(), self.problem.design.cols());
        p > 0 && n.saturating_mul(p * p) <= WORK && !self.problem.design.has_border()
    }

    /// X'WX at a point, and where the deviance is quadratic X'W(y − offset). `None` where the problem is not small, or a
    /// number not finite.
    pub(super) fn twofold_equations(&self, at: Point) -> Result<Option<NormalEquations>> {
        let problem = self.problem;
        let p = problem.design.cols();
        if !self.has_twofold_equations() {
            return Ok(None);
        }
        let raw_coefficients = self.raw_coefficients(at);
        let rows = sweep(
            &self.plan,
            self.watch,
            vec![(); self.plan.lanes()],
            || Rows { columns: vec![vec![]; p + 1], low: vec![], weights: vec![] },
            || self.memory.lend(),
            |sums, (), scratch, block| {
                let scratch: &mut Scratch = scratch;
                let rows = block.range();
                let view = problem.design.view(block, &mut scratch.block);
                let tile = view.whole();
                let matrix = &mut scratch.tile.rows;
                matrix.resize(p * tile.len, 0.0);
                problem.design.expand(&tile, matrix);
                sums.columns.iter_mut().zip(matrix.chunks_exact(tile.len)).for_each(|(sum, x)| sum.extend(x));
                let y = &problem.y[rows.clone()];
                let prior_weights = problem.prior_weights.map(|w| &w[rows.clone()]);
                if self.is_quadratic() {
                    sums.weights.extend(prior_weights.unwrap_or(&vec![1.0; y.len()]));
                    for (&y, row) in y.iter().zip(rows) {
                        let response = Twofold::sum_of(y, -problem.offset.map_or(0.0, |o| o[row]));
                        sums.columns[p].push(response.high);
                        sums.low.push(response.low);
                    }
                    return;
                }
                let working = &mut scratch.tile.working;
                working.resize(tile.len);
                self.fill_eta(tile, rows, raw_coefficients.as_deref(), &mut working.eta);
                self.weigh(working, y, prior_weights);
                sums.weights.extend(&working.working_weights);
                sums.columns[p].resize(sums.weights.len(), 0.0);
                sums.low.resize(sums.weights.len(), 0.0);
            },
            |total, rows| {
                total.columns.iter_mut().zip(rows.columns).for_each(|(a, b)| a.extend(b));
                total.low.extend(rows.low);
                total.weights.extend(rows.weights);
            },
        )?;
        Ok(NormalEquations::new(rows.columns, rows.low, rows.weights))
    }
}
