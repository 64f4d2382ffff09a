//! X·beta.

use super::{BlockView, Design};

impl Design<'_> {
    /// The coefficients of the level-space columns: contrast · beta for every coded term.
    /// Shapes: beta `[p]`, result `[raw_cols]`.
    pub fn raw_coefficients(&self, beta: &[f64]) -> Vec<f64> {
        let mut raw = vec![0.0; self.raw_cols];
        self.for_each_entry(|raw_col, col, value| raw[raw_col] += value * beta[col]);
        raw
    }
}

impl BlockView<'_> {
    /// eta += X·beta over the block. Shapes: raw `[raw_cols]` from [`Design::raw_coefficients`], eta `[B]`.
    pub fn add_xb(&self, raw: &[f64], eta: &mut [f64]) {
        crate::simd::add_columns(&self.dense, raw, eta);
        for term in &self.coded {
            let raw = &raw[term.raw_start..];
            match &term.numeric {
                None => {
                    for (e, &code) in eta.iter_mut().zip(term.codes) {
                        *e += raw[code as usize];
                    }
                }
                Some(columns) => {
                    let m = columns.len();
                    for (j, column) in columns.iter().enumerate() {
                        for ((e, &x), &code) in eta.iter_mut().zip(*column).zip(term.codes) {
                            *e += x * raw[code as usize * m + j];
                        }
                    }
                }
            }
        }
    }
}
