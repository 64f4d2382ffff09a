//! Searches along lines by value and slope alone, for designs too wide for a p × p matrix, and for functions that know no
//! second derivatives: BFGS with limited or full memory, and conjugate gradients.

use super::argmin::{run, Scaled, Trace};
use super::descent::{descend, Descent};
use super::line_search::{BackingOff, LOOSE, TIGHT};
use super::Solution;
use crate::control::Control;
use crate::error::Result;
use crate::objective::{Objective, Smooth};
use ::argmin::solver::conjugategradient::beta::PolakRibierePlus;
use ::argmin::solver::conjugategradient::NonlinearConjugateGradient;
use ::argmin::solver::quasinewton::LBFGS;

/// Steps and changes of the gradient that are remembered.
const MEMORY: usize = 7;

/// Fit from the objective's own start, or from coefficients: a search by L-BFGS, and Newton's last step where p allows.
pub fn lbfgs(objective: &dyn Objective, start: Option<&[f64]>, control: &Control) -> Result<Solution> {
    descend(objective, start, control, minimise_lbfgs)
}

/// Minimise a function of which only value and slope are known. One pass for each point that is looked at.
///
/// `diagonal` gives the scale of each parameter: the diagonal of the information, or 1s. Shapes: `[p]`.
/// Errors: the function's own, unchanged; [`crate::Error::Start`] where it has no value at the start.
///
/// Source: Nocedal and Wright (2006), "Numerical Optimization", ch. 7; as implemented by argmin.
pub fn minimise_lbfgs(objective: &dyn Smooth, start: &[f64], diagonal: &[f64], control: &Control) -> Result<Descent> {
    search(objective, start, diagonal, control, Search::Lbfgs { memory: MEMORY })
}

/// The same with all steps remembered: BFGS, for few parameters.
pub fn minimise_bfgs(objective: &dyn Smooth, start: &[f64], diagonal: &[f64], control: &Control) -> Result<Descent> {
    search(objective, start, diagonal, control, Search::Lbfgs { memory: control.max_iterations })
}

/// The same by nonlinear conjugate gradients with the rule of Polak and Ribière, never negative, which remember one step.
pub fn minimise_cg(objective: &dyn Smooth, start: &[f64], diagonal: &[f64], control: &Control) -> Result<Descent> {
    search(objective, start, diagonal, control, Search::ConjugateGradients)
}

enum Search {
    Lbfgs { memory: usize },
    ConjugateGradients,
}

fn search(
    objective: &dyn Smooth,
    start: &[f64],
    diagonal: &[f64],
    control: &Control,
    method: Search,
) -> Result<Descent> {
    let (scaled, u) = Scaled::new(objective, start, diagonal)?;
    let mut trace = Trace::new(&scaled, u);
    loop {
        let before = trace.history.len();
        let deviance = trace.deviance;
        let line = |slope_left| BackingOff::new(&scaled, slope_left);
        // argmin's own tolerances are in units of the cost: ours replace them
        trace = match method {
            Search::Lbfgs { memory } => run(&scaled, LBFGS::new(line(LOOSE), memory), 0, trace, control)?,
            Search::ConjugateGradients => {
                run(&scaled, NonlinearConjugateGradient::new(line(TIGHT), PolakRibierePlus::new()), 0, trace, control)?
            }
        };
        // a search that stopped short may have been misled by what it remembered: it goes on without
        let gained = trace.deviance < deviance && trace.history.len() > before;
        if trace.converged || !gained || trace.history.len() >= control.max_iterations {
            return Ok(Descent::new(&scaled, trace, control));
        }
    }
}
