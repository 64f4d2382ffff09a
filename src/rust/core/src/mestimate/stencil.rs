//! The values of a function about a point, two steps to either side along each parameter: derivatives with errors of the fourth
//! order, by steps that are long enough for second differences to keep their digits.

use super::difference::{beside, step_of};
use super::steps::{part_of, retreat, FAINT, STRIDE};
use crate::error::Result;
use faer::Mat;

/// A step, as a part of the length: about ε^(1/6), where the errors of rounding and of the sixth derivative are about the same.
const FINE: f64 = 1.0 / 256.0;
/// A step that is this many times too long, or too short, is changed.
const OFF: f64 = 8.0;
/// Second differences below this part of the function are rounding errors.
const NOISE: f64 = 1e-12;
const ATTEMPTS: usize = 16;

/// The values at −2, −1, 1 and 2 steps.
type Line = [f64; 4];

#[derive(Debug)]
pub struct Stencil {
    theta: Vec<f64>,
    value: f64,
    steps: Vec<f64>,
    lines: Vec<Line>,
    hessian: Option<Mat<f64>>,
}

impl Stencil {
    /// `lengths` are corrected where they turn out to be far off. `None` where there are no values that far.
    pub fn new(
        f: &mut impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
        lengths: &mut [f64],
        least_size: f64,
    ) -> Result<Option<Self>> {
        let (mut steps, mut lines) = (vec![], vec![]);
        for (j, length) in lengths.iter_mut().enumerate() {
            let Some((step, line)) = fitted(f, value, theta, j, length, least_size)? else { return Ok(None) };
            steps.push(step);
            lines.push(line);
        }
        Ok(Some(Stencil { theta: theta.to_vec(), value, steps, lines, hessian: None }))
    }

    pub fn is_about(&self, theta: &[f64]) -> bool {
        self.theta == theta
    }

    /// Shape: `[p]`.
    pub fn gradient(&self) -> Vec<f64> {
        let slope = |line: &Line, step: f64| (8.0 * (line[2] - line[1]) - (line[3] - line[0])) / (12.0 * step);
        self.lines.iter().zip(&self.steps).map(|(line, &step)| slope(line, step)).collect()
    }

    /// By the second differences along each parameter, and along the diagonal of each pair. `None` where there are no values
    /// that far. Shape: p × p.
    pub fn hessian(&mut self, f: &mut impl FnMut(&[f64]) -> Result<f64>) -> Result<Option<Mat<f64>>> {
        if self.hessian.is_some() {
            return Ok(self.hessian.clone());
        }
        let p = self.theta.len();
        // in steps
        let own: Vec<f64> = self.lines.iter().map(|line| self.second_difference(line)).collect();
        let mut hessian =
            Mat::from_fn(p, p, |i, j| if i == j { own[i] / (self.steps[i] * self.steps[i]) } else { 0.0 });
        for i in 0..p {
            for j in 0..i {
                let Some(both) = self.mixed_difference(f, (i, j), own[i] + own[j])? else { return Ok(None) };
                hessian[(i, j)] = both / (self.steps[i] * self.steps[j]);
                hessian[(j, i)] = hessian[(i, j)];
            }
        }
        self.hessian = Some(hessian);
        Ok(self.hessian.clone())
    }

    fn second_difference(&self, line: &Line) -> f64 {
        let beside = |a: f64, b: f64| (a - self.value) + (b - self.value);
        (16.0 * beside(line[1], line[2]) - beside(line[0], line[3])) / 12.0
    }

    /// Along the one diagonal of parameters i and j, or the other where that has no values. `own`: the second differences
    /// along both.
    fn mixed_difference(
        &self,
        f: &mut impl FnMut(&[f64]) -> Result<f64>,
        (i, j): (usize, usize),
        own: f64,
    ) -> Result<Option<f64>> {
        for side in [1.0, -1.0] {
            let line = line(|k| {
                let mut at = self.theta.clone();
                at[i] += k * self.steps[i];
                at[j] += side * k * self.steps[j];
                f(&at)
            })?;
            if line.iter().all(|v| v.is_finite()) {
                return Ok(Some(side * (self.second_difference(&line) - own) / 2.0));
            }
        }
        Ok(None)
    }
}

/// The step of parameter j and the values along it, where the length is right, or has been made so; a parameter of which no
/// step shows anything keeps its length.
fn fitted(
    f: &mut impl FnMut(&[f64]) -> Result<f64>,
    value: f64,
    theta: &[f64],
    j: usize,
    length: &mut f64,
    least_size: f64,
) -> Result<Option<(f64, Line)>> {
    let before = *length;
    let mut found = None;
    let mut retreats = 0;
    for attempt in 0..ATTEMPTS {
        let step = step_of(theta[j], FINE * *length);
        let line = line(|k| beside(f, theta, j, k * step))?;
        if !line.iter().all(|v| v.is_finite()) {
            retreats += 1;
            *length = step / FINE * retreat(retreats);
            continue;
        }
        let [far_down, down, up, far_up] = line;
        let part = |difference: f64| part_of(difference, &[value, far_down, down, up, far_up, least_size]);
        let second = (up - value) + (down - value);
        let bend = part(second).sqrt();
        found = Some((step, line));
        if bend * bend < NOISE && part(up - down) < FAINT {
            *length = STRIDE * step / FINE;
            continue;
        }
        // once only: higher differences, by which a function bends that has no second ones here, may be noise
        let higher = if attempt == 0 {
            let third = part((far_up - far_down) - 2.0 * (up - down)).cbrt();
            third.max(part((far_up - value) + (far_down - value) - 4.0 * second).powf(0.25))
        } else {
            0.0
        };
        let moved = bend.max(higher);
        let too_long = moved > OFF * FINE;
        let too_short = attempt == 0 && moved < FINE / OFF && bend * bend > NOISE;
        if too_long || too_short {
            *length = step / moved;
            if step_of(theta[j], FINE * *length) != step {
                continue;
            }
        }
        return Ok(found);
    }
    *length = before;
    Ok(found)
}

fn line(mut at: impl FnMut(f64) -> Result<f64>) -> Result<Line> {
    Ok([at(-2.0)?, at(-1.0)?, at(1.0)?, at(2.0)?])
}
