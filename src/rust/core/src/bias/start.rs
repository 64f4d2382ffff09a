//! Where the search for the root of an adjusted score begins: beside that of the score itself, which takes no leverages, or
//! near the usual start where that goes on for ever.

use super::search::{Adjusted, Found};
use super::Bias;
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::family::DispersionLaw;
use crate::glm::{from_sample, GlmObjective, StartingMeans};
use crate::held::Held;
use crate::inference::score_adjustment;
use crate::linalg::dot;
use crate::objective::{Objective, OwnedPoint};
use crate::solver::{newton, Solution};

/// Iterations of the unadjusted search, after which separated data show, and the length of the first adjusted step, in units of
/// the root of the rank, that shows them.
const UNADJUSTED: usize = 10;
const FAR: f64 = 1.0;
/// The unadjusted search ends where its deviance changes by so little, as a share. An iteration of the adjusted one takes
/// twice as long, so it begins near its root, which the adjustment leads to.
const ROUGH: f64 = 1e-5;

impl<'a> Adjusted<'a> {
    pub fn from_start(
        objective: &'a GlmObjective<'a>,
        bias: Bias,
        control: &'a Control,
        start: Option<&[f64]>,
    ) -> Result<(Self, Found)> {
        let usual = start.is_none()
            && matches!(objective.problem.start, StartingMeans::Family)
            && control.method == Method::Auto;
        let near = if usual { from_sample(objective, objective, control)? } else { None };
        let from = start.or(near.as_ref().map(|near| &near.theta[..]));
        let rough = Control {
            epsilon: control.epsilon.max(ROUGH),
            max_iterations: control.max_iterations.min(UNADJUSTED),
            ..*control
        };
        // nothing held: without the last digits of a factor that is soon replaced
        let end = newton(&Held::new(objective, vec![]), from, &rough);
        let may_separate = objective.problem.family.family.dispersion_law() == Some(DispersionLaw::Known);
        if may_separate && !end.as_ref().is_ok_and(|end| end.kept.len() == objective.dim()) {
            return Self::from_first_step(objective, bias, control, start);
        }
        let end = end.or_else(|_| newton(objective, start, control))?;
        let adjusted = Self::without_aliased(objective, bias, control, &end)?;
        let limit = if may_separate { FAR * (adjusted.rank as f64).sqrt() } else { f64::INFINITY };
        let (change, length) = adjusted.change_at(&end)?;
        let theta = end.coefficients.iter().zip(&change).map(|(t, c)| t + c).collect();
        let place = if length > limit { None } else { adjusted.look(theta, &[])? };
        let Some(place) = place.filter(|place| place.length <= limit) else {
            return if may_separate {
                Self::from_first_step(objective, bias, control, start)
            } else {
                Err(Error::Start)
            };
        };
        let came = place.length_of(&change);
        let history = vec![place.deviance];
        let found = adjusted.search_from(place, came, history, &[])?;
        Ok((adjusted, found))
    }

    /// Where the adjustment leads from the end of the unadjusted search, as far as its last factor tells, and how many standard
    /// errors that is (but for the shift of medians); nowhere, if it has no factor.
    fn change_at(&self, end: &Solution) -> Result<(Vec<f64>, f64)> {
        let (Some(factor), OwnedPoint::At(before)) = (&end.factor, &end.before) else {
            return Ok((vec![0.0; end.coefficients.len()], 0.0));
        };
        let adjustment = score_adjustment(self.objective, before, factor, self.bias)?;
        let dispersion = self.dispersion.at(end.deviance);
        let change = factor.solve(&adjustment.score);
        let length = (dispersion * dot(&adjustment.score, &change)).sqrt();
        Ok((change.iter().zip(adjustment.shift).map(|(c, shift)| dispersion * (c + shift)).collect(), length))
    }

    fn from_first_step(
        objective: &'a GlmObjective<'a>,
        bias: Bias,
        control: &'a Control,
        start: Option<&[f64]>,
    ) -> Result<(Self, Found)> {
        let once = Control { max_iterations: 1, ..*control };
        let first = match newton(objective, start, &once) {
            Ok(solution) if !solution.kept.is_empty() => solution,
            _ => newton(objective, start, control)?,
        };
        let adjusted = Self::without_aliased(objective, bias, control, &first)?;
        let found = adjusted.search(first.coefficients, &[])?;
        Ok((adjusted, found))
    }

    fn without_aliased(
        objective: &'a GlmObjective<'a>,
        bias: Bias,
        control: &'a Control,
        solution: &Solution,
    ) -> Result<Self> {
        if solution.kept.is_empty() {
            return Err(Error::NoValidCoefficients);
        }
        let aliased = (0..objective.dim()).filter(|j| !solution.kept.contains(j)).collect();
        Adjusted::new(objective, bias, control, aliased)
    }
}
