//! Steps with the factor of another, similar objective: a score is all that each needs.

use crate::control::Control;
use crate::error::Result;
use crate::linalg::Factor;
use crate::objective::{Objective, Point};

/// Steps that gain less than this each are not worth their passes.
const WORTHWHILE: f64 = 0.2;
const MAX_STEPS: usize = 8;
/// Newton's step squares what is left: from where the deviance would change by this much of epsilon, it leads to where the
/// usual start would, or nearer.
const NEAR: f64 = 0.01;

/// Where the steps ended, and the deviances at the points before.
pub struct Approach {
    /// Shape: `[p]`.
    pub theta: Vec<f64>,
    pub history: Vec<f64>,
}

/// Go from `theta` towards the minimum by steps `factor`⁻¹ · score / `scale`, where scale · information of `factor` is
/// about that of `objective`, until Newton's next step can be expected to change the deviance by much less than epsilon, or
/// the steps gain too little. `None` where the deviance rises or has no value.
pub fn approach(
    objective: &dyn Objective,
    theta: Vec<f64>,
    factor: &Factor,
    scale: f64,
    control: &Control,
) -> Result<Option<Approach>> {
    let mut at = Approach { theta, history: vec![] };
    let mut before = f64::INFINITY;
    loop {
        let (value, score) = objective.value_and_score(Point::At(&at.theta))?;
        let risen = at.history.last().is_some_and(|&last| value.deviance > last * (1.0 + control.epsilon));
        if !value.usable() || risen {
            return Ok(None);
        }
        let change: Vec<f64> = factor.solve(&score).into_iter().map(|c| c / scale).collect();
        // what the deviance is above its minimum, as far as the factor is right
        let excess: f64 = score.iter().zip(&change).map(|(s, c)| s * c).sum();
        at.history.push(value.deviance);
        at.theta.iter_mut().zip(&change).for_each(|(t, c)| *t += c);
        let gain = if before.is_finite() { excess / before } else { 1.0 };
        let next = excess * gain.min(1.0);
        if next <= NEAR * control.epsilon * (value.deviance.abs() + 0.1) {
            return Ok(Some(at));
        }
        if at.history.len() == MAX_STEPS || before.is_finite() && gain > WORTHWHILE {
            return Ok(Some(at));
        }
        before = excess;
    }
}
