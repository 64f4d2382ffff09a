//! Products of few column pairs in tiles whose sums stay in registers, each sum a vector along the rows.

use super::packed::STEP;
use super::{Columns, Sums};

/// Left columns of a tile.
const TALL: usize = 4;
/// Left columns that are worked through with all right ones before the next: they stay in the first-level cache.
const PANEL: usize = 16;

/// What is multiplied: `cols` columns of `rows` values on the left; on the right one more.
/// Both lie by columns without gaps, so that no two columns compete for the same places of a cache.
#[derive(Clone, Copy)]
pub struct Operands<'c> {
    pub rows: usize,
    pub cols: usize,
    pub left: &'c [f64],
    pub right: &'c [f64],
}

/// A kernel whose tiles, of up to four columns by up to the first $width, are sums of vectors of $lanes lanes.
macro_rules! kernel {
    ($name:ident, $(#[$attribute:meta])?, $vector:ty, $lanes:literal, $($width:literal)or+,
     $zero:expr, $load:expr, $fma:expr, $sums:expr) => {
        pub(super) mod $name {
            use crate::simd::dots::{Operands, PANEL, STEP, TALL};
            use crate::simd::{Ahead, Columns, Sums};
            #[cfg(target_arch = "x86_64")]
            #[allow(unused_imports)] // the portable kernel needs none
            use std::arch::x86_64::*;

            /// Sums of the products of left columns i .. i + A, A at most TALL, with right columns j .. j + B.
            ///
            /// # Safety
            /// What check() asserts; i + A at most d, j + B at most d + 1.
            $(#[$attribute])?
            unsafe fn tile<const A: usize, const B: usize>(of: &Operands, i: usize, j: usize, out: &mut Sums) {
                let (d, n) = (of.cols, of.rows);
                // never asked for by a variable place: they would be kept in memory
                let mut sums: [[$vector; TALL]; B] = [[$zero; TALL]; B];
                // SAFETY: the columns are there, n is a multiple of STEP, and there is room for the sums.
                unsafe {
                    let (left, right) = (of.left.as_ptr().add(i * n), of.right.as_ptr().add(j * n));
                    let mut k = 0;
                    while k < n {
                        // unrolled: the end of a loop of few rounds is foreseen
                        for _ in 0..STEP / $lanes {
                            // B columns and one more in registers beside the sums: 16 are just enough
                            let mut values: [$vector; B] = [$zero; B];
                            for b in 0..B {
                                values[b] = $load(right.add(b * n + k));
                            }
                            for a in 0..A {
                                let value = $load(left.add(a * n + k));
                                for b in 0..B {
                                    sums[b][a] = $fma(value, values[b], sums[b][a]);
                                }
                            }
                            k += $lanes;
                        }
                    }
                    for b in 0..B {
                        let is_column = j + b < d;
                        let to = if is_column { &mut out.gram[i + (j + b) * out.stride..] } else { &mut out.score[i..] };
                        let sums: [f64; TALL] = $sums(sums[b]);
                        to[..A].iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
                    }
                }
            }

            /// [`tile`] of `tall` by `wide`.
            ///
            /// # Safety
            /// What check() asserts; i + tall at most d, j + wide at most d + 1.
            $(#[$attribute])?
            unsafe fn tile_of(of: &Operands, (i, tall): (usize, usize), (j, wide): (usize, usize), out: &mut Sums) {
                // SAFETY: the caller's.
                unsafe {
                    match (wide, tall) {
                        $(
                            ($width, 1) => tile::<1, $width>(of, i, j, out),
                            ($width, 2) => tile::<2, $width>(of, i, j, out),
                            ($width, 3) => tile::<3, $width>(of, i, j, out),
                            ($width, _) => tile::<TALL, $width>(of, i, j, out),
                        )+
                        _ => unreachable!("{wide} columns"),
                    }
                }
            }

            /// # Safety
            /// What check() asserts.
            $(#[$attribute])?
            pub unsafe fn add(of: &Operands, out: &mut Sums, next: Columns) {
                const WIDEST: usize = [$($width),+][0];
                let d = of.cols;
                // as many portions as tiles, about
                let tiles = d.div_ceil(TALL) * (d + 1).div_ceil(WIDEST) / 2 + d.div_ceil(TALL);
                let mut ahead = Ahead::of(next, tiles);
                for panel in (0..d).step_by(PANEL) {
                    for j in (panel..=d).step_by(WIDEST) {
                        let right = (j + WIDEST).min(d + 1);
                        // the last column meets all left ones, the others those up to their own place
                        let left = if right > d { d } else { right }.min(panel + PANEL);
                        for i in (panel..left).step_by(TALL) {
                            ahead.ask();
                            let first = j.max(i);
                            // SAFETY: the caller's.
                            unsafe { tile_of(of, (i, TALL.min(left - i)), (first, right - first), out) };
                        }
                    }
                }
                ahead.ask_all();
            }
        }
    };
}

kernel!(
    portable, , [f64; 2], 2, 2 or 1, [0.0; 2],
    |p: *const f64| [*p, *p.add(1)],
    |a: [f64; 2], b: [f64; 2], c: [f64; 2]| [a[0] * b[0] + c[0], a[1] * b[1] + c[1]],
    |v: [[f64; 2]; TALL]| v.map(|v| v[0] + v[1])
);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::TALL;
    use std::arch::x86_64::*;

    /// The sums of four vectors.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn sums(v: [__m256d; TALL]) -> [f64; TALL] {
        // of v0 v1 | v2 v3: sums of neighbours in the lower halves, and in the upper ones
        let (low, high) = (_mm256_hadd_pd(v[0], v[1]), _mm256_hadd_pd(v[2], v[3]));
        let crossed = _mm256_permute2f128_pd::<0x21>(low, high);
        let straight = _mm256_blend_pd::<0b1100>(low, high);
        let mut out = [0.0; TALL];
        // SAFETY: there is room for four.
        unsafe { _mm256_storeu_pd(out.as_mut_ptr(), _mm256_add_pd(crossed, straight)) };
        out
    }

    kernel!(
        avx2, #[target_feature(enable = "avx2,fma")], __m256d, 4, 3 or 2 or 1, _mm256_setzero_pd(),
        _mm256_loadu_pd, _mm256_fmadd_pd, super::sums
    );

    // build.rs leaves it out where the compiler is too old for it
    #[cfg(has_avx512)]
    #[allow(clippy::incompatible_msrv)]
    pub(super) mod wide {
        use super::TALL;
        use std::arch::x86_64::*;

        /// The sums of four vectors: by instructions of AVX-512 alone, since a vector that meets an older one has to be in the
        /// lower half of the registers, as long as it lives.
        #[target_feature(enable = "avx512f,fma")]
        #[inline]
        pub(in crate::simd) fn sums(v: [__m512d; TALL]) -> [f64; TALL] {
            // quarters of v0 and v1, of v2 and v3: sums of neighbours
            let low = _mm512_add_pd(_mm512_unpacklo_pd(v[0], v[1]), _mm512_unpackhi_pd(v[0], v[1]));
            let high = _mm512_add_pd(_mm512_unpacklo_pd(v[2], v[3]), _mm512_unpackhi_pd(v[2], v[3]));
            let even = _mm512_shuffle_f64x2::<0b10_00_10_00>(low, high);
            let odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(low, high);
            let halves = _mm512_add_pd(even, odd);
            let even = _mm512_shuffle_f64x2::<0b10_00_10_00>(halves, halves);
            let odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(halves, halves);
            let mut out = [0.0; TALL];
            // SAFETY: there is room for four.
            unsafe { _mm256_storeu_pd(out.as_mut_ptr(), _mm512_castpd512_pd256(_mm512_add_pd(even, odd))) };
            out
        }

        kernel!(
            avx512, #[target_feature(enable = "avx512f,avx2,fma")], __m512d, 8, 6 or 5 or 4 or 3 or 2 or 1, _mm512_setzero_pd(),
            _mm512_loadu_pd, _mm512_fmadd_pd, super::sums
        );
    }

    pub(super) type Kernel = unsafe fn(&super::Operands, &mut super::Sums, super::Columns);

    /// The kernels that this machine can run, the best first.
    pub(super) fn kernels() -> impl Iterator<Item = Kernel> {
        #[cfg(has_avx512)]
        let widest = crate::simd::takes_eight().then_some(wide::avx512::add as Kernel);
        #[cfg(not(has_avx512))]
        let widest = None;
        let wide = (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(avx2::add as Kernel);
        widest.into_iter().chain(wide)
    }
}

#[cfg(all(target_arch = "x86_64", has_avx512))]
pub(super) use x86::wide::sums as sums_of_four;

/// out += leftᵀ · right. While they are multiplied, the rows that follow those of `next` are asked for, if it has a next.
pub fn add_dot_tiles(of: &Operands, out: &mut Sums, next: Columns) {
    check(of, out);
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = x86::kernels().next() {
        // SAFETY: the machine has the instructions; the lengths were checked.
        return unsafe { kernel(of, out, next) };
    }
    // SAFETY: the lengths were checked.
    unsafe { portable::add(of, out, next) }
}

/// What the kernels rely on.
fn check(of: &Operands, out: &Sums) {
    let (d, n) = (of.cols, of.rows);
    assert!(n % STEP == 0 && of.left.len() >= d * n && of.right.len() >= (d + 1) * n);
    out.check(d);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_agrees_with_plain_loops_at_every_edge() {
        for n in [16, 32, 80] {
            for d in (1..15).chain([31, 40]) {
                let left: Vec<f64> = (0..d * n).map(|i| (i * 5 % 13) as f64 - 6.25).collect();
                let right: Vec<f64> = (0..(d + 1) * n).map(|i| (i * 3 % 17) as f64 - 8.5).collect();
                let of = Operands { rows: n, cols: d, left: &left, right: &right };
                let stride = d + 2;
                let run = |kernel: &dyn Fn(&Operands, &mut Sums)| {
                    let (mut gram, mut extra) = (vec![1.0; stride * stride], vec![1.0; d]);
                    kernel(&of, &mut Sums { gram: &mut gram, stride, score: &mut extra });
                    let dot = |i: usize, j: usize| (0..n).map(|k| left[i * n + k] * right[j * n + k]).sum::<f64>();
                    for i in 0..d {
                        assert!((extra[i] - 1.0 - dot(i, d)).abs() < 1e-10, "{i} of {d}");
                        for j in i..d {
                            assert!((gram[i + j * stride] - 1.0 - dot(i, j)).abs() < 1e-10, "({i}, {j}) of {d}");
                        }
                        // nothing beyond the columns is touched
                        assert!(gram[d + i * stride..(i + 1) * stride].iter().all(|&g| g == 1.0));
                    }
                };
                let next = Columns::new(&[], 0, 0);
                run(&|of, out| add_dot_tiles(of, out, next));
                // SAFETY: the lengths belong together.
                run(&|of, out| unsafe { portable::add(of, out, next) });
                #[cfg(target_arch = "x86_64")]
                for kernel in x86::kernels() {
                    // SAFETY: the machine has the instructions; the lengths belong together.
                    run(&|of, out| unsafe { kernel(of, out, next) });
                }
            }
        }
    }
}
