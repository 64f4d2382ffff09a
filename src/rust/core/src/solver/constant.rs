//! Objectives whose information is the same everywhere: it is asked for once.

use crate::error::Result;
use crate::linalg::{NormalEquations, RowsQr};
use crate::objective::{Objective, Point, Quadratic, Value};
use std::cell::RefCell;

/// An objective that remembers its information: a later quadratic costs a value and a score.
pub(super) struct ConstantInformation<'a> {
    objective: &'a dyn Objective,
    first: RefCell<Option<Quadratic>>,
}

impl<'a> ConstantInformation<'a> {
    pub fn new(objective: &'a dyn Objective) -> Self {
        ConstantInformation { objective, first: RefCell::new(None) }
    }
}

impl Objective for ConstantInformation<'_> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn value(&self, at: Point) -> Result<Value> {
        self.objective.value(at)
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        self.objective.value_and_score(at)
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        if let Some(first) = &*self.first.borrow() {
            let (value, score) = self.objective.value_and_score(at)?;
            return Ok(Quadratic { value, score, ..first.clone() });
        }
        let quadratic = self.objective.quadratic(at)?;
        *self.first.borrow_mut() = Some(quadratic.clone());
        Ok(quadratic)
    }

    fn conclude(&self, at: Point, before: Point) -> Result<Value> {
        self.objective.conclude(at, before)
    }

    fn has_constant_information(&self) -> bool {
        true
    }

    fn is_quadratic(&self) -> bool {
        self.objective.is_quadratic()
    }

    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        self.objective.rows_qr(at)
    }

    fn equations(&self, at: Point) -> Result<Option<NormalEquations>> {
        self.objective.equations(at)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.objective.information_diagonal(at)
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.objective.information_times(at, v)
    }
}
