//! Covariances that are kept in blocks, and what is made of them when it is asked for.

use crate::args::{argument, block_inverse, design, places, reals, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::predict::block_quadratic_form;

/// The matrix, or its rows and columns `chosen`: 1-based columns of the model matrix, ascending, of which none is aliased;
/// NULL for all of them.
/// @noRd
#[extendr]
fn rs_block_covariance(blocks: Robj, chosen: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let blocks = block_inverse(Value::new(&blocks))?;
        let (kept, chosen) = (blocks.kept(), Value::new(&chosen));
        let chosen = if chosen.is_null() { kept.clone() } else { places(chosen)? };
        if chosen.iter().any(|column| kept.binary_search(column).is_err()) || !chosen.is_sorted() {
            return Err(argument("chosen", "must be columns with an estimate, ascending").into());
        }
        let p = chosen.len();
        let mut out = session.alloc_real(p * p)?;
        let values = reals_mut(&mut out);
        run(session, Value::new(&thread_spec), is_small(p, 1), |watch| {
            blocks.visit_among(
                &chosen,
                || !watch.is_stopped(),
                |i, j, x| {
                    values[i + j * p] = x;
                    values[j + i * p] = x;
                },
            );
            Ok(())
        })?;
        Ok(out)
    })
}

/// Its diagonal.
/// @noRd
#[extendr]
fn rs_block_variances(blocks: Robj) -> Robj {
    guard(|session| {
        let blocks = block_inverse(Value::new(&blocks))?;
        Ok(session.value(Part::Reals(&blocks.variances()))?)
    })
}

/// V times a vector of p numbers, 0 for the aliased columns.
/// @noRd
#[extendr]
fn rs_block_product(blocks: Robj, v: Robj) -> Robj {
    guard(|session| {
        let blocks = block_inverse(Value::new(&blocks))?;
        let v = reals(Value::new(&v), "v")?;
        if blocks.kept().last().is_some_and(|&last| last >= v.len()) {
            return Err(argument("v", "must have a number for each column of the model matrix").into());
        }
        Ok(session.value(Part::Reals(&blocks.times(v)))?)
    })
}

/// xᵀ·V·x for every row x, or for what it has in its `own` columns, logicals.
/// @noRd
#[extendr]
fn rs_block_quadratic_form(design_spec: Robj, blocks: Robj, own: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let blocks = block_inverse(Value::new(&blocks))?;
        let mut out = session.alloc_real(design.rows())?;
        let values = reals_mut(&mut out);
        let own: Option<Vec<bool>> = Value::new(&own).integers().map(|own| own.iter().map(|&x| x == 1).collect());
        let small = is_small(design.rows(), blocks.others.len());
        run(session, Value::new(&thread_spec), small, |watch| {
            block_quadratic_form(&design, &blocks, own.as_deref(), values, watch)
        })?;
        Ok(out)
    })
}

extendr_module! {
    mod covariance;
    fn rs_block_covariance;
    fn rs_block_variances;
    fn rs_block_product;
    fn rs_block_quadratic_form;
}
