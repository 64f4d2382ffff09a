//! Covariances that are kept in blocks, and what is made of them when it is asked for.

use crate::args::{block_inverse, design, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run};
use extendr_api::prelude::*;
use glmrs_core::predict::block_quadratic_form;

/// The whole matrix, as the vector of its columns.
/// @noRd
#[extendr]
fn rs_block_covariance(blocks: Robj) -> Robj {
    guard(|session| {
        let blocks = block_inverse(Value::new(&blocks))?;
        let p = blocks.kept().len();
        let mut out = session.alloc_real(p * p)?;
        let full = blocks.full();
        reals_mut(&mut out).iter_mut().enumerate().for_each(|(at, x)| *x = full.at(at % p, at / p));
        Ok(out)
    })
}

/// Its diagonal.
/// @noRd
#[extendr]
fn rs_block_variances(blocks: Robj) -> Robj {
    guard(|_| {
        let blocks = block_inverse(Value::new(&blocks))?;
        Ok(blocks.variances().into())
    })
}

/// xᵀ·V·x for every row x.
/// @noRd
#[extendr]
fn rs_block_quadratic_form(design_spec: Robj, blocks: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?;
        let blocks = block_inverse(Value::new(&blocks))?;
        let mut out = session.alloc_real(design.rows())?;
        let values = reals_mut(&mut out);
        let small = is_small(design.rows(), blocks.others.len());
        run(session, Value::new(&thread_spec), small, |watch| block_quadratic_form(&design, &blocks, values, watch))?;
        Ok(out)
    })
}

extendr_module! {
    mod covariance;
    fn rs_block_covariance;
    fn rs_block_variances;
    fn rs_block_quadratic_form;
}
