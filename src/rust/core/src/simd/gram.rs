//! Xᵀ diag(w) X and Xᵀ r of dense columns.
//!
//! Few columns: dot products of pairs of them (`dots.rs`), which need no other order of the numbers than theirs. More: outer
//! products of rows (`outer.rs`), whose sums have not to be added up at the end of a tile. Very many: a general matrix
//! product, which cuts them to the caches that so many sums no longer fit. Whichever it is, the columns are copied, times √w,
//! so that one copy serves for both sides; where a weight has no root that can divide the residuals, the columns stand on the
//! left and the columns times w on the right. The residuals are one more column.

use super::dots::{add_dot_tiles, Operands};
use super::{add_dots, divide_by_roots, takes_eight, Ahead, Columns, Packed};
#[cfg(all(target_arch = "x86_64", has_avx512))]
use super::{
    diagonal::add_diagonal,
    outer::{add_outer_products, OUTER_FROM},
    panels::{is_whole, Panels},
};
use faer::linalg::matmul::triangular::{matmul, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

/// From so many columns on a general matrix product is the fastest, as bench/rust measures it on two cores with AVX-512, and on
/// two with AVX2, whose fewer registers make smaller tiles.
fn wide() -> usize {
    if takes_eight() {
        1000
    } else {
        144
    }
}

/// Fewer columns are sooner copied twice than their roots found.
const ROOTS_FROM: usize = 4;

/// Rows that [`add_gram`] works on best, whatever their columns: their copy should stay in the nearer caches.
pub const TILE_ROWS: usize = 128;

/// Where the sums go.
pub struct Sums<'g> {
    /// Entry (i, j), i <= j, at i + j·stride; what lies below the diagonal is left undefined.
    pub gram: &'g mut [f64],
    pub stride: usize,
    /// The products of the left columns with the last on the right. Shape: at least `[D]`.
    pub score: &'g mut [f64],
}

impl Sums<'_> {
    /// What the kernels rely on: is there room for the sums of d > 0 columns?
    pub(super) fn check(&self, d: usize) {
        assert!(self.stride >= d && d > 0 && self.gram.len() >= d + (d - 1) * self.stride && self.score.len() >= d);
    }
}

/// Memory of [`add_gram`].
#[derive(Default)]
pub struct GramScratch {
    roots: Vec<f64>,
    residuals: Vec<f64>,
    copies: [Packed; 2],
    #[cfg(all(target_arch = "x86_64", has_avx512))]
    panels: [Panels; 2],
    weighted: Packed,
}

/// What the columns of a side are multiplied by, and the one more.
struct Side<'s> {
    factors: Option<&'s [f64]>,
    last: &'s [f64],
}

/// The Gram matrix of `out` += Xᵀ diag(w) X, its score += Xᵀ r. Shapes: columns `[D][B]`, w `[B]`, `None` where all are 1;
/// r `[B]`.
pub fn add_gram(columns: Columns, w: Option<&[f64]>, r: &[f64], out: &mut Sums, scratch: &mut GramScratch) {
    let d = columns.count();
    if d == 0 || columns.rows() == 0 {
        return;
    }
    let (roots, residuals) = (&mut scratch.roots, &mut scratch.residuals);
    roots.resize(r.len(), 0.0);
    residuals.resize(r.len(), 0.0);
    let plain = Side { factors: None, last: r };
    // the right side where it is another than the left
    let (left, right) = match w {
        None => (plain, None),
        Some(w) if d >= ROOTS_FROM && divide_by_roots(w, r, roots, residuals) => {
            (Side { factors: Some(roots), last: residuals }, None)
        }
        Some(_) => (plain, Some(Side { factors: w, last: r })),
    };
    #[cfg(all(target_arch = "x86_64", has_avx512))]
    if takes_eight() && (OUTER_FROM..wide()).contains(&d) {
        let [first, second] = &mut scratch.panels;
        first.load_with(columns, left.factors, left.last, |panel| {
            if is_whole(panel, d) {
                add_diagonal(columns, panel, w, out);
            }
        });
        if let Some(right) = &right {
            second.load_with(columns, right.factors, right.last, |_| {});
        }
        return add_outer_products(first, if right.is_some() { second } else { first }, out, columns);
    }
    let [first, second] = &mut scratch.copies;
    first.load_with(columns, left.factors, left.last);
    if let Some(right) = &right {
        second.load_with(columns, right.factors, right.last);
    }
    let second = if right.is_some() { second } else { &*first };
    let of = Operands { rows: first.stride(), cols: d, left: first.values(), right: second.values() };
    if d < wide() {
        add_dot_tiles(&of, out, columns);
    } else {
        Ahead::of(columns, 1).ask();
        add_product(&of, out);
    }
}

/// [`add_gram`]; the columns times w come back.
pub fn add_gram_and_weigh<'c>(
    columns: Columns<'c>,
    w: Option<&[f64]>,
    r: &[f64],
    out: &mut Sums,
    scratch: &'c mut GramScratch,
) -> Columns<'c> {
    add_gram(columns, w, r, out, scratch);
    if w.is_none() {
        return columns;
    }
    scratch.weighted.load_times(columns, w);
    scratch.weighted.columns()
}

/// The Gram matrix += leftᵀ·right, the score += leftᵀ·the last of `right`.
fn add_product(of: &Operands, out: &mut Sums) {
    let &Operands { rows, cols, left, right } = of;
    add_dots(Columns::packed(left, rows, cols, rows), &right[cols * rows..], out.score);
    let matrix = |values| MatRef::from_column_major_slice(values, rows, cols);
    let gram = &mut out.gram[..cols + (cols - 1) * out.stride];
    let gram = MatMut::from_column_major_slice_with_stride_mut(gram, cols, cols, out.stride);
    let (upper, full) = (BlockStructure::TriangularUpper, BlockStructure::Rectangular);
    let (left, right) = (matrix(&left[..cols * rows]), matrix(&right[..cols * rows]));
    matmul(gram, upper, Accum::Add, left.transpose(), full, right, full, 1.0, Par::Seq);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights that have roots, with a row that has none and no residual, and weights of which one has no root.
    #[test]
    fn narrow_and_wide_agree_with_plain_loops_whatever_the_weights() {
        let mut scratch = GramScratch::default();
        for (n, d) in [(67, 3), (1, 1), (64, 14), (50, 40), (300, 9), (37, 33), (19, wide() + 5)] {
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
