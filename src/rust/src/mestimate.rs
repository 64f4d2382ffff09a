//! M-estimators whose functions are R closures. They are called on R's thread only; what `R/m-estimate-closures.R` makes of
//! them returns plain doubles or raises a condition, which ends the search and goes on to the user as it is.

use crate::args::{optional_matrix, reals, Value};
use crate::guard::{guard, Failure, Reply};
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use faer::Mat;
use glmrs_core::mestimate::{minimise, root, Criterion, Equations, Limits, Root, Search};
use glmrs_core::Error;
use std::cell::{Cell, RefCell};

/// An R function of (theta, count) with the last value, and where it was.
struct Closure<'a> {
    session: &'a Session,
    function: SEXP,
    last: RefCell<Option<(Vec<f64>, Vec<f64>)>>,
    /// Calls of all functions so far, and whether R is unwinding: then it must not be called again.
    facts: &'a Facts,
}

#[derive(Default)]
struct Facts {
    calls: Cell<usize>,
    unwinding: Cell<bool>,
}

impl<'a> Closure<'a> {
    /// `None` for NULL.
    fn new(session: &'a Session, function: Value, facts: &'a Facts) -> Option<Self> {
        (!function.is_null()).then(|| Closure { session, function: function.sexp(), last: RefCell::default(), facts })
    }

    /// `len` doubles.
    fn at(&self, theta: &[f64], len: usize) -> glmrs_core::Result<Vec<f64>> {
        if let Some((_, values)) = self.last.borrow().as_ref().filter(|(at, _)| at == theta) {
            return Ok(values.clone());
        }
        if self.facts.unwinding.get() {
            return Err(Error::Interrupted);
        }
        self.facts.calls.set(self.facts.calls.get() + 1);
        let Ok(values) = self.session.call(self.function, theta, self.facts.calls.get()) else {
            self.facts.unwinding.set(true);
            return Err(Error::Interrupted);
        };
        if values.len() != len {
            let message = format!("returned {} numbers, not {len}", values.len());
            return Err(Error::Argument { arg: "a function", message });
        }
        *self.last.borrow_mut() = Some((theta.to_vec(), values.clone()));
        Ok(values)
    }

    fn matrix_at(&self, theta: &[f64], rows: usize, cols: usize) -> glmrs_core::Result<Mat<f64>> {
        let values = self.at(theta, rows * cols)?;
        Ok(Mat::from_fn(rows, cols, |i, j| values[i + j * rows]))
    }
}

/// Rows of estimating functions, and their derivatives.
struct Functions<'a> {
    p: usize,
    q: usize,
    n: usize,
    rows: Option<Closure<'a>>,
    derivatives: Option<Closure<'a>>,
}

impl Functions<'_> {
    fn products(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        let Some(rows) = &self.rows else { return Ok(None) };
        let psi = rows.matrix_at(theta, self.n, self.q)?;
        Ok(Some(psi.transpose() * &psi))
    }

    fn derivatives(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        self.derivatives.as_ref().map(|d| d.matrix_at(theta, self.q, self.p)).transpose()
    }
}

impl Equations for Functions<'_> {
    fn dim(&self) -> usize {
        self.p
    }

    fn rows(&self) -> usize {
        self.n
    }

    fn sums(&self, theta: &[f64]) -> glmrs_core::Result<Vec<f64>> {
        let Some(rows) = &self.rows else { return Ok(vec![]) };
        Ok(rows.at(theta, self.n * self.q)?.chunks_exact(self.n).map(|column| column.iter().sum()).collect())
    }

    fn products(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        Functions::products(self, theta)
    }

    fn jacobian(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        self.derivatives(theta)
    }
}

/// A value with its gradient, and the rows of the latter.
struct Objective<'a> {
    value_and_gradient: Closure<'a>,
    functions: Functions<'a>,
}

impl Criterion for Objective<'_> {
    fn dim(&self) -> usize {
        self.functions.p
    }

    fn rows(&self) -> usize {
        self.functions.n
    }

    fn value_and_gradient(&self, theta: &[f64]) -> glmrs_core::Result<(f64, Vec<f64>)> {
        let mut values = self.value_and_gradient.at(theta, 1 + theta.len())?;
        let gradient = values.split_off(1);
        Ok((values[0], gradient))
    }

    fn products(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        self.functions.products(theta)
    }

    fn hessian(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        self.functions.derivatives(theta)
    }
}

/// Minimise. `functions`: `list(value and gradient, rows, derivatives)`, the last two may be NULL; `options`:
/// `list(n, tolerance, max_iterations, method)`.
/// @noRd
#[extendr]
fn rs_m_minimise(start: Robj, functions: Robj, options: Robj) -> Robj {
    guard(|session| {
        let (start, functions, options) =
            (reals(Value::new(&start), "start")?, Value::new(&functions), Value::new(&options));
        let facts = Facts::default();
        let Some(value_and_gradient) = Closure::new(session, functions.element(0), &facts) else {
            return Err(Error::Argument { arg: "objective", message: "must be a function".into() }.into());
        };
        let p = start.len();
        let functions = functions_of(session, &facts, functions, options.element(0).number() as usize, p, p);
        let objective = Objective { value_and_gradient, functions };
        let search = match options.element(3).text(0) {
            "bfgs" => Search::Bfgs,
            "cg" => Search::ConjugateGradients,
            "newton" => Search::Newton,
            "trust-region" => Search::TrustRegion,
            _ => Search::Lbfgs,
        };
        let minimum = finished(minimise(&objective, start, search, &limits(options)), &facts)?;
        reply(session, &minimum.root, Some(minimum.value), &facts)
    })
}

/// Solve. `functions`: `list(NULL, rows, derivatives)`, the last may be NULL; `options`: `list(n, tolerance, max_iterations,
/// q, weight)`.
/// @noRd
#[extendr]
fn rs_m_root(start: Robj, functions: Robj, options: Robj) -> Robj {
    guard(|session| {
        let (start, functions, options) =
            (reals(Value::new(&start), "start")?, Value::new(&functions), Value::new(&options));
        let facts = Facts::default();
        let (n, q) = (options.element(0).number() as usize, options.element(3).number() as usize);
        let equations = functions_of(session, &facts, functions, n, start.len(), q);
        let weight = optional_matrix(options.element(4), "weight")?;
        let weight = weight.map(|w| Mat::from_fn(q, q, |i, j| w[(i, j)]));
        let found = finished(root(&equations, start, weight.as_ref(), &limits(options)), &facts)?;
        reply(session, &found, None, &facts)
    })
}

fn functions_of<'a>(
    session: &'a Session,
    facts: &'a Facts,
    spec: Value,
    n: usize,
    p: usize,
    q: usize,
) -> Functions<'a> {
    let closure = |i: usize| Closure::new(session, spec.element(i), facts);
    Functions { p, q, n, rows: closure(1), derivatives: closure(2) }
}

fn limits(options: Value) -> Limits {
    Limits { tolerance: options.element(1).number(), max_iterations: options.element(2).number() as usize }
}

/// What the search returned, or R's own way on if that is unwinding.
fn finished<T>(result: glmrs_core::Result<T>, facts: &Facts) -> Reply<T> {
    if facts.unwinding.get() {
        return Err(Failure::Jump);
    }
    Ok(result?)
}

fn reply(session: &Session, root: &Root, value: Option<f64>, facts: &Facts) -> Reply<Robj> {
    let (q, p) = (root.jacobian.nrows(), root.jacobian.ncols());
    let derivatives: Vec<f64> = (0..p * q).map(|k| root.jacobian[(k % q, k / q)]).collect();
    Ok(session.list(&[
        ("coefficients", Part::Reals(&root.theta)),
        ("value", value.map_or(Part::Nothing, Part::Real)),
        ("sums", Part::Reals(&root.sums)),
        ("derivatives", Part::Reals(&derivatives)),
        ("iterations", Part::Integer(root.iterations)),
        ("calls", Part::Integer(facts.calls.get())),
        ("status", Part::Text(status(root.status))),
        ("distance", Part::Real(root.distance)),
    ])?)
}

extendr_module! {
    mod mestimate;
    fn rs_m_minimise;
    fn rs_m_root;
}
