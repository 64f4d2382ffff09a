//! Tweedie densities.
//!
//! log f(y; mu, phi) = −½·log(2π·phi·y^p) − d(y, mu)/(2·phi) + C(phi·y^(p − 2)): the saddlepoint approximation, and what
//! it lacks, the *correction* C of one number xi, since a density keeps its form when y, mu and phi^(1/(2−p)) change
//! their unit. At mu = y no large parts are left to cancel:
//!
//! * 1 < p < 2 (Poisson sums of gamma amounts; Dunn and Smyth, 2005, sum the same series): the probability of j amounts and
//!   their density are both Poisson probabilities at j and α·j, which by Loader's formula are exp(−δ − D)/√(2πj), δ the error
//!   of Stirling's formula, D the divergence from the mean. All terms are positive. Where they change slowly with j, a sum
//!   over every h-th j is the same to all digits (the trapezoidal rule on the line; Trefethen and Weideman, 2014), so that
//!   some 50 terms do for any mean.
//! * p > 2 (tilted positive stable laws): Zolotarev's integral for the stable density, (p−2)/π·M ∫ r·exp(−M(r − 1)) dθ over
//!   (0, π) with M = 1/(xi·(p−1)(p−2)), of a positive function. Dunn and Smyth (2008) invert a Fourier transform instead.
//! * p = 0, 2, 3: closed forms.
//!
//! Powers above 2 by less than 1e-5 lose digits, as 1e-16/(p − 2).

use crate::simd::divergence;
use crate::special::{stirling_error, LN_SQRT_2PI};
use statrs::function::gamma::digamma;
use std::f64::consts::PI;

/// exp() of what is below it is finite.
const SAFE_LOG: f64 = 700.0;
/// e^−40 of the largest term is below a unit in the last place of a sum.
const NEGLIGIBLE: f64 = 40.0;
/// Steps of a sum or integral, in standard deviations of what is summed: e^(−2π²/STEP²) is its error.
const STEP: f64 = 0.68;
/// Below it the correction is its first term, xi·p(p − 3)/24, and no more than rounding errors.
const LEAST: f64 = 1e-12;
/// Below it the probability of two amounts is nothing beside that of one.
const LEAST_LOG_RATE: f64 = -600.0;
/// An integral whose halved step changes it by less has twice as many digits.
const HALF_OF_DIGITS: f64 = 1e-8;

/// log density of y, or the logarithm of the probability of y = 0; −∞ where there is none. `power` is 0 or not below 1.
/// `half_deviance` is that of the family at (y, mu). At power 1 only multiples of phi have a probability: it is NaN, as it
/// is where an argument is, or phi is infinite.
pub fn tweedie_log_density(y: f64, half_deviance: f64, phi: f64, power: f64) -> f64 {
    if y.is_nan() || !phi.is_finite() {
        return f64::NAN;
    }
    // whatever the deviance makes of infinity
    if y.is_infinite() || half_deviance == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    if half_deviance.is_nan() {
        return f64::NAN;
    }
    if power == 0.0 {
        return -LN_SQRT_2PI - 0.5 * phi.ln() - half_deviance / phi;
    }
    if y < 0.0 || y == 0.0 && power >= 2.0 {
        return f64::NEG_INFINITY;
    }
    if y == 0.0 {
        return -half_deviance / phi;
    }
    let (log_y, log_phi) = (y.ln(), phi.ln());
    let (correction, _) = tweedie_correction(log_phi + (power - 2.0) * log_y, power);
    correction - LN_SQRT_2PI - 0.5 * (log_phi + power * log_y) - half_deviance / phi
}

/// The correction at log xi, and its derivative there. xi itself may be beyond all doubles.
pub fn tweedie_correction(log_xi: f64, power: f64) -> (f64, f64) {
    let xi = log_xi.exp();
    if xi < LEAST {
        let first = xi * power * (power - 3.0) / 24.0;
        (first, first)
    } else if power == 0.0 || power == 3.0 {
        (0.0, 0.0)
    } else if power == 2.0 {
        gamma_amount(1.0 / xi)
    } else if power < 2.0 {
        compound_poisson(log_xi, power)
    } else {
        stable(log_xi, power)
    }
}

/// p = 2: minus the error of Stirling's formula.
fn gamma_amount(shape: f64) -> (f64, f64) {
    // where shape·ψ(shape) would cancel, the first term of its series is left
    let slope = if shape < 1e4 { shape * (digamma(shape) - shape.ln()) + 0.5 } else { -1.0 / (12.0 * shape) };
    (-stirling_error(shape), slope)
}

fn compound_poisson(log_xi: f64, power: f64) -> (f64, f64) {
    let log_rate = -log_xi - (2.0 - power).ln();
    let alpha = (2.0 - power) / (power - 1.0);
    let sharpness = 1.0 / (power - 1.0);
    if log_rate < LEAST_LOG_RATE {
        // the divergence of one amount is −log(rate) − 1
        let single = (log_rate + 1.0) * sharpness - stirling_error(1.0) - stirling_error(alpha);
        return (single - LN_SQRT_2PI - 0.5 * (log_rate + (power - 1.0).ln()), 0.5 - sharpness);
    }
    let rate = 1.0 / (log_xi.exp() * (2.0 - power));
    let variance = rate * (power - 1.0);
    let exponent = |j: f64| -stirling_error(j) - stirling_error(j * alpha) - divergence(j, rate) * sharpness;
    // only where no terms are left at j = 0 is there no end that a step may not pass
    let step = if rate * sharpness > NEGLIGIBLE { (variance.sqrt() * STEP).floor().max(1.0) } else { 1.0 };
    let peak = rate.round().max(1.0);
    let top = exponent(peak);
    let (mut sum, mut moment) = (1.0, peak - rate);
    let mut add = |j: f64| {
        let below = exponent(j) - top;
        let term = below.exp();
        sum += term;
        moment += term * (j - rate);
        below > -NEGLIGIBLE
    };
    let mut j = peak + step;
    while add(j) {
        j += step;
    }
    j = peak - step;
    while j >= 1.0 && add(j) {
        j -= step;
    }
    let value = (sum * step).ln() + top - LN_SQRT_2PI - 0.5 * variance.ln();
    (value, 0.5 - moment / sum * sharpness)
}

fn stable(log_xi: f64, power: f64) -> (f64, f64) {
    let log_scale = -log_xi - ((power - 1.0) * (power - 2.0)).ln();
    let scale = log_scale.exp();
    // θ = π/(1 + e^−t): both ends are far away, and what is left of θ to π is known to all digits
    let term = |t: f64| {
        let (theta, rest) = (PI / (1.0 + (-t).exp()), PI / (1.0 + t.exp()));
        let log_r = log_zolotarev(theta, rest, power);
        // r is beyond all doubles where its product with the scale need not be
        let excess = if log_r < SAFE_LOG { scale * log_r.exp_m1() } else { (log_scale + log_r).exp() };
        (log_r - excess + (theta * (rest / PI)).ln(), excess)
    };
    let spread = 1.0 + scale * (power - 2.0) / (power - 1.0);
    let start = -0.5 * spread.ln() - NEGLIGIBLE;
    let mut top = f64::NEG_INFINITY;
    // Σ of the terms, and of their excesses, from `from` on in steps of `step`
    let sums = |from: f64, step: f64, top: &mut f64| {
        let (mut sum, mut moment, mut t) = (0.0, 0.0, from);
        loop {
            let (exponent, excess) = term(t);
            if exponent > *top {
                let down = (*top - exponent).exp();
                (sum, moment, *top) = (sum * down, moment * down, exponent);
            } else if exponent.is_nan() || exponent < *top - NEGLIGIBLE && t > start + NEGLIGIBLE {
                // NaN: infinitely far out, from where no term would end the sum
                return (sum, moment);
            }
            let weight = (exponent - *top).exp();
            sum += weight;
            moment += weight * excess;
            t += step;
        }
    };
    let mut step = 0.25;
    let (mut sum, mut moment) = sums(start, step, &mut top);
    loop {
        let before = top;
        let (more, more_moment) = sums(start + 0.5 * step, step, &mut top);
        let down = (before - top).exp();
        let (old, new) = (sum * down, 0.5 * (sum * down + more));
        (sum, moment) = (sum * down + more, moment * down + more_moment);
        step *= 0.5;
        if (old - new).abs() <= HALF_OF_DIGITS * new || step < 1e-3 {
            break;
        }
    }
    let value = ((power - 2.0) / PI * step * sum).ln() + log_scale + top + LN_SQRT_2PI + 0.5 * log_xi;
    (value, moment / sum - 0.5)
}

/// log(r(θ)) = (p − 2)·s(aθ) + s((1 − a)θ) − (p − 1)·s(θ), s(x) = log(sin(x)/x), a = (p − 2)/(p − 1): Zolotarev's
/// function over its value at 0. It grows from 0 to ∞. `rest` is π − θ.
fn log_zolotarev(theta: f64, rest: f64, power: f64) -> f64 {
    let b = 1.0 / (power - 1.0);
    let a = (power - 2.0) * b;
    let last = if theta < 1.0 { log_sinc(theta) } else { (rest.sin() / theta).ln() };
    (power - 2.0) * log_sinc(a * theta) + log_sinc(b * theta) - (power - 1.0) * last
}

/// log(sin(x)/x) for x in [0, π).
fn log_sinc(x: f64) -> f64 {
    /// ζ(2k)/(k·π^2k) from the last on.
    const SERIES: [f64; 8] = [
        3617.0 / 2605132530000.0,
        2.0 / 127702575.0,
        691.0 / 3831077250.0,
        1.0 / 467775.0,
        1.0 / 37800.0,
        1.0 / 2835.0,
        1.0 / 180.0,
        1.0 / 6.0,
    ];
    if x > 0.5 {
        return (x.sin() / x).ln();
    }
    let square = x * x;
    -square * SERIES.iter().fold(0.0, |sum, c| sum * square + c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::with_shape;

    fn log_density(y: f64, mu: f64, phi: f64, power: f64) -> f64 {
        let family = with_shape("tweedie", power).unwrap();
        tweedie_log_density(y, 0.5 * family.unit_deviance(y, mu), phi, power)
    }

    fn close(a: f64, b: f64, tolerance: f64, what: &str) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}: {a}, not {b}");
    }

    /// Power 3/2: α = 1, so the series is that of a Bessel function, I₁, summed here from its own definition.
    #[test]
    fn bessel_function_at_three_halves() {
        for (y, mu, phi) in [(0.3, 1.0, 1.0), (2.5, 1.2, 0.7), (9.0, 4.0, 2.0)] {
            let (rate, scale) = (2.0 * f64::sqrt(mu) / phi, 0.5 * phi * f64::sqrt(mu));
            let half: f64 = rate * y / scale; // (z/2)², z = 2√(rate·y/scale)
            let mut term = half.sqrt();
            let mut bessel = term;
            for k in 1..200 {
                term *= half / (k as f64 * (k as f64 + 1.0));
                bessel += term;
            }
            let want = (half.sqrt() * bessel / y).ln() - rate - y / scale;
            close(log_density(y, mu, phi, 1.5), want, 1e-13, "Bessel");
        }
    }

    /// Powers 2 and 3, and their neighbours.
    #[test]
    fn closed_forms_are_limits() {
        for (y, mu, phi) in [(0.3f64, 1.0, 0.4), (2.5, 1.2, 0.7), (30.0, 20.0, 3.0)] {
            let shape: f64 = 1.0 / phi;
            let gamma = shape * (shape * y / mu).ln() - shape * y / mu - y.ln() - libm::lgamma(shape);
            close(log_density(y, mu, phi, 2.0), gamma, 1e-13, "gamma");
            for near in [2.0 - 1e-7, 2.0 + 1e-7] {
                close(log_density(y, mu, phi, near), gamma, 1e-5, "near gamma");
            }
            let inverse = -0.5 * (2.0 * PI * phi * y * y * y).ln() - (y - mu) * (y - mu) / (2.0 * phi * mu * mu * y);
            close(log_density(y, mu, phi, 3.0), inverse, 1e-13, "inverse Gaussian");
            let mut integral = stable((phi * y).ln(), 3.0).0;
            close(integral, 0.0, 1e-12, "Zolotarev's integral at 3");
            integral = tweedie_correction((phi * y).ln(), 3.0 + 1e-9).0;
            close(integral, 0.0, 1e-8, "near inverse Gaussian");
        }
    }

    /// By the trapezoidal rule on log y.
    #[test]
    fn densities_integrate_to_one() {
        for power in [1.1, 1.5, 1.9, 2.0, 2.4, 3.5] {
            for phi in [0.3, 1.5] {
                let at = |t: f64| (log_density(t.exp(), 0.8, phi, power) + t).exp();
                // near 0 the density is y^(α − 1), α = 1/9 for the power 1.9
                let positive: f64 = (-30000..1200).map(|i| at(f64::from(i) * 0.01)).sum::<f64>() * 0.01;
                let zero = if power < 2.0 { log_density(0.0, 0.8, phi, power).exp() } else { 0.0 };
                close(positive + zero, 1.0, 1e-10, &format!("power {power}, phi {phi}"));
            }
        }
    }

    /// What is far out is what the limits of the series and the integral say, and nothing runs on for ever.
    #[test]
    fn numbers_at_the_ends_of_their_range() {
        for power in [1.2, 1.9, 2.0, 2.5, 3.0, 4.0, 30.0] {
            for bad in [[f64::NAN, 1.0, 1.0], [1.0, f64::NAN, 1.0], [1.0, 1.0, f64::NAN], [1.0, 1.0, f64::INFINITY]] {
                assert!(log_density(bad[0], bad[1], bad[2], power).is_nan(), "{power}: {bad:?}");
            }
            assert_eq!(log_density(f64::INFINITY, 1.0, 1.0, power), f64::NEG_INFINITY);
            for y in [1e-300, 1e-200, 1e150, 1e200, 1e300] {
                let log = log_density(y, 1.0, 1.0, power);
                assert!(!log.is_nan() && log < 700.0, "{power} at {y}: {log}");
            }
            // beyond 1e308 the correction goes on as a straight line in log xi; of larger powers the integral loses digits there
            let [a, b, c] = [550.0, 650.0, 750.0].map(|log_xi| tweedie_correction(log_xi, power).0);
            if power < 3.0 && power != 2.0 {
                close(c - b, b - a, 1e-9, &format!("power {power} far out"));
                close(tweedie_correction(750.0, power).1, (c - b) / 100.0, 1e-9, "slope far out");
            }
        }
    }

    #[test]
    fn slopes_are_those_of_the_correction() {
        for power in [1.02, 1.3, 1.7, 1.99, 2.0, 2.1, 4.0] {
            for log_xi in [-9.0, -3.0, -0.4, 0.7, 3.0] {
                let h = 1e-4;
                let at = |x: f64| tweedie_correction(x, power).0;
                let slope = (at(log_xi - 2.0 * h) - at(log_xi + 2.0 * h) + 8.0 * (at(log_xi + h) - at(log_xi - h)))
                    / (12.0 * h);
                close(tweedie_correction(log_xi, power).1, slope, 1e-8, &format!("power {power} at {log_xi}"));
            }
        }
    }
}
