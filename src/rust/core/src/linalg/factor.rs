//! The factor of an information matrix, whatever found it.

use super::bordered::{BlockInverse, BorderedFactor};
use super::Symmetric;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_inverse::invert_upper_triangular;
use faer::{Accum, Mat, Par};

/// Least pivot of a factor of normal equations with which sums of squares in its coordinates have twelve digits.
const LOW_PIVOT: f64 = 1e-3;

/// A factorisation of the information matrix of the columns that are kept, in their order.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Columns that are not aliased, ascending.
    pub kept: Vec<usize>,
    /// Columns that are, ascending.
    pub aliased: Vec<usize>,
    form: Form,
    /// The inverse, where it is known to more digits than the form gives.
    inverse: Option<Symmetric>,
}

#[derive(Debug, Clone)]
enum Form {
    /// R with RᵀR = the matrix: upper triangular, rank × rank.
    Triangle(Mat<f64>),
    Bordered(Box<BorderedFactor>),
}

impl Factor {
    pub fn triangular(kept: Vec<usize>, aliased: Vec<usize>, r: Mat<f64>) -> Self {
        Factor { kept, aliased, form: Form::Triangle(r), inverse: None }
    }

    pub(super) fn with_inverse(self, inverse: Symmetric) -> Self {
        Factor { inverse: Some(inverse), ..self }
    }

    pub(super) fn bordered(kept: Vec<usize>, aliased: Vec<usize>, factor: BorderedFactor) -> Self {
        Factor { kept, aliased, form: Form::Bordered(Box::new(factor)), inverse: None }
    }

    pub fn rank(&self) -> usize {
        self.kept.len()
    }

    /// The p-vector x with matrix · x = rhs on the kept columns and 0 on the aliased. Shape: rhs `[p]`.
    pub fn solve(&self, rhs: &[f64]) -> Vec<f64> {
        match &self.form {
            Form::Triangle(r) => {
                let x = self.kept.iter().map(|&c| rhs[c]).collect();
                spread(&self.kept, &back_solve(r, forward_solve(r, x)), rhs.len())
            }
            Form::Bordered(factor) => factor.solve(rhs),
        }
    }

    /// The inverse of the kept columns' matrix: the unscaled covariance.
    pub fn inverse(&self) -> Symmetric {
        match (&self.inverse, &self.form) {
            (Some(inverse), _) => inverse.clone(),
            (None, Form::Triangle(r)) => inverse_of_triangle(r),
            (None, Form::Bordered(factor)) => factor.inverse().full(),
        }
    }

    /// The diagonal of the inverse.
    pub fn variances(&self) -> Vec<f64> {
        match self.block_inverse() {
            Some(blocks) => blocks.variances(),
            None => {
                let inverse = self.inverse();
                (0..self.rank()).map(|i| inverse.at(i, i)).collect()
            }
        }
    }

    /// log|matrix| of the kept columns.
    pub fn log_determinant(&self) -> f64 {
        match &self.form {
            Form::Triangle(r) => log_determinant_of(r),
            Form::Bordered(factor) => factor.log_determinant(),
        }
    }

    /// The inverse in blocks, where the matrix has them.
    pub fn block_inverse(&self) -> Option<BlockInverse> {
        match &self.form {
            Form::Triangle(_) => None,
            Form::Bordered(factor) => Some(factor.inverse()),
        }
    }

    /// R, where there is one.
    pub fn triangle(&self) -> Option<&Mat<f64>> {
        match &self.form {
            Form::Triangle(r) => Some(r),
            Form::Bordered(_) => None,
        }
    }

    /// The least of what is left of a column beside those before it, as a share of the column, squared; 1 without R.
    pub fn least_pivot(&self) -> f64 {
        let columns = self.triangle().into_iter().flat_map(|r| r.col_iter().enumerate());
        let pivots = columns.map(|(j, column)| column[j] * column[j] / column.squared_norm_l2());
        pivots.fold(1.0, f64::min)
    }

    /// May squares in its coordinates, leverages say, lack digits?
    pub fn is_doubtful(&self) -> bool {
        self.least_pivot() < LOW_PIVOT
    }

    /// R⁻¹, where there is one.
    pub fn triangle_inverse(&self) -> Option<Mat<f64>> {
        self.triangle().map(invert_triangle)
    }
}

/// x with Rᵀx = rhs. Shape: rhs at most as long as R, whose leading block then counts.
pub(super) fn forward_solve(r: &Mat<f64>, mut x: Vec<f64>) -> Vec<f64> {
    for i in 0..x.len() {
        let dot: f64 = (0..i).map(|k| r[(k, i)] * x[k]).sum();
        x[i] = (x[i] - dot) / r[(i, i)];
    }
    x
}

/// x with R·x = rhs. Shape: as for [`forward_solve`].
pub(super) fn back_solve(r: &Mat<f64>, mut x: Vec<f64>) -> Vec<f64> {
    for i in (0..x.len()).rev() {
        let dot: f64 = (i + 1..x.len()).map(|k| r[(i, k)] * x[k]).sum();
        x[i] = (x[i] - dot) / r[(i, i)];
    }
    x
}

/// log|RᵀR|
pub(super) fn log_determinant_of(r: &Mat<f64>) -> f64 {
    (0..r.nrows()).map(|i| 2.0 * r[(i, i)].abs().ln()).sum()
}

/// The p-vector with `values` at the places `kept`, and 0 elsewhere.
pub(super) fn spread(kept: &[usize], values: &[f64], p: usize) -> Vec<f64> {
    let mut out = vec![0.0; p];
    kept.iter().zip(values).for_each(|(&c, &v)| out[c] = v);
    out
}

/// R⁻¹
fn invert_triangle(r: &Mat<f64>) -> Mat<f64> {
    let mut inverse = Mat::zeros(r.nrows(), r.nrows());
    invert_upper_triangular(inverse.as_mut(), r.as_ref(), Par::Seq);
    inverse
}

/// (RᵀR)⁻¹
pub(super) fn inverse_of_triangle(r: &Mat<f64>) -> Symmetric {
    let k = r.nrows();
    let inverse = invert_triangle(r);
    let mut product = Mat::<f64>::zeros(k, k);
    matmul(product.as_mut(), Accum::Replace, inverse.as_ref(), inverse.transpose(), 1.0, Par::Seq);
    let mut out = Symmetric::zeros(k);
    for i in 0..k {
        for j in i..k {
            *out.at_mut(i, j) = product[(i, j)];
        }
    }
    out
}
