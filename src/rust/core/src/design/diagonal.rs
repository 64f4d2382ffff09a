//! The diagonal of Xᵀ·diag(w)·X alone: two rows of different levels never meet in it, so level space is enough.

use super::{Design, Tile};

impl Tile<'_> {
    /// out += the diagonal of Xᵀ diag(w) X over the tile, in level space. Shapes: w `[B]`, out `[raw_cols]`.
    pub fn add_diagonal(&self, w: &[f64], out: &mut [f64]) {
        for (o, column) in out.iter_mut().zip(self.dense.iter()) {
            *o += column.iter().zip(w).map(|(x, w)| w * x * x).sum::<f64>();
        }
        for term in &self.view.coded {
            let m = term.numeric_cols();
            let out = &mut out[term.raw_start..];
            for j in 0..m {
                let column = self.numeric(term, j);
                for (row, (&w, &code)) in w.iter().zip(self.codes(term)).enumerate() {
                    let x = column.map_or(1.0, |column| column[row]);
                    out[code as usize * m + j] += w * x * x;
                }
            }
        }
    }
}

impl Design<'_> {
    /// The diagonal of contrastᵀ · raw · contrast from that of raw. A column takes from each level one entry at most, and
    /// between levels raw has none. Shapes: raw `[raw_cols]`, result `[p]`.
    pub fn contract_diagonal(&self, raw: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.cols()];
        self.for_each_entry(|raw_col, col, value| out[col] += value * value * raw[raw_col]);
        out
    }
}
