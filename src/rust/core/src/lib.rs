//! The numerical core of glmrs: generalized linear models from a design of terms to a fit.
//!
//! It knows nothing of R, prints nothing, reads no environment and holds no globals. Reading order:
//! [`design`] (the model matrix that is never built), [`family`] and [`link`], [`pass`] (one sweep over
//! row blocks), [`objective`], [`solver`], [`glm`] (which joins them), [`fit`].

pub mod accumulate;
pub mod bias;
pub mod bootstrap;
pub mod categorical;
pub mod control;
pub mod count_model;
pub mod design;
pub mod error;
pub mod family;
pub mod fingerprint;
pub mod fit;
pub mod glm;
pub mod held;
pub mod inference;
pub mod lanes;
pub mod linalg;
pub mod link;
pub mod means;
pub mod mestimate;
pub mod negative_binomial;
pub mod objective;
pub mod pass;
pub mod penalty;
pub mod poisson;
pub mod pool;
pub mod predict;
pub mod profile;
pub mod resample;
mod room;
pub mod separation;
pub mod simd;
pub mod solver;
pub mod special;
pub mod tweedie;
pub mod watch;
pub mod wls;
pub mod workers;
pub mod working;
pub mod zero;

pub use error::{Error, Result};
