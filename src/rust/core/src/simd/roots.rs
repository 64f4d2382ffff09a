//! Square roots of a block and quotients by them, to within two units in the last place.

use super::{dispatch, multiply_add};

/// Less half of the bits of x: the bits of 1/√x to within 3.5 %, since the exponent comes first in them (Lomont, 2003, "Fast
/// inverse square root").
const HALF_WAY: u64 = 0x5fe6_eb50_c7b5_37a9;
/// From 3.5 % on each step squares the error: 2e-3, 5e-6, 4e-11, 2e-21.
const STEPS: usize = 4;

/// roots = √w, quotients = r / √w, 0 / 0 being 0; false where that cannot be, and roots and quotients are anything: w not in
/// (1e-300, 1e300), other than a 0 that belongs to an r of 0. By products: the machine's own roots and quotients take five
/// times as long. Shapes: all `[B]`.
pub fn divide_by_roots(w: &[f64], r: &[f64], roots: &mut [f64], quotients: &mut [f64]) -> bool {
    let mut bad = 0;
    divide(w, r, roots, quotients, &mut bad);
    bad == 0
}

dispatch! {
    /// bad += values that have no root.
    divide => divide_generic(w: &[f64], r: &[f64], roots: &mut [f64], quotients: &mut [f64], bad: &mut u64)
}

#[inline(always)]
fn divide_generic<const FMA: bool>(w: &[f64], r: &[f64], roots: &mut [f64], quotients: &mut [f64], bad: &mut u64) {
    let n = w.len();
    let (r, roots, quotients) = (&r[..n], &mut roots[..n], &mut quotients[..n]);
    let mut without = 0;
    for i in 0..n {
        let has_root = ((w[i] > 1e-300) & (w[i] < 1e300)) | ((w[i] == 0.0) & (r[i] == 0.0));
        without += u64::from(!has_root);
        let mut inverse = f64::from_bits(HALF_WAY.wrapping_sub(w[i].to_bits() >> 1));
        for _ in 0..STEPS {
            inverse *= multiply_add::<FMA>(-0.5 * w[i] * inverse, inverse, 1.5);
        }
        let root = w[i] * inverse;
        roots[i] = multiply_add::<FMA>(0.5 * inverse, multiply_add::<FMA>(-root, root, w[i]), root);
        quotients[i] = r[i] * inverse;
    }
    *bad += without;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ulp_everywhere() {
        let wide = (-9000..9000).map(|i| 10f64.powf(i as f64 / 30.01));
        let near = (1..50000).map(|i| i as f64 * 0.0137);
        let w: Vec<f64> = wide.chain(near).chain([1.0, 4.0, 1.0001e-300, 0.9999e300]).collect();
        let r: Vec<f64> = (0..w.len()).map(|i| (i % 17) as f64 - 8.3).collect();
        let (mut roots, mut quotients) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        for path in [divide, divide_generic::<false>] {
            let mut bad = 0;
            path(&w, &r, &mut roots, &mut quotients, &mut bad);
            assert_eq!(bad, 0);
            for i in 0..w.len() {
                let close = |a: f64, b: f64| (a - b).abs() <= 2.0 * f64::EPSILON * b.abs();
                assert!(close(roots[i], w[i].sqrt()), "root of {}: {}", w[i], roots[i]);
                assert!(close(quotients[i], r[i] / w[i].sqrt()), "{} / root of {}: {}", r[i], w[i], quotients[i]);
            }
        }
    }

    #[test]
    fn what_has_no_root_is_found() {
        let (mut roots, mut quotients) = ([f64::NAN; 20], [f64::NAN; 20]);
        let (mut w, mut r) = ([4.0; 20], [3.0; 20]);
        (w[7], r[7]) = (0.0, 0.0);
        assert!(divide_by_roots(&w, &r, &mut roots, &mut quotients));
        assert_eq!((roots[7], quotients[7], roots[8]), (0.0, 0.0, 2.0));
        for (weight, residual) in [(0.0, 1e-9), (-1.0, 0.0), (1e-305, 0.0), (f64::INFINITY, 1.0), (f64::NAN, 1.0)] {
            (w[19], r[19]) = (weight, residual);
            assert!(!divide_by_roots(&w, &r, &mut roots, &mut quotients), "{weight} {residual}");
        }
    }
}
