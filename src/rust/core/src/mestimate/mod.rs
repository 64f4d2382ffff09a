//! M-estimators: parameters at which a sum over rows is least, or at which sums of estimating functions are zero.
//!
//! In [`minimise`] and [`root`] the functions are somebody else's: all that is known of them is what they return.
//! Equations that the core knows are the blocks of a [`Stack`]; regressions with a loss of their own are [`fit_robust`] and
//! [`fit_quantile`].

mod blocks;
mod corner;
mod design_sums;
mod difference;
mod loss;
mod minimise;
mod quantile;
mod quantile_spread;
mod regression;
mod resampled;
mod robust;
mod robust_spread;
mod root;
mod rows;
mod scale;
mod stencil;
mod steps;
mod whiten;

pub use blocks::{resampled_stack, Block, Model, Parameter, Stack, Variable};
pub use difference::{central_differences, Lengths};
pub use loss::Loss;
pub use minimise::{minimise, Criterion, Minimum, Search};
pub use quantile::{fit_quantile, QuantileFit};
pub use regression::{Regression, Spread};
pub use resampled::{resampled, Failure, Fitted, Replicate};
pub use robust::{fit_robust, RobustFit, RobustOptions, Weighting};
pub use root::{root, Root};
pub use rows::{column_sums, row_products};
pub use scale::Scale;
pub use steps::Steps;

use crate::error::Result;
use faer::Mat;

/// Sums of estimating functions over n rows: q functions of p parameters, q >= p. Whatever is not finite has no value.
pub trait Equations {
    /// p
    fn dim(&self) -> usize;
    /// n, to tell what a row adds.
    fn rows(&self) -> usize;
    /// Shape: `[q]`.
    fn sums(&self, theta: &[f64]) -> Result<Vec<f64>>;
    /// The sum of the products of a row's functions, where the rows are known: their spread. Shape: q × q.
    fn products(&self, theta: &[f64]) -> Result<Option<Mat<f64>>>;
    /// Where no products are known: what the derivatives, times this, are taken for.
    fn unit(&self) -> f64 {
        1.0
    }
    /// The derivatives of the sums, where somebody knows them. Shape: q × p.
    fn jacobian(&self, theta: &[f64]) -> Result<Option<Mat<f64>>>;
}

/// When a search ends.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Stop where the solution is nearer than this, in standard errors of the parameters.
    pub tolerance: f64,
    pub max_iterations: usize,
}

#[cfg(test)]
mod minimise_tests;
#[cfg(test)]
mod regression_tests;
#[cfg(test)]
mod root_tests;
