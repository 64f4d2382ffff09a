//! What argmin sees of a [`Smooth`] function, and what it must not be trusted with.
//!
//! The search runs in coordinates u and a unit of cost that make every problem look alike: theta = scale ⊙ u, cost =
//! deviance / (2·unit), where the scale brings the diagonal of the second derivatives to 1. So columns may come in any
//! units, and a step of length 1 is a long one.
//!
//! argmin's line search asks for cost and gradient at the same point separately: one pass gives both, and is remembered.
//! argmin 0.11 makes of an error in a line search a reason to stop and returns `Ok`: the first error is kept here, every
//! later evaluation is refused, and the error is what the caller gets.

use crate::control::Control;
use crate::error::{Error, Result};
use crate::objective::Smooth;
use ::argmin::core::{
    CostFunction, Executor, Gradient, IterState, Problem, Solver, State as _, TerminationReason, TerminationStatus, KV,
};
use std::cell::{Cell, RefCell};

pub(super) type Reply<T> = std::result::Result<T, ::argmin::core::Error>;
/// argmin's state, H its second derivatives.
pub(super) type State<H> = IterState<Vec<f64>, Vec<f64>, (), H, (), f64>;

/// An objective in the search's coordinates.
pub(super) struct Scaled<'a> {
    objective: &'a dyn Smooth,
    /// Shape: `[p]`.
    scale: Vec<f64>,
    unit: f64,
    last: RefCell<Evaluation>,
    first_error: RefCell<Option<Error>>,
    /// Was a cost asked for where the model has none? A line search clears it.
    pub left_range: Cell<bool>,
}

#[derive(Clone)]
struct Evaluation {
    u: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
}

impl<'a> Scaled<'a> {
    /// `diagonal`: that of the information, or something like it. Returns the start in the new coordinates, too.
    /// Errors: [`Error::Start`] where the model has no value at the start.
    pub fn new(objective: &'a dyn Smooth, start: &[f64], diagonal: &[f64]) -> Result<(Self, Vec<f64>)> {
        let (value, score) = objective.value_and_score_at(start)?;
        if !value.usable() {
            return Err(Error::Start);
        }
        let unit = magnitude(value.deviance);
        let scale: Vec<f64> = diagonal.iter().map(|&d| if d > 0.0 { (unit / d).sqrt() } else { 1.0 }).collect();
        let u: Vec<f64> = start.iter().zip(&scale).map(|(t, s)| t / s).collect();
        let gradient = score.iter().zip(&scale).map(|(g, s)| -g * s / unit).collect();
        let last = Evaluation { u: u.clone(), cost: value.deviance / (2.0 * unit), gradient };
        let scaled = Scaled {
            objective,
            scale,
            unit,
            last: RefCell::new(last),
            first_error: RefCell::new(None),
            left_range: Cell::new(false),
        };
        Ok((scaled, u))
    }

    pub fn theta(&self, u: &[f64]) -> Vec<f64> {
        u.iter().zip(&self.scale).map(|(u, s)| u * s).collect()
    }

    fn deviance(&self, cost: f64) -> f64 {
        2.0 * self.unit * cost
    }

    /// Run `f` unless something has failed before; keep its error.
    fn guarded<T>(&self, f: impl FnOnce() -> Result<T>) -> Reply<T> {
        if self.first_error.borrow().is_none() {
            match f() {
                Ok(value) => return Ok(value),
                Err(e) => *self.first_error.borrow_mut() = Some(e),
            }
        }
        Err(::argmin::core::Error::msg("stopped"))
    }

    fn evaluate(&self, u: &[f64]) -> Reply<Evaluation> {
        if self.last.borrow().u == u {
            return Ok(self.last.borrow().clone());
        }
        // what argmin makes of a line without values: there is no such point
        if u.iter().any(|u| !u.is_finite()) {
            self.left_range.set(true);
            return Err(::argmin::core::Error::msg("no step was good enough"));
        }
        self.guarded(|| {
            let (value, score) = self.objective.value_and_score_at(&self.theta(u))?;
            let usable = value.usable();
            self.left_range.set(self.left_range.get() || !usable);
            let cost = if usable { value.deviance / (2.0 * self.unit) } else { f64::INFINITY };
            let gradient = score.iter().zip(&self.scale).map(|(g, s)| -g * s / self.unit).collect();
            let evaluation = Evaluation { u: u.to_vec(), cost, gradient };
            self.last.replace(evaluation.clone());
            Ok(evaluation)
        })
    }

    /// Second derivatives at `u` times `v`; zero after an error, which ends the search at its next evaluation.
    pub fn curvature_times(&self, u: &[f64], v: &[f64]) -> Vec<f64> {
        let product = self.guarded(|| {
            let product = self.objective.curvature_times(&self.theta(u), &self.theta(v))?;
            Ok(product.iter().zip(&self.scale).map(|(x, s)| x * s / self.unit).collect())
        });
        product.unwrap_or_else(|_| vec![0.0; v.len()])
    }
}

/// What changes of a deviance are measured against, as in `stats::glm.control()`.
fn magnitude(deviance: f64) -> f64 {
    deviance.abs() + 0.1
}

impl CostFunction for &Scaled<'_> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, u: &Vec<f64>) -> Reply<f64> {
        Ok(self.evaluate(u)?.cost)
    }
}

impl Gradient for &Scaled<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, u: &Vec<f64>) -> Reply<Vec<f64>> {
        Ok(self.evaluate(u)?.gradient)
    }
}

/// How a search has gone so far.
pub(super) struct Trace {
    pub u: Vec<f64>,
    pub deviance: f64,
    pub converged: bool,
    /// Steps that went nowhere since the last that did not.
    failures: usize,
    /// The deviance after each iteration.
    pub history: Vec<f64>,
}

/// One of argmin's solvers with our rule of when to stop, which does not depend on units: the score is so small that a
/// step of its length lowers the deviance by less than epsilon, and the last step did so.
struct Stopping<'t, 'a, S> {
    solver: S,
    scaled: &'a Scaled<'a>,
    trace: &'t RefCell<Trace>,
    epsilon: f64,
    /// How many steps may go nowhere: a trust region shrinks and tries again.
    patience: usize,
}

impl<'a, S, H> Solver<&'a Scaled<'a>, State<H>> for Stopping<'_, 'a, S>
where
    S: Solver<&'a Scaled<'a>, State<H>>,
    State<H>: ::argmin::core::State<Param = Vec<f64>, Float = f64>,
{
    fn name(&self) -> &str {
        self.solver.name()
    }

    fn init(&mut self, problem: &mut Problem<&'a Scaled<'a>>, state: State<H>) -> Reply<(State<H>, Option<KV>)> {
        self.solver.init(problem, state)
    }

    fn next_iter(&mut self, problem: &mut Problem<&'a Scaled<'a>>, state: State<H>) -> Reply<(State<H>, Option<KV>)> {
        self.solver.next_iter(problem, state)
    }

    fn terminate(&mut self, state: &State<H>) -> TerminationStatus {
        let (Some(u), Some(gradient)) = (state.get_param(), state.get_gradient()) else {
            return TerminationStatus::NotTerminated;
        };
        let trace = &mut *self.trace.borrow_mut();
        let deviance = self.scaled.deviance(state.get_cost());
        let begins = state.get_iter() == 0;
        let change = (deviance - trace.deviance).abs() / magnitude(deviance);
        let risen = deviance > trace.deviance && change >= self.epsilon;
        let norm2: f64 = gradient.iter().map(|g| g * g).sum();
        let flat = norm2 * self.scaled.unit < self.epsilon * magnitude(deviance);
        if !begins {
            let moved = !risen && *u != trace.u;
            trace.failures = if moved { 0 } else { trace.failures + 1 };
            if moved {
                trace.u.clone_from(u);
                trace.deviance = deviance;
            }
            trace.history.push(trace.deviance);
            self.scaled.objective.iterated(trace.deviance);
        }
        trace.converged = flat && !risen && (begins || change < self.epsilon);
        if trace.converged || trace.failures > self.patience {
            TerminationStatus::Terminated(TerminationReason::SolverConverged)
        } else {
            TerminationStatus::NotTerminated
        }
    }
}

/// Run `solver` from `trace.u` until it stops. Errors: the objective's own, whatever argmin made of it.
pub(super) fn run<'a, S, H>(
    scaled: &'a Scaled<'a>,
    solver: S,
    patience: usize,
    trace: Trace,
    control: &Control,
) -> Result<Trace>
where
    S: Solver<&'a Scaled<'a>, State<H>>,
    State<H>: ::argmin::core::State<Param = Vec<f64>, Float = f64>,
{
    let u = trace.u.clone();
    let left = control.max_iterations.saturating_sub(trace.history.len());
    let trace = RefCell::new(trace);
    let stopping = Stopping { solver, scaled, trace: &trace, epsilon: control.epsilon, patience };
    // argmin's own failures (a line search that gave up) leave a trace that has not converged
    let _ = Executor::new(scaled, stopping)
        .configure(|state: State<H>| state.param(u).max_iters(left as u64))
        .ctrlc(false)
        .timer(false)
        .run();
    match scaled.first_error.take() {
        Some(e) => Err(e),
        None => Ok(trace.into_inner()),
    }
}

impl Trace {
    pub fn new(scaled: &Scaled, u: Vec<f64>) -> Self {
        let deviance = scaled.deviance(scaled.last.borrow().cost);
        Trace { u, deviance, converged: false, failures: 0, history: vec![] }
    }
}
