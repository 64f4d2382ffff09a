//! One step, for an objective that is quadratic.

use super::newton::Model;
use super::step::{factor_of, minimum, step};
use crate::control::{Control, Method};
use crate::error::Result;
use crate::linalg::{add, least_squares_in_order, Factor};
use crate::objective::{Objective, Point};

/// The minimum of a quadratic objective: a Newton step from its start, and a second one with the same factor, which
/// takes back the rounding errors of the first.
pub fn least_squares(objective: &dyn Objective, control: &Control) -> Result<(Vec<f64>, Factor)> {
    if let Some(step) = minimum(objective, control)? {
        return Ok((step.coefficients, step.factor));
    }
    let Model { score, information, .. } = Model::at(objective, Point::Start)?;
    let first = step(objective, Point::Start, &score, information.as_ref(), &[], control)?;
    let mut theta = first.coefficients;
    let (_, score) = objective.value_and_score(Point::At(&theta))?;
    add(&mut theta, &first.factor.solve(&score));
    Ok((theta, first.factor))
}

/// The factor of the information without the columns `aliased`, by Cholesky or QR as a step would choose.
pub fn factor_without(objective: &dyn Objective, aliased: &[usize], control: &Control) -> Result<Factor> {
    if control.method != Method::Qr && !objective.is_wide() {
        let information = objective.quadratic(Point::Start)?.information;
        if let Some(factor) = factor_of(objective, Point::Start, &information, aliased, control)? {
            return Ok(factor);
        }
    }
    let mut rows = objective.rows_qr(Point::Start)?;
    // a column of zeros is aliased whatever the tolerance
    aliased.iter().for_each(|&j| rows.r.col_mut(j).fill(0.0));
    Ok(least_squares_in_order(&rows, control.rank_tolerance(), &vec![0.0; objective.dim()]).0)
}
