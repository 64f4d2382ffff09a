//! Profiles of a fit.

use crate::args::{control, design, family, one_of, problem, reals, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run_and_tell};
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use glmrs_core::glm::GlmObjective;
use glmrs_core::profile::{profile, Estimate, Path, ProfileOptions, Statistic, Trace};

/// Searches that a path is expected to take, to tell whether threads are worth it.
const SEARCHES: usize = 10;

/// Follow coefficients away from their estimates.
/// @noRd
#[extendr]
fn rs_glm_profile(design_spec: Robj, data: Robj, model: Robj, estimate: Robj, paths: Robj, options: Robj) -> Robj {
    guard(|session| traces(session, &design_spec, &data, &model, &estimate, &paths, &options))
}

/// `data`: `list(y, weights, offset)`; `model`: `list(family, control)`; `estimate`: `list(coefficients, aliased,
/// deviance, dispersion)`; `paths`: `list(columns, steps)`; `options`: `list(statistic, limit, max_steps)`.
fn traces(
    session: &Session,
    design_spec: &Robj,
    data: &Robj,
    model: &Robj,
    estimate: &Robj,
    paths: &Robj,
    options: &Robj,
) -> Reply<Robj> {
    let design = design(Value::new(design_spec))?.indexed();
    let (data, model, estimate) = (Value::new(data), Value::new(model), Value::new(estimate));
    let (paths, options) = (Value::new(paths), Value::new(options));
    let (family, link) = family(model.element(0))?;
    let control_spec = model.element(1);
    let control = control(control_spec)?;
    let problem = problem(&design, data, &family, link.as_ref())?;
    let places = |x: Value| -> Reply<Vec<usize>> { Ok(reals(x, "which")?.iter().map(|&j| j as usize - 1).collect()) };
    let aliased = places(estimate.element(1))?;
    let estimate = Estimate {
        coefficients: reals(estimate.element(0), "coefficients")?,
        aliased: &aliased,
        deviance: estimate.element(2).number(),
        dispersion: estimate.element(3).number(),
    };
    let steps = reals(paths.element(1), "which")?;
    let columns = places(paths.element(0))?;
    let paths: Vec<Path> = columns.into_iter().zip(steps).map(|(column, &step)| Path { column, step }).collect();
    let options = ProfileOptions {
        control: &control,
        statistic: one_of(
            options.element(0),
            "test",
            &[("LRT", Statistic::LikelihoodRatio), ("Rao", Statistic::Score)],
        )?,
        limit: options.element(1).number(),
        max_steps: options.element(2).number() as usize,
    };
    let small = is_small(problem.rows() * paths.len() * SEARCHES, design.raw_cols());
    let traces = run_and_tell(session, control_spec.element(3), small, Some(control_spec.element(4)), |watch| {
        problem.check()?;
        profile(&GlmObjective::new(&problem, watch)?, &estimate, &paths, &options)
    })?;
    let traces = traces.iter().map(|t| trace(session, t)).collect::<Reply<Vec<_>>>()?;
    let parts: Vec<(&str, Part)> = traces.iter().map(|t| ("", Part::Made(t))).collect();
    Ok(session.list(&parts)?)
}

/// What `R/profile.R` makes of a path: the coefficients by steps, and the facts that warnings are made of.
fn trace(session: &Session, trace: &Trace) -> Reply<Robj> {
    let stopped = trace.stopped.as_ref().map(ToString::to_string);
    Ok(session.list(&[
        ("points", Part::Reals(&trace.points.concat())),
        ("roots", Part::Reals(&trace.roots)),
        ("status", Part::Text(status(trace.status))),
        ("iter", Part::Integer(trace.iterations)),
        ("step_divergence", Part::Flag(trace.halvings.divergence)),
        ("step_bounds", Part::Flag(trace.halvings.bounds)),
        ("boundary", Part::Flag(trace.halvings.last)),
        ("least_mean", Part::Real(trace.least_mean)),
        ("largest_mean", Part::Real(trace.largest_mean)),
        ("stopped", stopped.as_deref().map_or(Part::Nothing, Part::Text)),
    ])?)
}

extendr_module! {
    mod profile;
    fn rs_glm_profile;
}
