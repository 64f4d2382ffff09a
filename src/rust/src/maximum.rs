//! What models of likelihoods share: the search for the maximum, its reply, and the scores of the rows.

use crate::args::{control, flagged, optional_reals, places, reals, reals_mut, Value};
use crate::guard::Reply;
use crate::interrupt::{is_small, run, run_and_tell};
use crate::rcall::{Jump, Part, Session};
use crate::reply::{limits, status};
use extendr_api::prelude::*;
use glmrs_core::control::Control;
use glmrs_core::profile::{LikelihoodProfile, Limits};
use glmrs_core::solver::Maximum;
use glmrs_core::watch::Watch;

/// The terms of a row's likelihood take as long as the products of so many columns.
const ROW_COST: usize = 16;
/// Steps that the searches for a limit are expected to take, to tell whether threads are worth it.
const LIMIT_STEPS: usize = 20;

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

/// Lower limits of some parameters by the profile of their likelihood, then the upper ones; NaN where there is none. `request`:
/// `list(list(parameters, aliased), which, root, control)`.
pub fn profile_limits(
    session: &Session,
    (rows, dim): (usize, usize),
    request: &Robj,
    find: impl FnOnce(&LikelihoodProfile, &Watch) -> glmrs_core::Result<Vec<Limits>> + Send,
) -> Reply<Robj> {
    let request = Value::new(request);
    let [estimate, which, root, control_spec] = [0, 1, 2, 3].map(|i| request.element(i));
    let columns = places(which)?;
    let profile = LikelihoodProfile {
        estimate: reals(estimate.element(0), "coefficients")?,
        aliased: &flagged(estimate.element(1)),
        columns: &columns,
        root: root.number(),
        control: &control(control_spec)?,
    };
    let found = run_and_tell(
        session,
        control_spec.element(3),
        is_small(rows * columns.len() * LIMIT_STEPS, dim.max(ROW_COST)),
        Some(control_spec.element(4)),
        |watch| find(&profile, watch),
    )?;
    Ok(limits(session, &found)?)
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
