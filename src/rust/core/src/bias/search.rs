//! Quasi-Fisher scoring: steps of inverse information times adjusted score.

use super::dispersion::Dispersion;
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::glm::GlmObjective;
use crate::held::Held;
use crate::inference::{adjustment, Bias};
use crate::linalg::Factor;
use crate::objective::Quadratic;
use crate::solver::{factorise, newton, quadratic_and_factor, Status};

/// Halvings of a step before it is taken as it is.
const MAX_HALVINGS: usize = 15;

/// A model whose score is adjusted.
pub struct Adjusted<'a> {
    objective: &'a GlmObjective<'a>,
    bias: Bias,
    control: &'a Control,
    dispersion: Dispersion,
    /// Ascending.
    aliased: Vec<usize>,
    rank: usize,
}

/// A point of a search. Shapes of the vectors: `[p]`.
#[derive(Clone)]
pub struct Place {
    pub theta: Vec<f64>,
    pub deviance: f64,
    /// Deviance less what the penalty gives; the deviance where there is no penalised likelihood.
    pub penalised: f64,
    pub dispersion: f64,
    /// Adjusted score, that of the columns that are held too, times the dispersion.
    pub score: Vec<f64>,
    /// Of the information of all columns that are not aliased.
    pub factor: Factor,
    step: Vec<f64>,
    /// The length of the step in standard errors.
    length: f64,
}

/// The end of a search.
pub struct Found {
    pub place: Place,
    pub iterations: usize,
    pub status: Status,
    /// The deviance after each iteration.
    pub history: Vec<f64>,
}

impl<'a> Adjusted<'a> {
    /// Errors: a family whose dispersion is not that of an exponential dispersion model, see also [`Dispersion::new`].
    pub fn new(
        objective: &'a GlmObjective<'a>,
        bias: Bias,
        control: &'a Control,
        aliased: Vec<usize>,
    ) -> Result<Self> {
        let spec = objective.problem.family;
        let law = spec.family.dispersion_law().filter(|_| spec.likelihood).ok_or_else(|| Error::Argument {
            arg: "bias",
            message: "cannot be reduced for this family: its likelihood does not say how the bias depends on the dispersion"
                .into(),
        })?;
        let rank = objective.problem.design.cols() - aliased.len();
        let dispersion = Dispersion::new(objective.problem, law, bias, rank)?;
        Ok(Adjusted { objective, bias, control, dispersion, aliased, rank })
    }

    /// Is there a likelihood, times a power of the determinant of the information, whose maximum is sought?
    pub fn is_penalised(&self) -> bool {
        matches!(self.bias, Bias::Jeffreys { .. }) && self.dispersion.is_known()
    }

    /// The root from the first step of the unadjusted search, where that leads anywhere, or from its end.
    pub fn from_start(objective: &'a GlmObjective<'a>, bias: Bias, control: &'a Control, start: Option<&[f64]>) -> Result<(Self, Found)> {
        let once = Control { max_iterations: 1, ..*control };
        let one_step = newton(objective, start, &once);
        let usable = one_step.as_ref().is_ok_and(|s| s.status == Status::MaxIterations || s.converged());
        let first = if usable { one_step? } else { newton(objective, start, control)? };
        let aliased = (0..first.coefficients.len()).filter(|j| !first.kept.contains(j)).collect();
        let adjusted = Adjusted::new(objective, bias, control, aliased)?;
        if first.kept.is_empty() {
            return Err(Error::NoValidCoefficients);
        }
        let found = adjusted.search(first.coefficients, &[])?;
        Ok((adjusted, found))
    }

    /// The root from `theta`, with the columns `held` where they are there.
    pub fn search(&self, theta: Vec<f64>, held: &[usize]) -> Result<Found> {
        let mut place = self.look(theta, held)?.ok_or(Error::Start)?;
        let mut history = vec![];
        let mut status = Status::MaxIterations;
        for _ in 0..=self.control.max_iterations {
            if place.length <= self.control.epsilon {
                status = Status::Converged;
                break;
            }
            if history.len() == self.control.max_iterations {
                break;
            }
            place = match self.advance(&place, held)? {
                Some(next) => next,
                None => {
                    status = Status::Stalled;
                    break;
                }
            };
            history.push(place.deviance);
        }
        Ok(Found { place, iterations: history.len(), status, history })
    }

    /// The next place: the step is halved until the one after it is shorter, as it is near the root; where no part of it is,
    /// the shortest is taken. `None` if there is no valid place on the way.
    fn advance(&self, place: &Place, held: &[usize]) -> Result<Option<Place>> {
        let mut share = 1.0;
        let mut last = None;
        for _ in 0..MAX_HALVINGS {
            let theta = place.theta.iter().zip(&place.step).map(|(t, s)| t + share * s).collect();
            if let Some(next) = self.look(theta, held)? {
                if next.length <= place.length {
                    return Ok(Some(next));
                }
                last = Some(next);
            }
            share /= 2.0;
        }
        Ok(last)
    }

    /// `None` where a mean or the information is not valid.
    fn look(&self, theta: Vec<f64>, held: &[usize]) -> Result<Option<Place>> {
        if theta.iter().any(|t| !t.is_finite()) {
            return Ok(None);
        }
        let estimable = Held::new(self.objective, self.aliased.clone());
        let (quadratic, factor) = quadratic_and_factor(&estimable, &theta, self.control)?;
        if !quadratic.value.usable() || factor.rank() < self.rank {
            return Ok(None);
        }
        let adjustment = adjustment(self.objective, &theta, &factor, self.bias)?;
        let deviance = quadratic.value.deviance;
        let dispersion = self.dispersion.at(deviance);
        let mut score: Vec<f64> =
            quadratic.score.iter().zip(adjustment.score).map(|(s, a)| s + dispersion * a).collect();
        self.aliased.iter().for_each(|&j| score[j] = 0.0);
        let mut step = self.solve(&quadratic, &factor, &score, held);
        step.iter_mut().zip(adjustment.shift).for_each(|(s, shift)| *s += dispersion * shift);
        let square: f64 = quadratic.information.times(&step).iter().zip(&step).map(|(a, s)| a * s).sum();
        let length = (square.max(0.0) / dispersion).sqrt();
        let penalty = match self.bias {
            Bias::Jeffreys { power } if self.is_penalised() => 2.0 * power * factor.log_determinant(),
            _ => 0.0,
        };
        let finite = length.is_finite() && penalty.is_finite();
        let penalised = deviance - penalty;
        Ok(finite.then_some(Place { theta, deviance, penalised, dispersion, score, factor, step, length }))
    }

    /// Inverse information times score, 0 for the columns that are held.
    fn solve(&self, quadratic: &Quadratic, factor: &Factor, score: &[f64], held: &[usize]) -> Vec<f64> {
        if held.is_empty() {
            return factor.solve(score);
        }
        let left_out = [&self.aliased[..], held].concat();
        let without = |method| factorise(&quadratic.information, &left_out, method);
        let free = without(self.control.method).or_else(|| without(Method::Cholesky));
        free.map_or_else(|| vec![f64::NAN; score.len()], |free| free.solve(score))
    }
}
