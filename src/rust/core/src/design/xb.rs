//! X·beta.

use super::{Design, Tile};

impl Design<'_> {
    /// The coefficients of the level-space columns: contrast · beta for every coded term.
    /// Shapes: beta `[p]`, result `[raw_cols]`.
    pub fn raw_coefficients(&self, beta: &[f64]) -> Vec<f64> {
        let mut raw = vec![0.0; self.raw_cols];
        self.for_each_entry(|raw_col, col, value| raw[raw_col] += value * beta[col]);
        raw
    }
}

impl Tile<'_> {
    /// eta += X·beta over the tile. Shapes: raw `[raw_cols]` from [`Design::raw_coefficients`], eta `[B]`.
    pub fn add_xb(&self, raw: &[f64], eta: &mut [f64]) {
        crate::simd::add_columns(self.dense, raw, eta);
        self.add_coded_xb(raw, eta);
    }

    /// What the coded terms have of it.
    pub fn add_coded_xb(&self, raw: &[f64], eta: &mut [f64]) {
        for term in &self.view.coded {
            let raw = &raw[term.raw_start..];
            let m = term.numeric_cols();
            for j in 0..m {
                let rows = eta.iter_mut().zip(self.codes(term));
                match self.numeric(term, j) {
                    None => rows.for_each(|(e, &code)| *e += raw[code as usize]),
                    Some(x) => rows.zip(x).for_each(|((e, &code), &x)| *e += x * raw[code as usize * m + j]),
                }
            }
        }
    }
}
