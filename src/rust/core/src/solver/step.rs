//! One Newton step: from the quadratic model at a point to the next coefficients.

use super::rank::proven;
use crate::control::{Control, Method};
use crate::error::Result;
use crate::linalg::{add, cholesky_in_order, least_squares_in_order, Cholesky, Factor, Information, Twofolds};
use crate::objective::{Objective, Point, Quadratic};

/// Least relative pivot of the information matrix with which Cholesky is trusted: the factor then still has some ten
/// digits, and the score form of the step gives the coefficients the rest. Below it QR of the rows takes over, which
/// does not square the condition number.
pub(super) const HANDOVER: f64 = 1e-6;
/// Where Cholesky must decide alone (`Method::Cholesky`), a relative pivot below this is rounding error.
const PIVOT_NOISE: f64 = 1e-13;

/// The most columns for which QR of the rows is tried where the information matrix is bordered: 2·n·p² operations. Wider
/// ones have their rank decided by the information matrix.
const QR_LIMIT: usize = 2000;

pub(super) struct Step {
    pub coefficients: Vec<f64>,
    pub factor: Factor,
    /// The deviance at the step's end, where it is known to more digits than the rows give.
    pub deviance: Option<f64>,
}

/// The step from `base` (0 at [`Point::Start`]) with the rank decided in the order of the columns. Without the
/// information, QR of the rows decides.
///
/// `aliased` are the columns that an earlier step of the same fit found aliased: they are left out, so that nobody has to
/// find that again.
pub(super) fn step(
    objective: &dyn Objective,
    at: Point,
    score: &[f64],
    information: Option<&Information>,
    aliased: &[usize],
    control: &Control,
) -> Result<Step> {
    let zero = vec![0.0; objective.dim()];
    let base = match at {
        Point::Start => &zero[..],
        Point::At(theta) => theta,
    };
    if let Some(step) = minimum(objective, control)? {
        return Ok(step);
    }
    let fixed = objective.fixed();
    if let Some(information) = information.filter(|_| control.method != Method::Qr) {
        let left_out = [aliased, fixed].concat();
        if let Some(factor) = factor_of(objective, at, information, &left_out, control)? {
            let mut score = score.to_vec();
            // what an aliased column carried is given back to the others
            let mut carried = vec![0.0; base.len()];
            let gives = |j: &&usize| base[**j] != 0.0 && !fixed.contains(j);
            factor.aliased.iter().filter(gives).for_each(|&j| carried[j] = base[j]);
            if carried.iter().any(|&x| x != 0.0) {
                add(&mut score, &information.times(&carried));
            }
            let change = factor.solve(&score);
            return Ok(Step { coefficients: moved(base, &change, &factor, fixed), factor, deviance: None });
        }
    }
    let mut carried = base.to_vec();
    fixed.iter().for_each(|&j| carried[j] = 0.0);
    let (factor, change) = least_squares_in_order(&objective.rows_qr(at)?, control.rank_tolerance(), &carried);
    Ok(Step { coefficients: moved(base, &change, &factor, fixed), factor, deviance: None })
}

/// The factor of the information at a point; `None` where QR of the rows must decide.
pub(super) fn factor_of(
    objective: &dyn Objective,
    at: Point,
    information: &Information,
    left_out: &[usize],
    control: &Control,
) -> Result<Option<Factor>> {
    let (factor, is_trusted) = by_cholesky(information, left_out, control.method);
    if is_trusted {
        return Ok(Some(factor));
    }
    match too_wide_for_qr(information, left_out) {
        None => proven(objective, at, information, factor, left_out, control.rank_tolerance()),
        by_information => Ok(by_information),
    }
}

/// The minimum of a quadratic objective to the last digits, where that does not take long.
pub(super) fn minimum(objective: &dyn Objective, control: &Control) -> Result<Option<Step>> {
    if control.method != Method::Auto || !objective.is_quadratic() {
        return Ok(None);
    }
    let equations = objective.equations(Point::Start)?;
    Ok(equations.map(|equations| {
        let Twofolds { coefficients, factor, squares } = equations.solve(control.rank_tolerance());
        Step { coefficients, factor, deviance: Some(squares) }
    }))
}

/// The quadratic at `theta` and the factor of its information.
pub fn quadratic_and_factor(
    objective: &dyn Objective,
    theta: &[f64],
    control: &Control,
) -> Result<(Quadratic, Factor)> {
    let at = Point::At(theta);
    let quadratic = objective.quadratic(at)?;
    let factor = step(objective, at, &quadratic.score, Some(&quadratic.information), &[], control)?.factor;
    Ok((quadratic, factor))
}

/// The factor of the information matrix without the columns `left_out`; `None` where QR of the rows must decide.
pub fn factorise(information: &Information, left_out: &[usize], method: Method) -> Option<Factor> {
    match by_cholesky(information, left_out, method) {
        (factor, true) => Some(factor),
        (_, false) => too_wide_for_qr(information, left_out),
    }
}

/// The factor of the columns that Cholesky does not suspect of being aliased. It is trusted where that is none of them, nor
/// nearly, or where nobody else is to decide.
fn by_cholesky(information: &Information, left_out: &[usize], method: Method) -> (Factor, bool) {
    if method == Method::Cholesky {
        return (information.factorise_in_order(left_out, PIVOT_NOISE).factor, true);
    }
    let Cholesky { factor, least_pivot } = match information {
        Information::Dense(matrix) => cholesky_in_order(matrix, left_out, HANDOVER),
        Information::Bordered(matrix) => matrix.factorise(left_out, HANDOVER),
    };
    (factor, least_pivot >= HANDOVER)
}

/// The factor by Cholesky alone, where QR of the rows would take too long.
fn too_wide_for_qr(information: &Information, left_out: &[usize]) -> Option<Factor> {
    match information {
        Information::Bordered(matrix) if matrix.border.cols > QR_LIMIT => {
            Some(matrix.factorise_in_order(left_out, PIVOT_NOISE).factor)
        }
        _ => None,
    }
}

/// base + change, 0 for aliased columns, and base for those that are fixed.
pub(super) fn moved(base: &[f64], change: &[f64], factor: &Factor, fixed: &[usize]) -> Vec<f64> {
    let mut theta = vec![0.0; base.len()];
    fixed.iter().for_each(|&j| theta[j] = base[j]);
    factor.kept.iter().for_each(|&j| theta[j] = base[j] + change[j]);
    theta
}
