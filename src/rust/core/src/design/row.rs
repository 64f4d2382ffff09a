//! A single row of the model matrix, by what is not zero in it.

use super::{BlockView, Design};

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
}
