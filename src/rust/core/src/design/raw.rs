//! Xᵀ W X in level space, and the way from there to the columns of the model matrix.

use super::border::RawBorder;
use super::Design;
use crate::linalg::{add, Information, Symmetric};

/// A `size` × `size` symmetric matrix in blocks: levels of one factor never meet in a row, and their products are not kept.
/// The levels of a large factor are not among its columns.
#[derive(Debug, Clone)]
pub struct RawGram {
    size: usize,
    /// Dense columns, d × d, upper triangle: entry (i, j), i <= j, at i + j·d.
    pub dense: Vec<f64>,
    /// In the order in which a block shows the coded terms, but for a large factor.
    pub coded: Vec<CodedSums>,
    pub border: Option<RawBorder>,
}

/// The products of a coded term of K levels and M numeric columns; its level-space column (level, j) is its M·level + j.
#[derive(Debug, Clone)]
pub struct CodedSums {
    /// First level-space column.
    start: usize,
    levels: usize,
    numeric: usize,
    /// With the d dense columns: those of a level beside each other. Shape: d × K·M, by columns.
    pub with_dense: Vec<f64>,
    /// With itself: M × M a level, by levels and columns, upper triangles.
    pub with_itself: Vec<f64>,
    /// With each of the coded terms before it. Shapes: their columns × K·M, by columns.
    pub with_earlier: Vec<Vec<f64>>,
}

impl CodedSums {
    fn new(start: usize, levels: usize, numeric: usize, d: usize, earlier: &[CodedSums]) -> Self {
        let columns = levels * numeric;
        CodedSums {
            start,
            levels,
            numeric,
            with_dense: vec![0.0; d * columns],
            with_itself: vec![0.0; columns * numeric],
            with_earlier: earlier.iter().map(|other| vec![0.0; other.columns() * columns]).collect(),
        }
    }

    /// K·M.
    pub fn columns(&self) -> usize {
        self.levels * self.numeric
    }

    fn parts(&mut self) -> impl Iterator<Item = &mut Vec<f64>> {
        [&mut self.with_dense, &mut self.with_itself].into_iter().chain(&mut self.with_earlier)
    }
}

impl RawGram {
    pub fn add(&mut self, other: RawGram) {
        add(&mut self.dense, &other.dense);
        for (a, mut b) in self.coded.iter_mut().zip(other.coded) {
            a.parts().zip(b.parts()).for_each(|(a, b)| add(a, b));
        }
        if let (Some(a), Some(b)) = (&mut self.border, &other.border) {
            a.add(b);
        }
    }

    /// The whole matrix, by columns, both triangles.
    fn square(&self) -> Vec<f64> {
        let (q, d) = (self.size, (self.dense.len() as f64).sqrt() as usize);
        let mut square = vec![0.0; q * q];
        let mut set = |i: usize, j: usize, value: f64| {
            square[i + j * q] = value;
            square[j + i * q] = value;
        };
        for j in 0..d {
            (0..=j).for_each(|i| set(i, j, self.dense[i + j * d]));
        }
        for term in &self.coded {
            for (at, &value) in term.with_dense.iter().enumerate() {
                set(at % d, term.start + at / d, value);
            }
            let m = term.numeric;
            for level in 0..term.levels {
                for (i, j) in (0..m).flat_map(|j| (0..=j).map(move |i| (i, j))) {
                    let first = term.start + level * m;
                    set(first + i, first + j, term.with_itself[level * m * m + i + j * m]);
                }
            }
            for (other, sums) in self.coded.iter().zip(&term.with_earlier) {
                let rows = other.columns();
                for (at, &value) in sums.iter().enumerate() {
                    set(other.start + at % rows, term.start + at / rows, value);
                }
            }
        }
        square
    }

    /// out = contrastᵀ · raw · contrast, p × p. `entries` visits the non-zero (level-space column, column, value) of the
    /// contrast.
    pub(super) fn contract(&self, p: usize, entries: impl Fn(&mut dyn FnMut(usize, usize, f64)), out: &mut Symmetric) {
        let q = self.size;
        let square = self.square();
        // half: raw · contrast, a q × p matrix by columns
        let mut half = vec![0.0; q * p];
        entries(&mut |raw_col, col, value| {
            let out = &mut half[col * q..(col + 1) * q];
            out.iter_mut().zip(&square[raw_col * q..]).for_each(|(o, x)| *o += value * x);
        });
        entries(&mut |raw_col, col, value| {
            for j in col..p {
                *out.at_mut(col, j) += value * half[raw_col + j * q];
            }
        });
    }

    /// Level-space columns, but for those of a large factor.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

impl Design<'_> {
    /// Sums of nothing, for [`super::Tile::add_xtwx`] to add to.
    pub fn empty_gram(&self) -> RawGram {
        let d = self.dense_cols;
        let large = self.border.as_ref().map(|border| border.term);
        let mut coded: Vec<CodedSums> = vec![];
        for (i, term) in self.terms.iter().enumerate().filter(|(i, t)| t.is_coded() && Some(*i) != large) {
            let sums = CodedSums::new(self.raw_start[i], term.levels(), term.numeric_cols(), d, &coded);
            coded.push(sums);
        }
        RawGram { size: self.gram_size(), dense: vec![0.0; d * d], coded, border: self.empty_border() }
    }

    /// The numbers that a [`RawGram`] adds up.
    pub fn gram_len(&self) -> usize {
        let d = self.dense_cols;
        let large = self.border.as_ref().map(|border| border.term);
        let terms = self.terms.iter().enumerate().filter(|(i, t)| t.is_coded() && Some(*i) != large);
        let (mut len, mut earlier) = (d.saturating_mul(d), 0usize);
        for (_, term) in terms {
            let each = d.saturating_add(term.numeric_cols()).saturating_add(earlier);
            len = len.saturating_add(term.raw_cols().saturating_mul(each));
            earlier = earlier.saturating_add(term.raw_cols());
        }
        len.saturating_add(self.border_len())
    }

    /// The numbers of the matrix that they are made into.
    pub fn information_len(&self) -> usize {
        self.gram_size().saturating_mul(self.gram_size()).saturating_add(self.border_len())
    }

    /// Additions per row that a [`RawGram`] takes, about.
    pub fn gram_work(&self) -> usize {
        self.block_cols().saturating_mul(self.block_cols())
    }

    /// Level-space columns but for those of a large factor.
    pub(super) fn gram_size(&self) -> usize {
        self.border.as_ref().map_or(self.raw_cols, |large| self.raw_start[large.term])
    }

    /// contrastᵀ · raw · contrast, for all terms at once.
    pub fn contract_gram(&self, raw: &RawGram) -> Information {
        if let (Some(large), Some(sums)) = (&self.border, &raw.border) {
            return Information::Bordered(Box::new(self.contract_border(large, raw, sums)));
        }
        let mut out = Symmetric::zeros(self.cols());
        if self.is_plain {
            let d = raw.size();
            (0..d).for_each(|i| (i..d).for_each(|j| *out.at_mut(i, j) = raw.dense[i + j * d]));
            return Information::Dense(out);
        }
        raw.contract(self.cols(), |visit| self.for_each_entry(visit), &mut out);
        Information::Dense(out)
    }

    /// Visit the non-zero entries (level-space column, column, value) of the block-diagonal contrast.
    pub(super) fn for_each_entry(&self, mut visit: impl FnMut(usize, usize, f64)) {
        if self.is_plain {
            return (0..self.cols()).for_each(|col| visit(col, col, 1.0));
        }
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
