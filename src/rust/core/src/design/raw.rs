//! Xᵀ W X in level space, and the way from there to the columns of the model matrix.

use super::border::RawBorder;
use super::Design;
use crate::linalg::{Information, Symmetric};

/// The upper triangle of a `size` × `size` matrix, by columns: entry (i, j), i <= j, at i + j·size. The levels of a large
/// factor are not among its columns.
#[derive(Debug, Clone)]
pub struct RawGram {
    pub size: usize,
    pub values: Vec<f64>,
    pub border: Option<RawBorder>,
}

impl RawGram {
    pub fn add(&mut self, other: &RawGram) {
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
        if let (Some(a), Some(b)) = (&mut self.border, &other.border) {
            a.add(b);
        }
    }

    /// Entry (i, j) in either order.
    fn at(&self, i: usize, j: usize) -> f64 {
        let (i, j) = if i <= j { (i, j) } else { (j, i) };
        self.values[i + j * self.size]
    }

    /// out = contrastᵀ · raw · contrast, p × p. `entries` visits the non-zero (level-space column, column, value) of the
    /// contrast.
    pub(super) fn contract(&self, p: usize, entries: impl Fn(&mut dyn FnMut(usize, usize, f64)), out: &mut Symmetric) {
        let q = self.size;
        // half: raw · contrast, a q × p matrix by columns
        let mut half = vec![0.0; q * p];
        entries(&mut |raw_col, col, value| {
            let out = &mut half[col * q..(col + 1) * q];
            for (i, o) in out.iter_mut().enumerate() {
                *o += value * self.at(i, raw_col);
            }
        });
        entries(&mut |raw_col, col, value| {
            for j in col..p {
                *out.at_mut(col, j) += value * half[raw_col + j * q];
            }
        });
    }
}

impl Design<'_> {
    /// Sums of nothing, for [`super::BlockView::add_xtwx`] to add to.
    pub fn empty_gram(&self) -> RawGram {
        let size = self.gram_size();
        RawGram { size, values: vec![0.0; size * size], border: self.empty_border() }
    }

    /// The numbers that a [`RawGram`] adds up.
    pub fn gram_len(&self) -> usize {
        self.gram_size().saturating_mul(self.gram_size()).saturating_add(self.border_len())
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
        raw.contract(self.cols(), |visit| self.for_each_entry(visit), &mut out);
        Information::Dense(out)
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
