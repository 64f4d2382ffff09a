//! The inner loops, compiled twice: for AVX2 with fused multiply-add, chosen when the program runs, and for any machine.
//!
//! Every kernel is one generic function, `#[inline(always)]`, that the compiler vectorises for the instruction set of
//! the function it lands in; `dispatch!` writes the two landing places. Results differ between the two by rounding
//! only, and never with the number of threads.

mod columns;
mod exp;
mod gram;

pub use columns::{add_columns, add_dots};
pub use exp::exp_block;
pub use gram::add_gram;

/// a·b + c, fused where the machine can.
#[inline(always)]
fn multiply_add<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

/// Defines `pub fn name(args)` that calls `generic::<FMA>` compiled for the best instruction set at hand.
macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident => $generic:ident($($arg:ident: $type:ty),*)) => {
        $(#[$doc])*
        pub fn $name($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
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
