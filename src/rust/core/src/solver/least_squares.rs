//! One step, for an objective that is quadratic.

use super::step::{minimum, step};
use crate::control::Control;
use crate::error::Result;
use crate::linalg::Factor;
use crate::objective::{Objective, Point};

/// The minimum of a quadratic objective: a Newton step from its start, and a second one with the same factor, which
/// takes back the rounding errors of the first.
pub fn least_squares(objective: &dyn Objective, control: &Control) -> Result<(Vec<f64>, Factor)> {
    if let Some(step) = minimum(objective, control)? {
        return Ok((step.coefficients, step.factor));
    }
    let quadratic = objective.quadratic(Point::Start)?;
    let first = step(objective, Point::Start, &quadratic, &[], control)?;
    let mut theta = first.coefficients;
    let (_, score) = objective.value_and_score(Point::At(&theta))?;
    let correction = first.factor.solve(&score);
    theta.iter_mut().zip(correction).for_each(|(t, c)| *t += c);
    Ok((theta, first.factor))
}
