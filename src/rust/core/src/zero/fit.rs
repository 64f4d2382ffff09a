//! The search: some steps of the EM algorithm, then Newton's, each as long as the likelihood rises.

use super::counts::Shape;
use super::objective::{Look, ZeroObjective};
use super::row::{Curvature, Kind};
use super::{ShareLink, ZeroModel};
use crate::control::Control;
use crate::design::Design;
use crate::error::{Error, Result};
use crate::linalg::{cholesky_in_order, Factor, Symmetric};
use crate::solver::Status;
use crate::watch::Watch;
use crate::wls::weighted_least_squares;

/// Steps that know nothing of a mixture's own curvature: far from a maximum it misleads.
const EM_STEPS: usize = 3;
/// Least relative pivot of an information matrix that is taken for positive definite.
const PIVOT_NOISE: f64 = 1e-13;
/// Part of the expected rise that a step must bring.
const SUFFICIENT: f64 = 1e-4;
const MAX_HALVINGS: usize = 40;
/// Part of the log-likelihood that is rounding error.
const NO_RISE: f64 = 1e-13;
/// Shares from which the search may start.
const START_SHARES: [f64; 2] = [0.05, 0.95];

/// Plain numbers. p parameters, in the order of [`ZeroModel`], of which r are not aliased.
pub struct ZeroFit {
    /// 0 for aliased columns. Shape: `[p]`.
    pub parameters: Vec<f64>,
    /// Shape: `[p]`.
    pub aliased: Vec<bool>,
    /// The inverse of the information at the parameters. Shape: r × r.
    pub covariance: Symmetric,
    /// Is it the observed information? It need not be positive definite where the search ended early: then it is that of
    /// the EM algorithm.
    pub observed: bool,
    pub log_likelihood: f64,
    /// The log-likelihood after each iteration.
    pub history: Vec<f64>,
    pub status: Status,
}

/// Maximise the likelihood, from `start` or from least squares; where `start` leads to no maximum, from both. Shape: start
/// `[p]`, log(theta) among them.
/// Errors: those of [`ZeroModel::check`]; [`Error::Start`] where the likelihood of the start is zero.
pub fn fit_zero(model: &ZeroModel, start: Option<&[f64]>, control: &Control, watch: &Watch) -> Result<ZeroFit> {
    model.check()?;
    let (least_squares, aliased) = start_of(model, control, watch)?;
    let objective = ZeroObjective::new(model, watch);
    let mut search = Search { objective: &objective, aliased: &aliased };
    let Some(start) = start else { return search.run(least_squares, control) };
    if start.len() != model.dim() {
        let message = format!("should have length {}, not {}", model.dim(), start.len());
        return Err(Error::Argument { arg: "start", message });
    }
    let found = search.run(start.to_vec(), control);
    match &found {
        Ok(fit) if fit.status == Status::Converged => return found,
        Err(Error::Interrupted) => return found,
        _ => {}
    }
    let own = search.run(least_squares, control)?;
    Ok(match found {
        Ok(found) if own.status != Status::Converged && found.log_likelihood > own.log_likelihood => found,
        _ => own,
    })
}

struct Search<'s> {
    objective: &'s ZeroObjective<'s>,
    aliased: &'s [usize],
}

struct Step {
    change: Vec<f64>,
    factor: Factor,
    /// score · change: the squared distance in standard errors that is left, and twice what the step is expected to bring.
    expected: f64,
    observed: bool,
}

impl Search<'_> {
    /// The search, from `parameters`.
    fn run(&mut self, mut parameters: Vec<f64>, control: &Control) -> Result<ZeroFit> {
        self.aliased.iter().for_each(|&j| parameters[j] = 0.0);
        let em_steps = if self.objective.model.kind.is_mixed() { EM_STEPS } else { 0 };
        let curvature = |step: usize| if step < em_steps { Curvature::Complete } else { Curvature::Observed };
        let mut here = self.objective.look(&parameters, curvature(0))?;
        if !here.log_likelihood.is_finite() {
            return Err(Error::Start);
        }
        let mut status = Status::MaxIterations;
        let mut history = vec![];
        while history.len() < control.max_iterations {
            let step = self.step(&parameters, &mut here, curvature(history.len()))?;
            let Some(landing) = self.land(&parameters, &here, &step, curvature(history.len() + 1))? else {
                let nothing = step.expected <= NO_RISE * (1.0 + here.log_likelihood.abs());
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
        let last = self.step(&parameters, &mut here, Curvature::Observed)?;
        let aliased = (0..parameters.len()).map(|j| self.aliased.contains(&j)).collect();
        Ok(ZeroFit {
            parameters,
            aliased,
            covariance: last.factor.inverse(),
            observed: last.observed,
            log_likelihood: here.log_likelihood,
            history,
            status,
        })
    }

    /// From `here`, a look of `curvature`, which is replaced by one with the information of the EM algorithm where it has no
    /// Cholesky factor.
    fn step(&mut self, parameters: &[f64], here: &mut Look, curvature: Curvature) -> Result<Step> {
        let mut observed = curvature == Curvature::Observed;
        let mut factor = self.factor(&here.information);
        if factor.is_none() && observed {
            observed = false;
            *here = self.objective.look(parameters, Curvature::Complete)?;
            factor = self.factor(&here.information);
        }
        let factor = factor.ok_or_else(|| Error::Solver {
            message: "the information matrix is singular: give other starting values, or fewer covariates".into(),
        })?;
        let change = factor.solve(&here.score);
        let expected = here.score.iter().zip(&change).map(|(s, c)| s * c).sum();
        Ok(Step { change, factor, expected, observed })
    }

    fn factor(&self, information: &Symmetric) -> Option<Factor> {
        let cholesky = cholesky_in_order(information, self.aliased, PIVOT_NOISE);
        let complete = cholesky.factor.rank() + self.aliased.len() == information.size();
        (complete && cholesky.least_pivot >= PIVOT_NOISE).then_some(cholesky.factor)
    }

    /// Where the step, halved until the likelihood rises enough, ends, and a look at it; `None` where it never does.
    fn land(&self, parameters: &[f64], here: &Look, step: &Step, next: Curvature) -> Result<Option<(Vec<f64>, Look)>> {
        let noise = NO_RISE * (1.0 + here.log_likelihood.abs());
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let end: Vec<f64> = parameters.iter().zip(&step.change).map(|(b, c)| b + length * c).collect();
            if end == parameters {
                return Ok(None);
            }
            // most steps are not halved: the first look is a whole one
            let whole = if length == 1.0 { Some(self.objective.look(&end, next)?) } else { None };
            let value = match &whole {
                Some(look) => look.log_likelihood,
                None => self.objective.log_likelihood(&end)?,
            };
            if value >= here.log_likelihood + SUFFICIENT * length * step.expected - noise {
                let look = whole.map_or_else(|| self.objective.look(&end, next), Ok)?;
                return Ok(Some((end, look)));
            }
            length /= 2.0;
        }
        Ok(None)
    }
}

/// Parameters from least squares, and the columns that are aliased.
fn start_of(model: &ZeroModel, control: &Control, watch: &Watch) -> Result<(Vec<f64>, Vec<usize>)> {
    let n = model.rows();
    let total: f64 = (0..n).map(|i| model.weight(i)).sum();
    let zeros: f64 = (0..n).filter(|&i| model.y[i] == 0.0).map(|i| model.weight(i)).sum();
    let inflated = model.kind.is_mixed();
    let share = if inflated { zeros } else { total - zeros } / total;
    let share = share.clamp(START_SHARES[0], START_SHARES[1]);
    let zero_eta = match model.kind {
        Kind::Inflated(link) | Kind::Hurdle(link) => link.link(share),
        Kind::HurdleCounts(_) => ShareLink::Cloglog.link(share),
    };
    // the counts' rows: a truncated distribution has no zeros
    let count_weight = |y: f64| if inflated { y + 0.5 } else { y };
    let count_eta = |y: f64| (y + 0.5).ln();
    let offset = |part: usize, i: usize| model.offsets[part].map_or(0.0, |o| o[i]);
    let mut parameters = vec![];
    let mut aliased = vec![];
    for part in 0..2 {
        let of_row = |i: usize| match part {
            0 => (count_eta(model.y[i]), count_weight(model.y[i])),
            _ => (zero_eta, 1.0),
        };
        let z: Vec<f64> = (0..n).map(|i| of_row(i).0 - offset(part, i)).collect();
        let weights: Vec<f64> = (0..n).map(|i| of_row(i).1 * model.weight(i)).collect();
        let (coefficients, lost) = regress(model.designs[part], &z, &weights, control, watch)?;
        aliased.extend(lost.iter().map(|j| parameters.len() + j));
        parameters.extend(coefficients);
    }
    // log(theta) of 0: a geometric distribution
    parameters.extend(model.shapes().iter().filter(|&&shape| shape == Shape::Estimated).map(|_| 0.0));
    Ok((parameters, aliased))
}

fn regress(
    design: &Design,
    z: &[f64],
    weights: &[f64],
    control: &Control,
    watch: &Watch,
) -> Result<(Vec<f64>, Vec<usize>)> {
    if design.cols() == 0 {
        return Ok((vec![], vec![]));
    }
    let found = weighted_least_squares(design, z, weights, control, watch)?;
    Ok((found.coefficients, found.factor.aliased))
}
