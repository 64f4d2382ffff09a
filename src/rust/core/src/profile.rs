//! Profiles of the deviance: one coefficient moves away from its estimate, step by step, and the others are fitted anew.

mod likelihood;
mod limits;

pub use likelihood::LikelihoodProfile;
pub use limits::{limits, Limits, Peak, ProfilePoint};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::glm::GlmObjective;
use crate::held::Held;
use crate::linalg::Factor;
use crate::objective::Point;
use crate::solver::{newton, quadratic_and_factor, Halvings, Solution, Status};
use crate::workers::in_turn;

/// A deviance that is lower than that of the fit by more than this, in units of the dispersion, is no rounding error:
/// R's bound.
const BETTER: f64 = 1e-3;

/// Where the deviance is a quadratic, whole steps end at the limit, or just before it by rounding errors.
const REACHED: f64 = 1.0 - 1e-9;

/// Multiples 1, 2, … of `step` are added to the coefficient of `column`.
#[derive(Debug, Clone, Copy)]
pub struct Path {
    pub column: usize,
    pub step: f64,
}

/// What is measured along a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    LikelihoodRatio,
    Score,
}

/// The fit whose coefficients are profiled.
pub struct Estimate<'a> {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: &'a [f64],
    pub aliased: &'a [usize],
    pub deviance: f64,
    pub dispersion: f64,
}

pub struct ProfileOptions<'a> {
    pub control: &'a Control,
    pub statistic: Statistic,
    /// A path ends where the root of the statistic is that large, or after `max_steps`.
    pub limit: f64,
    pub max_steps: usize,
}

/// Where a path led, and the facts of its searches.
#[derive(Debug)]
pub struct Trace {
    /// The coefficients after each step, NaN for aliased columns. Shape: `[steps][p]`.
    pub points: Vec<Vec<f64>>,
    /// The root of the statistic after each step, with the sign of the step.
    pub roots: Vec<f64>,
    pub halvings: Halvings,
    /// That of the first search that did not converge, and its iterations.
    pub status: Status,
    pub iterations: usize,
    /// Of the last point: linear predictors move in nearly straight lines, so their extremes are at the ends.
    pub least_mean: f64,
    pub largest_mean: f64,
    /// Why there was no further step.
    pub stopped: Option<Error>,
}

/// The traces of `paths`, in their order. Paths are followed by several threads, each path by one search after another.
pub fn profile(
    objective: &GlmObjective,
    estimate: &Estimate,
    paths: &[Path],
    options: &ProfileOptions,
) -> Result<Vec<Trace>> {
    let held = Held::new(objective, estimate.aliased.to_vec());
    let (_, factor) = quadratic_and_factor(&held, estimate.coefficients, options.control)?;
    in_turn(paths.len(), || (), |(), i| follow(objective, estimate, &factor, paths[i], options))
}

fn follow(
    objective: &GlmObjective,
    estimate: &Estimate,
    factor: &Factor,
    path: Path,
    options: &ProfileOptions,
) -> Result<Trace> {
    let objective = objective.renewed();
    let held = Held::new(&objective, [estimate.aliased, &[path.column]].concat());
    let mut trace = Trace {
        points: vec![],
        roots: vec![],
        halvings: Halvings::default(),
        status: Status::Converged,
        iterations: 0,
        least_mean: f64::INFINITY,
        largest_mean: f64::NEG_INFINITY,
        stopped: None,
    };
    let tangent = tangent(factor, path, estimate.coefficients.len());
    let origin = estimate.coefficients.to_vec();
    let mut past = vec![origin.iter().zip(&tangent).map(|(b, t)| b - t).collect(), origin];
    while trace.roots.len() < options.max_steps && trace.roots.last().is_none_or(|z| z.abs() < REACHED * options.limit)
    {
        let value = estimate.coefficients[path.column] + (trace.roots.len() + 1) as f64 * path.step;
        let solution = match search(&held, &past, path.column, value, options.control) {
            Ok(solution) => solution,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(why) => {
                trace.stopped = Some(why);
                break;
            }
        };
        trace.note(&solution);
        if matches!(solution.status, Status::NonFiniteStep | Status::Uninformative) {
            break;
        }
        let statistic = statistic(&objective, estimate, &solution, options)?;
        trace.roots.push(path.step.signum() * statistic.sqrt());
        trace.points.push(marked(&solution, path.column));
        if past.len() == 2 {
            // of the point on the other side the tangent is the first guess, the second difference makes it better
            past[0] = solution.coefficients.iter().zip(&tangent).map(|(b, t)| b - 2.0 * t).collect();
        }
        past.push(solution.coefficients);
    }
    if let Some(last) = past.last().filter(|_| !trace.points.is_empty()) {
        (trace.least_mean, trace.largest_mean) = objective.range_of_means(Point::At(last))?;
    }
    Ok(trace)
}

impl Trace {
    fn note(&mut self, solution: &Solution) {
        self.halvings.divergence |= solution.halvings.divergence;
        self.halvings.bounds |= solution.halvings.bounds;
        self.halvings.last |= solution.halvings.last;
        if self.status == Status::Converged {
            (self.status, self.iterations) = (solution.status, solution.iterations);
        }
    }
}

/// How the estimates of all coefficients change with a step of one of them.
fn tangent(factor: &Factor, path: Path, p: usize) -> Vec<f64> {
    let mut unit = vec![0.0; p];
    unit[path.column] = 1.0;
    let covariances = factor.solve(&unit);
    let variance = covariances[path.column];
    if variance > 0.0 {
        covariances.iter().map(|c| c / variance * path.step).collect()
    } else {
        unit.iter().map(|u| u * path.step).collect()
    }
}

/// The fit with the coefficient of `column` held at `value`: from where the past points lead, and if that leads nowhere,
/// from the last of them.
fn search(held: &Held, past: &[Vec<f64>], column: usize, value: f64, control: &Control) -> Result<Solution> {
    let from = |mut start: Vec<f64>| {
        start[column] = value;
        newton(held, Some(&start), control)
    };
    match (from(extrapolated(past)), past.last()) {
        (Ok(solution), _) => Ok(solution),
        (Err(Error::Interrupted), _) => Err(Error::Interrupted),
        (Err(_), Some(last)) => from(last.clone()),
        (failure, None) => failure,
    }
}

/// The next point of the polynomial through the last four, or fewer, points, which are equally far apart.
fn extrapolated(past: &[Vec<f64>]) -> Vec<f64> {
    let weights: &[f64] = match past.len() {
        0..=2 => &[-1.0, 2.0],
        3 => &[1.0, -3.0, 3.0],
        _ => &[-1.0, 4.0, -6.0, 4.0],
    };
    let last = &past[past.len() - weights.len()..];
    (0..last[0].len()).map(|j| last.iter().zip(weights).map(|(point, w)| w * point[j]).sum()).collect()
}

fn statistic(
    objective: &GlmObjective,
    estimate: &Estimate,
    solution: &Solution,
    options: &ProfileOptions,
) -> Result<f64> {
    let ratio = (solution.deviance - estimate.deviance) / estimate.dispersion;
    if ratio <= -BETTER {
        return Err(Error::BetterSolution);
    }
    match options.statistic {
        Statistic::LikelihoodRatio => Ok(ratio.max(0.0)),
        Statistic::Score => {
            let held = Held::new(objective, estimate.aliased.to_vec());
            let (quadratic, factor) = quadratic_and_factor(&held, &solution.coefficients, options.control)?;
            let change = factor.solve(&quadratic.score);
            let product: f64 = quadratic.score.iter().zip(change).map(|(s, c)| s * c).sum();
            Ok((product / estimate.dispersion).max(0.0))
        }
    }
}

/// The coefficients, with NaN for those that the search found aliased.
fn marked(solution: &Solution, column: usize) -> Vec<f64> {
    let mut theta = vec![f64::NAN; solution.coefficients.len()];
    solution.kept.iter().chain(&[column]).for_each(|&j| theta[j] = solution.coefficients[j]);
    theta
}

#[cfg(test)]
mod tests;
