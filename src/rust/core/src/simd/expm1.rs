//! exp(x) and exp(x) − 1 of one argument, each to within two units in the last place.

use super::exp::{power_of_two, reduce, TAYLOR};
use super::multiply_add;

/// exp(x) and exp(x) − 1 for |x| <= [`super::SAFE_EXP`], anything for other x.
#[inline(always)]
pub fn exp_expm1_lane<const FMA: bool>(x: f64) -> (f64, f64) {
    let (shifted, r) = reduce::<FMA>(x);
    let mut sum = TAYLOR[0];
    for c in &TAYLOR[1..TAYLOR.len() - 2] {
        sum = multiply_add::<FMA>(sum, r, *c);
    }
    // the series without its leading 1, which would take the last digits of a small x
    let less_one = multiply_add::<FMA>(r * r, sum, r);
    let scale = power_of_two(shifted);
    (multiply_add::<FMA>(scale, less_one, scale), multiply_add::<FMA>(scale, less_one, scale - 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::dispatch;
    use super::*;

    dispatch! { block => block_generic(x: &[f64], exp: &mut [f64], expm1: &mut [f64]) }

    #[inline(always)]
    fn block_generic<const FMA: bool>(x: &[f64], exp: &mut [f64], expm1: &mut [f64]) {
        for ((&x, exp), expm1) in x.iter().zip(exp).zip(expm1) {
            (*exp, *expm1) = exp_expm1_lane::<FMA>(x);
        }
    }

    #[test]
    fn two_ulp_everywhere() {
        let far = (-70000..70000).map(|i| i as f64 * 0.00999);
        let near = (-50000..50000).map(|i| i as f64 * 3.7e-5);
        let tiny = (0..1000).flat_map(|e| [-1.3, 1.3].map(|m| m * 2f64.powi(-e)));
        let x: Vec<f64> = far.chain(near).chain(tiny).collect();
        let (mut exp, mut expm1) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for path in [block, block_generic::<false>] {
            path(&x, &mut exp, &mut expm1);
            for (i, &x) in x.iter().enumerate() {
                let close = |a: f64, b: f64| (a - b).abs() <= 2.0 * f64::EPSILON * b.abs();
                assert!(close(exp[i], x.exp()), "exp({x}): {}", exp[i]);
                assert!(close(expm1[i], x.exp_m1()), "expm1({x}): {}, not {}", expm1[i], x.exp_m1());
            }
        }
    }
}
