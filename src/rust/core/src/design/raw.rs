//! Xᵀ W X in level space, and the way from there to the columns of the model matrix.

use super::Design;
use crate::linalg::Symmetric;

/// The upper triangle of a `raw_cols` × `raw_cols` matrix, by columns: entry (i, j), i <= j, at i + j·raw_cols.
#[derive(Debug, Clone)]
pub struct RawGram {
    pub size: usize,
    pub values: Vec<f64>,
}

impl RawGram {
    pub fn zeros(size: usize) -> Self {
        RawGram { size, values: vec![0.0; size * size] }
    }

    pub fn add(&mut self, other: &RawGram) {
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
    }

    /// Entry (i, j) in either order.
    fn at(&self, i: usize, j: usize) -> f64 {
        let (i, j) = if i <= j { (i, j) } else { (j, i) };
        self.values[i + j * self.size]
    }
}

impl Design<'_> {
    /// contrastᵀ · raw · contrast, for all terms at once.
    pub fn contract_gram(&self, raw: &RawGram) -> Symmetric {
        let p = self.cols();
        let q = self.raw_cols();
        // half: raw · contrast, a q × p matrix by columns
        let mut half = vec![0.0; q * p];
        self.for_each_entry(|raw_col, col, value| {
            let out = &mut half[col * q..(col + 1) * q];
            for (i, o) in out.iter_mut().enumerate() {
                *o += value * raw.at(i, raw_col);
            }
        });
        let mut out = Symmetric::zeros(p);
        self.for_each_entry(|raw_col, col, value| {
            for j in col..p {
                *out.at_mut(col, j) += value * half[raw_col + j * q];
            }
        });
        out
    }

    /// Visit the non-zero entries (level-space column, column, value) of the block-diagonal contrast.
    pub(super) fn for_each_entry(&self, mut visit: impl FnMut(usize, usize, f64)) {
        for (i, term) in self.terms.iter().enumerate() {
            let m = term.numeric_cols();
            for level in 0..term.levels() {
                for &(c, value) in term.contrast().row(level) {
                    for j in 0..m {
                        visit(self.raw_start[i] + level * m + j, term.place(j, c), value);
                    }
                }
            }
        }
    }
}
