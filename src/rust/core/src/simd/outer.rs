//! Products of column pairs by outer products of rows, with AVX-512: each sum is a lane of a register, so that none has to be
//! added up from a vector at the end of a tile. Elsewhere tiles of dot products are as fast, whose vectors are shorter.

use super::panels::{is_whole, Panels, WIDTH};
use super::{prefetch, Columns, Sums, LINE};
use std::arch::x86_64::*;

/// From so many columns on they are faster than dot products, as bench/rust measures it on two cores.
pub const OUTER_FROM: usize = 24;

/// Left panels of a tile: with as many columns on the right as a panel has, 24 of the 32 registers hold sums.
const MOST_PANELS: usize = 3;
/// The most columns whose next rows are asked for beside the sums of a tile.
const ASKED: usize = 8;

/// out += leftᵀ · right, of all columns but the last of `left`, and without the products of the columns of a whole panel with each
/// other, which are those of `diagonal.rs`. While they are multiplied, the rows that follow those of
/// `next` are asked for, if it has a next. `left` and `right` are of the same columns and rows.
pub fn add_outer_products(left: &Panels, right: &Panels, out: &mut Sums, next: Columns) {
    assert!(left.count() > 1 && (right.count(), right.rows()) == (left.count(), left.rows()));
    let (d, rows) = (left.count() - 1, left.rows());
    out.check(d);
    assert!(!next.has_next() || next.rows() == rows);
    let tiles: usize = (0..=d).step_by(WIDTH).map(|j| panels_before(j, d).div_ceil(MOST_PANELS)).sum();
    let asked = next.count().div_ceil(tiles).min(ASKED);
    let mut to_ask = if next.has_next() { 0..next.count() } else { 0..0 };
    for (right, j) in right.iter().zip((0..=d).step_by(WIDTH)) {
        let panels = panels_before(j, d);
        // as even as can be: a tile of one panel waits for its few sums
        let most = panels.div_ceil(panels.div_ceil(MOST_PANELS).max(1)).max(1);
        for first in (0..panels).step_by(most) {
            let mut columns: [&[f64]; ASKED] = [&[]; ASKED];
            let some = to_ask.by_ref().take(asked).zip(&mut columns).map(|(k, column)| *column = next.get(k)).count();
            let tile = Tile { left: left.from(first), right, rows, i: first * WIDTH, j, next: &columns[..some] };
            // SAFETY: panels exist only where the machine has the instructions.
            unsafe { tile.add_some((WIDTH.min(d + 1 - j), most.min(panels - first)), d, out) };
        }
    }
}

/// Left panels that the columns from `j` on meet: those before their own, and this where it is not whole.
fn panels_before(j: usize, d: usize) -> usize {
    d.min(j + WIDTH).div_ceil(WIDTH) - usize::from(is_whole(j, d))
}

/// The sums of some left panels, whose columns begin with column `i`, by columns of one right panel, which begin with `j`.
struct Tile<'c> {
    /// One panel after the other, and maybe more than the tile has.
    left: &'c [f64],
    right: &'c [f64],
    rows: usize,
    i: usize,
    j: usize,
    /// Columns whose next rows are asked for.
    next: &'c [&'c [f64]],
}

impl Tile<'_> {
    /// A columns by B panels of d columns.
    ///
    /// # Safety
    /// The instruction set.
    #[target_feature(enable = "avx512f,avx2,fma")]
    unsafe fn add<const A: usize, const B: usize>(&self, d: usize, out: &mut Sums) {
        let &Tile { left, right, rows, i, j, next } = self;
        assert!(left.len() >= B * rows * WIDTH && right.len() >= rows * WIDTH && A <= WIDTH);
        // never asked for by a variable place: they would be kept in memory
        let mut sums = [[_mm512_setzero_pd(); B]; A];
        for start in (0..rows).step_by(LINE) {
            next.iter().for_each(|column| prefetch(&column[start..], rows));
            for row in start..rows.min(start + LINE) {
                // SAFETY: row < rows, for which the lengths were checked.
                unsafe {
                    let mut values = [_mm512_setzero_pd(); B];
                    for b in 0..B {
                        values[b] = _mm512_loadu_pd(left.as_ptr().add((b * rows + row) * WIDTH));
                    }
                    for a in 0..A {
                        let value = _mm512_set1_pd(*right.as_ptr().add(row * WIDTH + a));
                        for b in 0..B {
                            sums[a][b] = _mm512_fmadd_pd(value, values[b], sums[a][b]);
                        }
                    }
                }
            }
        }
        for a in 0..A {
            let is_column = j + a < d;
            let to = if is_column { &mut out.gram[i + (j + a) * out.stride..] } else { &mut out.score[i..] };
            // places that no column fills have sums, too
            let to = &mut to[..(B * WIDTH).min(d - i)];
            for (to, sums) in to.chunks_mut(WIDTH).zip(sums[a]) {
                // SAFETY: the mask covers what there is.
                unsafe {
                    let there = u8::MAX >> (WIDTH - to.len());
                    let before = _mm512_maskz_loadu_pd(there, to.as_ptr());
                    _mm512_mask_storeu_pd(to.as_mut_ptr(), there, _mm512_add_pd(before, sums));
                }
            }
        }
    }

    /// [`Tile::add`] of so many columns by so many panels.
    ///
    /// # Safety
    /// The instruction set.
    #[target_feature(enable = "avx512f,avx2,fma")]
    unsafe fn add_some(&self, size: (usize, usize), d: usize, out: &mut Sums) {
        macro_rules! of_size {
            ($($columns:literal)+) => {
                // SAFETY: the caller's.
                unsafe {
                    match size {
                        $(
                            ($columns, 1) => self.add::<$columns, 1>(d, out),
                            ($columns, 2) => self.add::<$columns, 2>(d, out),
                            ($columns, 3) => self.add::<$columns, MOST_PANELS>(d, out),
                        )+
                        _ => unreachable!("a tile of {size:?}"),
                    }
                }
            };
        }
        of_size!(1 2 3 4 5 6 7 8);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{diagonal::add_diagonal, takes_eight};
    use super::*;

    #[test]
    fn tiles_agree_with_plain_loops_at_every_edge() {
        if !takes_eight() {
            return;
        }
        for n in [1, 3, 8, 30] {
            for d in (1..27).chain([31, 40, 48]) {
                let left: Vec<Vec<f64>> =
                    (0..=d).map(|j| (0..n).map(|i| ((i + j * n) * 5 % 13) as f64 - 6.25).collect()).collect();
                let factors: Vec<f64> = (0..n).map(|i| (i * 3 % 17) as f64 - 8.5).collect();
                let columns: Vec<&[f64]> = left.iter().map(Vec::as_slice).collect();
                let (columns, last) = (Columns::new(&columns[..d], 0, n), columns[d]);
                let (mut plain, mut times) = (Panels::default(), Panels::default());
                let stride = d + 2;
                let (mut gram, mut score) = (vec![1.0; stride * stride], vec![1.0; d]);
                let mut out = Sums { gram: &mut gram, stride, score: &mut score };
                plain.load_with(columns, None, last, |panel| {
                    if is_whole(panel, d) {
                        add_diagonal(columns, panel, Some(&factors), &mut out);
                    }
                });
                times.load_with(columns, Some(&factors), last, |_| {});
                add_outer_products(&plain, &times, &mut out, columns);
                for i in 0..d {
                    let want: f64 = left[i].iter().zip(last).map(|(x, r)| x * r).sum();
                    assert!((score[i] - 1.0 - want).abs() < 1e-10, "{i} of {d}");
                    for j in i..d {
                        let want: f64 = (0..n).map(|k| left[i][k] * factors[k] * left[j][k]).sum();
                        assert!((gram[i + j * stride] - 1.0 - want).abs() < 1e-9, "({i}, {j}) of {d}");
                    }
                    // nothing beyond the columns is touched
                    assert!(gram[d + i * stride..(i + 1) * stride].iter().all(|&g| g == 1.0));
                }
            }
        }
    }
}
