//! Xᵀ·v.

use super::{Design, Tile};

impl Tile<'_> {
    /// out += Xᵀ·v over the tile, in level space. Shapes: v `[B]`, out `[raw_cols]`.
    pub fn add_xtv(&self, v: &[f64], out: &mut [f64]) {
        crate::simd::add_dots(self.dense, v, out);
        self.add_coded_xtv(v, out);
    }

    /// The part of [`Tile::add_xtv`] that belongs to the coded terms.
    pub(super) fn add_coded_xtv(&self, v: &[f64], out: &mut [f64]) {
        for term in &self.view.coded {
            let out = &mut out[term.raw_start..];
            let m = term.numeric_cols();
            for j in 0..m {
                let rows = v.iter().zip(self.codes(term));
                match self.numeric(term, j) {
                    None => rows.for_each(|(&v, &code)| out[code as usize] += v),
                    Some(x) => rows.zip(x).for_each(|((&v, &code), &x)| out[code as usize * m + j] += v * x),
                }
            }
        }
    }
}

impl Design<'_> {
    /// contrastᵀ · raw: from level space to the columns of the model matrix. Shapes: raw `[raw_cols]`, result `[p]`.
    pub fn contract_vector(&self, raw: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.cols()];
        self.for_each_entry(|raw_col, col, value| out[col] += value * raw[raw_col]);
        out
    }
}
