//! Coefficients that are held where they are, while the others are fitted.

use crate::error::Result;
use crate::linalg::{Information, RowsQr};
use crate::objective::{delegate, Objective, Point, Quadratic, Value};

/// An objective whose score has no part in the directions of some coefficients: a solver leaves them at the values that
/// they have where it starts. It is the objective of the other columns with these columns' share in the offset, on the
/// same data.
pub struct Held<'a> {
    objective: &'a dyn Objective,
    /// Ascending.
    fixed: Vec<usize>,
}

impl<'a> Held<'a> {
    pub fn new(objective: &'a dyn Objective, mut fixed: Vec<usize>) -> Self {
        fixed.sort_unstable();
        fixed.dedup();
        Held { objective, fixed }
    }

    fn without_fixed(&self, mut v: Vec<f64>) -> Vec<f64> {
        self.fixed.iter().for_each(|&j| v[j] = 0.0);
        v
    }
}

impl Objective for Held<'_> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn fixed(&self) -> &[usize] {
        &self.fixed
    }

    fn value(&self, at: Point) -> Result<Value> {
        self.objective.value(at)
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        let (value, score) = self.objective.value_and_score(at)?;
        Ok((value, self.without_fixed(score)))
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        let Quadratic { value, informative, score, information } = self.objective.quadratic(at)?;
        let information = match information {
            Information::Bordered(matrix) => Information::Bordered(Box::new(matrix.with_intercept_fixed(&self.fixed))),
            dense => dense,
        };
        Ok(Quadratic { value, informative, score: self.without_fixed(score), information })
    }

    delegate!(objective: kind);

    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        let mut rows = self.objective.rows_qr(at)?;
        self.fixed.iter().for_each(|&j| rows.r.col_mut(j).fill(0.0));
        Ok(rows)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        self.objective.information_diagonal(at)
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        let product = self.objective.information_times(at, &self.without_fixed(v.to_vec()))?;
        Ok(self.without_fixed(product))
    }
}
