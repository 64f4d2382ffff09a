//! Bootstraps of a fit.

use crate::args::{
    control, design, family, flagged, one_of, optional_matrix, problem, reals, reals_mut, score_rows, Value,
};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run, run_and_tell};
use crate::rcall::{Part, Session};
use crate::reply::status_in_words;
use crate::separation::BOUNDS;
use extendr_api::prelude::*;
use glmrs_core::bootstrap::{acceleration, bootstrap, reweighted, steps, BootstrapOptions, Replicate, Scheme};
use glmrs_core::control::Control;
use glmrs_core::inference::ScoreRows;
use glmrs_core::resample::{Draws, Law, Multiplier, Support, Units};
use glmrs_core::solver::Maximum;
use glmrs_core::watch::Watch;
use glmrs_core::wls::weighted_factor;
use glmrs_core::Error;
use ndarray::ArrayView1;

/// Passes that a replicate is expected to take, to tell whether threads are worth it.
const PASSES: usize = 4;

/// Fit again to resampled rows or responses: `list(replicates, errors, aliased, why)`. The first two are times x p by
/// columns; `aliased` is the column that a replicate lost, else 0, and `why` says why another one has no coefficients.
/// `data`: `list(y, weights, offset)`; `model`: `list(family, control, finds_theta, bounds)`; `estimate`: `list(coefficients, aliased,
/// dispersion, standard errors)`; `scheme`: see [`scheme`]; `draws`: `c(times, seed)`.
/// @noRd
#[extendr]
fn rs_bootstrap_fits(
    design_spec: Robj,
    data: Robj,
    model: Robj,
    estimate: Robj,
    scheme_spec: Robj,
    draws: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let (model, estimate) = (Value::new(&model), Value::new(&estimate));
        let (family, link) = family(model.element(0))?;
        let control_spec = model.element(1);
        let control = control(control_spec)?;
        let problem = problem(&design, Value::new(&data), &family, link.as_ref())?;
        let scheme = scheme(Value::new(&scheme_spec), problem.rows())?;
        let aliased = flagged(estimate.element(1));
        let dispersion = estimate.element(2).number();
        let (times, seed) = counts(Value::new(&draws))?;
        let options = BootstrapOptions {
            control: &control,
            times,
            seed,
            estimate: reals(estimate.element(0), "coefficients")?,
            standard_errors: reals(estimate.element(3), "standard errors")?,
            aliased: &aliased,
            dispersion: (!dispersion.is_nan()).then_some(dispersion),
            finds_theta: model.element(2).flag(),
            bounds: match model.element(3) {
                none if none.is_null() => None,
                bounds => Some(one_of(bounds, "bounds", &BOUNDS)?),
            },
        };
        let small = is_small(problem.rows() * times * PASSES, design.raw_cols());
        let found = run_and_tell(session, control_spec.element(3), small, Some(control_spec.element(4)), |watch| {
            problem.check()?;
            bootstrap(&problem, &scheme, &options, watch)
        })?;
        replicates(session, &found, design.cols())
    })
}

fn replicates(session: &Session, found: &[Replicate], p: usize) -> Reply<Robj> {
    let times = found.len();
    let (mut all, mut errors) = (session.alloc_real(times * p)?, session.alloc_real(times * p)?);
    let (values, spreads) = (reals_mut(&mut all), reals_mut(&mut errors));
    values.fill(f64::NAN);
    spreads.fill(f64::NAN);
    let (mut aliased, mut why) = (vec![0.0; times], vec![String::new(); times]);
    for (i, replicate) in found.iter().enumerate() {
        match replicate {
            Replicate::Fit { coefficients, errors } => {
                for j in 0..p {
                    values[j * times + i] = coefficients[j];
                    spreads[j * times + i] = errors[j];
                }
            }
            Replicate::Separated => {
                why[i] = "the drawn data are separated: coefficients have no finite estimates".into()
            }
            Replicate::Aliased { column } => aliased[i] = *column as f64 + 1.0,
            Replicate::Ended(ended) => why[i] = status_in_words(*ended).into(),
            Replicate::Failed(error) => why[i] = error.to_string(),
        }
    }
    Ok(session.list(&[
        ("replicates", Part::Made(&all)),
        ("errors", Part::Made(&errors)),
        ("aliased", Part::Reals(&aliased)),
        ("why", Part::Texts(&why)),
    ])?)
}

/// `list("weights", multiplier, units)`, `list("parametric", family, eta, dispersion, shape)`, or
/// `list("residual", support, eta, residuals)`.
fn scheme<'a>(spec: Value<'a>, rows: usize) -> Reply<Scheme<'a>> {
    let name = spec.element(1).text(0);
    let eta = || -> Reply<&'a [f64]> {
        let eta = reals(spec.element(2), "eta")?;
        if eta.len() == rows {
            Ok(eta)
        } else {
            Err(unknown("eta"))
        }
    };
    Ok(match spec.element(0).text(0) {
        "parametric" => Scheme::Parametric {
            law: Law::by_name(name, spec.element(4).number()).ok_or_else(|| unknown("family"))?,
            eta: eta()?,
            dispersion: spec.element(3).number(),
        },
        "residual" => Scheme::Residual {
            support: Support::by_name(name).ok_or_else(|| unknown("support"))?,
            eta: eta()?,
            residuals: reals(spec.element(3), "residuals")?,
        },
        "weights" => Scheme::Weights { multiplier: multiplier(spec.element(1))?, units: units(spec.element(2), rows)? },
        _ => return Err(unknown("type")),
    })
}

/// Replicates of the maximum of a likelihood, as [`rs_bootstrap_fits`] gives them. `weights`: those of the rows; `request`:
/// `list(list(parameters, aliased), list(multiplier, units), c(times, seed), control)`; `refit` is given other weights, and the
/// parameters to start from.
pub fn bootstrap_maximum(
    session: &Session,
    (rows, dim): (usize, usize),
    weights: Option<&[f64]>,
    request: &Robj,
    refit: impl Fn(&[f64], &[f64], &Control, &Watch) -> glmrs_core::Result<Maximum> + Send + Sync,
) -> Reply<Robj> {
    let request = Value::new(request);
    let [estimate, scheme_spec, draws, control_spec] = [0, 1, 2, 3].map(|i| request.element(i));
    let parameters = reals(estimate.element(0), "coefficients")?;
    let aliased = flagged(estimate.element(1));
    let (times, seed) = counts(draws)?;
    let draws = Draws {
        multiplier: multiplier(scheme_spec.element(0))?,
        units: units(scheme_spec.element(1), rows)?,
        times,
        seed,
    };
    let control = control(control_spec)?;
    let found = run_and_tell(
        session,
        control_spec.element(3),
        is_small(rows * times * PASSES, dim),
        Some(control_spec.element(4)),
        |watch| {
            let fit = |weights: &[f64]| refit(weights, parameters, &control, watch);
            reweighted(&draws, weights, rows, |weights| Ok(Replicate::of_maximum(fit(weights)?, &aliased)))
        },
    )?;
    replicates(session, &found, dim)
}

/// Steps from the estimate in the place of fits: times x p by columns. `rows`: `list(weights, residuals)`; `estimate`:
/// `list(coefficients, aliased, inverse information)`, the last NULL where it is that of the weights; `scheme_spec`:
/// `list(multiplier, units)`; `draws`: `c(times, seed)`.
/// @noRd
#[extendr]
fn rs_bootstrap_steps(
    design_spec: Robj,
    rows: Robj,
    estimate: Robj,
    scheme_spec: Robj,
    draws: Robj,
    control_spec: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let scores = score_rows(&design, Value::new(&rows))?;
        let (estimate, scheme_spec) = (Value::new(&estimate), Value::new(&scheme_spec));
        let theta = reals(estimate.element(0), "coefficients")?;
        let aliased = flagged(estimate.element(1));
        let inverse = optional_matrix(estimate.element(2), "covariance")?;
        if inverse.is_some_and(|inverse| inverse.dim() != (theta.len(), theta.len())) {
            return Err(
                Error::Argument { arg: "covariance", message: "must be that of the coefficients".into() }.into()
            );
        }
        let multiplier = multiplier(scheme_spec.element(0))?;
        let units = units(scheme_spec.element(1), design.rows())?;
        let (times, seed) = counts(Value::new(&draws))?;
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let small = is_small(design.rows() * times, design.raw_cols());
        let found = run_and_tell(session, control_spec.element(3), small, Some(control_spec.element(4)), |watch| {
            if let Some(inverse) = inverse {
                let step = |score: &[f64]| inverse.dot(&ArrayView1::from(score)).to_vec();
                return steps(&scores, step, theta, multiplier, &units, times, seed, watch);
            }
            let factor = weighted_factor(&design, scores.weights, &aliased, &control, watch)?;
            steps(&scores, |score| factor.solve(score), theta, multiplier, &units, times, seed, watch)
        })?;
        let mut out = session.alloc_real(times * theta.len())?;
        let values = reals_mut(&mut out);
        for (i, theta) in found.iter().enumerate() {
            theta.iter().enumerate().for_each(|(j, &b)| values[j * times + i] = b);
        }
        Ok(out)
    })
}

/// The acceleration of each coefficient, for BCa intervals.
/// @noRd
#[extendr]
fn rs_bootstrap_acceleration(
    design_spec: Robj,
    rows: Robj,
    aliased: Robj,
    unit_codes: Robj,
    control_spec: Robj,
) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let scores: ScoreRows = score_rows(&design, Value::new(&rows))?;
        let aliased = flagged(Value::new(&aliased));
        let units = units(Value::new(&unit_codes), design.rows())?;
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let found = run(session, control_spec.element(3), is_small(design.rows(), design.cols()), |watch| {
            let factor = weighted_factor(&design, scores.weights, &aliased, &control, watch)?;
            acceleration(&scores, &factor, &units, watch)
        })?;
        Ok(session.value(Part::Reals(&found))?)
    })
}

fn unknown(arg: &'static str) -> crate::guard::Failure {
    Error::Argument { arg, message: "is not one that the core draws from".into() }.into()
}

fn multiplier(name: Value) -> Reply<Multiplier> {
    Multiplier::by_name(name.text(0)).ok_or_else(|| unknown("distribution"))
}

/// NULL where each row is one, else the codes of the rows.
fn units(codes: Value, rows: usize) -> Reply<Units> {
    Ok(Units::new(codes.integers(), rows)?)
}

/// `c(times, seed)`.
fn counts(draws: Value) -> Reply<(usize, u64)> {
    match reals(draws, "times")? {
        &[times, seed] => Ok((times as usize, seed as u64)),
        _ => Err(unknown("times")),
    }
}

extendr_module! {
    mod bootstrap;
    fn rs_bootstrap_fits;
    fn rs_bootstrap_steps;
    fn rs_bootstrap_acceleration;
}
