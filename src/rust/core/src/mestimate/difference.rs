//! Derivatives by central differences.

use crate::error::{Error, Result};
use faer::Mat;

/// ε^(1/3): where the errors of rounding and of the third derivative are about the same.
const STEP: f64 = 6.055_454_452_393_343e-6;
/// A parameter's neighbours are no nearer than this part of it, or differences would be rounding errors.
const LEAST: f64 = 1e-11;
/// Times a step is divided by ten where the function has no value beside the point.
const RETREATS: usize = 6;

/// How far each parameter must move to change what a row says: the spread of the estimate, times √n, once that is known.
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
    let mut out = Mat::zeros(q, theta.len());
    let mut at = theta.to_vec();
    for j in 0..theta.len() {
        let mut step = (STEP * lengths.0[j]).max(LEAST * theta[j].abs());
        let mut beside = |step: f64| -> Result<Option<Vec<f64>>> {
            let (above, below) = (theta[j] + step, theta[j] - step);
            at[j] = above;
            let up = f(&at)?;
            at[j] = below;
            let down = f(&at)?;
            at[j] = theta[j];
            let slope: Vec<f64> = up.iter().zip(&down).map(|(u, d)| (u - d) / (above - below)).collect();
            Ok(slope.iter().all(|s| s.is_finite()).then_some(slope))
        };
        let mut slope = beside(step)?;
        for _ in 0..RETREATS {
            if slope.is_some() {
                break;
            }
            step /= 10.0;
            // at the edge of where there are values the curvature is large: well inside, differences are straight
            slope = beside(step)?.map_or(Ok(None), |near| Ok(Some(beside(step / 100.0)?.unwrap_or(near))))?;
        }
        let Some(slope) = slope else { return Err(Error::NoDerivative { parameter: j }) };
        (0..q).for_each(|i| out[(i, j)] = slope[i]);
    }
    Ok(out)
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
            Err(Error::NoDerivative { parameter: 0 })
        ));
    }
}
