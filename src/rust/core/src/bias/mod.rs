//! Estimates with less bias: roots of adjusted scores, which are finite where maximum likelihood estimates are not.

mod dispersion;
mod fit;
mod limits;
mod rough;
mod search;
mod start;

pub use crate::inference::Bias;
pub use fit::{fit_with_bias, BiasFit};
pub use limits::{penalised_limits, restricted};
pub use search::Adjusted;

#[cfg(test)]
mod tests;
