//! Limited-memory BFGS, for designs too wide for a p × p matrix, and for objectives that know no second derivatives.

use super::argmin::{run, Scaled, Trace};
use super::descent::{descend, Descent};
use super::line_search::BackingOff;
use super::Solution;
use crate::control::Control;
use crate::error::Result;
use crate::objective::Objective;
use ::argmin::solver::quasinewton::LBFGS;

/// Steps and changes of the gradient that are remembered.
const MEMORY: usize = 7;

/// Fit from the objective's own start, or from coefficients: a search by L-BFGS, and Newton's last step where p allows.
pub fn lbfgs(objective: &dyn Objective, start: Option<&[f64]>, control: &Control) -> Result<Solution> {
    descend(objective, start, control, minimize_lbfgs)
}

/// Minimise an objective of which only value and score are known. One pass for each point that is looked at.
///
/// `diagonal` gives the scale of each parameter: the diagonal of the information, or 1s. Shapes: `[p]`.
/// Errors: the objective's own, unchanged; [`crate::Error::Start`] where it has no value at the start.
///
/// Source: Nocedal and Wright (2006), "Numerical Optimization", ch. 7; as implemented by argmin.
pub fn minimize_lbfgs(
    objective: &dyn Objective,
    start: &[f64],
    diagonal: &[f64],
    control: &Control,
) -> Result<Descent> {
    let (scaled, u) = Scaled::new(objective, start, diagonal)?;
    let mut trace = Trace::new(&scaled, u);
    loop {
        let before = trace.history.len();
        let deviance = trace.deviance;
        // argmin's own tolerances are in units of the cost: ours replace them
        let solver = LBFGS::new(BackingOff::new(&scaled), MEMORY);
        trace = run(&scaled, solver, 0, trace, control)?;
        // a search that stopped short may have been misled by what it remembered: it goes on without
        let gained = trace.deviance < deviance && trace.history.len() > before;
        if trace.converged || !gained || trace.history.len() >= control.max_iterations {
            return Ok(Descent::new(&scaled, trace, control));
        }
    }
}
