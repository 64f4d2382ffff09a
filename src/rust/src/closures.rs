//! The user's functions: called on R's thread, checked, and remembered at the last points that each was asked about, so that a
//! point that several ask about, or that a search comes back to, costs one call.

use crate::args::Value;
use crate::rcall::{Jump, Part, Session};
use glmrs_core::Error;
use std::cell::{Cell, Ref, RefCell};

/// In the order of `FUNCTIONS` in `R/m-estimate-closures.R`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Objective,
    Gradient,
    Score,
    Hessian,
    Psi,
    Jacobian,
}

const NAMES: [&str; 6] = ["objective", "gradient", "score", "hessian", "psi", "jacobian"];

impl Name {
    pub fn of(text: &str) -> Option<Name> {
        use Name::*;
        [Objective, Gradient, Score, Hessian, Psi, Jacobian].into_iter().find(|name| NAMES[*name as usize] == text)
    }
}

/// Points at which a function is remembered: a search comes back to one of its last ones. Matrices are large: one of them.
const POINTS: usize = 8;

impl Name {
    fn points(self) -> usize {
        if matches!(self, Name::Objective | Name::Gradient) {
            POINTS
        } else {
            1
        }
    }
}

#[derive(Default)]
struct Seen {
    theta: Vec<f64>,
    values: Vec<f64>,
}

/// What is known of the functions of a fit, for as long as the fit is made. It holds nothing of R's: R drops it whenever it
/// collects what is not used.
#[derive(Default)]
pub struct Memory {
    /// The newest last.
    seen: [RefCell<Vec<Seen>>; NAMES.len()],
    calls: Cell<usize>,
    /// Each from its first value on: rows of score and psi, columns of psi, whether the objective gives its gradient.
    rows: Cell<Option<usize>>,
    equations: Cell<Option<usize>>,
    is_pair: Cell<Option<bool>>,
}

impl Memory {
    pub fn calls(&self) -> usize {
        self.calls.get()
    }
}

/// `spec`: `list(functions, labels, convert)`: the functions, of theta alone, in the order of [`Name`], NULL where there is
/// none; the parameters' names; what makes plain doubles of other values, or raises an error.
pub struct Functions<'a> {
    session: &'a Session,
    spec: Value<'a>,
    pub memory: &'a Memory,
    /// R is unwinding: then it must not be called again.
    unwinding: Cell<bool>,
}

impl<'a> Functions<'a> {
    pub fn new(session: &'a Session, spec: Value<'a>, memory: &'a Memory) -> Self {
        Functions { session, spec, memory, unwinding: Cell::new(false) }
    }

    pub fn p(&self) -> usize {
        self.spec.element(1).len()
    }

    pub fn is_unwinding(&self) -> bool {
        self.unwinding.get()
    }

    fn function(&self, name: Name) -> Value<'a> {
        self.spec.element(0).element(name as usize)
    }

    pub fn has(&self, name: Name) -> bool {
        !self.function(name).is_null()
    }

    /// Rows and columns of a matrix of this name, once they are known.
    pub fn shape(&self, name: Name) -> (Option<usize>, Option<usize>) {
        let Memory { rows, equations, .. } = self.memory;
        match name {
            Name::Score => (rows.get(), Some(self.p())),
            Name::Psi => (rows.get(), equations.get()),
            Name::Jacobian => (equations.get(), Some(self.p())),
            _ => (Some(self.p()), Some(self.p())),
        }
    }

    /// The value at theta: `[1]` or `[1 + p]` of the objective, `[p]` of the gradient, a matrix by columns of the others.
    /// Errors: [`Error::Interrupted`] where R is unwinding.
    pub fn at(&self, name: Name, theta: &[f64]) -> glmrs_core::Result<Ref<'a, [f64]>> {
        let seen = &self.memory.seen[name as usize];
        let place = || seen.borrow().iter().rposition(|point| point.theta == theta);
        if place().is_none() {
            if self.unwinding.get() {
                return Err(Error::Interrupted);
            }
            if let Err(Jump) = self.call(name, theta) {
                self.unwinding.set(true);
                return Err(Error::Interrupted);
            }
        }
        // what is not equal to itself is the newest
        let place = place().unwrap_or(seen.borrow().len() - 1);
        Ok(Ref::map(seen.borrow(), |seen| seen[place].values.as_slice()))
    }

    fn call(&self, name: Name, theta: &[f64]) -> std::result::Result<(), Jump> {
        let memory = self.memory;
        memory.calls.set(memory.calls.get() + 1);
        let seen = &memory.seen[name as usize];
        let is_full = seen.borrow().len() == name.points();
        let mut values = if is_full { seen.borrow_mut().remove(0).values } else { vec![] };
        let labels = self.spec.element(1).sexp();
        let returned = self.session.call_at(self.function(name).sexp(), theta, Some(labels))?;
        if self.take(name, Value::of(&returned), &mut values).is_none() {
            let size = |size: Option<usize>| size.map_or(Part::Nothing, Part::Integer);
            let (rows, cols) = self.shape(name);
            let argument = self.session.list(&[
                ("value", Part::Held(returned.sexp())),
                ("what", Part::Text(NAMES[name as usize])),
                ("theta", Part::Reals(theta)),
                ("labels", Part::Held(labels)),
                ("count", Part::Integer(memory.calls.get())),
                ("rows", size(rows)),
                ("cols", size(cols)),
                ("is_pair", memory.is_pair.get().map_or(Part::Nothing, Part::Flag)),
            ])?;
            let converted = self.session.call(self.spec.element(2).sexp(), &argument)?;
            self.take_converted(name, Value::of(&converted), &mut values);
        }
        seen.borrow_mut().push(Seen { theta: theta.to_vec(), values });
        Ok(())
    }

    /// Copies numbers of the right shape from a value that needs no help of R's; `None` where it does.
    fn take(&self, name: Name, value: Value, to: &mut Vec<f64>) -> Option<()> {
        to.clear();
        match name {
            Name::Objective if value.is_plain() && value.is_list() => {
                let gradient = value.named("gradient");
                let is_pair = self.memory.is_pair.get().unwrap_or(!gradient.is_null());
                push_numbers(value.named("value"), 1, to)?;
                if is_pair {
                    push_numbers(gradient, self.p(), to)?;
                }
            }
            Name::Objective if self.memory.is_pair.get() == Some(true) => return None,
            Name::Objective => push_numbers(value, 1, to)?,
            Name::Gradient => push_numbers(value, self.p(), to)?,
            _ => {
                let (rows, cols) = value.shape()?;
                let (known_rows, known_cols) = self.shape(name);
                if known_rows.is_some_and(|n| n != rows) || known_cols.is_some_and(|q| q != cols) {
                    return None;
                }
                push_numbers(value, rows * cols, to)?;
                self.learn(name, rows, cols);
            }
        }
        if name == Name::Objective {
            self.memory.is_pair.set(Some(to.len() > 1));
        }
        Some(())
    }

    /// The same from what R has made of a value: doubles of the right shape.
    fn take_converted(&self, name: Name, value: Value, to: &mut Vec<f64>) {
        to.clear();
        to.extend_from_slice(value.reals().unwrap_or_default());
        match (name, value.shape()) {
            (Name::Objective, _) => self.memory.is_pair.set(Some(to.len() > 1)),
            (_, Some((rows, cols))) => self.learn(name, rows, cols),
            _ => {}
        }
    }

    fn learn(&self, name: Name, rows: usize, cols: usize) {
        if matches!(name, Name::Score | Name::Psi) {
            self.memory.rows.set(Some(rows));
        }
        if name == Name::Psi {
            self.memory.equations.set(Some(cols));
        }
    }
}

/// Adds `n` numbers; `None` where the value is anything else.
fn push_numbers(value: Value, n: usize, to: &mut Vec<f64>) -> Option<()> {
    if !value.is_plain() || value.len() != n {
        return None;
    }
    if let Some(reals) = value.reals() {
        to.extend_from_slice(reals);
    } else {
        to.extend(value.integers()?.iter().map(|&i| if i == i32::MIN { f64::NAN } else { f64::from(i) }));
    }
    Some(())
}
