//! Rows of the model matrix in full, for the few who need them: QR and leverages.

use super::{BlockView, Design};

impl Design<'_> {
    /// out = the block's rows of X, by columns. Shape: `[p × B]`, column j at j·B.
    pub fn expand(&self, view: &BlockView, out: &mut [f64]) {
        let n = view.len;
        out.fill(0.0);
        let mut dense = view.dense.iter();
        let mut coded = view.coded.iter();
        for term in &self.terms {
            if !term.is_coded() {
                for j in 0..term.numeric_cols() {
                    let place = term.place(j, 0);
                    if let Some(column) = dense.next() {
                        out[place * n..(place + 1) * n].copy_from_slice(column);
                    }
                }
            } else if let Some(view) = coded.next() {
                for j in 0..term.numeric_cols() {
                    for (row, &code) in view.codes.iter().enumerate() {
                        let x = view.numeric.as_ref().map_or(1.0, |columns| columns[j][row]);
                        for &(c, value) in term.contrast().row(code as usize) {
                            out[term.place(j, c) * n + row] = value * x;
                        }
                    }
                }
            }
        }
    }
}
