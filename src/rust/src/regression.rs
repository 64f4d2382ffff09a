//! Regressions with a loss of their own.

use crate::args::{design, one_of, optional_reals, reals, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run};
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use faer::Mat;
use glmrs_core::mestimate::{
    fit_quantile, fit_robust, Limits, Loss, Regression, RobustOptions, Scale, Spread, Weighting,
};
use glmrs_core::Error;

/// Iterations that a fit is expected to take, to tell whether threads are worth it.
pub const ITERATIONS: usize = 20;

/// Robust regression. `data`: `list(y, weights, offset)`; `loss`: `list(name, constants)`; `options`: `list(scale, k2,
/// wt.method, start, tolerance, max_iterations)`.
/// @noRd
#[extendr]
fn rs_robust_fit(design_spec: Robj, data: Robj, loss: Robj, options: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let fit_options = robust_options(Value::new(&loss), Value::new(&options))?;
        let data = Data::new(&data)?;
        let small = is_small(data.y.len() * ITERATIONS, design.raw_cols());
        let fit = run(session, Value::new(&thread_spec), small, |watch| {
            fit_robust(&data.regression(&design, watch), &fit_options)
        })?;
        let parts = parts(session, &fit.spread, [&fit.residuals, &fit.scores])?;
        Ok(session.list(&[
            ("coefficients", Part::Reals(&fit.coefficients)),
            ("aliased", Part::Flags(&aliased(&fit.kept, design.cols()))),
            ("parts", Part::Made(&parts)),
            ("value", Part::Real(fit.value)),
            ("iterations", Part::Integer(fit.iterations)),
            ("status", Part::Text(status(fit.status))),
            ("distance", Part::Real(fit.distance)),
            ("scale", Part::Real(fit.scale)),
            ("robustness", Part::Reals(&fit.robustness)),
            ("scale_rows", Part::Reals(&fit.scale_rows)),
            ("scale_slope", Part::Reals(&fit.scale_slope)),
        ])?)
    })
}

/// Quantile regression. `data` as above; `options`: `list(tau, tolerance, max_iterations)`.
/// @noRd
#[extendr]
fn rs_quantile_fit(design_spec: Robj, data: Robj, options: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let options = Value::new(&options);
        let (tau, limits) = (options.element(0).number(), limits(options.element(1), options.element(2)));
        let data = Data::new(&data)?;
        let small = is_small(data.y.len() * ITERATIONS, design.raw_cols());
        let fit = run(session, Value::new(&thread_spec), small, |watch| {
            fit_quantile(&data.regression(&design, watch), tau, &limits)
        })?;
        let parts = parts(session, &fit.spread, [&fit.residuals, &fit.scores])?;
        Ok(session.list(&[
            ("coefficients", Part::Reals(&fit.coefficients)),
            ("aliased", Part::Flags(&aliased(&fit.kept, design.cols()))),
            ("parts", Part::Made(&parts)),
            ("value", Part::Real(fit.value)),
            ("iterations", Part::Integer(fit.iterations)),
            ("status", Part::Text(status(fit.status))),
            ("distance", Part::Real(fit.distance)),
        ])?)
    })
}

/// `loss` and `options`: as of `rs_robust_fit()`.
pub fn robust_options<'a>(loss: Value<'a>, options: Value<'a>) -> Reply<RobustOptions<'a>> {
    let proposal2 = Scale::Proposal2 { k: options.element(1).number() };
    let weightings = [("inv.var", Weighting::InverseVariance), ("case", Weighting::Case)];
    Ok(RobustOptions {
        loss: robust_loss(loss)?,
        scale: one_of(options.element(0), "scale", &[("MAD", Scale::Mad), ("proposal2", proposal2)])?,
        weighting: one_of(options.element(2), "wt.method", &weightings)?,
        start: optional_reals(options.element(3), "start")?,
        limits: limits(options.element(4), options.element(5)),
    })
}

pub struct Data<'a> {
    pub y: &'a [f64],
    weights: Option<&'a [f64]>,
    offset: Option<&'a [f64]>,
}

impl<'a> Data<'a> {
    pub fn new(data: &'a Robj) -> Reply<Self> {
        let data = Value::new(data);
        Ok(Data {
            y: reals(data.element(0), "y")?,
            weights: optional_reals(data.element(1), "weights")?,
            offset: optional_reals(data.element(2), "offset")?,
        })
    }

    pub fn regression<'r>(
        &'r self,
        design: &'r glmrs_core::design::Design<'r>,
        watch: &'r glmrs_core::watch::Watch,
    ) -> Regression<'r> {
        Regression { design, y: self.y, weights: self.weights, times: None, offset: self.offset, watch }
    }
}

fn robust_loss(spec: Value) -> Reply<Loss> {
    match (spec.element(0).text(0), reals(spec.element(1), "loss")?) {
        ("huber", &[k]) => Ok(Loss::Huber { k }),
        ("bisquare", &[c]) => Ok(Loss::Bisquare { c }),
        ("hampel", &[a, b, c]) => Ok(Loss::Hampel { a, b, c }),
        _ => Err(Error::Argument { arg: "loss", message: "is not one of the core's".into() }.into()),
    }
}

pub fn limits(tolerance: Value, max_iterations: Value) -> Limits {
    Limits { tolerance: tolerance.number(), max_iterations: max_iterations.number() as usize }
}

/// What both have: covariance, residuals and scores.
fn parts(session: &Session, spread: &Spread, [residuals, scores]: [&[f64]; 2]) -> Reply<Robj> {
    let r = spread.bread.nrows();
    let full = |m: &Mat<f64>| (0..r * r).map(|k| m[(k % r, k / r)]).collect::<Vec<f64>>();
    let (bread, meat, model) = (full(&spread.bread), full(&spread.meat), full(&spread.model));
    Ok(session.list(&[
        ("bread", Part::Square(&bread, r)),
        ("meat", Part::Square(&meat, r)),
        ("model", Part::Square(&model, r)),
        ("residuals", Part::Reals(residuals)),
        ("scores", Part::Reals(scores)),
    ])?)
}

fn aliased(kept: &[usize], p: usize) -> Vec<bool> {
    let mut aliased = vec![true; p];
    kept.iter().for_each(|&j| aliased[j] = false);
    aliased
}

extendr_module! {
    mod regression;
    fn rs_robust_fit;
    fn rs_quantile_fit;
}
