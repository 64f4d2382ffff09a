//! The bootstrap of a generalized linear model: the same rows, fitted again with other weights or responses, from the
//! estimate; or one step from there, without a fit.
//!
//! Davison and Hinkley (1997), *Bootstrap Methods and their Application*, ch. 5 to 7.

mod acceleration;
mod reweighted;
mod steps;
mod theta;

pub use acceleration::acceleration;
pub use reweighted::reweighted;
pub use steps::steps;

use crate::accumulate::Depth;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::glm::{GlmObjective, Problem};
use crate::held::Held;
use crate::linalg::Factor;
use crate::means::means_at;
use crate::objective::{Objective, Point};
use crate::resample::{Law, Multiplier, Stream, Support, Units};
use crate::separation::{separation, Bounds};
use crate::solver::{newton, Solution, Status};
use crate::watch::Watch;
use crate::workers::in_turn;

/// What is new in a replicate.
pub enum Scheme<'a> {
    /// The prior weights, which are multiplied.
    Weights { multiplier: Multiplier, units: Units<'a> },
    /// The responses, drawn from the model at these linear predictors.
    Parametric { law: Law, eta: &'a [f64], dispersion: f64 },
    /// The responses: the means at these linear predictors, with `residuals` that are drawn, in units of √(V(mu)/weight).
    Residual { support: Support, eta: &'a [f64], residuals: &'a [f64] },
}

pub struct BootstrapOptions<'a> {
    pub control: &'a Control,
    pub times: usize,
    pub seed: u64,
    /// Where the searches start, and its standard errors; 0 for aliased columns. Shapes: `[p]`.
    pub estimate: &'a [f64],
    pub standard_errors: &'a [f64],
    pub aliased: &'a [usize],
    /// The dispersion, if it is known.
    pub dispersion: Option<f64>,
    /// Is the theta of the problem's negative binomial family one that was estimated? It is then found again.
    pub finds_theta: bool,
    /// Where separated responses have no finite estimates: replicates of them are told apart. `None` where the fit's own are
    /// separated, too.
    pub bounds: Option<Bounds>,
}

/// What became of a replicate.
#[derive(Debug)]
pub enum Replicate {
    /// Coefficients and their standard errors, those of the model. Shapes: `[p]`, 0 for aliased columns.
    Fit { coefficients: Vec<f64>, errors: Vec<f64> },
    /// A column is aliased that is not in the fit.
    Aliased { column: usize },
    /// Coefficients have no finite estimates.
    Separated,
    /// The search did not converge.
    Ended(Status),
    /// It failed.
    Failed(Error),
}

/// A standard error is large if it is so many times that of the fit.
const LARGE: f64 = 10.0;
/// A coefficient that may belong to shares near the border.
const FAR: f64 = 4.0;

impl Replicate {
    /// Did the search end as one does that goes on for ever: at no end, or with large standard errors?
    fn looks_separated(&self, standard_errors: &[f64]) -> bool {
        match self {
            Replicate::Fit { coefficients, errors } => {
                let mut all = coefficients.iter().zip(errors).zip(standard_errors);
                all.any(|((b, error), of_fit)| *error > LARGE * of_fit || b.abs() > FAR && *error > b.abs())
            }
            Replicate::Ended(_) => true,
            _ => false,
        }
    }

    /// Of a search that kept these of p columns, ascending, if it lost one that is not `aliased` in the fit.
    fn of_lost(kept: &[usize], aliased: &[usize], p: usize) -> Option<Self> {
        let lost = |j: &usize| kept.binary_search(j).is_err() && !aliased.contains(j);
        (0..p).find(lost).map(|column| Replicate::Aliased { column })
    }

    /// Of coefficients and the variances of those that are kept.
    fn of_kept(coefficients: Vec<f64>, kept: &[usize], variances: impl IntoIterator<Item = f64>) -> Self {
        let mut errors = vec![0.0; coefficients.len()];
        kept.iter().zip(variances).for_each(|(&j, variance)| errors[j] = variance.sqrt());
        Replicate::Fit { coefficients, errors }
    }
}

/// Replicates 1, 2, ... of the fit of `problem`, in their order, each fitted by one thread.
pub fn bootstrap(
    problem: &Problem,
    scheme: &Scheme,
    options: &BootstrapOptions,
    watch: &Watch,
) -> Result<Vec<Replicate>> {
    let n = problem.rows();
    let means = match scheme {
        Scheme::Weights { .. } => vec![],
        Scheme::Parametric { eta, .. } | Scheme::Residual { eta, .. } => {
            let mut means = vec![0.0; n];
            means_at(problem.link, eta, &mut means);
            means
        }
    };
    in_turn(
        options.times,
        || vec![0.0; n],
        |values, i| {
            let drawn = Drawn { replicate: i, means: &means, values };
            Replicate::or_failed(drawn.refit(problem, scheme, options, watch))
        },
    )
}

/// What a replicate draws, and where it writes it.
struct Drawn<'a> {
    /// From 0.
    replicate: usize,
    means: &'a [f64],
    /// Weights or responses. Shape: `[n]`.
    values: &'a mut [f64],
}

impl Drawn<'_> {
    fn refit(self, problem: &Problem, scheme: &Scheme, options: &BootstrapOptions, watch: &Watch) -> Result<Replicate> {
        let weights = problem.prior_weights;
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let counted = || (0..problem.rows()).filter(|&row| weight(row) > 0.0);
        let (mut rows, values) = (counted().count() as f64, self.values);
        let stream = &mut Stream::new(options.seed, self.replicate as u64 + 1);
        match scheme {
            Scheme::Weights { multiplier, units } => {
                let numbers = multiplier.draw(options.seed, self.replicate, units.count());
                let sum = units.multiply(&numbers, weights, values);
                if matches!(multiplier, Multiplier::Count | Multiplier::Without) {
                    rows = sum;
                }
            }
            Scheme::Parametric { law, dispersion, .. } => {
                values.copy_from_slice(problem.y);
                for row in counted() {
                    values[row] = law.draw(stream, self.means[row], weight(row), *dispersion)?;
                }
            }
            Scheme::Residual { support, residuals, .. } => {
                values.copy_from_slice(problem.y);
                for row in counted() {
                    let residual = residuals[stream.below(residuals.len() as u64) as usize];
                    let (mu, weight) = (self.means[row], weight(row));
                    let spread = (problem.family.family.variance(mu) / weight).sqrt();
                    values[row] = support.nearest(mu + spread * residual, weight);
                }
            }
        }
        let again = match scheme {
            Scheme::Weights { .. } => Problem { prior_weights: Some(values), ..*problem },
            _ => Problem { y: values, ..*problem },
        };
        let found = fit(&again, rows, options, watch)?;
        match options.bounds {
            Some(bounds) if found.looks_separated(options.standard_errors) && is_separated(&again, bounds, watch)? => {
                Ok(Replicate::Separated)
            }
            _ => Ok(found),
        }
    }
}

/// `rows`: how many there are.
fn fit(problem: &Problem, rows: f64, options: &BootstrapOptions, watch: &Watch) -> Result<Replicate> {
    if options.finds_theta {
        return theta::refit(problem, options, watch);
    }
    let objective = GlmObjective::new(problem, watch)?;
    let held = Held::new(&objective, options.aliased.to_vec());
    let solution = newton(&held, Some(options.estimate), options.control)?;
    if !solution.converged() {
        return Ok(Replicate::Ended(solution.status));
    }
    if let Some(lost) = Replicate::of_lost(&solution.kept, options.aliased, options.estimate.len()) {
        return Ok(lost);
    }
    let variances = variances(&objective, &solution, rows, options.dispersion)?;
    Ok(Replicate::of_kept(solution.coefficients, &solution.kept, variances))
}

/// Where that cannot be decided, the coefficients stand.
fn is_separated(problem: &Problem, bounds: Bounds, watch: &Watch) -> Result<bool> {
    match separation(problem.design, problem.y, problem.prior_weights, bounds, None, watch) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        found => Ok(found.is_ok_and(|found| found.rows > 0)),
    }
}

/// The model's variances of the kept coefficients: the inverse of the information times the dispersion, known or Pearson's
/// estimate.
fn variances(objective: &GlmObjective, solution: &Solution, rows: f64, known: Option<f64>) -> Result<Vec<f64>> {
    let df = rows - solution.kept.len() as f64;
    let dispersion = match known {
        Some(dispersion) => dispersion,
        None if df <= 0.0 => f64::NAN,
        None if objective.is_quadratic() => solution.deviance / df,
        None => pearson(objective, &solution.coefficients)? / df,
    };
    let unscaled = solution.factor.iter().flat_map(Factor::variances);
    Ok(unscaled.map(|variance| dispersion * variance).collect())
}

/// Σ weight·(y − mu)²/V(mu).
fn pearson(objective: &GlmObjective, theta: &[f64]) -> Result<f64> {
    let sums = objective.sum_weighed(&objective.vector_plan, Depth::Value, Point::At(theta), |_, scratch, sums| {
        let rows = scratch.working.working_weights.iter().zip(&scratch.working.weighted_residuals);
        sums.deviance += rows.map(|(&w, r)| if w > 0.0 { r * r / w } else { 0.0 }).sum::<f64>();
    })?;
    Ok(sums.deviance)
}

#[cfg(test)]
mod tests;
