//! The deviance of the model that knows nothing of the covariates.

use super::sample::MANY_ROWS;
use super::{newton_from_sample, GlmObjective, Problem, StartingMeans};
use crate::control::Control;
use crate::design::{Design, Term};
use crate::error::Result;
use crate::family::Means;
use crate::objective::{Objective, Point};
use crate::pass::{sweep, Plan};
use crate::simd::{self, weighted_sum};
use crate::solver::Solution;
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

impl NullModel {
    /// Is it the intercept alone, beside the offset? The mean is no model of what has an offset.
    pub fn is_intercept_alone(self, problem: &Problem) -> bool {
        match self {
            NullModel::Mean => problem.offset.is_none(),
            NullModel::Intercept => true,
            NullModel::Offset | NullModel::Unasked => false,
        }
    }
}

/// The null deviance of the objective's problem, and whether its fit converged. [`NullModel::Intercept`] starts from the
/// means at `eta`, or from the family's own.
pub fn null_deviance(
    objective: &GlmObjective,
    model: NullModel,
    eta: Option<&[f64]>,
    control: &Control,
) -> Result<(f64, bool)> {
    let (problem, watch) = (objective.problem, objective.watch);
    match model {
        NullModel::Unasked => Ok((f64::NAN, true)),
        NullModel::Mean => {
            let Mean { mean, rest, weight } = weighted_mean(problem);
            let at_mean = || deviance_at_mean(problem, mean, rest, watch);
            let eta = problem.link.link(mean);
            Ok((objective.deviance_from_sums(mean, weight, eta).map_or_else(at_mean, Ok)?, true))
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
            let start = eta.map_or(StartingMeans::Family, StartingMeans::MeansAt);
            let null = Problem { design: &design, start, ..*problem };
            let objective = GlmObjective::new(&null, watch)?;
            let solution = newton_from_sample(&objective, &objective, control)?;
            Ok((objective.value(Point::At(&solution.coefficients))?.deviance, solution.converged()))
        }
    }
}

/// The null deviance of many rows whose deviance is quadratic, from its minimum and the factor: with the intercept as the first
/// column the others' rows of R·theta are what they explain beside it. `None` where that is not so, or would have fewer digits
/// than a look at the rows.
pub fn null_deviance_of_squares(objective: &GlmObjective, model: NullModel, solution: &Solution) -> Option<f64> {
    let problem = objective.problem;
    let (factor, kept) = (solution.factor.as_ref()?, &solution.kept);
    let r = factor.triangle()?;
    let has_intercept = kept.first().is_some_and(|&first| problem.design.intercept() == Some(first));
    let is_precise = problem.rows() >= MANY_ROWS && !factor.is_doubtful();
    if !(model.is_intercept_alone(problem)
        && has_intercept
        && is_precise
        && objective.is_quadratic()
        && solution.converged())
    {
        return None;
    }
    let rank = kept.len();
    let explained = |i: usize| (i..rank).map(|k| r[(i, k)] * solution.coefficients[kept[k]]).sum::<f64>();
    Some(solution.deviance + (1..rank).map(|i| explained(i) * explained(i)).sum::<f64>())
}

/// Coefficients of the mean in all rows; `None` without an intercept.
pub fn intercept_alone(problem: &Problem) -> Option<Vec<f64>> {
    let intercept = problem.design.intercept()?;
    let (mean, weight) = mean_and_weight(problem);
    let shift = problem.offset.map_or(0.0, |offset| match problem.prior_weights {
        None => simd::sum(offset) / weight,
        Some(weights) => weighted_sum(offset, weights) / weight,
    });
    let mut theta = vec![0.0; problem.design.cols()];
    theta[intercept] = problem.link.link(mean) - shift;
    theta[intercept].is_finite().then_some(theta)
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

struct Mean {
    mean: f64,
    /// 1 less it: summed if the mean is that of shares near 1.
    rest: f64,
    weight: f64,
}

fn weighted_mean(problem: &Problem) -> Mean {
    let (mean, weight) = mean_and_weight(problem);
    if mean <= 0.5 || mean > 1.0 {
        return Mean { mean, rest: 1.0 - mean, weight };
    }
    let rest: Vec<f64> = problem.y.iter().map(|y| 1.0 - y).collect();
    Mean { mean, rest: total(problem, &rest) / weight, weight }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{by_name, with_shape, FamilySpec};
    use crate::link;

    /// From the sums and row by row. Returns whether the sums were precise enough.
    fn agree(name: &str, link_name: &str, y: &[f64], weights: &[f64]) -> bool {
        let family = by_name(name).or_else(|| with_shape(name, 1.5)).unwrap();
        let spec = FamilySpec::new(family);
        let link = link::by_name(link_name, 0.4).unwrap();
        let design = Design::new(y.len(), vec![Term::intercept()]).unwrap();
        let problem = Problem { prior_weights: Some(weights), ..Problem::new(&design, y, &spec, link.as_ref()) };
        let watch = Watch::default();
        let objective = GlmObjective::new(&problem, &watch).unwrap();
        let Mean { mean, rest, weight } = weighted_mean(&problem);
        let want = deviance_at_mean(&problem, mean, rest, &watch).unwrap();
        let got = objective.deviance_from_sums(mean, weight, link.link(mean));
        if let Some(got) = got {
            assert!((got - want).abs() <= 2e-13 * want, "{name}: {got}, not {want}");
        }
        got.is_some()
    }

    const PAIRS: [(&str, &str); 5] =
        [("poisson", "log"), ("binomial", "logit"), ("Gamma", "log"), ("negative_binomial", "log"), ("tweedie", "log")];

    #[test]
    fn sums_tell_the_deviance_of_a_mean() {
        for (name, link_name) in PAIRS {
            for scale in [1e-3, 1.0, 1e4] {
                let of_row = |i: usize| match name {
                    "binomial" => f64::from(u8::from(i % 7 < 2)),
                    "Gamma" => scale * (0.1 + (i * 7 % 13) as f64),
                    _ => (scale * (i * 7 % 13) as f64).round(),
                };
                let y: Vec<f64> = (0..3000).map(of_row).collect();
                let weights: Vec<f64> = (0..3000).map(|i| (i % 4) as f64).collect();
                let told = agree(name, link_name, &y, &weights);
                assert!(told || scale != 1.0, "{name}: rows had to be looked at");
            }
        }
    }

    /// Nearly equal responses, means near a limit: what is left of the sums, if anything is, is right.
    #[test]
    fn sums_that_cancel_do_not_tell() {
        let weights = vec![1.0; 2000];
        for (name, link_name) in PAIRS {
            for spread in [0.0, 1e-14, 1e-9, 1e-6] {
                let y: Vec<f64> = (0..2000).map(|i| 0.9 + spread * (i % 3) as f64).collect();
                let told = agree(name, link_name, &y, &weights);
                assert!(!told || spread > 1e-9, "{name}, {spread}");
            }
            agree(name, link_name, &[0.0; 2000], &weights);
        }
        let mut shares = vec![1.0; 2000];
        shares[0] = 0.0;
        assert!(!agree("binomial", "logit", &shares, &weights));
    }
}
