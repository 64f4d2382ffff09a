//! Fits of many rows that begin with a fit of some.
//!
//! A sample of m rows has a solution that is as far from that of all rows as chance puts it, about √(p/m) standard
//! deviations of a row's eta: nearer than what the first iterations from the usual start reach. From there, scores of all
//! rows and the sample's factor lead on, and Newton's method finishes, by the same rule as ever.

use super::GlmObjective;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::objective::{Objective, Point};
use crate::solver::{approach, newton, Approach, Solution};

/// A sample is worth its passes from so many rows on.
const MANY_ROWS: usize = 50_000;
/// The larger part of the blocks that is taken first, if it holds so many rows for each coefficient.
const PARTS: [(usize, usize); 2] = [(16, 400), (8, 80)];
/// With a smaller limit of iterations, the user wants to see what glm.fit() does in so many.
const USUAL_ITERATIONS: usize = 25;

/// Where the information is the same everywhere the search converges by a factor a step, not quadratically: from a near
/// start it would stop farther from the solution than from the usual one, were the same change enough.
const CLOSER: f64 = 1e-4;
/// Changes below it are rounding errors.
const NOISE: f64 = 1e-12;

/// Newton's method on `full`, which is `objective` or something that keeps a record of it.
pub fn newton_from_sample(objective: &GlmObjective, full: &dyn Objective, control: &Control) -> Result<Solution> {
    if let Some(Approach { theta, history }) = from_sample(objective, full, control)? {
        let closer = (CLOSER * control.epsilon).max(NOISE).min(control.epsilon);
        let epsilon = if full.has_constant_information() { closer } else { control.epsilon };
        match newton(full, Some(&theta), &Control { epsilon, ..control.clone() }) {
            Ok(solution) if solution.converged() && !solution.rose(control.epsilon) => {
                let history = history.into_iter().skip(1).chain(solution.history).collect::<Vec<_>>();
                return Ok(Solution { iterations: history.len(), history, ..solution });
            }
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // separated data, say: the usual start shows what is the matter
            _ => {}
        }
    }
    newton(full, None, control)
}

/// A point near the solution; `None` where there is no reason to expect that.
fn from_sample(objective: &GlmObjective, full: &dyn Objective, control: &Control) -> Result<Option<Approach>> {
    let (rows, p) = (objective.plan.rows(), objective.dim());
    if rows < MANY_ROWS || !objective.is_concave() || control.max_iterations < USUAL_ITERATIONS {
        return Ok(None);
    }
    let Some(&(part, _)) = PARTS.iter().find(|(part, least)| rows / part >= least * p) else { return Ok(None) };
    let sample = objective.sample(part)?;
    let visited = objective.plan.sample(part).visited();
    // as precise as chance makes it: a tenth of p in the deviance
    let epsilon = (0.1 * p as f64 / visited as f64).max(control.epsilon);
    let solution = match newton(&sample, None, &Control { epsilon, ..control.clone() }) {
        Ok(solution) if solution.converged() && solution.kept.len() == p => solution,
        Err(Error::Interrupted) => return Err(Error::Interrupted),
        _ => return Ok(None),
    };
    let theta = solution.coefficients;
    let Some(factor) = solution.factor else { return Ok(None) };
    if full.has_constant_information() {
        // Newton's later steps are as cheap as these, and better
        let usable = full.value(Point::At(&theta))?.usable();
        return Ok(usable.then(|| Approach { theta, history: vec![] }));
    }
    approach(full, theta, &factor, rows as f64 / visited as f64, objective.quadratic_cost(), control)
}
