//! The one factor whose levels are kept apart.
//!
//! No two levels of a factor meet in a row, so its block of XᵀWX is a diagonal. For a factor with many levels, K × K of
//! zeros are not worth their memory: it comes last in level space, with its diagonal and its products with the columns
//! before it ([`super::RawGram`]), and the information becomes [`Bordered`]. One factor only: two of them meet in rows.

use super::term::Term;
use super::{Design, RawGram};
use crate::linalg::bordered::{Absorbed, Border, Bordered};
use crate::linalg::{SparseColumns, Symmetric};
use std::sync::Arc;

/// Fewest levels that are kept apart.
pub(super) const LARGE: usize = 256;

/// The factor that is kept apart.
pub(super) struct BorderTerm {
    /// Position in the design's terms.
    pub term: usize,
    border: Arc<Border>,
}

impl BorderTerm {
    /// The plain factor with most levels, if they are many and each has a column of its own or none.
    pub fn find(terms: &[Term], cols: usize) -> Option<Self> {
        let candidates = terms.iter().enumerate().filter(|(_, t)| t.is_plain_factor() && t.levels() >= LARGE);
        // the first of equals
        let (term, factor) = candidates.rev().max_by_key(|(_, t)| t.levels())?;
        let levels = own_columns(factor)?;
        let absorbed = terms.iter().find(|t| t.is_intercept()).and_then(|t| {
            let intercept = t.place(0, 0);
            let mut bases = levels.iter().enumerate().filter(|(_, column)| column.is_none()).map(|(level, _)| level);
            match (bases.next(), bases.next()) {
                (Some(base), None) if levels.iter().flatten().all(|&c| c > intercept) => Some(Absorbed { intercept, base }),
                _ => None,
            }
        });
        let mut is_other = vec![true; cols];
        levels.iter().flatten().chain(absorbed.iter().map(|a| &a.intercept)).for_each(|&column| is_other[column] = false);
        let others = (0..cols).filter(|&column| is_other[column]).collect();
        Some(BorderTerm { term, border: Arc::new(Border { cols, others, levels, absorbed }) })
    }
}

/// The column of each level of a contrast that only selects levels, ascending.
fn own_columns(factor: &Term) -> Option<Vec<Option<usize>>> {
    let mut next = 0;
    let column = |level: usize| match *factor.contrast().row(level) {
        [] => Some(None),
        [(column, 1.0)] if column == next => {
            next += 1;
            Some(Some(factor.place(0, column)))
        }
        _ => None,
    };
    (0..factor.levels()).map(column).collect()
}

/// The sums of a large factor's levels.
#[derive(Debug, Clone)]
pub struct RawBorder {
    /// Products with the level-space columns before it, by levels: column i, level k at i + k·(columns before).
    pub cross: Vec<f64>,
    /// Sums of weights. Shape: `[K]`.
    pub diagonal: Vec<f64>,
}

impl RawBorder {
    pub(super) fn zeros(columns: usize, levels: usize) -> Self {
        RawBorder { cross: vec![0.0; columns * levels], diagonal: vec![0.0; levels] }
    }

    pub(super) fn add(&mut self, other: &RawBorder) {
        self.cross.iter_mut().zip(&other.cross).for_each(|(a, b)| *a += b);
        self.diagonal.iter_mut().zip(&other.diagonal).for_each(|(a, b)| *a += b);
    }
}

impl Design<'_> {
    /// Contrasts applied to the sums of a design with a large factor.
    pub(super) fn contract_border(&self, large: &BorderTerm, raw: &RawGram, sums: &RawBorder) -> Bordered {
        let border = &large.border;
        let mut position = vec![None; border.cols];
        border.others.iter().enumerate().for_each(|(i, &column)| position[column] = Some(i));
        // for each level-space column of the others, what it adds to which of them
        let mut entries: Vec<Vec<(usize, f64)>> = vec![vec![]; raw.size];
        self.for_each_entry(|raw_col, col, value| {
            if let (true, Some(i)) = (raw_col < raw.size, position[col]) {
                entries[raw_col].push((i, value));
            }
        });
        let q = border.others.len();
        let mut others = Symmetric::zeros(q);
        let visit = |visit: &mut dyn FnMut(usize, usize, f64)| {
            for (raw_col, entries) in entries.iter().enumerate() {
                entries.iter().for_each(|&(i, value)| visit(raw_col, i, value));
            }
        };
        raw.contract(q, visit, &mut others);

        let mut cross = SparseColumns::default();
        let mut diagonal = sums.diagonal.clone();
        let mut column = vec![0.0; q];
        for (level, total) in diagonal.iter_mut().enumerate() {
            if border.absorbed.is_none() && border.levels[level].is_none() {
                *total = 0.0;
                cross.push([]);
                continue;
            }
            let products = &sums.cross[level * raw.size..(level + 1) * raw.size];
            for (entries, &product) in entries.iter().zip(products).filter(|(_, &product)| product != 0.0) {
                entries.iter().for_each(|&(i, value)| column[i] += value * product);
            }
            cross.push_full(&column);
            column.fill(0.0);
        }
        Bordered { border: Arc::clone(border), others, cross, diagonal }
    }
}
