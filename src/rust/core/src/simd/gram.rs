//! Xᵀ diag(w) X and Xᵀ r of dense columns.
//!
//! Up to [`wide`] columns: tiles of column pairs whose sums stay in registers, the columns against the columns times w,
//! with the residuals as one more of those. Wider: a general matrix product, which packs its operands for the caches that
//! so many columns no longer fit.

use super::tiles::{add_tiles, takes_eight, Operands, Sums};
use super::{add_dots, Columns, Packed};
use faer::linalg::matmul::triangular::{matmul, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

/// From so many columns on a general matrix product is faster (measured by bench/rust on two cores with AVX-512, and on two
/// with AVX2, whose fewer registers make smaller tiles).
fn wide() -> usize {
    if takes_eight() {
        1000
    } else {
        144
    }
}

/// Rows that [`add_gram`] works on best: few enough for `d` columns and their weighted copy to stay in a first-level cache,
/// or else for a panel of them; for many columns, few enough for a second-level cache. Sums of vectors of eight rows are
/// added up at the end of a tile: that should be seldom.
pub fn gram_rows(d: usize) -> usize {
    match (takes_eight(), d) {
        (true, 16..48) => 128,
        (true, _) => 256,
        (false, 25..144) => 128,
        (false, _) => 64,
    }
}

/// gram += Xᵀ diag(w) X, upper triangle: entry (i, j), i <= j, at i + j·stride, what lies below it is left undefined; and
/// score += Xᵀ r. Shapes: columns `[D][B]`, w `[B]`, not negative, `None` where all are 1; r `[B]`, score at least `[D]`.
/// The columns times w come back: they lie in `scratch`, or are the columns themselves.
pub fn add_gram<'c>(
    columns: &'c Packed,
    w: Option<&[f64]>,
    r: &[f64],
    gram: &mut [f64],
    stride: usize,
    score: &mut [f64],
    scratch: &'c mut GramScratch,
) -> Columns<'c> {
    let d = columns.count();
    let GramScratch { weighted, residuals } = scratch;
    if d >= wide() && !r.is_empty() {
        add_dots(columns.columns(), r, score);
        // both factors are the columns times √w: one copy serves for both
        let scaled = match w {
            Some(w) => {
                let roots: Vec<f64> = w.iter().map(|w| w.sqrt()).collect();
                weighted.load_times(columns.columns(), &roots);
                &*weighted
            }
            None => columns,
        };
        add_product(scaled, gram, stride);
    }
    let right = match w {
        Some(w) => {
            weighted.load_times(columns.columns(), w);
            &*weighted
        }
        None => columns,
    };
    if (1..wide()).contains(&d) && !r.is_empty() {
        residuals.load(Columns::packed(r, r.len(), 1, r.len()));
        let (left, right, extra) = (columns.values(), right.values(), residuals.values());
        add_tiles(
            &Operands { rows: columns.stride(), cols: d, left, right, extra },
            &mut Sums { gram, stride, extra: score },
        );
    }
    right.columns()
}

/// Memory of [`add_gram`].
#[derive(Default)]
pub struct GramScratch {
    weighted: Packed,
    residuals: Packed,
}

/// gram += XᵀX.
fn add_product(x: &Packed, gram: &mut [f64], stride: usize) {
    let d = x.count();
    let x = MatRef::from_column_major_slice(x.values(), x.stride(), d);
    let gram = MatMut::from_column_major_slice_with_stride_mut(&mut gram[..d + (d - 1) * stride], d, d, stride);
    let (upper, full) = (BlockStructure::TriangularUpper, BlockStructure::Rectangular);
    matmul(gram, upper, Accum::Add, x.transpose(), full, x, full, 1.0, Par::Seq);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_narrow_agree_with_plain_loops() {
        let (mut columns, mut scratch) = (Packed::default(), GramScratch::default());
        for (n, d) in [(67, 3), (1, 1), (64, 14), (50, 40), (37, wide() + 5)] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..n + 2).map(|i| ((i * 5 + j * 8) % 13) as f64 - 6.25).collect()).collect();
            let w: Vec<f64> = (0..n).map(|i| 0.5 + (i % 3) as f64).collect();
            let r: Vec<f64> = (0..n).map(|i| (i % 7) as f64 - 3.0).collect();
            let all: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
            columns.load(Columns::new(&all, 1, n));
            let stride = d + 4;
            for weights in [None, Some(&w[..])] {
                let (mut gram, mut score) = (vec![1.0; stride * stride], vec![2.0; d]);
                let weighted = add_gram(&columns, weights, &r, &mut gram, stride, &mut score, &mut scratch);
                let weight = |k: usize| weights.map_or(1.0, |w| w[k]);
                for j in 0..d {
                    let want = 2.0 + (0..n).map(|k| x[j][k + 1] * r[k]).sum::<f64>();
                    assert!((score[j] - want).abs() < 1e-11);
                    assert_eq!(weighted.get(j)[n - 1], weight(n - 1) * x[j][n]);
                    for i in 0..=j {
                        let want: f64 = (0..n).map(|k| x[i][k + 1] * weight(k) * x[j][k + 1]).sum();
                        let got = gram[i + j * stride] - 1.0;
                        assert!((got - want).abs() < 1e-12 * want.abs().max(1000.0), "({i}, {j}): {got}, not {want}");
                    }
                }
            }
        }
    }
}
