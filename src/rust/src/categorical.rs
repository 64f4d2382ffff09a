//! Models of categories, without an order and with one.

use crate::args::{design, optional_reals, reals, Value};
use crate::bootstrap::bootstrap_maximum;
use crate::guard::{guard, Reply};
use crate::maximum::{maximum, profile_limits, search};
use extendr_api::prelude::*;
use glmrs_core::categorical::{
    fit_choice, fit_cumulative, fit_multinomial, profile_choice, profile_cumulative, profile_multinomial, ChoiceModel,
    CumulativeLink, CumulativeModel, MultinomialModel, Outcome,
};
use glmrs_core::design::Design;
use glmrs_core::Error;

/// Fit a multinomial model. `data`: `list(y, categories, weights, offset)`, y integer codes or a double matrix of counts;
/// `start` may be NULL.
/// @noRd
#[extendr]
fn rs_multinomial_fit(design_spec: Robj, data: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = multinomial_model(&design, Value::new(&data))?;
        let size = (model.rows(), model.dim());
        let found = search(session, size, &start, &control_spec, |start, control, watch| {
            fit_multinomial(&model, start, control, watch)
        })?;
        Ok(maximum(session, &found, &[])?)
    })
}

/// Replicates of the fit; `request` as in [`bootstrap_maximum`].
/// @noRd
#[extendr]
fn rs_multinomial_bootstrap(design_spec: Robj, data: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = multinomial_model(&design, Value::new(&data))?;
        let size = (model.rows(), model.dim());
        bootstrap_maximum(session, size, model.weights, &request, |weights, start, control, watch| {
            let again = MultinomialModel { weights: Some(weights), ..model };
            again.check_categories()?;
            fit_multinomial(&again, Some(start), control, watch)
        })
    })
}

/// Limits by the profile of the likelihood; `request` as in [`profile_limits`].
/// @noRd
#[extendr]
fn rs_multinomial_limits(design_spec: Robj, data: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = multinomial_model(&design, Value::new(&data))?;
        let size = (model.rows(), model.dim());
        profile_limits(session, size, &request, |profile, watch| profile_multinomial(&model, profile, watch))
    })
}

fn multinomial_model<'a>(design: &'a Design<'a>, data: Value<'a>) -> Reply<MultinomialModel<'a>> {
    let y = data.element(0);
    let outcome = match (y.integers(), y.reals()) {
        (Some(codes), _) => Outcome::Codes(codes),
        (_, Some(counts)) => Outcome::Counts(counts),
        _ => return Err(argument("y", "must be codes or counts").into()),
    };
    Ok(MultinomialModel {
        design,
        outcome,
        categories: data.element(1).number() as usize,
        weights: optional_reals(data.element(2), "weights")?,
        offset: optional_reals(data.element(3), "offset")?,
    })
}

fn argument(arg: &'static str, message: &str) -> Error {
    Error::Argument { arg, message: message.into() }
}

/// Fit a model of ordered categories. `data`: `list(codes, categories, weights, offset)`; the design's first column is an
/// intercept.
/// @noRd
#[extendr]
fn rs_cumulative_fit(design_spec: Robj, data: Robj, link: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = cumulative_model(&design, Value::new(&data), Value::new(&link))?;
        let size = (model.rows(), model.dim());
        let found = search(session, size, &start, &control_spec, |start, control, watch| {
            fit_cumulative(&model, start, control, watch)
        })?;
        Ok(maximum(session, &found, &[])?)
    })
}

/// Replicates of the fit; `request` as in [`bootstrap_maximum`].
/// @noRd
#[extendr]
fn rs_cumulative_bootstrap(design_spec: Robj, data: Robj, link: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = cumulative_model(&design, Value::new(&data), Value::new(&link))?;
        let size = (model.rows(), model.dim());
        bootstrap_maximum(session, size, model.weights, &request, |weights, start, control, watch| {
            let again = CumulativeModel { weights: Some(weights), ..model };
            again.check_categories()?;
            fit_cumulative(&again, Some(start), control, watch)
        })
    })
}

/// Limits by the profile of the likelihood; `request` as in [`profile_limits`].
/// @noRd
#[extendr]
fn rs_cumulative_limits(design_spec: Robj, data: Robj, link: Robj, request: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let model = cumulative_model(&design, Value::new(&data), Value::new(&link))?;
        let size = (model.rows(), model.dim());
        profile_limits(session, size, &request, |profile, watch| profile_cumulative(&model, profile, watch))
    })
}

fn cumulative_model<'a>(design: &'a Design<'a>, data: Value<'a>, link: Value) -> Reply<CumulativeModel<'a>> {
    Ok(CumulativeModel {
        design,
        codes: data.element(0).integers().ok_or_else(|| argument("y", "must be codes"))?,
        categories: data.element(1).number() as usize,
        weights: optional_reals(data.element(2), "weights")?,
        offset: optional_reals(data.element(3), "offset")?,
        link: CumulativeLink::by_name(link.text(0))
            .ok_or_else(|| argument("family", "has a link that is not one of the core's"))?,
    })
}

/// Fit a model of choices among alternatives. `data`: `list(chosen, starts, offset)`, `starts` the 0-based first row of each
/// case, and the number of rows.
/// @noRd
#[extendr]
fn rs_choice_fit(design_spec: Robj, data: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        with_choices(&design_spec, &data, |model, size| {
            let found = search(session, size, &start, &control_spec, |start, control, watch| {
                fit_choice(model, start, control, watch)
            })?;
            Ok(maximum(session, &found, &[])?)
        })
    })
}

/// Replicates of the fit, of which cases get other weights; `request` as in [`bootstrap_maximum`].
/// @noRd
#[extendr]
fn rs_choice_bootstrap(design_spec: Robj, data: Robj, request: Robj) -> Robj {
    guard(|session| {
        with_choices(&design_spec, &data, |model, size| {
            bootstrap_maximum(session, size, Some(model.chosen), &request, |chosen, start, control, watch| {
                fit_choice(&ChoiceModel { chosen, ..*model }, Some(start), control, watch)
            })
        })
    })
}

/// Limits by the profile of the likelihood; `request` as in [`profile_limits`].
/// @noRd
#[extendr]
fn rs_choice_limits(design_spec: Robj, data: Robj, request: Robj) -> Robj {
    guard(|session| {
        with_choices(&design_spec, &data, |model, size| {
            profile_limits(session, size, &request, |profile, watch| profile_choice(model, profile, watch))
        })
    })
}

/// What `body` makes of the model and its size, rows and columns.
fn with_choices(
    design_spec: &Robj,
    data: &Robj,
    body: impl FnOnce(&ChoiceModel, (usize, usize)) -> Reply<Robj>,
) -> Reply<Robj> {
    let design = design(Value::new(design_spec))?.indexed();
    let data = Value::new(data);
    let starts: Vec<usize> = reals(data.element(1), "starts")?.iter().map(|&row| row as usize).collect();
    let (chosen, offset) = (reals(data.element(0), "y")?, optional_reals(data.element(2), "offset")?);
    body(&ChoiceModel { design: &design, starts: &starts, chosen, offset }, (design.rows(), design.cols()))
}

extendr_module! {
    mod categorical;
    fn rs_multinomial_fit;
    fn rs_multinomial_bootstrap;
    fn rs_multinomial_limits;
    fn rs_cumulative_fit;
    fn rs_cumulative_bootstrap;
    fn rs_cumulative_limits;
    fn rs_choice_fit;
    fn rs_choice_bootstrap;
    fn rs_choice_limits;
}
