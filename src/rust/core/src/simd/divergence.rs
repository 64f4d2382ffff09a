//! x·log(x/m) − x + m: what a count x differs from its mean m, in units of the log-likelihood. Half the Poisson unit
//! deviance, and the binomial and Gamma ones are made of it.
//!
//! Where x is near m, nearly equal parts would cancel. With s = (x − m)/(x + m) it is
//! s·(x − m) + x·(log((1 + s)/(1 − s)) − 2s), of which neither part does (Loader, 2000, "Fast and accurate computation of
//! binomial probabilities").

use super::log::{combine, is_safe_log, reduce, series};

/// The divergence for x >= 0 and m > 0, to within a few units in the last place.
pub fn divergence(x: f64, m: f64) -> f64 {
    let mut safe = true;
    let value = divergence_lane::<false>(x, m, &mut safe);
    if x == m {
        0.0
    } else if safe {
        value
    } else if x == 0.0 {
        m
    } else {
        // their ratio may be out of range
        x * (x.ln() - m.ln()) - (x - m)
    }
}

/// The same of one row; `safe` is cleared where the plain function must do it.
#[inline(always)]
pub fn divergence_lane<const FMA: bool>(x: f64, m: f64, safe: &mut bool) -> f64 {
    let inverse = 1.0 / m;
    // of x = 0 only m is left, whatever the ratio
    let ratio = if x == 0.0 { 1.0 } else { x * inverse };
    *safe &= is_safe_log(ratio) & inverse.is_finite();
    let (k, f) = reduce(ratio);
    let near = k == 0.0;
    let difference = x - m;
    let f = if near { difference * inverse } else { f };
    let s = f / (2.0 + f);
    let z = s * s;
    let rest = z * series::<FMA>(z);
    if near {
        s * (difference + x * rest)
    } else {
        x * combine::<FMA>(k, f, s, rest) - difference
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch;
    use super::*;

    dispatch! { block => block_generic(x: &[f64], m: &[f64], out: &mut [f64], safe: &mut bool) }

    #[inline(always)]
    fn block_generic<const FMA: bool>(x: &[f64], m: &[f64], out: &mut [f64], safe: &mut bool) {
        for ((&x, &m), out) in x.iter().zip(m).zip(out) {
            *out = divergence_lane::<FMA>(x, m, safe);
        }
    }

    /// The plain function itself is held against 60 digits in tests/units.rs.
    #[test]
    fn blocks_agree_with_rows() {
        let ratios = (-400..400).map(|i| 1.0 + f64::from(i) * 1e-3);
        let ratios: Vec<f64> = ratios.chain((1..60).map(|e| 1.0 + 2f64.powi(-e))).chain([0.0, 1e-200, 1e200]).collect();
        for m in [1e-60, 0.3, 1.0, 7e50] {
            let x: Vec<f64> = ratios.iter().map(|r| r * m).collect();
            for path in [block, block_generic::<false>] {
                let (mut out, mut safe) = (vec![0.0; x.len()], true);
                path(&x, &vec![m; x.len()], &mut out, &mut safe);
                assert!(safe);
                for (x, got) in x.iter().zip(out) {
                    let want = divergence(*x, m);
                    assert!((got - want).abs() <= 8.0 * f64::EPSILON * want, "{x} {m}: {got}, not {want}");
                }
            }
        }
    }

    #[test]
    fn limits() {
        assert_eq!(divergence(0.0, 3.0), 3.0);
        assert_eq!(divergence(3.0, 3.0), 0.0);
        assert_eq!((divergence(2.0, 0.0), divergence(0.0, 0.0)), (f64::INFINITY, 0.0));
        assert!(divergence(f64::NAN, 1.0).is_nan() && divergence(1.0, f64::NAN).is_nan());
        for (x, m) in [(0.0, 0.0), (1.0, 0.0), (1.0, 5e-324), (1e300, 1e-300), (f64::NAN, 1.0)] {
            let mut safe = true;
            divergence_lane::<false>(x, m, &mut safe);
            assert!(!safe, "{x} {m}");
        }
    }
}
