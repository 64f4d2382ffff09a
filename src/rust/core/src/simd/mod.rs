//! The inner loops, compiled for several instruction sets, of which the best that the machine has is chosen when the
//! program runs: AVX-512, AVX2 with fused multiply-add, and any machine.
//!
//! Every kernel is one generic function, `#[inline(always)]`, that the compiler vectorises for the instruction set of
//! the function it lands in; `dispatch!` writes the landing places. Results differ between them by rounding only, and
//! never with the number of threads.

mod ahead;
mod by_code;
mod columns;
mod combine;
#[cfg(all(target_arch = "x86_64", has_avx512))]
#[allow(clippy::incompatible_msrv)] // build.rs looks at the compiler
mod diagonal;
mod divergence;
mod dots;
mod exp;
mod expm1;
mod gram;
mod interleave;
mod log;
mod normal;
#[cfg(all(target_arch = "x86_64", has_avx512))]
#[allow(clippy::incompatible_msrv)]
mod outer;
mod packed;
#[cfg(all(target_arch = "x86_64", has_avx512))]
#[allow(clippy::incompatible_msrv)]
mod panels;
mod registers;
mod roots;
mod sums;
mod twofold;

pub use ahead::Ahead;
pub use by_code::{add_rows, QUAD};
pub use columns::{add_columns, add_dots, multiply_columns, Columns};
pub use combine::{combine, sum_of_squares, Combinations};
pub use divergence::{divergence, divergence_lane};
pub use exp::{exp_block, exp_lane, SAFE_EXP};
pub use expm1::exp_expm1_lane;
pub use gram::{add_gram, add_gram_and_weigh, GramScratch, Sums, TILE_ROWS};
pub use interleave::{interleave, WIDTH};
pub use log::{is_safe_log, log1p_lane, log_block, log_lane};
pub use normal::{normal_lane, SAFE_NORMAL};
pub use packed::{Packed, SideBySide};
pub use registers::zero_upper;
use roots::divide_by_roots;
pub use sums::{all_between, any_nan, count_positive, first_not_finite, integer_range, range, sum, weighted_sum};
pub use twofold::{twofold_products, Partial};

/// a·b + c, fused where the machine can.
#[inline(always)]
pub fn multiply_add<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

/// Has the machine vectors of eight numbers, and this program instructions for them?
fn takes_eight() -> bool {
    #[cfg(all(target_arch = "x86_64", has_avx512))]
    return is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    #[cfg(not(all(target_arch = "x86_64", has_avx512)))]
    false
}

/// A cache line, in doubles.
const LINE: usize = 8;

/// Ask for the cache line `ahead` doubles after the first of `values`, whether or not it is there.
#[inline(always)]
fn prefetch(values: &[f64], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T1};
        // SAFETY: a hint, whatever the address; every machine of this kind has it.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(values.as_ptr().wrapping_add(ahead).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, ahead);
}

/// Defines `pub fn name(args)` that calls `generic::<FMA>` compiled for the best instruction set at hand.
macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident => $generic:ident($($arg:ident: $type:ty),*)) => {
        $(#[$doc])*
        pub fn $name($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                // build.rs leaves it out where the compiler is too old for it
                #[cfg(has_avx512)]
                {
                    #[target_feature(enable = "avx512f,avx512dq,fma")]
                    unsafe fn with_avx512($($arg: $type),*) {
                        $generic::<true>($($arg),*)
                    }
                    if std::arch::is_x86_feature_detected!("avx512dq") && std::arch::is_x86_feature_detected!("fma") {
                        // SAFETY: the instruction sets that the function is compiled for are there.
                        return unsafe { with_avx512($($arg),*) };
                    }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn with_avx2($($arg: $type),*) {
                    $generic::<true>($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    // SAFETY: the instruction sets that the function is compiled for are there.
                    return unsafe { with_avx2($($arg),*) };
                }
                $generic::<false>($($arg),*)
            }
            // the other 64-bit machines that R runs on have fused multiply-add in their base instruction set
            #[cfg(not(target_arch = "x86_64"))]
            $generic::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use dispatch;

dispatch! {
    /// out = a·b. Shapes: all `[B]`.
    multiply_into => multiply_into_generic(a: &[f64], b: &[f64], out: &mut [f64])
}

#[inline(always)]
fn multiply_into_generic<const FMA: bool>(a: &[f64], b: &[f64], out: &mut [f64]) {
    for ((o, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *o = a * b;
    }
}
