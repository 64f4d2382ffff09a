//! X'WX·theta = X'Wr in twofold precision: the squared condition number that normal equations have costs digits that
//! doubles do not show.

use super::{Factor, Symmetric, Twofold};
use crate::simd::{twofold_products, Partial};
use faer::Mat;

/// The equations of columns and weights in units of powers of two, by which no digit changes.
pub struct NormalEquations {
    /// Rows of the upper triangle of X'WX, each with its entry of X'Wr at its end.
    rows: Vec<Vec<Twofold>>,
    /// The columns of X, and r in two parts.
    columns: Vec<Vec<f64>>,
    r_low: Vec<f64>,
    weights: Vec<f64>,
    /// Column j was divided by 2^units[j], the right-hand side by 2^units[p]. Shape: `[p + 1]`.
    units: Vec<i32>,
    /// The weights were divided by 4^weight_unit.
    weight_unit: i32,
}

/// Least squares as [`NormalEquations::solve`] finds it.
pub struct Twofolds {
    /// 0 for aliased columns. Shape: `[p]`.
    pub coefficients: Vec<f64>,
    pub factor: Factor,
    /// Σ w·(r − X·theta)² of the coefficients before they are rounded to doubles.
    pub squares: f64,
}

impl NormalEquations {
    /// `columns` are p of X and the right-hand side r, `r_low` what the doubles of r leave out; all of them are changed.
    /// `None` where something is not finite. Shapes: `[n]`.
    pub fn new(mut columns: Vec<Vec<f64>>, mut r_low: Vec<f64>, mut weights: Vec<f64>) -> Option<Self> {
        for column in &mut columns {
            // whatever a row without weight holds, it adds nothing
            column.iter_mut().zip(&weights).filter(|(_, &w)| w == 0.0).for_each(|(x, _)| *x = 0.0);
        }
        let weight_unit = unit_of(&weights)? / 2;
        scale(&mut weights, 2 * weight_unit);
        let units = columns.iter().map(|column| unit_of(column)).collect::<Option<Vec<i32>>>()?;
        columns.iter_mut().zip(&units).for_each(|(column, &unit)| scale(column, unit));
        let p = columns.len() - 1;
        scale(&mut r_low, units[p]);
        let zeros = vec![0.0; weights.len()];
        let product = |i: usize, j: usize| {
            let mut sums = Partial::default();
            let low = if j == p { &r_low } else { &zeros };
            twofold_products(&weights, &columns[i], &columns[j], low, &mut sums);
            Twofold::sum_of_parts(&sums.high, &sums.low)
        };
        let rows = (0..p).map(|i| (i..=p).map(|j| product(i, j)).collect()).collect();
        Some(NormalEquations { rows, columns, r_low, weights, units, weight_unit })
    }

    /// The solution, by elimination in the order of the columns. A column whose norm falls below `tolerance` times its own
    /// when those before it are swept out is aliased, as by QR ([`super::least_squares_in_order`]).
    pub fn solve(&self, tolerance: f64) -> Twofolds {
        let norms: Vec<f64> = self.rows.iter().map(|row| row[0].high).collect();
        let keep = |k: usize, pivot: f64| norms[k] > 0.0 && pivot > 0.0 && (pivot / norms[k]).sqrt() >= tolerance;
        let triangle = self.eliminate(keep);
        let p = triangle.rows.len();
        let solution = triangle.back_solve(triangle.kept.iter().map(|&k| triangle.rows[k][p - k]).collect());
        let squares = self.squares(&triangle.kept, &solution);
        let mut coefficients = vec![0.0; p];
        for (&k, value) in triangle.kept.iter().zip(solution) {
            coefficients[k] = libm::scalbn(value.to_double(), self.units[p] - self.units[k]);
        }
        Twofolds { coefficients, factor: self.factor_of(triangle), squares }
    }

    /// The factor of the columns `kept`.
    pub fn factor(&self, kept: &[usize]) -> Factor {
        let triangle = self.eliminate(|k, _| kept.contains(&k));
        self.factor_of(triangle)
    }

    /// Elimination of the columns k of which `keep(k, pivot)` is true.
    fn eliminate(&self, keep: impl Fn(usize, f64) -> bool) -> Triangle {
        let mut rows = self.rows.clone();
        let (mut kept, mut aliased, mut pivots) = (vec![], vec![], vec![]);
        for k in 0..rows.len() {
            let pivot = rows[k][0];
            if !keep(k, pivot.high) {
                aliased.push(k);
                continue;
            }
            let (done, rest) = rows.split_at_mut(k + 1);
            let row = &mut done[k];
            let whole = row.clone();
            row.iter_mut().for_each(|x| *x = *x / pivot);
            for (offset, target) in rest.iter_mut().enumerate() {
                let factor = row[offset + 1];
                target.iter_mut().zip(&whole[offset + 1..]).for_each(|(t, &x)| *t = *t - factor * x);
            }
            kept.push(k);
            pivots.push(pivot);
        }
        Triangle { rows, kept, aliased, pivots }
    }

    /// The factor that a triangle is, in the units of the caller.
    fn factor_of(&self, triangle: Triangle) -> Factor {
        let rank = triangle.kept.len();
        let unit = |i: usize| self.units[triangle.kept[i]] + self.weight_unit;
        // columns of the inverse of U
        let inverse: Vec<Vec<Twofold>> = (0..rank)
            .map(|j| triangle.back_solve((0..=j).map(|i| Twofold::from(f64::from(u8::from(i == j)))).collect()))
            .collect();
        let mut covariance = Symmetric::zeros(rank);
        for i in 0..rank {
            for j in i..rank {
                let entry: Twofold = (j..rank).map(|k| inverse[k][i] * inverse[k][j] / triangle.pivots[k]).sum();
                *covariance.at_mut(i, j) = libm::scalbn(entry.to_double(), -unit(i) - unit(j));
            }
        }
        let r = Mat::from_fn(rank, rank, |i, j| match i <= j {
            true => libm::scalbn(triangle.pivots[i].high.sqrt() * triangle.at(i, j).high, unit(j)),
            false => 0.0,
        });
        let Triangle { kept, aliased, .. } = triangle;
        Factor::triangular(kept, aliased, r).with_inverse(covariance)
    }

    /// Σ w·(r − X·theta)² for theta on the columns `kept`.
    fn squares(&self, kept: &[usize], theta: &[Twofold]) -> f64 {
        let p = self.rows.len();
        let row = |i: usize| {
            let fitted: Twofold = kept.iter().zip(theta).map(|(&k, &t)| t * Twofold::from(self.columns[k][i])).sum();
            let residual = (Twofold::sum_of(self.columns[p][i], self.r_low[i]) - fitted).to_double();
            self.weights[i] * residual * residual
        };
        let sum = (0..self.weights.len()).map(row).sum();
        libm::scalbn(sum, 2 * (self.units[p] + self.weight_unit))
    }
}

/// U of U'DU = X'WX on the columns `kept`.
struct Triangle {
    /// Those of the kept columns are rows of U, whose diagonal is 1, with the right-hand side as it became at the end.
    rows: Vec<Vec<Twofold>>,
    kept: Vec<usize>,
    aliased: Vec<usize>,
    /// D. Shape: `[kept]`.
    pivots: Vec<Twofold>,
}

impl Triangle {
    /// Entry of the i-th and the j-th kept column.
    fn at(&self, i: usize, j: usize) -> Twofold {
        self.rows[self.kept[i]][self.kept[j] - self.kept[i]]
    }

    /// U⁻¹·x, of the leading block where x is shorter.
    fn back_solve(&self, mut x: Vec<Twofold>) -> Vec<Twofold> {
        for i in (0..x.len()).rev() {
            x[i] = x[i] - (i + 1..x.len()).map(|j| self.at(i, j) * x[j]).sum();
        }
        x
    }
}

/// The power of two that brings the largest of the values to [½, 1); `None` where one is not finite.
fn unit_of(values: &[f64]) -> Option<i32> {
    let largest = values.iter().fold(0.0f64, |m, x| if x.is_nan() { f64::NAN } else { m.max(x.abs()) });
    largest.is_finite().then(|| libm::frexp(largest).1)
}

fn scale(values: &mut [f64], unit: i32) {
    let factor = libm::scalbn(1.0, -unit);
    let is_exact = factor.is_normal();
    values.iter_mut().for_each(|x| *x = if is_exact { *x * factor } else { libm::scalbn(*x, -unit) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(units: [f64; 3]) -> Vec<Vec<f64>> {
        let n = 12;
        let x = |i: usize, k: i32| (100.0 + i as f64).powi(k) * units[k as usize];
        let mut columns: Vec<Vec<f64>> = (0..3).map(|k| (0..n).map(|i| x(i, k)).collect()).collect();
        columns.push((0..n).map(|i| 1.0 - 2.0 * x(i, 1) / units[1] + 0.5 * x(i, 2) / units[2]).collect());
        columns
    }

    /// A parabola far from its vertex, whose normal equations have a condition number of 1e20, in any units.
    #[test]
    fn a_far_parabola_to_the_last_digits() {
        for units in [[1.0, 1.0, 1.0], [1.0, 2f64.powi(200), 2f64.powi(-200)], [2f64.powi(-300), 1.0, 1.0]] {
            let equations = NormalEquations::new(columns(units), vec![0.0; 12], vec![0.3e-20; 12]).unwrap();
            let found = equations.solve(1e-11);
            assert_eq!(found.factor.rank(), 3);
            assert!(found.squares < 1e-20 * 0.3e-20 * 12e8, "{}", found.squares);
            for (got, want) in found.coefficients.iter().zip([1.0 / units[0], -2.0 / units[1], 0.5 / units[2]]) {
                assert!((got / want - 1.0).abs() < 1e-12, "{got} {want}");
            }
            // information · inverse = 1, as far as doubles can tell of a factor with a condition number of 1e10
            let (r, inverse) = (found.factor.triangle().unwrap(), found.factor.inverse());
            let scaled = |i: usize| inverse.at(i, i).sqrt();
            for i in 0..3 {
                let product: f64 = (i..3).map(|k| r[(i, k)] * inverse.at(k, 2)).sum();
                let want = if i == 2 { 1.0 / r[(2, 2)] } else { 0.0 };
                assert!((product - want).abs() < 1e-6 * r[(i, i)] * scaled(i) * scaled(2), "{i}: {product} {want}");
            }
        }
    }

    #[test]
    fn columns_are_aliased_as_by_qr() {
        let mut columns = columns([1.0; 3]);
        let sum: Vec<f64> = columns[0].iter().zip(&columns[1]).map(|(a, b)| 3.0 * a + b).collect();
        columns.insert(2, sum);
        columns.insert(0, vec![0.0; 12]);
        let found = NormalEquations::new(columns, vec![0.0; 12], vec![1.0; 12]).unwrap().solve(1e-11);
        assert_eq!((found.factor.kept, found.factor.aliased), (vec![1, 2, 4], vec![0, 3]));
        let missing = vec![vec![1.0, f64::NAN], vec![1.0, 2.0]];
        assert!(NormalEquations::new(missing.clone(), vec![0.0; 2], vec![1.0, 1.0]).is_none());
        let hidden = NormalEquations::new(missing, vec![0.0; 2], vec![1.0, 0.0]).unwrap().solve(1e-11);
        assert_eq!(hidden.coefficients, [1.0]);
    }
}
