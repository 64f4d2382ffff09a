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
        if self.coded.is_empty() {
            return;
        }
        weighted.resize(self.len, 0.0);
        let small = || self.coded.iter().enumerate().filter(|(i, _)| Some(*i) != self.border).map(|(_, term)| term);
        for (d, column) in self.dense.iter().enumerate() {
            multiply(w, column, weighted);
            for term in small() {
                add_row_against_coded(d, weighted, term, gram);
            }
        }
        for (i, term) in small().enumerate() {
            for other in small().take(i) {
                let (a, b) = if other.raw_start < term.raw_start { (other, term) } else { (term, other) };
                add_coded_coded(a, b, w, gram, weighted);
            }
            add_coded_itself(term, w, gram);
        }
        if let (Some(large), Some(sums)) = (self.border, &mut gram.border) {
            self.add_border(large, w, sums, weighted);
        }
    }
}

pub(super) fn multiply(a: &[f64], b: &[f64], out: &mut [f64]) {
    for ((o, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *o = a * b;
    }
}

/// Add the products of a weighted column, level-space row `i` of the matrix, with a coded term. Dense columns come first
/// in level space, so these lie above the diagonal.
fn add_row_against_coded(i: usize, weighted: &[f64], term: &CodedView, gram: &mut RawGram) {
    let q = gram.size;
    let m = term.numeric_cols();
    match &term.numeric {
        None => {
            let table = &mut gram.values[term.raw_start * q + i..];
            for (&code, &value) in term.codes.iter().zip(weighted) {
                table[code as usize * q] += value;
            }
        }
        Some(columns) => {
            for (j, column) in columns.iter().enumerate() {
                let table = &mut gram.values[(term.raw_start + j) * q + i..];
                for ((&code, &value), &x) in term.codes.iter().zip(weighted).zip(*column) {
                    table[code as usize * m * q] += value * x;
                }
            }
        }
    }
}

/// `a` has the smaller level-space columns, so that (a, b) lies above the diagonal. `weighted` is scratch memory.
fn add_coded_coded(a: &CodedView, b: &CodedView, w: &[f64], gram: &mut RawGram, weighted: &mut [f64]) {
    let q = gram.size;
    let (ma, mb) = (a.numeric_cols(), b.numeric_cols());
    for jb in 0..mb {
        for ja in 0..ma {
            let xa = a.numeric.as_ref().map(|c| c[ja]);
            let xb = b.numeric.as_ref().map(|c| c[jb]);
            let values: &[f64] = match (xa, xb) {
                (None, None) => w,
                (Some(x), None) | (None, Some(x)) => {
                    multiply(w, x, weighted);
                    weighted
                }
                (Some(x), Some(z)) => {
                    multiply(w, x, weighted);
                    weighted.iter_mut().zip(z).for_each(|(v, z)| *v *= z);
                    weighted
                }
            };
            let table = &mut gram.values[a.raw_start + ja + (b.raw_start + jb) * q..];
            for ((&ca, &cb), &value) in a.codes.iter().zip(b.codes).zip(values) {
                table[ca as usize * ma + cb as usize * mb * q] += value;
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
