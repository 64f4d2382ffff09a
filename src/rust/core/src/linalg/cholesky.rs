//! Cholesky factorisation from left to right: a column that the columns before it explain is aliased, as in R,
//! where a pivoted factorisation would choose other columns.

use super::{Factor, Symmetric};
use faer::{Mat, Side};

pub struct Cholesky {
    pub factor: Factor,
    /// The least of what was left of a column, relative to the column: its squared relative distance from the span of
    /// those before it. The factor has about −log10(ε / least_pivot) good digits.
    pub least_pivot: f64,
}

/// From here on a blocked factorisation is worth its preparations.
const BLOCKED: usize = 96;

/// The factor of the columns that are not in `skip`, where none of them is aliased; `None` where one might be.
fn blocked(a: &Symmetric, scale: &[f64], skip: &[usize]) -> Option<Cholesky> {
    let (aliased, kept): (Vec<usize>, Vec<usize>) = (0..a.size()).partition(|j| skip.contains(j));
    let rank = kept.len();
    let scaled = Mat::from_fn(rank, rank, |i, j| a.at(kept[i], kept[j]) / (scale[kept[i]] * scale[kept[j]]));
    let llt = scaled.llt(Side::Lower).ok()?;
    let l = llt.L();
    let pivots = (0..rank).map(|i| l[(i, i)] * l[(i, i)]);
    let least_pivot = pivots.fold(f64::INFINITY, |least, x| if x.is_nan() { x } else { least.min(x) });
    let r = Mat::from_fn(rank, rank, |i, j| if i <= j { l[(j, i)] * scale[kept[j]] } else { 0.0 });
    Some(Cholesky { factor: Factor::triangular(kept, aliased, r), least_pivot })
}

/// RᵀR of `a`, leaving out `skip` and every column with a relative pivot below `tolerance`.
///
/// The matrix is brought to a unit diagonal first, so that units of measurement do not matter.
pub fn cholesky_in_order(a: &Symmetric, skip: &[usize], tolerance: f64) -> Cholesky {
    let scale: Vec<f64> = (0..a.size()).map(|i| a.at(i, i).sqrt()).collect();
    cholesky_scaled(a, &scale, skip, tolerance)
}

/// The same where something was swept out of the columns before: `scale` are their norms as they were. Shape: `[p]`.
pub fn cholesky_scaled(a: &Symmetric, scale: &[f64], skip: &[usize], tolerance: f64) -> Cholesky {
    let p = a.size();
    if p >= BLOCKED {
        if let Some(cholesky) = blocked(a, scale, skip).filter(|c| c.least_pivot >= tolerance) {
            return cholesky;
        }
    }
    // rows of the equilibrated upper triangle; overwritten by the rows of R
    let mut rows: Vec<Vec<f64>> =
        (0..p).map(|i| (i..p).map(|j| a.at(i, j) / (scale[i] * scale[j])).collect()).collect();
    let (mut kept, mut aliased) = (vec![], vec![]);
    let mut least_pivot = f64::INFINITY;
    for k in 0..p {
        let pivot = if scale[k] > 0.0 { rows[k][0] } else { 0.0 };
        if skip.contains(&k) {
            aliased.push(k);
            continue;
        }
        // a NaN stays: squares that overflow are as good a reason for QR as digits that are lost
        least_pivot = if pivot.is_nan() || least_pivot.is_nan() { f64::NAN } else { least_pivot.min(pivot) };
        if pivot < tolerance {
            aliased.push(k);
            continue;
        }
        kept.push(k);
        let (done, rest) = rows.split_at_mut(k + 1);
        let row = &mut done[k];
        let root = pivot.sqrt();
        row.iter_mut().for_each(|x| *x /= root);
        for (offset, target) in rest.iter_mut().enumerate() {
            let factor = row[offset + 1];
            if factor != 0.0 {
                target.iter_mut().zip(&row[offset + 1..]).for_each(|(t, r)| *t -= factor * r);
            }
        }
    }
    let r = Mat::from_fn(kept.len(), kept.len(), |i, j| {
        if i <= j {
            rows[kept[i]][kept[j] - kept[i]] * scale[kept[j]]
        } else {
            0.0
        }
    });
    Cholesky { factor: Factor::triangular(kept, aliased, r), least_pivot }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    fn gram(x: &[&[f64]]) -> Symmetric {
        let mut a = Symmetric::zeros(x.len());
        for i in 0..x.len() {
            for j in i..x.len() {
                *a.at_mut(i, j) = x[i].iter().zip(x[j]).map(|(u, v)| u * v).sum();
            }
        }
        a
    }

    #[test]
    fn solves_and_inverts() {
        let a = gram(&[&[1.0, 1.0, 1.0, 1.0], &[1.0, 2.0, 4.0, 8.0], &[0.5, -1.0, 3.0, 2.0]]);
        let c = cholesky_in_order(&a, &[], 1e-12);
        let x = c.factor.solve(&a.times(&[1.0, -2.0, 0.25]));
        for (got, want) in x.iter().zip([1.0, -2.0, 0.25]) {
            assert!((got - want).abs() < 1e-13);
        }
        let inverse = c.factor.inverse();
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| a.at(i, k) * inverse.at(k, j)).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn the_blocked_factor_is_the_same() {
        let p = BLOCKED + 7;
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let x: Vec<Vec<f64>> =
            (0..p).map(|j| (0..2 * p).map(|_| (1 + j) as f64 * rng.random::<f64>()).collect()).collect();
        let a = gram(&x.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let whole = cholesky_in_order(&a, &[], 1e-12);
        let scale: Vec<f64> = (0..p).map(|i| a.at(i, i).sqrt()).collect();
        assert!(blocked(&a, &scale, &[]).is_some());
        // fewer columns take the way of the small matrices
        let small = (0..BLOCKED - 1).collect::<Vec<_>>();
        let plain = cholesky_in_order(&a.select(&small), &[], 1e-12);
        assert!(whole.least_pivot <= plain.least_pivot * (1.0 + 1e-6));
        let (whole, plain) = (whole.factor.triangle().unwrap(), plain.factor.triangle().unwrap());
        for &i in &small {
            for &j in &small[i..] {
                let (got, want) = (whole[(i, j)], plain[(i, j)]);
                assert!((got - want).abs() < 1e-12 * scale[j], "({i}, {j}): {got} {want}");
            }
        }
        let skip = [3, p - 1];
        let without = cholesky_in_order(&a, &skip, 1e-12).factor;
        let others: Vec<usize> = (0..p).filter(|j| !skip.contains(j)).collect();
        let selected = cholesky_in_order(&a.select(&others), &[], 1e-12).factor;
        assert_eq!((&without.kept, &without.aliased[..]), (&others, &skip[..]));
        assert_eq!(without.triangle(), selected.triangle());
    }

    #[test]
    fn later_columns_are_aliased_whatever_their_size() {
        let one = [1.0; 4];
        let (x, z) = ([1.0, 2.0, 3.0, 5.0], [1e6, 2e6, 3e6, 5e6]);
        let c = cholesky_in_order(&gram(&[&one, &x, &z, &[0.0; 4]]), &[], 1e-12);
        assert_eq!((c.factor.kept, c.factor.aliased), (vec![0, 1], vec![2, 3]));
        let c = cholesky_in_order(&gram(&[&one, &z, &x]), &[], 1e-12);
        assert_eq!(c.factor.aliased, vec![2]);
    }
}
