//! Products of column pairs in tiles whose sums stay in registers.

use super::packed::STEP;

/// Left columns of a tile.
const TALL: usize = 4;
/// Left columns that are worked through with all right ones before the next: they stay in the first-level cache.
const PANEL: usize = 16;

/// What is multiplied: `cols` columns of `rows` values on the left; on the right as many, and an extra one.
/// Each is packed by columns without gaps, so that no two of them compete for the same places of a cache.
#[derive(Clone, Copy)]
pub struct Operands<'c> {
    pub rows: usize,
    pub cols: usize,
    pub left: &'c [f64],
    pub right: &'c [f64],
    pub extra: &'c [f64],
}

/// Where the sums go: entry (i, j), i <= j, at i + j·stride, what lies below the diagonal is left undefined; the products
/// of the left columns with the extra one.
pub struct Sums<'g> {
    pub gram: &'g mut [f64],
    pub stride: usize,
    pub extra: &'g mut [f64],
}

/// A kernel whose tiles of 4 by B are sums of vectors of $lanes lanes. Tiles that hang over the edge repeat a column and
/// drop the result.
macro_rules! kernel {
    ($name:ident, $(#[$attribute:meta])?, $vector:ty, $lanes:literal, $wide:literal and $narrow:literal,
     $zero:expr, $load:expr, $fma:expr, $add:expr) => {
        pub(super) mod $name {
            use crate::simd::tiles::{Operands, Sums, PANEL, STEP, TALL};
            #[cfg(target_arch = "x86_64")]
            #[allow(unused_imports)] // the portable kernel needs none
            use std::arch::x86_64::*;

            /// to[tb][ta] += a[ta]·b[tb] for the first `tall` of a and the first `wide` of b.
            ///
            /// # Safety
            /// n values in every column, n a multiple of STEP; room for `tall` sums at the first `wide` of `to`.
            $(#[$attribute])?
            #[inline]
            unsafe fn tile<const B: usize>(
                a: [*const f64; TALL], b: [*const f64; B], n: usize, to: [*mut f64; B], tall: usize, wide: usize,
            ) {
                let mut sums: [[$vector; TALL]; B] = [[$zero; TALL]; B];
                let mut k = 0;
                while k < n {
                    // unrolled: the end of a loop of few rounds is foreseen
                    for _ in 0..STEP / $lanes {
                        // SAFETY: the caller's.
                        unsafe {
                            // B columns and one more in registers beside the sums: 16 are just enough
                            let mut right: [$vector; B] = [$zero; B];
                            for tb in 0..B {
                                right[tb] = $load(b[tb].add(k));
                            }
                            for ta in 0..TALL {
                                let left = $load(a[ta].add(k));
                                for tb in 0..B {
                                    sums[tb][ta] = $fma(left, right[tb], sums[tb][ta]);
                                }
                            }
                        }
                        k += $lanes;
                    }
                }
                if tall == TALL && wide == B {
                    for tb in 0..B {
                        // SAFETY: the caller's.
                        unsafe { $add(to[tb], sums[tb]) };
                    }
                } else {
                    // by constant places only: vectors that are asked for by a variable place would be kept in memory
                    let mut edge = [[0.0; TALL]; B];
                    for tb in 0..B {
                        // SAFETY: there is room for four.
                        unsafe { $add(edge[tb].as_mut_ptr(), sums[tb]) };
                    }
                    for tb in 0..wide {
                        for ta in 0..tall {
                            // SAFETY: the caller's.
                            unsafe { *to[tb].add(ta) += edge[tb][ta] };
                        }
                    }
                }
            }

            /// The left columns `panel` with right columns j .. j + B, as far as those are there.
            ///
            /// # Safety
            /// What check() asserts.
            $(#[$attribute])?
            unsafe fn strip<const B: usize>(of: &Operands, panel: std::ops::Range<usize>, j: usize, out: &mut Sums) {
                let (d, n) = (of.cols, of.rows);
                let wide = B.min(d + 1 - j);
                // SAFETY: right columns are below d; what would be column d is the extra one.
                unsafe {
                    let mut b = [of.extra.as_ptr(); B];
                    let mut to = [out.extra.as_mut_ptr(); B];
                    for tb in 0..B {
                        if j + tb < d {
                            b[tb] = of.right.as_ptr().add((j + tb) * n);
                            to[tb] = out.gram.as_mut_ptr().add((j + tb) * out.stride);
                        }
                    }
                    // the extra column meets all left ones, the others those up to their own place
                    let end = if j + B > d { panel.end } else { panel.end.min(j + B) };
                    let mut i = panel.start;
                    while i < end {
                        let mut a = [of.left.as_ptr().add(i * n); TALL];
                        for ta in 1..TALL {
                            a[ta] = a[ta].add(ta.min(d - 1 - i) * n);
                        }
                        tile::<B>(a, b, n, to.map(|to| to.add(i)), TALL.min(d - i), wide);
                        i += TALL;
                    }
                }
            }

            /// # Safety
            /// What check() asserts.
            $(#[$attribute])?
            pub unsafe fn add(of: &Operands, out: &mut Sums) {
                const WIDE: usize = $wide;
                const NARROW: usize = $narrow;
                let d = of.cols;
                for start in (0..d).step_by(PANEL) {
                    let panel = start..(start + PANEL).min(d);
                    let mut j = start;
                    while j <= d {
                        // SAFETY: the caller's.
                        unsafe {
                            if NARROW == 3 && matches!(d + 1 - j, 2 | 4) {
                                // nothing is left over
                                strip::<2>(of, panel.clone(), j, out);
                                j += 2;
                            } else if WIDE > NARROW && d + 1 - j > NARROW {
                                strip::<WIDE>(of, panel.clone(), j, out);
                                j += WIDE;
                            } else {
                                strip::<NARROW>(of, panel.clone(), j, out);
                                j += NARROW;
                            }
                        }
                    }
                }
            }
        }
    };
}

kernel!(
    portable, , [f64; 2], 2, 2 and 2, [0.0; 2],
    |p: *const f64| [*p, *p.add(1)],
    |a: [f64; 2], b: [f64; 2], c: [f64; 2]| [a[0] * b[0] + c[0], a[1] * b[1] + c[1]],
    |to: *mut f64, v: [[f64; 2]; TALL]| (0..TALL).for_each(|i| *to.add(i) += v[i][0] + v[i][1])
);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::TALL;
    use std::arch::x86_64::*;

    /// The sums of four vectors are added to four numbers.
    ///
    /// # Safety
    /// There is room for four.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    unsafe fn add_sums(to: *mut f64, v: [__m256d; TALL]) {
        // of v0 v1 | v2 v3: sums of neighbours in the lower halves, and in the upper ones
        let (low, high) = (_mm256_hadd_pd(v[0], v[1]), _mm256_hadd_pd(v[2], v[3]));
        let crossed = _mm256_permute2f128_pd::<0x21>(low, high);
        let straight = _mm256_blend_pd::<0b1100>(low, high);
        // SAFETY: the caller's.
        unsafe { _mm256_storeu_pd(to, _mm256_add_pd(_mm256_loadu_pd(to), _mm256_add_pd(crossed, straight))) };
    }

    kernel!(
        avx2, #[target_feature(enable = "avx2,fma")], __m256d, 4, 3 and 3, _mm256_setzero_pd(),
        _mm256_loadu_pd, _mm256_fmadd_pd, super::add_sums
    );

    // build.rs leaves it out where the compiler is too old for it
    #[cfg(has_avx512)]
    #[allow(clippy::incompatible_msrv)]
    pub(super) mod wide {
        use super::TALL;
        use std::arch::x86_64::*;

        /// The sums of four vectors are added to four numbers: by instructions of AVX-512 alone, since a vector that meets an
        /// older one has to be in the lower half of the registers, as long as it lives.
        ///
        /// # Safety
        /// There is room for four.
        #[target_feature(enable = "avx512f,fma")]
        #[inline]
        unsafe fn add_sums(to: *mut f64, v: [__m512d; TALL]) {
            // quarters of v0 and v1, of v2 and v3: sums of neighbours
            let low = _mm512_add_pd(_mm512_unpacklo_pd(v[0], v[1]), _mm512_unpackhi_pd(v[0], v[1]));
            let high = _mm512_add_pd(_mm512_unpacklo_pd(v[2], v[3]), _mm512_unpackhi_pd(v[2], v[3]));
            let even = _mm512_shuffle_f64x2::<0b10_00_10_00>(low, high);
            let odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(low, high);
            let halves = _mm512_add_pd(even, odd);
            let even = _mm512_shuffle_f64x2::<0b10_00_10_00>(halves, halves);
            let odd = _mm512_shuffle_f64x2::<0b11_01_11_01>(halves, halves);
            let sums = _mm512_castpd512_pd256(_mm512_add_pd(even, odd));
            // SAFETY: the caller's.
            unsafe { _mm256_storeu_pd(to, _mm256_add_pd(_mm256_loadu_pd(to), sums)) };
        }

        kernel!(
            avx512, #[target_feature(enable = "avx512f,avx2,fma")], __m512d, 8, 6 and 3, _mm512_setzero_pd(),
            _mm512_loadu_pd, _mm512_fmadd_pd, super::add_sums
        );
    }

    pub(super) type Kernel = unsafe fn(&super::Operands, &mut super::Sums);

    /// The kernels that this machine can run, the best first.
    pub(super) fn kernels() -> impl Iterator<Item = Kernel> {
        #[cfg(has_avx512)]
        let widest = super::takes_eight().then_some(wide::avx512::add as Kernel);
        #[cfg(not(has_avx512))]
        let widest = None;
        let wide = (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(avx2::add as Kernel);
        widest.into_iter().chain(wide)
    }
}

/// Are the sums of [`add_tiles`] vectors of eight numbers?
pub fn takes_eight() -> bool {
    #[cfg(all(target_arch = "x86_64", has_avx512))]
    return is_x86_feature_detected!("avx512f");
    #[cfg(not(all(target_arch = "x86_64", has_avx512)))]
    false
}

/// out += leftᵀ · right.
pub fn add_tiles(of: &Operands, out: &mut Sums) {
    check(of, out);
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = x86::kernels().next() {
        // SAFETY: the machine has the instructions; the lengths were checked.
        return unsafe { kernel(of, out) };
    }
    // SAFETY: the lengths were checked.
    unsafe { portable::add(of, out) }
}

/// What the kernels rely on.
fn check(of: &Operands, out: &Sums) {
    let (d, n) = (of.cols, of.rows);
    assert!(d > 0 && n % STEP == 0 && of.left.len() >= d * n && of.right.len() >= d * n && of.extra.len() >= n);
    assert!(out.stride >= d && out.gram.len() >= d + (d - 1) * out.stride && out.extra.len() >= d);
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
                let of = Operands { rows: n, cols: d, left: &left, right: &right[..d * n], extra: &right[d * n..] };
                let stride = d + 2;
                let run = |kernel: &dyn Fn(&Operands, &mut Sums)| {
                    let (mut gram, mut extra) = (vec![1.0; stride * stride], vec![1.0; d]);
                    kernel(&of, &mut Sums { gram: &mut gram, stride, extra: &mut extra });
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
                run(&add_tiles);
                // SAFETY: the lengths belong together.
                run(&|of, out| unsafe { portable::add(of, out) });
                #[cfg(target_arch = "x86_64")]
                for kernel in x86::kernels() {
                    // SAFETY: the machine has the instructions; the lengths belong together.
                    run(&|of, out| unsafe { kernel(of, out) });
                }
            }
        }
    }
}
