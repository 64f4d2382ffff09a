//! The standard normal distribution function and density of one argument, to within a few units in the last place.
//! Source: Cody (1969), "Rational Chebyshev approximations for the error function", Math. Comp. 23; the coefficients
//! of Cody (1993), "Algorithm 715", ACM Trans. Math. Softw. 19.

use super::exp::exp_sum_lane;
use super::multiply_add;

/// √32: beyond it the tail needs another approximation, and the plain functions take over.
pub const SAFE_NORMAL: f64 = 5.656_854_249_492_38;
/// Up to here Φ(x) − ½ is a rational function of x² times x: Φ is between ¼ and ¾.
const CENTRE: f64 = 0.674_489_75;
/// Adding it to a small number and taking it off again rounds to a multiple of 1/16.
const ROUNDER: f64 = 6755399441055744.0 / 16.0;
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// Highest power first, as all four.
const CENTRE_ABOVE: [f64; 5] = [
    0.065_682_337_918_207_45,
    2.235_252_035_460_683_7,
    161.028_231_068_555_87,
    1_067.689_485_460_370_9,
    18_154.981_253_343_56,
];
const CENTRE_BELOW: [f64; 5] =
    [1.0, 47.202_581_904_688_245, 976.098_551_737_776_7, 10_260.932_208_618_979, 45_507.789_335_026_73];
const TAIL_ABOVE: [f64; 9] = [
    1.076_557_677_372_019_2e-8,
    0.398_941_512_088_134_66,
    8.883_149_794_388_377,
    93.506_656_132_177_85,
    597.270_276_394_800_2,
    2_494.537_585_290_372_6,
    6_848.190_450_536_283,
    11_602.651_437_647_35,
    9_842.714_838_383_978,
];
const TAIL_BELOW: [f64; 9] = [
    1.0,
    22.266_688_044_328_117,
    235.387_901_782_625,
    1_519.377_599_407_554_7,
    6_485.558_298_266_761,
    18_615.571_640_885_097,
    34_900.952_721_145_98,
    38_912.003_286_093_27,
    19_685.429_676_859_992,
];

#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let mut sum = coefficients[0];
    for c in &coefficients[1..] {
        sum = multiply_add::<FMA>(sum, x, *c);
    }
    sum
}

/// Φ(x), Φ(−x) and the density for |x| <= [`SAFE_NORMAL`], anything for other x.
#[inline(always)]
pub fn normal_lane<const FMA: bool>(x: f64) -> (f64, f64, f64) {
    let y = x.abs();
    let z = x * x;
    // −y²/2 in two parts, the first exact: rounding it whole would cost y²/2 units of the density
    let near = (y + ROUNDER) - ROUNDER;
    let bell = exp_sum_lane::<FMA>(-0.5 * near * near, -0.5 * (y - near) * (y + near));
    let central = y <= CENTRE;
    let above = if central { x * polynomial::<FMA, 5>(z, &CENTRE_ABOVE) } else { polynomial::<FMA, 9>(y, &TAIL_ABOVE) };
    let below = if central { polynomial::<FMA, 5>(z, &CENTRE_BELOW) } else { polynomial::<FMA, 9>(y, &TAIL_BELOW) };
    let ratio = above / below;
    let tail = bell * ratio;
    let (lower, upper) = if x > 0.0 { (1.0 - tail, tail) } else { (tail, 1.0 - tail) };
    let (lower, upper) = if central { (0.5 + ratio, 0.5 - ratio) } else { (lower, upper) };
    (lower, upper, FRAC_1_SQRT_2PI * bell)
}

#[cfg(test)]
mod tests {
    use super::super::dispatch;
    use super::*;
    use crate::special::{normal_cdf, normal_density};

    dispatch! { block => block_generic(x: &[f64], cdf: &mut [f64], upper: &mut [f64], density: &mut [f64]) }

    #[inline(always)]
    fn block_generic<const FMA: bool>(x: &[f64], cdf: &mut [f64], upper: &mut [f64], density: &mut [f64]) {
        for (((&x, cdf), upper), density) in x.iter().zip(cdf).zip(upper).zip(density) {
            (*cdf, *upper, *density) = normal_lane::<FMA>(x);
        }
    }

    #[test]
    fn a_few_epsilon_in_both_tails() {
        let x: Vec<f64> = (-565_685..=565_685).map(|i| i as f64 * 1e-5).collect();
        let [mut cdf, mut upper, mut density] = [(); 3].map(|()| vec![0.0; x.len()]);
        for path in [block, block_generic::<false>] {
            path(&x, &mut cdf, &mut upper, &mut density);
            for (i, &x) in x.iter().enumerate() {
                let close = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance * f64::EPSILON * b;
                // the plain functions, over erfc and exp, are themselves 1.6 off
                assert!(close(cdf[i], normal_cdf(x), 5.0), "cdf({x}): {}, not {}", cdf[i], normal_cdf(x));
                assert!(close(upper[i], normal_cdf(-x), 5.0), "cdf({}): {}", -x, upper[i]);
                assert!(close(density[i], normal_density(x), 3.0), "density({x}): {}", density[i]);
            }
        }
    }

    #[test]
    fn the_tails_mirror_each_other() {
        let x: Vec<f64> = (0..5600).map(|i| i as f64 * 1e-3).collect();
        let minus: Vec<f64> = x.iter().map(|x| -x).collect();
        let [mut up, mut down, mut rest, mut d] = [(); 4].map(|()| vec![0.0; x.len()]);
        block(&minus, &mut down, &mut rest, &mut d);
        block(&x, &mut up, &mut rest, &mut d);
        for (i, x) in x.iter().enumerate() {
            assert!((up[i] + down[i] - 1.0).abs() <= f64::EPSILON, "at {x}");
            assert_eq!(rest[i], down[i], "at {x}");
        }
    }
}
