//! Rows of the model matrix, by what is not zero in them.

use super::{BlockView, Design, Tile};

impl Design<'_> {
    /// Visit the (column, value) of row `row` of the block; values may be zero.
    pub fn for_each_in_row(&self, view: &BlockView, row: usize, mut visit: impl FnMut(usize, f64)) {
        let mut dense = view.dense.iter();
        let mut coded = view.coded.iter();
        for term in &self.terms {
            if !term.is_coded() {
                let columns = dense.by_ref().take(term.numeric_cols()).enumerate();
                columns.for_each(|(j, column)| visit(term.place(j, 0), column[row]));
            } else if let Some(view) = coded.next() {
                for &(c, value) in term.contrast().row(view.codes[row] as usize) {
                    for j in 0..term.numeric_cols() {
                        let x = view.numeric.as_ref().map_or(1.0, |columns| columns[j][row]);
                        visit(term.place(j, c), value * x);
                    }
                }
            }
        }
    }

    /// Visit the (row of the tile, column, value) of a tile, column by column; values may be zero.
    pub fn for_each_in_tile(&self, tile: &Tile, mut visit: impl FnMut(usize, usize, f64)) {
        let mut dense = tile.dense.iter();
        let mut coded = tile.view.coded.iter();
        for term in &self.terms {
            if !term.is_coded() {
                for (j, column) in dense.by_ref().take(term.numeric_cols()).enumerate() {
                    let place = term.place(j, 0);
                    column.iter().enumerate().for_each(|(row, &x)| visit(row, place, x));
                }
            } else if let Some(view) = coded.next() {
                for j in 0..term.numeric_cols() {
                    let numeric = tile.numeric(view, j);
                    for (row, &code) in tile.codes(view).iter().enumerate() {
                        let x = numeric.map_or(1.0, |column| column[row]);
                        let entries = term.contrast().row(code as usize);
                        entries.iter().for_each(|&(c, value)| visit(row, term.place(j, c), value * x));
                    }
                }
            }
        }
    }
}
