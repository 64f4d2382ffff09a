//! Responses that are one of K categories. Without an order: a logit of each category against the reference
//! ([`multinomial`]). With one: a threshold between each two categories that follow one another ([`cumulative`]; McCullagh,
//! 1980, "Regression models for ordinal data").
//!
//! Alternatives with covariates of their own are chosen from in [`choice`].
//!
//! [`softmax`] and [`interval`]: what the rows of a tile add to the likelihood; [`link`]: the distributions of what the
//! thresholds cut.

mod choice;
mod cumulative;
mod interval;
mod link;
mod multinomial;
mod softmax;

pub use choice::{fit_choice, profile_choice, ChoiceModel};
pub use cumulative::{fit_cumulative, profile_cumulative, CumulativeModel};
pub use link::CumulativeLink;
pub use multinomial::{fit_multinomial, profile_multinomial, MultinomialModel, Outcome};

use crate::control::Control;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::simd::first_not_finite;
use crate::watch::Watch;
use crate::wls::weighted_least_squares;

/// Errors: lengths that do not fit, values that are not finite. `vectors`: name, what is there, its length.
fn check_vectors(design: &Design, vectors: &[(&'static str, Option<&[f64]>, usize)]) -> Result<()> {
    for &(what, values, len) in vectors {
        let Some(values) = values else { continue };
        if values.len() != len {
            return Err(Error::Argument { arg: what, message: format!("has {} values, not {len}", values.len()) });
        }
        if let Some((at, value)) = first_not_finite(values) {
            return Err(Error::NonFinite { what: what.into(), row: at % design.rows(), value });
        }
    }
    design.check_finite()
}

/// Errors: as many codes as rows, each of 1 to `categories`.
fn check_codes(codes: &[i32], rows: usize, categories: usize) -> Result<()> {
    let is_code = |&code: &i32| code >= 1 && code as usize <= categories;
    if codes.len() != rows || !codes.iter().all(is_code) {
        let message = format!("must be {rows} codes of 1 to {categories}");
        return Err(Error::Argument { arg: "y", message });
    }
    Ok(())
}

/// Errors: the first of the categories that does not occur.
fn check_all_occur(categories: usize, occurs: impl Fn(usize) -> bool) -> Result<()> {
    match (0..categories).find(|&k| !occurs(k)) {
        Some(k) => {
            let message = format!("has no row of category {} in the drawn data", k + 1);
            Err(Error::Argument { arg: "y", message })
        }
        None => Ok(()),
    }
}

/// The columns that those before them explain in the rows with weight. Shape: weights `[n]`.
fn aliased_columns(design: &Design, weights: &[f64], control: &Control, watch: &Watch) -> Result<Vec<usize>> {
    if design.cols() == 0 {
        return Ok(vec![]);
    }
    // any response does
    Ok(weighted_least_squares(design, weights, weights, control, watch)?.factor.aliased)
}

fn check_start(start: &[f64], dim: usize) -> Result<()> {
    if start.len() == dim {
        return Ok(());
    }
    Err(Error::Argument { arg: "start", message: format!("should have length {dim}, not {}", start.len()) })
}

#[cfg(test)]
mod tests;
