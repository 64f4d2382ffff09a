//! Counts whose likelihood is not that of an exponential family.

use crate::args::{design, one_of, optional_reals, reals, shape, Value};
use crate::bootstrap::bootstrap_maximum;
use crate::guard::{guard, Reply};
use crate::maximum::{maximum, profile_limits, scores, search};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::count_model::{fit_counts, profile_counts, score_rows, CountModel, Variance};
use glmrs_core::design::Design;
use glmrs_core::Error;

/// Fit a model of counts. `data`: `list(y, weights, offset)`; `model`: `list(variance, theta, truncated)`, variance "nb1" or
/// "nb2", theta Inf for Poisson and NA where it is estimated; `start`: coefficients, or NULL.
/// @noRd
#[extendr]
fn rs_count_fit(design_spec: Robj, data: Robj, model: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        let fit = search(session, size, &start, &control_spec, |start, control, watch| {
            fit_counts(&model, start, control, watch)
        })?;
        Ok(maximum(session, &fit.maximum, &[("poisson", Part::Flag(fit.poisson))])?)
    })
}

/// Replicates of the fit; `request` as in [`bootstrap_maximum`]. One whose theta would be infinite is
/// none.
/// @noRd
#[extendr]
fn rs_count_bootstrap(design_spec: Robj, data: Robj, model: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        bootstrap_maximum(session, size, model.weights, &request, |weights, start, control, watch| {
            let again = CountModel { weights: Some(weights), ..model };
            let fit = fit_counts(&again, Some(&start[..design.cols()]), control, watch)?;
            if fit.poisson {
                Err(Error::InfiniteTheta)
            } else {
                Ok(fit.maximum)
            }
        })
    })
}

/// Limits by the profile of the likelihood; `request` as in [`profile_limits`].
/// @noRd
#[extendr]
fn rs_count_limits(design_spec: Robj, data: Robj, model: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        profile_limits(session, size, &request, |profile, watch| profile_counts(&model, profile, watch))
    })
}

/// The scores of the rows at `parameters`: n × p numbers, by columns. Other arguments as above.
/// @noRd
#[extendr]
fn rs_count_scores(design_spec: Robj, data: Robj, model: Robj, parameters: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = count_model(&design, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        scores(session, size, &parameters, &thread_spec, |at, out, watch| score_rows(&model, at, out, watch))
    })
}

fn count_model<'a>(design: &'a Design<'a>, data: Value<'a>, model: Value) -> Reply<CountModel<'a>> {
    Ok(CountModel {
        design,
        offset: optional_reals(data.element(2), "offset")?,
        y: reals(data.element(0), "y")?,
        weights: optional_reals(data.element(1), "weights")?,
        variance: one_of(model.element(0), "family", &[("nb1", Variance::Linear), ("nb2", Variance::Quadratic)])?,
        shape: shape(model.element(1)),
        truncated: model.element(2).flag(),
    })
}

extendr_module! {
    mod count_model;
    fn rs_count_fit;
    fn rs_count_bootstrap;
    fn rs_count_limits;
    fn rs_count_scores;
}
