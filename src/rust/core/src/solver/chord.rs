//! Steps with the factor of another, similar objective: a score is all that each needs.

use crate::control::Control;
use crate::error::Result;
use crate::linalg::Factor;
use crate::objective::{Objective, Point};

/// Then Newton's method takes over, wherever it is.
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
/// Newton's steps, `cost` times as expensive as these, would get there sooner. `None` where the deviance rises or has no
/// value.
pub fn approach(
    objective: &dyn Objective,
    theta: Vec<f64>,
    factor: &Factor,
    scale: f64,
    cost: f64,
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
        let size = value.deviance.abs() + 0.1;
        let goal = NEAR * control.epsilon;
        let gain = if before.is_finite() { excess / before } else { 1.0 };
        if excess * gain.min(1.0) <= goal * size || at.history.len() == MAX_STEPS {
            return Ok(Some(at));
        }
        if before.is_finite()
            && steps_to(goal, excess * gain / size, gain) > cost * newton_steps_to(goal, excess / size)
        {
            return Ok(Some(at));
        }
        before = excess;
    }
}

/// How many steps lead from `excess` to `goal`, if each leaves the part `gain` of it.
fn steps_to(goal: f64, excess: f64, gain: f64) -> f64 {
    if gain < 1.0 {
        (goal / excess).ln() / gain.ln()
    } else {
        f64::INFINITY
    }
}

/// The same, if each step squares it.
fn newton_steps_to(goal: f64, excess: f64) -> f64 {
    let ratio = goal.ln() / excess.min(0.5).ln();
    ratio.log2().ceil().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted() {
        assert!((steps_to(1e-10, 1e-4, 1e-2) - 3.0).abs() < 1e-12);
        assert_eq!(steps_to(1e-10, 1e-4, 1.5), f64::INFINITY);
        assert_eq!(newton_steps_to(1e-10, 1e-3), 2.0);
        assert_eq!(newton_steps_to(1e-10, 1e-9), 1.0);
    }
}
