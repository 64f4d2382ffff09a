//! How many degrees of freedom the variance of a coefficient has that is estimated from clusters.
//!
//! Satterthwaite's approximation under the working model: Bell and McCaffrey (2002); the products of a coefficient's
//! rows by clusters in the place of a matrix of clusters: Pustejovsky and Tipton (2018), appendix.

use super::adjustment::AdjustedCluster;
use crate::linalg::add;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// More coefficients are not given degrees of freedom: their sums take r³ numbers.
pub(super) const MOST_COEFFICIENTS: usize = 256;

/// Sums over the clusters for the coefficients i. With v the variance that a cluster adds, and h its row of
/// root · (fit of the cluster), the estimate is a quadratic form of the matrix diag(v) + diag(hᵀh) − HHᵀ.
pub(super) struct Moments {
    /// Σ v. Shape: `[r]`.
    variances: Vec<f64>,
    /// Σ v² − (hᵀh)². Shape: `[r]`.
    diagonal: Vec<f64>,
    /// Σ h·hᵀ. Shape: `[r][r × r]`.
    products: Vec<f64>,
}

impl Moments {
    pub fn new(r: usize) -> Self {
        Moments { variances: vec![0.0; r], diagonal: vec![0.0; r], products: vec![0.0; r * r * r] }
    }

    /// root · rootᵀ is the inverse information. Shape: root r × r.
    pub fn add(&mut self, root: MatRef<f64>, cluster: &AdjustedCluster) {
        let r = root.nrows();
        let mut rows = Mat::<f64>::zeros(r, r);
        matmul(rows.as_mut(), Accum::Replace, cluster.fit.transpose(), root.transpose(), 1.0, Par::Seq);
        let mut spread = Mat::<f64>::zeros(r, r);
        matmul(spread.as_mut(), Accum::Replace, cluster.variance.as_ref(), root.transpose(), 1.0, Par::Seq);
        for i in 0..r {
            let v: f64 = (0..r).map(|k| root[(i, k)] * spread[(k, i)]).sum();
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
        let r = self.variances.len();
        let squares = |i: usize| self.products[i * r * r..(i + 1) * r * r].iter().map(|x| x * x).sum::<f64>();
        (0..r).map(|i| self.variances[i].powi(2) / (self.diagonal[i] + squares(i))).collect()
    }
}
