//! Fitting.

use crate::args::{control, design, family, optional_reals, reals, reals_mut, threads, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run};
use crate::rcall::Session;
use crate::reply::{blocks, matrix, status};
use extendr_api::prelude::*;
use glmrs_core::fit::{fit_glm, FitOptions};
use glmrs_core::glm::{NullModel, Problem, RowOutput, StartingMeans};
use glmrs_core::linalg::Symmetric;
use glmrs_core::wls::weighted_least_squares;

/// Fit a generalized linear model.
/// @noRd
#[extendr]
fn rs_glm_fit(design_spec: Robj, data: Robj, family_spec: Robj, control_spec: Robj, options: Robj) -> Robj {
    guard(|session| fit(session, &design_spec, &data, &family_spec, &control_spec, &options))
}

/// `data`: `list(y, weights, offset, trials, mustart, etastart)`; `options`: `list(start, singular_ok, null_model)`.
fn fit(
    session: &Session,
    design_spec: &Robj,
    data: &Robj,
    family_spec: &Robj,
    control_spec: &Robj,
    options: &Robj,
) -> Reply<Robj> {
    let design = design(Value::new(design_spec))?.indexed();
    let (family, link) = family(Value::new(family_spec))?;
    let control_spec = Value::new(control_spec);
    let control = control(control_spec)?;
    let (data, options) = (Value::new(data), Value::new(options));
    let mustart = optional_reals(data.element(4), "mustart")?;
    let etastart = optional_reals(data.element(5), "etastart")?;
    let problem = Problem {
        design: &design,
        y: reals(data.element(0), "y")?,
        prior_weights: optional_reals(data.element(1), "weights")?,
        offset: optional_reals(data.element(2), "offset")?,
        trials: optional_reals(data.element(3), "trials")?,
        family: &family,
        link: link.as_ref(),
        start: match (etastart, mustart) {
            (Some(eta), _) => StartingMeans::LinearPredictors(eta),
            (None, Some(mu)) => StartingMeans::Means(mu),
            (None, None) => StartingMeans::Family,
        },
    };
    let fit_options = FitOptions {
        control: &control,
        // as in glm.fit(), linear predictors to start from win over coefficients
        start: if etastart.is_some() { None } else { optional_reals(options.element(0), "start")? },
        singular_ok: options.element(1).flag(),
        null_model: match options.element(2).text(0) {
            "offset" => NullModel::Offset,
            "intercept" => NullModel::Intercept,
            _ => NullModel::Mean,
        },
    };
    let n = problem.rows();
    let mut vectors = [session.alloc_real(n)?, session.alloc_real(n)?, session.alloc_real(n)?, session.alloc_real(n)?];
    let [eta, mu, residuals, weights] = &mut vectors;
    let output = RowOutput {
        linear_predictors: reals_mut(eta),
        fitted_values: reals_mut(mu),
        working_residuals: reals_mut(residuals),
        working_weights: reals_mut(weights),
    };
    let small = is_small(n, design.raw_cols());
    let fit = run(
        session,
        || threads(control_spec.element(3)),
        small,
        |cancel| fit_glm(&problem, &fit_options, output, cancel),
    )?;
    let rank = fit.rank();
    let [eta, mu, residuals, weights] = vectors;
    Ok(list!(
        coefficients = fit.coefficients,
        aliased = fit.aliased,
        rank = rank as i32,
        cov_unscaled = matrix(&fit.cov_unscaled),
        cov_blocks = blocks(fit.cov_blocks.as_ref()),
        linear_predictors = eta,
        fitted_values = mu,
        residuals = residuals,
        weights = weights,
        deviance = fit.deviance,
        null_deviance = fit.null_deviance,
        null_converged = fit.null_converged,
        aic = fit.aic.map_or(Robj::from(Rfloat::na()), Robj::from),
        iter = fit.iterations as i32,
        status = status(fit.status),
        step_divergence = fit.halvings.divergence,
        step_bounds = fit.halvings.bounds,
        boundary = fit.halvings.last,
        history = fit.history,
        least_mean = fit.least_mean,
        largest_mean = fit.largest_mean
    )
    .into())
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
        let small = is_small(z.len(), design.raw_cols());
        let solution = run(
            session,
            || threads(control_spec.element(3)),
            small,
            |cancel| weighted_least_squares(&design, z, weights, &control, cancel),
        )?;
        let mut aliased = vec![false; design.cols()];
        solution.factor.aliased.iter().for_each(|&j| aliased[j] = true);
        let in_blocks = solution.factor.block_inverse();
        let whole = if in_blocks.is_some() { Symmetric::zeros(0) } else { solution.factor.inverse() };
        Ok(list!(
            coefficients = solution.coefficients,
            aliased = aliased,
            rank = solution.factor.rank() as i32,
            cov_unscaled = matrix(&whole),
            cov_blocks = blocks(in_blocks.as_ref())
        )
        .into())
    })
}

extendr_module! {
    mod glm;
    fn rs_glm_fit;
    fn rs_wls;
}
