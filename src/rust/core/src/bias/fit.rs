//! A fit with less bias: as [`fit_glm`](crate::fit::fit_glm), but for its score.

use super::search::{Adjusted, Found};
use super::Bias;
use crate::control::Control;
use crate::design::{Design, Term};
use crate::error::{Error, Result};
use crate::fit::{check_problem, finish, named, Fit, FitOptions};
use crate::glm::{
    deviance_at_intercept, mean_and_weight, null_deviance, GlmObjective, NullModel, Problem, RecordedRows, RowOutput,
    StartingMeans,
};
use crate::objective::OwnedPoint;
use crate::solver::{Halvings, Solution, Status};
use crate::watch::Watch;

pub struct BiasFit {
    pub fit: Fit,
    /// 1 where the family knows it.
    pub dispersion: f64,
    /// −2 log of the penalised likelihood, up to a constant; `None` where there is none.
    pub penalised: Option<f64>,
}

/// Fit `problem` and write the rows' results to `output`. Working weights and inverse information are those at the
/// estimates.
pub fn fit_with_bias(
    problem: &Problem,
    options: &FitOptions,
    bias: Bias,
    output: RowOutput,
    watch: &Watch,
) -> Result<BiasFit> {
    check_problem(problem, options)?;
    if problem.design.cols() == 0 {
        let message = "cannot be reduced: the model has no coefficients".into();
        return Err(Error::Argument { arg: "bias", message });
    }
    let objective = GlmObjective::new(problem, watch)?;
    let search = Adjusted::from_start(&objective, bias, options.control, options.start);
    let (adjusted, Found { place, iterations, status, history }) = search.map_err(|e| named(problem, e))?;
    let penalised = adjusted.is_penalised().then_some(place.penalised);
    let solution = Solution {
        coefficients: place.theta.clone(),
        concluded: None,
        before: OwnedPoint::At(place.theta),
        kept: place.factor.kept.clone(),
        factor: Some(place.factor),
        deviance: place.deviance,
        exact_deviance: None,
        iterations,
        status,
        halvings: Halvings::default(),
        history,
    };
    let null = |_: &Solution, eta: Option<&[f64]>| match options.null_model {
        NullModel::Offset | NullModel::Unasked => null_deviance(&objective, options.null_model, eta, options.control),
        NullModel::Mean if problem.offset.is_none() && adjusted.dispersion.is_known() => {
            null_with_bias_of_mean(&objective, bias, options.control)
        }
        NullModel::Mean | NullModel::Intercept => null_with_bias(problem, bias, eta, options.control, watch),
    };
    let fit = finish(problem, options, solution, RecordedRows::new(&objective, Some(output)), null)?;
    Ok(BiasFit { fit, dispersion: place.dispersion, penalised })
}

/// The deviance of the intercept alone, estimated the same way, and whether its search converged.
fn null_with_bias(
    problem: &Problem,
    bias: Bias,
    eta: Option<&[f64]>,
    control: &Control,
    watch: &Watch,
) -> Result<(f64, bool)> {
    let design = Design::new(problem.rows(), vec![Term::intercept()])?;
    let start = eta.map_or(StartingMeans::Family, StartingMeans::MeansAt);
    let null = Problem { design: &design, start, ..*problem };
    let objective = GlmObjective::new(&null, watch)?;
    let (_, found) = Adjusted::from_start(&objective, bias, control, None)?;
    Ok((found.place.deviance, found.status == Status::Converged))
}

/// The same where all rows have one mean and the dispersion is known: one row that weighs as much as all of them says as much
/// of the mean.
fn null_with_bias_of_mean(objective: &GlmObjective, bias: Bias, control: &Control) -> Result<(f64, bool)> {
    let (problem, watch) = (objective.problem, objective.watch);
    let design = Design::new(1, vec![Term::intercept()])?;
    let (mean, weight) = mean_and_weight(problem);
    let row = Problem {
        design: &design,
        y: &[mean],
        prior_weights: Some(&[weight]),
        trials: None,
        start: StartingMeans::Family,
        ..*problem
    };
    let of_row = GlmObjective::new(&row, watch)?;
    let (_, found) = Adjusted::from_start(&of_row, bias, control, None)?;
    let eta = found.place.theta[0];
    let from_sums = objective.deviance_from_sums(mean, weight, eta);
    let deviance = from_sums.map_or_else(|| deviance_at_intercept(problem, eta, watch), Ok)?;
    Ok((deviance, found.status == Status::Converged))
}
