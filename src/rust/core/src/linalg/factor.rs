//! The triangular factor of an information matrix, whatever found it.

use super::Symmetric;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_inverse::invert_upper_triangular;
use faer::{Accum, Mat, Par};

/// RᵀR = the information matrix of the columns that are kept, in their order.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Columns that are not aliased, ascending.
    pub kept: Vec<usize>,
    /// Columns that are, ascending.
    pub aliased: Vec<usize>,
    /// Upper triangular, rank × rank.
    pub r: Mat<f64>,
}

impl Factor {
    pub fn rank(&self) -> usize {
        self.kept.len()
    }

    /// The p-vector x with RᵀR x = rhs on the kept columns and 0 on the aliased. Shape: rhs `[p]`.
    pub fn solve(&self, rhs: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = self.kept.iter().map(|&c| rhs[c]).collect();
        for i in 0..x.len() {
            let dot: f64 = (0..i).map(|k| self.r[(k, i)] * x[k]).sum();
            x[i] = (x[i] - dot) / self.r[(i, i)];
        }
        self.spread(&self.back_solve(x), rhs.len())
    }

    /// The p-vector x with R x = effects on the kept columns and 0 on the aliased. Shape: effects `[rank]`.
    pub fn solve_effects(&self, effects: Vec<f64>, p: usize) -> Vec<f64> {
        self.spread(&self.back_solve(effects), p)
    }

    fn back_solve(&self, mut x: Vec<f64>) -> Vec<f64> {
        for i in (0..x.len()).rev() {
            let dot: f64 = (i + 1..x.len()).map(|k| self.r[(i, k)] * x[k]).sum();
            x[i] = (x[i] - dot) / self.r[(i, i)];
        }
        x
    }

    fn spread(&self, kept: &[f64], p: usize) -> Vec<f64> {
        let mut out = vec![0.0; p];
        self.kept.iter().zip(kept).for_each(|(&c, &v)| out[c] = v);
        out
    }

    /// R⁻¹, upper triangular, rank × rank.
    pub fn r_inverse(&self) -> Mat<f64> {
        let k = self.rank();
        let mut inverse = Mat::zeros(k, k);
        invert_upper_triangular(inverse.as_mut(), self.r.as_ref(), Par::Seq);
        inverse
    }

    /// (RᵀR)⁻¹ of the kept columns: the unscaled covariance.
    pub fn inverse(&self) -> Symmetric {
        let inverse = self.r_inverse();
        let k = self.rank();
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
}
