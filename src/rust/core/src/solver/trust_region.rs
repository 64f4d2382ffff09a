//! A trust region with Steihaug's conjugate gradients: second derivatives as products with vectors, never as a matrix.
//!
//! argmin has a Newton-CG method, too, but its line search crawls where this one takes a few steps.

use super::argmin::{run, Reply, Scaled, Trace};
use super::descent::{descend, Descent};
use super::Solution;
use crate::control::Control;
use crate::error::Result;
use crate::objective::{Objective, Smooth};
use ::argmin::core::Hessian;
use ::argmin::solver::trustregion::{Steihaug, TrustRegion};
use argmin_math::ArgminDot;
use std::cell::RefCell;
use std::rc::Rc;

/// Conjugate-gradient steps for one step of the trust region.
const MAX_INNER: u64 = 500;
/// Loosest precision of a step, relative to the gradient.
const INNER_PRECISION: f64 = 1e-3;
/// Steps that may be refused in a row, each time with a quarter of the radius.
const PATIENCE: usize = 30;

/// Fit from the objective's own start, or from coefficients: a search by trust region, and Newton's last step where p
/// allows.
pub fn trust_region(objective: &dyn Objective, start: Option<&[f64]>, control: &Control) -> Result<Solution> {
    descend(objective, start, control, minimise_trust_region)
}

/// Minimise a function with second derivatives, or expected information in their place. Arguments and errors as
/// [`super::minimise_lbfgs`].
///
/// Source: Steihaug (1983), "The conjugate gradient method and trust regions in large scale optimization"; as
/// implemented by argmin.
pub fn minimise_trust_region(
    objective: &dyn Smooth,
    start: &[f64],
    diagonal: &[f64],
    control: &Control,
) -> Result<Descent> {
    let (scaled, u) = Scaled::new(objective, start, diagonal)?;
    // argmin takes this precision for an absolute bound of the gradient, too: it must lie below our own
    let precision = (0.1 * control.epsilon.sqrt()).min(INNER_PRECISION);
    let trace = Trace::new(&scaled, u);
    let trace = match Steihaug::new().with_epsilon(precision) {
        // radius 1: in the search's units, what would change the deviance by all that it is
        Ok(steihaug) => run::<_, Curvature>(
            &scaled,
            TrustRegion::<Steihaug<Vec<f64>, f64>, f64>::new(steihaug.with_max_iters(MAX_INNER)),
            PATIENCE,
            trace,
            control,
        )?,
        Err(_) => trace,
    };
    Ok(Descent::new(&scaled, trace, control))
}

/// The second derivatives at a point, as argmin wants them: something that vectors can be multiplied with.
#[derive(Clone)]
pub(super) struct Curvature<'a> {
    scaled: &'a Scaled<'a>,
    u: Rc<Vec<f64>>,
    /// The last vector and its product, which argmin asks for twice.
    last: Rc<RefCell<(Vec<f64>, Vec<f64>)>>,
}

impl ArgminDot<Vec<f64>, Vec<f64>> for Curvature<'_> {
    fn dot(&self, v: &Vec<f64>) -> Vec<f64> {
        let mut last = self.last.borrow_mut();
        if last.0 != *v {
            *last = (v.clone(), self.scaled.curvature_times(&self.u, v));
        }
        last.1.clone()
    }
}

impl<'a> Hessian for &'a Scaled<'a> {
    type Param = Vec<f64>;
    type Hessian = Curvature<'a>;
    fn hessian(&self, u: &Vec<f64>) -> Reply<Curvature<'a>> {
        Ok(Curvature { scaled: self, u: Rc::new(u.clone()), last: Rc::default() })
    }
}
