//! Values of the core as R objects.

use crate::rcall::{Jump, Part, Session};
use extendr_api::prelude::*;
use glmrs_core::linalg::bordered::BlockInverse;
use glmrs_core::profile::Limits;
use glmrs_core::solver::Status;

/// As `block_inverse()` in args.rs reads it; NULL for none.
pub fn blocks(session: &Session, x: Option<&BlockInverse>) -> std::result::Result<Robj, Jump> {
    let Some(x) = x else { return Ok(().into()) };
    let place = |columns: &[usize]| columns.iter().map(|&c| c as f64 + 1.0).collect::<Vec<f64>>();
    let means = session.list(&[
        ("start", Part::Reals(&x.means.start.iter().map(|&s| s as f64).collect::<Vec<f64>>())),
        ("index", Part::Reals(&x.means.index.iter().map(|&i| f64::from(i)).collect::<Vec<f64>>())),
        ("value", Part::Reals(&x.means.value)),
    ])?;
    session.list(&[
        ("others", Part::Reals(&place(&x.others))),
        ("columns", Part::Reals(&place(&x.columns))),
        ("with_base", Part::Flag(x.with_base)),
        ("inverse", Part::Square(&x.inverse.to_full(), x.inverse.size())),
        ("means", Part::Made(&means)),
        ("weights", Part::Reals(&x.weights)),
    ])
}

/// The lower limits, then the upper ones.
pub fn limits(session: &Session, found: &[Limits]) -> std::result::Result<Robj, Jump> {
    let values: Vec<f64> = found.iter().map(|l| l.lower).chain(found.iter().map(|l| l.upper)).collect();
    session.value(Part::Reals(&values))
}

/// Why a search that did not converge ended.
pub fn status_in_words(status: Status) -> &'static str {
    match status {
        Status::Converged => "the search converged",
        Status::MaxIterations => "the search did not converge: the largest number of iterations was reached",
        Status::NonFiniteStep => "the search did not converge: a step led to numbers that are not finite",
        Status::Uninformative => "the search did not converge: no row had any weight left",
        Status::Stalled => "the search did not converge: no step led further",
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Converged => "converged",
        Status::MaxIterations => "max_iterations",
        Status::NonFiniteStep => "non_finite_step",
        Status::Uninformative => "uninformative",
        Status::Stalled => "stalled",
    }
}
