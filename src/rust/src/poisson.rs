//! Poisson regression from a matrix.

use crate::args::{design, optional_reals, reals, reals_mut, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::run_pass;
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use glmrs_core::poisson::{fit_poisson, PoissonData, PoissonOptions, PoissonRows};

/// Fit a Poisson regression with an L2 penalty.
/// @noRd
#[extendr]
fn rs_poisson_fit(design_spec: Robj, data: Robj, options: Robj, thread_spec: Robj) -> Robj {
    guard(|session| fit(session, &design_spec, &data, &options, &thread_spec))
}

/// `data`: `list(y, weights, offset)`; `options`: `list(alpha, fit_intercept, max_iterations, tolerance)`.
fn fit(session: &Session, design_spec: &Robj, data: &Robj, options: &Robj, thread_spec: &Robj) -> Reply<Robj> {
    let design = design(Value::new(design_spec))?;
    let (data, options) = (Value::new(data), Value::new(options));
    let data = PoissonData {
        design: &design,
        intercept: options.element(1).flag(),
        y: reals(data.element(0), "y")?,
        prior_weights: optional_reals(data.element(1), "weights")?,
        offset: optional_reals(data.element(2), "offset")?,
    };
    let options = PoissonOptions {
        alpha: options.element(0).number(),
        max_iterations: options.element(2).number() as usize,
        tolerance: options.element(3).number(),
    };
    let n = data.y.len();
    let mut vectors = [session.alloc_real(n)?, session.alloc_real(n)?];
    let [eta, mu] = &mut vectors;
    let rows = PoissonRows { linear_predictors: reals_mut(eta), fitted_values: reals_mut(mu) };
    let fit = run_pass(session, &design, Value::new(thread_spec), |watch| fit_poisson(&data, &options, rows, watch))?;
    let [eta, mu] = &vectors;
    let covariances = fit.covariances.as_ref().map(|(vanilla, sandwich)| (vanilla.to_full(), sandwich.to_full()));
    let (vanilla, sandwich) = match (&covariances, &fit.covariances) {
        (Some((vanilla, sandwich)), Some((of, _))) => {
            (Part::Square(vanilla, of.size()), Part::Square(sandwich, of.size()))
        }
        _ => (Part::Nothing, Part::Nothing),
    };
    Ok(session.list(&[
        ("coefficients", Part::Reals(&fit.coefficients)),
        ("aliased", Part::Flags(&fit.aliased)),
        ("vanilla", vanilla),
        ("sandwich", sandwich),
        ("linear_predictors", Part::Made(eta)),
        ("fitted_values", Part::Made(mu)),
        ("deviance", Part::Real(fit.deviance)),
        ("null_deviance", Part::Real(fit.null_deviance)),
        ("log_likelihood", Part::Real(fit.log_likelihood)),
        ("objective", Part::Real(fit.objective)),
        ("iterations", Part::Integer(fit.iterations)),
        ("status", Part::Text(status(fit.status))),
    ])?)
}

extendr_module! {
    mod poisson;
    fn rs_poisson_fit;
}
