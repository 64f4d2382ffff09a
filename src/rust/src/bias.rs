//! Fits with less bias, and what a penalised likelihood says beside its maximum.

use crate::args::{control, design, family, flagged, one_of, places, problem, reals, Value};
use crate::glm::fit;
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run_and_tell};
use crate::rcall::{Part, Session};
use crate::reply::limits;
use extendr_api::prelude::*;
use glmrs_core::bias::{penalised_limits, restricted, Adjusted, Bias};
use glmrs_core::glm::GlmObjective;

/// Steps that a search is expected to take, to tell whether threads are worth it.
const STEPS: usize = 10;

/// `list(kind, power)`: see `R/bias.R`.
fn bias(spec: Value) -> Reply<Bias> {
    let jeffreys = Bias::Jeffreys { power: spec.element(1).number() };
    one_of(spec.element(0), "bias", &[("mean", Bias::Mean), ("median", Bias::Median), ("jeffreys", jeffreys)])
}

/// As `rs_glm_fit`, for the roots of adjusted scores.
/// @noRd
#[extendr]
fn rs_bias_fit(
    design_spec: Robj,
    data: Robj,
    family_spec: Robj,
    control_spec: Robj,
    options: Robj,
    bias_spec: Robj,
) -> Robj {
    guard(|session| {
        let kind = bias(Value::new(&bias_spec))?;
        fit(session, &design_spec, &data, &family_spec, &control_spec, &options, Some(kind))
    })
}

/// Two limits for each of the columns `which`, where the profile has fallen by `root`²; the lower ones come first.
/// @noRd
#[extendr]
fn rs_bias_limits(design_spec: Robj, data: Robj, model: Robj, estimate: Robj, which: Robj, root: Robj) -> Robj {
    guard(|session| {
        let columns = places(Value::new(&which))?;
        let root = Value::new(&root).number();
        let ends =
            with_model(session, &design_spec, &data, &model, &estimate, 2 * columns.len(), |adjusted, theta| {
                penalised_limits(adjusted, theta, &columns, root)
            })?;
        Ok(limits(session, &ends)?)
    })
}

/// −2 log of the penalised likelihood with the columns of each of `sets` held at 0.
/// @noRd
#[extendr]
fn rs_bias_restricted(design_spec: Robj, data: Robj, model: Robj, estimate: Robj, sets: Robj) -> Robj {
    guard(|session| {
        let sets = Value::new(&sets).elements().map(places).collect::<Reply<Vec<_>>>()?;
        let values = with_model(session, &design_spec, &data, &model, &estimate, sets.len(), |adjusted, theta| {
            restricted(adjusted, theta, &sets)
        })?;
        Ok(session.value(Part::Reals(&values))?)
    })
}

/// What `body` makes of a fit. `data`: `list(y, weights, offset)`; `model`: `list(family, control, bias)`; `estimate`:
/// `list(coefficients, aliased)`.
fn with_model<T: Send>(
    session: &Session,
    design_spec: &Robj,
    data: &Robj,
    model: &Robj,
    estimate: &Robj,
    searches: usize,
    body: impl FnOnce(&Adjusted, &[f64]) -> glmrs_core::Result<T> + Send,
) -> Reply<T> {
    let design = design(Value::new(design_spec))?.indexed();
    let (model, estimate) = (Value::new(model), Value::new(estimate));
    let (family, link) = family(model.element(0))?;
    let control_spec = model.element(1);
    let control = control(control_spec)?;
    let kind = bias(model.element(2))?;
    let problem = problem(&design, Value::new(data), &family, link.as_ref())?;
    let theta = reals(estimate.element(0), "coefficients")?;
    let aliased = flagged(estimate.element(1));
    let small = is_small(problem.rows() * searches * STEPS, design.raw_cols());
    run_and_tell(session, control_spec.element(3), small, Some(control_spec.element(4)), |watch| {
        problem.check()?;
        let objective = GlmObjective::new(&problem, watch)?;
        body(&Adjusted::new(&objective, kind, &control, aliased)?, theta)
    })
}

extendr_module! {
    mod bias;
    fn rs_bias_fit;
    fn rs_bias_limits;
    fn rs_bias_restricted;
}
