//! Models of categories, without an order and with one.

use crate::args::{control, design, optional_reals, reals, threads, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run_and_tell};
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use glmrs_core::categorical::{
    fit_choice, fit_cumulative, fit_multinomial, ChoiceModel, CumulativeLink, CumulativeModel, MultinomialModel,
    Outcome,
};
use glmrs_core::control::Control;
use glmrs_core::solver::Maximum;
use glmrs_core::watch::Watch;
use glmrs_core::Error;

/// Fit a multinomial model. `data`: `list(y, categories, weights, offset)`, y integer codes or a double matrix of counts;
/// `start` may be NULL.
/// @noRd
#[extendr]
fn rs_multinomial_fit(design_spec: Robj, data: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let data = Value::new(&data);
        let y = data.element(0);
        let outcome = match (y.integers(), y.reals()) {
            (Some(codes), _) => Outcome::Codes(codes),
            (_, Some(counts)) => Outcome::Counts(counts),
            _ => return Err(Error::Argument { arg: "y", message: "must be codes or counts".into() }.into()),
        };
        let model = MultinomialModel {
            design: &design,
            outcome,
            categories: data.element(1).number() as usize,
            weights: optional_reals(data.element(2), "weights")?,
            offset: optional_reals(data.element(3), "offset")?,
        };
        let size = (model.rows(), model.dim());
        fit(session, size, &start, &control_spec, |start, control, watch| {
            fit_multinomial(&model, start, control, watch)
        })
    })
}

/// Fit a model of ordered categories. `data`: `list(codes, categories, weights, offset)`; the design's first column is an
/// intercept.
/// @noRd
#[extendr]
fn rs_cumulative_fit(design_spec: Robj, data: Robj, link: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let data = Value::new(&data);
        let argument = |arg, message: &str| Error::Argument { arg, message: message.into() };
        let model = CumulativeModel {
            design: &design,
            codes: data.element(0).integers().ok_or_else(|| argument("y", "must be codes"))?,
            categories: data.element(1).number() as usize,
            weights: optional_reals(data.element(2), "weights")?,
            offset: optional_reals(data.element(3), "offset")?,
            link: CumulativeLink::by_name(Value::new(&link).text(0))
                .ok_or_else(|| argument("family", "has a link that is not one of the core's"))?,
        };
        let size = (model.rows(), model.dim());
        fit(session, size, &start, &control_spec, |start, control, watch| fit_cumulative(&model, start, control, watch))
    })
}

/// Fit a model of choices among alternatives. `data`: `list(chosen, starts, offset)`, `starts` the 0-based first row of each
/// case, and the number of rows.
/// @noRd
#[extendr]
fn rs_choice_fit(design_spec: Robj, data: Robj, start: Robj, control_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let data = Value::new(&data);
        let starts: Vec<usize> = reals(data.element(1), "starts")?.iter().map(|&row| row as usize).collect();
        let model = ChoiceModel {
            design: &design,
            starts: &starts,
            chosen: reals(data.element(0), "y")?,
            offset: optional_reals(data.element(2), "offset")?,
        };
        let size = (design.rows(), design.cols());
        fit(session, size, &start, &control_spec, |start, control, watch| fit_choice(&model, start, control, watch))
    })
}

fn fit(
    session: &Session,
    (rows, dim): (usize, usize),
    start: &Robj,
    control_spec: &Robj,
    search: impl Fn(Option<&[f64]>, &Control, &Watch) -> glmrs_core::Result<Maximum> + Send + Sync,
) -> Reply<Robj> {
    let start = optional_reals(Value::new(start), "start")?;
    let control_spec = Value::new(control_spec);
    let control = control(control_spec)?;
    let found = run_and_tell(
        session,
        || threads(control_spec.element(3)),
        is_small(rows, dim),
        Some(control_spec.element(4)),
        |watch| search(start, &control, watch),
    )?;
    let covariance = found.covariance.to_full();
    Ok(session.list(&[
        ("parameters", Part::Reals(&found.parameters)),
        ("aliased", Part::Flags(&found.aliased)),
        ("covariance", Part::Square(&covariance, found.covariance.size())),
        ("observed", Part::Flag(found.observed)),
        ("log_likelihood", Part::Real(found.log_likelihood)),
        ("history", Part::Reals(&found.history)),
        ("status", Part::Text(status(found.status))),
    ])?)
}

extendr_module! {
    mod categorical;
    fn rs_multinomial_fit;
    fn rs_cumulative_fit;
    fn rs_choice_fit;
}
