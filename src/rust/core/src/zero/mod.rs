//! Counts with two parts: one for the zeros, one for the counts. Zero-inflated models mix a count distribution with zeros of
//! another origin (Lambert, 1992, "Zero-inflated Poisson regression"); hurdle models say first whether there is any count,
//! then how large it is (Mullahy, 1986, "Specification and testing of some modified count data models").
//!
//! [`jet`]: a log-probability with its derivatives; [`counts`] and [`share`]: those of counts and of shares; [`row`]: what
//! a row adds; [`hurdle`]: the same of a tile of hurdle rows; [`objective`]: one pass over both designs; [`fit`]: the search; [`scores`]: the rows' scores.

pub(crate) mod counts;
mod fit;
mod hurdle;
pub(crate) mod jet;
mod objective;
mod row;
mod scores;
mod share;

pub use counts::Shape;
pub use fit::{fit_zero, profile_zero};
pub use row::Kind;
pub use scores::score_rows;
pub use share::ShareLink;

use crate::design::Design;
use crate::error::{Error, Result};
use crate::simd::first_not_finite;

/// The data, borrowed, and what is assumed of them. Shapes of the vectors: `[n]`.
///
/// The parameters are in this order: coefficients of the count part, of the zero part, and log(theta) of those of them that
/// estimate it.
pub struct ZeroModel<'a> {
    /// The designs of the count part and of the zero part.
    pub designs: [&'a Design<'a>; 2],
    pub offsets: [Option<&'a [f64]>; 2],
    pub y: &'a [f64],
    /// Not negative; `None`: all 1. Rows of weight 0 take no part.
    pub weights: Option<&'a [f64]>,
    /// Shape of the counts' distribution.
    pub shape: Shape,
    pub kind: Kind,
}

impl ZeroModel<'_> {
    pub fn rows(&self) -> usize {
        self.y.len()
    }

    /// The number of parameters.
    pub fn dim(&self) -> usize {
        self.places()[4]
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// The shapes of the two parts.
    fn shapes(&self) -> [Shape; 2] {
        [self.shape, self.kind.shape()]
    }

    /// Where the parameters of each slot begin: coefficients, then log(theta), of the count and the zero part; and the end.
    fn places(&self) -> [usize; 5] {
        let [count, zero] = self.designs.map(Design::cols);
        let [theta, other] = self.shapes().map(|shape| usize::from(shape == Shape::Estimated));
        [0, count, count + zero, count + zero + theta, count + zero + theta + other]
    }

    /// Errors: no zeros, or nothing but zeros, among the rows with weight.
    pub fn check_both_kinds(&self) -> Result<()> {
        let has = |zero: bool| (0..self.rows()).any(|row| self.weight(row) > 0.0 && (self.y[row] == 0.0) == zero);
        let lost = match (has(true), has(false)) {
            (true, true) => return Ok(()),
            (false, _) => "no zero",
            _ => "no count above zero",
        };
        Err(Error::Argument { arg: "y", message: format!("has {lost} in the drawn data") })
    }

    /// Errors: lengths that do not fit, values that are not finite, responses that are no counts, to the last digit: they
    /// are places in tables.
    pub fn check(&self) -> Result<()> {
        let n = self.rows();
        let vectors =
            [("weights", self.weights), ("offset", self.offsets[0]), ("offset of the zero part", self.offsets[1])];
        for (what, v) in [("y", Some(self.y))].into_iter().chain(vectors) {
            let Some(v) = v else { continue };
            if v.len() != n {
                let message = format!("has {} values, not {n}, one for each row", v.len());
                return Err(Error::Argument { arg: "data", message });
            }
            if let Some((row, value)) = first_not_finite(v) {
                return Err(Error::NonFinite { what: what.into(), row, value });
            }
        }
        let broken = |y: f64| {
            let negative = (y < 0.0).then_some("the response must be counts: negative values are not allowed");
            negative.or_else(|| (y.fract() != 0.0).then_some("the response must be counts: whole numbers"))
        };
        for (row, &value) in self.y.iter().enumerate().filter(|(row, _)| self.weight(*row) > 0.0) {
            if let Some(rule) = broken(value) {
                return Err(Error::Response { rule, row, value });
            }
        }
        for design in self.designs {
            if design.rows() != n {
                return Err(Error::Argument { arg: "data", message: format!("has {} rows, not {n}", design.rows()) });
            }
            design.check_finite()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
