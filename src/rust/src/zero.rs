//! Zero-inflated and hurdle models.

use crate::args::{design, optional_reals, reals, shape, Value};
use crate::bootstrap::bootstrap_maximum;
use crate::guard::{guard, Reply};
use crate::maximum::{maximum, profile_limits, scores, search};
use extendr_api::prelude::*;
use glmrs_core::design::Design;
use glmrs_core::zero::{fit_zero, profile_zero, score_rows, Kind, ShareLink, ZeroModel};
use glmrs_core::Error;

/// Fit a model of two parts. `design_specs`: those of count and zero part; `data`: `list(y, weights, offset, zero_offset)`;
/// `model`: `list(kind, link, shape, zero_shape)`, a shape Inf for Poisson and NA where it is estimated; `start` may be
/// NULL.
/// @noRd
#[extendr]
fn rs_zero_fit(design_specs: Robj, data: Robj, model: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let designs = designs(Value::new(&design_specs))?;
        let model = zero_model(&designs, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        let found = search(session, size, &start, &control_spec, |start, control, watch| {
            fit_zero(&model, start, control, watch)
        })?;
        Ok(maximum(session, &found, &[])?)
    })
}

/// Replicates of the fit; `request` as in [`bootstrap_maximum`].
/// @noRd
#[extendr]
fn rs_zero_bootstrap(design_specs: Robj, data: Robj, model: Robj, request: Robj) -> Robj {
    guard(|session| {
        let designs = designs(Value::new(&design_specs))?;
        let model = zero_model(&designs, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        bootstrap_maximum(session, size, model.weights, &request, |weights, start, control, watch| {
            let again = ZeroModel { weights: Some(weights), ..model };
            again.check_both_kinds()?;
            fit_zero(&again, Some(start), control, watch)
        })
    })
}

/// Limits by the profile of the likelihood; `request` as in [`profile_limits`].
/// @noRd
#[extendr]
fn rs_zero_limits(design_specs: Robj, data: Robj, model: Robj, request: Robj) -> Robj {
    guard(|session| {
        let designs = designs(Value::new(&design_specs))?;
        let model = zero_model(&designs, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        profile_limits(session, size, &request, |profile, watch| profile_zero(&model, profile, watch))
    })
}

/// The scores of the rows at `parameters`: n × p numbers, by columns. Other arguments as above.
/// @noRd
#[extendr]
fn rs_zero_scores(design_specs: Robj, data: Robj, model: Robj, parameters: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let designs = designs(Value::new(&design_specs))?;
        let model = zero_model(&designs, Value::new(&data), Value::new(&model))?;
        let size = (model.rows(), model.dim());
        scores(session, size, &parameters, &thread_spec, |at, out, watch| score_rows(&model, at, out, watch))
    })
}

fn designs(specs: Value<'_>) -> Reply<[Design<'_>; 2]> {
    Ok([design(specs.element(0))?.indexed(), design(specs.element(1))?.indexed()])
}

fn zero_model<'a>(designs: &'a [Design<'a>; 2], data: Value<'a>, model: Value) -> Reply<ZeroModel<'a>> {
    let link = ShareLink::by_name(model.element(1).text(0));
    let kind = match (model.element(0).text(0), link) {
        ("inflated", Some(link)) => Kind::Inflated(link),
        ("hurdle", Some(link)) => Kind::Hurdle(link),
        ("hurdle_counts", _) => Kind::HurdleCounts(shape(model.element(3))),
        _ => return Err(Error::Argument { arg: "family", message: "is not one of the core's".into() }.into()),
    };
    Ok(ZeroModel {
        designs: [&designs[0], &designs[1]],
        offsets: [optional_reals(data.element(2), "offset")?, optional_reals(data.element(3), "offset")?],
        y: reals(data.element(0), "y")?,
        weights: optional_reals(data.element(1), "weights")?,
        shape: shape(model.element(2)),
        kind,
    })
}

extendr_module! {
    mod zero;
    fn rs_zero_fit;
    fn rs_zero_bootstrap;
    fn rs_zero_limits;
    fn rs_zero_scores;
}
