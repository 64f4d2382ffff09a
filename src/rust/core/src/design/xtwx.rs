//! Xᵀ·diag(w)·X, and Xᵀ·r with it.

use super::block::CodedView;
use super::raw::RawGram;
use super::{PackedTile, Tile};
use crate::simd::{self, multiply_into};

/// Memory of one lane for the products of a tile.
#[derive(Default)]
pub struct GramScratch {
    weighted: simd::Packed,
    column: Vec<f64>,
}

impl PackedTile<'_> {
    /// gram += Xᵀ diag(w) X and score += Xᵀ r over the tile, in level space; the upper triangle of gram. Shapes: w `[B]`,
    /// `None` where all are 1; r `[B]`.
    pub fn add_xtwx(
        &self,
        w: Option<&[f64]>,
        r: &[f64],
        gram: &mut RawGram,
        score: &mut [f64],
        scratch: &mut GramScratch,
    ) {
        simd::add_gram(self.dense, w, r, &mut gram.values, gram.size, score, &mut scratch.weighted);
        let tile = &self.tile;
        if tile.view.coded.is_empty() {
            return;
        }
        tile.add_coded_xtv(r, score);
        let small = || {
            let terms = tile.view.coded.iter().enumerate();
            terms.filter(|(i, _)| Some(*i) != tile.view.border).map(|(_, term)| term)
        };
        for d in 0..self.dense.count() {
            for term in small() {
                tile.add_row_against_coded(d, scratch.weighted.columns().get(d), term, gram);
            }
        }
        scratch.column.resize(tile.len, 1.0);
        let column = &mut scratch.column[..tile.len];
        for (i, term) in small().enumerate() {
            for other in small().take(i) {
                let (a, b) = if other.raw_start < term.raw_start { (other, term) } else { (term, other) };
                tile.add_coded_coded(a, b, w, gram, column);
            }
            tile.add_coded_itself(term, w, gram, column);
        }
        if let (Some(large), Some(sums)) = (tile.view.border, &mut gram.border) {
            tile.add_border(large, scratch.weighted.columns(), w, sums, column);
        }
    }
}

impl Tile<'_> {
    /// Add the products of a weighted column, level-space row `i` of the matrix, with a coded term. Dense columns come
    /// first in level space, so these lie above the diagonal.
    fn add_row_against_coded(&self, i: usize, weighted: &[f64], term: &CodedView, gram: &mut RawGram) {
        let (q, m) = (gram.size, term.numeric_cols());
        for j in 0..m {
            let table = &mut gram.values[(term.raw_start + j) * q + i..];
            let rows = self.codes(term).iter().zip(weighted);
            match self.numeric(term, j) {
                None => rows.for_each(|(&code, &value)| table[code as usize * q] += value),
                Some(x) => rows.zip(x).for_each(|((&code, &value), &x)| table[code as usize * m * q] += value * x),
            }
        }
    }

    /// `a` has the smaller level-space columns, so that (a, b) lies above the diagonal. `column` is scratch memory.
    fn add_coded_coded(&self, a: &CodedView, b: &CodedView, w: Option<&[f64]>, gram: &mut RawGram, column: &mut [f64]) {
        let q = gram.size;
        let (ma, mb) = (a.numeric_cols(), b.numeric_cols());
        for jb in 0..mb {
            for ja in 0..ma {
                let values = product(w, self.numeric(a, ja), self.numeric(b, jb), column);
                let table = &mut gram.values[a.raw_start + ja + (b.raw_start + jb) * q..];
                for ((&ca, &cb), &value) in self.codes(a).iter().zip(self.codes(b)).zip(values) {
                    table[ca as usize * ma + cb as usize * mb * q] += value;
                }
            }
        }
    }

    /// Different levels never meet in a row: only the M × M blocks on the diagonal fill. `column` is scratch memory.
    fn add_coded_itself(&self, term: &CodedView, w: Option<&[f64]>, gram: &mut RawGram, column: &mut [f64]) {
        let (q, m) = (gram.size, term.numeric_cols());
        for j in 0..m {
            for i in 0..=j {
                let values = product(w, self.numeric(term, i), self.numeric(term, j), column);
                let table = &mut gram.values[(term.raw_start + i) + (term.raw_start + j) * q..];
                for (&code, &value) in self.codes(term).iter().zip(values) {
                    table[code as usize * m * (q + 1)] += value;
                }
            }
        }
    }
}

/// The product of what is there, 1 where nothing is. `column` is scratch memory of the rows' length.
pub(super) fn product<'p>(
    w: Option<&'p [f64]>,
    x: Option<&'p [f64]>,
    z: Option<&'p [f64]>,
    column: &'p mut [f64],
) -> &'p [f64] {
    let mut parts = [w, x, z].into_iter().flatten();
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => column.fill(1.0),
        (Some(a), None, _) => return a,
        (Some(a), Some(b), c) => {
            multiply_into(a, b, column);
            if let Some(c) = c {
                column.iter_mut().zip(c).for_each(|(o, c)| *o *= c);
            }
        }
    }
    column
}
