//! Where the search starts from, and whether theta is finite.

use super::law::slope_at_poisson;
use super::objective::CountLikelihood;
use super::CountModel;
use crate::control::Control;
use crate::design::Centred;
use crate::error::{Error, Result};
use crate::predict::linear_predictor;
use crate::profile::{LikelihoodProfile, Limits};
use crate::solver::{maximise, Maximum, Status};
use crate::watch::Watch;
use crate::wls::rough_least_squares;
use crate::zero::Shape;

/// Where the likelihood is greatest.
pub struct CountFit {
    pub maximum: Maximum,
    /// Is theta, which was to be estimated, infinite? The parameters are then the coefficients alone.
    pub poisson: bool,
}

/// Maximise the likelihood, from the coefficients `start` or from least squares. Where theta is to be estimated the Poisson
/// fit comes first: it starts the search, and tells whether the likelihood rises from there at all. Shape: start `[p]`.
/// Errors: those of [`CountModel::check`]; [`Error::Start`] where the likelihood of the start is zero.
pub fn fit_counts(model: &CountModel, start: Option<&[f64]>, control: &Control, watch: &Watch) -> Result<CountFit> {
    model.check()?;
    let (least_squares, aliased) = start_of(model, control, watch)?;
    let mut start = start.map_or(least_squares, <[f64]>::to_vec);
    if start.len() != model.design.cols() {
        let message = format!("should have length {}, not {}", model.design.cols(), start.len());
        return Err(Error::Argument { arg: "start", message });
    }
    let Centred { design, shear } = model.design.centred(&aliased);
    shear.inverse().apply(&mut start);
    let found = fit_from(&CountModel { design: &design, ..*model }, start, &aliased, control, watch);
    let CountFit { maximum, poisson } = found.map_err(|error| design.blamed(error))?;
    Ok(CountFit { maximum: maximum.sheared(&shear), poisson })
}

/// Limits of parameters by the profile of the likelihood.
/// Errors: as [`fit_counts`].
pub fn profile_counts(model: &CountModel, profile: &LikelihoodProfile, watch: &Watch) -> Result<Vec<Limits>> {
    model.check()?;
    profile.limits(&CountLikelihood::new(model, watch))
}

fn fit_from(
    model: &CountModel,
    start: Vec<f64>,
    aliased: &[usize],
    control: &Control,
    watch: &Watch,
) -> Result<CountFit> {
    let search = |model: &CountModel, start| maximise(&CountLikelihood::new(model, watch), start, aliased, control);
    if model.shape != Shape::Estimated {
        return Ok(CountFit { maximum: search(model, start)?, poisson: false });
    }
    let poisson = search(&CountModel { shape: Shape::Infinite, ..*model }, start)?;
    let alpha = alpha_from_poisson(model, &poisson.parameters, watch)?;
    if alpha <= 0.0 && poisson.status == Status::Converged {
        return Ok(CountFit { maximum: poisson, poisson: true });
    }
    let mut start = poisson.parameters;
    start.push(if alpha > 0.0 { -alpha.ln() } else { 0.0 });
    Ok(CountFit { maximum: search(model, start)?, poisson: false })
}

/// Coefficients from least squares for the logarithms of the counts, and the columns that are aliased.
fn start_of(model: &CountModel, control: &Control, watch: &Watch) -> Result<(Vec<f64>, Vec<usize>)> {
    if model.design.cols() == 0 {
        return Ok((vec![], vec![]));
    }
    let rows = || (0..model.rows()).map(|row| (row, model.y[row].max(0.0) + 0.5));
    let z: Vec<f64> = rows().map(|(row, y)| y.ln() - model.offset(row)).collect();
    let weights: Vec<f64> = rows().map(|(row, y)| y * model.weight(row)).collect();
    let found = rough_least_squares(model.design, &z, &weights, control, watch)?;
    Ok((found.coefficients, found.factor.aliased))
}

/// 1/theta by one step of its score from the Poisson fit; where it is not positive, theta is infinite.
fn alpha_from_poisson(model: &CountModel, coefficients: &[f64], watch: &Watch) -> Result<f64> {
    let mut eta = vec![0.0; model.rows()];
    linear_predictor(model.design, coefficients, model.offset, &mut eta, watch)?;
    let counted = (0..model.rows()).filter(|&row| model.weight(row) > 0.0);
    let (slope, variance) = counted.fold((0.0, 0.0), |(slope, variance), row| {
        let (s, v) = slope_at_poisson(model.variance, model.truncated, model.y[row], eta[row]);
        (slope + model.weight(row) * s, variance + model.weight(row) * v)
    });
    Ok(slope / variance)
}
