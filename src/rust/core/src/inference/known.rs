//! The factor of XᵀWX where its inverse is known already: a fit's unscaled covariance spares a pass over the rows.

use crate::design::Design;
use crate::error::Result;
use crate::linalg::{cholesky_in_order, Factor, Symmetric};

/// Leverages whose sum is farther from the rank, as a share of it, are those of other weights or other columns.
const SAME: f64 = 1e-11;

/// With fewer rows for each column a pass takes less than to invert and factorise.
const ROWS_PER_COLUMN: usize = 10;

/// What `run` makes of the factor of XᵀWX; it gives the sum of the leverages as well. `inverse` is that of the columns that are
/// not `aliased`, if it is known. `exact` is asked for the factor if it is not, if it has not all digits of a leverage, or if the
/// leverages do not add up to the rank.
pub fn with_known_inverse<T>(
    design: &Design,
    inverse: Option<&Symmetric>,
    aliased: &[usize],
    exact: impl FnOnce() -> Result<Factor>,
    mut run: impl FnMut(&Factor) -> Result<(f64, T)>,
) -> Result<T> {
    let p = design.cols();
    let inverse = inverse.filter(|_| design.rows() >= ROWS_PER_COLUMN * p);
    if let Some(factor) = inverse.and_then(|inverse| factor_of_inverse(inverse, aliased, p)) {
        let (sum, made) = run(&factor)?;
        let rank = factor.rank() as f64;
        if (sum - rank).abs() <= SAME * rank {
            return Ok(made);
        }
    }
    Ok(run(&exact()?)?.1)
}

/// `None` if leverages would lack digits.
fn factor_of_inverse(inverse: &Symmetric, aliased: &[usize], p: usize) -> Option<Factor> {
    let kept: Vec<usize> = (0..p).filter(|j| !aliased.contains(j)).collect();
    if inverse.size() != kept.len() {
        return None;
    }
    let factor = |matrix| Some(cholesky_in_order(matrix, &[], 0.0).factor).filter(|f| f.rank() == kept.len());
    let information = factor(inverse)?.inverse();
    let triangle = factor(&information)?.triangle()?.clone();
    Some(Factor::triangular(kept, aliased.to_vec(), triangle)).filter(|factor| !factor.is_doubtful())
}

#[cfg(test)]
mod tests {
    use super::super::influence::{influence, Weighted};
    use super::super::meat_tests::{calm, Data};
    use super::*;
    use crate::linalg::Factor;

    /// Leverages, and how often a pass was asked for the factor.
    fn leverages(data: &Data, weights: &[f64], inverse: Option<&Symmetric>) -> (Vec<f64>, usize) {
        let design = data.design();
        let (mut hat, mut passes) = (vec![0.0; weights.len()], 0);
        let exact = || {
            passes += 1;
            Ok(data.factor(&design))
        };
        let run = |factor: &Factor| {
            let sum = influence(&Weighted { design: &design, weights, factor }, &mut hat, None, &calm())?;
            Ok((sum, ()))
        };
        with_known_inverse(&design, inverse, &[], exact, run).unwrap();
        (hat, passes)
    }

    #[test]
    fn a_pass_is_taken_where_the_inverse_does_not_do() {
        let data = Data::new(500);
        let inverse = data.factor(&data.design()).inverse();
        let (want, passes) = leverages(&data, &data.weights, None);
        assert_eq!(passes, 1);
        let assert_same = |got: &[f64]| got.iter().zip(&want).for_each(|(a, b)| assert!((a - b).abs() < 1e-14));
        let (got, passes) = leverages(&data, &data.weights, Some(&inverse));
        assert_same(&got);
        assert_eq!(passes, 0);
        let mut other = inverse.clone();
        *other.at_mut(1, 1) *= 1.0 + 1e-8;
        // of other weights, of a column less, of no information, and one that is not finite
        for wrong in [other, inverse.select(&[0, 2, 3]), Symmetric::zeros(inverse.size()), {
            let mut inverse = inverse.clone();
            *inverse.at_mut(0, 1) = f64::NAN;
            inverse
        }] {
            let (got, passes) = leverages(&data, &data.weights, Some(&wrong));
            assert_same(&got);
            assert_eq!(passes, 1);
        }
    }
}
