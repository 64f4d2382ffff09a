//! What a replicate of a bootstrap is made of: random numbers, weights of rows, and responses. It knows no fit.

mod multipliers;
mod responses;
mod stream;

pub use multipliers::{Draws, Multiplier, Units};
pub use responses::{Law, Support};
pub use stream::{scattered, Stream};
