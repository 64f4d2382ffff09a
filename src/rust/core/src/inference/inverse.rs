//! (XᵀWX)⁻¹ and the rows of X, tile by tile.

use super::basis::{Basis, BasisRows};
use crate::design::{Design, Tile};
use crate::linalg::bordered::{BlockInverse, Places, RowScratch};
use crate::linalg::Factor;

/// Rows of a tile: more than the kernels for X alone work on best, since each tile reads the inverse.
pub(super) const TILE_ROWS: usize = 2 * crate::simd::TILE_ROWS;

/// In the form that its factor allows.
pub(super) enum Inverse<'a> {
    Basis(Basis),
    Blocks { factor: &'a Factor, inverse: BlockInverse, places: Places },
}

/// Memory of one lane.
#[derive(Default)]
pub(super) struct InverseScratch {
    pub basis: BasisRows,
    row: RowScratch,
}

impl<'a> Inverse<'a> {
    pub fn new(design: &Design, factor: &'a Factor) -> Self {
        match factor.block_inverse() {
            Some(inverse) => {
                let places = inverse.places(design.cols());
                Inverse::Blocks { factor, inverse, places }
            }
            None => Inverse::Basis(Basis::new(design, factor)),
        }
    }

    /// out = xᵀ·self·x for every row x of the tile. `more`: are products of the same rows asked for next?
    pub fn quadratic_forms(
        &self,
        design: &Design,
        tile: &Tile,
        scratch: &mut InverseScratch,
        out: &mut [f64],
        more: bool,
    ) {
        match self {
            Inverse::Basis(basis) => basis.quadratic_forms(tile, &mut scratch.basis, out, more),
            Inverse::Blocks { inverse, places, .. } => {
                for (row, o) in tile.range().zip(out) {
                    let visit_row = |visit: &mut dyn FnMut(usize, f64)| design.for_each_in_row(tile.view, row, visit);
                    *o = inverse.quadratic_form(visit_row, places, &mut scratch.row);
                }
            }
        }
    }

    /// out = self·x for every row x of the tile whose quadratic forms were the last, with `more`, by the columns that are asked for.
    pub fn products<'o>(
        &self,
        design: &Design,
        tile: &Tile,
        scratch: &InverseScratch,
        out: impl Iterator<Item = (usize, &'o mut [f64])>,
    ) {
        match self {
            Inverse::Basis(basis) => out.for_each(|(column, out)| basis.products(column, &scratch.basis, out)),
            Inverse::Blocks { factor, .. } => {
                let mut out: Vec<_> = out.collect();
                let mut x = vec![0.0; design.cols()];
                for (i, row) in tile.range().enumerate() {
                    x.fill(0.0);
                    design.for_each_in_row(tile.view, row, |column, value| x[column] += value);
                    let product = factor.solve(&x);
                    out.iter_mut().for_each(|(column, out)| out[i] = product[*column]);
                }
            }
        }
    }
}
