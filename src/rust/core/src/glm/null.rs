//! The deviance of the model that knows nothing of the covariates.

use super::{newton_from_sample, GlmObjective, Problem, StartingMeans};
use crate::control::Control;
use crate::design::{Design, Term};
use crate::error::Result;
use crate::family::Means;
use crate::objective::{Objective, Point};
use crate::pass::{sweep, Plan};
use crate::simd::{self, weighted_sum};
use crate::watch::Watch;
use std::ops::Range;

/// Which model the null deviance is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullModel {
    /// The weighted mean of the response: with an intercept, and exact where there is no offset.
    Mean,
    /// The offset alone: without an intercept.
    Offset,
    /// An intercept fitted beside the offset, as `stats::glm()` does.
    Intercept,
    /// None: the caller does not want to know.
    Unasked,
}

/// The null deviance, and whether its fit converged. [`NullModel::Intercept`] starts from the means at `eta`.
pub fn null_deviance(
    problem: &Problem,
    model: NullModel,
    eta: &[f64],
    control: &Control,
    watch: &Watch,
) -> Result<(f64, bool)> {
    match model {
        NullModel::Unasked => Ok((f64::NAN, true)),
        NullModel::Mean => {
            let (mean, rest) = mean_and_rest(problem);
            Ok((deviance_at_mean(problem, mean, rest, watch)?, true))
        }
        NullModel::Offset => {
            let fill = |rows: Range<usize>, mu: &mut [f64], rest: &mut [f64]| {
                for ((mu, rest), row) in mu.iter_mut().zip(rest).zip(rows) {
                    let eta = problem.offset.map_or(0.0, |o| o[row]);
                    (*mu, *rest) = (problem.link.inverse(eta), problem.link.rest(eta));
                }
            };
            Ok((deviance_of(problem, fill, watch)?, true))
        }
        NullModel::Intercept => {
            let design = Design::new(problem.rows(), vec![Term::intercept()])?;
            let null = Problem { design: &design, start: StartingMeans::MeansAt(eta), ..*problem };
            let objective = GlmObjective::new(&null, watch)?;
            let solution = newton_from_sample(&objective, &objective, control)?;
            Ok((objective.value(Point::At(&solution.coefficients))?.deviance, solution.converged()))
        }
    }
}

/// The deviance of the same linear predictor in all rows.
pub fn deviance_at_intercept(problem: &Problem, eta: f64, watch: &Watch) -> Result<f64> {
    deviance_at_mean(problem, problem.link.inverse(eta), problem.link.rest(eta), watch)
}

/// The deviance of the same mean in all rows; `rest` is 1 less it.
fn deviance_at_mean(problem: &Problem, mean: f64, rest: f64, watch: &Watch) -> Result<f64> {
    let fill = |_, mu: &mut [f64], others: &mut [f64]| {
        mu.fill(mean);
        others.fill(rest);
    };
    deviance_of(problem, fill, watch)
}

/// The weighted mean of the response, and the weight of all rows.
pub fn mean_and_weight(problem: &Problem) -> (f64, f64) {
    let weight = problem.prior_weights.map_or(problem.rows() as f64, simd::sum);
    (total(problem, problem.y) / weight, weight)
}

/// The sum of the rows' values times their weights.
fn total(problem: &Problem, values: &[f64]) -> f64 {
    problem.prior_weights.map_or_else(|| simd::sum(values), |w| weighted_sum(values, w))
}

/// The weighted mean of the response, and 1 less it: summed if the mean is that of shares near 1.
fn mean_and_rest(problem: &Problem) -> (f64, f64) {
    let (mean, weight) = mean_and_weight(problem);
    if mean <= 0.5 || mean > 1.0 {
        return (mean, 1.0 - mean);
    }
    let rest: Vec<f64> = problem.y.iter().map(|y| 1.0 - y).collect();
    (mean, total(problem, &rest) / weight)
}

/// The deviance of means that `fill(rows, mu, 1 − mu)` writes.
fn deviance_of(
    problem: &Problem,
    fill: impl Fn(Range<usize>, &mut [f64], &mut [f64]) + Sync,
    watch: &Watch,
) -> Result<f64> {
    let plan = Plan::new(problem.rows(), 4, 1, 1);
    sweep(
        &plan,
        watch,
        vec![(); plan.lanes()],
        || 0.0,
        || (vec![0.0; plan.block_rows()], vec![0.0; plan.block_rows()]),
        |sum, (), (mu, rest), block| {
            let (mu, rest) = (&mut mu[..block.len], &mut rest[..block.len]);
            fill(block.range(), mu, rest);
            let weights = problem.prior_weights.map(|w| &w[block.range()]);
            *sum += problem.family.family.deviance_block(&problem.y[block.range()], Means { mu, rest }, weights);
        },
        |total, sum| *total += sum,
    )
}
