//! A proof that data are not separated, at the cost of one least squares fit.
//!
//! Along a direction that separates, each free row moves to its side or stays, and one moves: then the sum of multipliers times
//! rows is not 0 for any multipliers whose signs are those of the sides. So multipliers with these signs, whose sum with the
//! rows is 0, prove that there is none (Stiemke's lemma). The working residuals of a fit, less what the columns explain of
//! them, are such multipliers once they have their working weights, if that is too little to change a sign: at a maximum of
//! the likelihood it is nothing.

use crate::control::Control;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::predict::linear_predictor;
use crate::watch::Watch;
use crate::wls::weighted_least_squares;

/// The part of a residual that may be explained: far from 1, so that rounding errors do not matter.
const EXPLAINED: f64 = 0.5;

/// Of a fit, wherever it ended. Shapes: `[n]`.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    pub working_weights: &'a [f64],
    pub working_residuals: &'a [f64],
}

impl Evidence<'_> {
    /// Does it prove that no direction separates? `sides` as in the search; rows that do not count must have no weight.
    pub(super) fn proves_overlap(
        &self,
        design: &Design,
        counts: &[bool],
        sides: &[f64],
        control: &Control,
        watch: &Watch,
    ) -> Result<bool> {
        let Evidence { working_weights: weights, working_residuals: residuals } = *self;
        let bears = |i: usize| {
            if counts[i] {
                sides[i] == 0.0 || weights[i] > 0.0 && sides[i] * residuals[i] > 0.0
            } else {
                weights[i] == 0.0
            }
        };
        if weights.len() != sides.len() || residuals.len() != sides.len() || !(0..sides.len()).all(bears) {
            return Ok(false);
        }
        let explained = match weighted_least_squares(design, residuals, weights, control, watch) {
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(_) => return Ok(false),
            Ok(found) => found.coefficients,
        };
        let mut part = vec![0.0; sides.len()];
        linear_predictor(design, &explained, None, &mut part, watch)?;
        Ok((0..sides.len()).all(|i| sides[i] == 0.0 || part[i].abs() <= EXPLAINED * residuals[i].abs()))
    }
}
