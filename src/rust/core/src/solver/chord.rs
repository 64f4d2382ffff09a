//! Steps with the factor of another, similar objective, corrected by what the steps find: a score is all that each needs.

use crate::control::Control;
use crate::error::Result;
use crate::linalg::{add, add_scaled, dot, Factor};
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
/// about that of `objective`, with BFGS updates, until Newton's next step can be expected to change the deviance by much less than epsilon, or
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
    let mut updates = Updates::default();
    loop {
        let (value, score) = objective.value_and_score(Point::At(&at.theta))?;
        let risen = at.history.last().is_some_and(|&last| value.deviance > last * (1.0 + control.epsilon));
        if !value.usable() || risen {
            return Ok(None);
        }
        let change = updates.step(&score, |v| factor.solve(v).into_iter().map(|c| c / scale).collect());
        // what the deviance is above its minimum, as far as the factor is right
        let excess = dot(&score, &change);
        // the first is where another search ended
        if !at.history.is_empty() {
            objective.iterated(value.deviance);
        }
        at.history.push(value.deviance);
        add(&mut at.theta, &change);
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

/// What is known of the inverse information beyond a first guess: Nocedal & Wright (2006), Numerical Optimization,
/// algorithm 7.4.
#[derive(Default)]
struct Updates {
    /// The last step, and the score before it.
    last: Option<(Vec<f64>, Vec<f64>)>,
    pairs: Vec<Pair>,
}

/// A step, how much the score fell along it, and the product of both.
struct Pair {
    step: Vec<f64>,
    fall: Vec<f64>,
    product: f64,
}

impl Updates {
    /// The step from where the last one led and the score is `score`: inverse information · score, `guess` being the first
    /// guess of that product.
    fn step(&mut self, score: &[f64], guess: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        if let Some((step, before)) = self.last.take() {
            let fall: Vec<f64> = before.iter().zip(score).map(|(b, s)| b - s).collect();
            let product = dot(&step, &fall);
            if product > 0.0 {
                self.pairs.push(Pair { step, fall, product });
            }
        }
        let mut rest = score.to_vec();
        let mut parts = vec![];
        for pair in self.pairs.iter().rev() {
            let part = dot(&pair.step, &rest) / pair.product;
            add_scaled(&mut rest, -part, &pair.fall);
            parts.push(part);
        }
        let mut step = guess(&rest);
        for (pair, part) in self.pairs.iter().zip(parts.into_iter().rev()) {
            let have = dot(&pair.fall, &step) / pair.product;
            add_scaled(&mut step, part - have, &pair.step);
        }
        self.last = Some((step.clone(), score.to_vec()));
        step
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

    /// On a quadratic function of two parameters two updates know all of the information.
    #[test]
    fn updates_learn_the_information() {
        let score_at = |t: &[f64]| vec![3.0 - 2.0 * t[0] - 0.5 * t[1], 1.0 - 0.5 * t[0] - 4.0 * t[1]];
        let mut updates = Updates::default();
        let mut theta = vec![0.0, 0.0];
        let mut sizes = vec![];
        for _ in 0..7 {
            let score = score_at(&theta);
            let step = updates.step(&score, |v| vec![v[0] / 2.5, v[1] / 3.5]);
            add(&mut theta, &step);
            sizes.push(dot(&score, &step));
        }
        assert!(sizes[6] < 1e-20 * sizes[0], "{sizes:?}");
        assert!((theta[0] - 23.0 / 15.5).abs() < 1e-12 && (theta[1] - 1.0 / 15.5).abs() < 1e-12);
    }

    #[test]
    fn steps_are_counted() {
        assert!((steps_to(1e-10, 1e-4, 1e-2) - 3.0).abs() < 1e-12);
        assert_eq!(steps_to(1e-10, 1e-4, 1.5), f64::INFINITY);
        assert_eq!(newton_steps_to(1e-10, 1e-3), 2.0);
        assert_eq!(newton_steps_to(1e-10, 1e-9), 1.0);
    }
}
