//! Counts whose likelihood is not that of an exponential family.

use crate::args::{control, design, optional_reals, reals, reals_mut, shape, threads, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run, run_and_tell};
use crate::rcall::Part;
use crate::reply::status;
use extendr_api::prelude::*;
use glmrs_core::count_model::{fit_counts, score_rows, CountModel, Variance};
use glmrs_core::design::Design;

/// Fit a model of counts. `data`: `list(y, weights, offset)`; `model`: `list(variance, theta, truncated)`, variance "nb1" or
/// "nb2", theta Inf for Poisson and NA where it is estimated; `start`: coefficients, or NULL.
/// @noRd
#[extendr]
fn rs_count_fit(design_spec: Robj, data: Robj, model: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let start = optional_reals(Value::new(&start), "start")?;
        let control_spec = Value::new(&control_spec);
        let control = control(control_spec)?;
        let fit = run_and_tell(
            session,
            || threads(control_spec.element(3)),
            is_small(model.rows(), model.dim()),
            Some(control_spec.element(4)),
            |watch| fit_counts(&model, start, &control, watch),
        )?;
        let found = fit.maximum;
        let covariance = found.covariance.to_full();
        Ok(session.list(&[
            ("parameters", Part::Reals(&found.parameters)),
            ("aliased", Part::Flags(&found.aliased)),
            ("covariance", Part::Square(&covariance, found.covariance.size())),
            ("observed", Part::Flag(found.observed)),
            ("log_likelihood", Part::Real(found.log_likelihood)),
            ("history", Part::Reals(&found.history)),
            ("status", Part::Text(status(found.status))),
            ("poisson", Part::Flag(fit.poisson)),
        ])?)
    })
}

/// The scores of the rows at `parameters`: n × p numbers, by columns. Other arguments as above.
/// @noRd
#[extendr]
fn rs_count_scores(design_spec: Robj, data: Robj, model: Robj, parameters: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let parameters = reals(Value::new(&parameters), "coefficients")?;
        let mut rows = session.alloc_real(model.rows() * model.dim())?;
        let out = reals_mut(&mut rows);
        run(
            session,
            || threads(Value::new(&thread_spec)),
            is_small(model.rows(), model.dim()),
            |watch| score_rows(&model, parameters, out, watch),
        )?;
        Ok(rows)
    })
}

fn count_model<'a>(design: &'a Design<'a>, data: Value<'a>, model: Value) -> Reply<CountModel<'a>> {
    Ok(CountModel {
        design,
        offset: optional_reals(data.element(2), "offset")?,
        y: reals(data.element(0), "y")?,
        weights: optional_reals(data.element(1), "weights")?,
        variance: if model.element(0).text(0) == "nb1" { Variance::Linear } else { Variance::Quadratic },
        shape: shape(model.element(1)),
        truncated: model.element(2).flag(),
    })
}

extendr_module! {
    mod count_model;
    fn rs_count_fit;
    fn rs_count_scores;
}
