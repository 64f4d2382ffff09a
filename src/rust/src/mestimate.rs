//! M-estimators whose functions are R closures. Whatever those raise ends the search and goes on to the user as it is.

use crate::args::{one_of, optional_matrix, reals, Value};
use crate::closures::{Functions, Memory, Name};
use crate::guard::{guard, Failure, Reply};
use crate::rcall::{Part, Session};
use crate::reply::status;
use extendr_api::prelude::*;
use faer::{Mat, MatRef};
use glmrs_core::mestimate::{
    column_sums, minimise, root, row_products, Criterion, Equations, Lengths, Limits, Root, Search, Steps,
};
use glmrs_core::Error;
use std::cell::RefCell;

/// Where the gradient of an objective is from.
#[derive(Clone, Copy)]
enum GradientFrom {
    Objective,
    Gradient,
    Score,
    Differences,
}

/// A value with its gradient; `factor` times the sum of the score is the latter.
struct Objective<'a> {
    functions: Functions<'a>,
    from: GradientFrom,
    factor: f64,
    /// Of the differences, where the gradient is made of those.
    steps: RefCell<Steps>,
}

impl<'a> Objective<'a> {
    /// `slope`: `list(from, factor)`.
    fn new(functions: Functions<'a>, slope: Value) -> Reply<Self> {
        let sources = [
            ("objective", GradientFrom::Objective),
            ("gradient", GradientFrom::Gradient),
            ("score", GradientFrom::Score),
            ("differences", GradientFrom::Differences),
        ];
        let from = one_of(slope.element(0), "slope", &sources)?;
        Ok(Objective { functions, from, factor: slope.element(1).number(), steps: RefCell::default() })
    }

    fn by_values(&self) -> bool {
        matches!(self.from, GradientFrom::Differences)
    }

    fn value(&self, theta: &[f64]) -> glmrs_core::Result<f64> {
        Ok(self.functions.at(Name::Objective, theta)?[0])
    }
}

impl Criterion for Objective<'_> {
    fn dim(&self) -> usize {
        self.functions.p()
    }

    fn rows(&self) -> usize {
        self.functions.shape(Name::Score).0.unwrap_or(1)
    }

    fn value_and_gradient(&self, theta: &[f64]) -> glmrs_core::Result<(f64, Vec<f64>)> {
        Ok((self.value(theta)?, self.gradient(theta)?))
    }

    fn gradient(&self, theta: &[f64]) -> glmrs_core::Result<Vec<f64>> {
        let functions = &self.functions;
        match self.from {
            GradientFrom::Objective => Ok(functions.at(Name::Objective, theta)?[1..].to_vec()),
            GradientFrom::Gradient => Ok(functions.at(Name::Gradient, theta)?.to_vec()),
            GradientFrom::Score => Ok(column_sums(&functions.at(Name::Score, theta)?, theta.len(), self.factor)),
            GradientFrom::Differences => {
                let value = self.value(theta)?;
                self.steps.borrow_mut().gradient(|t| self.value(t), value, theta)
            }
        }
    }

    fn precise_gradient(&self, theta: &[f64]) -> glmrs_core::Result<Vec<f64>> {
        if self.by_values() {
            let value = self.value(theta)?;
            return self.steps.borrow_mut().precise_gradient(|t| self.value(t), value, theta);
        }
        self.gradient(theta)
    }

    fn lengths(&self) -> Option<Lengths> {
        self.steps.borrow().lengths()
    }

    fn relearn(&self, lengths: Lengths) {
        self.steps.borrow_mut().relearn(lengths);
    }

    fn products(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        products(&self.functions, Name::Score, theta, self.factor)
    }

    fn hessian(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        if self.by_values() && !self.functions.has(Name::Hessian) {
            let value = self.value(theta)?;
            return self.steps.borrow_mut().hessian(|t| self.value(t), value, theta);
        }
        derivatives(&self.functions, Name::Hessian, theta)
    }
}

/// Rows of estimating functions, and their derivatives.
struct Moments<'a> {
    functions: Functions<'a>,
    equations: usize,
}

impl Equations for Moments<'_> {
    fn dim(&self) -> usize {
        self.functions.p()
    }

    fn rows(&self) -> usize {
        self.functions.shape(Name::Psi).0.unwrap_or(1)
    }

    fn sums(&self, theta: &[f64]) -> glmrs_core::Result<Vec<f64>> {
        Ok(column_sums(&self.functions.at(Name::Psi, theta)?, self.equations, 1.0))
    }

    fn products(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        products(&self.functions, Name::Psi, theta, 1.0)
    }

    fn jacobian(&self, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
        derivatives(&self.functions, Name::Jacobian, theta)
    }
}

/// The products of the rows, each times `factor`.
fn products(functions: &Functions, name: Name, theta: &[f64], factor: f64) -> glmrs_core::Result<Option<Mat<f64>>> {
    if !functions.has(name) {
        return Ok(None);
    }
    let rows = functions.at(name, theta)?;
    let (n, q) = known_shape(functions, name);
    Ok(Some(row_products(MatRef::from_column_major_slice(&rows, n, q), factor)))
}

fn derivatives(functions: &Functions, name: Name, theta: &[f64]) -> glmrs_core::Result<Option<Mat<f64>>> {
    if !functions.has(name) {
        return Ok(None);
    }
    let values = functions.at(name, theta)?;
    let (q, p) = known_shape(functions, name);
    Ok(Some(MatRef::from_column_major_slice(&values, q, p).to_owned()))
}

/// That of a matrix that has been returned.
fn known_shape(functions: &Functions, name: Name) -> (usize, usize) {
    let (rows, cols) = functions.shape(name);
    (rows.unwrap_or(0), cols.unwrap_or(0))
}

/// What is remembered of functions while a fit is made.
/// @noRd
#[extendr]
fn rs_m_memory() -> Robj {
    guard(|_| Ok(ExternalPtr::new(Memory::default()).into()))
}

/// How often the functions were called.
/// @noRd
#[extendr]
fn rs_m_calls(memory: Robj) -> Robj {
    guard(|session| Ok(session.value(Part::Integer(remembered(&memory)?.calls()))?))
}

/// The value of the function called `name` at theta: a vector, or a matrix.
/// @noRd
#[extendr]
fn rs_m_value(problem: Robj, memory: Robj, name: Robj, theta: Robj) -> Robj {
    guard(|session| {
        let theta = reals(Value::new(&theta), "theta")?;
        let name = Name::of(Value::new(&name).text(0));
        let name = name.ok_or_else(|| Error::Argument { arg: "name", message: "is none of a function".into() })?;
        let functions = functions(session, &problem, &memory)?;
        let values = finished(functions.at(name, theta), &functions)?;
        let (rows, cols) = known_shape(&functions, name);
        Ok(session.value(match name {
            Name::Objective | Name::Gradient => Part::Reals(&values),
            _ => Part::Matrix(&values, rows, cols),
        })?)
    })
}

/// The value of the objective and its gradient. `slope`: `list(from, factor)`.
/// @noRd
#[extendr]
fn rs_m_slope(problem: Robj, memory: Robj, slope: Robj, theta: Robj) -> Robj {
    guard(|session| {
        let theta = reals(Value::new(&theta), "theta")?;
        let objective = Objective::new(functions(session, &problem, &memory)?, Value::new(&slope))?;
        let (value, gradient) = finished(objective.value_and_gradient(theta), &objective.functions)?;
        Ok(session.list(&[("value", Part::Real(value)), ("gradient", Part::Reals(&gradient))])?)
    })
}

/// Minimise. `slope`: `list(from, factor)`; `options`: `list(tolerance, max_iterations, method)`.
/// @noRd
#[extendr]
fn rs_m_minimise(problem: Robj, memory: Robj, start: Robj, slope: Robj, options: Robj) -> Robj {
    guard(|session| {
        let (start, options) = (reals(Value::new(&start), "start")?, Value::new(&options));
        let searches = [
            ("lbfgs", Search::Lbfgs),
            ("bfgs", Search::Bfgs),
            ("cg", Search::ConjugateGradients),
            ("newton", Search::Newton),
            ("trust-region", Search::TrustRegion),
        ];
        let search = one_of(options.element(2), "method", &searches)?;
        let objective = Objective::new(functions(session, &problem, &memory)?, Value::new(&slope))?;
        let minimum = finished(minimise(&objective, start, search, &limits(options)), &objective.functions)?;
        reply(session, &minimum.root, Some(minimum.value))
    })
}

/// Solve. `options`: `list(tolerance, max_iterations, weight)`.
/// @noRd
#[extendr]
fn rs_m_root(problem: Robj, memory: Robj, start: Robj, options: Robj) -> Robj {
    guard(|session| {
        let (start, options) = (reals(Value::new(&start), "start")?, Value::new(&options));
        let weight = optional_matrix(options.element(2), "weight")?;
        let weight = weight.map(|w| Mat::from_fn(w.nrows(), w.ncols(), |i, j| w[(i, j)]));
        let functions = functions(session, &problem, &memory)?;
        let equations = functions.shape(Name::Psi).1.unwrap_or(functions.p());
        let moments = Moments { functions, equations };
        let found = finished(root(&moments, start, weight.as_ref(), &limits(options)), &moments.functions)?;
        reply(session, &found, None)
    })
}

/// `problem` and `memory`: see `R/m-estimate-closures.R`.
fn functions<'a>(session: &'a Session, problem: &'a Robj, memory: &'a Robj) -> Reply<Functions<'a>> {
    Ok(Functions::new(session, Value::new(problem), remembered(memory)?))
}

fn remembered(memory: &Robj) -> Reply<&Memory> {
    let pointer = <&ExternalPtr<Memory>>::try_from(memory);
    Ok(pointer.map_err(|_| Error::Argument { arg: "memory", message: "must be from rs_m_memory()".into() })?)
}

pub fn limits(options: Value) -> Limits {
    Limits { tolerance: options.element(0).number(), max_iterations: options.element(1).number() as usize }
}

/// What was found, or R's own way on if that is unwinding.
fn finished<T>(result: glmrs_core::Result<T>, functions: &Functions) -> Reply<T> {
    if functions.is_unwinding() {
        return Err(Failure::Jump);
    }
    Ok(result?)
}

pub fn reply(session: &Session, root: &Root, value: Option<f64>) -> Reply<Robj> {
    let (q, p) = (root.jacobian.nrows(), root.jacobian.ncols());
    let derivatives: Vec<f64> = (0..p * q).map(|k| root.jacobian[(k % q, k / q)]).collect();
    Ok(session.list(&[
        ("coefficients", Part::Reals(&root.theta)),
        ("value", value.map_or(Part::Nothing, Part::Real)),
        ("sums", Part::Reals(&root.sums)),
        ("derivatives", Part::Matrix(&derivatives, q, p)),
        ("iterations", Part::Integer(root.iterations)),
        ("status", Part::Text(status(root.status))),
        ("distance", Part::Real(root.distance)),
    ])?)
}

extendr_module! {
    mod mestimate;
    fn rs_m_memory;
    fn rs_m_calls;
    fn rs_m_value;
    fn rs_m_slope;
    fn rs_m_minimise;
    fn rs_m_root;
}
