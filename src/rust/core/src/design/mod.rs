//! The model matrix that is never built.
//!
//! A [`Design`] is a list of [`Term`]s. A term is *numeric columns ⊙ one-hot(factor codes) · contrast*: a covariate has
//! no codes, a factor no numeric part, `x:f` has both, `f:g` has combined codes. Kernels work in **level space**,
//! where a coded term has one column for each (level, numeric column) and no contrast: they add into a vector or a
//! matrix of [`Design::raw_cols`] entries, and [`Design::contract_vector`] / [`Design::contract_gram`] apply the
//! contrasts once, to something small.

mod block;
mod border;
mod cells;
mod centre;
mod column;
mod contrast;
mod diagonal;
mod expand;
mod join;
mod raw;
mod row;
mod term;
mod xb;
mod xtv;
mod xtwx;
mod xtwx_border;

pub use block::{BlockScratch, BlockView, RowBlock, Tile};
pub use border::RawBorder;
pub use centre::Centred;
pub use column::{Column, Values};
pub use contrast::Contrast;
pub use raw::RawGram;
pub use term::{Codes, Term};
pub use xtwx::GramScratch;

use crate::error::{Error, Result};
use border::BorderTerm;
use cells::Cells;
use join::join_factors;

/// The terms that stand for an n × p model matrix, borrowed from the caller's memory.
#[derive(Clone)]
pub struct Design<'a> {
    rows: usize,
    cols: usize,
    /// In the formula's order, but for factors that were joined.
    terms: Vec<Term<'a>>,
    /// First level-space column of each term; dense terms come first, whatever their place in the formula.
    raw_start: Vec<usize>,
    raw_cols: usize,
    dense_cols: usize,
    /// Are the level-space columns those of the model matrix?
    is_plain: bool,
    /// A large factor, which comes last in level space.
    border: Option<BorderTerm>,
    /// For each term its pairs with the large factor, if [`Design::indexed`] has found that they are few.
    cells: Vec<Option<Cells>>,
    /// For each term of several factors their combined codes, 0-based, if [`Design::indexed`] has made them. Shape: `[n]`.
    combined: Vec<Option<Vec<u32>>>,
}

impl<'a> Design<'a> {
    /// Errors: a column or code vector whose length is not `rows`; a code that is missing or beyond its levels.
    pub fn new(rows: usize, terms: Vec<Term<'a>>) -> Result<Self> {
        let mut cols = 0;
        let mut placed = Vec::with_capacity(terms.len());
        for mut term in terms {
            if let Some((what, found)) = term.wrong_length(rows) {
                let message = format!("has {found} rows in `{what}`, but the response has {rows}");
                return Err(Error::Argument { arg: "x", message });
            }
            if let Some((name, row)) = term.wrong_code() {
                return Err(Error::NonFinite { what: name.into(), row, value: f64::NAN });
            }
            let width = term.cols();
            term.place_from(cols);
            cols += width;
            placed.push(term);
        }
        centre::find_bases(&mut placed);
        let terms = join_factors(placed, rows);
        let border = BorderTerm::find(&terms, cols);
        let cells = terms.iter().map(|_| None).collect();
        let combined = terms.iter().map(|_| None).collect();
        let (raw_start, is_plain) = (vec![], false);
        let mut design =
            Design { rows, cols, terms, raw_start, raw_cols: 0, dense_cols: 0, is_plain, border, cells, combined };
        design.place_in_level_space();
        Ok(design)
    }

    /// The design with the combined codes of terms of several factors, and an index of the pairs in which a large factor
    /// meets other ones, for those who will make many passes. Each takes 4 bytes a row.
    pub fn indexed(mut self) -> Self {
        let combine = |term: &Term| {
            let mut codes = vec![0; self.rows];
            term.combine_codes(0, &mut codes);
            codes
        };
        self.combined = self.terms.iter().map(|term| (term.factors().len() > 1).then(|| combine(term))).collect();
        if let Some(large) = self.border.as_ref().map(|border| border.term) {
            let find = |i: usize| (i != large).then(|| Cells::find(&self.terms[large], &self.terms[i], self.rows))?;
            self.cells = (0..self.terms.len()).map(find).collect();
            self.place_in_level_space();
        }
        self
    }

    /// Dense terms first, a large factor last, and before it those whose pairs with it are known.
    fn place_in_level_space(&mut self) {
        let large = self.border.as_ref().map(|border| border.term);
        let rank = |i: usize| match &self.terms[i] {
            _ if Some(i) == large => 3,
            term if !term.is_coded() => 0,
            _ => 1 + usize::from(self.cells[i].is_some()),
        };
        let mut order: Vec<usize> = (0..self.terms.len()).collect();
        order.sort_by_key(|&i| rank(i));
        self.raw_start = vec![0; self.terms.len()];
        (self.raw_cols, self.dense_cols) = (0, 0);
        for i in order {
            self.raw_start[i] = self.raw_cols;
            self.raw_cols += self.terms[i].raw_cols();
            if !self.terms[i].is_coded() {
                self.dense_cols = self.raw_cols;
            }
        }
        self.is_plain = self.terms.iter().zip(&self.raw_start).all(|(term, start)| term.is_plain_from(*start));
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first numeric column of ones.
    pub fn intercept(&self) -> Option<usize> {
        self.terms.iter().find_map(Term::column_of_ones)
    }

    /// p, the columns of the model matrix.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Columns in level space.
    pub fn raw_cols(&self) -> usize {
        self.raw_cols
    }

    /// D, those of them that are dense, which come first.
    pub fn dense_cols(&self) -> usize {
        self.dense_cols
    }

    /// Values per row that a block works on: numeric columns and codes.
    pub fn block_cols(&self) -> usize {
        self.terms.iter().map(|t| t.numeric_cols() + t.factors().len()).sum()
    }

    /// The first value that is not a finite number, as an error that names its variable and row.
    pub fn check_finite(&self) -> Result<()> {
        for column in self.terms.iter().flat_map(|t| t.columns()) {
            if let Some((row, value)) = column.first_not_finite() {
                return Err(Error::NonFinite { what: column.name.clone(), row, value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod border_tests;
#[cfg(test)]
pub(crate) mod tests;
