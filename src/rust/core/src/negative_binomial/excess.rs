//! h(x) = (x − log(1 + x))/x², of which theta's likelihood is made: its value and slope for x >= 0, without cancellation.

use crate::simd::log1p_lane;

/// Below it the power series, of which [`TERMS`] leave less than a rounding error.
const SMALL: f64 = 0.05;
const TERMS: usize = 13;

/// (h(x), h'(x)).
#[inline(always)]
pub fn excess_lane<const FMA: bool>(x: f64) -> (f64, f64) {
    // h = Σ (−x)^j/(j + 2)
    let (mut value, mut slope) = (0.0, 0.0);
    for j in (0..TERMS).rev() {
        slope = value - x * slope;
        value = 1.0 / (j as f64 + 2.0) - x * value;
    }
    let (log1p, inverse) = log1p_lane::<FMA>(x);
    let reciprocal = 1.0 / x;
    let far = (x - log1p) * reciprocal * reciprocal;
    if x < SMALL {
        (value, -slope)
    } else {
        (far, reciprocal * (inverse - 2.0 * far))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By 40 digits (mpmath), and against differences.
    #[test]
    fn values_and_slopes() {
        for (x, want) in [
            (0.0, 0.5),
            (1e-9, 0.499_999_999_666_666_7),
            (0.049_999, 0.483_934_641_981_662_6),
            (0.05, 0.483_934_332_227_198_8),
            (1.0, 0.306_852_819_440_054_7),
            (1e6, 9.999_861_844_884_42e-7),
        ] {
            let (value, _) = excess_lane::<false>(x);
            assert!((value / want - 1.0).abs() < 1e-13, "{x}: {value}, not {want}");
        }
        for x in [1e-3, 0.03, 0.06, 0.4, 3.0, 200.0] {
            let h = 1e-4 * x;
            let difference = (excess_lane::<false>(x + h).0 - excess_lane::<false>(x - h).0) / (2.0 * h);
            let (_, slope) = excess_lane::<false>(x);
            assert!((slope / difference - 1.0).abs() < 1e-7, "{x}: {slope}, not {difference}");
        }
    }
}
