//! Values of the core as R objects.

use glmrs_core::solver::Status;

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Converged => "converged",
        Status::MaxIterations => "max_iterations",
        Status::NonFiniteStep => "non_finite_step",
        Status::Uninformative => "uninformative",
        Status::Stalled => "stalled",
    }
}
