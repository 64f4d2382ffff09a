//! Values of the core as R objects.

use extendr_api::prelude::*;
use glmrs_core::linalg::Symmetric;
use glmrs_core::solver::Status;

/// A square matrix with both triangles.
pub fn matrix(x: &Symmetric) -> Robj {
    let (p, full) = (x.size(), x.to_full());
    RMatrix::new_matrix(p, p, |i, j| full[i + j * p]).into()
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Converged => "converged",
        Status::MaxIterations => "max_iterations",
        Status::NonFiniteStep => "non_finite_step",
        Status::Uninformative => "uninformative",
        Status::Stalled => "stalled",
    }
}
