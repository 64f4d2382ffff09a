//! Tweedie densities, and the dispersion of a fit by maximum likelihood.

use crate::args::{optional_reals, reals, reals_mut, Value};
use crate::guard::guard;
use crate::interrupt::{is_small, run};
use crate::rcall::Part;
use extendr_api::prelude::*;
use glmrs_core::tweedie::{tweedie_likelihood, tweedie_log_densities};

/// `list(dispersion, log_likelihood)` at the dispersion of largest likelihood; `numbers`: list(deviance, power).
/// @noRd
#[extendr]
fn rs_tweedie_likelihood(y: Robj, weights: Robj, numbers: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let y = reals(Value::new(&y), "y")?;
        let weights = optional_reals(Value::new(&weights), "weights")?;
        let numbers = Value::new(&numbers);
        let (deviance, power) = (numbers.element(0).number(), numbers.element(1).number());
        let found = run(session, Value::new(&thread_spec), is_small(y.len(), 100), |watch| {
            tweedie_likelihood(y, weights, deviance, power, watch)
        })?;
        let parts = [("dispersion", found.dispersion), ("log_likelihood", found.log_likelihood)];
        Ok(session.list(&parts.map(|(name, x)| (name, Part::Real(x))))?)
    })
}

/// log densities of y, all vectors as long as it.
/// @noRd
#[extendr]
fn rs_tweedie_density(y: Robj, mu: Robj, phi: Robj, power: Robj, thread_spec: Robj) -> Robj {
    guard(|session| {
        let (y, mu, phi) = (Value::new(&y), Value::new(&mu), Value::new(&phi));
        let (y, mu, phi) = (reals(y, "y")?, reals(mu, "mu")?, reals(phi, "phi")?);
        let mut out = session.alloc_real(y.len())?;
        let (values, power) = (reals_mut(&mut out), Value::new(&power).number());
        run(session, Value::new(&thread_spec), is_small(y.len(), 100), |watch| {
            tweedie_log_densities(y, mu, phi, power, values, watch)
        })?;
        Ok(out)
    })
}

extendr_module! {
    mod tweedie;
    fn rs_tweedie_likelihood;
    fn rs_tweedie_density;
}
