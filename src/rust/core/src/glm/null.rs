//! The deviance of the model that knows nothing of the covariates.

use super::{GlmObjective, Problem, StartingMeans};
use crate::control::Control;
use crate::design::{Design, Term};
use crate::error::Result;
use crate::objective::{Objective, Point};
use crate::solver::newton;
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

/// The null deviance, and whether its fit converged. `fitted` are the means where [`NullModel::Intercept`] starts.
pub fn null_deviance(
    problem: &Problem,
    model: NullModel,
    fitted: &[f64],
    control: &Control,
    cancel: &AtomicBool,
) -> Result<(f64, bool)> {
    let family = &problem.family.family;
    let n = problem.rows();
    match model {
        NullModel::Mean => {
            let weight = |i: usize| problem.prior_weights.map_or(1.0, |w| w[i]);
            let (sum, weights) = (0..n).fold((0.0, 0.0), |(s, w), i| (s + weight(i) * problem.y[i], w + weight(i)));
            Ok((family.deviance_block(problem.y, &vec![sum / weights; n], problem.prior_weights), true))
        }
        NullModel::Offset => {
            let mu: Vec<f64> = match problem.offset {
                Some(offset) => offset.iter().map(|&e| problem.link.inverse(e)).collect(),
                None => vec![problem.link.inverse(0.0); n],
            };
            Ok((family.deviance_block(problem.y, &mu, problem.prior_weights), true))
        }
        NullModel::Intercept => {
            let design = Design::new(n, vec![Term::intercept()])?;
            let null = Problem { design: &design, start: StartingMeans::Means(fitted), ..*problem };
            let objective = GlmObjective::new(&null, cancel);
            let solution = newton(&objective, None, control)?;
            Ok((objective.value(Point::At(&solution.coefficients))?.deviance, solution.converged()))
        }
    }
}
