//! Penalties on the coefficients.

use crate::error::Result;
use crate::linalg::{Information, RowsQr};
use crate::objective::{Objective, Point, Quadratic, Value};

/// An objective with lambda·Σ theta_j² over the penalised coefficients added to its deviance.
pub struct Ridge<'a> {
    pub objective: &'a dyn Objective,
    /// In units of the information: the score loses lambda·theta_j.
    pub lambda: f64,
    /// Shape: `[p]`; false for the intercept.
    pub penalised: Vec<bool>,
}

impl Ridge<'_> {
    fn each<'s>(&'s self, theta: &'s [f64]) -> impl Iterator<Item = (usize, f64)> + 's {
        theta.iter().enumerate().filter(|(j, _)| self.penalised[*j]).map(|(j, t)| (j, *t))
    }

    fn add_value(&self, value: &mut Value, at: Point) {
        if let Point::At(theta) = at {
            value.deviance += self.lambda * self.each(theta).map(|(_, t)| t * t).sum::<f64>();
        }
    }

    fn add_score(&self, score: &mut [f64], at: Point) {
        if let Point::At(theta) = at {
            self.each(theta).for_each(|(j, t)| score[j] -= self.lambda * t);
        }
    }
}

impl Objective for Ridge<'_> {
    fn dim(&self) -> usize {
        self.objective.dim()
    }

    fn value(&self, at: Point) -> Result<Value> {
        let mut value = self.objective.value(at)?;
        self.add_value(&mut value, at);
        Ok(value)
    }

    fn value_and_score(&self, at: Point) -> Result<(Value, Vec<f64>)> {
        let (mut value, mut score) = self.objective.value_and_score(at)?;
        self.add_value(&mut value, at);
        self.add_score(&mut score, at);
        Ok((value, score))
    }

    fn quadratic(&self, at: Point) -> Result<Quadratic> {
        let mut quadratic = self.objective.quadratic(at)?;
        self.add_value(&mut quadratic.value, at);
        self.add_score(&mut quadratic.score, at);
        // a penalised level is no longer the sum of its rows: no large factor is swept out
        let mut information = quadratic.information.into_dense();
        for j in (0..self.dim()).filter(|&j| self.penalised[j]) {
            *information.at_mut(j, j) += self.lambda;
        }
        Ok(Quadratic { information: Information::Dense(information), ..quadratic })
    }

    /// The penalty is one more row √lambda for every penalised coefficient, with residual −√lambda·theta_j.
    fn rows_qr(&self, at: Point) -> Result<RowsQr> {
        let mut rows = self.objective.rows_qr(at)?;
        let p = self.dim();
        let root = self.lambda.sqrt();
        let mut extra = vec![0.0; (p + 1) * p];
        for j in (0..p).filter(|&j| self.penalised[j]) {
            extra[j + j * p] = root;
            if let Point::At(theta) = at {
                extra[j + p * p] = -root * theta[j];
            }
        }
        rows.push(&extra, p);
        Ok(rows)
    }

    fn information_diagonal(&self, at: Point) -> Result<Vec<f64>> {
        let mut diagonal = self.objective.information_diagonal(at)?;
        (0..self.dim()).filter(|&j| self.penalised[j]).for_each(|j| diagonal[j] += self.lambda);
        Ok(diagonal)
    }

    fn has_constant_information(&self) -> bool {
        self.objective.has_constant_information()
    }

    fn is_quadratic(&self) -> bool {
        self.objective.is_quadratic()
    }

    fn information_times(&self, at: Point, v: &[f64]) -> Result<Vec<f64>> {
        let mut out = self.objective.information_times(at, v)?;
        self.each(v).for_each(|(j, x)| out[j] += self.lambda * x);
        Ok(out)
    }
}
