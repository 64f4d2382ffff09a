//! What vector code leaves behind in registers.

/// Zero the upper parts of the vector registers. Compiled code does so where it ends; the matrix products of faer, which
/// are written in assembler, do not. As long as it is not done, instructions that know of the lower parts only (R's own,
/// those of most libraries) take up to eight times as long on machines with AVX-512.
#[inline]
pub fn zero_upper() {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx")]
        unsafe fn zero() {
            std::arch::x86_64::_mm256_zeroupper();
        }
        if std::arch::is_x86_feature_detected!("avx") {
            // SAFETY: the machine has the instruction; code between two calls keeps nothing in these parts.
            unsafe { zero() };
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

    /// Has anything been written to the upper parts since they were zeroed? `None` if the machine does not tell.
    fn is_upper_in_use() -> Option<bool> {
        const SAVES_REGISTERS: u32 = 1 << 27;
        const TELLS_USE: u32 = 1 << 2;
        const UPPER_HALVES: u64 = 1 << 2;
        #[target_feature(enable = "xsave")]
        unsafe fn in_use() -> u64 {
            // SAFETY: the machine was asked for it.
            unsafe { _xgetbv(1) }
        }
        #[allow(unused_unsafe)] // older compilers ask for it
        // SAFETY: every machine of this kind has the instruction.
        let tells = unsafe {
            let saves = __cpuid(1).ecx & SAVES_REGISTERS != 0 && __cpuid(0).eax >= 0xd;
            saves && __cpuid_count(0xd, 1).eax & TELLS_USE != 0
        };
        // SAFETY: the machine tells.
        tells.then(|| unsafe { in_use() } & UPPER_HALVES != 0)
    }

    #[test]
    fn nothing_is_left_of_a_matrix_product() {
        zero_upper();
        if is_upper_in_use() != Some(false) {
            return; // the machine does not tell
        }
        let a = faer::Mat::<f64>::from_fn(40, 40, |i, j| (i + 2 * j) as f64);
        let mut c = faer::Mat::<f64>::zeros(40, 40);
        faer::linalg::matmul::matmul(c.as_mut(), faer::Accum::Replace, &a, &a, 1.0, faer::Par::Seq);
        zero_upper();
        assert_eq!(is_upper_in_use(), Some(false));
        assert!(c[(1, 1)] > 0.0);
    }
}
