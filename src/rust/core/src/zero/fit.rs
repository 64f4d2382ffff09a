//! Where the search starts from, and what is made of starting values that lead nowhere.

use super::counts::Shape;
use super::objective::ZeroObjective;
use super::row::Kind;
use super::{ShareLink, ZeroModel};
use crate::control::Control;
use crate::design::{Centred, Design};
use crate::error::{Error, Result};
use crate::linalg::Shear;
use crate::profile::{LikelihoodProfile, Limits};
use crate::solver::{maximise, Maximum, Status};
use crate::watch::Watch;
use crate::wls::rough_least_squares;

/// Shares from which the search may start.
const START_SHARES: [f64; 2] = [0.05, 0.95];
/// From so many rows on one part of the blocks is searched first, if it holds so many rows for each parameter; to how many
/// squared standard errors, beside which chance has put its maximum further from that of all rows.
const MANY_ROWS: usize = 50_000;
const PART: usize = 16;
const ROWS_PER_PARAMETER: usize = 100;
const ROUGH: f64 = 1e-2;

/// Maximise the likelihood, from `start` or from least squares (for some of the rows first, where there are many); where `start`
/// leads to no maximum, from both. Shape: start `[p]`, log(theta) among them, NaN for what least squares are to give.
/// Errors: those of [`ZeroModel::check`]; [`Error::Start`] where the likelihood of the start is zero.
pub fn fit_zero(model: &ZeroModel, start: Option<&[f64]>, control: &Control, watch: &Watch) -> Result<Maximum> {
    model.check()?;
    let (mut least_squares, aliased) = start_of(model, control, watch)?;
    let mut start = start.map(|start| started(start, &least_squares)).transpose()?;
    let first = model.designs[0].cols();
    let of_zeros: Vec<usize> = aliased.iter().filter_map(|j| j.checked_sub(first)).collect();
    let Centred { design: counts, shear } = model.designs[0].centred(&aliased);
    let Centred { design: zeros, shear: zero_shear } = model.designs[1].centred(&of_zeros);
    let shear = Shear::join([shear, zero_shear.behind(first)]);
    start.iter_mut().chain([&mut least_squares]).for_each(|start| shear.inverse().apply(start));
    let centred = ZeroModel { designs: [&counts, &zeros], ..*model };
    let found = fit_from(&centred, start, &least_squares, &aliased, control, watch);
    Ok(found.map_err(|error| zeros.blamed(counts.blamed(error)))?.sheared(&shear))
}

/// Limits of parameters by the profile of the likelihood.
/// Errors: as [`fit_zero`].
pub fn profile_zero(model: &ZeroModel, profile: &LikelihoodProfile, watch: &Watch) -> Result<Vec<Limits>> {
    model.check()?;
    profile.limits(&ZeroObjective::new(model, watch))
}

/// The start that is given, where it is a number.
fn started(given: &[f64], least_squares: &[f64]) -> Result<Vec<f64>> {
    if given.len() != least_squares.len() {
        let message = format!("should have length {}, not {}", least_squares.len(), given.len());
        return Err(Error::Argument { arg: "start", message });
    }
    Ok(given.iter().zip(least_squares).map(|(given, own)| if given.is_nan() { *own } else { *given }).collect())
}

fn fit_from(
    model: &ZeroModel,
    start: Option<Vec<f64>>,
    least_squares: &[f64],
    aliased: &[usize],
    control: &Control,
    watch: &Watch,
) -> Result<Maximum> {
    let objective = ZeroObjective::new(model, watch);
    let search = |start: Vec<f64>| maximise(&objective, start, aliased, control);
    let from_least_squares = || match sampled(&objective, least_squares, aliased, control)? {
        Some(near) => maximise(&objective.near(), near, aliased, control),
        None => search(least_squares.to_vec()),
    };
    let Some(start) = start else { return from_least_squares() };
    let found = search(start);
    match &found {
        Ok(fit) if fit.status == Status::Converged => return found,
        Err(Error::Interrupted) => return found,
        _ => {}
    }
    let own = from_least_squares()?;
    Ok(match found {
        Ok(found) if own.status != Status::Converged && found.log_likelihood > own.log_likelihood => found,
        _ => own,
    })
}

/// The maximum for some of the rows; `None` where they are few, or have none.
fn sampled(objective: &ZeroObjective, start: &[f64], aliased: &[usize], control: &Control) -> Result<Option<Vec<f64>>> {
    let (rows, p) = (objective.model.rows(), start.len());
    if rows < MANY_ROWS || rows / PART < ROWS_PER_PARAMETER * p {
        return Ok(None);
    }
    let rough = Control { epsilon: control.epsilon.max(ROUGH), ..control.clone() };
    match maximise(&objective.sample(PART), start.to_vec(), aliased, &rough) {
        Ok(found) => Ok((found.status == Status::Converged && found.observed).then_some(found.parameters)),
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Err(_) => Ok(None),
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
    // without weight a response may be anything, but must not make a NaN
    let count_eta = |y: f64| (y.max(0.0) + 0.5).ln();
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
    let found = rough_least_squares(design, z, weights, control, watch)?;
    Ok((found.coefficients, found.factor.aliased))
}
