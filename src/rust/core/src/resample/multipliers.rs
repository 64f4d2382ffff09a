//! Numbers by which rows, or clusters of them, are multiplied in a replicate.

use super::Stream;
use crate::error::{Error, Result};

/// Where the numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplier {
    /// How often a unit is among as many as there are, drawn with replacement.
    Count,
    /// Exponential, of mean 1: Rubin (1981), "The Bayesian bootstrap".
    Exponential,
    /// The same less 1.
    Centred,
    /// -1 or 1.
    Rademacher,
    /// Two values, of mean 0 and second and third moment 1: Mammen (1993), "Bootstrap and wild bootstrap for high
    /// dimensional linear models".
    Mammen,
    /// 1, and 0 for one unit after the other: nothing is drawn, the replicates are the jackknife's.
    Without,
}

impl Multiplier {
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Multiplier::Count,
            "exponential" => Multiplier::Exponential,
            "centred" => Multiplier::Centred,
            "rademacher" => Multiplier::Rademacher,
            "mammen" => Multiplier::Mammen,
            "without" => Multiplier::Without,
            _ => return None,
        })
    }

    /// The numbers of replicate i, drawn from stream (seed, i + 1), one for each of n units: `[n]`.
    pub fn draw(self, seed: u64, i: usize, n: usize) -> Vec<f64> {
        let mut stream = Stream::new(seed, i as u64 + 1);
        match self {
            Multiplier::Count => {
                let mut counts = vec![0.0; n];
                (0..n).for_each(|_| counts[stream.below(n as u64) as usize] += 1.0);
                counts
            }
            Multiplier::Exponential => stream.weights(n),
            Multiplier::Centred => stream.weights(n).into_iter().map(|w| w - 1.0).collect(),
            Multiplier::Rademacher => (0..n).map(|_| if stream.uniform() < 0.5 { -1.0 } else { 1.0 }).collect(),
            Multiplier::Mammen => {
                let root = 5f64.sqrt();
                let (low, high) = ((1.0 - root) / 2.0, (1.0 + root) / 2.0);
                let share = (root + 1.0) / (2.0 * root);
                (0..n).map(|_| if stream.uniform() < share { low } else { high }).collect()
            }
            Multiplier::Without => (0..n).map(|unit| if unit == i { 0.0 } else { 1.0 }).collect(),
        }
    }
}

/// What is drawn: rows, or clusters of rows.
pub struct Units<'a> {
    /// The unit of each row, from 1, and 0 for a row that takes no part; `None` where each row is one. Shape: `[n]`.
    of_rows: Option<&'a [i32]>,
    count: usize,
}

impl<'a> Units<'a> {
    /// Errors: a length that does not fit, a unit below 0.
    pub fn new(of_rows: Option<&'a [i32]>, rows: usize) -> Result<Self> {
        let Some(codes) = of_rows else { return Ok(Units { of_rows, count: rows }) };
        if codes.len() != rows || codes.iter().any(|&code| code < 0) {
            let message = format!("must have a code for each of the {rows} rows");
            return Err(Error::Argument { arg: "cluster", message });
        }
        Ok(Units { of_rows, count: codes.iter().max().map_or(0, |&last| last as usize) })
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn are_rows(&self) -> bool {
        self.of_rows.is_none()
    }

    /// The unit of a row, from 0.
    pub fn of(&self, row: usize) -> Option<usize> {
        match self.of_rows {
            None => Some(row),
            Some(codes) => (codes[row] as usize).checked_sub(1),
        }
    }

    /// out = the rows' `values` times the numbers of their units, 0 where they take no part; returns the sum of the numbers
    /// over the rows. Shapes: numbers `[count]`, values and out `[n]`.
    pub fn multiply(&self, numbers: &[f64], values: Option<&[f64]>, out: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for (row, out) in out.iter_mut().enumerate() {
            let number = self.of(row).map_or(0.0, |unit| numbers[unit]);
            sum += number;
            *out = values.map_or(1.0, |v| v[row]) * number;
        }
        sum
    }
}

/// Which numbers, and how many times.
pub struct Draws<'a> {
    pub multiplier: Multiplier,
    pub units: Units<'a>,
    pub times: usize,
    pub seed: u64,
}

impl Draws<'_> {
    /// [`Units::multiply`] by the numbers of replicate i.
    pub fn multiply(&self, i: usize, values: Option<&[f64]>, out: &mut [f64]) {
        let numbers = self.multiplier.draw(self.seed, i, self.units.count());
        self.units.multiply(&numbers, values, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means, variances and third moments are those of the names; counts are those of the rows that are drawn.
    #[test]
    fn moments_are_those_of_the_names() {
        let n = 200_000;
        for (kind, mean, variance, third) in [
            (Multiplier::Exponential, 1.0, 1.0, Some(2.0)),
            (Multiplier::Centred, 0.0, 1.0, Some(2.0)),
            (Multiplier::Rademacher, 0.0, 1.0, Some(0.0)),
            (Multiplier::Mammen, 0.0, 1.0, Some(1.0)),
            (Multiplier::Count, 1.0, 1.0, None),
        ] {
            let drawn = kind.draw(5, 0, n);
            let moment = |k| drawn.iter().map(|w| (w - mean).powi(k)).sum::<f64>() / n as f64;
            // some five standard errors: the sixth moment of an exponential number about its mean is 265
            let near = |got: f64, want: f64, size: f64| assert!((got - want).abs() < 5.0 * size / (n as f64).sqrt());
            near(moment(1), 0.0, 1.0);
            near(moment(2), variance, 3.0);
            third.into_iter().for_each(|third| near(moment(3), third, 17.0));
        }
        let counts = Multiplier::Count.draw(5, 1, 50);
        let mut tallied = vec![0.0; 50];
        Stream::new(5, 2).rows(50).into_iter().for_each(|row| tallied[row] += 1.0);
        assert_eq!(counts, tallied);
    }

    #[test]
    fn units_hand_their_numbers_to_rows() {
        let units = Units::new(Some(&[2, 0, 1, 2]), 4).unwrap();
        let mut out = [9.0; 4];
        assert_eq!(units.multiply(&[3.0, 5.0], Some(&[1.0, 7.0, 2.0, 0.5]), &mut out), 13.0);
        assert_eq!((out, units.count()), ([5.0, 0.0, 6.0, 2.5], 2));
        assert!(Units::new(Some(&[-1]), 1).is_err() && Units::new(Some(&[1]), 2).is_err());
    }
}
