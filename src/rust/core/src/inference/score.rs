//! The score rows of a fit, from what it keeps.

use crate::accumulate::Scratch;
use crate::design::{BlockScratch, Design, RowBlock, Tile};
use crate::error::{Error, Result};
use crate::pass::{sweep, Plan};
use crate::watch::Watch;
use std::ops::Range;

/// Row i is w_i·e_i·x_i, w the working weights and e the working residuals: the same for every family, and not divided by
/// a dispersion.
pub struct ScoreRows<'a> {
    pub design: &'a Design<'a>,
    /// Rows of weight 0 take no part. Shape: `[n]`.
    pub weights: &'a [f64],
    /// Shape: `[n]`.
    pub residuals: &'a [f64],
}

impl ScoreRows<'_> {
    /// Errors: lengths that do not fit.
    pub fn check(&self) -> Result<()> {
        let n = self.design.rows();
        if self.weights.len() == n && self.residuals.len() == n {
            return Ok(());
        }
        Err(Error::Argument { arg: "residuals", message: format!("must have a value for each of the {n} rows") })
    }

    /// What rows of the model matrix are multiplied by. Shape: `[rows]`.
    pub(crate) fn factors(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        let pairs = self.weights[rows.clone()].iter().zip(&self.residuals[rows]);
        pairs.map(|(&w, &e)| if w > 0.0 { w * e } else { 0.0 })
    }

    /// Some columns of the rows of a tile that begins with row `start` of the design. Shape: out `[B × width]`, by rows, of
    /// which the columns come first.
    pub(crate) fn fill(&self, tile: &Tile, start: usize, columns: Range<usize>, out: &mut [f64], width: usize) {
        let factors: Vec<f64> = self.factors(start..start + tile.len).collect();
        self.design.fill_rows(tile, columns, &factors, out, width);
    }

    /// All rows. One pass. Shape: out n × p by columns.
    pub fn write(&self, out: &mut [f64], watch: &Watch) -> Result<()> {
        self.check()?;
        let (design, n, p) = (self.design, self.design.rows(), self.design.cols());
        let plan = Plan::new(n, design.block_cols() + p, 1, p);
        sweep(
            &plan,
            watch,
            plan.split_columns(out),
            || (),
            Scratch::default,
            |(), (start, columns), scratch, block| {
                let view = design.view(block, &mut scratch.block);
                let rows = &mut scratch.tile.rows;
                rows.resize(p * block.len, 0.0);
                design.expand(&view.whole(), rows);
                let factors: Vec<f64> = self.factors(block.range()).collect();
                write_scaled(rows, &factors, columns, block.start - *start);
            },
            |(), ()| {},
        )
    }

    /// The rows of a block, appended to `out` one after the other.
    pub(super) fn append(&self, block: RowBlock, scratch: &mut BlockScratch, out: &mut Vec<f64>) {
        let view = self.design.view(block, scratch);
        let (len, p) = (out.len(), self.design.cols());
        out.resize(len + block.len * p, 0.0);
        self.fill(&view.whole(), block.start, 0..p, &mut out[len..], p);
    }
}

/// Rows of X in full, each times its factor, into the lanes' columns from row `local` on. Shapes: rows `[p × B]`, factors `[B]`.
pub(super) fn write_scaled(rows: &[f64], factors: &[f64], columns: &mut [&mut [f64]], local: usize) {
    for (column, x) in columns.iter_mut().zip(rows.chunks_exact(factors.len())) {
        let out = &mut column[local..local + factors.len()];
        out.iter_mut().zip(x).zip(factors).for_each(|((out, x), s)| *out = s * x);
    }
}
