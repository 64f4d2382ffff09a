//! What models of likelihoods share: the search for the maximum, its reply, and the scores of the rows.

use crate::args::{control, optional_reals, reals, reals_mut, Value};
use crate::guard::Reply;
use crate::interrupt::{is_small, run, run_and_tell};
use crate::rcall::{Jump, Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use glmrs_core::control::Control;
use glmrs_core::solver::Maximum;
use glmrs_core::watch::Watch;

/// The terms of a row's likelihood take as long as the products of so many columns.
const ROW_COST: usize = 16;

/// What `search` finds from `start`, which may be NULL.
pub fn search<T: Send>(
    session: &Session,
    (rows, dim): (usize, usize),
    start: &Robj,
    control_spec: &Robj,
    search: impl Fn(Option<&[f64]>, &Control, &Watch) -> glmrs_core::Result<T> + Send + Sync,
) -> Reply<T> {
    let start = optional_reals(Value::new(start), "start")?;
    let control_spec = Value::new(control_spec);
    let control = control(control_spec)?;
    run_and_tell(
        session,
        control_spec.element(3),
        is_small(rows, dim.max(ROW_COST)),
        Some(control_spec.element(4)),
        |watch| search(start, &control, watch),
    )
}

/// `list(parameters, aliased, covariance, observed, log_likelihood, history, status)`, and `more`.
pub fn maximum(session: &Session, found: &Maximum, more: &[(&str, Part)]) -> std::result::Result<Robj, Jump> {
    let covariance = found.covariance.to_full();
    let mut parts = vec![
        ("parameters", Part::Reals(&found.parameters)),
        ("aliased", Part::Flags(&found.aliased)),
        ("covariance", Part::Square(&covariance, found.covariance.size())),
        ("observed", Part::Flag(found.observed)),
        ("log_likelihood", Part::Real(found.log_likelihood)),
        ("history", Part::Reals(&found.history)),
        ("status", Part::Text(status(found.status))),
    ];
    parts.extend_from_slice(more);
    session.list(&parts)
}

/// The scores of the rows at `parameters` as `fill` writes them: n × p numbers, by columns.
pub fn scores(
    session: &Session,
    (rows, dim): (usize, usize),
    parameters: &Robj,
    thread_spec: &Robj,
    fill: impl FnOnce(&[f64], &mut [f64], &Watch) -> glmrs_core::Result<()> + Send,
) -> Reply<Robj> {
    let parameters = reals(Value::new(parameters), "coefficients")?;
    let mut scores = session.alloc_real(rows * dim)?;
    let out = reals_mut(&mut scores);
    run(session, Value::new(thread_spec), is_small(rows, dim.max(ROW_COST)), |watch| fill(parameters, out, watch))?;
    Ok(scores)
}
