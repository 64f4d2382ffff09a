//! Rows of the model matrix in full, for the few who need them: QR and leverages.

use super::{Design, Tile};

impl Design<'_> {
    /// out = the tile's rows of X, by columns. Shape: `[p × B]`, column j at j·B.
    pub fn expand(&self, tile: &Tile, out: &mut [f64]) {
        let n = tile.len;
        let mut dense = tile.dense.iter();
        let mut coded = tile.view.coded.iter();
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
                    for place in (0..term.contrast().cols()).map(|c| term.place(j, c)) {
                        out[place * n..(place + 1) * n].fill(0.0);
                    }
                    let numeric = tile.numeric(view, j);
                    for (row, &code) in tile.codes(view).iter().enumerate() {
                        let x = numeric.map_or(1.0, |column| column[row]);
                        for &(c, value) in term.contrast().row(code as usize) {
                            out[term.place(j, c) * n + row] = value * x;
                        }
                    }
                }
            }
        }
    }
}
