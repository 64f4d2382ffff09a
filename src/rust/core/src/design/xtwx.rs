//! Xᵀ·diag(w)·X.

use super::block::CodedView;
use super::raw::RawGram;
use super::BlockView;
use crate::simd;

impl BlockView<'_> {
    /// gram += Xᵀ diag(w) X over the block, in level space, upper triangle. Shapes: w `[B]`.
    /// `weighted` is scratch memory.
    pub fn add_xtwx(&self, w: &[f64], gram: &mut RawGram, weighted: &mut Vec<f64>) {
        simd::add_gram(&self.dense, w, &mut gram.values, gram.size, weighted);
        for (i, term) in self.coded.iter().enumerate() {
            add_dense_coded(&self.dense, term, w, gram);
            for earlier in &self.coded[..i] {
                add_coded_coded(earlier, term, w, gram);
            }
            add_coded_itself(term, w, gram);
        }
    }
}

/// Dense columns come first in level space, so their products with a coded term lie above the diagonal.
fn add_dense_coded(dense: &[&[f64]], term: &CodedView, w: &[f64], gram: &mut RawGram) {
    let (q, m) = (gram.size, term.numeric_cols());
    let weighted = |j: usize, row: usize| term.numeric.as_ref().map_or(w[row], |columns| w[row] * columns[j][row]);
    for j in 0..m {
        for (row, &code) in term.codes.iter().enumerate() {
            let col = term.raw_start + code as usize * m + j;
            let out = &mut gram.values[col * q..col * q + dense.len()];
            let wz = weighted(j, row);
            for (o, x) in out.iter_mut().zip(dense) {
                *o += wz * x[row];
            }
        }
    }
}

fn add_coded_coded(a: &CodedView, b: &CodedView, w: &[f64], gram: &mut RawGram) {
    let q = gram.size;
    // an earlier term has the smaller level-space columns, so (a, b) lies above the diagonal
    let (ma, mb) = (a.numeric_cols(), b.numeric_cols());
    for jb in 0..mb {
        for ja in 0..ma {
            let xa = a.numeric.as_ref().map(|c| c[ja]);
            let xb = b.numeric.as_ref().map(|c| c[jb]);
            for (row, (&ca, &cb)) in a.codes.iter().zip(b.codes).enumerate() {
                let value = w[row] * xa.map_or(1.0, |x| x[row]) * xb.map_or(1.0, |x| x[row]);
                let i = a.raw_start + ca as usize * ma + ja;
                let j = b.raw_start + cb as usize * mb + jb;
                gram.values[i + j * q] += value;
            }
        }
    }
}

/// Different levels never meet in a row: only the M × M blocks on the diagonal fill.
fn add_coded_itself(term: &CodedView, w: &[f64], gram: &mut RawGram) {
    let (q, m) = (gram.size, term.numeric_cols());
    match &term.numeric {
        None => {
            for (&w, &code) in w.iter().zip(term.codes) {
                gram.values[(term.raw_start + code as usize) * (q + 1)] += w;
            }
        }
        Some(columns) => {
            for j in 0..m {
                for i in 0..=j {
                    for (row, &code) in term.codes.iter().enumerate() {
                        let first = term.raw_start + code as usize * m;
                        gram.values[first + i + (first + j) * q] += w[row] * columns[i][row] * columns[j][row];
                    }
                }
            }
        }
    }
}
