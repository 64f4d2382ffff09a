//! QR of many rows, block by block, and the rank of the small factor that is left.

use super::factor::{back_solve, spread};
use super::{add_scaled, dot, Factor};
use faer::Mat;

/// A factor of all rows seen so far, each row [x, r] with r the right-hand side: R with RᵀR the rows' products.
#[derive(Debug, Clone)]
pub struct RowsQr {
    /// The rows themselves, as long as there are no more of them than columns; then (p + 1) × (p + 1), upper triangular.
    pub r: Mat<f64>,
}

impl RowsQr {
    pub fn new(p: usize) -> Self {
        RowsQr { r: Mat::zeros(0, p + 1) }
    }

    /// Take in `n` more rows. Shape: by columns, `[(p + 1) × n]`.
    pub fn push(&mut self, rows: &[f64], n: usize) {
        self.stack(|i, j| rows[i + j * n], n);
    }

    pub fn merge(&mut self, other: &RowsQr) {
        let n = other.r.nrows();
        self.stack(|i, j| other.r[(i, j)], n);
    }

    fn stack(&mut self, row: impl Fn(usize, usize) -> f64, n: usize) {
        let stacked = stack(&self.r, row, n);
        self.r = if stacked.nrows() <= stacked.ncols() { stacked } else { stacked.qr().thin_R().to_owned() };
    }
}

/// The triangular factor of `top` with `n` rows below it.
pub fn stack_qr(top: &Mat<f64>, row: impl Fn(usize, usize) -> f64, n: usize) -> Mat<f64> {
    stack(top, row, n).qr().thin_R().to_owned()
}

/// `top` with `n` rows below it.
fn stack(top: &Mat<f64>, row: impl Fn(usize, usize) -> f64, n: usize) -> Mat<f64> {
    let above = top.nrows();
    Mat::from_fn(above + n, top.ncols(), |i, j| if i < above { top[(i, j)] } else { row(i - above, j) })
}

/// Least squares on the factor of the rows, by Householder reflections in the order of the columns: a column whose
/// norm falls below `tolerance` times its own before the columns ahead of it were swept out goes to the end and is
/// aliased. This is the rule of LINPACK's `dqrdc2` as R uses it (Dongarra et al., 1979, ch. 9, with R's pivoting).
///
/// `carry[j]` is the value that an aliased column j had in the residuals' linear predictor: what it explained is
/// given back to the others. Returns the factor and the solution on the kept columns (0 on the aliased).
pub fn least_squares_in_order(rows: &RowsQr, tolerance: f64, carry: &[f64]) -> (Factor, Vec<f64>) {
    let p = rows.r.ncols() - 1;
    let height = rows.r.nrows();
    let mut columns: Vec<Vec<f64>> = (0..=p).map(|j| (0..height).map(|i| rows.r[(i, j)]).collect()).collect();
    let mut rhs = columns.pop().unwrap_or_default();
    // unit columns, so that no square overflows or vanishes
    let norms: Vec<f64> = columns.iter().map(|c| norm(c)).collect();
    for (column, norm) in columns.iter_mut().zip(&norms).filter(|(_, norm)| **norm > 0.0) {
        column.iter_mut().for_each(|x| *x /= norm);
    }
    let (mut kept, mut aliased) = (vec![], vec![]);
    let mut reflections: Vec<Reflection> = vec![];
    for j in 0..p {
        let at = kept.len();
        let column = &mut columns[j];
        // with as many columns as rows nothing is left of the others: what they carry is all there is to know of them
        if at < height || carry[j] != 0.0 {
            reflections.iter().for_each(|reflection| reflection.apply(column));
        }
        let left = if at < height { norm(&column[at..]) } else { 0.0 };
        // a NaN is kept: it makes the step not finite, which the solver reports
        if left == 0.0 || left < tolerance {
            aliased.push(j);
            continue;
        }
        let mut v = column[at..].to_vec();
        let alpha = if v[0] > 0.0 { -left } else { left };
        v[0] -= alpha;
        column[at] = alpha;
        column[at + 1..].fill(0.0);
        let square = dot(&v, &v);
        reflections.push(Reflection { at, v, square });
        kept.push(j);
    }
    reflections.iter().for_each(|reflection| reflection.apply(&mut rhs));
    // what is left of an aliased column below the kept rows of its turn is below the tolerance: zero
    let rank = kept.len();
    for &j in aliased.iter().filter(|&&j| carry[j] != 0.0) {
        for i in 0..rank.min(height) {
            rhs[i] += carry[j] * norms[j] * columns[j][i];
        }
    }
    let r = Mat::from_fn(rank, rank, |i, j| if i <= j { columns[kept[j]][i] * norms[kept[j]] } else { 0.0 });
    let solution = spread(&kept, &back_solve(&r, rhs[..rank].to_vec()), p);
    (Factor::triangular(kept, aliased, r), solution)
}

/// I − 2·v·vᵀ / square on the entries from `at` on, the identity on those before.
struct Reflection {
    at: usize,
    v: Vec<f64>,
    /// vᵀv
    square: f64,
}

impl Reflection {
    fn apply(&self, column: &mut [f64]) {
        let part = &mut column[self.at..];
        add_scaled(part, -2.0 * dot(&self.v, part) / self.square, &self.v);
    }
}

fn norm(x: &[f64]) -> f64 {
    let largest = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * x.iter().map(|v| (v / largest) * (v / largest)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows [x, y] pushed in blocks of odd sizes.
    fn rows_of(columns: &[Vec<f64>], y: &[f64]) -> RowsQr {
        let mut rows = RowsQr::new(columns.len());
        let mut start = 0;
        for len in [1, 2, 5, 100].into_iter().cycle() {
            let len = len.min(y.len() - start);
            let all = columns.iter().map(Vec::as_slice).chain([y]);
            rows.push(&all.flat_map(|c| c[start..start + len].to_vec()).collect::<Vec<_>>(), len);
            start += len;
            if start == y.len() {
                return rows;
            }
        }
        rows
    }

    #[test]
    fn an_exact_fit_in_any_units() {
        for unit in [1.0, 1e200, 1e-200] {
            let x: Vec<Vec<f64>> = vec![
                vec![1.0; 9],
                (0..9).map(|i| unit * i as f64).collect(),
                (0..9).map(|i| 1.0 + 2.0 * i as f64).collect(),
                (0..9).map(|i| ((i * i) % 5) as f64).collect(),
            ];
            let y: Vec<f64> = (0..9).map(|i| 3.0 - x[1][i] / unit + 0.5 * x[3][i]).collect();
            let (factor, solution) = least_squares_in_order(&rows_of(&x, &y), 1e-11, &[0.0; 4]);
            assert_eq!((factor.kept, factor.aliased), (vec![0, 1, 3], vec![2]));
            for (got, want) in solution.iter().zip([3.0, -1.0 / unit, 0.0, 0.5]) {
                assert!((got - want).abs() <= 1e-13 * want.abs().max(1.0 / unit.max(1.0)), "{got} {want}");
            }
        }
    }

    #[test]
    fn what_an_aliased_column_carried_goes_to_the_others() {
        let x = vec![vec![1.0; 4], vec![1.0, 2.0, 3.0, 5.0], vec![2.0, 3.0, 4.0, 6.0]];
        let (_, change) = least_squares_in_order(&rows_of(&x, &[0.0; 4]), 1e-11, &[0.0, 0.0, 10.0]);
        for (got, want) in change.iter().zip([10.0, 10.0, 0.0]) {
            assert!((got - want).abs() < 1e-12);
        }
    }
}
