//! Xᵀ diag(w) X and Xᵀ r of dense columns.
//!
//! Up to [`wide`] columns: tiles of column pairs whose sums stay in registers, with the residuals as one more column. Wider:
//! a general matrix product, which packs its operands for the caches that so many columns no longer fit. Either way the
//! columns are copied, times √w, so that one copy serves for both sides; where a weight has no root that can divide the
//! residuals, the columns stand on the left and the columns times w on the right.

use super::tiles::{add_tiles, takes_eight, Operands, Sums};
use super::{add_dots, divide_by_roots, Ahead, Columns, Packed};
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

/// Fewer columns are sooner copied twice than their roots found.
const ROOTS_FROM: usize = 4;

/// Rows that [`add_gram`] works on best, whatever their columns: sums of vectors are added up at the end of a tile, which
/// should be seldom, and the copy of a panel of columns should stay in a first-level cache.
pub const TILE_ROWS: usize = 256;

/// Memory of [`add_gram`].
#[derive(Default)]
pub struct GramScratch {
    left: Packed,
    right: Packed,
    roots: Vec<f64>,
    residuals: Vec<f64>,
}

/// The Gram matrix of `out` += Xᵀ diag(w) X, its score += Xᵀ r. Shapes: columns `[D][B]`, w `[B]`, `None` where all are 1;
/// r `[B]`.
pub fn add_gram(columns: Columns, w: Option<&[f64]>, r: &[f64], out: &mut Sums, scratch: &mut GramScratch) {
    let GramScratch { left, roots, residuals, .. } = scratch;
    match w {
        None => left.load_with(columns, None, r),
        Some(w) => {
            roots.resize(w.len(), 0.0);
            residuals.resize(w.len(), 0.0);
            if columns.count() < ROOTS_FROM || !divide_by_roots(w, r, roots, residuals) {
                add_gram_and_weigh(columns, Some(w), r, out, scratch);
                return;
            }
            left.load_with(columns, Some(roots), residuals);
        }
    }
    add_products(left, left, columns, out);
}

/// [`add_gram`]; the columns times w come back.
pub fn add_gram_and_weigh<'c>(
    columns: Columns,
    w: Option<&[f64]>,
    r: &[f64],
    out: &mut Sums,
    scratch: &'c mut GramScratch,
) -> Columns<'c> {
    let GramScratch { left, right, .. } = scratch;
    left.load_with(columns, None, r);
    let right = match w {
        None => left,
        Some(w) => {
            right.load_with(columns, Some(w), r);
            &*right
        }
    };
    add_products(left, right, columns, out);
    right.first(columns.count())
}

/// The Gram matrix += leftᵀ·right of all columns but the last, the score += leftᵀ·the last of `right`. `columns` are those
/// whose next rows may be wanted.
fn add_products(left: &Packed, right: &Packed, columns: Columns, out: &mut Sums) {
    let (d, n) = (columns.count(), left.stride());
    let (left, right) = (left.values(), right.values());
    if d == 0 || n == 0 {
        return;
    }
    if d < wide() {
        add_tiles(&Operands { rows: n, cols: d, left, right }, out, columns);
    } else {
        Ahead::of(columns, 1).ask();
        add_dots(Columns::packed(left, n, d, n), &right[d * n..], out.score);
        let matrix = |values| MatRef::from_column_major_slice(values, n, d);
        let gram = &mut out.gram[..d + (d - 1) * out.stride];
        let gram = MatMut::from_column_major_slice_with_stride_mut(gram, d, d, out.stride);
        let (upper, full) = (BlockStructure::TriangularUpper, BlockStructure::Rectangular);
        let (left, right) = (matrix(&left[..d * n]), matrix(&right[..d * n]));
        matmul(gram, upper, Accum::Add, left.transpose(), full, right, full, 1.0, Par::Seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights that have roots, with a row that has none and no residual, and weights of which one has no root.
    #[test]
    fn narrow_and_wide_agree_with_plain_loops_whatever_the_weights() {
        let mut scratch = GramScratch::default();
        for (n, d) in [(67, 3), (1, 1), (64, 14), (50, 40), (300, 9), (37, wide() + 5)] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..n + 2).map(|i| ((i * 5 + j * 8) % 13) as f64 - 6.25).collect()).collect();
            let all: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
            let columns = Columns::new(&all, 1, n);
            let positive: Vec<f64> = (0..n).map(|i| 0.5 + (i % 3) as f64).collect();
            let mut negative = positive.clone();
            negative[n / 2] = -0.75;
            let mut zero = positive.clone();
            zero[n / 2] = 0.0;
            let r: Vec<f64> = (0..n).map(|i| (i % 7) as f64 - 3.5).collect();
            let mut no_residual = r.clone();
            no_residual[n / 2] = 0.0;
            let cases = [
                (None, &r),
                (Some(&positive), &r),
                (Some(&zero), &no_residual),
                (Some(&zero), &r),
                (Some(&negative), &r),
            ];
            for (w, r) in cases {
                let w = w.map(Vec::as_slice);
                let weight = |k: usize| w.map_or(1.0, |w| w[k]);
                let stride = d + 4;
                let sums = || (vec![1.0; stride * stride], vec![2.0; d]);
                let check = |(gram, score): (Vec<f64>, Vec<f64>)| {
                    for j in 0..d {
                        let want = 2.0 + (0..n).map(|k| x[j][k + 1] * r[k]).sum::<f64>();
                        assert!((score[j] - want).abs() < 1e-11);
                        for i in 0..=j {
                            let want: f64 = (0..n).map(|k| x[i][k + 1] * weight(k) * x[j][k + 1]).sum();
                            let got = gram[i + j * stride] - 1.0;
                            assert!(
                                (got - want).abs() < 1e-12 * want.abs().max(1000.0),
                                "({i}, {j}): {got}, not {want}"
                            );
                        }
                    }
                };
                let (mut gram, mut score) = sums();
                add_gram(columns, w, r, &mut Sums { gram: &mut gram, stride, score: &mut score }, &mut scratch);
                check((gram, score));
                let (mut gram, mut score) = sums();
                let out = &mut Sums { gram: &mut gram, stride, score: &mut score };
                let weighted = add_gram_and_weigh(columns, w, r, out, &mut scratch);
                (0..d).for_each(|j| assert_eq!(weighted.get(j)[n - 1], weight(n - 1) * x[j][n]));
                check((gram, score));
            }
        }
    }
}
