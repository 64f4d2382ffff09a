//! A search from whose end another one goes on at once.

use crate::error::Result;
use crate::glm::GlmObjective;
use crate::objective::{delegate, Objective, Point, Quadratic, Value};
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

    delegate!(objective: kind);
    delegate!(objective: rows);
}
