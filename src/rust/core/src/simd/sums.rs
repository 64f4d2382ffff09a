//! Sums over a block, and questions to all of it.

use super::dispatch;

/// Partial sums: enough to keep the adders busy, and a shorter chain of rounding errors than one.
const LANES: usize = 16;

/// Σ values.
pub fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let tail: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(s, x)| *s += x);
    }
    lanes.iter().sum::<f64>() + tail
}

/// Σ weights·values; a weight of zero hides whatever its value is.
pub fn weighted_sum(values: &[f64], weights: &[f64]) -> f64 {
    let term = |(&x, &w): (&f64, &f64)| if w == 0.0 { 0.0 } else { w * x };
    let mut lanes = [0.0; LANES];
    let (chunks, weight_chunks) = (values.chunks_exact(LANES), weights.chunks_exact(LANES));
    let tail: f64 = chunks.remainder().iter().zip(weight_chunks.remainder()).map(term).sum();
    for (x, w) in chunks.zip(weight_chunks) {
        lanes.iter_mut().zip(x.iter().zip(w).map(term)).for_each(|(s, t)| *s += t);
    }
    lanes.iter().sum::<f64>() + tail
}

/// Position and value of the first NaN or infinity.
pub fn first_not_finite(values: &[f64]) -> Option<(usize, f64)> {
    // a chunk without an early way out is checked many values at a time
    const CHUNK: usize = 256;
    let bad = |chunk: &[f64]| !chunk.iter().fold(true, |good, x| good & x.is_finite());
    let chunk = values.chunks(CHUNK).position(bad)?;
    let at = chunk * CHUNK + values[chunk * CHUNK..].iter().position(|x| !x.is_finite())?;
    Some((at, values[at]))
}

/// The least and the largest value; a NaN is neither.
pub fn range(values: &[f64]) -> (f64, f64) {
    let (mut least, mut largest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    for chunk in values.chunks(LANES) {
        least.iter_mut().zip(chunk).for_each(|(m, &x)| *m = m.min(x));
        largest.iter_mut().zip(chunk).for_each(|(m, &x)| *m = m.max(x));
    }
    (least.into_iter().fold(f64::INFINITY, f64::min), largest.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// The least and the largest of some integers; the ends of what there is, the wrong way round, of none.
pub fn integer_range(values: &[i32]) -> (i32, i32) {
    let mut ends = (i32::MAX, i32::MIN);
    widen(values, &mut ends);
    ends
}

dispatch! {
    /// ends = the least of them and of the values, and the largest.
    widen => widen_generic(values: &[i32], ends: &mut (i32, i32))
}

#[inline(always)]
fn widen_generic<const FMA: bool>(values: &[i32], ends: &mut (i32, i32)) {
    let (mut least, mut largest) = *ends;
    for &value in values {
        (least, largest) = (least.min(value), largest.max(value));
    }
    *ends = (least, largest);
}

/// How many values are above zero.
pub fn count_positive(values: &[f64]) -> usize {
    let mut count = 0;
    add_positive(values, &mut count);
    count as usize
}

dispatch! {
    /// count += values that are above zero.
    add_positive => add_positive_generic(values: &[f64], count: &mut u64)
}

#[inline(always)]
fn add_positive_generic<const FMA: bool>(values: &[f64], count: &mut u64) {
    *count += values.iter().map(|&x| u64::from(x > 0.0)).sum::<u64>();
}

/// Are all values in the open interval (low, high)? A NaN is not.
pub fn all_between(values: &[f64], low: f64, high: f64) -> bool {
    let mut outside = 0;
    count_outside(values, low, high, &mut outside);
    outside == 0
}

dispatch! {
    /// count += values that are not in the open interval (low, high).
    count_outside => count_outside_generic(values: &[f64], low: f64, high: f64, count: &mut u64)
}

#[inline(always)]
fn count_outside_generic<const FMA: bool>(values: &[f64], low: f64, high: f64, count: &mut u64) {
    *count += values.iter().map(|&x| u64::from(!((x > low) & (x < high)))).sum::<u64>();
}

/// Is any value a NaN?
pub fn any_nan(values: &[f64]) -> bool {
    let mut nans = 0;
    count_nans(values, &mut nans);
    nans > 0
}

dispatch! {
    /// count += NaNs.
    count_nans => count_nans_generic(values: &[f64], count: &mut u64)
}

#[inline(always)]
fn count_nans_generic<const FMA: bool>(values: &[f64], count: &mut u64) {
    *count += values.iter().map(|x| u64::from(x.is_nan())).sum::<u64>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_any_length() {
        for n in [0, 1, 15, 16, 50] {
            let x: Vec<f64> = (0..n).map(|i| i as f64 + 0.5).collect();
            let w: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
            assert_eq!(sum(&x), x.iter().sum::<f64>());
            assert_eq!(weighted_sum(&x, &w), x.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>());
        }
        assert_eq!(weighted_sum(&[f64::NAN, 2.0], &[0.0, 3.0]), 6.0);
    }

    #[test]
    fn ranges() {
        let x: Vec<f64> = (0..50).map(|i| ((i * 7) % 50) as f64).collect();
        assert_eq!(range(&x), (0.0, 49.0));
        assert_eq!(range(&[f64::NAN, 2.0]), (2.0, 2.0));
        assert_eq!(range(&[]), (f64::INFINITY, f64::NEG_INFINITY));
        let codes: Vec<i32> = x.iter().map(|&x| x as i32 - 3).collect();
        assert_eq!(integer_range(&codes), (-3, 46));
        assert_eq!(integer_range(&codes[..3]), (-3, 11));
        assert_eq!(integer_range(&[]), (i32::MAX, i32::MIN));
    }

    #[test]
    fn nothing_but_numbers_above_zero_counts() {
        for n in [0, 1, 40] {
            let x = [0.0, -0.0, 1e-310, f64::NAN, -1.0, f64::INFINITY].repeat(n);
            assert_eq!(count_positive(&x), 2 * n);
        }
    }

    #[test]
    fn intervals_are_open() {
        assert!(all_between(&[0.1, 5.0], 0.0, f64::INFINITY));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(!all_between(&[0.1, bad, 5.0], 0.0, f64::INFINITY));
        }
    }

    #[test]
    fn nans_are_found_wherever_they_are() {
        let x = vec![f64::INFINITY; 50];
        assert!(!any_nan(&x) && !any_nan(&[]));
        for row in 0..x.len() {
            let mut x = x.clone();
            x[row] = f64::NAN;
            assert!(any_nan(&x), "{row}");
        }
    }

    #[test]
    fn the_first_bad_value_is_found() {
        let mut x = vec![1.0; 1000];
        assert_eq!(first_not_finite(&x), None);
        x[999] = f64::NEG_INFINITY;
        assert_eq!(first_not_finite(&x), Some((999, f64::NEG_INFINITY)));
        x[300] = f64::NAN;
        assert_eq!(first_not_finite(&x).map(|f| f.0), Some(300));
    }
}
