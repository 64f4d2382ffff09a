//! The deviance of the model that knows nothing of the covariates.

use super::{newton_from_sample, GlmObjective, Problem, StartingMeans};
use crate::control::Control;
use crate::design::{Design, Term};
use crate::error::Result;
use crate::objective::{Objective, Point};
use crate::pass::{sweep, Plan};
use crate::simd::{self, weighted_sum};
use std::ops::Range;
use std::sync::atomic::AtomicBool;

/// Which model the null deviance is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullModel {
    /// The weighted mean of the response: with an intercept, and exact where there is no offset.
    Mean,
    /// The offset alone: without an intercept.
    Offset,
    /// An intercept fitted beside the offset, as `stats::glm()` does.
    Intercept,
}

/// The null deviance, and whether its fit converged. [`NullModel::Intercept`] starts from the means at `eta`.
pub fn null_deviance(
    problem: &Problem,
    model: NullModel,
    eta: &[f64],
    control: &Control,
    cancel: &AtomicBool,
) -> Result<(f64, bool)> {
    let n = problem.rows();
    match model {
        NullModel::Mean => {
            let (sum, weights) = match problem.prior_weights {
                Some(w) => (weighted_sum(problem.y, w), simd::sum(w)),
                None => (simd::sum(problem.y), n as f64),
            };
            let deviance = deviance_of(problem, |_, mu| mu.fill(sum / weights), cancel)?;
            Ok((deviance, true))
        }
        NullModel::Offset => {
            let fill = |rows: Range<usize>, mu: &mut [f64]| {
                for (mu, row) in mu.iter_mut().zip(rows) {
                    *mu = problem.link.inverse(problem.offset.map_or(0.0, |o| o[row]));
                }
            };
            Ok((deviance_of(problem, fill, cancel)?, true))
        }
        NullModel::Intercept => {
            let design = Design::new(n, vec![Term::intercept()])?;
            let null = Problem { design: &design, start: StartingMeans::MeansAt(eta), ..*problem };
            let objective = GlmObjective::new(&null, cancel)?;
            let solution = newton_from_sample(&objective, &objective, control)?;
            Ok((objective.value(Point::At(&solution.coefficients))?.deviance, solution.converged()))
        }
    }
}

/// The deviance of means that `fill` writes for the rows it is given.
fn deviance_of(problem: &Problem, fill: impl Fn(Range<usize>, &mut [f64]) + Sync, cancel: &AtomicBool) -> Result<f64> {
    let plan = Plan::new(problem.rows(), 4, 1, 1);
    sweep(
        &plan,
        cancel,
        vec![(); plan.lanes()],
        || 0.0,
        || vec![0.0; plan.block_rows()],
        |sum, (), mu, block| {
            let mu = &mut mu[..block.len];
            fill(block.range(), mu);
            let weights = problem.prior_weights.map(|w| &w[block.range()]);
            *sum += problem.family.family.deviance_block(&problem.y[block.range()], mu, weights);
        },
        |total, sum| *total += sum,
    )
}
