//! An information matrix, in whatever form its design allows.

use super::bordered::Bordered;
use super::Symmetric;

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
