//! The data of a regression whose loss is not the square, and where its search starts: at least squares.

use super::design_sums::DesignSums;
use crate::control::{Control, Method};
use crate::design::Design;
use crate::error::{Error, Result};
use crate::linalg::Symmetric;
use crate::predict::linear_predictor;
use crate::room::check_matrix;
use crate::simd::first_not_finite;
use crate::watch::Watch;
use crate::wls::{weighted_least_squares, LeastSquares};
use faer::linalg::solvers::Solve;
use faer::Mat;

/// Borrowed data. Shapes of the vectors: `[n]`.
pub struct Regression<'a> {
    pub design: &'a Design<'a>,
    pub y: &'a [f64],
    /// Not negative; `None`: all 1. Rows of weight 0 take no part.
    pub weights: Option<&'a [f64]>,
    /// How often each row is taken, in a resample; `None`: once.
    pub times: Option<&'a [f64]>,
    pub offset: Option<&'a [f64]>,
    pub watch: &'a Watch,
}

/// What a regression says about its coefficients: the covariance of the kept ones is bread · meat · breadᵀ / n.
/// Shapes: r × r.
pub struct Spread {
    pub bread: Mat<f64>,
    pub meat: Mat<f64>,
    /// The covariance if the errors have one distribution, whatever the row.
    pub model: Mat<f64>,
}

/// Residuals below this part of the largest response are rounding errors.
const NO_RESIDUAL: f64 = 16.0 * f64::EPSILON;

impl Regression<'_> {
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The weight of a row's loss.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row]) * self.times.map_or(1.0, |t| t[row])
    }

    pub(super) fn sums(&self) -> DesignSums<'_> {
        DesignSums::new(self.design, self.watch)
    }

    /// The response without its offset. Errors: values that are not finite.
    pub(super) fn response(&self) -> Result<Vec<f64>> {
        for (what, v) in [("y", Some(self.y)), ("weights", self.weights), ("offset", self.offset)] {
            if let Some((row, value)) = v.and_then(first_not_finite) {
                return Err(Error::NonFinite { what: what.into(), row, value });
            }
        }
        let offset = |row: usize| self.offset.map_or(0.0, |o| o[row]);
        Ok(self.y.iter().enumerate().map(|(row, y)| y - offset(row)).collect())
    }

    /// Least squares with the prior weights, whose rank is that of all that follows.
    /// Errors: no more rows than coefficients; [`Error::TooWide`], [`Error::Memory`].
    pub(super) fn least_squares(&self, response: &[f64]) -> Result<LeastSquares> {
        // sums of products with weights of any sign are dense
        let cols = self.design.cols();
        check_matrix(cols, cols.saturating_mul(cols))?;
        let weights: Vec<f64> = (0..self.rows()).map(|row| self.weight(row)).collect();
        let found = self.weighted(response, &weights)?;
        let taking_part = (0..self.rows()).filter(|&row| self.weight(row) > 0.0).count();
        let rank = found.factor.rank();
        if taking_part <= rank {
            let message = format!("has {taking_part} rows that take part for {rank} coefficients: it needs more");
            return Err(Error::Argument { arg: "data", message });
        }
        Ok(found)
    }

    pub(super) fn weighted(&self, response: &[f64], weights: &[f64]) -> Result<LeastSquares> {
        let control = Control { epsilon: 1e-8, max_iterations: 1, method: Method::Auto };
        weighted_least_squares(self.design, response, weights, &control, self.watch)
    }

    /// response − X·beta
    pub(super) fn residuals(&self, response: &[f64], beta: &[f64]) -> Result<Vec<f64>> {
        let mut out = vec![0.0; self.rows()];
        linear_predictor(self.design, beta, None, &mut out, self.watch)?;
        out.iter_mut().zip(response).for_each(|(fitted, y)| *fitted = y - *fitted);
        Ok(out)
    }
}

/// Are the residuals of size `size` none?
pub(super) fn is_nothing(size: f64, response: &[f64]) -> bool {
    size <= NO_RESIDUAL * response.iter().fold(0.0f64, |largest, y| largest.max(y.abs()))
}

/// The rows and columns `kept` times `factor`.
pub(super) fn kept_part(matrix: &Symmetric, kept: &[usize], factor: f64) -> Mat<f64> {
    Mat::from_fn(kept.len(), kept.len(), |i, j| factor * matrix.at(kept[i], kept[j]))
}

/// The inverse of a matrix that need not be symmetric. Errors: it has none.
pub(super) fn inverse(matrix: &Mat<f64>, kept: &[usize]) -> Result<Mat<f64>> {
    let r = matrix.nrows();
    let inverse = matrix.partial_piv_lu().solve(Mat::<f64>::identity(r, r));
    let lost = |j: &usize| (0..r).any(|i| !inverse[(i, *j)].is_finite());
    let columns: Vec<usize> = (0..r).filter(lost).map(|j| kept[j]).collect();
    if columns.is_empty() {
        Ok(inverse)
    } else {
        Err(Error::Singular { columns })
    }
}
