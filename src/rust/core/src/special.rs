//! The few special functions that the families and links need, over the `libm` and `statrs` crates.

use crate::simd::divergence;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
pub const LN_SQRT_2PI: f64 = 0.918938533204672741780329736406;

/// P(Z <= x) for a standard normal Z, accurate in the lower tail too.
pub fn normal_cdf(x: f64) -> f64 {
    // √½ is FRAC_1_SQRT_2 and this
    const SQRT_HALF_LOW: f64 = -4.833_646_656_726_457e-17;
    let t = -x * FRAC_1_SQRT_2;
    let tail = libm::erfc(t);
    // the rounding error of t, which the tail would magnify t² times, comes back by the slope
    let slope = (-t * t).exp() / PI.sqrt();
    if slope == 0.0 {
        return 0.5 * tail;
    }
    0.5 * tail - slope * ((-x).mul_add(FRAC_1_SQRT_2, -t) - x * SQRT_HALF_LOW)
}

pub fn normal_density(x: f64) -> f64 {
    let square = x * x;
    // exp(-750) is 0
    if square > 1500.0 {
        return 0.0;
    }
    // what is lost by rounding the square would cost half the square in units of the density
    let lost = x.mul_add(x, -square);
    FRAC_1_SQRT_2PI * (-0.5 * square).exp() * (1.0 - 0.5 * lost)
}

/// The inverse of [`normal_cdf`]; NaN outside [0, 1].
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let x = -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * p);
    if !x.is_finite() {
        return x;
    }
    // one Newton step takes the rational approximation to the last digits
    x - (normal_cdf(x) - p) / normal_density(x)
}

/// P(X <= x) for X of the standard Cauchy distribution, without cancellation in the lower tail.
pub fn cauchy_cdf(x: f64) -> f64 {
    if x < -1.0 {
        (-1.0 / x).atan() / PI
    } else {
        0.5 + x.atan() / PI
    }
}

/// The inverse of [`cauchy_cdf`], without cancellation in the tails.
pub fn cauchy_quantile(p: f64) -> f64 {
    if p == 0.5 {
        0.0
    } else if p < 0.5 {
        -1.0 / (PI * p).tan()
    } else {
        1.0 / (PI * (1.0 - p)).tan()
    }
}

/// x·log(x) with its limit 0 at x = 0. 0 and 1 are what shares mostly are.
pub fn x_log_x(x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        0.0
    } else {
        x * x.ln()
    }
}

/// log(Gamma(n + 1)) minus Stirling's formula, log(sqrt(2 pi n) (n/e)^n); n > 0.
/// Source: Loader (2000), "Fast and accurate computation of binomial probabilities".
pub fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        let count = n as usize;
        if count as f64 == n {
            return SMALL_COUNTS[count] - 0.5 * n.ln() - LN_SQRT_2PI;
        }
        return libm::lgamma(n + 1.0) - (n + 0.5) * n.ln() + n - LN_SQRT_2PI;
    }
    let nn = n * n;
    let series = [1.0 / 1188.0, 1.0 / 1680.0, 1.0 / 1260.0, 1.0 / 360.0, 1.0 / 12.0];
    let sum = series[..4].iter().fold(0.0, |s, c| c - s / nn);
    (series[4] - sum / nn) / n
}

/// −log of the Poisson probability of y at mean y, y − y·log(y) + log(y!): what counts mostly are.
const SMALL_COUNTS: [f64; 16] = [
    0.0,
    1.0,
    1.306_852_819_440_054_7,
    1.495_922_603_223_725_9,
    1.632_876_385_868_383,
    1.740_302_180_611_544_1,
    1.828_694_396_641_771,
    1.903_790_317_678_221_2,
    1.969_070_569_306_562_8,
    2.026_806_284_055_495,
    2.078_561_643_135_058,
    2.125_459_845_091_81,
    2.168_334_698_205_882,
    2.207_822_206_123_445,
    2.244_418_568_125_061,
    2.278_518_367_307_74,
];

/// log of the Poisson probability of y (a whole number), given half its unit deviance y·log(y/mu) - (y - mu): nothing large
/// is subtracted from anything large.
pub fn poisson_log_probability(y: f64, half_deviance: f64) -> f64 {
    match small_count(y) {
        Some(own) => -half_deviance - own,
        None => -half_deviance - stirling_error(y) - 0.5 * (2.0 * PI * y).ln(),
    }
}

/// [`SMALL_COUNTS`] of y, if it is there.
#[inline]
pub fn small_count(y: f64) -> Option<f64> {
    let count = y as u8;
    if f64::from(count) == y {
        SMALL_COUNTS.get(usize::from(count)).copied()
    } else {
        None
    }
}

/// log of the negative binomial probability of y (a whole number) at mean mu and shape theta, given half its unit deviance.
pub fn negative_binomial_log_probability(y: f64, mu: f64, theta: f64, half_deviance: f64) -> f64 {
    if y == 0.0 {
        return -theta * (mu / theta).ln_1p();
    }
    let n = theta + y;
    let errors = stirling_error(n) - stirling_error(theta) - stirling_error(y);
    errors - half_deviance - 0.5 * (2.0 * PI * y * (n / theta)).ln()
}

/// log of the binomial probability of k successes in n trials (whole numbers) at probability mu; `rest` is 1 − mu.
pub fn binomial_log_probability(k: f64, n: f64, mu: f64, rest: f64) -> f64 {
    if n == 0.0 {
        return 0.0;
    }
    if k == 0.0 || k == n {
        return n * if k == 0.0 { log_of_share(rest, mu) } else { log_of_share(mu, rest) };
    }
    let half_deviance = divergence(k, n * mu) + divergence(n - k, n * rest);
    let errors = stirling_error(n) - stirling_error(k) - stirling_error(n - k);
    errors - half_deviance - 0.5 * (2.0 * PI * k * ((n - k) / n)).ln()
}

/// log(p), where `rest` is 1 − p to more digits than p has if p is near 1.
pub fn log_of_share(p: f64, rest: f64) -> f64 {
    if p > 0.5 {
        (-rest).ln_1p()
    } else {
        p.ln()
    }
}

/// A whole number, within the tolerance that R's density functions use.
pub fn is_whole(x: f64) -> bool {
    (x - x.round()).abs() <= 1e-7 * x.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-300), "{a} is not {b}");
    }

    // published values: Abramowitz & Stegun (1964), tables 26.1 and 26.5
    #[test]
    fn normal_tables() {
        close(normal_cdf(1.0), 0.841344746068543, 1e-14);
        close(normal_cdf(-5.0), 2.866515718791939e-7, 1e-12);
        close(normal_quantile(0.975), 1.959963984540054, 1e-14);
        close(normal_quantile(1e-12), -7.034483825301131, 1e-13);
        assert!(normal_quantile(1.5).is_nan());
    }

    // by erfc and exp with 40 digits (mpmath)
    #[test]
    fn normal_tails_to_the_last_digits() {
        for (x, cdf, density) in [
            (-0.3, 0.3820885778110474, 0.3813878154605241),
            (-1.7, 0.04456546275854304, 0.09404907737688693),
            (2.2, 0.9860965524865014, 0.03547459284623142),
            (-5.6, 1.071759025831093e-08, 6.182620500165856e-08),
            (-8.1, 2.7479593923982286e-16, 2.2588094031543087e-15),
            (-20.3, 6.429244467698346e-92, 1.308288554681529e-90),
            (-37.0, 5.725571222524577e-300, 2.1200065515246056e-298),
        ] {
            close(normal_cdf(x), cdf, 2.0 * f64::EPSILON);
            close(normal_density(x), density, 2.0 * f64::EPSILON);
        }
        assert_eq!((normal_cdf(f64::NEG_INFINITY), normal_cdf(f64::INFINITY)), (0.0, 1.0));
        assert_eq!((normal_density(f64::NEG_INFINITY), normal_density(1e300)), (0.0, 0.0));
        assert!(normal_cdf(f64::NAN).is_nan() && normal_density(f64::NAN).is_nan());
    }

    // by atan with 40 digits (mpmath)
    #[test]
    fn cauchy_tails_to_the_last_digits() {
        for (x, cdf) in [
            (-1e8, 3.1830988618379066e-09),
            (-20.3, 0.015667624846936054),
            (-1.7, 0.16925302733033268),
            (-0.3, 0.40722642092225764),
            (2.2, 0.8642002512199082),
        ] {
            close(cauchy_cdf(x), cdf, 2.0 * f64::EPSILON);
        }
        assert_eq!((cauchy_cdf(f64::NEG_INFINITY), cauchy_cdf(f64::INFINITY)), (0.0, 1.0));
    }

    #[test]
    fn probabilities_sum_to_one() {
        for mu in [0.2, 3.0, 40.0, 300.0] {
            let sum: f64 =
                (0..2000).map(|k| k as f64).map(|y| poisson_log_probability(y, divergence(y, mu)).exp()).sum();
            close(sum, 1.0, 1e-12);
        }
        for n in [1.0, 7.0, 60.0] {
            let sum: f64 = (0..=n as usize).map(|k| binomial_log_probability(k as f64, n, 0.3, 0.7).exp()).sum();
            close(sum, 1.0, 1e-12);
        }
    }

    #[test]
    fn small_counts_are_exact() {
        let mut factorial = 1.0f64;
        for (y, got) in SMALL_COUNTS.iter().enumerate() {
            let y = y as f64;
            factorial *= y.max(1.0);
            close(*got, y - x_log_x(y) + factorial.ln(), 1e-14);
        }
    }

    #[test]
    fn stirling_is_continuous_where_the_series_starts() {
        close(stirling_error(15.0), 0.005554733551962801, 1e-9);
        close(stirling_error(15.0 + 1e-9), 0.005554733551962801, 1e-9);
    }
}
