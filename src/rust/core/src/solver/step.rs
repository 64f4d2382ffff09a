//! One Newton step: from the quadratic model at a point to the next coefficients.

use crate::control::{Control, Method};
use crate::error::Result;
use crate::linalg::{add, cholesky_in_order, least_squares_in_order, Cholesky, Factor, Information, Twofolds};
use crate::objective::{Objective, Point, Quadratic};

/// Least relative pivot of the information matrix with which Cholesky is trusted: the factor then still has some ten
/// digits, and the score form of the step gives the coefficients the rest. Below it QR of the rows takes over, which
/// does not square the condition number.
const HANDOVER: f64 = 1e-6;
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

/// The step from `base` (0 at [`Point::Start`]) with the rank decided in the order of the columns.
///
/// `aliased` are the columns that an earlier step of the same fit found aliased by QR: they are left out, so that QR is
/// needed again only if the others are ill-conditioned too.
pub(super) fn step(
    objective: &dyn Objective,
    at: Point,
    quadratic: &Quadratic,
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
    if control.method != Method::Qr {
        let left_out = [aliased, fixed].concat();
        if let Some(factor) = factorise(&quadratic.information, &left_out, control.method) {
            let mut score = quadratic.score.clone();
            // what an aliased column carried is given back to the others
            let mut carried = vec![0.0; base.len()];
            for &j in factor.aliased.iter().filter(|&&j| base[j] != 0.0 && !fixed.contains(&j)) {
                carried[j] = base[j];
                add(&mut score, &quadratic.information.times(&carried));
                carried[j] = 0.0;
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
    let factor = step(objective, at, &quadratic, &[], control)?.factor;
    Ok((quadratic, factor))
}

/// The factor of the information matrix without the columns `left_out`; `None` where QR of the rows must decide.
pub fn factorise(information: &Information, left_out: &[usize], method: Method) -> Option<Factor> {
    let alone = method == Method::Cholesky;
    let tolerance = if alone { PIVOT_NOISE } else { 0.0 };
    let good = |cholesky: &Cholesky| alone || cholesky.least_pivot >= HANDOVER;
    let cholesky = match information {
        Information::Dense(matrix) => Some(cholesky_in_order(matrix, left_out, tolerance)).filter(good),
        Information::Bordered(matrix) if alone => Some(matrix.factorise_in_order(left_out, PIVOT_NOISE)),
        Information::Bordered(matrix) => {
            let wide = matrix.border.cols > QR_LIMIT;
            let cholesky = Some(matrix.factorise(left_out, 0.0)).filter(good);
            cholesky.or_else(|| wide.then(|| matrix.factorise_in_order(left_out, PIVOT_NOISE)))
        }
    };
    Some(cholesky?.factor)
}

/// base + change, 0 for aliased columns, and base for those that are fixed.
fn moved(base: &[f64], change: &[f64], factor: &Factor, fixed: &[usize]) -> Vec<f64> {
    let mut theta = vec![0.0; base.len()];
    fixed.iter().for_each(|&j| theta[j] = base[j]);
    factor.kept.iter().for_each(|&j| theta[j] = base[j] + change[j]);
    theta
}
