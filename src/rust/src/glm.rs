//! Fitting.

use crate::args::{control, design, family, one_of, optional_reals, problem, reals, reals_mut, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run_and_tell, run_pass};
use crate::rcall::{Part, Session};
use crate::reply::{blocks, status};
use extendr_api::prelude::*;
use glmrs_core::bias::{fit_with_bias, Bias, BiasFit};
use glmrs_core::family::are_counts;
use glmrs_core::fit::{fit_glm, FitOptions};
use glmrs_core::glm::{NullModel, Problem, RowOutput, StartingMeans};
use glmrs_core::linalg::Symmetric;
use glmrs_core::negative_binomial::{fit_negative_binomial, Theta};
use glmrs_core::wls::weighted_least_squares;

/// Fit a generalized linear model.
/// @noRd
#[extendr]
fn rs_glm_fit(design_spec: Robj, data: Robj, family_spec: Robj, control_spec: Robj, options: Robj) -> Robj {
    guard(|session| fit(session, &design_spec, &data, &family_spec, &control_spec, &options, None))
}

/// `data`: `list(y, weights, offset, trials, mustart, etastart, names)`; `options`: `list(start, singular_ok, null_model,
/// with_theta, late_rows)`: with theta where the family is to be the negative binomial in the place of the Poisson family,
/// late rows where the caller makes linear predictors and working weights.
pub fn fit(
    session: &Session,
    design_spec: &Robj,
    data: &Robj,
    family_spec: &Robj,
    control_spec: &Robj,
    options: &Robj,
    bias: Option<Bias>,
) -> Reply<Robj> {
    let design = design(Value::new(design_spec))?.indexed();
    let (family, link) = family(Value::new(family_spec))?;
    let control_spec = Value::new(control_spec);
    let control = control(control_spec)?;
    let (data, options) = (Value::new(data), Value::new(options));
    let mustart = optional_reals(data.element(4), "mustart")?;
    let etastart = optional_reals(data.element(5), "etastart")?;
    let problem = Problem {
        trials: optional_reals(data.element(3), "trials")?,
        start: match (etastart, mustart) {
            (Some(eta), _) => StartingMeans::LinearPredictors(eta),
            (None, Some(mu)) => StartingMeans::Means(mu),
            (None, None) => StartingMeans::Family,
        },
        ..problem(&design, data, &family, link.as_ref())?
    };
    let fit_options = FitOptions {
        control: &control,
        // as in glm.fit(), linear predictors to start from win over coefficients
        start: if etastart.is_some() { None } else { optional_reals(options.element(0), "start")? },
        singular_ok: options.element(1).flag(),
        null_model: one_of(
            options.element(2),
            "null_model",
            &[("mean", NullModel::Mean), ("offset", NullModel::Offset), ("intercept", NullModel::Intercept)],
        )?,
    };
    let n = problem.rows();
    let names = data.element(6).sexp();
    let late_rows = options.element(4).flag();
    let room = || -> Reply<Robj> { Ok(if late_rows { ().into() } else { session.alloc_named(n, names)? }) };
    let (mut eta, mut weights) = (room()?, room()?);
    let output = RowOutput { linear_predictors: reals_mut(&mut eta), working_weights: reals_mut(&mut weights) };
    let small = is_small(n, design.raw_cols());
    let with_theta = options.element(3).flag();
    let (fit, theta, less_biased) =
        run_and_tell(session, control_spec.element(3), small, Some(control_spec.element(4)), |watch| match bias {
            _ if with_theta => {
                let (fit, theta) = fit_negative_binomial(&problem, &fit_options, output, watch)?;
                Ok((fit, Some(theta), None))
            }
            None => Ok((fit_glm(&problem, &fit_options, (!late_rows).then_some(output), watch)?, None, None)),
            Some(bias) => {
                let BiasFit { fit, dispersion, penalised } =
                    fit_with_bias(&problem, &fit_options, bias, output, watch)?;
                fit.history.iter().for_each(|&deviance| watch.iterated(deviance));
                Ok((fit, None, Some((dispersion, penalised.unwrap_or_else(f64::na)))))
            }
        })?;
    let theta = match &theta {
        Some(theta) => theta_reply(session, theta)?,
        None => ().into(),
    };
    let covariance = fit.cov_unscaled.to_full();
    let cov_blocks = blocks(session, fit.cov_blocks.as_ref())?;
    Ok(session.list(&[
        ("coefficients", Part::Reals(&fit.coefficients)),
        ("aliased", Part::Flags(&fit.aliased)),
        ("rank", Part::Integer(fit.rank())),
        ("cov_unscaled", Part::Square(&covariance, fit.cov_unscaled.size())),
        ("cov_blocks", Part::Made(&cov_blocks)),
        ("linear_predictors", Part::Made(&eta)),
        ("weights", Part::Made(&weights)),
        ("deviance", Part::Real(fit.deviance)),
        ("null_deviance", Part::Real(fit.null_deviance)),
        ("null_converged", Part::Flag(fit.null_converged)),
        ("aic", Part::Real(fit.aic.unwrap_or_else(f64::na))),
        ("iter", Part::Integer(fit.iterations)),
        ("status", Part::Text(status(fit.status))),
        ("step_divergence", Part::Flag(fit.halvings.divergence)),
        ("step_bounds", Part::Flag(fit.halvings.bounds)),
        ("boundary", Part::Flag(fit.halvings.last)),
        ("uneventful", Part::Flag(fit.is_uneventful(&family, control.epsilon))),
        ("least_mean", Part::Real(fit.least_mean)),
        ("largest_mean", Part::Real(fit.largest_mean)),
        ("theta", Part::Made(&theta)),
        ("dispersion", less_biased.map_or(Part::Nothing, |(dispersion, _)| Part::Real(dispersion))),
        ("penalised", less_biased.map_or(Part::Nothing, |(_, penalised)| Part::Real(penalised))),
    ])?)
}

fn theta_reply(session: &Session, theta: &Theta) -> Reply<Robj> {
    Ok(session.list(&[
        ("value", Part::Real(theta.value)),
        ("standard_error", Part::Real(theta.standard_error)),
        ("history", Part::Reals(&theta.history)),
        ("converged", Part::Flag(theta.converged)),
    ])?)
}

/// Are weight·y whole numbers, as successes are?
/// @noRd
#[extendr]
fn rs_are_counts(y: Robj, weights: Robj) -> Robj {
    guard(|session| {
        let weights = optional_reals(Value::new(&weights), "weights")?;
        Ok(session.value(Part::Flag(are_counts(reals(Value::new(&y), "y")?, weights)))?)
    })
}

/// Weighted least squares: the step of a loop that R runs for families of its own.
/// @noRd
#[extendr]
fn rs_wls(design_spec: Robj, z: Robj, weights: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let z = reals(Value::new(&z), "z")?;
        let weights = reals(Value::new(&weights), "weights")?;
        let solution = run_pass(session, &design, control_spec.element(3), |watch| {
            weighted_least_squares(&design, z, weights, &control, watch)
        })?;
        let mut aliased = vec![false; design.cols()];
        solution.factor.aliased.iter().for_each(|&j| aliased[j] = true);
        let in_blocks = solution.factor.block_inverse();
        let whole = if in_blocks.is_some() { Symmetric::zeros(0) } else { solution.factor.inverse() };
        let cov_blocks = blocks(session, in_blocks.as_ref())?;
        Ok(session.list(&[
            ("coefficients", Part::Reals(&solution.coefficients)),
            ("aliased", Part::Flags(&aliased)),
            ("rank", Part::Integer(solution.factor.rank())),
            ("cov_unscaled", Part::Square(&whole.to_full(), whole.size())),
            ("cov_blocks", Part::Made(&cov_blocks)),
        ])?)
    })
}

extendr_module! {
    mod glm;
    fn rs_glm_fit;
    fn rs_are_counts;
    fn rs_wls;
}
