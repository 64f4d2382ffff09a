//! Products of the columns of a panel with each other, with AVX-512: dot products of pairs, which are a triangle, where outer
//! products of rows would be the whole square.

use super::dots::sums_of_four;
use super::panels::{is_whole, WIDTH};
use super::{takes_eight, Columns, Sums};
use std::arch::x86_64::*;

/// Columns whose products with all are added up together: with these, all 32 registers hold sums or factors.
const HELD: usize = WIDTH / 2;

/// The products of `WIDTH` columns from `first` on: out += xᵀ diag(w) x. Shape: w `[B]`, `None` where all are 1.
pub fn add_diagonal(columns: Columns, first: usize, w: Option<&[f64]>, out: &mut Sums) {
    let rows = columns.rows();
    assert!(takes_eight() && is_whole(first, columns.count()) && w.is_none_or(|w| w.len() == rows));
    out.check(columns.count());
    let columns: [&[f64]; WIDTH] = std::array::from_fn(|k| columns.get(first + k));
    let of = Pairs { columns, rows, w: w.unwrap_or_default() };
    // SAFETY: the machine has the instructions; the lengths were checked.
    unsafe {
        match w {
            Some(_) => of.add::<true>(first, out),
            None => of.add::<false>(first, out),
        }
    }
}

struct Pairs<'c> {
    columns: [&'c [f64]; WIDTH],
    rows: usize,
    w: &'c [f64],
}

impl Pairs<'_> {
    /// # Safety
    /// The instruction set; columns and, where it is `WEIGHTED`, w have so many rows.
    #[target_feature(enable = "avx512f,avx2,fma")]
    unsafe fn add<const WEIGHTED: bool>(&self, first: usize, out: &mut Sums) {
        // SAFETY: the caller's.
        unsafe {
            add_to(&self.sums::<0, WIDTH, WEIGHTED>(), first, out);
            add_to(&self.sums::<HELD, HELD, WEIGHTED>(), first + HELD, out);
        }
    }

    /// Entry (j, i): the sum of column `FROM + i` times column `FROM + j`, i <= j, of `COUNT` columns j.
    ///
    /// # Safety
    /// As of [`Pairs::add`].
    #[target_feature(enable = "avx512f,avx2,fma")]
    #[inline]
    unsafe fn sums<const FROM: usize, const COUNT: usize, const WEIGHTED: bool>(&self) -> [[__m512d; HELD]; COUNT] {
        let mut sums = [[_mm512_setzero_pd(); HELD]; COUNT];
        let whole = self.rows & !(WIDTH - 1);
        // SAFETY: the mask leaves out what follows the last row.
        unsafe {
            for row in (0..whole).step_by(WIDTH) {
                self.add_rows::<FROM, COUNT, WEIGHTED>(row, u8::MAX, &mut sums);
            }
            if whole < self.rows {
                self.add_rows::<FROM, COUNT, WEIGHTED>(whole, u8::MAX >> (WIDTH - (self.rows - whole)), &mut sums);
            }
        }
        sums
    }

    /// Of `WIDTH` rows those that the mask says.
    ///
    /// # Safety
    /// As of [`Pairs::add`].
    #[target_feature(enable = "avx512f,avx2,fma")]
    #[inline]
    unsafe fn add_rows<const FROM: usize, const COUNT: usize, const WEIGHTED: bool>(
        &self,
        row: usize,
        mask: u8,
        sums: &mut [[__m512d; HELD]; COUNT],
    ) {
        // SAFETY: the caller's.
        let load = |values: &[f64]| unsafe { _mm512_maskz_loadu_pd(mask, values.as_ptr().add(row)) };
        let mut held = [_mm512_setzero_pd(); HELD];
        for j in 0..COUNT {
            let x = load(self.columns[FROM + j]);
            if j < HELD {
                held[j] = if WEIGHTED { _mm512_mul_pd(x, load(self.w)) } else { x };
            }
            for i in 0..HELD {
                if i <= j {
                    sums[j][i] = _mm512_fmadd_pd(held[i], x, sums[j][i]);
                }
            }
        }
    }
}

/// The sums (j, i), added to the entries (at + i, at + j) of the Gram matrix; those below the diagonal do not matter.
#[target_feature(enable = "avx512f,avx2,fma")]
#[inline]
fn add_to(sums: &[[__m512d; HELD]], at: usize, out: &mut Sums) {
    for (j, &sums) in sums.iter().enumerate() {
        let place = at + (at + j) * out.stride;
        out.gram[place..place + HELD].iter_mut().zip(sums_of_four(sums)).for_each(|(to, sum)| *to += sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_agree_with_plain_loops_at_every_edge() {
        if !takes_eight() {
            return;
        }
        let d = 2 * WIDTH + 3;
        for n in [1, 7, 8, 9, 256, 300] {
            let x: Vec<Vec<f64>> =
                (0..d).map(|j| (0..n).map(|i| ((i + j * n) * 5 % 13) as f64 - 6.25).collect()).collect();
            let weights: Vec<f64> = (0..n).map(|i| (i * 3 % 17) as f64 - 8.5).collect();
            let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
            for w in [None, Some(&weights[..])] {
                let stride = d + 2;
                let (mut gram, mut score) = (vec![1.0; stride * stride], vec![1.0; d]);
                let mut out = Sums { gram: &mut gram, stride, score: &mut score };
                add_diagonal(Columns::new(&columns, 0, n), WIDTH, w, &mut out);
                let weight = |k: usize| w.map_or(1.0, |w| w[k]);
                for j in 0..stride {
                    for i in 0..=j {
                        let is_there = i >= WIDTH && j < 2 * WIDTH;
                        let want =
                            if is_there { (0..n).map(|k| x[i][k] * weight(k) * x[j][k]).sum::<f64>() } else { 0.0 };
                        let got = gram[i + j * stride] - 1.0;
                        assert!((got - want).abs() < 1e-8, "({i}, {j}) of {n} rows: {got}, not {want}");
                    }
                }
                assert_eq!(score, vec![1.0; d]);
            }
        }
    }
}
