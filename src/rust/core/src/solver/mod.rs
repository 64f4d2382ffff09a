//! Solvers: they see an [`crate::objective::Objective`] and nothing of the model behind it.

mod argmin;
mod chord;
mod descent;
mod lbfgs;
mod least_squares;
mod likelihood;
mod line_search;
mod newton;
mod quadratic;
mod rank;
mod step;
mod trust_region;

pub use chord::{approach, Approach};
pub use descent::{Descent, FACTOR_LIMIT};
pub use lbfgs::{lbfgs, minimise_bfgs, minimise_cg, minimise_lbfgs};
pub use least_squares::{factor_without, least_squares};
pub use likelihood::{maximise, maximise_others, Curvature, Likelihood, Look, Maximum};
pub use newton::{newton, newton_downhill};
pub use quadratic::minimise_quadratic;
pub use step::{factorise, quadratic_and_factor};
pub use trust_region::{minimise_trust_region, trust_region};

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
    /// A search found no lower deviance, though the score is not zero.
    Stalled,
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
    /// Where the search concluded, if the coefficients are that point without its rounding errors: for the rows it is the
    /// same. Shape: `[p]`.
    pub concluded: Option<Vec<f64>>,
    /// The point from which the last step was taken: its weights are those of `factor`.
    pub before: OwnedPoint,
    /// Columns that are not aliased, ascending: none where no step was taken, all where the design is too wide to tell.
    pub kept: Vec<usize>,
    /// The factor of the information at `before`; `None` where no step was taken, or the design is too wide for one.
    pub factor: Option<Factor>,
    pub deviance: f64,
    /// The same where it is known to more digits than the sum over the rows has.
    pub exact_deviance: Option<f64>,
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

    /// Was the deviance higher after a step than before it, by more than `by` of it?
    pub fn rose(&self, by: f64) -> bool {
        self.history.windows(2).any(|pair| pair[1] - pair[0] > by * (pair[0].abs() + 0.1))
    }
}
