//! What the searches without a p × p matrix share: where they begin, and how they end.

use super::argmin::{Scaled, Trace};
use super::{newton, Halvings, Solution, Status};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::linalg::{add_scaled, dot};
use crate::objective::{Objective, OwnedPoint, Point, Smooth};

/// Up to this many columns the search ends with Newton's steps, whose factor decides the rank and gives the covariance
/// (32 MB and some seconds at this width). Wider fits report all columns as kept, and no covariance.
pub const FACTOR_LIMIT: usize = 2000;

/// Part of the iterations that Newton's method is left with where it ends the search: one does after a search that converged.
const NEWTON_SHARE: usize = 4;

/// How precisely the start solves its least-squares problem, and what that may cost.
const START_PRECISION: f64 = 1e-2;
const MAX_START_STEPS: usize = 200;

/// Where a search ended.
#[derive(Debug, Clone)]
pub struct Descent {
    /// Shape: `[p]`.
    pub theta: Vec<f64>,
    pub deviance: f64,
    pub status: Status,
    /// The deviance after each iteration.
    pub history: Vec<f64>,
}

impl Descent {
    pub(super) fn new(scaled: &Scaled, trace: Trace, control: &Control) -> Self {
        let status = if trace.converged {
            Status::Converged
        } else if trace.history.len() >= control.max_iterations {
            Status::MaxIterations
        } else {
            Status::Stalled
        };
        Descent { theta: scaled.theta(&trace.u), deviance: trace.deviance, status, history: trace.history }
    }
}

type Minimise = fn(&dyn Smooth, &[f64], &[f64], &Control) -> Result<Descent>;

/// Start, search with `minimise`, and end with Newton's method where p allows: one step of it after a search that
/// converged, more after one that the design's conditioning held up.
pub(super) fn descend(
    objective: &dyn Objective,
    start: Option<&[f64]>,
    control: &Control,
    minimise: Minimise,
) -> Result<Solution> {
    let narrow = objective.dim() <= FACTOR_LIMIT;
    let diagonal = objective.information_diagonal(start.map_or(Point::Start, Point::At))?;
    if diagonal.iter().all(|&d| d == 0.0) && narrow {
        // no row has a weight: Newton knows what to say of that
        return newton(objective, start, control);
    }
    let start = match start {
        Some(theta) => theta.to_vec(),
        None => starting_coefficients(objective, &diagonal)?,
    };
    // Newton's steps are part of the budget
    let reserved = if narrow { (control.max_iterations / NEWTON_SHARE).max(1) } else { 0 };
    let budget = Control { max_iterations: control.max_iterations.saturating_sub(reserved), ..control.clone() };
    let found = minimise(&objective, &start, &diagonal, &budget)?;
    let iterations = found.history.len();
    if narrow {
        let left = control.max_iterations.saturating_sub(iterations).max(1);
        let mut solution = newton(objective, Some(&found.theta), &Control { max_iterations: left, ..control.clone() })?;
        solution.iterations += iterations;
        solution.history.splice(0..0, found.history);
        return Ok(solution);
    }
    Ok(Solution {
        before: OwnedPoint::At(found.theta.clone()),
        kept: (0..found.theta.len()).collect(),
        coefficients: found.theta,
        concluded: None,
        factor: None,
        deviance: found.deviance,
        exact_deviance: None,
        iterations,
        status: found.status,
        halvings: Halvings::default(),
        history: found.history,
    })
}

/// Coefficients near those of Newton's first step: conjugate gradients on the quadratic model at the starting means.
/// Few steps do, and each is closer to it than all before; if the model has no value there, more steps are taken.
fn starting_coefficients(objective: &dyn Objective, diagonal: &[f64]) -> Result<Vec<f64>> {
    let (value, score) = objective.value_and_score(Point::Start)?;
    if !value.usable() {
        return Err(Error::Start);
    }
    let precondition =
        |r: &[f64]| -> Vec<f64> { r.iter().zip(diagonal).map(|(r, &d)| if d > 0.0 { r / d } else { 0.0 }).collect() };
    let mut theta = vec![0.0; objective.dim()];
    let mut residual = score;
    let mut z = precondition(&residual);
    let mut direction = z.clone();
    let mut rz = dot(&residual, &z);
    let mut goal = rz * START_PRECISION * START_PRECISION;
    if !rz.is_finite() {
        return Err(Error::Start);
    }
    for _ in 0..MAX_START_STEPS {
        let product = objective.information_times(Point::Start, &direction)?;
        let curvature = dot(&direction, &product);
        if !(curvature > 0.0 && rz > 0.0) {
            break;
        }
        let step = rz / curvature;
        add_scaled(&mut theta, step, &direction);
        add_scaled(&mut residual, -step, &product);
        z = precondition(&residual);
        let before = std::mem::replace(&mut rz, dot(&residual, &z));
        direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + rz / before * *d);
        if rz <= goal {
            if objective.value(Point::At(&theta))?.usable() {
                return Ok(theta);
            }
            goal *= START_PRECISION;
        }
    }
    if objective.value(Point::At(&theta))?.usable() {
        return Ok(theta);
    }
    Err(Error::NoValidCoefficients)
}
