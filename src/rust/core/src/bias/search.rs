//! Quasi-Fisher scoring: steps of inverse information times adjusted score.

use super::dispersion::Dispersion;
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::glm::GlmObjective;
use crate::held::Held;
use crate::inference::{score_adjustment, Bias};
use crate::linalg::{add, add_scaled, cholesky_in_order, dot, Factor, Information, Symmetric};
use crate::objective::Quadratic;
use crate::solver::{factorise, quadratic_and_factor, Status};

/// A search whose steps shorten so much goes on to do so, its convergence being linear: the next step is known to be that much
/// shorter again, but for a factor.
const FAST: f64 = 1e-2;
const SAFETY: f64 = 0.1;
/// What an estimate may lack, in units of epsilon of a standard error, where the last step was so long that the information
/// must be that of its end: to look at the adjustment there as well takes thrice the time. Where the dispersion moves too, the
/// rate of the first step says less of the next.
const LEFT: f64 = 30.0;
/// Steps that are remembered to guess where they lead.
const MEMORY: usize = 3;
/// What is left of a change beside those before it, as a share of its square, that is rounding error.
const CHANGE_NOISE: f64 = 1e-10;
/// Where the dispersion, with which the adjustment grows, is estimated, roots may be several: no step is longer than this, in
/// units of the root of the rank, so that the one near the maximum of the likelihood is found.
const LONGEST: f64 = 1.0;
/// Halvings of a step before it is taken as it is; where there is a penalised likelihood, before the search gives up.
const MAX_HALVINGS: usize = 15;
/// Part of its expected rise that the penalised likelihood must bring; and the part of it that is rounding error.
const SUFFICIENT: f64 = 1e-4;
const NOISE: f64 = 1e-8;

/// A model whose score is adjusted.
pub struct Adjusted<'a> {
    pub(super) objective: &'a GlmObjective<'a>,
    pub(super) bias: Bias,
    control: &'a Control,
    pub(super) dispersion: Dispersion,
    /// Ascending.
    aliased: Vec<usize>,
    pub(super) rank: usize,
}

/// A point of a search. Shapes of the vectors: `[p]`.
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
    /// Information times step.
    image: Vec<f64>,
    /// The length of the step in standard errors.
    pub(super) length: f64,
    information: Information,
}

impl Place {
    /// Where that share of the step leads.
    fn ahead(&self, share: f64) -> Vec<f64> {
        self.theta.iter().zip(&self.step).map(|(t, s)| t + share * s).collect()
    }

    /// How long `step` is in standard errors.
    pub(super) fn length_of(&self, step: &[f64]) -> f64 {
        (dot(&self.information.times(step), step).max(0.0) / self.dispersion).sqrt()
    }
}

/// Changes of coefficients, steps and their images from one place to the next, the latest last.
#[derive(Default)]
struct Memory {
    changes: Vec<[Vec<f64>; 3]>,
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
    pub fn new(objective: &'a GlmObjective<'a>, bias: Bias, control: &'a Control, aliased: Vec<usize>) -> Result<Self> {
        let spec = objective.problem.family;
        let law = spec.family.dispersion_law().filter(|_| spec.likelihood).ok_or_else(|| Error::Argument {
            arg: "bias",
            message:
                "cannot be reduced for this family: its likelihood does not say how the bias depends on the dispersion"
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

    /// The root from `theta`, with the columns `held` where they are there.
    pub fn search(&self, theta: Vec<f64>, held: &[usize]) -> Result<Found> {
        let place = self.look(theta, held)?.ok_or(Error::Start)?;
        self.search_from(place, f64::INFINITY, vec![], held)
    }

    /// `rate` is the length of the step from `place` as a share of the one that led there, infinite where there was none;
    /// `history` has the deviance after each step until there.
    pub(super) fn search_from(
        &self,
        mut place: Place,
        mut rate: f64,
        mut history: Vec<f64>,
        held: &[usize],
    ) -> Result<Found> {
        let mut memory = Memory::default();
        let status = loop {
            if place.length <= self.control.epsilon {
                break Status::Converged;
            }
            let left = rate * place.length / self.control.epsilon;
            if rate < FAST && left <= SAFETY {
                add(&mut place.theta, &place.step);
                break Status::Converged;
            }
            let is_near = rate < FAST && left <= LEFT && held.is_empty() && self.dispersion.is_known();
            if is_near && self.end_of_step(&mut place)? {
                break Status::Converged;
            }
            if history.len() == self.control.max_iterations {
                break Status::MaxIterations;
            }
            let Some(next) = self.advance(&place, &mut memory, held)? else { break Status::Stalled };
            let share = next.length / place.length;
            // a guess may shorten the step by more than the step will shorten the next
            rate = if memory.changes.is_empty() { share } else { rate.max(share) };
            memory.note(&place, &next);
            place = next;
            history.push(place.deviance);
        };
        Ok(Found { place, iterations: history.len(), status, history })
    }

    /// The next place. What the last steps have in common is gone at once, if that leads nearer to the root; else the step is
    /// halved until it does; where no part of it does, it is taken as it is, if no penalised likelihood tells better. `None` if
    /// there is no such place on the way.
    fn advance(&self, place: &Place, memory: &mut Memory, held: &[usize]) -> Result<Option<Place>> {
        if let Some(theta) = memory.guess(place) {
            match self.look(theta, held)? {
                Some(next) if next.length <= place.length && self.is_nearer(&next, place, 0.0) => {
                    return Ok(Some(next));
                }
                _ => memory.changes.clear(),
            }
        }
        let far = LONGEST * (self.rank as f64).sqrt();
        let mut share = if self.dispersion.is_known() { 1.0 } else { (far / place.length).min(1.0) };
        let mut first = None;
        for _ in 0..MAX_HALVINGS {
            if let Some(next) = self.look(place.ahead(share), held)? {
                if self.is_nearer(&next, place, share) {
                    return Ok(Some(next));
                }
                first.get_or_insert(next);
            }
            share /= 2.0;
        }
        Ok(first.filter(|_| !self.is_penalised()))
    }

    /// Is `next`, to which a share of the step from `place` led, nearer to the root: where a penalised likelihood has risen, or,
    /// where that or rounding leaves it open, the step after it is shorter, as it is near the root?
    fn is_nearer(&self, next: &Place, place: &Place, share: f64) -> bool {
        let shorter = next.length <= place.length;
        if !self.is_penalised() {
            return shorter;
        }
        let rise = place.penalised - next.penalised;
        let noise = NOISE * (1.0 + place.penalised.abs());
        rise > noise && rise >= SUFFICIENT * share * place.length * place.length || shorter && rise >= -noise
    }

    /// `None` where a mean or the information is not valid.
    pub(super) fn look(&self, theta: Vec<f64>, held: &[usize]) -> Result<Option<Place>> {
        let Some((quadratic, factor)) = self.quadratic_and_factor(&theta)? else { return Ok(None) };
        let adjustment = score_adjustment(self.objective, &theta, &factor, self.bias)?;
        let deviance = quadratic.value.deviance;
        let dispersion = self.dispersion.at(deviance);
        let mut score: Vec<f64> =
            quadratic.score.iter().zip(adjustment.score).map(|(s, a)| s + dispersion * a).collect();
        self.aliased.iter().for_each(|&j| score[j] = 0.0);
        let mut step = self.solve(&quadratic, &factor, &score, held);
        add_scaled(&mut step, dispersion, &adjustment.shift);
        let Quadratic { information, .. } = quadratic;
        let image = information.times(&step);
        let length = (dot(&image, &step).max(0.0) / dispersion).sqrt();
        let penalised = deviance - self.penalty(&factor);
        let finite = length.is_finite() && penalised.is_finite();
        Ok(finite.then_some(Place {
            theta,
            deviance,
            penalised,
            dispersion,
            score,
            factor,
            step,
            image,
            length,
            information,
        }))
    }

    /// Move `place` to where its step leads, with the information of there; score and step stay. Is that a valid place?
    fn end_of_step(&self, place: &mut Place) -> Result<bool> {
        let theta = place.ahead(1.0);
        let Some((quadratic, factor)) = self.quadratic_and_factor(&theta)? else { return Ok(false) };
        place.theta = theta;
        place.deviance = quadratic.value.deviance;
        place.penalised = place.deviance - self.penalty(&factor);
        place.dispersion = self.dispersion.at(place.deviance);
        place.information = quadratic.information;
        place.factor = factor;
        Ok(true)
    }

    /// Of the columns that are not aliased; `None` where a mean or the information is not valid.
    fn quadratic_and_factor(&self, theta: &[f64]) -> Result<Option<(Quadratic, Factor)>> {
        if theta.iter().any(|t| !t.is_finite()) {
            return Ok(None);
        }
        let estimable = Held::new(self.objective, self.aliased.clone());
        let (quadratic, factor) = quadratic_and_factor(&estimable, theta, self.control)?;
        let valid = quadratic.value.usable() && factor.rank() == self.rank;
        Ok(valid.then_some((quadratic, factor)))
    }

    /// What is taken off the deviance; 0 where there is no penalised likelihood.
    fn penalty(&self, factor: &Factor) -> f64 {
        match self.bias {
            Bias::Jeffreys { power } if self.is_penalised() => 2.0 * power * factor.log_determinant(),
            _ => 0.0,
        }
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

impl Memory {
    fn note(&mut self, from: &Place, to: &Place) {
        if self.changes.len() == MEMORY {
            self.changes.remove(0);
        }
        let change = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| b - a).collect();
        self.changes.push([
            change(&from.theta, &to.theta),
            change(&from.step, &to.step),
            change(&from.image, &to.image),
        ]);
    }

    /// Where the step would be least, if it were linear in the changes of the coefficients (Anderson, 1965, "Iterative
    /// procedures for nonlinear integral equations"), in the metric of the information; `None` without changes.
    fn guess(&self, place: &Place) -> Option<Vec<f64>> {
        let m = self.changes.len();
        let mut products = Symmetric::zeros(m);
        for i in 0..m {
            for j in i..m {
                *products.at_mut(i, j) = dot(&self.changes[i][1], &self.changes[j][2]);
            }
        }
        let rhs: Vec<f64> = self.changes.iter().map(|[_, _, image]| dot(image, &place.step)).collect();
        let shares = cholesky_in_order(&products, &[], CHANGE_NOISE).factor.solve(&rhs);
        let mut theta = place.ahead(1.0);
        for ([moved, bent, _], share) in self.changes.iter().zip(shares) {
            theta.iter_mut().zip(moved.iter().zip(bent)).for_each(|(t, (m, b))| *t -= share * (m + b));
        }
        (m > 0).then_some(theta)
    }
}
