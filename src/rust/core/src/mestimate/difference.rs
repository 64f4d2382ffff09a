//! Derivatives by central differences.

use crate::error::{Error, Result};
use faer::Mat;

/// ε^(1/3): where the errors of rounding and of the third derivative are about the same.
pub(super) const STEP: f64 = 6.055_454_452_393_343e-6;
/// A parameter's neighbours are no nearer than this part of it, or differences would be rounding errors.
const LEAST: f64 = 1e-11;
/// How often a step is divided by ten where the function has no value beside the point.
const RETREATS: usize = 6;

/// A change below this part of a function's size may be rounding errors.
const INVISIBLE: f64 = 1e-9;
/// By how much a step grows that shows nothing, and how often.
const STRIDE: f64 = 1e4;
const GROWTHS: usize = 10;

/// How far each parameter, by itself, must move to change what a row says: √n standard errors of it, were the others known.
#[derive(Debug, Clone)]
pub struct Lengths(pub Vec<f64>);

impl Lengths {
    /// A guess from the parameters alone.
    pub fn of(theta: &[f64]) -> Self {
        Lengths(theta.iter().map(|t| t.abs().max(1.0)).collect())
    }

    /// Is any of them far from what it was in `other`?
    pub fn differ_from(&self, other: &Lengths) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| !(0.05..20.0).contains(&(a / b)))
    }
}

/// The derivatives of `f`, whose values have length q. Two calls for each parameter. Shape: q × p.
/// Errors: those of `f`; [`Error::NoDerivative`] where it has no value on either side.
pub fn central_differences(
    mut f: impl FnMut(&[f64]) -> Result<Vec<f64>>,
    theta: &[f64],
    lengths: &Lengths,
    q: usize,
) -> Result<Mat<f64>> {
    let columns = (0..theta.len()).map(|j| {
        let step = step(theta[j], lengths.0[j]);
        let up = beside(&mut f, theta, j, step)?;
        central_column(&mut f, theta, j, step, &up)
    });
    Ok(matrix(&columns.collect::<Result<Vec<_>>>()?, q))
}

/// What a change of functions is held against, to tell it from rounding errors.
pub enum Size {
    /// The sum over the rows of each function's size, about.
    Functions(Vec<f64>),
    /// The functions are the slopes of one of this size.
    Value(f64),
}

impl Size {
    /// Which part of its length has parameter j moved?
    fn part(&self, j: usize, step: f64, up: &[f64], here: &[f64]) -> f64 {
        match self {
            Size::Functions(sizes) => {
                let parts = up.iter().zip(here).zip(sizes).map(|((u, h), size)| (u - h).abs() / size);
                parts.fold(0.0, f64::max)
            }
            Size::Value(size) => (step * (up[j] - here[j]).abs() / size).sqrt(),
        }
    }
}

/// Derivatives by one call for each parameter, which are good enough for a step; another call for each makes them central.
pub struct OneSided {
    pub jacobian: Mat<f64>,
    steps: Vec<f64>,
    /// What `f` returned above theta, in place of each parameter. Shape: `[p][q]`.
    above: Vec<Vec<f64>>,
}

impl OneSided {
    /// `here`: the value of `f` at theta. More calls where a step shows nothing: it may be too short. Errors: as of
    /// [`central_differences`].
    pub fn new(
        mut f: impl FnMut(&[f64]) -> Result<Vec<f64>>,
        theta: &[f64],
        here: &[f64],
        lengths: &Lengths,
        size: &Size,
    ) -> Result<Self> {
        let (mut steps, mut above, mut columns) = (vec![], vec![], vec![]);
        for (j, &length) in lengths.0.iter().enumerate() {
            let (step, up) = visible(&mut f, theta, j, step(theta[j], length), here, size)?;
            let forward = slope(&up, here, (theta[j] + step) - theta[j]);
            columns.push(match forward {
                Some(forward) => forward,
                None => central_column(&mut f, theta, j, step, &up)?,
            });
            steps.push(step);
            above.push(up);
        }
        Ok(OneSided { jacobian: matrix(&columns, here.len()), steps, above })
    }

    /// The central differences about the same theta. Shape: q × p.
    pub fn completed(&self, mut f: impl FnMut(&[f64]) -> Result<Vec<f64>>, theta: &[f64]) -> Result<Mat<f64>> {
        let columns = (0..theta.len()).map(|j| central_column(&mut f, theta, j, self.steps[j], &self.above[j]));
        Ok(matrix(&columns.collect::<Result<Vec<_>>>()?, self.jacobian.nrows()))
    }
}

fn step(theta: f64, length: f64) -> f64 {
    (STEP * length).max(LEAST * theta.abs())
}

/// A power of 2 near `step`, which can be added and taken away again without rounding errors.
pub(super) fn step_of(theta: f64, step: f64) -> f64 {
    step.max(LEAST * theta.abs()).log2().round().exp2()
}

/// The value of `f` where parameter j is `step` further.
pub(super) fn beside<T>(f: &mut impl FnMut(&[f64]) -> Result<T>, theta: &[f64], j: usize, step: f64) -> Result<T> {
    let mut at = theta.to_vec();
    at[j] += step;
    f(&at)
}

/// A step of parameter j that shows in the functions, and their value there: `first` where that does, or where none does.
fn visible(
    f: &mut impl FnMut(&[f64]) -> Result<Vec<f64>>,
    theta: &[f64],
    j: usize,
    first: f64,
    here: &[f64],
    size: &Size,
) -> Result<(f64, Vec<f64>)> {
    let nearest = beside(f, theta, j, first)?;
    let growths = if size.part(j, first, &nearest, here) < INVISIBLE { GROWTHS } else { 0 };
    let mut step = first;
    for _ in 0..growths {
        step *= STRIDE;
        let up = beside(f, theta, j, step)?;
        let part = size.part(j, step, &up, here);
        if !part.is_finite() {
            break;
        }
        if part >= INVISIBLE {
            // a function of steps has changed by as much, or not at all, where this is a slope
            let nearer = size.part(j, step / 10.0, &beside(f, theta, j, step / 10.0)?, here);
            if (part / 20.0..part / 5.0).contains(&nearer) {
                return Ok((step, up));
            }
            break;
        }
    }
    Ok((first, nearest))
}

/// The derivatives by parameter j. `up`: the value of `f` a step above theta.
fn central_column(
    f: &mut impl FnMut(&[f64]) -> Result<Vec<f64>>,
    theta: &[f64],
    j: usize,
    mut step: f64,
    up: &[f64],
) -> Result<Vec<f64>> {
    let width = |step: f64| (theta[j] + step) - (theta[j] - step);
    let mut found = slope(up, &beside(f, theta, j, -step)?, width(step));
    let mut both = |step: f64| -> Result<Option<Vec<f64>>> {
        Ok(slope(&beside(f, theta, j, step)?, &beside(f, theta, j, -step)?, width(step)))
    };
    for _ in 0..RETREATS {
        if found.is_some() {
            break;
        }
        step /= 10.0;
        // at the edge of where there are values the curvature is large: well inside, differences are straight
        found = both(step)?.map_or(Ok(None), |near| Ok(Some(both(step / 100.0)?.unwrap_or(near))))?;
    }
    found.ok_or_else(|| Error::NoDerivative { parameter: j, theta: theta.to_vec() })
}

/// `None` where it is not finite.
fn slope(up: &[f64], down: &[f64], width: f64) -> Option<Vec<f64>> {
    let slope: Vec<f64> = up.iter().zip(down).map(|(u, d)| (u - d) / width).collect();
    slope.iter().all(|s| s.is_finite()).then_some(slope)
}

fn matrix(columns: &[Vec<f64>], q: usize) -> Mat<f64> {
    Mat::from_fn(q, columns.len(), |i, j| columns[j][i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_in_any_units() {
        for scale in [1e-8, 1.0, 1e8] {
            let f = |t: &[f64]| Ok(vec![(t[0] / scale).exp() * t[1], (t[1] / (3.0 * scale)).sin()]);
            let theta = [0.3 * scale, 2.0 * scale];
            let d = central_differences(f, &theta, &Lengths(vec![scale; 2]), 2).unwrap();
            let want = [[0.3f64.exp() * 2.0, 0.3f64.exp()], [0.0, (2.0f64 / 3.0).cos() / (3.0 * scale)]];
            for i in 0..2 {
                for j in 0..2 {
                    assert!((d[(i, j)] - want[i][j]).abs() < 1e-9 * (1.0 + want[i][j].abs()), "{i} {j} at {scale}");
                }
            }
        }
    }

    #[test]
    fn an_edge_is_approached_and_a_void_named() {
        let f = |t: &[f64]| Ok(vec![if t[0] > 0.0 { t[0].ln() } else { f64::NAN }]);
        let d = central_differences(f, &[1e-9], &Lengths(vec![1.0]), 1).unwrap();
        assert!((d[(0, 0)] * 1e-9 - 1.0).abs() < 1e-3);
        let nowhere = |_: &[f64]| Ok(vec![f64::NAN]);
        assert!(matches!(
            central_differences(nowhere, &[1.0], &Lengths(vec![1.0]), 1),
            Err(Error::NoDerivative { parameter: 0, .. })
        ));
    }

    /// Completed, they are the central differences bit for bit, with no point asked about twice.
    #[test]
    fn one_side_comes_first() {
        let calls = std::cell::Cell::new(0);
        let f = |t: &[f64]| {
            calls.set(calls.get() + 1);
            Ok(vec![t[0].exp() * t[1], t[0] - t[1].powi(3)])
        };
        let (theta, lengths) = ([0.4, -1.2], Lengths(vec![1.0, 2.0]));
        let here = f(&theta).unwrap();
        let first = OneSided::new(f, &theta, &here, &lengths, &Size::Functions(vec![1.0; 2])).unwrap();
        assert_eq!(calls.get(), 3);
        let completed = first.completed(f, &theta).unwrap();
        assert_eq!(calls.get(), 5);
        assert_eq!(completed, central_differences(f, &theta, &lengths, 2).unwrap());
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert!((first.jacobian[(i, j)] - completed[(i, j)]).abs() < 1e-4, "{i} {j}");
        }
    }
}
