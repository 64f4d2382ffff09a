//! Weighted least squares: one step of a loop that somebody else runs, or what is left of one that has run.

use crate::control::Control;
use crate::design::Design;
use crate::error::Result;
use crate::family::{FamilySpec, Gaussian};
use crate::fit::check_width;
use crate::glm::{GlmObjective, Problem};
use crate::held::Held;
use crate::linalg::{Factor, Information};
use crate::link::Identity;
use crate::objective::{Objective, Point};
use crate::room::check_matrix;
use crate::solver::{factor_without, least_squares};
use crate::watch::Watch;

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
    watch: &Watch,
) -> Result<LeastSquares> {
    solve(design, z, weights, watch, |objective| least_squares(objective, control))
}

/// The same to fewer digits, for a search to start from.
pub fn rough_least_squares(
    design: &Design,
    z: &[f64],
    weights: &[f64],
    control: &Control,
    watch: &Watch,
) -> Result<LeastSquares> {
    // nothing held: without the equations of twofold precision
    solve(design, z, weights, watch, |objective| least_squares(&Held::new(objective, vec![]), control))
}

fn solve(
    design: &Design,
    z: &[f64],
    weights: &[f64],
    watch: &Watch,
    minimise: impl FnOnce(&GlmObjective) -> Result<(Vec<f64>, Factor)>,
) -> Result<LeastSquares> {
    check_width(design, false)?;
    let (coefficients, factor) = with_objective(design, z, weights, watch, minimise)?;
    if coefficients.iter().any(|b| !b.is_finite()) {
        design.check_finite()?;
    }
    Ok(LeastSquares { coefficients, factor })
}

/// The factor of XᵀWX without the columns `aliased`, W = diag(weights). Shapes and errors as above.
pub fn weighted_factor(
    design: &Design,
    weights: &[f64],
    aliased: &[usize],
    control: &Control,
    watch: &Watch,
) -> Result<Factor> {
    check_width(design, false)?;
    // the response plays no part
    with_objective(design, weights, weights, watch, |objective| factor_without(objective, aliased, control))
}

/// XᵀWX, W = diag(weights). Shape and errors as above.
pub fn weighted_information(design: &Design, weights: &[f64], watch: &Watch) -> Result<Information> {
    check_matrix(design.cols(), design.information_len())?;
    with_objective(design, weights, weights, watch, |objective| Ok(objective.quadratic(Point::Start)?.information))
}

/// Its diagonal alone. Shape: `[p]`.
pub fn weighted_diagonal(design: &Design, weights: &[f64], watch: &Watch) -> Result<Vec<f64>> {
    with_objective(design, weights, weights, watch, |objective| objective.information_diagonal(Point::Start))
}

/// What `body` makes of Σ weights·(z − X·beta)² as an objective.
fn with_objective<T>(
    design: &Design,
    z: &[f64],
    weights: &[f64],
    watch: &Watch,
    body: impl FnOnce(&GlmObjective) -> Result<T>,
) -> Result<T> {
    let spec = FamilySpec::new(Box::new(Gaussian));
    let problem = Problem { prior_weights: Some(weights), ..Problem::new(design, z, &spec, &Identity) };
    problem.check()?;
    body(&GlmObjective::new(&problem, watch)?)
}
