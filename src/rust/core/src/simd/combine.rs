//! Many linear combinations of the same rows of several columns.

use super::{dispatch, multiply_add, takes_eight, SideBySide};

/// Combinations that are made at a time: each value that is loaded serves all of them.
const TOGETHER: usize = 3;
/// Rows at a time: with [`TOGETHER`] as many sums as stay in registers of four numbers, and enough to keep the adders busy.
const ROWS: usize = 16;
/// The same with registers of eight numbers.
const MORE_ROWS: usize = 32;

/// The coefficients of some combinations of D columns.
pub struct Combinations {
    count: usize,
    groups: Vec<Group>,
}

/// [`TOGETHER`] combinations, the last ones of the last group of zeros.
struct Group {
    /// Columns from the first that has a coefficient to the last; the others are not looked at: half of them where the
    /// combinations are those of a triangle.
    first: usize,
    /// For each of these columns.
    coefficients: Vec<[f64; TOGETHER]>,
}

impl Combinations {
    /// Of the first `columns` coefficients of each.
    pub fn new(coefficients: &[Vec<f64>], columns: usize) -> Self {
        let group = |together: &[Vec<f64>]| {
            let used = |j: &usize| together.iter().any(|of| of[*j] != 0.0);
            let first = (0..columns).find(used).unwrap_or(0);
            let end = (first..columns).rev().find(used).map_or(first, |last| last + 1);
            let of_column = |j: usize| std::array::from_fn(|k| together.get(k).map_or(0.0, |of| of[j]));
            Group { first, coefficients: (first..end).map(of_column).collect() }
        };
        Combinations { count: coefficients.len(), groups: coefficients.chunks(TOGETHER).map(group).collect() }
    }
}

dispatch! {
    /// out = the combinations of the columns, one after the other. Shapes: columns `[D][B]`, out `[count × B]`.
    combine => combine_generic(columns: SideBySide, combinations: &Combinations, out: &mut [f64])
}

dispatch! {
    /// out = the sum of the squares of the combinations. Shapes: columns `[D][B]`, out `[B]`.
    sum_of_squares => sum_of_squares_generic(columns: SideBySide, combinations: &Combinations, out: &mut [f64])
}

#[inline(always)]
fn combine_generic<const FMA: bool>(columns: SideBySide, combinations: &Combinations, out: &mut [f64]) {
    if takes_eight() {
        combine_by::<FMA, MORE_ROWS>(columns, combinations, out);
    } else {
        combine_by::<FMA, ROWS>(columns, combinations, out);
    }
}

#[inline(always)]
fn combine_by<const FMA: bool, const R: usize>(columns: SideBySide, combinations: &Combinations, out: &mut [f64]) {
    let n = columns.rows;
    assert_eq!(out.len(), combinations.count * n);
    let whole = n - n % R;
    for (group, out) in combinations.groups.iter().zip(out.chunks_mut(TOGETHER * n.max(1))) {
        for start in (0..whole).step_by(R) {
            let sums = sums::<FMA, R>(columns, group, start);
            for (out, sums) in out.chunks_exact_mut(n).zip(&sums) {
                out[start..start + R].copy_from_slice(sums);
            }
        }
        for row in whole..n {
            let sums = sums::<FMA, 1>(columns, group, row);
            out.chunks_exact_mut(n).zip(&sums).for_each(|(out, sum)| out[row] = sum[0]);
        }
    }
}

#[inline(always)]
fn sum_of_squares_generic<const FMA: bool>(columns: SideBySide, combinations: &Combinations, out: &mut [f64]) {
    if takes_eight() {
        sum_of_squares_by::<FMA, MORE_ROWS>(columns, combinations, out);
    } else {
        sum_of_squares_by::<FMA, ROWS>(columns, combinations, out);
    }
}

#[inline(always)]
fn sum_of_squares_by<const FMA: bool, const R: usize>(
    columns: SideBySide,
    combinations: &Combinations,
    out: &mut [f64],
) {
    assert_eq!(out.len(), columns.rows);
    let mut parts = out.chunks_exact_mut(R);
    for (i, out) in parts.by_ref().enumerate() {
        out.copy_from_slice(&squares::<FMA, R>(columns, combinations, i * R));
    }
    let rest = parts.into_remainder();
    let start = columns.rows - rest.len();
    rest.iter_mut().enumerate().for_each(|(i, out)| [*out] = squares::<FMA, 1>(columns, combinations, start + i));
}

/// Rows `start .. start + R` of the sum of squares.
#[inline(always)]
fn squares<const FMA: bool, const R: usize>(
    columns: SideBySide,
    combinations: &Combinations,
    start: usize,
) -> [f64; R] {
    let mut total = [0.0; R];
    for group in &combinations.groups {
        for sums in sums::<FMA, R>(columns, group, start) {
            for i in 0..R {
                total[i] = multiply_add::<FMA>(sums[i], sums[i], total[i]);
            }
        }
    }
    total
}

/// Rows `start .. start + R` of a group's combinations.
#[inline(always)]
fn sums<const FMA: bool, const R: usize>(columns: SideBySide, group: &Group, start: usize) -> [[f64; R]; TOGETHER] {
    let mut sums = [[0.0; R]; TOGETHER];
    for (x, by) in columns.from(group.first).zip(&group.coefficients) {
        let x = &x[start..start + R];
        // the rows outside: the sums, a coefficient of each combination and a value of x are just as many as 16 registers hold
        for i in 0..R {
            for k in 0..TOGETHER {
                sums[k][i] = multiply_add::<FMA>(by[k], x[i], sums[k][i]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, Packed};
    use super::*;

    #[test]
    fn agree_with_plain_loops() {
        for (n, d, count) in [(1, 1, 1), (19, 3, 4), (64, 9, 9), (40, 5, 0)] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..n).map(|i| ((i * 7 + j * 3) % 11) as f64 - 4.5).collect()).collect();
            let all: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
            // of a triangle, and one more number that is not looked at
            let coefficient = |k: usize, j: usize| if j > k { 0.0 } else { 0.5 + ((k + 2 * j) % 5) as f64 };
            let by: Vec<Vec<f64>> = (0..count).map(|k| (0..d + 1).map(|j| coefficient(k, j)).collect()).collect();
            let mut out = vec![f64::NAN; count * n];
            let (mut memory, combinations) = (Packed::default(), Combinations::new(&by, d));
            let columns = memory.side_by_side(Columns::new(&all, 0, n));
            combine(columns, &combinations, &mut out);
            let mut squares = vec![f64::NAN; n];
            sum_of_squares(columns, &combinations, &mut squares);
            for (i, square) in squares.iter().enumerate() {
                let want: f64 = (0..count).map(|k| out[k * n + i] * out[k * n + i]).sum();
                assert!((square - want).abs() < 1e-12 * want.max(1.0), "{i}");
            }
            for (k, out) in out.chunks_exact(n).enumerate() {
                for i in 0..n {
                    let want: f64 = (0..d).map(|j| by[k][j] * x[j][i]).sum();
                    assert!((out[i] - want).abs() < 1e-12, "{k} {i}");
                }
            }
        }
    }
}
