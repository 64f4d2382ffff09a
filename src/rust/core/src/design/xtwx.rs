//! Xᵀ·diag(w)·X, and Xᵀ·r with it.

use super::block::CodedView;
use super::raw::RawGram;
use super::Tile;
use crate::simd::{self, multiply_into, Columns};

/// Memory of one lane for the products of a tile.
#[derive(Default)]
pub struct GramScratch {
    products: simd::GramScratch,
    column: Vec<f64>,
}

impl Tile<'_> {
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
        let d = self.dense.count();
        let out = &mut simd::Sums { gram: &mut gram.dense, stride: d, score };
        if self.view.coded.is_empty() {
            return simd::add_gram(self.dense, w, r, out, &mut scratch.products);
        }
        let weighted = simd::add_gram_and_weigh(self.dense, w, r, out, &mut scratch.products);
        self.add_coded_xtv(r, out.score);
        scratch.column.resize(self.len, 1.0);
        let column = &mut scratch.column[..self.len];
        let small = || {
            let terms = self.view.coded.iter().enumerate();
            terms.filter(|(i, _)| Some(*i) != self.view.border).map(|(_, term)| term)
        };
        for (term, sums) in small().zip(&mut gram.coded) {
            self.add_dense_coded(weighted, d, term, &mut sums.with_dense);
            self.add_coded_itself(term, w, &mut sums.with_itself, column);
            for (earlier, sums) in small().zip(&mut sums.with_earlier) {
                self.add_coded_coded(earlier, term, w, sums, column);
            }
        }
        if let (Some(large), Some(sums)) = (self.view.border, &mut gram.border) {
            self.add_border(large, weighted, w, sums, column);
        }
    }

    /// Add the products of the `d` weighted dense columns with a coded term. Shape: sums d × K·M, by columns.
    fn add_dense_coded(&self, weighted: Columns, d: usize, term: &CodedView, sums: &mut [f64]) {
        let m = term.numeric_cols();
        let codes = self.codes(term);
        for j in 0..m {
            let x = self.numeric(term, j);
            let whole = if x.is_none() { d - d % WIDTH } else { 0 };
            for i in (0..whole).step_by(WIDTH) {
                add_side_by_side(codes, std::array::from_fn(|k| weighted.get(i + k)), &mut sums[i..], d);
            }
            for i in whole..d {
                let table = &mut sums[i + j * d..];
                let rows = codes.iter().zip(weighted.get(i));
                match x {
                    None => rows.for_each(|(&code, &value)| table[code as usize * d] += value),
                    Some(x) => rows.zip(x).for_each(|((&code, &value), &x)| table[code as usize * m * d] += value * x),
                }
            }
        }
    }

    /// Shape: sums, columns of `a` × columns of `b`, by columns. `column` is scratch memory.
    fn add_coded_coded(&self, a: &CodedView, b: &CodedView, w: Option<&[f64]>, sums: &mut [f64], column: &mut [f64]) {
        let (ma, mb) = (a.numeric_cols(), b.numeric_cols());
        let rows = a.levels * ma;
        for jb in 0..mb {
            for ja in 0..ma {
                let values = product(w, self.numeric(a, ja), self.numeric(b, jb), column);
                let table = &mut sums[ja + jb * rows..];
                for ((&ca, &cb), &value) in self.codes(a).iter().zip(self.codes(b)).zip(values) {
                    table[ca as usize * ma + cb as usize * mb * rows] += value;
                }
            }
        }
    }

    /// Different levels never meet in a row. Shape: sums, M × M for each level. `column` is scratch memory.
    fn add_coded_itself(&self, term: &CodedView, w: Option<&[f64]>, sums: &mut [f64], column: &mut [f64]) {
        let m = term.numeric_cols();
        for j in 0..m {
            for i in 0..=j {
                let values = product(w, self.numeric(term, i), self.numeric(term, j), column);
                let table = &mut sums[i + j * m..];
                for (&code, &value) in self.codes(term).iter().zip(values) {
                    table[code as usize * m * m] += value;
                }
            }
        }
    }
}

/// Columns that are added at a time where the sums of a level lie beside each other.
pub(super) const WIDTH: usize = 4;

/// table[code·stride + k] += columns[k] for every row.
pub(super) fn add_side_by_side(codes: &[u32], columns: [&[f64]; WIDTH], table: &mut [f64], stride: usize) {
    let columns = columns.map(|column| &column[..codes.len()]);
    for (row, &code) in codes.iter().enumerate() {
        let at = code as usize * stride;
        let sums = &mut table[at..at + WIDTH];
        sums.iter_mut().zip(&columns).for_each(|(sum, column)| *sum += column[row]);
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
