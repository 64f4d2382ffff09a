//! A quadratic objective of many rows, from a point near its minimum: one look at its information is enough.

use super::newton::expected_fall;
use super::step::{moved, step, HANDOVER};
use super::{Halvings, Solution, Status};
use crate::control::Control;
use crate::error::Result;
use crate::linalg::Factor;
use crate::objective::{Objective, OwnedPoint, Point, Quadratic};

/// A deviance less its fall keeps all but two digits where it is no smaller part of what it was.
const KEPT: f64 = 0.01;
/// The rounding errors of a step that need no other one to take them back, in standard errors.
const EXACT: f64 = 1e-9;
/// All but the first take a pass for the score alone.
const MOST_STEPS: usize = 3;

/// The minimum, by steps from `theta`, and the deviance there as the score foretells it, which spares the pass that would
/// add it up. `rows`: how many squares the deviance is the sum of. `None` where so many steps do not lead to it.
pub fn minimise_quadratic(
    objective: &dyn Objective,
    theta: &[f64],
    rows: usize,
    control: &Control,
) -> Result<Option<Solution>> {
    let Quadratic { mut value, informative, mut score, information } = objective.quadratic(Point::At(theta))?;
    if !value.usable() || !informative {
        return Ok(None);
    }
    let first = step(objective, Point::At(theta), &score, Some(&information), &[], control)?;
    let factor = first.factor;
    let (mut before, mut coefficients) = (theta.to_vec(), first.coefficients);
    let mut history = vec![];
    for iterations in 1..=MOST_STEPS {
        let fall = expected_fall(&score, &before, &coefficients);
        let deviance = value.deviance - fall;
        history.push(deviance);
        objective.iterated(deviance);
        if deviance >= KEPT * value.deviance && rounding_error(&factor, fall, deviance / rows as f64) <= EXACT {
            return Ok(Some(Solution {
                coefficients,
                concluded: None,
                before: OwnedPoint::At(before),
                kept: factor.kept.clone(),
                factor: Some(factor),
                deviance,
                exact_deviance: None,
                iterations,
                status: Status::Converged,
                halvings: Halvings::default(),
                history,
            }));
        }
        (value, score) = objective.value_and_score(Point::At(&coefficients))?;
        if !value.usable() {
            return Ok(None);
        }
        let next = moved(&coefficients, &factor.solve(&score), &factor, objective.fixed());
        before = std::mem::replace(&mut coefficients, next);
    }
    Ok(None)
}

/// Of a step that lowers the deviance by `fall`, in standard errors; `dispersion` is that of a row. It is the length of the
/// step in them, times what the factor loses.
fn rounding_error(factor: &Factor, fall: f64, dispersion: f64) -> f64 {
    let least_pivot = factor.triangle().map_or(HANDOVER, |_| factor.least_pivot());
    f64::EPSILON / least_pivot * (fall.max(0.0) / dispersion).sqrt()
}
