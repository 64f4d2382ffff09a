//! What theta's likelihood needs of the counts alone.

use super::excess::excess_lane;
use crate::error::{Error, Result};
use crate::special::is_whole;

/// Counts beyond it are summed by an integral.
const TABLE: usize = 4096;

/// How often each count occurs, so that a sum over rows is one over the values that counts have.
pub struct Counts {
    /// Weight of the rows with a count above k. Shape: `[min(greatest count, TABLE)]`.
    above: Vec<f64>,
    /// (count, weight) of the rows beyond the table.
    large: Vec<(f64, f64)>,
}

impl Counts {
    /// Of rows with their weights, all 1 where there are none.
    pub fn new(y: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        let mut of_count = vec![];
        let mut large = vec![];
        for (row, &value) in y.iter().enumerate() {
            let weight = weights.map_or(1.0, |w| w[row]);
            if weight == 0.0 {
                continue;
            }
            if !is_whole(value) {
                return Err(Error::Response { rule: "theta is estimated from counts, whole numbers", row, value });
            }
            let count = value.round();
            if count > TABLE as f64 {
                large.push((count, weight));
            }
            let count = (count as usize).min(TABLE);
            if count >= of_count.len() {
                of_count.resize(count + 1, 0.0);
            }
            of_count[count] += weight;
        }
        // from weights of counts to those of all above
        let mut sum = 0.0;
        for at in of_count.iter_mut().rev() {
            sum += std::mem::replace(at, sum);
        }
        of_count.pop();
        Ok(Counts { above: of_count, large })
    }

    /// Is every count 0?
    pub fn all_zero(&self) -> bool {
        self.above.is_empty()
    }

    /// Σ weight · Σ_{k < y} k/(1 + alpha·k), and its derivative by alpha.
    pub fn sums(&self, alpha: f64) -> (f64, f64) {
        let (mut value, mut slope) = (0.0, 0.0);
        for (k, weight) in self.above.iter().enumerate() {
            let part = k as f64 / (1.0 + alpha * k as f64);
            value += weight * part;
            slope -= weight * part * part;
        }
        let (from, from_slope) = primitive(TABLE as f64, alpha);
        for (y, weight) in &self.large {
            let (to, to_slope) = primitive(*y, alpha);
            value += weight * (to - from);
            slope += weight * (to_slope - from_slope);
        }
        (value, slope)
    }
}

/// Σ_{k < y} k/(1 + alpha·k) up to a constant, by Euler's and Maclaurin's formula, and its derivative by alpha.
fn primitive(y: f64, alpha: f64) -> (f64, f64) {
    let (excess, slope) = excess_lane::<false>(alpha * y);
    let share = 1.0 / (1.0 + alpha * y);
    let value = y * y * excess - 0.5 * y * share + share * share / 12.0;
    (value, y * y * (y * slope + 0.5 * share * share) - y * share.powi(3) / 6.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_over_values_are_sums_over_rows() {
        let y = [0.0, 3.0, 0.0, 1.0, 4097.0, 12.0, 9000.0, 3.0, 4096.0];
        let weights = [1.0, 2.0, 0.5, 0.0, 1.5, 1.0, 0.7, 1.0, 2.0];
        for alpha in [0.0, 1e-6, 0.03, 2.0, 1e4] {
            let (mut value, mut slope) = (0.0, 0.0);
            for (y, w) in y.iter().zip(weights) {
                for k in 0..*y as usize {
                    let part = k as f64 / (1.0 + alpha * k as f64);
                    value += w * part;
                    slope -= w * part * part;
                }
            }
            let found = Counts::new(&y, Some(&weights)).unwrap().sums(alpha);
            assert!((found.0 / value - 1.0).abs() < 1e-12, "{alpha}: {} {value}", found.0);
            assert!((found.1 / slope - 1.0).abs() < 1e-12, "{alpha}: {} {slope}", found.1);
        }
    }

    #[test]
    fn counts_are_whole_where_they_count() {
        assert!(matches!(Counts::new(&[1.0, 0.5], None), Err(Error::Response { row: 1, .. })));
        assert!(Counts::new(&[0.0, 0.5], Some(&[1.0, 0.0])).unwrap().all_zero());
        assert!(!Counts::new(&[0.0, 1.0], None).unwrap().all_zero());
    }
}
