//! exp of a block, to within two units in the last place.

use super::{dispatch, multiply_add};

/// Beyond it the plain function takes over: overflow, underflow, infinities and NaN.
pub const SAFE_EXP: f64 = 700.0;
/// Adding it to a small number leaves the number, rounded to the nearest integer, in the low bits.
const ROUNDER: f64 = 6755399441055744.0;
/// log 2 in two parts (Cody & Waite, 1980): the first has trailing zeros, so that k·LN2_HIGH is exact.
pub(super) const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1/13! … 1/0!: the remainder at |r| <= log(2)/2 is below 1e-17.
pub(super) const TAYLOR: [f64; 14] = [
    1.0 / 6227020800.0,
    1.0 / 479001600.0,
    1.0 / 39916800.0,
    1.0 / 3628800.0,
    1.0 / 362880.0,
    1.0 / 40320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

dispatch! {
    /// out[i] = exp(x[i]). Shapes: `[B]`.
    exp_block => exp_block_generic(x: &[f64], out: &mut [f64])
}

#[inline(always)]
fn exp_block_generic<const FMA: bool>(x: &[f64], out: &mut [f64]) {
    let mut safe = true;
    for (&x, out) in x.iter().zip(out.iter_mut()) {
        safe &= x.abs() <= SAFE_EXP;
        *out = exp_lane::<FMA>(x);
    }
    if !safe {
        for (&x, out) in x.iter().zip(out) {
            if x.abs() > SAFE_EXP || x.is_nan() {
                *out = x.exp();
            }
        }
    }
}

/// exp(x) for |x| <= [`SAFE_EXP`], anything for other x.
#[inline(always)]
pub fn exp_lane<const FMA: bool>(x: f64) -> f64 {
    let (shifted, r) = reduce::<FMA>(x);
    power::<FMA>(shifted, r)
}

/// exp(high + low), where `low` is what `high` had to leave out to be exact.
#[inline(always)]
pub(super) fn exp_sum_lane<const FMA: bool>(high: f64, low: f64) -> f64 {
    let (shifted, _) = reduce::<FMA>(high + low);
    let k = shifted - ROUNDER;
    let r = multiply_add::<FMA>(k, -LN2_HIGH, high) + multiply_add::<FMA>(k, -LN2_LOW, low);
    power::<FMA>(shifted, r)
}

/// 2^k·exp(r) of what [`reduce`] gives.
#[inline(always)]
fn power<const FMA: bool>(shifted: f64, r: f64) -> f64 {
    let mut sum = TAYLOR[0];
    for c in &TAYLOR[1..] {
        sum = multiply_add::<FMA>(sum, r, *c);
    }
    sum * power_of_two(shifted)
}

/// k and r of x = k·log 2 + r, k still added to [`ROUNDER`].
#[inline(always)]
pub(super) fn reduce<const FMA: bool>(x: f64) -> (f64, f64) {
    let shifted = multiply_add::<FMA>(x, std::f64::consts::LOG2_E, ROUNDER);
    let k = shifted - ROUNDER;
    (shifted, multiply_add::<FMA>(k, -LN2_LOW, multiply_add::<FMA>(k, -LN2_HIGH, x)))
}

/// 2^k from its bits: the low bits of `shifted` hold k.
#[inline(always)]
pub(super) fn power_of_two(shifted: f64) -> f64 {
    f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ulp_everywhere() {
        let x: Vec<f64> = (-70000..70000).map(|i| i as f64 * 0.01003).collect();
        let mut out = vec![0.0; x.len()];
        for path in [exp_block, exp_block_generic::<false>] {
            path(&x, &mut out);
            for (&x, &y) in x.iter().zip(&out) {
                let want = x.exp();
                assert!((y - want).abs() <= 2.0 * f64::EPSILON * want, "exp({x}): {y}, not {want}");
            }
        }
    }

    #[test]
    fn edges() {
        let x = [0.0, 710.0, -746.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -708.5, 1e300];
        let mut out = [0.0; 8];
        exp_block(&x, &mut out);
        assert_eq!(&out[..5], &[1.0, f64::INFINITY, 0.0, f64::INFINITY, 0.0]);
        assert!(out[5].is_nan());
        assert_eq!(out[6], (-708.5f64).exp());
        assert_eq!(out[7], f64::INFINITY);
    }
}
