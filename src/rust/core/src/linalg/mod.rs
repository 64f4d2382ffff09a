//! Small dense matrices, and one with a large diagonal block: what is left of the data after a pass.

pub mod bordered;
mod cholesky;
mod factor;
mod information;
mod normal_equations;
mod qr;
mod shear;
mod sparse;
mod symmetric;
mod twofold;
mod vector;

pub use cholesky::{cholesky_in_order, cholesky_scaled, Cholesky};
pub use factor::Factor;
pub use information::Information;
pub use normal_equations::{NormalEquations, Twofolds};
pub use qr::{least_squares_in_order, stack_qr, RowsQr};
pub use shear::Shear;
pub use sparse::SparseColumns;
pub use symmetric::Symmetric;
pub use twofold::Twofold;
pub use vector::{add, add_scaled, dot};
