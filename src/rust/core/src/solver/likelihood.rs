//! Newton's search for the maximum of a log-likelihood whose curvature need not be that of a maximum everywhere: each step is
//! as long as the likelihood rises.

use super::Status;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::linalg::{cholesky_in_order, Factor, Symmetric};

/// Least relative pivot of an information matrix that is taken for positive definite.
const PIVOT_NOISE: f64 = 1e-13;
/// Part of the expected rise that a step must bring.
const SUFFICIENT: f64 = 1e-4;
const MAX_HALVINGS: usize = 40;
/// Part of the log-likelihood that is rounding error.
const NO_RISE: f64 = 1e-13;

/// Which matrix stands for the second derivatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curvature {
    /// Themselves.
    Observed,
    /// What they are like if more is known than the data say (as in the EM algorithm), or the products of the scores.
    /// Positive semidefinite everywhere.
    Complete,
}

/// A log-likelihood at some parameters, its score, and minus its second derivatives or what stands for them. Shapes: `[p]`,
/// p × p.
pub struct Look {
    pub log_likelihood: f64,
    pub score: Vec<f64>,
    pub information: Symmetric,
}

/// A log-likelihood, as the search sees it. Shape of the parameters: `[p]`.
pub trait Likelihood {
    /// Not finite where the parameters are beyond their range.
    fn log_likelihood(&self, parameters: &[f64]) -> Result<f64>;
    fn look(&self, parameters: &[f64], curvature: Curvature) -> Result<Look>;
    /// What rounding makes of a log-likelihood whose parts nearly cancel.
    fn rounding(&self) -> f64 {
        0.0
    }
    /// Steps by [`Curvature::Complete`] to begin with: where the observed curvature misleads far from a maximum.
    fn complete_steps(&self) -> usize {
        0
    }
}

/// Where the search ended. Plain numbers of p parameters, of which r are not aliased.
pub struct Maximum {
    /// 0 for aliased ones. Shape: `[p]`.
    pub parameters: Vec<f64>,
    /// Shape: `[p]`.
    pub aliased: Vec<bool>,
    /// The inverse of the information at the parameters. Shape: r × r.
    pub covariance: Symmetric,
    /// Is it the observed information? It need not be positive definite where the search ended early: then it is the
    /// complete one.
    pub observed: bool,
    pub log_likelihood: f64,
    /// The log-likelihood after each iteration.
    pub history: Vec<f64>,
    pub status: Status,
}

/// Maximise from `parameters`; those of `aliased` stay 0. Distances are in standard errors, so that units do not matter: the
/// search ends with the step that is shorter than √epsilon of one.
/// Errors: [`Error::Start`] where the likelihood of the start is zero.
pub fn maximise(
    likelihood: &impl Likelihood,
    mut parameters: Vec<f64>,
    aliased: &[usize],
    control: &Control,
) -> Result<Maximum> {
    let search = Search { likelihood, aliased };
    aliased.iter().for_each(|&j| parameters[j] = 0.0);
    let curvature = |step: usize| {
        if step < likelihood.complete_steps() {
            Curvature::Complete
        } else {
            Curvature::Observed
        }
    };
    let mut here = likelihood.look(&parameters, curvature(0))?;
    if !here.log_likelihood.is_finite() {
        return Err(Error::Start);
    }
    let mut status = Status::MaxIterations;
    let mut history = vec![];
    while history.len() < control.max_iterations {
        let step = search.step(&parameters, &mut here, curvature(history.len()))?;
        let Some(landing) = search.land(&parameters, &here, &step, curvature(history.len() + 1))? else {
            let nothing = step.expected <= search.noise(&here);
            status = if nothing && step.observed { Status::Converged } else { Status::Stalled };
            break;
        };
        (parameters, here) = landing;
        history.push(here.log_likelihood);
        if step.observed && step.expected <= control.epsilon {
            status = Status::Converged;
            break;
        }
    }
    let last = search.step(&parameters, &mut here, Curvature::Observed)?;
    let aliased = (0..parameters.len()).map(|j| aliased.contains(&j)).collect();
    Ok(Maximum {
        parameters,
        aliased,
        covariance: last.factor.inverse(),
        observed: last.observed,
        log_likelihood: here.log_likelihood,
        history,
        status,
    })
}

struct Search<'s, L> {
    likelihood: &'s L,
    aliased: &'s [usize],
}

struct Step {
    change: Vec<f64>,
    factor: Factor,
    /// score · change: the squared distance in standard errors that is left, and twice what the step is expected to bring.
    expected: f64,
    observed: bool,
}

impl<L: Likelihood> Search<'_, L> {
    /// From `here`, a look of `curvature`, which is replaced by one with the complete information where it has no Cholesky
    /// factor.
    fn step(&self, parameters: &[f64], here: &mut Look, curvature: Curvature) -> Result<Step> {
        let mut observed = curvature == Curvature::Observed;
        let mut factor = self.factor(&here.information);
        if factor.is_none() && observed {
            observed = false;
            *here = self.likelihood.look(parameters, Curvature::Complete)?;
            factor = self.factor(&here.information);
        }
        let factor = factor.ok_or_else(|| Error::Solver {
            message: "the information matrix is singular: give other starting values, or fewer covariates".into(),
        })?;
        let change = factor.solve(&here.score);
        let expected = here.score.iter().zip(&change).map(|(s, c)| s * c).sum();
        Ok(Step { change, factor, expected, observed })
    }

    /// A rise that is none.
    fn noise(&self, here: &Look) -> f64 {
        NO_RISE * (1.0 + here.log_likelihood.abs()) + self.likelihood.rounding()
    }

    fn factor(&self, information: &Symmetric) -> Option<Factor> {
        let cholesky = cholesky_in_order(information, self.aliased, PIVOT_NOISE);
        let complete = cholesky.factor.rank() + self.aliased.len() == information.size();
        (complete && cholesky.least_pivot >= PIVOT_NOISE).then_some(cholesky.factor)
    }

    /// Where the step, halved until the likelihood rises enough, ends, and a look at it; `None` where it never does.
    fn land(&self, parameters: &[f64], here: &Look, step: &Step, next: Curvature) -> Result<Option<(Vec<f64>, Look)>> {
        let noise = self.noise(here);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let end: Vec<f64> = parameters.iter().zip(&step.change).map(|(b, c)| b + length * c).collect();
            if end == parameters {
                return Ok(None);
            }
            // most steps are not halved: the first look is a whole one
            let whole = if length == 1.0 { Some(self.likelihood.look(&end, next)?) } else { None };
            let value = match &whole {
                Some(look) => look.log_likelihood,
                None => self.likelihood.log_likelihood(&end)?,
            };
            if value >= here.log_likelihood + SUFFICIENT * length * step.expected - noise {
                let look = whole.map_or_else(|| self.likelihood.look(&end, next), Ok)?;
                return Ok(Some((end, look)));
            }
            length /= 2.0;
        }
        Ok(None)
    }
}
