//! Solvers: they see an [`crate::objective::Objective`] and nothing of the model behind it.

mod least_squares;
mod newton;
mod step;

pub use least_squares::least_squares;
pub use newton::newton;

use crate::linalg::Factor;
use crate::objective::OwnedPoint;

/// Why a solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Converged,
    MaxIterations,
    /// A step was not a finite number.
    NonFiniteStep,
    /// No row had a working weight.
    Uninformative,
}

/// What the halving of steps says of the solution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Halvings {
    /// The deviance was not finite.
    pub divergence: bool,
    /// Means or linear predictors left their range.
    pub bounds: bool,
    /// The deviance rose.
    pub rise: bool,
    /// The last step was cut short by one of the first two.
    pub last: bool,
}

/// A solution, with the facts of its search.
#[derive(Debug, Clone)]
pub struct Solution {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    /// The point from which the last step was taken: its weights are those of `factor`.
    pub before: OwnedPoint,
    /// The factor of the information at `before`; `None` where no step was taken.
    pub factor: Option<Factor>,
    pub deviance: f64,
    pub iterations: usize,
    pub status: Status,
    pub halvings: Halvings,
    /// The deviance after each iteration.
    pub history: Vec<f64>,
}

impl Solution {
    pub fn converged(&self) -> bool {
        self.status == Status::Converged
    }
}
