//! The rows of X·R⁻¹, R the triangular factor of XᵀWX: columns that are orthonormal in the weights.

use crate::design::{Design, Tile};
use crate::linalg::{cholesky_in_order, Factor, Symmetric};
use crate::simd::{add_columns, add_dots, combine, sum_of_squares, Columns, Combinations, Packed, SideBySide};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// r columns, for p coefficients.
pub(super) struct Basis {
    /// R⁻¹; a column that is not kept has a row of zeros. Shape: p × r.
    inverse: Mat<f64>,
    /// Its columns in level space. Shape: `[r][raw_cols]`.
    raw: Vec<Vec<f64>>,
    /// What they take of the dense columns.
    dense: Combinations,
    /// See [`Self::correct`]: r combinations of the r columns.
    correction: Option<Combinations>,
}

/// The rows of a tile.
#[derive(Default)]
pub(super) struct BasisRows {
    /// Shape: `[r × B]`, by columns.
    values: Vec<f64>,
    uncorrected: Vec<f64>,
    dense: Packed,
    column: Vec<f64>,
}

impl Basis {
    /// Of a factor that is a triangle: another one gives a basis of no columns.
    pub fn new(design: &Design, factor: &Factor) -> Self {
        let triangle = factor.triangle_inverse().unwrap_or_else(|| Mat::zeros(0, 0));
        let mut inverse = Mat::zeros(design.cols(), triangle.ncols());
        for (i, &column) in factor.kept.iter().enumerate().take(triangle.nrows()) {
            inverse.row_mut(column).copy_from(triangle.row(i));
        }
        let raw: Vec<_> = columns(&inverse).iter().map(|column| design.raw_coefficients(column)).collect();
        let dense = Combinations::new(&raw, design.dense_cols());
        Basis { inverse, raw, dense, correction: None }
    }

    pub fn rank(&self) -> usize {
        self.raw.len()
    }

    /// R⁻¹. Shape: p × r.
    pub fn inverse(&self) -> &Mat<f64> {
        &self.inverse
    }

    pub fn fill(&self, tile: &Tile, rows: &mut BasisRows) {
        let n = tile.len;
        let BasisRows { values, uncorrected, dense, .. } = rows;
        values.resize(self.rank() * n, 0.0);
        combine(dense.side_by_side(tile.dense), &self.dense, values);
        self.raw.iter().zip(values.chunks_exact_mut(n)).for_each(|(raw, column)| tile.add_coded_xb(raw, column));
        let Some(correction) = &self.correction else { return };
        std::mem::swap(values, uncorrected);
        values.resize(self.rank() * n, 0.0);
        combine(SideBySide { values: uncorrected, stride: n, rows: n }, correction, values);
    }

    /// out = the squared lengths of the rows: xᵀ·(XᵀWX)⁻¹·x for every row x. Shape: `[B]`. `keep`: are `rows` filled, too?
    pub fn quadratic_forms(&self, tile: &Tile, rows: &mut BasisRows, out: &mut [f64], keep: bool) {
        if !keep && self.correction.is_none() && tile.view.coded.is_empty() {
            return sum_of_squares(rows.dense.side_by_side(tile.dense), &self.dense, out);
        }
        self.fill(tile, rows);
        out.fill(0.0);
        for column in rows.values.chunks_exact(out.len()) {
            out.iter_mut().zip(column).for_each(|(h, t)| *h += t * t);
        }
    }

    /// out = entry `column` of (XᵀWX)⁻¹·x for every row x. Shape: `[B]`.
    pub fn products(&self, column: usize, rows: &BasisRows, out: &mut [f64]) {
        let columns: Vec<&[f64]> = rows.values.chunks_exact(out.len()).collect();
        let by: Vec<f64> = self.inverse.row(column).iter().copied().collect();
        out.fill(0.0);
        add_columns(Columns::new(&columns, 0, out.len()), &by, out);
    }

    /// gram += the products of the columns in the weights; the upper triangle by rows. Shapes: weights `[B]`, gram
    /// `[r × r]`.
    pub fn add_gram(&self, weights: &[f64], rows: &mut BasisRows, gram: &mut [f64]) {
        let BasisRows { values, column, .. } = rows;
        let (n, r) = (weights.len(), self.rank());
        let columns: Vec<&[f64]> = values.chunks_exact(n).collect();
        for (k, values) in columns.iter().enumerate() {
            column.clear();
            column.extend(values.iter().zip(weights).map(|(t, w)| t * w));
            add_dots(Columns::new(&columns[k..], 0, n), column, &mut gram[k * (r + 1)..]);
        }
    }

    /// Make the columns orthonormal to the last digits, given their products: the second step of Cholesky QR (Yamamoto
    /// et al., 2015, "Roundoff error analysis of the CholeskyQR2 algorithm"). The rounding errors of the first are errors
    /// of a leverage of one, which is the largest there is, in second order only if the columns are orthonormal.
    pub fn correct(&mut self, gram: &[f64]) {
        let r = self.rank();
        let mut products = Symmetric::zeros(r);
        for i in 0..r {
            products.upper_row_mut(i).copy_from_slice(&gram[i * (r + 1)..(i + 1) * r]);
        }
        let factor = cholesky_in_order(&products, &[], 0.0).factor;
        let Some(correction) = factor.triangle_inverse().filter(|inverse| inverse.ncols() == r) else { return };
        let mut inverse = Mat::zeros(self.inverse.nrows(), r);
        matmul(inverse.as_mut(), Accum::Replace, self.inverse.as_ref(), correction.as_ref(), 1.0, Par::Seq);
        self.inverse = inverse;
        self.correction = Some(Combinations::new(&columns(&correction), r));
    }
}

fn columns(matrix: &Mat<f64>) -> Vec<Vec<f64>> {
    matrix.col_iter().map(|column| column.iter().copied().collect()).collect()
}
