//! Estimating equations that the core knows: see `R/stack-fit.R`.

use crate::args::{design, family, optional_reals, reals, Value};
use crate::guard::{guard, Reply};
use crate::interrupt::{is_small, run, run_and_tell};
use crate::mestimate::{limits, reply};
use crate::rcall::Part;
use crate::regression::ITERATIONS;
use crate::resampled::{draws, replicates};
use extendr_api::prelude::*;
use glmrs_core::mestimate::{resampled_stack, root, Block, Equations, Limits, Loss, Model, Parameter, Stack, Variable};
use glmrs_core::Error;

/// Solve the blocks together: `list(found, products)`, the first as of `rs_m_root()`, the second the sum of the products of
/// the rows, q x q. `options`: `list(tolerance, max_iterations)`; `block_specs`: see [`block`].
/// @noRd
#[extendr]
fn rs_stack_root(block_specs: Robj, start: Robj, options: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let blocks = blocks(Value::new(&block_specs))?;
        let start = reals(Value::new(&start), "start")?;
        let limits = limits(Value::new(&options));
        let (found, products) =
            run(session, Value::new(&thread_spec), is_small(rows(&blocks) * ITERATIONS, start.len()), |watch| {
                let stack = Stack::new(&blocks, None, watch);
                let found = root(&stack, start, None, &limits)?;
                let products = stack.products(&found.theta)?.ok_or(Error::Start)?;
                Ok((found, products))
            })?;
        let (found, q) = (reply(session, &found, None)?, products.nrows());
        let products: Vec<f64> = (0..q * q).map(|k| products[(k % q, k / q)]).collect();
        Ok(session.list(&[("found", Part::Made(&found)), ("products", Part::Square(&products, q))])?)
    })
}

/// Solve for resampled rows, each time from `start`: as `rs_resample_regression()`, which says what `resample` is.
/// @noRd
#[extendr]
fn rs_resample_stack(block_specs: Robj, start: Robj, options: Robj, resample: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let blocks = blocks(Value::new(&block_specs))?;
        let start = reals(Value::new(&start), "start")?;
        let limits: Limits = limits(Value::new(&options));
        let resample = Value::new(&resample);
        let draws = draws(resample, rows(&blocks))?;
        let found = run_and_tell(
            session,
            Value::new(&thread_spec),
            is_small(rows(&blocks) * ITERATIONS * draws.times, start.len()),
            Some(resample.element(4)),
            |watch| resampled_stack(&blocks, start, &limits, &draws, watch),
        )?;
        replicates(session, &found, start.len())
    })
}

fn rows(blocks: &[Box<dyn Block + '_>]) -> usize {
    blocks.first().map_or(0, |block| block.rows())
}

fn blocks<'a>(specs: Value<'a>) -> Reply<Vec<Box<dyn Block + 'a>>> {
    specs.elements().map(block).collect()
}

/// `list("model", design, list(y, weights, offset), family)`, `list("mean", x, weights)`, or `list(name, x, constants)`.
fn block<'a>(spec: Value<'a>) -> Reply<Box<dyn Block + 'a>> {
    let name = spec.element(0).text(0);
    if name == "model" {
        let (family, link) = family(spec.element(3))?;
        let data = spec.element(2);
        let model = Model {
            design: design(spec.element(1))?.indexed(),
            y: reals(data.element(0), "y")?,
            weights: optional_reals(data.element(1), "weights")?,
            offset: optional_reals(data.element(2), "offset")?,
            family,
            link,
        };
        model.problem().check()?;
        return Ok(Box::new(model));
    }
    let values = reals(spec.element(1), "x")?;
    let parameter = match (name, spec.element(2).reals()) {
        ("mean", Some(weights)) if weights.len() == values.len() => Parameter::Mean { weights },
        ("variance", _) => Parameter::MeanAndVariance,
        ("quantile", Some(&[tau, width])) => Parameter::Quantile { tau, width },
        ("huber", Some(&[k, scale])) => Parameter::Location { loss: Loss::Huber { k }, scale },
        _ => return Err(unknown().into()),
    };
    Ok(Box::new(Variable { values, parameter }))
}

fn unknown() -> Error {
    Error::Argument { arg: "psi", message: "has a block that is none of the core's".into() }
}

extendr_module! {
    mod blocks;
    fn rs_stack_root;
    fn rs_resample_stack;
}
