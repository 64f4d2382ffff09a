//! Xᵀ·v.

use super::{BlockView, Design};

impl BlockView<'_> {
    /// out += Xᵀ·v over the block, in level space. Shapes: v `[B]`, out `[raw_cols]`.
    pub fn add_xtv(&self, v: &[f64], out: &mut [f64]) {
        crate::simd::add_dots(&self.dense, v, out);
        for term in &self.coded {
            let out = &mut out[term.raw_start..];
            match &term.numeric {
                None => {
                    for (&v, &code) in v.iter().zip(term.codes) {
                        out[code as usize] += v;
                    }
                }
                Some(columns) => {
                    let m = columns.len();
                    for (j, column) in columns.iter().enumerate() {
                        for ((&v, &x), &code) in v.iter().zip(*column).zip(term.codes) {
                            out[code as usize * m + j] += v * x;
                        }
                    }
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
