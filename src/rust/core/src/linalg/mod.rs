//! Small dense matrices: what is left of the data after a pass.

mod cholesky;
mod factor;
mod qr;
mod symmetric;

pub use cholesky::{cholesky_in_order, Cholesky};
pub use factor::Factor;
pub use qr::{least_squares_in_order, stack_qr, RowsQr};
pub use symmetric::Symmetric;
