//! Are shares of successes what counts give?

use crate::simd::dispatch;

/// What a number of successes may be away from a whole number.
const FRACTION: f64 = 1e-3;

/// Are weight·y whole numbers? Those that are not finite are not looked at. Shapes: `[n]`.
pub fn are_counts(y: &[f64], weights: Option<&[f64]>) -> bool {
    let mut whole = true;
    find_fractions(y, weights.unwrap_or(&[]), &mut whole);
    whole
}

dispatch! {
    /// Clears `whole` where a weight·y is no whole number. `weights` is empty where all are 1.
    find_fractions => find_fractions_generic(y: &[f64], weights: &[f64], whole: &mut bool)
}

#[inline(always)]
fn find_fractions_generic<const FMA: bool>(y: &[f64], weights: &[f64], whole: &mut bool) {
    let is_fraction = |successes: f64| (successes - successes.round_ties_even()).abs() > FRACTION;
    let any = if weights.is_empty() {
        y.iter().fold(false, |any, &y| any | is_fraction(y))
    } else {
        y.iter().zip(weights).fold(false, |any, (y, w)| any | is_fraction(w * y))
    };
    *whole &= !any;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_numbers() {
        let y: Vec<f64> = (0..37).map(|i| i as f64 / 4.0).collect();
        let fours = vec![4.0; y.len()];
        assert!(are_counts(&y, Some(&fours)) && !are_counts(&y, None));
        assert!(are_counts(&[0.0, 1.0, 5.0 + 9e-4, f64::NAN], None) && !are_counts(&[5.0 + 2e-3], None));
        for last in [0.5, f64::INFINITY] {
            assert_eq!(are_counts(&[vec![1.0; 36], vec![last]].concat(), None), last.is_infinite());
        }
    }
}
