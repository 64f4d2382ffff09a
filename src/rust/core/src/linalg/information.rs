//! An information matrix, in whatever form its design allows.

use super::bordered::Bordered;
use super::{cholesky_in_order, Cholesky, Symmetric};

/// A symmetric p × p matrix.
#[derive(Debug, Clone)]
pub enum Information {
    Dense(Symmetric),
    Bordered(Box<Bordered>),
}

impl Information {
    /// self · v. Shapes: `[p]`.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        match self {
            Information::Dense(matrix) => matrix.times(v),
            Information::Bordered(matrix) => matrix.times(v),
        }
    }

    /// Column j. Shape: `[p]`.
    pub fn column(&self, j: usize) -> Vec<f64> {
        match self {
            Information::Dense(matrix) => (0..matrix.size()).map(|i| matrix.at(i, j)).collect(),
            Information::Bordered(matrix) => {
                let mut unit = vec![0.0; matrix.border.cols];
                unit[j] = 1.0;
                matrix.times(&unit)
            }
        }
    }

    /// Its diagonal: the squared norms of the columns of √W·X. Shape: `[p]`.
    pub fn squares(&self) -> Vec<f64> {
        match self {
            Information::Dense(matrix) => (0..matrix.size()).map(|j| matrix.at(j, j)).collect(),
            Information::Bordered(matrix) => matrix.squares(),
        }
    }

    /// The factor without the columns `skip` and those that have a pivot below `tolerance`, relative to the column, when
    /// those before them are swept out: R's order, in which later columns are aliased.
    pub fn factorise_in_order(&self, skip: &[usize], tolerance: f64) -> Cholesky {
        match self {
            Information::Dense(matrix) => cholesky_in_order(matrix, skip, tolerance),
            Information::Bordered(matrix) => matrix.factorise_in_order(skip, tolerance),
        }
    }

    /// All of its entries.
    pub fn into_dense(self) -> Symmetric {
        match self {
            Information::Dense(matrix) => matrix,
            Information::Bordered(matrix) => matrix.to_dense(),
        }
    }

    /// Both triangles, by columns.
    pub fn to_full(&self) -> Vec<f64> {
        match self {
            Information::Dense(matrix) => matrix.to_full(),
            Information::Bordered(matrix) => matrix.to_dense().to_full(),
        }
    }
}
