//! An information matrix with one large diagonal block: the levels of a factor, no two of which meet in a row.
//!
//! The columns are the factor's *levels* and the q *others*: the matrix is a small dense block, a cross block of q × K,
//! and a diagonal. Sweeping the levels out leaves q columns to factorise (the Schur complement), and never a K × K
//! matrix. Where the design has an intercept and a column for each level but one, the base, the two together span as
//! much as a column for each level: level k then has the *effect* intercept + its coefficient, the base that of the
//! intercept alone. In effects the diagonal block is diagonal still, and the others are measured within levels.

mod effects;
mod factor;
mod inverse;
mod rank;

pub use factor::BorderedFactor;
pub use inverse::{BlockInverse, Places, RowScratch};

use super::{SparseColumns, Symmetric};
use std::sync::Arc;

/// Where the columns of the model matrix belong.
#[derive(Debug, Clone, PartialEq)]
pub struct Border {
    /// p
    pub cols: usize,
    /// The columns that are neither the factor's nor the absorbed intercept, ascending.
    pub others: Vec<usize>,
    /// The column of each level, ascending; `None` for a base.
    pub levels: Vec<Option<usize>>,
    /// The intercept that becomes the effect of the base.
    pub absorbed: Option<Absorbed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absorbed {
    pub intercept: usize,
    /// The level without a column.
    pub base: usize,
}

impl Border {
    /// The first of the factor's columns.
    fn first_level(&self) -> usize {
        self.levels.iter().flatten().next().copied().unwrap_or(self.cols)
    }
}

/// XᵀWX.
#[derive(Debug, Clone)]
pub struct Bordered {
    pub border: Arc<Border>,
    /// q × q
    pub others: Symmetric,
    /// For each level its products with the others; a base that is not absorbed has none.
    pub cross: SparseColumns,
    /// For each level its sum of weights, 0 for a base that is not absorbed. Shape: `[K]`.
    pub diagonal: Vec<f64>,
}

impl Bordered {
    /// self · v. Shapes: `[p]`.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let border = &*self.border;
        let others: Vec<f64> = border.others.iter().map(|&j| v[j]).collect();
        let mut sums = self.others.times(&others);
        let mut out = vec![0.0; border.cols];
        let shared = border.absorbed.map_or(0.0, |a| v[a.intercept]);
        for (k, column) in border.levels.iter().enumerate() {
            let effect = shared + column.map_or(0.0, |column| v[column]);
            let product = self.diagonal[k] * effect + self.cross.dot(k, &others);
            self.cross.add_to(k, effect, &mut sums);
            if let Some(column) = column {
                out[*column] = product;
            }
            if let Some(absorbed) = border.absorbed {
                out[absorbed.intercept] += product;
            }
        }
        border.others.iter().zip(sums).for_each(|(&j, sum)| out[j] = sum);
        out
    }

    /// The squared norms of the columns of √W·X. Shape: `[p]`.
    pub fn squares(&self) -> Vec<f64> {
        let border = &*self.border;
        let mut out = vec![0.0; border.cols];
        border.others.iter().enumerate().for_each(|(i, &j)| out[j] = self.others.at(i, i));
        for (column, &weight) in border.levels.iter().zip(&self.diagonal) {
            column.iter().for_each(|&column| out[column] = weight);
        }
        if let Some(absorbed) = border.absorbed {
            out[absorbed.intercept] = self.diagonal.iter().sum();
        }
        out
    }

    /// The matrix for factors without the columns `fixed`: an intercept among them takes the effect of the base with it.
    pub fn with_intercept_fixed(self, fixed: &[usize]) -> Self {
        let Some(Absorbed { base, .. }) = self.border.absorbed.filter(|a| fixed.contains(&a.intercept)) else {
            return self;
        };
        let border = Arc::new(Border { absorbed: None, ..(*self.border).clone() });
        let mut cross = SparseColumns::default();
        for k in 0..self.cross.len() {
            cross.push(self.cross.column(k).filter(|_| k != base));
        }
        let mut diagonal = self.diagonal;
        diagonal[base] = 0.0;
        Bordered { border, cross, diagonal, others: self.others }
    }

    /// The p × p matrix.
    pub fn to_dense(&self) -> Symmetric {
        let border = &*self.border;
        let mut out = Symmetric::zeros(border.cols);
        let mut add = |i: usize, j: usize, value: f64| *out.at_mut(i.min(j), i.max(j)) += value;
        for (a, &i) in border.others.iter().enumerate() {
            border.others.iter().enumerate().skip(a).for_each(|(b, &j)| add(i, j, self.others.at(a, b)));
        }
        for (k, column) in border.levels.iter().enumerate() {
            let intercept = border.absorbed.map(|a| a.intercept);
            for &column in column.iter().chain(&intercept) {
                add(column, column, self.diagonal[k]);
                self.cross.column(k).for_each(|(a, value)| add(border.others[a], column, value));
            }
            if let (Some(column), Some(intercept)) = (*column, intercept) {
                add(intercept, column, self.diagonal[k]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
