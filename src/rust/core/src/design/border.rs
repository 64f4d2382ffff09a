//! The one factor whose levels are kept apart.
//!
//! No two levels of a factor meet in a row, so its block of XᵀWX is a diagonal. For a factor with many levels, K × K of
//! zeros are not worth their memory: it comes last in level space, with its diagonal and its products with the columns
//! before it ([`super::RawGram`]), and the information becomes [`Bordered`]. One factor only: two of them meet in rows.

use super::cells::Cells;
use super::term::Term;
use super::{Design, RawGram};
use crate::linalg::bordered::{Absorbed, Border, Bordered};
use crate::linalg::{add, SparseColumns, Symmetric};
use std::sync::Arc;

/// Fewest levels that are kept apart.
pub(super) const LARGE: usize = 256;

/// The factor that is kept apart.
#[derive(Clone)]
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
                (Some(base), None) if levels.iter().flatten().all(|&c| c > intercept) => {
                    Some(Absorbed { intercept, base })
                }
                _ => None,
            }
        });
        let mut is_other = vec![true; cols];
        levels
            .iter()
            .flatten()
            .chain(absorbed.iter().map(|a| &a.intercept))
            .for_each(|&column| is_other[column] = false);
        let others = (0..cols).filter(|&column| is_other[column]).collect();
        Some(BorderTerm { term, border: Arc::new(Border { cols, others, levels, absorbed }) })
    }
}

/// The column of each level of a contrast that only selects levels, ascending.
pub(super) fn own_columns(factor: &Term) -> Option<Vec<Option<usize>>> {
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
    /// Level-space columns of which all products are kept.
    pub width: usize,
    /// Their products with each level: column i, level k at i + k·width.
    pub cross: Vec<f64>,
    /// Products with the terms of which the pairs are known: for each coded term the sums of its pairs.
    pub cells: Vec<Vec<f64>>,
    /// Sums of weights. Shape: `[K]`.
    pub diagonal: Vec<f64>,
}

impl RawBorder {
    pub(super) fn add(&mut self, other: &RawBorder) {
        add(&mut self.cross, &other.cross);
        self.cells.iter_mut().zip(&other.cells).for_each(|(a, b)| add(a, b));
        add(&mut self.diagonal, &other.diagonal);
    }
}

impl Design<'_> {
    /// Is a large factor kept apart?
    pub fn has_border(&self) -> bool {
        self.border.is_some()
    }

    pub(super) fn empty_border(&self) -> Option<RawBorder> {
        let (width, levels) = self.border_shape()?;
        let coded = self.terms.iter().zip(&self.cells).filter(|(term, _)| term.is_coded());
        let cells = coded.map(|(_, cells)| vec![0.0; cells.as_ref().map_or(0, Cells::len)]).collect();
        Some(RawBorder { width, cross: vec![0.0; width * levels], cells, diagonal: vec![0.0; levels] })
    }

    /// The numbers that a [`RawBorder`] adds up.
    pub(super) fn border_len(&self) -> usize {
        let pairs: usize = self.cells.iter().flatten().map(Cells::len).sum();
        self.border_shape().map_or(0, |(width, levels)| (width + 1).saturating_mul(levels).saturating_add(pairs))
    }

    /// Level-space columns of which all products with the levels are kept, and levels.
    fn border_shape(&self) -> Option<(usize, usize)> {
        let large = self.border.as_ref()?.term;
        let indexed =
            self.cells.iter().zip(&self.raw_start).filter_map(|(cells, start)| cells.as_ref().map(|_| *start));
        Some((indexed.min().unwrap_or(self.raw_start[large]), self.terms[large].levels()))
    }

    /// Contrasts applied to the sums of a design with a large factor.
    pub(super) fn contract_border(&self, large: &BorderTerm, raw: &RawGram, sums: &RawBorder) -> Bordered {
        let border = &large.border;
        let mut position = vec![None; border.cols];
        border.others.iter().enumerate().for_each(|(i, &column)| position[column] = Some(i));
        // for each level-space column of the others, what it adds to which of them
        let mut entries: Vec<Vec<(usize, f64)>> = vec![vec![]; raw.size()];
        self.for_each_entry(|raw_col, col, value| {
            if let (true, Some(i)) = (raw_col < raw.size(), position[col]) {
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

        let places = self.cells.iter().zip(&self.raw_start).zip(&self.terms).filter(|(_, term)| term.is_coded());
        let places = sums.cells.iter().zip(places.map(|(place, _)| place));
        let indexed: Vec<_> =
            places.filter_map(|(sums, (cells, start))| Some((sums, (cells.as_ref()?, *start)))).collect();
        let mut cross = SparseColumns::default();
        let mut diagonal = sums.diagonal.clone();
        let mut column = vec![0.0; q];
        for (level, total) in diagonal.iter_mut().enumerate() {
            if border.absorbed.is_none() && border.levels[level].is_none() {
                *total = 0.0;
                cross.push([]);
                continue;
            }
            let mut add = |raw_col: usize, product: f64| {
                entries[raw_col].iter().for_each(|&(i, value)| column[i] += value * product);
            };
            let products = &sums.cross[level * sums.width..(level + 1) * sums.width];
            products.iter().enumerate().for_each(|(raw_col, &product)| add(raw_col, product));
            for (sums, (cells, start)) in &indexed {
                cells.of_level(level).for_each(|(cell, other)| add(start + other, sums[cell]));
            }
            cross.push_full(&column);
            column.fill(0.0);
        }
        Bordered { border: Arc::clone(border), others, cross, diagonal }
    }
}
