//! Stacks of resampled rows.

use super::{Block, Stack};
use crate::error::Result;
use crate::mestimate::resampled::replicates;
use crate::mestimate::{root, Equations, Failure, Limits, Replicate};
use crate::resample::Draws;
use crate::solver::Status;
use crate::watch::Watch;

/// The replicates, in their order, each sought from `start` with rows that count as they were drawn.
/// Errors: [`crate::Error::Interrupted`].
pub fn resampled_stack<'a>(
    blocks: &'a [Box<dyn Block + 'a>],
    start: &[f64],
    limits: &Limits,
    draws: &Draws,
    watch: &'a Watch,
) -> Result<Vec<Replicate>> {
    let n = Stack::new(blocks, None, watch).rows();
    replicates(draws, n, watch, |counts| {
        match root(&Stack::new(blocks, Some(counts), watch), start, None, limits).map_err(Failure::Error)? {
            found if found.status == Status::Converged => Ok(found.theta),
            found => Err(Failure::Search(found.status)),
        }
    })
}
