//! Natural logarithm of a block, to within two units in the last place.

use super::exp::{LN2_HIGH, LN2_LOW};
use super::{dispatch, multiply_add};

/// 0x3ff0… (1) less 0x3fe6… (√½): added to the bits of x it moves the cut between exponents from 1 to √½.
const SHIFT: u64 = 0x3ff0_0000_0000_0000 - SQRT_HALF;
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
/// 2⁵² as bits: an integer below 2⁵² put into them is 2⁵² more than itself, as a double.
const TWO_52: u64 = 0x4330_0000_0000_0000;
/// 2/21 … 2/3: log((1+s)/(1−s)) = 2s + s·Σ 2/(2i+1) s²ⁱ; the remainder at |s| <= 3 − √8 is below 1e-17.
const SERIES: [f64; 10] = [
    2.0 / 21.0,
    2.0 / 19.0,
    2.0 / 17.0,
    2.0 / 15.0,
    2.0 / 13.0,
    2.0 / 11.0,
    2.0 / 9.0,
    2.0 / 7.0,
    2.0 / 5.0,
    2.0 / 3.0,
];

dispatch! {
    /// out[i] = log(x[i]). Shapes: `[B]`.
    log_block => log_block_generic(x: &[f64], out: &mut [f64])
}

#[inline(always)]
fn log_block_generic<const FMA: bool>(x: &[f64], out: &mut [f64]) {
    let mut safe = true;
    for (&x, out) in x.iter().zip(out.iter_mut()) {
        safe &= is_safe_log(x);
        *out = log_lane::<FMA>(x);
    }
    if !safe {
        for (&x, out) in x.iter().zip(out) {
            if !is_safe_log(x) {
                *out = x.ln();
            }
        }
    }
}

/// Positive and normal; zero, negative, subnormal, infinite or NaN are left to the plain function.
#[inline(always)]
pub fn is_safe_log(x: f64) -> bool {
    (f64::MIN_POSITIVE..=f64::MAX).contains(&x)
}

/// log(x) where [`is_safe_log`], anything for other x.
#[inline(always)]
pub fn log_lane<const FMA: bool>(x: f64) -> f64 {
    let (k, f) = reduce(x);
    let s = f / (2.0 + f);
    let z = s * s;
    combine::<FMA>(k, f, s, z * series::<FMA>(z))
}

/// log(1 + x) for x >= 0 where [`is_safe_log`] of 1 + x, and 1/(1 + x).
#[inline(always)]
pub fn log1p_lane<const FMA: bool>(x: f64) -> (f64, f64) {
    let u = 1.0 + x;
    let inverse = 1.0 / u;
    // what rounding took from 1 + x comes back by the slope
    (log_lane::<FMA>(u) + (x - (u - 1.0)) * inverse, inverse)
}

/// (k, f) of x = 2^k·(1 + f) with 1 + f in [√½, √2).
#[inline(always)]
pub(super) fn reduce(x: f64) -> (f64, f64) {
    let bits = x.to_bits().wrapping_add(SHIFT);
    let k = f64::from_bits((bits >> 52) | TWO_52) - (4503599627370496.0 + 1023.0);
    (k, f64::from_bits((bits & MANTISSA).wrapping_add(SQRT_HALF)) - 1.0)
}

/// (log((1 + s)/(1 − s)) − 2s)/(s·z) of z = s².
#[inline(always)]
pub(super) fn series<const FMA: bool>(z: f64) -> f64 {
    SERIES[1..].iter().fold(SERIES[0], |sum, &c| multiply_add::<FMA>(sum, z, c))
}

/// k·log 2 + log(1 + f), with s = f/(2 + f) and `rest` = s²·series(s²).
#[inline(always)]
pub(super) fn combine<const FMA: bool>(k: f64, f: f64, s: f64, rest: f64) -> f64 {
    // f − (f²/2 − s·(f²/2 + rest)): the rounding errors of s touch the small part only
    let half_square = 0.5 * f * f;
    let small = multiply_add::<FMA>(k, LN2_LOW, s * (half_square + rest));
    multiply_add::<FMA>(k, LN2_HIGH, f - (half_square - small))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ulp_everywhere() {
        let near_one = (-5000..5000).map(|i| 1.0 + i as f64 * 3.7e-5);
        let far = (-700..700).flat_map(|e| (0..40).map(move |i| (1.0 + i as f64 / 40.0) * 2f64.powi(e)));
        let x: Vec<f64> = near_one.chain(far).collect();
        let mut out = vec![0.0; x.len()];
        for path in [log_block, log_block_generic::<false>] {
            path(&x, &mut out);
            for (&x, &y) in x.iter().zip(&out) {
                let want = x.ln();
                assert!((y - want).abs() <= 2.0 * f64::EPSILON * want.abs(), "log({x}): {y}, not {want}");
            }
        }
    }

    dispatch! { log1p_block => log1p_block_generic(x: &[f64], out: &mut [f64]) }

    #[inline(always)]
    fn log1p_block_generic<const FMA: bool>(x: &[f64], out: &mut [f64]) {
        x.iter().zip(out).for_each(|(&x, out)| *out = log1p_lane::<FMA>(x).0);
    }

    #[test]
    fn log1p_keeps_the_digits_of_small_numbers() {
        let x: Vec<f64> = (-900..900).flat_map(|e| [1.0, 1.3, 1.77].map(|m| m * 2f64.powf(e as f64 / 3.0))).collect();
        let mut out = vec![0.0; x.len()];
        for path in [log1p_block, log1p_block_generic::<false>] {
            path(&x, &mut out);
            for (&x, &y) in x.iter().zip(&out) {
                let want = x.ln_1p();
                assert!((y - want).abs() <= 3.0 * f64::EPSILON * want, "log1p({x}): {y}, not {want}");
            }
        }
    }

    #[test]
    fn edges() {
        let x = [1.0, 0.0, -1.0, f64::INFINITY, f64::NAN, 5e-324, f64::MIN_POSITIVE, f64::MAX];
        let mut out = [9.0; 8];
        log_block(&x, &mut out);
        assert_eq!(out[0], 0.0);
        assert_eq!((out[1], out[3]), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(out[2].is_nan() && out[4].is_nan());
        for i in [5, 6, 7] {
            assert!((out[i] / x[i].ln() - 1.0).abs() < 1e-15);
        }
    }
}
