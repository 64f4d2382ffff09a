//! The model matrix that is never built.
//!
//! A [`Design`] is a list of [`Term`]s. A term is *numeric columns ⊙ one-hot(factor codes) · contrast*: a covariate has
//! no codes, a factor no numeric part, `x:f` has both, `f:g` has combined codes. Kernels work in **level space**,
//! where a coded term has one column for each (level, numeric column) and no contrast: they add into a vector or a
//! matrix of [`Design::raw_cols`] entries, and [`Design::contract_vector`] / [`Design::contract_gram`] apply the
//! contrasts once, to something small.

mod block;
mod border;
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

pub use block::{BlockScratch, BlockView, RowBlock};
pub use border::RawBorder;
pub use column::{Column, Values};
pub use contrast::Contrast;
pub use raw::RawGram;
pub use term::{Codes, Term};

use crate::error::{Error, Result};
use border::BorderTerm;
use join::join_factors;

/// The terms that stand for an n × p model matrix, borrowed from the caller's memory.
pub struct Design<'a> {
    rows: usize,
    cols: usize,
    /// In the formula's order, but for factors that were joined.
    terms: Vec<Term<'a>>,
    /// First level-space column of each term; dense terms come first, whatever their place in the formula.
    raw_start: Vec<usize>,
    raw_cols: usize,
    dense_cols: usize,
    /// A large factor, which comes last in level space.
    border: Option<BorderTerm>,
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
        let terms = join_factors(placed, rows);
        let border = BorderTerm::find(&terms, cols);
        let large = border.as_ref().map(|b| b.term);
        let mut raw_start = vec![0; terms.len()];
        let mut raw_cols = 0;
        let mut dense_cols = 0;
        for coded in [false, true] {
            for (i, term) in terms.iter().enumerate().filter(|(i, t)| t.is_coded() == coded && Some(*i) != large) {
                raw_start[i] = raw_cols;
                raw_cols += term.raw_cols();
            }
            if !coded {
                dense_cols = raw_cols;
            }
        }
        if let Some(large) = large {
            raw_start[large] = raw_cols;
            raw_cols += terms[large].raw_cols();
        }
        Ok(Design { rows, cols, terms, raw_start, raw_cols, dense_cols, border })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// p, the columns of the model matrix.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Columns in level space.
    pub fn raw_cols(&self) -> usize {
        self.raw_cols
    }

    /// Doubles per row that a block works on.
    pub fn block_cols(&self) -> usize {
        let laid_out = |t: &Term| t.numeric_cols() + t.factors().len();
        match self.border {
            Some(_) => self.terms.iter().map(laid_out).sum(),
            None => self.raw_cols.min(self.cols),
        }
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
pub(crate) mod tests;
