//! Weighted least squares: one step of a loop that somebody else runs.

use crate::control::Control;
use crate::design::Design;
use crate::error::Result;
use crate::family::{Family, FamilySpec, Gaussian};
use crate::glm::{GlmObjective, Problem, StartingMeans};
use crate::linalg::Factor;
use crate::link::Identity;
use crate::solver::least_squares;
use std::sync::atomic::AtomicBool;

pub struct LeastSquares {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    pub factor: Factor,
}

/// Minimise Σ weights·(z − X·beta)². Shapes: z and weights `[n]`; weights >= 0.
/// Errors: as [`Problem::check`], and a variable that is not finite.
pub fn weighted_least_squares(
    design: &Design,
    z: &[f64],
    weights: &[f64],
    control: &Control,
    cancel: &AtomicBool,
) -> Result<LeastSquares> {
    let family: Box<dyn Family> = Box::new(Gaussian);
    let problem = Problem {
        design,
        y: z,
        prior_weights: Some(weights),
        offset: None,
        trials: None,
        family: &FamilySpec { family, likelihood: true, quasi: false },
        link: &Identity,
        start: StartingMeans::Family,
    };
    problem.check()?;
    let (coefficients, factor) = least_squares(&GlmObjective::new(&problem, cancel)?, control)?;
    if coefficients.iter().any(|b| !b.is_finite()) {
        design.check_finite()?;
    }
    Ok(LeastSquares { coefficients, factor })
}
