//! Robust regression: iteratively reweighted least squares, with the scale of the residuals estimated on the way.

use super::loss::Loss;
use super::regression::{is_nothing, Regression, Spread};
use super::robust_spread::spread;
use super::scale::Scale;
use super::Limits;
use crate::error::{Error, Result};
use crate::solver::Status;
use crate::wls::LeastSquares;

/// What a weight of w means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// The row's error has variance scale²/w.
    InverseVariance,
    /// The row stands for w rows.
    Case,
}

/// How to fit.
#[derive(Debug, Clone)]
pub struct RobustOptions<'a> {
    pub loss: Loss,
    pub scale: Scale,
    pub weighting: Weighting,
    /// Coefficients to start from, in place of least squares. Shape: `[p]`.
    pub start: Option<&'a [f64]>,
    pub limits: Limits,
}

/// p coefficients, rank r, n rows.
pub struct RobustFit {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    /// Columns that are not aliased.
    pub kept: Vec<usize>,
    pub scale: f64,
    /// Without weights. Shape: `[n]`.
    pub residuals: Vec<f64>,
    /// psi(u)/u, u the weighted residual in units of the scale. Shape: `[n]`.
    pub robustness: Vec<f64>,
    /// Row i of the estimating functions is scores\[i\]·x − scale_rows\[i\]·scale_slope. Shape: `[n]`.
    pub scores: Vec<f64>,
    /// Where the scale has an equation of its own: each row's part of it, and what it adds to the coefficients' equations.
    /// Shapes: `[n]`, `[r]`.
    pub scale_rows: Vec<f64>,
    pub scale_slope: Vec<f64>,
    /// The sum of the losses.
    pub value: f64,
    pub spread: Spread,
    pub iterations: usize,
    pub status: Status,
    /// From the solution, in standard errors.
    pub distance: f64,
}

/// What is the same in every iteration. With weights: u = root · residual / scale, and a row counts `count` times.
pub(super) struct Rows<'a> {
    pub regression: &'a Regression<'a>,
    pub weighting: Weighting,
    /// `None`: each row counts once.
    pub counts: Option<Vec<f64>>,
    /// Their sum, and what the rank leaves of it.
    pub total: f64,
    pub df: f64,
}

impl<'a> Rows<'a> {
    fn new(regression: &'a Regression<'a>, weighting: Weighting, rank: usize) -> Result<Self> {
        let takes_part = |row: usize| regression.weights.map_or(1.0, |w| f64::from(u8::from(w[row] > 0.0)));
        let count = |row: usize| match weighting {
            Weighting::Case => regression.weight(row),
            Weighting::InverseVariance => takes_part(row) * regression.times.map_or(1.0, |t| t[row]),
        };
        let all_once = regression.weights.is_none() && regression.times.is_none();
        let counts = (!all_once).then(|| (0..regression.rows()).map(count).collect::<Vec<f64>>());
        let total = counts.as_ref().map_or(regression.rows() as f64, |c| c.iter().sum());
        let df = total - rank as f64;
        if df <= 0.0 {
            let message =
                format!("add up to {total}, but there are {rank} coefficients: as numbers of rows they are too few");
            return Err(Error::Argument { arg: "weights", message });
        }
        Ok(Rows { regression, weighting, counts, total, df })
    }

    pub fn count(&self, row: usize) -> f64 {
        self.counts.as_ref().map_or(1.0, |c| c[row])
    }

    pub fn root(&self, row: usize) -> f64 {
        match self.weighting {
            Weighting::Case => 1.0,
            Weighting::InverseVariance => self.regression.weights.map_or(1.0, |w| w[row].sqrt()),
        }
    }

    /// Residuals times roots.
    pub fn weighted(&self, residuals: &[f64]) -> Vec<f64> {
        residuals.iter().enumerate().map(|(row, r)| self.root(row) * r).collect()
    }

    /// Σ count · f(weighted residual)
    pub fn sum(&self, weighted: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        weighted.iter().enumerate().map(|(row, &r)| self.count(row) * f(r)).sum()
    }
}

/// Fit by the loss of `options`. Where the loss bends back there may be several solutions: the one that the start leads to.
/// Errors: those of least squares; a scale of 0; columns that only rows of weight 0 could tell.
pub fn fit_robust(regression: &Regression, options: &RobustOptions) -> Result<RobustFit> {
    let loss = options.loss;
    let response = regression.response()?;
    let first = regression.least_squares(&response)?;
    let rows = Rows::new(regression, options.weighting, first.factor.rank())?;
    let found = search(&rows, options, &response, &first)?;
    let Found { kept, weighted, scale, .. } = &found;
    let robustness: Vec<f64> = weighted.iter().map(|r| loss.weight(r / scale)).collect();
    let scores: Vec<f64> =
        weighted.iter().enumerate().map(|(row, r)| rows.count(row) * rows.root(row) * loss.psi(r / scale)).collect();
    let value = rows.sum(weighted, |r| loss.value(r / scale));
    let influence = spread(&rows, options, &first.factor, kept, weighted, *scale, &scores)?;
    Ok(RobustFit {
        coefficients: found.coefficients,
        kept: found.kept,
        scale: found.scale,
        residuals: found.residuals,
        robustness,
        scores,
        scale_rows: influence.scale_rows,
        scale_slope: influence.scale_slope,
        value,
        spread: influence.spread,
        iterations: found.iterations,
        status: found.status,
        distance: found.distance,
    })
}

/// The coefficients of the same fit, and how its search ended, without what they say of their spread.
pub(super) fn robust_coefficients(
    regression: &Regression,
    options: &RobustOptions,
) -> Result<(Vec<f64>, Vec<usize>, Status)> {
    let response = regression.response()?;
    let first = regression.least_squares(&response)?;
    let rows = Rows::new(regression, options.weighting, first.factor.rank())?;
    let found = search(&rows, options, &response, &first)?;
    Ok((found.coefficients, found.kept, found.status))
}

/// Where the search ended.
struct Found {
    coefficients: Vec<f64>,
    kept: Vec<usize>,
    scale: f64,
    residuals: Vec<f64>,
    /// Residuals times roots.
    weighted: Vec<f64>,
    iterations: usize,
    status: Status,
    distance: f64,
}

/// A loss under which every row has some weight, with 95 % of the efficiency of least squares.
const GENTLE: Loss = Loss::Huber { k: 1.345 };

/// Reweighted least squares from the start of `options`, or from `first`.
fn search(rows: &Rows, options: &RobustOptions, response: &[f64], first: &LeastSquares) -> Result<Found> {
    let RobustOptions { loss, scale: estimate, ref limits, .. } = *options;
    let regression = rows.regression;
    let mut kept = first.factor.kept.clone();
    let mut beta = match options.start {
        Some(start) => started(start, &first.factor.aliased, regression.design.cols())?,
        None => first.coefficients.clone(),
    };
    let mut residuals = regression.residuals(response, &beta)?;
    let mut weighted = rows.weighted(&residuals);
    let counts = rows.counts.as_deref();
    let mut scale = Scale::first(&weighted, counts);
    let (mut status, mut iterations, mut distance, mut last_step) =
        (Status::MaxIterations, 0, f64::INFINITY, f64::INFINITY);
    while iterations < limits.max_iterations && status != Status::Converged {
        let next_scale = estimate.next(&weighted, counts, scale, rows.df);
        if is_nothing(next_scale, response) {
            return Err(Error::ZeroScale);
        }
        let scale_step = (next_scale / scale).ln().abs() * rows.total.sqrt();
        scale = next_scale;
        let weights: Vec<f64> = (0..regression.rows())
            .map(|row| rows.count(row) * rows.root(row).powi(2) * loss.weight(weighted[row] / scale))
            .collect();
        let step = regression.weighted(response, &weights)?;
        let lost: Vec<usize> = kept.iter().copied().filter(|j| step.factor.aliased.contains(j)).collect();
        if !lost.is_empty() {
            // one gross outlier draws a few rows so far that all of them seem to be outliers: not from where no row has weight 0
            if options.start.is_none() && !matches!(loss, Loss::Huber { .. }) {
                let bounded = RobustOptions { loss: GENTLE, ..options.clone() };
                let near = search(rows, &bounded, response, first)?.coefficients;
                return search(rows, &RobustOptions { start: Some(&near), ..options.clone() }, response, first);
            }
            return Err(Error::Singular { columns: lost });
        }
        kept = step.factor.kept;
        beta = step.coefficients;
        residuals = regression.residuals(response, &beta)?;
        let before = std::mem::replace(&mut weighted, rows.weighted(&residuals));
        let moved = weighted.iter().zip(&before).enumerate().map(|(row, (a, b))| rows.count(row) * (a - b).powi(2));
        let error = standard_error(rows, &weighted, loss, scale);
        let this_step = (moved.sum::<f64>().sqrt() / error).max(scale_step);
        // steps shrink by about the same factor each: the rest of the way is a geometric series
        let shrink = this_step / last_step;
        distance = if shrink < 1.0 { this_step * (shrink / (1.0 - shrink)).max(1.0) } else { this_step };
        last_step = this_step;
        iterations += 1;
        if distance <= limits.tolerance {
            status = Status::Converged;
        }
        if !distance.is_finite() {
            regression.design.check_finite()?;
            status = Status::NonFiniteStep;
            break;
        }
    }
    Ok(Found { coefficients: beta, kept, scale, residuals, weighted, iterations, status, distance })
}

fn started(start: &[f64], aliased: &[usize], p: usize) -> Result<Vec<f64>> {
    if start.len() != p {
        let message = format!(
            "should have length {p} and hold a starting value for each coefficient, not {} values",
            start.len()
        );
        return Err(Error::Argument { arg: "start", message });
    }
    let mut beta = start.to_vec();
    aliased.iter().for_each(|&j| beta[j] = 0.0);
    Ok(beta)
}

/// scale · √(E psi²) / E (psi/u): what a coefficient's standard error is in units of (XᵀX)^(−1/2), or less.
fn standard_error(rows: &Rows, weighted: &[f64], loss: Loss, scale: f64) -> f64 {
    let squares = rows.sum(weighted, |r| loss.psi(r / scale).powi(2)) / rows.total;
    let slope = rows.sum(weighted, |r| loss.weight(r / scale)) / rows.total;
    scale * squares.sqrt() / slope
}
