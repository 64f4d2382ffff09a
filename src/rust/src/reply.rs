//! Values of the core as R objects.

use extendr_api::prelude::*;
use glmrs_core::linalg::bordered::BlockInverse;
use glmrs_core::linalg::Symmetric;
use glmrs_core::solver::Status;

/// A square matrix with both triangles.
pub fn matrix(x: &Symmetric) -> Robj {
    let (p, full) = (x.size(), x.to_full());
    RMatrix::new_matrix(p, p, |i, j| full[i + j * p]).into()
}

/// As `block_inverse()` in args.rs reads it; NULL for none.
pub fn blocks(x: Option<&BlockInverse>) -> Robj {
    let Some(x) = x else { return ().into() };
    let place = |columns: &[usize]| columns.iter().map(|&c| c as i32 + 1).collect::<Vec<i32>>();
    let means = list!(
        start = x.means.start.iter().map(|&s| s as f64).collect::<Vec<f64>>(),
        index = x.means.index.iter().map(|&i| i as i32).collect::<Vec<i32>>(),
        value = &x.means.value
    );
    list!(
        others = place(&x.others),
        columns = place(&x.columns),
        with_base = x.with_base,
        inverse = matrix(&x.inverse),
        means = means,
        weights = &x.weights
    )
    .into()
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
