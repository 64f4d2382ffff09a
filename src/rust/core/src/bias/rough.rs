//! A search from whose end another one goes on at once.

use crate::error::Result;
use crate::glm::GlmObjective;
use crate::linalg::RowsQr;
use crate::objective::{Objective, Point, Quadratic, Value};
use std::cell::Cell;

/// An objective that is not looked at where a search is expected to end, nor for the last digits of its factor: the value
/// there is taken to be that of the point before.
pub struct Rough<'a> {
    objective: &'a GlmObjective<'a>,
    /// The value of the last point from which a step is taken.
    last: Cell<Option<Value>>,
}

impl<'a> Rough<'a> {
    pub fn new(objective: &'a GlmObjective<'a>) -> Self {
        Rough { objective, last: Cell::new(None) }
    }
}

impl Objective for Rough<'_> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn value(&self, at: Point) -> Result<Value> {
        self.objective.value(at)
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        let (value, score) = self.objective.value_and_score(at)?;
        self.last.set(Some(value));
        Ok((value, score))
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        let quadratic = self.objective.quadratic(at)?;
        self.last.set(Some(quadratic.value));
        Ok(quadratic)
    }

    fn conclude(&self, at: Point, _before: Point) -> Result<Value> {
        self.last.get().map_or_else(|| self.value(at), Ok)
    }

    fn has_constant_information(&self) -> bool {
        self.objective.has_constant_information()
    }

    fn is_quadratic(&self) -> bool {
        self.objective.is_quadratic()
    }

    fn is_wide(&self) -> bool {
        self.objective.is_wide()
    }

    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        self.objective.rows_qr(at)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.objective.information_diagonal(at)
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        self.objective.information_times(at, v)
    }
}
