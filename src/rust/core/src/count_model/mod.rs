//! Counts with one linear predictor for log(mu) whose likelihood is not that of an exponential family: negative binomial
//! counts with a variance in proportion to the mean (NB1; Cameron and Trivedi, 1986, "Econometric models based on count
//! data"), and counts of which zeros are not observed.
//!
//! [`linear`]: derivatives for NB1; [`law`]: what a row adds; [`objective`]: one pass over the design; [`fit`]: the
//! search.

mod fit;
mod law;
mod linear;
mod objective;

pub use fit::{fit_counts, profile_counts, CountFit};
pub use law::Variance;
pub use objective::score_rows;

use crate::design::Design;
use crate::error::{Error, Result};
use crate::simd::first_not_finite;
use crate::zero::Shape;

/// The data, borrowed, and what is assumed of them. Shapes of the vectors: `[n]`.
///
/// The parameters are the coefficients, and log(theta) where it is estimated.
#[derive(Clone, Copy)]
pub struct CountModel<'a> {
    pub design: &'a Design<'a>,
    pub offset: Option<&'a [f64]>,
    pub y: &'a [f64],
    /// Not negative; `None`: all 1. Rows of weight 0 take no part.
    pub weights: Option<&'a [f64]>,
    pub variance: Variance,
    pub shape: Shape,
    /// Are only counts above zero observed?
    pub truncated: bool,
}

impl CountModel<'_> {
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The number of parameters.
    pub fn dim(&self) -> usize {
        self.design.cols() + usize::from(self.shape == Shape::Estimated)
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    fn offset(&self, row: usize) -> f64 {
        self.offset.map_or(0.0, |o| o[row])
    }

    /// Errors: lengths that do not fit, values that are not finite, responses that are no counts, to the last digit: they
    /// are places in tables.
    pub fn check(&self) -> Result<()> {
        let n = self.design.rows();
        for (what, v) in [("y", Some(self.y)), ("weights", self.weights), ("offset", self.offset)] {
            let Some(v) = v else { continue };
            if v.len() != n {
                return Err(Error::Argument { arg: what, message: format!("has {} values, not {n}", v.len()) });
            }
            if let Some((row, value)) = first_not_finite(v) {
                return Err(Error::NonFinite { what: what.into(), row, value });
            }
        }
        for (row, &value) in self.y.iter().enumerate().filter(|(row, _)| self.weight(*row) > 0.0) {
            if let Some(rule) = self.broken_rule(value) {
                return Err(Error::Response { rule, row, value });
            }
        }
        self.design.check_finite()
    }

    fn broken_rule(&self, y: f64) -> Option<&'static str> {
        if y < 0.0 {
            Some("the response must be counts: negative values are not allowed")
        } else if y.fract() != 0.0 {
            Some("the response must be counts: whole numbers")
        } else if self.truncated && y == 0.0 {
            Some("the response of a zero-truncated model has no zeros")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
