//! How many degrees of freedom the variance of a coefficient, or of a combination of some, has that is estimated from clusters.
//!
//! Satterthwaite's approximation under the working model: Bell and McCaffrey (2002); the products of a coefficient's
//! rows by clusters in the place of a matrix of clusters: Pustejovsky and Tipton (2018), appendix.

use super::adjustment::AdjustedCluster;
use crate::error::{Error, Result};
use crate::linalg::add;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// More coefficients are not given degrees of freedom: their sums take r³ numbers.
const MOST_COEFFICIENTS: usize = 256;

/// What has degrees of freedom.
#[derive(Clone, Copy)]
pub enum Wanted<'a> {
    Nothing,
    /// Each kept coefficient, if they are not too many.
    Each,
    /// Combinations of the kept coefficients. Shape: m × r, by columns.
    Combinations(&'a [f64]),
}

impl Wanted<'_> {
    /// The combinations times `root`, the root of the inverse information. Shapes: root r × r, out m × r.
    pub(super) fn in_coordinates_of(self, root: &Mat<f64>) -> Result<Option<Mat<f64>>> {
        let r = root.nrows();
        match self {
            Wanted::Nothing => Ok(None),
            Wanted::Each => Ok((r <= MOST_COEFFICIENTS).then(|| root.clone())),
            Wanted::Combinations(by) if by.len() % r.max(1) == 0 => {
                Ok(Some(MatRef::from_column_major_slice(by, by.len() / r.max(1), r) * root))
            }
            Wanted::Combinations(_) => {
                let message = format!("must have a column for each of the {r} coefficients");
                Err(Error::Argument { arg: "combinations", message })
            }
        }
    }
}

/// Sums over the clusters for the combinations i. With v the variance that a cluster adds, and h its row of
/// wanted · (fit of the cluster), the estimate is a quadratic form of the matrix diag(v) + diag(hᵀh) − HHᵀ.
pub(super) struct Moments {
    /// Σ v. Shape: `[m]`.
    variances: Vec<f64>,
    /// Σ v² − (hᵀh)². Shape: `[m]`.
    diagonal: Vec<f64>,
    /// Σ h·hᵀ. Shape: `[m][r × r]`.
    products: Vec<f64>,
}

impl Moments {
    pub fn new(m: usize, r: usize) -> Self {
        Moments { variances: vec![0.0; m], diagonal: vec![0.0; m], products: vec![0.0; m * r * r] }
    }

    /// `wanted` as [`Wanted::in_coordinates_of`] gives it. Shape: m × r.
    pub fn add(&mut self, wanted: MatRef<f64>, cluster: &AdjustedCluster) {
        let (m, r) = (wanted.nrows(), wanted.ncols());
        let mut rows = Mat::<f64>::zeros(r, m);
        matmul(rows.as_mut(), Accum::Replace, cluster.fit.transpose(), wanted.transpose(), 1.0, Par::Seq);
        let mut spread = Mat::<f64>::zeros(r, m);
        matmul(spread.as_mut(), Accum::Replace, cluster.variance.as_ref(), wanted.transpose(), 1.0, Par::Seq);
        for i in 0..m {
            let v: f64 = (0..r).map(|k| wanted[(i, k)] * spread[(k, i)]).sum();
            let h: Vec<f64> = rows.col(i).iter().copied().collect();
            let length: f64 = h.iter().map(|x| x * x).sum();
            self.variances[i] += v;
            self.diagonal[i] += v * v - length * length;
            for (products, a) in self.products[i * r * r..].chunks_exact_mut(r).zip(&h) {
                products.iter_mut().zip(&h).for_each(|(sum, b)| *sum += a * b);
            }
        }
    }

    pub fn merge(&mut self, other: &Moments) {
        add(&mut self.variances, &other.variances);
        add(&mut self.diagonal, &other.diagonal);
        add(&mut self.products, &other.products);
    }

    /// 2·mean² / variance of each estimate.
    pub fn degrees_of_freedom(&self) -> Vec<f64> {
        let m = self.variances.len();
        let of_each = self.products.len() / m.max(1);
        let squares = |i: usize| self.products[i * of_each..(i + 1) * of_each].iter().map(|x| x * x).sum::<f64>();
        (0..m).map(|i| self.variances[i].powi(2) / (self.diagonal[i] + squares(i))).collect()
    }
}
