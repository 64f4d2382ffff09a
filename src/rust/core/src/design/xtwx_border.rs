//! The sums of a large factor's levels.

use super::border::RawBorder;
use super::xtwx::multiply;
use super::BlockView;

/// Dense columns that are added side by side: a level's sums of them lie beside each other.
const TILE: usize = 4;

impl BlockView<'_> {
    /// sums += the products of coded term `large`, a plain factor, with itself and with the level-space columns before
    /// it. Shapes: w and weighted, which is scratch memory, `[B]`.
    pub(super) fn add_border(&self, large: usize, w: &[f64], sums: &mut RawBorder, weighted: &mut [f64]) {
        let q = sums.width;
        let codes = self.coded[large].codes;
        for (&code, &w) in codes.iter().zip(w) {
            sums.diagonal[code as usize] += w;
        }
        let tiles = self.dense.chunks_exact(TILE);
        let rest = tiles.remainder();
        for (t, tile) in tiles.enumerate() {
            let tile: [&[f64]; TILE] = std::array::from_fn(|j| &tile[j][..codes.len()]);
            for (row, (&code, &w)) in codes.iter().zip(w).enumerate() {
                let at = code as usize * q + t * TILE;
                let level = &mut sums.cross[at..at + TILE];
                level.iter_mut().zip(&tile).for_each(|(sum, column)| *sum += w * column[row]);
            }
        }
        for (d, column) in rest.iter().enumerate() {
            let table = &mut sums.cross[self.dense.len() - rest.len() + d..];
            for ((&code, &w), &x) in codes.iter().zip(w).zip(*column) {
                table[code as usize * q] += w * x;
            }
        }
        for (i, term) in self.coded.iter().enumerate().filter(|(i, _)| *i != large) {
            if let Some(cells) = term.cells {
                let table = &mut sums.cells[i];
                cells.iter().zip(w).for_each(|(&cell, &w)| table[cell as usize] += w);
                continue;
            }
            let m = term.numeric_cols();
            for j in 0..m {
                let values = match &term.numeric {
                    None => w,
                    Some(columns) => {
                        multiply(w, columns[j], weighted);
                        &*weighted
                    }
                };
                let table = &mut sums.cross[term.raw_start + j..];
                for ((&code, &other), &value) in codes.iter().zip(term.codes).zip(values) {
                    table[code as usize * q + other as usize * m] += value;
                }
            }
        }
    }
}
