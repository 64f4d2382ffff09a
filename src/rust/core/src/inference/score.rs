//! The score rows of a fit, from what it keeps.

use crate::design::{BlockScratch, Design, RowBlock, Tile};
use crate::error::{Error, Result};

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

    /// What row `row` of the model matrix is multiplied by.
    pub(crate) fn factor(&self, row: usize) -> f64 {
        let w = self.weights[row];
        if w > 0.0 {
            w * self.residuals[row]
        } else {
            0.0
        }
    }

    /// The rows of a tile that begins with row `start` of the design. Shape: out `[B × p]`, by rows.
    pub(crate) fn fill(&self, tile: &Tile, start: usize, out: &mut Vec<f64>) {
        let p = self.design.cols();
        out.clear();
        out.resize(tile.len * p, 0.0);
        self.design.for_each_in_tile(tile, |row, column, x| out[row * p + column] += self.factor(start + row) * x);
    }

    /// The rows of a block, appended to `out` one after the other.
    pub(super) fn append(&self, block: RowBlock, scratch: &mut BlockScratch, out: &mut Vec<f64>) {
        let view = self.design.view(block, scratch);
        let mut rows = vec![];
        self.fill(&view.whole(), block.start, &mut rows);
        out.append(&mut rows);
    }
}
