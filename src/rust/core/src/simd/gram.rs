//! Xᵀ diag(w) X of dense columns.
//!
//! Up to [`WIDE`] columns: tiles of column pairs whose sums stay in registers, raw columns against a weighted copy. The
//! block is small enough for the columns of a tile to stay in the first-level cache. Wider: a matrix product, which
//! packs its operands for the caches that such a block no longer fits.

use faer::linalg::matmul::triangular::{matmul, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

/// From here on a packed matrix product is faster (measured by bench/rust on 2 cores with AVX-512).
pub const WIDE: usize = 320;

/// gram += Xᵀ diag(w) X, upper triangle: entry (i, j), i <= j, at i + j·stride.
/// Shapes: columns `[D][B]`, w `[B]`, not negative. `weighted` is scratch memory for the columns times w.
pub fn add_gram(columns: &[&[f64]], w: &[f64], gram: &mut [f64], stride: usize, weighted: &mut Vec<f64>) {
    let (d, n) = (columns.len(), w.len());
    if d == 0 || n == 0 {
        return;
    }
    assert!(gram.len() >= d + (d - 1) * stride && columns.iter().all(|c| c.len() == n));
    weighted.resize(d * n, 0.0);
    if d >= WIDE {
        return add_gram_wide(columns, w, gram, stride, weighted);
    }
    for (column, out) in columns.iter().zip(weighted.chunks_exact_mut(n)) {
        for ((o, &x), &w) in out.iter_mut().zip(*column).zip(w) {
            *o = x * w;
        }
    }
    add_products(columns, weighted, gram, stride);
}

/// Both factors are the columns times √w: one copy serves for both.
fn add_gram_wide(columns: &[&[f64]], w: &[f64], gram: &mut [f64], stride: usize, scaled: &mut [f64]) {
    let (d, n) = (columns.len(), w.len());
    let roots: Vec<f64> = w.iter().map(|w| w.sqrt()).collect();
    for (column, out) in columns.iter().zip(scaled.chunks_exact_mut(n)) {
        for ((o, &x), &r) in out.iter_mut().zip(*column).zip(&roots) {
            *o = x * r;
        }
    }
    let x = MatRef::from_column_major_slice(&*scaled, n, d);
    let gram = MatMut::from_column_major_slice_with_stride_mut(&mut gram[..d + (d - 1) * stride], d, d, stride);
    let (upper, full) = (BlockStructure::TriangularUpper, BlockStructure::Rectangular);
    matmul(gram, upper, Accum::Add, x.transpose(), full, x, full, 1.0, Par::Seq);
}

/// A kernel for the column pairs i <= j of `columns` and `weighted` (by columns), whose tile of $a by $b sums of $lanes
/// lanes fits the registers of its instruction set. Tiles that hang over the edge repeat a column and drop the result.
macro_rules! kernel {
    ($name:ident, $(#[$attribute:meta])?, $vector:ty, $lanes:literal, $a:literal by $b:literal,
     $zero:expr, $load:expr, $fma:expr, $sum:expr) => {
        /// Shapes: every column has n rows, `weighted` as many columns, gram room for all of them.
        $(#[$attribute])?
        pub(super) unsafe fn $name(columns: &[&[f64]], weighted: &[f64], gram: &mut [f64], stride: usize) {
            let d = columns.len();
            let n = columns[0].len();
            let whole = n - n % $lanes;
            for j in (0..d).step_by($b) {
                let b: [*const f64; $b] = std::array::from_fn(|t| weighted[(j + t).min(d - 1) * n..].as_ptr());
                for i in (0..(j + $b).min(d)).step_by($a) {
                    let a: [*const f64; $a] = std::array::from_fn(|t| columns[(i + t).min(d - 1)].as_ptr());
                    let mut sums: [[$vector; $b]; $a] = [[$zero; $b]; $a];
                    let mut k = 0;
                    while k < whole {
                        // SAFETY: k + lanes <= n, the length of every column.
                        unsafe {
                            let mut left: [$vector; $a] = [$zero; $a];
                            for t in 0..$a {
                                left[t] = $load(a[t].add(k));
                            }
                            for tb in 0..$b {
                                let right = $load(b[tb].add(k));
                                for ta in 0..$a {
                                    sums[ta][tb] = $fma(left[ta], right, sums[ta][tb]);
                                }
                            }
                        }
                        k += $lanes;
                    }
                    for ta in 0..$a.min(d - i) {
                        for tb in 0..$b.min(d - j) {
                            if i + ta <= j + tb {
                                // SAFETY: k < n.
                                let tail: f64 = (whole..n).map(|k| unsafe { *a[ta].add(k) * *b[tb].add(k) }).sum();
                                gram[i + ta + (j + tb) * stride] += $sum(sums[ta][tb]) + tail;
                            }
                        }
                    }
                }
            }
        }
    };
}

kernel!(
    products_portable, , [f64; 2], 2, 2 by 4, [0.0; 2],
    |p: *const f64| [*p, *p.add(1)],
    |a: [f64; 2], b: [f64; 2], c: [f64; 2]| [a[0] * b[0] + c[0], a[1] * b[1] + c[1]],
    |v: [f64; 2]| v[0] + v[1]
);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2,fma")]
    fn sum_of_four(v: __m256d) -> f64 {
        let pair = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
        _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)))
    }

    kernel!(
        avx2, #[target_feature(enable = "avx2,fma")], __m256d, 4, 3 by 4, _mm256_setzero_pd(),
        _mm256_loadu_pd, _mm256_fmadd_pd, sum_of_four
    );

    // build.rs leaves it out where the compiler is too old for it
    #[cfg(has_avx512)]
    #[allow(clippy::incompatible_msrv)]
    mod wide {
        use std::arch::x86_64::*;

        kernel!(
            avx512, #[target_feature(enable = "avx512f,fma")], __m512d, 8, 4 by 6, _mm512_setzero_pd(),
            _mm512_loadu_pd, _mm512_fmadd_pd, _mm512_reduce_add_pd
        );
    }

    pub(super) type Kernel = unsafe fn(&[&[f64]], &[f64], &mut [f64], usize);

    /// The kernels that this machine can run, the best first.
    pub(super) fn kernels() -> impl Iterator<Item = Kernel> {
        #[cfg(has_avx512)]
        let widest = is_x86_feature_detected!("avx512f").then_some(wide::avx512 as Kernel);
        #[cfg(not(has_avx512))]
        let widest = None;
        let wide = (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(avx2 as Kernel);
        widest.into_iter().chain(wide)
    }
}

/// gram += columnsᵀ · weighted, upper triangle.
fn add_products(columns: &[&[f64]], weighted: &[f64], gram: &mut [f64], stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = x86::kernels().next() {
        // SAFETY: the machine has the instructions; the caller has checked the lengths.
        return unsafe { kernel(columns, weighted, gram, stride) };
    }
    // SAFETY: the caller has checked the lengths.
    unsafe { products_portable(columns, weighted, gram, stride) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(n: usize, d: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let x = (0..d).map(|j| (0..n).map(|i| ((i * 5 + j * 8) % 13) as f64 - 6.25).collect()).collect();
        (x, (0..n).map(|i| 0.5 + (i % 3) as f64).collect())
    }

    fn check(x: &[Vec<f64>], w: &[f64], gram: &[f64], stride: usize) {
        for i in 0..x.len() {
            for j in 0..x.len() {
                let want: f64 = (0..w.len()).map(|k| x[i][k] * w[k] * x[j][k]).sum();
                let want = 1.0 + if i <= j { want } else { 0.0 };
                let got = gram[i + j * stride];
                assert!((got - want).abs() < 1e-12 * want.abs().max(100.0), "({i}, {j}): {got}, not {want}");
            }
        }
    }

    #[test]
    fn every_kernel_agrees_with_plain_loops_at_every_edge() {
        for n in [1, 4, 9, 64, 67] {
            for d in 1..15 {
                let (x, w) = data(n, d);
                let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
                let weighted: Vec<f64> = x.iter().flat_map(|c| c.iter().zip(&w).map(|(x, w)| x * w)).collect();
                let stride = d + 2;
                let start = vec![1.0; stride * stride];
                let mut gram = start.clone();
                add_gram(&columns, &w, &mut gram, stride, &mut vec![]);
                check(&x, &w, &gram, stride);
                let mut gram = start.clone();
                // SAFETY: the lengths belong together.
                unsafe { products_portable(&columns, &weighted, &mut gram, stride) };
                check(&x, &w, &gram, stride);
                #[cfg(target_arch = "x86_64")]
                for kernel in x86::kernels() {
                    let mut gram = start.clone();
                    // SAFETY: the machine has the instructions; the lengths belong together.
                    unsafe { kernel(&columns, &weighted, &mut gram, stride) };
                    check(&x, &w, &gram, stride);
                }
            }
        }
    }

    #[test]
    fn wide_blocks_too() {
        let (x, w) = data(37, WIDE + 5);
        let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        let stride = WIDE + 9;
        let mut gram = vec![1.0; stride * stride];
        add_gram(&columns, &w, &mut gram, stride, &mut vec![]);
        check(&x, &w, &gram, stride);
    }
}
