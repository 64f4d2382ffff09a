//! Quantile regression, solved as a linear program: the dual has a bounded variable for each row, and is followed through
//! the interior of its bounds to where the primal and the dual value meet. Sources: Koenker and Bassett (1978),
//! "Regression quantiles"; Portnoy and Koenker (1997), "The Gaussian hare and the Laplacian tortoise" (the method);
//! Mehrotra (1992), "On the implementation of a primal-dual interior point method" (its predictor and corrector).

use super::corner::corner;
use super::design_sums::DesignSums;
use super::quantile_spread::spread;
use super::regression::{is_nothing, Regression, Spread};
use super::Limits;
use crate::error::Result;
use crate::linalg::{add, cholesky_in_order, Factor};
use crate::solver::Status;
use crate::wls::LeastSquares;

/// p coefficients, n rows.
pub struct QuantileFit {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    /// Columns that are not aliased.
    pub kept: Vec<usize>,
    /// Exactly 0 in the rows that the solution goes through. Shape: `[n]`.
    pub residuals: Vec<f64>,
    /// Row i of the estimating functions is scores\[i\]·x: weight·(tau − 1(residual < 0)), 0 at 0. Shape: `[n]`.
    pub scores: Vec<f64>,
    /// The sum of the losses.
    pub value: f64,
    pub spread: Spread,
    pub iterations: usize,
    pub status: Status,
    /// From the solution, in standard errors.
    pub distance: f64,
}

/// The interior is left for a corner within this many standard errors: hardly a row lies between.
const HANDOVER: f64 = 1e-3;
/// How near to its bounds a step may come, as a part of the way.
const STAY_INSIDE: f64 = 0.99;

/// Minimise Σ weight·rho(residual), rho(r) = r·(tau − 1(r < 0)), 0 < tau < 1.
/// Errors: those of least squares, where the search starts.
pub fn fit_quantile(regression: &Regression, tau: f64, limits: &Limits) -> Result<QuantileFit> {
    let response = regression.response()?;
    let first = regression.least_squares(&response)?;
    let sums = regression.sums();
    let found = search(regression, &response, &first, &sums, tau, limits)?;
    let Found { coefficients, kept, residuals, iterations, status, distance } = found;
    let value = loss(regression, &residuals, tau);
    let scores = residuals.iter().enumerate().map(|(row, &r)| regression.weight(row) * slope(r, tau)).collect();
    let spread = spread(regression, &sums, &kept, &residuals, tau)?;
    Ok(QuantileFit { coefficients, kept, residuals, scores, value, spread, iterations, status, distance })
}

/// The coefficients of the same fit, and how its search ended, without what they say of their spread.
pub(super) fn quantile_coefficients(
    regression: &Regression,
    tau: f64,
    limits: &Limits,
) -> Result<(Vec<f64>, Vec<usize>, Status)> {
    let response = regression.response()?;
    let first = regression.least_squares(&response)?;
    let found = search(regression, &response, &first, &regression.sums(), tau, limits)?;
    Ok((found.coefficients, found.kept, found.status))
}

/// Where the search ended.
struct Found {
    coefficients: Vec<f64>,
    kept: Vec<usize>,
    residuals: Vec<f64>,
    iterations: usize,
    status: Status,
    distance: f64,
}

/// Through the interior from least squares, and to a corner from there.
fn search(
    regression: &Regression,
    response: &[f64],
    first: &LeastSquares,
    sums: &DesignSums,
    tau: f64,
    limits: &Limits,
) -> Result<Found> {
    let mut beta = first.coefficients.clone();
    let mut residuals = regression.residuals(response, &beta)?;
    let kept = first.factor.kept.clone();
    let takes_part = |row: &usize| regression.weight(*row) > 0.0;
    let largest =
        (0..regression.rows()).filter(takes_part).fold(0.0f64, |largest, row| largest.max(residuals[row].abs()));
    if is_nothing(largest, response) {
        // the solution goes through every row
        (0..regression.rows()).filter(takes_part).for_each(|row| residuals[row] = 0.0);
        return Ok(Found {
            coefficients: beta,
            kept,
            residuals,
            iterations: 0,
            status: Status::Converged,
            distance: 0.0,
        });
    }
    let mut interior = Interior::new(regression, &residuals, tau);
    let (mut status, mut iterations, mut distance) = (Status::MaxIterations, 0, f64::INFINITY);
    while iterations < limits.max_iterations {
        let step = interior.step(regression, sums, &first.factor.aliased)?;
        if let Some(step) = &step {
            iterations += 1;
            add(&mut beta, step);
            residuals = regression.residuals(response, &beta)?;
            // a gap between the values of g is a distance of some √(n·g/value) standard errors
            let gap = interior.gap() * taking_part(regression) / loss(regression, &residuals, tau);
            distance = (gap / (tau * (1.0 - tau))).sqrt();
        }
        if step.is_none() || distance <= HANDOVER {
            if let Some(found) = corner(regression, &kept, tau, response, &residuals)? {
                beta = found.coefficients;
                residuals = regression.residuals(response, &beta)?;
                found.rows.iter().for_each(|&row| residuals[row] = 0.0);
                (status, distance) = (Status::Converged, 0.0);
                break;
            }
        }
        if distance <= limits.tolerance || step.is_none() {
            status = if distance <= limits.tolerance { Status::Converged } else { Status::Stalled };
            break;
        }
    }
    Ok(Found { coefficients: beta, kept, residuals, iterations, status, distance })
}

/// The sum of the losses.
fn loss(regression: &Regression, residuals: &[f64], tau: f64) -> f64 {
    let each = |(row, r): (usize, &f64)| regression.weight(row) * r * if *r < 0.0 { tau - 1.0 } else { tau };
    residuals.iter().enumerate().map(each).sum()
}

/// The derivative of rho; at 0 the one of all slopes there that says nothing.
pub(super) fn slope(residual: f64, tau: f64) -> f64 {
    if residual > 0.0 {
        tau
    } else if residual < 0.0 {
        tau - 1.0
    } else {
        0.0
    }
}

fn taking_part(regression: &Regression) -> f64 {
    (0..regression.rows()).filter(|&row| regression.weight(row) > 0.0).count() as f64
}

/// A point inside all bounds. The dual variables `low` lie between 0 and the weights, `high` is what they leave of them;
/// `below` and `above` are the prices of the two bounds, above − below the residual. Shapes: `[n]`, rows without weight 0.
struct Interior {
    low: Vec<f64>,
    high: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
}

impl Interior {
    fn new(regression: &Regression, residuals: &[f64], tau: f64) -> Self {
        let n = residuals.len();
        let size = residuals.iter().map(|r| r.abs()).sum::<f64>() / n as f64;
        let inside = |row: usize, x: f64| if regression.weight(row) > 0.0 { x } else { 0.0 };
        let all = |f: &dyn Fn(usize) -> f64| (0..n).map(|row| inside(row, f(row))).collect();
        Interior {
            low: all(&|row| regression.weight(row) * (1.0 - tau)),
            high: all(&|row| regression.weight(row) * tau),
            below: all(&|row| (-residuals[row]).max(0.0) + 0.1 * size),
            above: all(&|row| residuals[row].max(0.0) + 0.1 * size),
        }
    }

    /// The primal value less the dual one.
    fn gap(&self) -> f64 {
        (0..self.low.len()).map(|i| self.low[i] * self.below[i] + self.high[i] * self.above[i]).sum()
    }

    /// One step of predictor and corrector, moving all but the coefficients, whose change is returned; `None` where rounding
    /// errors leave none. Shape: `[p]`.
    fn step(&mut self, regression: &Regression, sums: &DesignSums, aliased: &[usize]) -> Result<Option<Vec<f64>>> {
        let n = self.low.len();
        let weights: Vec<f64> = (0..n)
            .map(|i| {
                if self.low[i] > 0.0 {
                    1.0 / (self.below[i] / self.low[i] + self.above[i] / self.high[i])
                } else {
                    0.0
                }
            })
            .collect();
        let factor = cholesky_in_order(&sums.products(&weights)?, aliased, 0.0).factor;
        if factor.aliased != aliased {
            return Ok(None);
        }
        let system = System { regression, sums, factor, weights };
        let residuals: Vec<f64> = (0..n).map(|i| self.above[i] - self.below[i]).collect();
        let plain = system.direction(self, &residuals, |_| (0.0, 0.0))?;
        let (dual, primal) = (self.dual_room(&plain).min(1.0), self.primal_room(&plain).min(1.0));
        let gap = self.gap();
        let after: f64 = (0..n)
            .map(|i| {
                let low = (self.low[i] + dual * plain.low[i]) * (self.below[i] + primal * plain.below[i]);
                low + (self.high[i] - dual * plain.low[i]) * (self.above[i] + primal * plain.above[i])
            })
            .sum();
        // the nearer the plain step would have come, the less is it drawn to the middle
        let middle = gap * (after / gap).powi(3) / (2.0 * taking_part(regression));
        let target = |i: usize| (middle - plain.low[i] * plain.below[i], middle + plain.low[i] * plain.above[i]);
        let step = system.direction(self, &residuals, target)?;
        if step.beta.iter().any(|b| !b.is_finite()) {
            return Ok(None);
        }
        // a step of the same length for all takes fewer iterations than one for each side where tau is near 0 or 1
        let part = (STAY_INSIDE * self.dual_room(&step).min(self.primal_room(&step))).min(1.0);
        for i in 0..n {
            self.low[i] += part * step.low[i];
            self.high[i] -= part * step.low[i];
            self.below[i] += part * step.below[i];
            self.above[i] += part * step.above[i];
        }
        Ok(Some(step.beta.iter().map(|b| part * b).collect()))
    }

    /// How often the step fits between the bounds.
    fn dual_room(&self, step: &Direction) -> f64 {
        let falling = room(&self.low, step.low.iter().copied());
        falling.min(room(&self.high, step.low.iter().map(|s| -s)))
    }

    fn primal_room(&self, step: &Direction) -> f64 {
        room(&self.below, step.below.iter().copied()).min(room(&self.above, step.above.iter().copied()))
    }
}

fn room(x: &[f64], step: impl Iterator<Item = f64>) -> f64 {
    x.iter().zip(step).filter(|(_, s)| *s < 0.0).map(|(x, s)| -x / s).fold(f64::INFINITY, f64::min)
}

struct Direction {
    beta: Vec<f64>,
    low: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
}

/// Newton's equations at a point, reduced to weighted least squares.
struct System<'a> {
    regression: &'a Regression<'a>,
    sums: &'a DesignSums<'a>,
    factor: Factor,
    weights: Vec<f64>,
}

impl System<'_> {
    /// The step that brings the products low·below and high·above to `target`, to first order.
    fn direction(&self, at: &Interior, residuals: &[f64], target: impl Fn(usize) -> (f64, f64)) -> Result<Direction> {
        let n = residuals.len();
        let takes_part = |i: usize| self.weights[i] > 0.0;
        let pull = |i: usize| {
            let (low, high) = target(i);
            if takes_part(i) {
                high / at.high[i] - low / at.low[i]
            } else {
                0.0
            }
        };
        let response: Vec<f64> = (0..n).map(|i| residuals[i] - pull(i)).collect();
        let weighted: Vec<f64> = (0..n).map(|i| self.weights[i] * response[i]).collect();
        let beta = self.factor.solve(&self.sums.times(&weighted)?);
        let left = self.regression.residuals(&response, &beta)?;
        let low: Vec<f64> = (0..n).map(|i| self.weights[i] * left[i]).collect();
        let price = |i: usize, value: f64| if takes_part(i) { value } else { 0.0 };
        let below = (0..n).map(|i| price(i, (target(i).0 - at.below[i] * low[i]) / at.low[i] - at.below[i])).collect();
        let above = (0..n).map(|i| price(i, (target(i).1 + at.above[i] * low[i]) / at.high[i] - at.above[i])).collect();
        Ok(Direction { beta, low, below, above })
    }
}
