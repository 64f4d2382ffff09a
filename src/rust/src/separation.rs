//! Are there coefficients without finite estimates?

use crate::args::{design, one_of, optional_reals, reals, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::separation::{separation, Bounds, Evidence};

/// Passes that a search takes, to tell whether threads are worth it.
const PASSES: usize = 10;

pub const BOUNDS: [(&str, Bounds); 2] = [("shares", Bounds::Shares), ("counts", Bounds::Counts)];

/// `list(rows, complete, signs)` for the response `y` of a model whose means have `bounds`, "shares" or "counts".
/// @noRd
#[extendr]
fn rs_separation(design_spec: Robj, y: Robj, weights: Robj, bounds: Robj, evidence: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let design = design(Value::new(&design_spec))?.indexed();
        let y = reals(Value::new(&y), "y")?;
        let weights = optional_reals(Value::new(&weights), "weights")?;
        let bounds = one_of(Value::new(&bounds), "bounds", &BOUNDS)?;
        let evidence = match Value::new(&evidence) {
            none if none.is_null() => None,
            fit => Some(Evidence {
                working_weights: reals(fit.element(0), "weights")?,
                working_residuals: reals(fit.element(1), "residuals")?,
            }),
        };
        let small = is_small(y.len() * PASSES, design.raw_cols());
        let found = run(session, Value::new(&thread_spec), small, |watch| {
            separation(&design, y, weights, bounds, evidence, watch)
        })?;
        Ok(session.list(&[
            ("rows", Part::Integer(found.rows)),
            ("complete", Part::Flag(found.complete)),
            ("signs", Part::Reals(&found.signs)),
        ])?)
    })
}

extendr_module! {
    mod separation;
    fn rs_separation;
}
