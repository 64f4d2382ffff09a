//! Replicates of models that are no generalized linear ones: whoever fits one is given other weights for its rows.

use super::Replicate;
use crate::error::{Error, Result};
use crate::resample::Draws;
use crate::solver::{Maximum, Status};
use crate::workers::in_turn;

/// Replicates 1, 2, ... in their order, each fitted by one thread: `fit` is given the rows' `weights` (`None`: all 1), times
/// the numbers of their units. Shape: weights `[n]`.
pub fn reweighted(
    draws: &Draws,
    weights: Option<&[f64]>,
    rows: usize,
    fit: impl Fn(&[f64]) -> Result<Replicate> + Sync,
) -> Result<Vec<Replicate>> {
    in_turn(
        draws.times,
        || vec![0.0; rows],
        |values, i| {
            draws.multiply(i, weights, values);
            Replicate::or_failed(fit(values))
        },
    )
}

impl Replicate {
    /// A failure is one of the replicate, unless somebody wants to stop.
    pub(super) fn or_failed(found: Result<Replicate>) -> Result<Replicate> {
        match found {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            Err(why) => Ok(Replicate::Failed(why)),
            replicate => replicate,
        }
    }

    /// Of the maximum of a likelihood; `aliased`: the parameters that the fit lacks, too.
    pub fn of_maximum(found: Maximum, aliased: &[usize]) -> Self {
        if found.status != Status::Converged {
            return Replicate::Ended(found.status);
        }
        let p = found.aliased.len();
        let kept: Vec<usize> = (0..p).filter(|&j| !found.aliased[j]).collect();
        if let Some(lost) = Replicate::of_lost(&kept, aliased, p) {
            return lost;
        }
        let variances = (0..kept.len()).map(|i| found.covariance.at(i, i));
        Replicate::of_kept(found.parameters, &kept, variances)
    }
}
