//! The derivatives of a function of which only values are known. A step is a part of the parameter's length: how far it must
//! move for the function, bending as it does there, to change by its own size. Lengths are learnt from the values themselves,
//! so they follow the units of the parameters. Source: Gill, Murray, Saunders and Wright (1983), "Computing forward-difference
//! intervals for numerical optimization" (steps by second differences).

use super::difference::{beside, step_of, Lengths, STEP};
use super::stencil::Stencil;
use crate::error::Result;
use faer::Mat;

/// Second differences beyond this part of the function: the step is much too long.
const SHARP: f64 = 1e-6;
/// Second differences below this part of it may be rounding errors.
const FLAT: f64 = 1e-13;
/// First differences below this part of it have lost too many digits to rounding.
pub(super) const FAINT: f64 = 1e-7;
/// By how much a step grows that shows nothing: second differences from below [`FLAT`] do not jump over [`SHARP`].
pub(super) const STRIDE: f64 = 300.0;
/// Steps that are tried for a parameter, and those that are shortened for want of a value.
const ATTEMPTS: usize = 24;
const RETREATS: i32 = 8;
/// The size of a function that is zero where it is least, as a part of its first value.
const LEAST_SIZE: f64 = 1e-10;

/// What has been learnt of a function's lengths.
#[derive(Debug, Default)]
pub struct Steps {
    lengths: Vec<f64>,
    least_size: f64,
    /// The last point that was looked at closely.
    about: Option<Stencil>,
}

impl Steps {
    /// The gradient by two calls for each parameter, as exact as a search needs it; NaN where there is no value here or
    /// beside. `value`: that of `f` at theta. Errors: those of `f`.
    pub fn gradient(
        &mut self,
        mut f: impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
    ) -> Result<Vec<f64>> {
        if !value.is_finite() {
            return Ok(vec![f64::NAN; theta.len()]);
        }
        self.begin(value, theta);
        (0..theta.len()).map(|j| Ok(self.slope(&mut f, value, theta, j)?.unwrap_or(f64::NAN))).collect()
    }

    /// The gradient by four calls for each parameter, as exact as the values' rounding allows, about.
    pub fn precise_gradient(
        &mut self,
        mut f: impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
    ) -> Result<Vec<f64>> {
        let found = self.stencil(&mut f, value, theta)?.map(|stencil| stencil.gradient());
        found.map_or_else(|| self.gradient(f, value, theta), Ok)
    }

    /// The second derivatives, by four calls for each parameter and for each pair; `None` where there are no values that
    /// far. Shape: p × p.
    pub fn hessian(
        &mut self,
        mut f: impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
    ) -> Result<Option<Mat<f64>>> {
        self.stencil(&mut f, value, theta)?.map_or(Ok(None), |stencil| stencil.hessian(&mut f))
    }

    /// The lengths as they were last, once there are some.
    pub fn lengths(&self) -> Option<Lengths> {
        (!self.lengths.is_empty()).then(|| Lengths(self.lengths.clone()))
    }

    /// Take these for what they were last: where a search goes on from a point before it.
    pub fn relearn(&mut self, lengths: Lengths) {
        self.lengths = lengths.0;
    }

    fn begin(&mut self, value: f64, theta: &[f64]) {
        if self.lengths.is_empty() {
            self.lengths = Lengths::of(theta).0;
            self.least_size = LEAST_SIZE * value.abs();
        }
    }

    /// The values about theta: those of last time where theta is the same.
    fn stencil(
        &mut self,
        f: &mut impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
    ) -> Result<Option<&mut Stencil>> {
        if !value.is_finite() {
            return Ok(None);
        }
        self.begin(value, theta);
        if !self.about.as_ref().is_some_and(|about| about.is_about(theta)) {
            self.about = Stencil::new(f, value, theta, &mut self.lengths, self.least_size)?;
        }
        Ok(self.about.as_mut())
    }

    /// The central difference by parameter j, its length corrected until the step suits it.
    fn slope(
        &mut self,
        f: &mut impl FnMut(&[f64]) -> Result<f64>,
        value: f64,
        theta: &[f64],
        j: usize,
    ) -> Result<Option<f64>> {
        let before = self.lengths[j];
        let mut retreats = 0;
        let mut found = None;
        for _ in 0..ATTEMPTS {
            let step = step_of(theta[j], STEP * self.lengths[j]);
            let (up, down) = (beside(f, theta, j, step)?, beside(f, theta, j, -step)?);
            if !(up.is_finite() && down.is_finite()) {
                retreats += 1;
                if retreats > RETREATS {
                    break;
                }
                self.lengths[j] = step / STEP * retreat(retreats);
                continue;
            }
            found = Some((up - down) / (2.0 * step));
            let part = |difference: f64| part_of(difference, &[value, up, down, self.least_size]);
            let bend = part((up - value) - (value - down));
            if bend < FLAT && part(up - down) < FAINT {
                self.lengths[j] = STRIDE * step / STEP;
                continue;
            }
            if bend > SHARP {
                self.lengths[j] = step / bend.sqrt();
                if step_of(theta[j], STEP * self.lengths[j]) < step {
                    continue;
                }
            }
            return Ok(found);
        }
        self.lengths[j] = before;
        Ok(found)
    }
}

/// The part of a step without a value that is tried next: an edge may be near, or the length from a place far away.
pub(super) fn retreat(times: i32) -> f64 {
    0.1f64.powi(times)
}

/// The size of a difference beside those of the values that it is made of.
pub(super) fn part_of(difference: f64, values: &[f64]) -> f64 {
    let size = values.iter().fold(0.0f64, |size, v| size.max(v.abs()));
    if size > 0.0 {
        difference.abs() / size
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// exp(a + x b) − a, with x in any unit, and its derivatives.
    fn bent(t: &[f64], x: f64) -> f64 {
        (t[0] + x * t[1]).exp() - t[0]
    }

    #[test]
    fn derivatives_in_any_unit_from_any_guess() {
        for x in [1e-9, 1e-3, 1.0, 1e5, 1e9] {
            let mut steps = Steps::default();
            let theta = [0.3, -0.4 / x];
            let (f, e) = (|t: &[f64]| Ok(bent(t, x)), (-0.1f64).exp());
            let value = bent(&theta, x);
            let want = [e - 1.0, e * x];
            let rough = steps.gradient(f, value, &theta).unwrap();
            let precise = steps.precise_gradient(f, value, &theta).unwrap();
            let hessian = steps.hessian(f, value, &theta).unwrap().unwrap();
            for i in 0..2 {
                assert!((rough[i] / want[i] - 1.0).abs() < 1e-5, "{i} at {x}: {}", rough[i]);
                assert!((precise[i] / want[i] - 1.0).abs() < 1e-9, "{i} at {x}: {}", precise[i]);
                for j in 0..2 {
                    let units = if i == 1 { x } else { 1.0 } * if j == 1 { x } else { 1.0 };
                    assert!((hessian[(i, j)] / (e * units) - 1.0).abs() < 1e-8, "{i} {j} at {x}");
                }
            }
        }
    }

    /// Where the unit is as guessed a search pays two calls for each parameter; the last derivatives share their calls.
    #[test]
    fn no_more_calls_than_needed() {
        let calls = Cell::new(0);
        let f = |t: &[f64]| {
            calls.set(calls.get() + 1);
            Ok(bent(t, 1.0))
        };
        let mut steps = Steps::default();
        let theta = [0.3, -0.4];
        let value = bent(&theta, 1.0);
        steps.gradient(f, value, &theta).unwrap();
        assert_eq!(calls.replace(0), 4);
        steps.precise_gradient(f, value, &theta).unwrap();
        steps.hessian(f, value, &theta).unwrap();
        steps.hessian(f, value, &theta).unwrap();
        assert_eq!(calls.get(), 8 + 4);
    }

    #[test]
    fn edges_and_voids() {
        let log = |t: &[f64]| Ok(t[0].ln() + 3.0 * t[1]);
        let mut steps = Steps::default();
        let near_edge = steps.gradient(log, (1e-9f64).ln(), &[1e-9, 0.0]).unwrap();
        assert!((near_edge[0] * 1e-9 - 1.0).abs() < 1e-4 && (near_edge[1] / 3.0 - 1.0).abs() < 1e-4, "{near_edge:?}");
        assert!(steps.gradient(log, f64::NAN, &[-1.0, 0.0]).unwrap()[0].is_nan());
        let nowhere = |_: &[f64]| Ok(f64::NAN);
        assert!(Steps::default().gradient(nowhere, 1.0, &[1.0]).unwrap()[0].is_nan());
    }
}
