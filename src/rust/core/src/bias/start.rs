//! Where the search for the root of an adjusted score begins: beside that of the score itself, which takes no leverages, or
//! near the usual start where that goes on for ever.

use super::rough::Rough;
use super::search::{Adjusted, Found};
use super::Bias;
use crate::control::{Control, Method};
use crate::error::{Error, Result};
use crate::family::DispersionLaw;
use crate::fit::is_clearly_above;
use crate::glm::{from_sample, intercept_alone, GlmObjective, StartingMeans};
use crate::inference::score_adjustment;
use crate::linalg::dot;
use crate::objective::{Objective, OwnedPoint, Point};
use crate::solver::{newton, newton_downhill, Solution};

/// Iterations of the unadjusted search, after which separated data show, and the length of the first adjusted step, in units of
/// the root of the rank, that shows them.
const UNADJUSTED: usize = 10;
const FAR: f64 = 1.0;
/// The most of them downhill.
const DOWNHILL: usize = 100;
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
        let end = newton(&Rough::new(objective), from, &rough);
        let may_separate = objective.problem.family.family.dispersion_law() == Some(DispersionLaw::Known);
        if may_separate && !end.as_ref().is_ok_and(|end| end.kept.len() == objective.dim()) {
            return Self::from_first_step(objective, bias, control, start);
        }
        let end = match end {
            Ok(end) if may_separate || start.is_some() => end,
            end => maximum(objective, end, &rough, start)?,
        };
        let adjusted = Self::without_aliased(objective, bias, control, &end)?;
        let (change, length) = adjusted.change_at(&end)?;
        let far = FAR * (adjusted.rank as f64).sqrt();
        let theta = end.coefficients.iter().zip(&change).map(|(t, c)| t + c).collect();
        let place = if length > far { None } else { adjusted.look(theta, &[])? };
        match place.filter(|place| place.length <= far || !may_separate) {
            Some(place) => {
                let rate = place.length / place.length_of(&change);
                let history = vec![place.deviance];
                let found = adjusted.search_from(place, rate, history, &[])?;
                Ok((adjusted, found))
            }
            None if may_separate => Self::from_first_step(objective, bias, control, start),
            None => {
                let found = adjusted.search(end.coefficients, &[])?;
                Ok((adjusted, found))
            }
        }
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

/// The unadjusted maximum, from the `end` of a search for it: downhill from the intercept alone where that is not as good.
fn maximum(
    objective: &GlmObjective,
    end: Result<Solution>,
    control: &Control,
    start: Option<&[f64]>,
) -> Result<Solution> {
    let alone = intercept_alone(objective.problem);
    let at_mean = match &alone {
        Some(theta) => objective.value(Point::At(theta))?.deviance,
        None => f64::INFINITY,
    };
    if end.as_ref().is_ok_and(|end| end.converged() && !is_clearly_above(end.deviance, at_mean)) {
        return end;
    }
    let downhill = alone.map(|from| {
        let control = Control { max_iterations: control.max_iterations.max(DOWNHILL), ..control.clone() };
        newton_downhill(objective, &from, &control)
    });
    match (end, downhill) {
        (end, Some(Ok(better))) if end.as_ref().map_or(true, |end| better.deviance < end.deviance) => Ok(better),
        (Ok(end), _) => Ok(end),
        (Err(_), _) => newton(objective, start, control),
    }
}
