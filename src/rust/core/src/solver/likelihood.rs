//! Newton's search for the maximum of a log-likelihood whose curvature need not be that of a maximum everywhere: each step is
//! as long as the likelihood rises.

use super::Status;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::linalg::{cholesky_in_order, Factor, Shear, Symmetric};
use crate::room::check_matrix;

/// Least relative pivot of an information matrix that is taken for positive definite.
const PIVOT_NOISE: f64 = 1e-13;
/// Part of itself that is added to an information without an inverse.
const RIDGE: f64 = 1e-10;
/// Part of the expected rise that a step must bring.
const SUFFICIENT: f64 = 1e-4;
const MAX_HALVINGS: usize = 40;
/// Of the logarithm of what a step still expects, over the step's length: what it falls by, per length, where the maximum is at
/// infinity and the likelihood comes near to it as exp(-t) does. Near a maximum that is somewhere it falls ever faster.
const TAIL: std::ops::Range<f64> = 0.8..1.25;
const MAX_STRIDE: f64 = 8.0;
/// How far a step may take a logarithm: what is far off is flat, and does not lead back.
const REACH: f64 = 3.0;
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
    /// Those parameters that are the logarithms of numbers, the last ones: by their step they are multiplied.
    fn logarithms(&self) -> usize {
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

impl Maximum {
    /// The same maximum where the parameters that are not aliased are sheared.
    pub fn sheared(mut self, shear: &Shear) -> Self {
        let kept: Vec<usize> = (0..self.aliased.len()).filter(|&j| !self.aliased[j]).collect();
        let among = shear.among(&kept);
        let mut parameters: Vec<f64> = kept.iter().map(|&j| self.parameters[j]).collect();
        among.apply(&mut parameters);
        kept.iter().zip(parameters).for_each(|(&j, parameter)| self.parameters[j] = parameter);
        among.apply_to_covariance(&mut self.covariance);
        self
    }
}

/// Maximise from `parameters`; those of `aliased` stay 0. Distances are in standard errors, so that units do not matter: the
/// search ends with the step that is shorter than √epsilon of one.
/// Errors: [`Error::Start`] where the likelihood of the start is zero; [`Error::Information`].
pub fn maximise(
    likelihood: &impl Likelihood,
    mut parameters: Vec<f64>,
    aliased: &[usize],
    control: &Control,
) -> Result<Maximum> {
    aliased.iter().for_each(|&j| parameters[j] = 0.0);
    maximise_others(likelihood, parameters, aliased, control)
}

/// The same where the parameters `held` stay what they are. They count as aliased in the result.
/// Errors: [`Error::TooWide`], [`Error::Memory`], too.
pub fn maximise_others(
    likelihood: &impl Likelihood,
    mut parameters: Vec<f64>,
    held: &[usize],
    control: &Control,
) -> Result<Maximum> {
    check_matrix(parameters.len(), parameters.len().saturating_mul(parameters.len()))?;
    let search = Search { likelihood, held };
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
    let mut stride = Stride::default();
    while history.len() < control.max_iterations {
        let step = match search.step(&parameters, &mut here, curvature(history.len()), true) {
            // the way there has left where the data say anything: it was good so far
            Err(Error::Information { .. }) if !history.is_empty() => {
                status = Status::Stalled;
                break;
            }
            step => step?,
        };
        let longest = stride.next(&step, control.epsilon).min(search.reach(&step));
        let Some(landing) = search.land(&parameters, &here, &step, longest, curvature(history.len() + 1))? else {
            let nothing = step.expected <= search.noise(&here);
            status = if nothing && step.observed { Status::Converged } else { Status::Stalled };
            break;
        };
        (parameters, here, stride.length) = landing;
        history.push(here.log_likelihood);
        if step.observed && step.expected <= control.epsilon {
            status = Status::Converged;
            break;
        }
    }
    let (factor, observed) = match search.step(&parameters, &mut here, Curvature::Observed, status == Status::Converged)
    {
        Err(Error::Information { .. }) if !history.is_empty() => (search.rough_factor(&here)?, false),
        last => last.map(|last| (last.factor, last.observed))?,
    };
    let aliased = (0..parameters.len()).map(|j| held.contains(&j)).collect();
    Ok(Maximum {
        parameters,
        aliased,
        covariance: factor.inverse(),
        observed,
        log_likelihood: here.log_likelihood,
        history,
        status,
    })
}

struct Search<'s, L> {
    likelihood: &'s L,
    /// Parameters that stay what they are.
    held: &'s [usize],
}

struct Step {
    change: Vec<f64>,
    factor: Factor,
    /// score · change: the squared distance in standard errors that is left, and twice what the step is expected to bring.
    expected: f64,
    observed: bool,
}

/// How long the next step may be, in Newton steps: where those do no more than follow a likelihood that rises towards infinity
/// by the same length again and again, it doubles.
#[derive(Default)]
struct Stride {
    /// Of the last step; and what it expected, if it was one of the observed curvature.
    length: f64,
    expected: Option<f64>,
    /// The last steps were steps in a tail, one after the other.
    in_tail: usize,
}

impl Stride {
    fn next(&mut self, step: &Step, epsilon: f64) -> f64 {
        let fall = self.expected.map_or(f64::NAN, |before| (before / step.expected).ln() / self.length);
        self.expected = step.observed.then_some(step.expected);
        self.in_tail = if TAIL.contains(&fall) { self.in_tail + 1 } else { 0 };
        if self.in_tail < 2 {
            return 1.0;
        }
        // hardly further than where nothing more is expected: beyond, the information is lost in rounding
        (step.expected / epsilon).ln().ceil().min(2.0 * self.length).clamp(1.0, MAX_STRIDE)
    }
}

impl<L: Likelihood> Search<'_, L> {
    /// From `here`, a look of `curvature`. Where that is the observed one and has no Cholesky factor, the logarithms are set
    /// apart, if `apart`; else, and where that is not enough, `here` is replaced by a look with the complete information.
    fn step(&self, parameters: &[f64], here: &mut Look, curvature: Curvature, apart: bool) -> Result<Step> {
        let mut observed = curvature == Curvature::Observed;
        let mut factor = None;
        if observed {
            factor = self.factor(&here.information);
            if factor.is_none() && apart && self.likelihood.logarithms() > 0 {
                factor = self.factor(&self.logarithms_apart(here));
            }
            if factor.is_none() {
                observed = false;
                *here = self.likelihood.look(parameters, Curvature::Complete)?;
            }
        }
        let factor =
            factor.or_else(|| self.factor(&self.logarithms_apart(here))).ok_or(Error::Information { column: None })?;
        let change = factor.solve(&here.score);
        let expected = here.score.iter().zip(&change).map(|(s, c)| s * c).sum();
        Ok(Step { change, factor, expected, observed })
    }

    /// The information where each logarithm has a step of its own, no longer than [`REACH`].
    fn logarithms_apart(&self, here: &Look) -> Symmetric {
        let mut information = here.information.clone();
        let p = information.size();
        for k in p - self.likelihood.logarithms()..p {
            let least = (here.score[k].abs() / REACH).max(f64::MIN_POSITIVE);
            let own = information.at(k, k).max(least);
            (0..k).for_each(|j| *information.at_mut(j, k) = 0.0);
            *information.at_mut(k, k) = own;
        }
        information
    }

    /// The factor of an information that says nothing of some directions: there it gets a little more than rounding errors.
    fn rough_factor(&self, here: &Look) -> Result<Factor> {
        let mut information = self.logarithms_apart(here);
        for j in 0..information.size() {
            *information.at_mut(j, j) += RIDGE * information.at(j, j) + f64::MIN_POSITIVE;
        }
        self.factor(&information).ok_or(Error::Information { column: None })
    }

    /// The part of a step that takes no logarithm further than [`REACH`].
    fn reach(&self, step: &Step) -> f64 {
        let logarithms = step.change.iter().rev().take(self.likelihood.logarithms());
        REACH / logarithms.fold(0.0, |furthest: f64, change| furthest.max(change.abs()))
    }

    /// A rise that is none.
    fn noise(&self, here: &Look) -> f64 {
        NO_RISE * (1.0 + here.log_likelihood.abs()) + self.likelihood.rounding()
    }

    fn factor(&self, information: &Symmetric) -> Option<Factor> {
        let cholesky = cholesky_in_order(information, self.held, PIVOT_NOISE);
        let complete = cholesky.factor.rank() + self.held.len() == information.size();
        (complete && cholesky.least_pivot >= PIVOT_NOISE).then_some(cholesky.factor)
    }

    /// Where `longest` times the step, halved until the likelihood rises enough, ends, a look at it, and what length that was;
    /// `None` where it never does.
    fn land(
        &self,
        parameters: &[f64],
        here: &Look,
        step: &Step,
        longest: f64,
        next: Curvature,
    ) -> Result<Option<(Vec<f64>, Look, f64)>> {
        let noise = self.noise(here);
        let mut length = longest;
        for _ in 0..MAX_HALVINGS {
            let end: Vec<f64> = parameters.iter().zip(&step.change).map(|(b, c)| b + length * c).collect();
            if end == parameters {
                return Ok(None);
            }
            if !end.iter().all(|b| b.is_finite()) {
                length /= 2.0;
                continue;
            }
            // most steps are not halved: the first look is a whole one
            let whole = if length == longest { Some(self.likelihood.look(&end, next)?) } else { None };
            let value = match &whole {
                Some(look) => look.log_likelihood,
                None => self.likelihood.log_likelihood(&end)?,
            };
            if value >= here.log_likelihood + SUFFICIENT * length * step.expected - noise {
                let look = whole.map_or_else(|| self.likelihood.look(&end, next), Ok)?;
                return Ok(Some((end, look, length)));
            }
            length /= 2.0;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Method;

    /// Two parameters: one whose likelihood has a maximum, and one whose likelihood rises as −exp(−t) does.
    struct Tail;

    impl Likelihood for Tail {
        fn log_likelihood(&self, at: &[f64]) -> Result<f64> {
            Ok(-1e3 * (at[0] - 2.0).cosh() - (-at[1]).exp())
        }

        fn look(&self, at: &[f64], _: Curvature) -> Result<Look> {
            let mut information = Symmetric::zeros(2);
            *information.at_mut(0, 0) = 1e3 * (at[0] - 2.0).cosh();
            *information.at_mut(1, 1) = (-at[1]).exp();
            Ok(Look {
                log_likelihood: self.log_likelihood(at)?,
                score: vec![-1e3 * (at[0] - 2.0).sinh(), (-at[1]).exp()],
                information,
            })
        }
    }

    #[test]
    fn a_tail_is_followed_by_long_steps_to_where_nothing_more_is_expected() {
        let control = Control { epsilon: 1e-8, max_iterations: 25, method: Method::Auto };
        let found = maximise(&Tail, vec![0.0, 0.0], &[], &control).unwrap();
        assert_eq!(found.status, Status::Converged);
        assert!((found.parameters[0] - 2.0).abs() < 1e-10);
        // exp(−t) = epsilon, in fewer steps than one each unit, and not far beyond
        let end = -control.epsilon.ln();
        assert!((end..end + 2.0).contains(&found.parameters[1]), "{:?}", found.parameters);
        assert!(found.history.len() <= 10, "{:?}", found.history);
    }
}
